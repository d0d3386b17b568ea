/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/run_options.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/units.h"
#include "pm/region_layout.h"

/* ---- the table ------------------------------------------------------------------------------- */

enum kind { FLAG, COUNT, BYTES, TIME, TEXT, FAULT, CLEAN };

struct row {
  const char *name;
  enum kind kind;
  size_t offset;
  const char *value, *help;               /* no help: not listed */
  int commands;
};

#define AT(field) offsetof(struct run_options, field)
#define BOTH (RUN_COMMAND | RESUME_COMMAND)
static const struct row rows[] = {
    {"procs", COUNT, AT(procs), "N", "workers (default of run: one a hardware thread)", BOTH},
    {"slots", COUNT, AT(slots), "N",
     "places for workers in the region (default: max(2 x procs, cores, 8))", RUN_COMMAND},
    {"backend", TEXT, AT(backend), "B", "dram[:PATH], file:PATH, dax:PATH, emulated:PATH (default: dram)",
     RUN_COMMAND},
    {"capsule", TEXT, AT(capsule), "C",
     "when workers commit: at heartbeats (beat, beat=5ms), at every fork, or none (default: beat)",
     RUN_COMMAND},
    {"fault", FAULT, 0, "F",
     "kill@20 (a second), kill=0.5s,1.2s; also hard, exn, stop, crash; may be repeated", BOTH},
    {"fault-replay", TEXT, AT(fault_replay), "FILE", "repeat the faults that a record logged",
     RUN_COMMAND},
    {"runs", COUNT, AT(runs), "N", "how many times (default: 1)", RUN_COMMAND},
    {"warmup", COUNT, AT(warmup), "N",
     "runs before them, without faults, not recorded (default: 0)", RUN_COMMAND},
    {"seed", COUNT, AT(seed), "N",
     "of generated input; run r (0, 1, ...) draws its faults and thefts from N + r (default: 1)",
     RUN_COMMAND},
    {"out", TEXT, AT(out), "DIR", "append each run to DIR/runs.jsonl",
     RUN_COMMAND | CAMPAIGN_COMMAND},
    {"json", FLAG, AT(json), NULL,
     "print one JSON object a run, and nothing else, on standard output", BOTH | CAMPAIGN_COMMAND},
    {"pin", TEXT, AT(pin), "P",
     "compact, scatter, none, or a list of cores 0,2-5 (default: compact)", BOTH},
    {"stack", BYTES, AT(stack_bytes), "SIZE",
     "room for the frames of a worker's tasks, 4KiB to 64MiB (default: 64KiB)", RUN_COMMAND},
    {"region-size", BYTES, AT(region_bytes), "SIZE",
     "of the region's file (default, and least: what the run needs)", RUN_COMMAND},
    {"no-check", FLAG, AT(no_check), NULL, "do not check the result", RUN_COMMAND},
    {"no-serial", FLAG, AT(no_serial), NULL, "do not run the serial twin to compare with",
     RUN_COMMAND},
    {"keep", FLAG, AT(keep), NULL, "keep the region after a right run", BOTH},
    {"force", FLAG, AT(force), NULL, "overwrite an unfinished region, or what others left on a device", RUN_COMMAND},
    {"respawn-delay", TIME, AT(respawn_delay_ns), "TIME",
     "before a killed worker is replaced (default: none)", BOTH},
    {"timeout", TIME, AT(timeout_ns), "TIME",
     "end the command, with all its --runs, with exit code 130 (default: never)", BOTH},
    {"watchdog", TIME, AT(watchdog_ns), "TIME",
     "kill a worker that shows no life for so long (default: 1s)", BOTH},
    {"auto-resume", FLAG, AT(auto_resume), NULL, "go on by itself after a crash", BOTH},
    {"clean", CLEAN, 0, "[=DIR]",
     "first remove regions that crashes left: in /dev/shm, and in DIR or where --backend points",
     RUN_COMMAND | CAMPAIGN_COMMAND},
    {"dry-run", FLAG, AT(dry_run), NULL, "of a configuration: say what would be run",
     CAMPAIGN_COMMAND},
    {"resume", FLAG, AT(resume), NULL, "of a configuration: make the runs that --out lacks",
     CAMPAIGN_COMMAND},
    {"dax", TEXT, AT(dax), "PATH", "what `dax` in a configuration means (default: $PMBENCH_DAX)",
     CAMPAIGN_COMMAND},
    {"path", TEXT, AT(path), "PATH",
     "what `file` in a configuration means (default: $PMBENCH_PATH, or here)", CAMPAIGN_COMMAND},
    {"way", TEXT, AT(way), "W", NULL, RUN_COMMAND},
    {"help", FLAG, AT(help), NULL, "this text", BOTH | CAMPAIGN_COMMAND},
};
enum { ROWS = sizeof rows / sizeof *rows };
_Static_assert(ROWS <= 64, "one bit of `seen` each");

