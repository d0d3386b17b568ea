/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A result directory as it is read back: runs.jsonl, machine.json. Read only. */
#ifndef RESULTS_DATASET_H
#define RESULTS_DATASET_H

#include <jansson.h>
#include <stdbool.h>

#include "pmrun.h"

struct dataset {
  char directory[4096];
  json_t *runs;                           /* array: the objects with schema pmbench-run-1, in the order of the file; `run` is
                                           * added to each: its line */
  json_t *skipped;                        /* array: those with schema pmbench-skipped-1: what could not run, and why */
  json_t *machine;                        /* machine.json; NULL where there is none */
  char warning[PM_TEXT_MAX];              /* "" or what is wrong but no obstacle: a torn last line */
};

/* Returns 0, or a negative number and a line in `error` (PM_TEXT_MAX bytes): file, line, what, and what to do. */
int dataset_load(struct dataset *d, const char *directory, char *error);
void dataset_free(struct dataset *d);

/* Values of a run: NAN, "" or false where the key is missing or null. */
double run_number(const json_t *run, const char *key);
const char *run_text(const json_t *run, const char *key);

/* What distinguishes runs: workload, args, procs, cores, pin, backend, fs, granularity, forced, capsule, sched, mode,
 * fault_plan, settings. Ends with NULL. */
extern const char *const dataset_keys[];
/* Of two values of a key: the same (none, null and empty are); which comes first in a table (as strcmp says it): numbers by
 * size, dram before the other backends, none before beat before fork. */
bool value_same(const json_t *x, const json_t *y);
int value_order(const json_t *x, const json_t *y);
/* Which of two runs comes first, by all of those keys. */
int run_order(const json_t *a, const json_t *b);
/* Whether two runs agree in all of them, `but` (may be NULL) left out. */
bool run_same(const json_t *a, const json_t *b, const char *but);
/* A number for each distinct combination, in run_order(): group[i] of run i. Returns how many. */
size_t dataset_groups(const struct dataset *d, size_t *group);
/* "fib -n 40, 2 workers, dram, beat, kill@20": what distinguishes a run, for people. Returns `text`. */
const char *run_title(const json_t *run, char *text, size_t bytes);

#endif
