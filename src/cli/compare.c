/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `pmbench compare`: two directories of results, or the values of a key inside one. */
#include "results/compare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/say.h"

static const char usage[] =
    "Usage: pmbench compare A B [options]            two directories of results\n"
    "       pmbench compare DIR --by KEY [options]   values of a key inside one: backend, capsule, procs, fault_plan, ...\n\n"
    "Medians with 95 % intervals from order statistics, and the ratio with its bootstrap interval. `~` where no difference is\n"
    "shown. Runs that differ in anything else are never put together; wrong runs are left out and counted.\n\n"
    "Options:\n"
    "  --metric KEY               which number of a run (wall_ns)\n"
    "  --md, --csv, --json        instead of text\n"
    "  --fail-on regression:5%    exit code 7 if the second is slower by more than that, the whole interval agreeing\n"
    "  --across-machines          compare although machine or build differ\n"
    "  --help                     this text\n";

struct arguments {
  const char *directory[2];
  int directories;
  struct compare_options options;
  enum compare_format format;
  double regression;                      /* NAN-free: negative: not asked for */
  bool help;
};

static int parse_fail_on(struct arguments *a, const char *text) {
  static const char name[] = "regression:";
  char *end = NULL;
  if (text && !strncmp(text, name, sizeof name - 1) && text[sizeof name - 1] >= '0' && text[sizeof name - 1] <= '9') {
    a->regression = strtod(text + sizeof name - 1, &end) / 100;
    if (!strcmp(end, "%") && a->regression < 10) return 0;
  }
  say_error("--fail-on %.100s: write regression:5%%", text ? text : "");
  return EXIT_USAGE;
}

/* The value of an option `name`, in the same or the next argument; NULL: it is another option. */
static const char *value_of(char **argv, int *i, const char *name) {
  size_t length = strlen(name);
  if (strncmp(argv[*i], name, length)) return NULL;
  if (argv[*i][length] == '=') return argv[*i] + length + 1;
  if (argv[*i][length]) return NULL;
  return argv[*i + 1] ? argv[++*i] : "";
}

static int parse(int argc, char **argv, struct arguments *a) {
  static const char *const formats[] = {"", "--md", "--csv", "--json"};
  for (int i = 1; i < argc; i++) {
    const char *value;
    int format = 3;
    while (format && strcmp(argv[i], formats[format])) format--;
    if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) a->help = true;
    else if (format) a->format = (enum compare_format)format;
    else if (!strcmp(argv[i], "--across-machines")) a->options.across_machines = true;
    else if ((value = value_of(argv, &i, "--by"))) a->options.by = value;
    else if ((value = value_of(argv, &i, "--metric"))) a->options.metric = value;
    else if ((value = value_of(argv, &i, "--fail-on"))) {
      if (parse_fail_on(a, value)) return EXIT_USAGE;
    } else if (argv[i][0] == '-' && argv[i][1]) {
      say_error("%s: not an option of `pmbench compare`; --help lists them", argv[i]);
      return EXIT_USAGE;
    } else if (a->directories == 2) {
      say_error("%s: one directory too many", argv[i]);
      return EXIT_USAGE;
    } else a->directory[a->directories++] = argv[i];
  }
  if (a->options.by && !*a->options.by) {
    say_error("--by: needs a key, such as backend");
    return EXIT_USAGE;
  }
  if (a->help || a->directories == (a->options.by ? 1 : 2)) return 0;
  say_error("compare: %s", a->options.by ? "--by compares inside one directory; name one"
                                         : "name two directories, or one and --by KEY");
  return EXIT_USAGE;
}

int command_compare(int argc, char **argv) {
  struct arguments a = {.options.metric = "wall_ns", .regression = -1};
  struct dataset d[2] = {0};
  struct comparisons c = {0};
  char error[PM_TEXT_MAX] = "";
  int code = parse(argc, argv, &a);
  if (code || a.help) {
    if (!code) fputs(usage, stdout);
    return code;
  }
  for (int i = 0; i < a.directories && !code; i++) {
    code = dataset_load(&d[i], a.directory[i], error) ? EXIT_USAGE : 0;
    if (d[i].warning[0]) say_warning("%s", d[i].warning);
  }
  if (!code && compare(&d[0], a.directories == 2 ? &d[1] : NULL, &a.options, &c, error)) code = EXIT_USAGE;
  if (code) say_error("%s", error);
  else compare_print(&c, a.format, stdout);
  size_t disturbed = 0;
  for (size_t i = 0; !code && i < c.count; i++) disturbed += compare_disturbed(&c.row[i]);
  if (disturbed)
    say_warning("other programs took more than 5 %% of the cores during %zu of %zu comparisons; measure again%s", disturbed, c.count,
                a.regression >= 0 ? ": they count as no regression" : "");
  size_t slower = !code && a.regression >= 0 ? compare_regressions(&c, a.regression) : 0;
  if (slower) {
    say_error("%zu regression%s of more than %g %%", slower, slower == 1 ? "" : "s", 100 * a.regression);
    code = EXIT_REGRESSION;
  }
  comparisons_free(&c);
  for (int i = 0; i < 2; i++) dataset_free(&d[i]);
  return code;
}
