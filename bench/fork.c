/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a fork with its call and its join costs, by policy: a tree of tasks that do nothing else, on one worker. Each task that
 * forks counts itself, so the result is how often it was done, and must be fib(n + 1) - 1. The same tree as plain C calls, not
 * inlined, is the twin.
 */
#include <math.h>
#include <pmrun.h>

#include "base/clock.h"
#include "bench.h"

PM_TASK(int64_t, tree, (int64_t n;), (PM_FORKED(tree) x; int64_t y;)) {
  if (a.n < 2) return 0;
  PM_BEGIN(tree);
  PM_FORK(my->x, tree, a.n - 1);
  PM_CALL(my->y, tree, a.n - 2);
  int64_t x;
  PM_JOIN(x, my->x, tree);
  PM_RETURN(x + my->y + 1);
  PM_END;
}

static int64_t __attribute__((noinline, noclone, optimize("no-optimize-sibling-calls"))) twin(int64_t n) {
  __asm__ volatile("" : "+r"(n));
  return n < 2 ? 0 : twin(n - 1) + twin(n - 2) + 1;
}

static int setup(struct pm_data *d, const void *args) {
  PM_ROOT(d, tree, *(const int64_t *)args);
  return 0;
}
static uint64_t forks_of(int64_t n) {     /* fib(n + 1) - 1 */
  uint64_t x = 0, y = 1;
  for (int64_t i = 0; i < n; i++) {
    uint64_t next = x + y;
    x = y;
    y = next;
  }
  return y - 1;
}
static int check(struct pm_data *d, const void *args) { return d->result != forks_of(*(const int64_t *)args); }

static const struct pm_task tasks[] = {PM_ENTRY(tree)};
static const struct pm_program program = {.name = "bench-fork", .tasks = tasks, .task_count = sizeof tasks / sizeof *tasks,
                                          .args_bytes = sizeof(int64_t), .setup = setup, .check = check};

static const struct { enum pm_policy policy; const char *name; int64_t n_full, n_quick, n_pages; } policies[] = {
    {PM_POLICY_NONE, "none", 32, 26, 26}, {PM_POLICY_BEAT, "beat", 32, 26, 26}, {PM_POLICY_FORK, "fork", 20, 14, 5}};

static struct bench_case case_of(const char *backend, const char *policy, uint64_t forks) {
  struct bench_case c = {.heading = "one worker", .label = backend, .column = policy, .unit = BENCH_NS};
  c.keys = json_pack("{s:s,s:s,s:b,s:I}", "backend", backend, "capsule", policy, "forced", !strcmp(backend, "emulated"), "forks",
                     (json_int_t)forks);
  return c;
}

static int measure(struct bench *b, const struct bench_backend *backend, size_t k) {
  bool pages = !strcmp(backend->name, "file");
  int64_t n = pages ? policies[k].n_pages : b->options.quick ? policies[k].n_quick : policies[k].n_full;
  struct bench_case c = case_of(backend->name, policies[k].name, forks_of(n));
  if (!bench_wanted(b, &c)) return 0;
  double samples[BENCH_SAMPLES_MAX];
  size_t runs = b->options.quick ? 6 : 11, got = 0;
  uint64_t until = bench_runs_until(b);
  int code = 0;
  for (size_t i = 0; i < runs && !code && !bench_stopped(b) && (!i || pm_clock_ns() < until); i++) {
    struct pm_options o = {.backend = backend->text, .procs = 1, .slots = 1, .args = &n, .policy = policies[k].policy};
    struct pm_report r;
    code = bench_program(b, &program, &o, NULL, &r);
    if (!code) samples[got++] = ((double)r.wall_ns - b->clock_ns) / (double)forks_of(n);
    pm_report_free(&r);
  }
  if (code || !got) json_decref(c.keys);
  else bench_record(b, &c, samples, got, forks_of(n), NAN);
  return code;
}

static uint64_t twin_work(void *context, uint64_t count) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; i++) sum += (uint64_t)twin(*(int64_t *)context);
  return sum;
}

/* The twin's time is that of a whole tree: it becomes that of a fork. */
static void measure_twin(struct bench *b) {
  int64_t n = b->options.quick ? 22 : 26;
  double samples[BENCH_SAMPLES_MAX], forks = (double)forks_of(n);
  struct bench_case c = case_of("plain C", "serial", forks_of(n));
  struct bench_loop loop = {&n, NULL, twin_work, 0};
  struct bench_meter m;
  size_t got = 0;
  if (!bench_wanted(b, &c)) return;
  bench_stay(b, true);
  bench_meter_open(b, &m, &loop);
  struct bench_budget g = bench_budget_begin(b);
  for (; bench_budget_left(b, &g, got); got++) samples[got] = fmax(0, bench_meter_sample(b, &m) / forks);
  bench_stay(b, false);
  bench_record(b, &c, samples, got, forks_of(n) * m.count, m.scale);
}

static int run(struct bench *b) {
  struct bench_backend list[BENCH_BACKENDS];
  int n = bench_backends(b, list), code = 0;
  measure_twin(b);
  for (int i = 0; i < n; i++)
    for (size_t k = 0; k < sizeof policies / sizeof *policies && !code; k++) code = measure(b, &list[i], k);
  return code;
}

const struct bench_kind bench_fork = {"fork", "a fork, its call and its join, by policy, beside plain C calls",
                                      "Time of a fork, a call and a join, with all that they bring about", run};
