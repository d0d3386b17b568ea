/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `pmbench bench`: one microbenchmark, or all of them; what they measure is in bench/. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "bench.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/standard_output.h"
#include "results/description.h"
#include "results/jsonl.h"
#include "results/machine.h"
#include "version.h"

static const char rows_name[] = "bench.jsonl";

struct arguments {
  const char *name, *path, *out, *only;
  uint64_t procs;
  bool json, quick, help;
};
struct going {                            /* what a row is given to */
  const struct arguments *a;
  struct signals signals;
  char out[PATH_MAX];
  json_t *rows;                           /* not yet in the file: a benchmark's rows are written together */
  int failed;
};

static void help(FILE *out) {
  fprintf(out, "Usage: pmbench bench NAME [options]\n\n"
               "What the memory, its instructions and the scheduler's steps cost, one by one. NAME is\n\n");
  for (int i = 0; bench_list[i]; i++) fprintf(out, "  %-10s %s\n", bench_list[i]->name, bench_list[i]->help);
  fprintf(out, "  %-10s every one of them, in less than two minutes\n\n", "all");
  fprintf(out, "  --path PATH   a directory or a device-DAX where the memory shall lie; /dev/shm\n"
               "  --procs N     at most so many processes; one a core\n"
               "  --only WORD   only the cases with this word or number among their keys, such as clwb or 4096\n"
               "  --quick       fewer cases and repetitions\n"
               "  --json        an object a row on stdout, nothing else; `pmbench list columns` explains the keys\n"
               "  --out DIR     append the objects to DIR/%s, with the machine's description beside it\n", rows_name);
}

/* ---- the command line ---------------------------------------------------------------------------------------------------- */

/* 1: it was this option, and the next argument may have been its value; 0: another one; -1: it has no value. */
static int value_of(char **argv, int *i, const char *name, const char **value) {
  size_t length = strlen(name);
  if (strncmp(argv[*i], name, length) || (argv[*i][length] && argv[*i][length] != '=')) return 0;
  *value = argv[*i][length] ? argv[*i] + length + 1 : argv[*i + 1] && strncmp(argv[*i + 1], "--", 2) ? argv[++*i] : "";
  if (**value) return 1;
  say_error("%s: needs a value", name);
  return -1;
}

static int parse_procs(struct arguments *a, const char *text) {
  char error[PM_TEXT_MAX];
  if (pm_units_count("--procs", text, &a->procs, error)) {
    say_error("%s", error);
    return EXIT_USAGE;
  }
  if (a->procs >= 1 && a->procs <= BENCH_PROCS_MAX) return 0;
  say_error("--procs %s: between 1 and %d", text, BENCH_PROCS_MAX);
  return EXIT_USAGE;
}

static int parse_one(struct arguments *a, char **argv, int *i) {
  const struct { const char *name; const char **value; } texts[] = {{"--path", &a->path}, {"--out", &a->out}, {"--only", &a->only}};
  const struct { const char *name; bool *flag; } flags[] = {{"--json", &a->json}, {"--quick", &a->quick}, {"--help", &a->help},
                                                            {"-h", &a->help}};
  const char *procs = NULL;
  for (size_t k = 0; k < sizeof flags / sizeof *flags; k++)
    if (!strcmp(argv[*i], flags[k].name)) return *flags[k].flag = true, 0;
  for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
    int found = value_of(argv, i, texts[k].name, texts[k].value);
    if (found) return found > 0 ? 0 : EXIT_USAGE;
  }
  int found = value_of(argv, i, "--procs", &procs);
  if (found) return found > 0 ? parse_procs(a, procs) : EXIT_USAGE;
  if (argv[*i][0] == '-') say_error("%s: not an option of `pmbench bench`; --help lists them", argv[*i]);
  else if (a->name) say_error("%s: one argument too many for `pmbench bench`", argv[*i]);
  else return a->name = argv[*i], 0;
  return EXIT_USAGE;
}

static int check_name(const struct arguments *a) {
  char names[256] = "";
  if (a->name && (!strcmp(a->name, "all") || bench_find(a->name))) return 0;
  for (int i = 0; bench_list[i]; i++) snprintf(names + strlen(names), sizeof names - strlen(names), "%s, ", bench_list[i]->name);
  if (a->name) say_error("bench %s: none of %sall", a->name, names);
  else say_error("bench: name a benchmark: %sall", names);
  return EXIT_USAGE;
}

static int parse(int argc, char **argv, struct arguments *a) {
  *a = (struct arguments){.path = "/dev/shm"};
  int code = 0;
  for (int i = 1; i < argc && !code; i++) code = parse_one(a, argv, &i);
  return code || a->help ? code : check_name(a);
}

/* ---- rows ---------------------------------------------------------------------------------------------------------------- */

static bool stop(void *context) {
  struct going *g = context;
  return g->failed || signals_waiting(&g->signals) || (!g->a->out && standard_output_is_deserted());
}

static void take_row(void *context, const json_t *object) {
  struct going *g = context;
  if (g->a->json) {
    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    standard_output_flush();
  }
  if (g->a->out) json_array_append_new(g->rows, json_deep_copy(object));
}