/* ---- parsing --------------------------------------------------------------------------------- */

struct parser {
  struct run_options *o;
  enum run_command command;
  int argc, at;
  char **argv;
  char *error;
};

#define FAIL(p, ...) (snprintf((p)->error, PM_TEXT_MAX, __VA_ARGS__), PM_E_USAGE)

static const char *command_name(enum run_command c) { return c == RUN_COMMAND ? "run" : "resume"; }

/* The next argument, if it can be a value. */
static const char *next_value(struct parser *p) {
  if (p->at + 1 >= p->argc || !strncmp(p->argv[p->at + 1], "--", 2)) return NULL;
  return p->argv[++p->at];
}

static int take(struct parser *p, const struct row *row, const char *value) {
  char option[64];
  void *field = (char *)p->o + row->offset;
  snprintf(option, sizeof option, "--%s", row->name);
  switch (row->kind) {
  case FLAG: *(bool *)field = true; return 0;
  case COUNT: return pm_units_count(option, value, field, p->error);
  case BYTES: return pm_units_bytes(option, value, field, p->error);
  case TIME: return pm_units_time(option, value, field, p->error);
  case TEXT:
    *(const char **)field = value;
    return *value ? 0 : FAIL(p, "%s: its value is empty", option);
  case CLEAN:
    p->o->clean = true;
    p->o->clean_directory = value;
    return 0;
  case FAULT:
    if (p->o->fault_count == FAULT_PLANS_MAX)
      return FAIL(p, "--fault: at most %d of them", FAULT_PLANS_MAX);
    p->o->fault_texts[p->o->fault_count++] = value;
    return 0;
  }
  return PM_E_USAGE;
}

static int take_row(struct parser *p, const struct row *row, const char *value) {
  uint64_t bit = UINT64_C(1) << (row - rows);
  if ((p->o->seen & bit) && row->kind != FAULT) return FAIL(p, "--%s: given twice", row->name);
  p->o->seen |= bit;
  if (row->kind == FLAG && value) return FAIL(p, "--%s: takes no value", row->name);
  if (row->kind != FLAG && row->kind != CLEAN && !value && !(value = next_value(p)))
    return FAIL(p, "--%s: its value is missing; write --%s %s", row->name, row->name, row->value);
  return take(p, row, value);
}

/* `first`: the first value where it came in the same argument, else NULL. */
static int take_given(struct parser *p, const struct workload_option *option, const char *first) {
  struct run_options *o = p->o;
  const char *dash = option->name[1] ? "--" : "-";
  for (unsigned i = 0; i < o->given_count; i++)
    if (o->given[i].option == option) return FAIL(p, "%s%s: given twice", dash, option->name);
  if (o->given_count == WORKLOAD_OPTIONS_MAX)
    return FAIL(p, "%s%s: too many options", dash, option->name);
  struct given *g = &o->given[o->given_count++];
  g->option = option;
  for (unsigned i = 0; i < option->values && i < WORKLOAD_VALUES_MAX; i++) {
    g->values[i] = i == 0 && first ? first : next_value(p);
    if (!g->values[i])
      return FAIL(p, "%s%s: a value is missing; write %s%s %s", dash, option->name, dash,
                  option->name, option->value);
  }
  return 0;
}

