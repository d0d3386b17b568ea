/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `pmbench list`: what there is to choose from. */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/say.h"
#include "results/columns.h"
#include "results/figure.h"
#include "workload.h"

struct row { const char *name, *help; };

static const struct row backends[] = {
    {"dram[:PATH]",
     "a file in /dev/shm, or in another tmpfs; nothing is written back: survives killed processes"},
    {"file:PATH",
     "a file on an ordinary file system, written back by page (msync): survives power failures"},
    {"dax:PATH",
     "a DAX file system or a device-DAX, written back by cache line: survives power failures"},
    {"emulated:PATH",
     "any file, with write-back by cache line forced: a model of what dax would cost"},
    {NULL, NULL}};
static const struct row faults[] = {
    {"kill", "SIGKILL, and a new worker takes the place"},
    {"hard", "SIGKILL, and the place stays empty"},
    {"exn", "a fault inside the process; it goes on from its last commit"},
    {"stop", "SIGSTOP, until the watchdog kills it"},
    {"crash", "every process at once; `pmbench resume` finishes the run"},
    {NULL, NULL}};

static void print_rows(const struct row *rows) {
  for (; rows->name; rows++) printf("  %-14s %s\n", rows->name, rows->help);
}

static void list_workloads(void) {
  for (int i = 0; workloads[i]; i++)
    if (!workloads[i]->hidden) printf("  %-14s %s\n", workloads[i]->program->name, workloads[i]->summary);
}
static void list_backends(void) { print_rows(backends); }
static void list_faults(void) { print_rows(faults); }

static void print_columns(const struct column *columns) {
  for (; columns->name; columns++) printf("    %-22s %s\n", columns->name, columns->help);
}
static void list_columns(void) {
  printf("  every file but summary.csv begins with\n");
  print_columns(identity);
  for (const struct table *t = tables; t->file; t++) {
    printf("  %s: %s\n", t->file, t->help);
    print_columns(t->columns);
  }
  printf("  bench.jsonl: of `pmbench bench`, an object a row; keys that mean nothing for a case are missing\n");
  for (const struct bench_column *c = bench_columns; c->name; c++) printf("    %-22s %s\n", c->name, c->help);
}

static void list_benches(void) {
  for (int i = 0; bench_list[i]; i++) printf("  %-14s %s\n", bench_list[i]->name, bench_list[i]->help);
}

static void list_plots(void) {
  for (int i = 0; i < FIGURES; i++) printf("  %-14s %s\n", figures[i].name, figures[i].title);
}

static const struct {
  const char *name;
  void (*print)(void);
} lists[] = {{"workloads", list_workloads},
             {"backends", list_backends},
             {"faults", list_faults},
             {"columns", list_columns},
             {"plots", list_plots},
             {"benches", list_benches}};
enum { LISTS = sizeof lists / sizeof *lists };

int command_list(int argc, char **argv) {
  const char *which = argc > 1 ? argv[1] : NULL;
  if (which && (!strcmp(which, "--help") || !strcmp(which, "-h"))) {
    puts("Usage: pmbench list [workloads|backends|faults|columns|plots|benches]");
    return EXIT_RIGHT;
  }
  if (argc > 2) {
    say_error("%s: one argument too many for `pmbench list`", argv[2]);
    return EXIT_USAGE;
  }
  bool found = false;
  for (int i = 0; i < LISTS; i++) {
    if (which && strcmp(which, lists[i].name)) continue;
    if (!which) printf("%s\n", lists[i].name);
    lists[i].print();
    found = true;
  }
  if (found) return EXIT_RIGHT;
  say_error("%s: no such list; there are workloads, backends, faults, columns, plots and benches", which);
  return EXIT_USAGE;
}
