/* SPDX-License-Identifier: BSD-3-Clause */
/* Purpose: random numbers: the same for the same seed, within bounds, spread over them, and waits of the asked mean. */
#include "base/random.h"

#include "unit.h"

static void same_seed(void **state) {
  (void)state;
  struct pm_random a = {7}, b = {7}, c = {8};
  unsigned differ = 0;
  for (int i = 0; i < 1000; i++) {
    uint64_t x = pm_random_next(&a);
    assert_int_equal(x, pm_random_next(&b));
    differ += x != pm_random_next(&c);
  }
  assert_int_equal(differ, 1000);
}

/* The generator's published first outputs for the seed 1234567. */
static void known_values(void **state) {
  (void)state;
  struct pm_random r = {1234567};
  static const uint64_t expected[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                      4593380528125082431u, 16408922859458223821u};
  for (int i = 0; i < 5; i++) assert_true(pm_random_next(&r) == expected[i]);
}

static void below(void **state) {
  (void)state;
  static const uint32_t bounds[] = {1, 2, 3, 7, 255, 1000, UINT32_MAX};
  struct pm_random r = {3};
  for (unsigned k = 0; k < sizeof bounds / sizeof *bounds; k++)
    for (int i = 0; i < 20000; i++) assert_true(pm_random_below(&r, bounds[k]) < bounds[k]);
}

static void below_is_spread(void **state) {
  (void)state;
  enum { BOUND = 10, DRAWS = 100000 };
  unsigned count[BOUND] = {0};
  struct pm_random r = {5};
  for (int i = 0; i < DRAWS; i++) count[pm_random_below(&r, BOUND)]++;
  double expected = DRAWS / (double)BOUND, sigma = sqrt(expected * (1 - 1.0 / BOUND));
  for (int i = 0; i < BOUND; i++) assert_true(fabs(count[i] - expected) < 5 * sigma);
}

static void waits(void **state) {
  (void)state;
  enum { DRAWS = 100000 };
  static const double rates_hz[] = {0.5, 20, 100000};
  for (unsigned k = 0; k < 3; k++) {
    struct pm_random r = {k};
    double sum = 0, squares = 0, mean_ns = 1e9 / rates_hz[k];
    for (int i = 0; i < DRAWS; i++) {
      double wait = (double)pm_random_wait_ns(&r, rates_hz[k]);
      sum += wait;
      squares += wait * wait;
    }
    assert_true(fabs(sum / DRAWS - mean_ns) < 5 * mean_ns / sqrt(DRAWS) + 1);
    /* of an exponential distribution: mean square 2 m^2, with deviation sqrt(20) m^2 */
    assert_true(fabs(squares / DRAWS - 2 * mean_ns * mean_ns) < 5 * sqrt(20.0 / DRAWS) * mean_ns * mean_ns + 2 * mean_ns);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(same_seed), cmocka_unit_test(known_values), cmocka_unit_test(below),
                                     cmocka_unit_test(below_is_spread), cmocka_unit_test(waits)};
  return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