static const struct workload_option *workload_option(const struct workload *w, const char *name,
                                                     size_t length) {
  for (const struct workload_option *o = w ? w->options : NULL; o && o->values; o++)
    if (strlen(o->name) == length && !strncmp(o->name, name, length)) return o;
  return NULL;
}

static int unknown(struct parser *p, const char *text) {
  if (p->command == RUN_COMMAND && !p->o->workload)
    return FAIL(p,
                "%.100s: not an option of `pmbench run` (options of a workload come after its "
                "name); --help lists them",
                text);
  return FAIL(p, "%.100s: not an option of `pmbench %s%s%s`; --help lists them", text,
              command_name(p->command), p->o->workload ? " " : "",
              p->o->workload ? p->o->workload->program->name : "");
}

/* Whether NAME is a configuration may show only later: then check_campaign() decides. */
static int accepted(enum run_command command) {
  return (int)command | (command == RUN_COMMAND ? (int)CAMPAIGN_COMMAND : 0);
}

static int parse_option(struct parser *p, const char *text) {
  if (text[1] != '-') {                   /* -n 40, -n40, -h */
    if (!strcmp(text, "-h")) {
      p->o->help = true;
      return 0;
    }
    const struct workload_option *short_one = workload_option(p->o->workload, text + 1, 1);
    return short_one ? take_given(p, short_one, text[2] ? text + 2 : NULL) : unknown(p, text);
  }
  const char *name = text + 2;
  size_t length = strcspn(name, "=");
  const char *value = name[length] ? name + length + 1 : NULL;
  for (int i = 0; i < ROWS; i++)
    if (strlen(rows[i].name) == length && !strncmp(rows[i].name, name, length))
      return rows[i].commands & accepted(p->command) ? take_row(p, &rows[i], value)
                                                     : unknown(p, text);
  const struct workload_option *long_one =
      length > 1 ? workload_option(p->o->workload, name, length) : NULL;
  if (!long_one) return unknown(p, text);
  if (value && long_one->values > 1)
    return FAIL(p, "--%s: takes %u values; write --%s %s", long_one->name, long_one->values,
                long_one->name, long_one->value);
  return take_given(p, long_one, value);
}

/* What is called like one, or is no workload and there: then what is wrong with it is said of the file. */
static bool is_config(const char *text) {
  const char *dot = strrchr(text, '.');
  struct stat s;
  if (strchr(text, '/') || (dot && (!strcasecmp(dot, ".yaml") || !strcasecmp(dot, ".yml")))) return true;
  return !stat(text, &s) && !S_ISDIR(s.st_mode);
}

static int parse_name(struct parser *p, const char *text) {
  const char **one = p->command == RESUME_COMMAND ? &p->o->region : NULL;
  if (one ? *one != NULL : p->o->workload || p->o->config)
    return FAIL(p, "%.200s: one argument too many for `pmbench %s`", text,
                command_name(p->command));
  if (one) {
    *one = text;
    return 0;
  }
  for (int i = 0; workloads[i]; i++)
    if (!strcmp(workloads[i]->program->name, text)) p->o->workload = workloads[i];
  if (p->o->workload) return 0;
  if (is_config(text)) {
    p->o->config = text;
    return 0;
  }
  return FAIL(p, "%.100s: no such workload, and no configuration (a YAML file) of that name; `pmbench list workloads` names "
                 "the workloads", text);
}

/* ---- what belongs together ------------------------------------------------------------------- */

static int check_capsule(struct run_options *o, char *error) {
  const char *c = o->capsule ? o->capsule : "beat";
  o->policy = !strcmp(c, "none")   ? PM_POLICY_NONE
              : !strcmp(c, "fork") ? PM_POLICY_FORK
                                   : PM_POLICY_BEAT;
  if (o->policy != PM_POLICY_BEAT || !strcmp(c, "beat")) return 0;
  if (strncmp(c, "beat=", 5)) {
    snprintf(error, PM_TEXT_MAX, "--capsule %.100s: none of beat, beat=5ms, fork, none", c);
    return PM_E_USAGE;
  }
  if (pm_units_time("--capsule", c + 5, &o->beat_ns, error)) {
    snprintf(error, PM_TEXT_MAX, "--capsule %.100s: not a time; write it like beat=500us or beat=5ms", c);
    return PM_E_USAGE;
  }
  if (o->beat_ns >= 10000 && o->beat_ns <= 60000000000) return 0;
  snprintf(error, PM_TEXT_MAX, "--capsule %.100s: a beat is between 10us and 1m", c);
  return PM_E_USAGE;
}

