/* SPDX-License-Identifier: BSD-3-Clause */
/* Purpose: a join's word holds its four fields whole at their limits, apart from each other, and no step brings one back. */
#include "sched/join_layout.h"

#include "base/random.h"
#include "pm/view.h"
#include "unit.h"

static const uint64_t seq_max = (UINT64_C(1) << PM_SEQ_BITS) - 1;

static void holds(enum pm_join_state state, uint32_t gen, uint32_t slot, uint64_t seq) {
  uint64_t word = pm_word_make(state, gen, pm_witness(slot, seq));
  assert_int_equal(pm_word_state(word), state);
  assert_int_equal(pm_word_gen(word), gen);
  assert_int_equal(pm_word_slot(word), slot);
  assert_true(pm_word_witness(word) == pm_witness(slot, seq));
  assert_true((pm_word_witness(word) & seq_max) == seq);
}

static void limits(void **state) {
  (void)state;
  static const uint32_t gens[] = {0, 1, 0x8000, PM_GEN_MASK}, slots[] = {0, 1, 128, 255};
  const uint64_t seqs[] = {0, 1, UINT64_C(1) << 32, seq_max};
  for (int s = PM_JOIN_NEVER; s < PM_JOIN_STATES; s++)
    for (int g = 0; g < 4; g++)
      for (int k = 0; k < 4; k++)
        for (int q = 0; q < 4; q++) holds((enum pm_join_state)s, gens[g], slots[k], seqs[q]);
}

static void random_fields(void **state) {
  (void)state;
  struct pm_random r = {1};
  for (int i = 0; i < 100000; i++)
    holds((enum pm_join_state)pm_random_below(&r, PM_JOIN_STATES), pm_random_below(&r, PM_GEN_MASK + 1),
          pm_random_below(&r, 256), pm_random_next(&r) & seq_max);
}

/* What is too large is cut off, not spilled into its neighbours. */
static void too_large(void **state) {
  (void)state;
  for (int s = PM_JOIN_NEVER; s < PM_JOIN_STATES; s++)
    assert_true(pm_word_make((enum pm_join_state)s, PM_GEN_MASK + 2, 0) == pm_word_make((enum pm_join_state)s, 1, 0));
  assert_true(pm_word_make(PM_JOIN_FREE, 0, UINT64_MAX) == pm_word_make(PM_JOIN_FREE, 0, PM_WITNESS_MASK));
  assert_true(pm_witness(3, seq_max + 2) == pm_witness(3, 1));
  assert_int_equal(pm_word_slot(pm_word_make(PM_JOIN_WAIT, PM_GEN_MASK, pm_witness(7, UINT64_MAX))), 7);
}

/* A fresh region is zero, and a record nobody filled must not look like one that can be taken. */
static void zero_is_never(void **state) {
  (void)state;
  assert_int_equal(pm_word_state(0), PM_JOIN_NEVER);
  assert_true(PM_JOIN_STATES <= 8);
}

/* Every way of PROTOCOL 4 through the states: a CAM moves it once, and repeated changes nothing. */
static void states(void **state) {
  (void)state;
  struct pm_view view = {.persist = PM_PERSIST_NONE};
  uint64_t w = pm_witness(4, 1000), other = pm_witness(5, 1000);
  static const enum pm_join_state ways[][4] = {
      {PM_JOIN_FREE, PM_JOIN_OWN}, {PM_JOIN_FREE, PM_JOIN_TAKEN, PM_JOIN_DONE}, {PM_JOIN_FREE, PM_JOIN_TAKEN, PM_JOIN_WAIT}};
  for (unsigned i = 0; i < 3; i++) {
    _Atomic uint64_t word = pm_word_make(ways[i][0], 9, 0);
    uint64_t passed[4] = {pm_view_load(&view, &word)};
    for (unsigned k = 1; k < 4 && ways[i][k]; k++) {
      uint64_t next = pm_word_make(ways[i][k], 9, ways[i][k] == PM_JOIN_OWN ? 0 : w);
      pm_view_cam(&view, &word, pm_word_make(ways[i][k - 1], 9, other), next);        /* not what it is: no change */
      assert_true(pm_view_load(&view, &word) == passed[k - 1]);
      pm_view_cam(&view, &word, passed[k - 1], next);
      assert_true(pm_view_load(&view, &word) == next);
      for (unsigned back = 0; back < k; back++) {
        assert_true(passed[back] != next);
        pm_view_cam(&view, &word, passed[back], pm_word_make(PM_JOIN_TAKEN, 9, other));
        assert_true(pm_view_load(&view, &word) == next);
      }
      passed[k] = next;
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(limits), cmocka_unit_test(random_fields), cmocka_unit_test(too_large),
                                     cmocka_unit_test(zero_is_never), cmocka_unit_test(states)};
  return cmocka_run_group_tests_name("word", tests, NULL, NULL);
}
