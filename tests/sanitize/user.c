/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A user's program for tests/sanitize.sh: built with a sanitizer, linked with a library that was not. Its argument says how
 * the workers run (processes or threads), and which mistake it makes, if any: a store behind a block of memory (overflow), a
 * counter that threads share without a lock (race). The third says where the region lies. Exit code 0: right, and faults happened.
 */
#include <pmrun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int overflows, races, counter;

PM_TASK(int64_t, sum, (int64_t lo; int64_t hi;), (PM_FORKED(sum) high; int64_t low;)) {
  if (a.hi - a.lo == 1) {
    int64_t turns[] = {a.lo, a.lo};
    for (int i = 0; i < 200; i++) turns[i & 1] ^= i;
    if (races) counter++;
    if (overflows) {
      volatile char *block = malloc(8);
      block[8 + (a.lo & 1)] = 1;
      free((void *)block);
    }
    return turns[0] * 0 + a.lo;
  }
  PM_BEGIN(sum);
  PM_FORK(my->high, sum, a.lo + (a.hi - a.lo) / 2, a.hi);
  PM_CALL(my->low, sum, a.lo, a.lo + (a.hi - a.lo) / 2);
  int64_t high;
  PM_JOIN(high, my->high, sum);
  PM_RETURN(my->low + high);
  PM_END;
}

struct range { int64_t n; };

static int setup(struct pm_data *d, const void *args) {
  PM_ROOT(d, sum, 0, ((const struct range *)args)->n);
  return 0;
}
static int check(struct pm_data *d, const void *args) {
  int64_t n = ((const struct range *)args)->n;
  return PM_RESULT(int64_t, d) != n * (n - 1) / 2;
}

static const struct pm_task tasks[] = {PM_ENTRY(sum)};
static const struct pm_program program = {.name = "user", .tasks = tasks, .task_count = sizeof tasks / sizeof *tasks,
                                          .args_bytes = sizeof(struct range),
                                          .setup = setup, .check = check};

int main(int argc, char **argv) {
  bool threads = argc > 1 && !strcmp(argv[1], "threads");
  overflows = argc > 2 && !strcmp(argv[2], "overflow");
  races = argc > 2 && !strcmp(argv[2], "race");
  struct range range = {overflows ? 1000 : 100000};
  uint64_t at_ns[] = {1000000, 3000000};
  struct pm_fault_plan exn = {.kind = PM_FAULT_EXN, .at_ns = at_ns, .count = 2}, kill = exn;
  kill.kind = PM_FAULT_KILL;
  struct pm_fault_plan faults[] = {exn, kill};
  struct pm_options options = {.args = &range, .seed = 1, .procs = 2, .backend = argc > 3 ? argv[3] : NULL,
                               .way = threads ? PM_THREADS : PM_PROCESSES, .faults = faults,
                               .fault_count = overflows ? 0 : threads ? 1 : 2};
  struct pm_report report;
  int error = pm_run(&program, &options, NULL, &report);
  printf("%s, %llu faults: %s\n", report.complete && report.correct ? "right" : "not right", (unsigned long long)report.faults_done,
         error ? report.error_text : "no error");
  bool right = report.complete && report.correct && report.faults_done > 0 && (!error || error == PM_E_MISSED);
  pm_report_free(&report);
  return !right;
}