/* The library looks at the path; a wrong word should show before the serial twin runs. */
static int check_backend(const struct run_options *o, char *error) {
  static const char *const with_path[] = {"file:", "dax:", "emulated:", "dram:"};
  const char *b = o->backend;
  if (!b || !strcmp(b, "dram")) return 0;
  for (size_t i = 0; i < sizeof with_path / sizeof *with_path; i++)
    if (!strncmp(b, with_path[i], strlen(with_path[i])) && b[strlen(with_path[i])]) return 0;
  snprintf(error, PM_TEXT_MAX, "--backend %.100s: none of dram, dram:PATH, file:PATH, dax:PATH, emulated:PATH",
           b);
  return PM_E_USAGE;
}

static bool given(const struct run_options *o, const char *name) {
  for (int i = 0; i < ROWS; i++)
    if (!strcmp(rows[i].name, name)) return o->seen >> i & 1;
  return false;
}

/* A configuration's own options and a workload's, not mixed. */
static int check_campaign(struct parser *p) {
  const struct run_options *o = p->o;
  for (int i = 0; i < ROWS; i++) {
    if (!(o->seen >> i & 1)) continue;
    if (o->config && !(rows[i].commands & CAMPAIGN_COMMAND))
      return FAIL(p, "--%s: stands in the configuration itself (%.200s) where it is wanted",
                  rows[i].name, o->config);
    if (!o->config && !(rows[i].commands & RUN_COMMAND))
      return FAIL(p, "--%s: only with a configuration, as in `pmbench run FILE.yaml --%s`",
                  rows[i].name, rows[i].name);
  }
  if (o->resume && !o->out && !o->dry_run)
    return FAIL(p, "--resume: name the directory to go on in with --out DIR");
  return 0;
}

enum { STACK_LEAST = 4 << 10, STACK_MOST = 64 << 20 };

static int check(struct parser *p) {
  struct run_options *o = p->o;
  static const struct { const char *name; size_t offset; uint64_t most; } positive[] = {
      {"procs", AT(procs), PM_SLOTS_MAX}, {"slots", AT(slots), PM_SLOTS_MAX}, {"runs", AT(runs), RUNS_MAX},
      {"stack", AT(stack_bytes), INT64_MAX}, {"region-size", AT(region_bytes), INT64_MAX},
      {"timeout", AT(timeout_ns), INT64_MAX}, {"watchdog", AT(watchdog_ns), INT64_MAX}};
  for (size_t i = 0; i < sizeof positive / sizeof *positive; i++) {
    uint64_t value = *(uint64_t *)((char *)o + positive[i].offset);
    if (given(o, positive[i].name) && !value)
      return FAIL(p, "--%s 0: must be greater than 0", positive[i].name);
    if (value > positive[i].most)
      return FAIL(p, "--%s: at most %llu", positive[i].name, (unsigned long long)positive[i].most);
  }
  if (given(o, "stack") && (o->stack_bytes < STACK_LEAST || o->stack_bytes > STACK_MOST))
    return FAIL(p, "--stack: between 4KiB and 64MiB");
  if (o->warmup > RUNS_MAX) return FAIL(p, "--warmup: at most %d", RUNS_MAX);
  int code = check_capsule(o, p->error);
  if (!code) code = check_backend(o, p->error);
  if (code) return code;
  if (o->way && strcmp(o->way, "process") && strcmp(o->way, "thread"))
    return FAIL(p, "--way %.100s: process or thread", o->way);
  o->ways = o->way && !strcmp(o->way, "thread") ? PM_THREADS : PM_PROCESSES;
  if (o->slots && o->procs > o->slots)
    return FAIL(p, "--slots %u: fewer than --procs %u; a worker needs a slot", (unsigned)o->slots,
                (unsigned)o->procs);
  if (o->fault_count && o->fault_replay)
    return FAIL(
        p,
        "--fault and --fault-replay: give one of them; a replay repeats every fault of the record");
  if ((o->fault_count || o->fault_replay) && o->policy == PM_POLICY_NONE)
    return FAIL(p, "--capsule none: commits nothing, so no fault can be survived; use beat or "
                   "fork, or leave --fault out");
  if (p->command == RUN_COMMAND && (code = check_campaign(p))) return code;
  if (p->command == RUN_COMMAND && !o->workload && !o->config && !o->clean)
    return FAIL(p, "run: which workload? `pmbench list workloads` names them");
  if (p->command == RESUME_COMMAND && !o->region)
    return FAIL(p, "resume: which region? name its file");
  return 0;
}

