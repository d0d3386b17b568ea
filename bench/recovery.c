/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long after an injury somebody works again. One chain of short calls, so that exactly one worker is busy:
 *   adoption   two workers, the busy one is killed and comes back late: the idle one moves into its slot
 *   respawn    one worker, killed: a new process takes its place
 *   exn        one worker, a fault inside the process: it goes on from its last commit
 * Prints a line each: name, how many, median, 90th and 99th percentile, in microseconds. Usage: recovery [SECONDS]
 */
#include <pmrun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STEP_NS = 20000 };

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

PM_TASK(pm_none, step, (int64_t i;), (char none;)) {
  PM_BEGIN(step);
  for (uint64_t until = now_ns() + STEP_NS; now_ns() < until;) {}
  PM_RETURN(PM_NONE);
  PM_END;
}

PM_TASK(int64_t, chain, (int64_t steps;), (int64_t i;)) {
  PM_BEGIN(chain);
  for (my->i = 0; my->i < my->a.steps; my->i++) PM_RUN(step, my->i);
  PM_RETURN(my->i);
  PM_END;
}

static int setup(struct pm_data *d, const void *args) {
  PM_ROOT(d, chain, *(const int64_t *)args);
  return 0;
}
static int check(struct pm_data *d, const void *args) { return d->result != *(const pm_word *)args; }

static const struct pm_task tasks[] = {PM_ENTRY(step), PM_ENTRY(chain)};
static const struct pm_program program = {"recovery", tasks, sizeof tasks / sizeof *tasks, sizeof(int64_t), NULL, setup, check, NULL, 0};

static int compare(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* Of the faults that hit a busy worker; with `adopted`, of those that another worker took over. */
static int print(const char *name, const struct pm_report *r, bool adopted) {
  uint64_t *ns = calloc(r->fault_count + 1, sizeof *ns);
  size_t n = 0;
  for (uint32_t i = 0; ns && i < r->fault_count; i++) {
    const struct pm_report_fault *f = &r->faults[i];
    if (f->state == PM_FAULT_DONE && f->running_ns && (!adopted || f->taken_by != f->place)) ns[n++] = f->running_ns;
  }
  if (!n || !ns) {
    fprintf(stderr, "recovery: no %s happened\n", name);
    free(ns);
    return 1;
  }
  qsort(ns, n, sizeof *ns, compare);
  printf("%s %zu %.1f %.1f %.1f\n", name, n, (double)ns[n / 2] / 1e3, (double)ns[n * 9 / 10] / 1e3, (double)ns[n * 99 / 100] / 1e3);
  free(ns);
  return 0;
}

static int measure(const char *name, unsigned procs, enum pm_fault_kind kind, double rate, uint64_t delay_ns, int64_t steps) {
  struct pm_fault_plan plan = {.kind = kind, .rate_hz = rate};
  struct pm_options o = {.procs = procs, .args = &steps, .faults = &plan, .fault_count = 1, .respawn_delay_ns = delay_ns, .seed = 1};
  struct pm_report r;
  int code = pm_run(&program, &o, NULL, &r);
  if (code || !r.correct) fprintf(stderr, "recovery: %s: %s\n", name, r.error_text);
  else code = print(name, &r, procs > 1);
  pm_report_free(&r);
  return code;
}

int main(int argc, char **argv) {
  double seconds = argc > 1 ? strtod(argv[1], NULL) : 2;
  int64_t steps = (int64_t)(seconds * 1e9 / STEP_NS);
  if (steps < 1) {
    fprintf(stderr, "usage: recovery [SECONDS]\n");
    return 2;
  }
  return measure("adoption", 2, PM_FAULT_KILL, 25, 5000000, steps) || measure("respawn", 1, PM_FAULT_KILL, 60, 0, steps) ||
         measure("exn", 1, PM_FAULT_EXN, 60, 0, steps);
}
