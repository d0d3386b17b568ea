/* SPDX-License-Identifier: BSD-3-Clause */
/* Purpose: fib is right under every kind of fault, and the faults happened. Prints what failed and its seed. */
#include <pmrun.h>
#include <stdio.h>

PM_TASK(int64_t, fib, (int64_t n;), (PM_FORKED(fib) x; int64_t y;)) {
  if (a.n < 2) return a.n;
  PM_BEGIN(fib);
  PM_FORK(my->x, fib, a.n - 1);
  PM_CALL(my->y, fib, a.n - 2);
  int64_t x;
  PM_JOIN(x, my->x, fib);
  PM_RETURN(x + my->y);
  PM_END;
}
static const struct pm_task tasks[] = {PM_ENTRY(fib)};

static int setup(struct pm_data *d, const void *args) {
  PM_ROOT(d, fib, *(const int64_t *)args);
  return 0;
}
static int check(struct pm_data *d, const void *args) {
  int64_t x = 0, y = 1;
  for (int64_t n = *(const int64_t *)args; n > 0; n--) { int64_t z = x + y; x = y; y = z; }
  return (int64_t)d->result != x;
}
static const struct pm_program program = {.name = "fib", .tasks = tasks, .task_count = 1 + fib_id, .args_bytes = 8,
                                          .setup = setup, .check = check};

/* A fault every `step_ns`, the first a millisecond after the first task: sooner than fib(40) can be over. As many happen as there
 * is time for, and the list ends, so that the slowest machine comes to an end of it, too. */
static int run(enum pm_fault_kind kind, uint64_t step_ns, unsigned count, uint64_t seed, unsigned procs, uint64_t *happened) {
  uint64_t at_ns[40];
  for (unsigned i = 0; i < count; i++) at_ns[i] = 1000000 + i * step_ns;
  int64_t n = 40;
  struct pm_fault_plan plan = {.kind = kind, .at_ns = at_ns, .count = count};
  struct pm_options o = {.procs = procs, .seed = seed, .args = &n, .faults = &plan, .fault_count = 1, .auto_resume = true,
                         .timeout_ns = 600000000000, .watchdog_ns = 100000000};
  struct pm_report r;
  int error = pm_run(&program, &o, NULL, &r), wrong = (error && error != PM_E_MISSED) || !r.correct;
  if (wrong) printf("FAIL %s every %llu ns, seed %llu, procs %u: %s\n", pm_fault_names[kind], (unsigned long long)step_ns,
                    (unsigned long long)seed, procs, r.error_text);
  *happened += r.faults_done;
  pm_report_free(&r);
  return wrong;
}

int main(void) {
  static const struct { enum pm_fault_kind kind; uint64_t step_ns; unsigned count, procs; int runs; } rows[] = {
      {PM_FAULT_KILL, 5000000, 25, 2, 8}, {PM_FAULT_HARD, 10000000, 4, 4, 4}, {PM_FAULT_EXN, 3000000, 40, 2, 6},
      {PM_FAULT_STOP, 200000000, 2, 2, 2}, {PM_FAULT_CRASH, 20000000, 4, 2, 3}};
  int failed = 0;
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
    uint64_t happened = 0;
    for (int k = 0; k < rows[i].runs; k++) failed += run(rows[i].kind, rows[i].step_ns, rows[i].count, 1 + k, rows[i].procs, &happened);
    printf("%s: %llu faults in %d runs\n", pm_fault_names[rows[i].kind], (unsigned long long)happened, rows[i].runs);
    if (!happened) failed++;
  }
  return failed != 0;
}
