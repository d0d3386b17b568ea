/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line of `run` and `resume`: one table of options, beside the workload's own. */
#ifndef CLI_RUN_OPTIONS_H
#define CLI_RUN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/fault_option.h"
#include "pmrun.h"
#include "workload.h"

enum { WORKLOAD_OPTIONS_MAX = 32, WORKLOAD_VALUES_MAX = 4, RUNS_MAX = 1000000 };

struct given {                            /* a workload's option as it stood on the command line */
  const struct workload_option *option;
  const char *values[WORKLOAD_VALUES_MAX];
};

struct run_options {                      /* strings are argv's */
  const struct workload *workload;        /* run */
  const char *config;                     /* run: instead of a workload */
  const char *region;                     /* resume */
  struct given given[WORKLOAD_OPTIONS_MAX];
  unsigned given_count;
  const char *backend, *pin, *capsule, *way, *out, *fault_replay, *clean_directory,
      *dax, *path;
  const char *fault_texts[FAULT_PLANS_MAX];
  unsigned fault_count;
  uint64_t procs, slots, runs, warmup, seed, stack_bytes, region_bytes, respawn_delay_ns,
      timeout_ns, watchdog_ns;
  uint64_t beat_ns;
  enum pm_policy policy;
  enum pm_ways ways;
  bool json, no_check, no_serial, keep, force, auto_resume, clean, help, dry_run,
      resume;
  uint64_t seen;                          /* bits of the rows that were given */
};

/* CAMPAIGN_COMMAND: `run` with a configuration, a bit of the table of options only. */
enum run_command { RUN_COMMAND = 1, RESUME_COMMAND = 2, CAMPAIGN_COMMAND = 4 };

/* Returns 0, or PM_E_USAGE and one line in `error` (PM_TEXT_MAX bytes). With `help` set, nothing
 * else is checked. */
int run_options_parse(struct run_options *o, enum run_command command, int argc, char **argv,
                      char *error);
/* Fills the workload's block (PM_PROGRAM_ARGS_MAX bytes): defaults, what was given, and its own
 * check. */
int run_options_args(const struct run_options *o, void *args, char *error);
void run_options_help(const struct run_options *o, enum run_command command, FILE *out);

#endif
