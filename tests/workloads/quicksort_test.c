/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: what a sort does only in trouble is right, too: leaves that were lost before, sorted way by way with a commit after
 * each, and parts whose budget of bad pivots is spent, whose median is counted. Of every distribution, and of sizes about the
 * borders between leaf, block and partition.
 */
#include "pmrun.h"
static unsigned attempts = 1;             /* what every leaf is told */
#define pm_attempts(w) ((void)(w), attempts)
static void root_in_trouble(struct pm_data *d, uint32_t task, const void *args, size_t bytes);
#define pm_root root_in_trouble
#include "../../workloads/quicksort.c"

#undef pm_root
#include "unit.h"

/* The last is full of extremes, with the median among them. */
enum { EXTREMES = SORT_DISTS };
static int32_t budget;                    /* of the root; -1: what setup gives */

static bool extremes;

static void root_in_trouble(struct pm_data *d, uint32_t task, const void *args, size_t bytes) {
  struct sort_args a;
  assert_int_equal(bytes, sizeof a);
  memcpy(&a, args, sizeof a);
  if (budget >= 0) a.budget = budget;
  int64_t *items = (int64_t *)(d->region + ((const struct arrays *)(d->region + a.p.arrays))->at[0]);
  for (int64_t i = 0; extremes && i < a.p.hi; i++) {
    static const int64_t values[] = {INT64_MIN, INT64_MAX, -1, 0, INT64_MAX, INT64_MAX - 1, INT64_MIN + 1};
    items[i] = values[(uint64_t)items[i] % 7];
  }
  if (extremes) d->handle[HANDLE_SUM] = multiset(items, a.p.hi);
  pm_root(d, task, &a, sizeof a);
}

static void sorts(int64_t n, int32_t dist, struct pm_report *r) {
  extremes = dist == EXTREMES;
  struct sort_block block = {.n = n, .dist = extremes ? SORT_UNIFORM : dist, .seed = 5};
  struct pm_options o = {.procs = 1, .slots = 1, .pin = "none", .args = &block, .beat_ns = 60000000000};
  int error = pm_run(&program, &o, NULL, r);
  if (error) fail_msg("%lld items, distribution %d, budget %d, attempts %u: %s", (long long)n, dist, budget, attempts, r->error_text);
}

static const int64_t sizes[] = {1, LEAF_WHOLE + 1, LEAF, LEAF + 1, 3 * LEAF + 5};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void lost_leaves(void **state) {
  (void)state;
  budget = -1;
  for (int i = 0; i < SIZES; i++)
    for (int32_t dist = 0; dist <= EXTREMES; dist++) {
      struct pm_report whole, pieces;
      attempts = 1;
      sorts(sizes[i], dist, &whole);
      attempts = 2;
      sorts(sizes[i], dist, &pieces);
      assert_string_equal(whole.answer, pieces.answer);
      if (sizes[i] > LEAF_WHOLE && sizes[i] <= LEAF) assert_true(pieces.count[PM_N_COMMITS] >= whole.count[PM_N_COMMITS] + WAYS);
      pm_report_free(&whole);
      pm_report_free(&pieces);
    }
  attempts = 1;
}

static void without_budget(void **state) {
  (void)state;
  for (int i = 0; i < SIZES; i++)
    for (int32_t dist = 0; dist <= EXTREMES; dist++) {
      struct pm_report given, counted;
      budget = -1;
      sorts(sizes[i], dist, &given);
      budget = 0;
      sorts(sizes[i], dist, &counted);
      assert_string_equal(given.answer, counted.answer);
      if (sizes[i] > LEAF) assert_true(counted.count[PM_N_COMMITS] >= given.count[PM_N_COMMITS] + 2);   /* a commit a round */
      pm_report_free(&given);
      pm_report_free(&counted);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(lost_leaves), cmocka_unit_test(without_budget)};
  return cmocka_run_group_tests_name("quicksort", tests, NULL, NULL);
}