int run_options_parse(struct run_options *o, enum run_command command, int argc, char **argv,
                      char *error) {
  struct parser p = {.o = o, .command = command, .argc = argc, .argv = argv, .error = error};
  *o = (struct run_options){.runs = 1, .seed = 1};
  bool options = true;
  for (p.at = 1; p.at < argc; p.at++) {
    const char *text = argv[p.at];
    int code = 0;
    if (options && !strcmp(text, "--")) options = false;
    else
      code = options && text[0] == '-' && text[1] ? parse_option(&p, text) : parse_name(&p, text);
    if (code) return code;
  }
  return o->help ? 0 : check(&p);
}

int run_options_args(const struct run_options *o, void *args, char *error) {
  const struct workload *w = o->workload;
  error[0] = 0;
  memset(args, 0, PM_PROGRAM_ARGS_MAX);
  w->defaults(args, o->seed);
  for (unsigned i = 0; i < o->given_count; i++)
    if (w->set(args, o->given[i].option->name, o->given[i].values, error)) return PM_E_USAGE;
  return w->ready(args, error) ? PM_E_USAGE : 0;
}

/* ---- help ------------------------------------------------------------------------------------ */

static void help_line(FILE *out, const char *dash, const char *name, const char *value,
                      const char *help) {
  char left[96];
  snprintf(left, sizeof left, "%s%s%s%s", dash, name, value && value[0] != '[' ? " " : "",
           value ? value : "");
  fprintf(out, "  %-26s %s\n", left, help);
}

void run_options_help(const struct run_options *o, enum run_command command, FILE *out) {
  const struct workload *w = o->workload;
  if (command == RESUME_COMMAND)
    fprintf(out, "Usage: pmbench resume REGION [options]\n\n"
                 "Finishes the run in REGION and gives the record and output that it would have "
                 "given.\n"
                 "An option that is left out is as that run had it, or as below where it had none.\n");
  else if (w) fprintf(out, "Usage: pmbench run %s [options]\n", w->program->name);
  else
    fprintf(out, "Usage: pmbench run WORKLOAD [options]\n"
                 "       pmbench run CONFIG.yaml [--out DIR] [--dry-run] [--resume] [--dax PATH] "
                 "[--path PATH] [--clean[=DIR]] [--json]\n");
  if (w) {
    fprintf(out, "\n%s: %s\n", w->program->name, w->summary);
    for (const struct workload_option *wo = w->options; wo && wo->values; wo++)
      help_line(out, wo->name[1] ? "--" : "-", wo->name, wo->value, wo->help);
  } else if (command == RUN_COMMAND) {
    fprintf(out, "\nWorkloads (`pmbench run WORKLOAD --help` lists the options of one):\n");
    for (int i = 0; workloads[i]; i++)
      if (!workloads[i]->hidden) help_line(out, "", workloads[i]->program->name, NULL, workloads[i]->summary);
  }
  fprintf(out, "\nOptions:\n");
  for (int i = 0; i < ROWS; i++)
    if (rows[i].help && (rows[i].commands & (w ? (int)command : accepted(command))))
      help_line(out, "--", rows[i].name, rows[i].value, rows[i].help);
  fprintf(out,
          "\nNumbers: 40, 10k, 1M, 2Gi. Sizes: 4096, 64KiB, 2GiB. Times: 500us, 5ms, 1.2s, 2m.\n");
}
