/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: a deep chain of joins, each of whose children runs inside it, holds at most as many join records as one capsule can
 * free: with other workers' records about, the slot has more than that.
 */
#include <time.h>

#include "pmrun.h"
#include "unit.h"

PM_TASK(int64_t, leaf, (int64_t n;), (int64_t k;)) {
  PM_BEGIN(leaf);
  PM_RETURN(a.n);
  PM_END;
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000 + t.tv_nsec;
}

PM_TASK(int64_t, spin, (int64_t ns;), (int64_t k;)) {
  PM_BEGIN(spin);
  for (int64_t until = now_ns() + a.ns; now_ns() < until;) {}
  PM_RETURN(0);
  PM_END;
}

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

PM_TASK(int64_t, chain, (int64_t n;), (PM_FORKED(chain) x; int64_t y;)) {
  if (!a.n) return 0;
  PM_BEGIN(chain);
  PM_FORK(my->x, chain, a.n - 1);
  PM_CALL(my->y, leaf, 1);
  int64_t x;
  PM_JOIN(x, my->x, chain);
  PM_RETURN(x + my->y);
  PM_END;
}

/* While the others spin, the chain has a worker to itself; fib before it mixes the slots' records. */
struct turns { int64_t rounds, fib, depth, spin_ns; };
PM_TASK(int64_t, root, (struct turns t;), (PM_FORKED(spin) one; PM_FORKED(spin) two; int64_t i; int64_t sum; int64_t z;)) {
  PM_BEGIN(root);
  my->sum = 0;
  for (my->i = 0; my->i < my->a.t.rounds; my->i++) {
    PM_CALL(my->z, fib, my->a.t.fib);
    my->sum += my->z;
    PM_FORK(my->one, spin, my->a.t.spin_ns);
    PM_FORK(my->two, spin, my->a.t.spin_ns);
    PM_CALL(my->z, leaf, 0);
    PM_CALL(my->z, leaf, 0);
    PM_CALL(my->z, chain, my->a.t.depth);
    my->sum += my->z;
    PM_SYNC(my->two, spin);
    PM_SYNC(my->one, spin);
  }
  PM_RETURN(my->sum);
  PM_END;
}

static const struct pm_task tasks[] = {PM_ENTRY(leaf), PM_ENTRY(spin), PM_ENTRY(fib), PM_ENTRY(chain), PM_ENTRY(root)};
static uint64_t bytes(const void *args) {
  (void)args;
  return 64;
}
static int setup(struct pm_data *d, const void *args) {
  PM_ROOT(d, root, *(const struct turns *)args);
  return 0;
}
static const struct pm_program program = {.name = "chain", .tasks = tasks, .task_count = sizeof tasks / sizeof *tasks,
                                          .args_bytes = sizeof(struct turns), .bytes = bytes, .setup = setup};

static void deep_chain(void **state) {
  (void)state;
  static const enum pm_policy policies[] = {PM_POLICY_FORK, PM_POLICY_BEAT};
  for (unsigned i = 0; i < 2; i++) {
    struct turns t = {.rounds = 25, .fib = 16, .depth = 150, .spin_ns = 2000000};
    struct pm_options o = {.procs = 4, .policy = policies[i], .pin = "none", .args = &t, .beat_ns = 100000, .timeout_ns = 600000000000};
    struct pm_report r;
    if (pm_run(&program, &o, NULL, &r)) fail_msg("%s", r.error_text);
    assert_int_equal(r.result, t.rounds * (987 + t.depth));
    if (policies[i] == PM_POLICY_FORK) assert_true(r.count[PM_N_STEALS] > 0);      /* at beats it may happen that none fits */
    pm_report_free(&r);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(deep_chain)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
