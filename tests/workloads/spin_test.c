/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: the check of spin takes what a plain loop computes and nothing else - a bit of any leaf, a leaf that was never
 * written, two exchanged, another sum -, and its jumps land where single steps do.
 */
#include "../../workloads/spin.c"

#include "unit.h"

enum { N = 17, LEAF = 23 };
static struct { _Alignas(64) char null[64], block[ARENA_BLOCK]; uint64_t leaf[N]; } region;
static struct spin_block block;
static struct pm_data data;

static void make(void) {
  defaults(&block, 7);
  block.n = N;
  block.leaf = LEAF;
  data = (struct pm_data){.region = (char *)&region, .handle = {sizeof region.null}};
  for (int i = 0; i < N; i++) data.result += region.leaf[i] = draw(first(block.seed, i), LEAF);
}

static void jumps_as_far(void **state) {
  (void)state;
  for (int64_t i = 0; i < 3000; i++) assert_int_equal(jump(5, i), draw(5, i));
  assert_int_equal(jump(5, 10000019), draw(5, 10000019));
}

static void takes_right(void **state) {
  (void)state;
  struct workload_serial twin = {0};
  make();
  assert_int_equal(check(&data, &block), 0);
  assert_int_equal(serial(&block, &twin, data.error), 0);
  assert_int_equal(twin.result, data.result);
  assert_string_equal(twin.answer, data.answer);
}

static void finds_wrong(void **state) {
  (void)state;
  for (int i = 0; i < N; i++)
    for (int bit = 0; bit < 64; bit++) {
      make();
      region.leaf[i] ^= UINT64_C(1) << bit;
      assert_int_equal(check(&data, &block), 1);
      assert_text_has(data.error, "leaf ");
    }
  make();
  region.leaf[3] = 0;
  assert_int_equal(check(&data, &block), 1);
  make();
  region.leaf[3] = region.leaf[4];
  region.leaf[4] = draw(first(block.seed, 3), LEAF);
  assert_int_equal(check(&data, &block), 1);
  make();
  data.result++;
  assert_int_equal(check(&data, &block), 1);
  assert_text_has(data.error, "sum");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(jumps_as_far), cmocka_unit_test(takes_right), cmocka_unit_test(finds_wrong)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
