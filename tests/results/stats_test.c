/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Purpose: the statistics against values that others have published or that can be counted by hand.
 *   medians     ranks of the 95 % interval for the median: Conover, Practical Nonparametric Statistics, table A3 (binomial);
 *               n = 6: 1st and 6th; 10: 2nd and 9th; 20: 6th and 15th; 30: 10th and 21st
 *   rank sum    U of Mann and Whitney 1947, table for n = m = 5: P(U <= 2) = 0.016 (4 of 252); for 3 and 4: P(U <= 0) = 1/35
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "results/stats.h"

#define IS(a, b) assert_true(fabs((a) - (b)) < 1e-12)

static void medians(void **state) {
  (void)state;
  static const struct { size_t n; double low, middle, high; } known[] = {
      {1, NAN, 1, NAN}, {5, NAN, 3, NAN}, {6, 1, 3.5, 6}, {8, 1, 4.5, 8}, {9, 2, 5, 8}, {10, 2, 5.5, 9},
      {20, 6, 10.5, 15}, {30, 10, 15.5, 21}};
  for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
    double x[30];
    for (size_t i = 0; i < known[k].n; i++) x[i] = (double)((i * 7) % known[k].n) + 1;
    if (known[k].n % 7 == 0) continue;
    struct interval got = stats_median(x, known[k].n, 0.95);
    IS(got.middle, known[k].middle);
    if (isnan(known[k].low)) assert_true(isnan(got.low) && isnan(got.high));
    else {
      IS(got.low, known[k].low);
      IS(got.high, known[k].high);
    }
  }
  assert_true(isnan(stats_median(NULL, 0, 0.95).middle));
}

static void ranks(void **state) {
  (void)state;
  double low[] = {1, 2, 3}, high[] = {4, 5, 6, 7};
  IS(stats_rank_sum(low, 3, high, 4), 2.0 / 35);
  IS(stats_rank_sum(high, 4, low, 3), 2.0 / 35);
  double a[] = {1, 2, 3, 4, 7}, b[] = {5, 6, 8, 9, 10};         /* U = 2 */
  IS(stats_rank_sum(a, 5, b, 5), 2 * 4.0 / 252);
  double same[] = {5, 5, 5, 5};
  IS(stats_rank_sum(same, 4, same, 4), 1);
  double many[40], more[40];
  for (int i = 0; i < 40; i++) many[i] = i, more[i] = i + 0.5;
  assert_true(stats_rank_sum(many, 40, more, 40) > 0.5);
  for (int i = 0; i < 40; i++) more[i] = i + 30.5;
  assert_true(stats_rank_sum(many, 40, more, 40) < 1e-8);
  assert_true(isnan(stats_rank_sum(many, 0, more, 40)));
}

static void ratios(void **state) {
  (void)state;
  double a[20], b[20];
  for (int i = 0; i < 20; i++) a[i] = 200 + i, b[i] = 100 + i % 3;
  struct interval got = stats_ratio(a, 20, b, 20, 0.95, 1), again = stats_ratio(a, 20, b, 20, 0.95, 1);
  IS(got.middle, 209.5 / 101);
  assert_true(got.low < got.middle && got.middle < got.high && got.low > 1.9 && got.high < 2.2);
  IS(got.low, again.low);
  IS(got.high, again.high);
  got = stats_ratio(a, 4, b, 20, 0.95, 1);
  assert_true(!isnan(got.middle) && isnan(got.low) && isnan(got.high));
  got = stats_ratio(a, 20, a, 20, 0.95, 1);
  assert_true(got.low <= 1 && 1 <= got.high);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(medians), cmocka_unit_test(ranks), cmocka_unit_test(ratios)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
