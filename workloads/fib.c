/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fib: the n-th Fibonacci number, one task an addition and no cut-off. It does nothing but fork, call and join, so its time
 * over its serial twin's is what the scheduler costs.
 */
#include <inttypes.h>
#include <stdio.h>

#include "clock.h"
#include "number.h"
#include "workload.h"

enum { N_MAX = 92 };                      /* the last that fits an int64_t */
struct fib_block { int64_t n; };

PM_TASK(int64_t, fib, (int64_t n;), (PM_FORKED(fib) x; int64_t y;)) {
  PM_LEAF(a.n < 2, a.n);
  PM_BEGIN(fib);
  PM_FORK(my->x, fib, a.n - 1);
  PM_CALL(my->y, fib, a.n - 2);
  int64_t x;
  PM_JOIN(x, my->x, fib);
  PM_RETURN(x + my->y);
  PM_END;
}

/* ---- the program ----------------------------------------------------------------------------------------------------------- */

static uint64_t bytes(const void *args) {
  (void)args;
  return 0;
}

static int setup(struct pm_data *d, const void *args) {
  const struct fib_block *block = args;
  PM_ROOT(d, fib, block->n);
  return 0;
}

static int64_t by_addition(int64_t n) {
  int64_t x = 0, y = 1;
  for (; n > 0; n--) {
    int64_t sum = (int64_t)((uint64_t)x + (uint64_t)y);
    x = y;
    y = sum;
  }
  return x;
}

static int check(struct pm_data *d, const void *args) {
  const struct fib_block *block = args;
  int64_t right = by_addition(block->n);
  snprintf(d->answer, sizeof d->answer, "%" PRId64, (int64_t)d->result);
  if ((int64_t)d->result == right) return 0;
  snprintf(d->error, sizeof d->error, "fib(%" PRId64 ") = %" PRId64 ", and it is %" PRId64, block->n,
           (int64_t)d->result, right);
  return 1;
}

static const struct pm_task tasks[] = {PM_ENTRY(fib)};
static const struct pm_program program = {"fib", tasks, sizeof tasks / sizeof *tasks, sizeof(struct fib_block), bytes, setup,
                                          check, NULL, 0};

/* ---- on the command line --------------------------------------------------------------------------------------------------- */

static const struct workload_option options[] = {{"n", "N", "which Fibonacci number (30)", 1}, {0}};

static void defaults(void *args, uint64_t seed) {
  struct fib_block *block = args;
  (void)seed;
  block->n = 30;
}

static int set(void *args, const char *option, const char *const *values, char *error) {
  struct fib_block *block = args;
  (void)option;
  return number_option("-n", values[0], 0, N_MAX, &block->n, error);
}

static int ready(void *args, char *error) {
  (void)args, (void)error;
  return 0;
}

static uint64_t n(const void *args) { return (uint64_t)((const struct fib_block *)args)->n; }

/* Calls of fib(n): fib(n+1) leaves, and one less that add. */
static uint64_t task_count(const void *args) {
  return 2 * (uint64_t)by_addition((int64_t)n(args) + 1) - 1;
}

static void describe(const void *args, char *text, size_t size) { snprintf(text, size, "-n %" PRIu64, n(args)); }

static __attribute__((noinline)) int64_t fib_serial(int64_t n) {
  if (n < 2) return n;
  int64_t x = fib_serial(n - 1);
  __asm__ volatile("" ::: "memory");      /* two real calls, as the task makes: GCC would unroll one of them into a loop */
  return x + fib_serial(n - 2);
}

static int serial(const void *args, struct workload_serial *twin, char *error) {
  (void)error;
  int64_t (*volatile entry)(int64_t) = fib_serial;
  uint64_t begin = clock_ns();
  twin->result = (pm_word)entry((int64_t)n(args));
  twin->ns = clock_ns() - begin;
  snprintf(twin->answer, sizeof twin->answer, "%" PRId64, (int64_t)twin->result);
  return 0;
}

const struct workload workload_fib = {.program = &program,
                                      .summary = "the n-th Fibonacci number, a task an addition: what the scheduler costs",
                                      .options = options,
                                      .defaults = defaults,
                                      .set = set,
                                      .ready = ready,
                                      .n = n,
                                      .tasks = task_count,
                                      .describe = describe,
                                      .serial = serial};