static void keep_rows(struct going *g) {
  char warning[PM_TEXT_MAX] = "", error[PM_TEXT_MAX] = "";
  if (!g->a->out || g->failed || !json_array_size(g->rows)) return;
  g->failed = jsonl_append(g->out, rows_name, g->rows, warning, error);
  json_array_clear(g->rows);
  if (warning[0]) say_warning("%s", warning);
  if (g->failed) say_error("--out: %s", error);
}

static int prepare_out(struct going *g) {
  char warning[PM_TEXT_MAX] = "", error[PM_TEXT_MAX] = "";
  if (!g->a->out) return 0;
  if ((mkdir(g->a->out, 0777) && errno != EEXIST) || !realpath(g->a->out, g->out)) {
    say_error("--out %s: %s", g->a->out, strerror(errno));
    return EXIT_USAGE;
  }
  int code = jsonl_check(g->out, rows_name, error);
  if (!code) code = machine_keep(g->out, warning, error);
  if (warning[0]) say_warning("%s", warning);
  if (code) say_error("--out: %s", error);
  return code ? EXIT_USAGE : 0;
}

static void describe(struct bench *b, int argc, char **argv) {
  struct description d = {0};
  char host[HOST_NAME_MAX + 1] = "";
  gethostname(host, sizeof host - 1);
  description_stamp(&d);
  json_t *words = json_array();
  json_array_append_new(words, json_string("pmbench"));
  for (int i = 0; i < argc; i++) {
    json_t *word = json_string(argv[i]);
    json_array_append_new(words, word ? word : json_null());
  }
  json_object_set_new(b->about, "version", json_string(PMBENCH_VERSION " (" PMBENCH_COMMIT ")"));
  json_object_set_new(b->about, "build_type", json_string(PMBENCH_BUILD_TYPE));
  json_object_set_new(b->about, "started_at", json_string(d.started_at));
  json_object_set_new(b->about, "host", json_string(host));
  json_object_set_new(b->about, "argv", words);
}

/* ---- running ------------------------------------------------------------------------------------------------------------- */

/* --only that fits nothing is a mistake; what it fits and this machine has not, is said by the exit code. */
static int judge_only(const struct bench *b) {
  bool measured = false;
  const char *why = "";
  for (size_t i = 0; i < b->row_count; i++) {
    measured |= !b->rows[i].skipped[0];
    if (b->rows[i].skipped[0]) why = b->rows[i].skipped;
  }
  if (!b->options.only || measured) return 0;
  if (!b->matched) say_error("--only %s: no case has it; --json shows the keys", b->options.only);
  else say_error("--only %s: %s", b->options.only, why);
  return b->matched ? EXIT_MACHINE : EXIT_USAGE;
}

static int run_all(struct bench *b, struct going *g) {
  const struct arguments *a = g->a;
  int code = 0, lacking = 0;
  bool all = !strcmp(a->name, "all");
  if (!a->json) bench_print_head(b, stdout);
  for (int i = 0; bench_list[i] && !code; i++) {
    size_t first = b->row_count;
    if (!all && strcmp(a->name, bench_list[i]->name)) continue;
    code = bench_run(b, bench_list[i]);
    keep_rows(g);
    if (!code && g->failed) code = PM_E_PROGRAM;
    if (all && code == PM_E_MACHINE) {    /* too little room for this one: the others may do with less */
      say_error("bench %s: %s", bench_list[i]->name, b->error.text);
      b->error = (struct pm_error_line){0};
      lacking = code;
      code = 0;
    }
    if (!a->json) bench_print_rows(b, first, stdout);
    standard_output_flush();
  }
  return code ? code : lacking;
}

static int run(struct going *g, int argc, char **argv) {
  const struct arguments *a = g->a;
  struct bench b;
  struct bench_options options = {.path = a->path, .only = a->only, .procs = (unsigned)a->procs, .quick = a->quick, .stop = stop,
                                  .row = take_row, .context = g};
  int code = bench_open(&b, &options);
  if (code) {
    say_error("%s", b.error.text);
    return (int)exit_code_of(code);
  }
  describe(&b, argc, argv);
  code = run_all(&b, g);
  bool deserted = code == PM_E_INTERRUPTED && !signals_waiting(&g->signals) && standard_output_is_deserted();
  int end = code ? (int)exit_code_of(code) : judge_only(&b);
  if (deserted) end = EXIT_RIGHT;
  else if (g->failed) end = EXIT_INTERNAL;
  else if (code && b.error.code) say_error("bench %s: %s", b.kind->name, b.error.text);
  bench_close(&b);
  return end;
}

int command_bench(int argc, char **argv) {
  struct arguments a;
  struct going g = {.a = &a, .rows = json_array()};
  int code = parse(argc, argv, &a);
  if (!code && a.help) {
    help(stdout);
  } else {
    signals_hold(&g.signals, true);
    if (!code) code = prepare_out(&g);
    if (!code) code = run(&g, argc, argv);
    signals_release(&g.signals);
  }
  json_decref(g.rows);
  return code;
}
