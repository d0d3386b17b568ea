/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: a plan of faults: a rate is a Poisson process of that mean, the same for the same seed; a list is taken in order,
 * each entry once, what is past left out; several plans come out in the order of time; what was not taken is counted.
 */
#include "proc/fault.h"

#include <math.h>

#include "unit.h"

static struct pm_options plans(const struct pm_fault_plan *plan, unsigned count) {
  return (struct pm_options){.faults = plan, .fault_count = count};
}
static struct pm_due take(struct pm_faults *f) {
  struct pm_due due;
  uint64_t next = pm_faults_next_ns(f);
  if (next) assert_false(pm_faults_take(f, next - 1, &due));
  assert_true(pm_faults_take(f, next, &due));
  assert_true(due.when_ns == next);
  return due;
}

static void poisson_mean(void **state) {
  (void)state;
  enum { DRAWS = 20000 };
  static const double rates_hz[] = {0.2, 20, 3000};
  for (unsigned k = 0; k < 3; k++) {
    struct pm_fault_plan plan = {.kind = PM_FAULT_KILL, .rate_hz = rates_hz[k]};
    struct pm_options o = plans(&plan, 1);
    struct pm_faults f;
    const uint64_t begin = 5000000000;
    pm_faults_begin(&f, &o, 99 + k, 0, begin, 0);
    double mean = 1e9 / rates_hz[k], below_mean = 0;
    uint64_t last = begin;
    for (int i = 0; i < DRAWS; i++) {
      struct pm_due due = take(&f);
      assert_true(due.when_ns >= last);
      assert_int_equal(due.kind, PM_FAULT_KILL);
      assert_int_equal(due.place, -1);
      assert_false(due.listed);
      below_mean += (double)(due.when_ns - last) < mean;
      last = due.when_ns;
    }
    assert_true(fabs((double)(last - begin) / DRAWS - mean) < 5 * mean / sqrt(DRAWS) + 1);
    double share = 1 - exp(-1);           /* of waits shorter than the mean: no constant step, no uniform one */
    assert_true(fabs(below_mean / DRAWS - share) < 5 * sqrt(share * (1 - share) / DRAWS) + 1 / mean);
  }
}

static void same_seed(void **state) {
  (void)state;
  struct pm_fault_plan plan[2] = {{.kind = PM_FAULT_KILL, .rate_hz = 50}, {.kind = PM_FAULT_STOP, .rate_hz = 7}};
  struct pm_options o = plans(plan, 2);
  struct pm_faults a, b, c;
  pm_faults_begin(&a, &o, 1, 0, 0, 0);
  pm_faults_begin(&b, &o, 1, 0, 0, 0);
  pm_faults_begin(&c, &o, 2, 0, 0, 0);
  unsigned kinds[PM_FAULT_KINDS] = {0}, differ = 0;
  for (int i = 0; i < 1000; i++) {
    struct pm_due x = take(&a), y = take(&b), z = take(&c);
    assert_true(x.when_ns == y.when_ns && x.kind == y.kind);
    differ += x.when_ns != z.when_ns;
    kinds[x.kind]++;
  }
  assert_true(differ > 990);
  assert_true(kinds[PM_FAULT_KILL] > 700 && kinds[PM_FAULT_STOP] > 50);
  assert_true(a.random.state == b.random.state);
}

static void list(void **state) {
  (void)state;
  static const uint64_t at_ns[] = {0, 10, 10, 500, 90000};
  static const int place[] = {2, -1, 0, 1, 3};
  struct pm_fault_plan plan = {.kind = PM_FAULT_HARD, .at_ns = at_ns, .place = place, .count = 5};
  struct pm_options o = plans(&plan, 1);
  struct pm_faults f;
  pm_faults_begin(&f, &o, 1, 0, 0, 0);
  for (unsigned i = 0; i < 5; i++) {
    assert_int_equal(pm_faults_left(&f), 5 - i);
    struct pm_due due = take(&f);
    assert_int_equal(due.when_ns, at_ns[i]);
    assert_int_equal(due.place, place[i]);
    assert_int_equal(due.kind, PM_FAULT_HARD);
    assert_true(due.listed);
  }
  assert_int_equal(pm_faults_left(&f), 0);
  assert_true(pm_faults_next_ns(&f) == UINT64_MAX);
  struct pm_due due;
  assert_false(pm_faults_take(&f, UINT64_MAX - 1, &due));
}

static void resumed_list(void **state) {
  (void)state;
  static const uint64_t at_ns[] = {10, 20, 30, 40};
  struct pm_fault_plan plan = {.kind = PM_FAULT_CRASH, .at_ns = at_ns, .count = 4};
  struct pm_options o = plans(&plan, 1);
  struct pm_faults f;
  pm_faults_begin(&f, &o, 1, 0, 21, 21);
  assert_int_equal(pm_faults_left(&f), 2);
  struct pm_due due = take(&f);
  assert_int_equal(due.when_ns, 30);
  assert_int_equal(due.place, -1);
  pm_faults_begin(&f, &o, 1, 0, 41, 41);
  assert_int_equal(pm_faults_left(&f), 0);
  assert_true(pm_faults_next_ns(&f) == UINT64_MAX);
}

