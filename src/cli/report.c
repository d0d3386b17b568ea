/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `pmbench report`: tables, figures and a page of a directory of results. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/say.h"
#include "results/columns.h"
#include "results/dataset.h"
#include "results/figure.h"
#include "results/page.h"
#include "results/tables.h"

static const char usage[] =
    "Usage: pmbench report DIR [--out DIR2]\n\n"
    "Draws what the runs in DIR/runs.jsonl say, and writes one page of it:\n"
    "  runs.csv, summary.csv ...  tables (`pmbench list columns` explains each column)\n"
    "  index.html                 answers, a table, the figures; needs no network and no other "
    "file\n"
    "  *.csv                      a table a kind of row: runs, summary, faults, workers, steals, "
    "...\n"
    "  figures/                   each figure as SVG and PNG, with its data (CSV) and its gnuplot "
    "script\n\n"
    "Options:\n"
    "  --out DIR2                 write there instead of to DIR\n"
    "  --tables                   the tables alone\n"
    "  --help                     this text\n\n"
    "Needs gnuplot (gnuplot-nox); without it the figures' data is written all the same, and it "
    "ends with 3.\n"
    "PMBENCH_PLOTS: a directory of scripts and a template to use instead of the installed ones.\n";

struct arguments {
  const char *directory, *out;
  bool help, tables;
};

static const char option_out[] = "--out";

static int parse(int argc, char **argv, struct arguments *a) {
  size_t length = strlen(option_out);
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) a->help = true;
    else if (!strcmp(argv[i], "--tables")) a->tables = true;
    else if (!strcmp(argv[i], option_out)) {
      if (!(a->out = argv[++i])) return say_error("--out: wants a directory"), EXIT_USAGE;
    } else if (!strncmp(argv[i], option_out, length) && argv[i][length] == '=')
      a->out = argv[i] + length + 1;
    else if (argv[i][0] == '-')
      return say_error("%s: no such option; `pmbench report --help` lists them", argv[i]),
             EXIT_USAGE;
    else if (a->directory)
      return say_error("%s: one argument too many; one directory a report", argv[i]), EXIT_USAGE;
    else a->directory = argv[i];
  }
  if (a->help) return EXIT_RIGHT;
  if (!a->directory) return say_error("report: which directory? `pmbench report DIR`"), EXIT_USAGE;
  if (!a->out) a->out = a->directory;
  if (!*a->out || mkdir(a->out, 0777)) {
    struct stat s;
    if (!*a->out || (errno != EEXIST && errno != ENOENT) ||
        (errno == EEXIST && (stat(a->out, &s) || !S_ISDIR(s.st_mode))))
      return say_error("%s: cannot be made a directory: %s", a->out, strerror(errno)), EXIT_USAGE;
  }
  return EXIT_RIGHT;
}

static void say_written(const char *out, const struct figure_drawn drawn[FIGURES]) {
  int count = 0;
  for (int i = 0; i < FIGURES; i++) count += figure_is_there(&drawn[i]);
  printf("%s/index.html\n%s/figures: %d figure%s\n%s:", out, out, count, count == 1 ? "" : "s",
         out);
  for (const struct table *t = tables; t->file; t++) printf(" %s", t->file);
  putchar('\n');
  for (int i = 0; i < FIGURES; i++)
    if (!figure_is_there(&drawn[i]))
      printf("  not drawn: %s. %s\n", figures[i].name, figure_why(&figures[i], &drawn[i]));
}

static int report(const struct dataset *d, const char *out, bool tables_alone) {
  struct figure_drawn drawn[FIGURES] = {0};
  char error[PM_TEXT_MAX];
  int code = tables_write(d, out, error);
  if (!code && !tables_alone) code = figures_draw(d, out, drawn, error);
  if (!code && !tables_alone) code = page_write(d, drawn, out, error);
  if (code) {
    say_error("%s", error);
    return exit_code_of(code);
  }
  if (!tables_alone) say_written(out, drawn);
  int failed = 0;
  for (int i = 0; i < FIGURES; i++) failed += *drawn[i].error != 0;
  if (failed) say_error("%d figure%s could not be drawn; the page says why", failed, failed == 1 ? "" : "s");
  return failed ? EXIT_INTERNAL : EXIT_RIGHT;
}

int command_report(int argc, char **argv) {
  struct arguments a = {0};
  struct dataset d = {0};
  char error[PM_TEXT_MAX];
  int code = parse(argc, argv, &a);
  if (a.help) fputs(usage, stdout);
  if (code || a.help) return code;
  if (dataset_load(&d, a.directory, error)) {
    say_error("%s", error);
    code = EXIT_USAGE;
  } else {
    if (*d.warning) say_warning("%s", d.warning);
    code = report(&d, a.out, a.tables);
  }
  dataset_free(&d);
  return code;
}