/* A crash at 10 was noticed at 35: those at 20 and 30 had become due, and nobody had taken them. The crash does not come again,
 * though the clock that was saved says 8. */
static void due_and_not_taken(void **state) {
  (void)state;
  static const uint64_t at_ns[] = {10, 20, 30, 40};
  struct pm_fault_plan plan = {.kind = PM_FAULT_CRASH, .at_ns = at_ns, .count = 4};
  struct pm_options o = plans(&plan, 1);
  struct pm_faults f;
  for (uint64_t now_ns = 8; now_ns <= 35; now_ns += 27) {
    pm_faults_begin(&f, &o, 1, 0, now_ns, 11);
    assert_int_equal(pm_faults_left(&f), 3);
    for (unsigned i = 1; i < 4; i++) assert_int_equal(take(&f).when_ns, at_ns[i]);
  }
}

static void list_given_anew(void **state) {             /* its times count from the resumption, at 1000 */
  (void)state;
  static const uint64_t at_ns[] = {10, 20};
  struct pm_fault_plan plan = {.kind = PM_FAULT_KILL, .at_ns = at_ns, .count = 2};
  struct pm_options o = plans(&plan, 1);
  struct pm_faults f;
  pm_faults_begin(&f, &o, 1, 1000, 1000, 0);
  assert_int_equal(pm_faults_left(&f), 2);
  assert_int_equal(take(&f).when_ns, 1010);
  assert_int_equal(take(&f).when_ns, 1020);
  pm_faults_begin(&f, &o, 1, 1000, 1015, 1011);       /* a second session of the same command: one is past */
  assert_int_equal(pm_faults_left(&f), 1);
  assert_int_equal(take(&f).when_ns, 1020);
}

static void put_back(void **state) {                    /* due again, once, and nothing else is moved */
  (void)state;
  static const uint64_t one[] = {5, 50}, two[] = {6};
  struct pm_fault_plan plan[2] = {{.kind = PM_FAULT_KILL, .at_ns = one, .count = 2}, {.kind = PM_FAULT_STOP, .at_ns = two, .count = 1}};
  struct pm_options o = plans(plan, 2);
  struct pm_faults f;
  pm_faults_begin(&f, &o, 1, 0, 0, 0);
  struct pm_due due = take(&f);
  pm_faults_put_back(&f, &due, 20);
  assert_int_equal(pm_faults_left(&f), 3);
  assert_int_equal(take(&f).kind, PM_FAULT_STOP);
  assert_int_equal(take(&f).when_ns, 20);
  assert_int_equal(take(&f).when_ns, 50);
  assert_int_equal(pm_faults_left(&f), 0);
}

static void several_plans(void **state) {
  (void)state;
  static const uint64_t one[] = {5, 50, 500}, two[] = {1, 60, 70};
  struct pm_fault_plan plan[3] = {{.kind = PM_FAULT_KILL, .at_ns = one, .count = 3}, {.kind = PM_FAULT_STOP, .at_ns = two, .count = 3},
                                  {.kind = PM_FAULT_EXN}};     /* neither rate nor list: nothing */
  struct pm_options o = plans(plan, 3);
  struct pm_faults f;
  pm_faults_begin(&f, &o, 1, 0, 0, 0);
  static const struct { enum pm_fault_kind kind; uint64_t when; } expected[] = {
      {PM_FAULT_STOP, 1}, {PM_FAULT_KILL, 5}, {PM_FAULT_KILL, 50}, {PM_FAULT_STOP, 60}, {PM_FAULT_STOP, 70}, {PM_FAULT_KILL, 500}};
  for (unsigned i = 0; i < 6; i++) {
    struct pm_due due;
    assert_int_equal(pm_faults_left(&f), 6 - i);
    assert_true(pm_faults_take(&f, 1000, &due));        /* all are due: the earliest first */
    assert_int_equal(due.when_ns, expected[i].when);
    assert_int_equal(due.kind, expected[i].kind);
  }
}

static void no_plans(void **state) {
  (void)state;
  struct pm_options o = {0};
  struct pm_faults f;
  struct pm_due due;
  pm_faults_begin(&f, &o, 1, 0, 0, 0);
  assert_true(pm_faults_next_ns(&f) == UINT64_MAX);
  assert_int_equal(pm_faults_left(&f), 0);
  assert_false(pm_faults_take(&f, UINT64_MAX - 1, &due));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(poisson_mean), cmocka_unit_test(same_seed), cmocka_unit_test(list), cmocka_unit_test(resumed_list), cmocka_unit_test(due_and_not_taken), cmocka_unit_test(list_given_anew),
      cmocka_unit_test(put_back), cmocka_unit_test(several_plans), cmocka_unit_test(no_plans)};
  return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
