/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: the invariants of mem/pool.h, against a list kept beside it: only threading writes links; a block is in one place;
 * a restart returns what an unfinished capsule allocated and takes back what it freed; limbo holds what it promises; a
 * record that cannot be true is refused.
 */
#include "mem/pool.h"

#include "base/random.h"
#include "unit.h"

enum { BLOCKS = 48 };

/* The plain twin: a list as an array, its end the head; what this capsule freed; and both as the last commit saw them. */
struct twin { uint8_t list[BLOCKS], freed[BLOCKS]; unsigned listed, freed_count; };
struct bench {
  struct pm_view view;
  uint32_t links[BLOCKS];
  struct pm_pool pool;
  struct pm_pool_record record;
  struct twin now, committed;
  bool held[BLOCKS], held_committed[BLOCKS];
};

static void bench_open(struct bench *b) {
  *b = (struct bench){.view = {.persist = PM_PERSIST_NONE}};
  b->record.head = 0;
  for (uint32_t i = 0; i < BLOCKS; i++) b->links[i] = i + 1 < BLOCKS ? i + 1 : PM_POOL_NONE;
  pm_pool_open(&b->pool, &b->view, b->links, BLOCKS);
  assert_true(pm_pool_load(&b->pool, &b->record));
  for (uint32_t i = 0; i < BLOCKS; i++) b->now.list[b->now.listed++] = (uint8_t)(BLOCKS - 1 - i);
  b->committed = b->now;
}

/* The pool's list is the twin's, in order; every block is on the list, freed, or held, and in one of them only. */
static void compare(const struct bench *b) {
  uint32_t at = b->pool.head;
  unsigned seen[BLOCKS] = {0};
  for (unsigned i = b->now.listed; i-- > 0; at = b->links[at]) {
    assert_int_equal(at, b->now.list[i]);
    seen[at]++;
  }
  assert_int_equal(at, PM_POOL_NONE);
  assert_int_equal(b->pool.freed_count, b->now.freed_count);
  for (unsigned i = 0; i < b->now.freed_count; i++) seen[b->now.freed[i]]++;
  for (unsigned i = 0; i < BLOCKS; i++) assert_int_equal(seen[i] + b->held[i], 1);
}

static void do_alloc(struct bench *b) {
  uint32_t block = pm_pool_alloc(&b->pool);
  if (!b->now.listed) {
    assert_int_equal(block, PM_POOL_NONE);
    return;
  }
  assert_int_equal(block, b->now.list[--b->now.listed]);
  b->held[block] = true;
}

static void do_free(struct bench *b, unsigned block) {
  if (!b->held[block] || b->now.freed_count == PM_LIMBO) return;
  pm_pool_free(&b->pool, block);
  b->now.freed[b->now.freed_count++] = (uint8_t)block;
  b->held[block] = false;
}

static void join_list(struct twin *t) {
  for (unsigned i = 0; i < t->freed_count; i++) t->list[t->listed++] = t->freed[i];
  t->freed_count = 0;
}

static void do_commit(struct bench *b) {
  pm_pool_save(&b->pool, &b->record);
  b->committed = b->now;
  memcpy(b->held_committed, b->held, sizeof b->held);
  pm_pool_committed(&b->pool);
  join_list(&b->now);
}

/* Private memory is lost; links stay as the fault left them, threading that was under way included. */
static void do_restart(struct bench *b, struct pm_random *r) {
  if (pm_random_below(r, 2)) {
    pm_pool_save(&b->pool, &(struct pm_pool_record){0});    /* a commit that did not come to its end */
  }
  memset(&b->pool, 0xee, sizeof b->pool);
  pm_pool_open(&b->pool, &b->view, b->links, BLOCKS);
  assert_true(pm_pool_load(&b->pool, &b->record));
  b->now = b->committed;
  join_list(&b->now);
  memcpy(b->held, b->held_committed, sizeof b->held);
}

static void cycles(void **state) {
  (void)state;
  unsigned restarts_with_work = 0, empty = 0;
  for (uint64_t seed = 1; seed <= 50; seed++) {
    struct bench b;
    struct pm_random r = {seed};
    bench_open(&b);
    for (int step = 0; step < 4000; step++) {
      uint32_t links[BLOCKS];
      memcpy(links, b.links, sizeof links);
      unsigned what = pm_random_below(&r, 100);
      if (what < 50) do_alloc(&b);
      else if (what < 92) do_free(&b, pm_random_below(&r, BLOCKS));
      if (what < 92) assert_memory_equal(links, b.links, sizeof links);
      else if (what < 97) do_commit(&b);
      else {
        restarts_with_work += memcmp(b.held, b.held_committed, sizeof b.held) != 0;
        do_restart(&b, &r);
      }
      empty += !b.now.listed;
      compare(&b);
    }
  }
  assert_true(restarts_with_work > 1000);
  assert_true(empty > 100);
}

static void unfinished_allocation_returns(void **state) {
  (void)state;
  struct bench b;
  bench_open(&b);
  for (int i = 0; i < 5; i++) do_alloc(&b);
  assert_int_equal(b.pool.head, 5);
  assert_true(pm_pool_load(&b.pool, &b.record));
  assert_int_equal(b.pool.head, 0);
}

/* A block freed in a capsule is not given out in it: a fault would bring back the capsule in which it was in use. */
static void freed_waits_for_the_commit(void **state) {
  (void)state;
  struct bench b;
  bench_open(&b);
  uint32_t block = pm_pool_alloc(&b.pool);
  pm_pool_save(&b.pool, &b.record);
  pm_pool_committed(&b.pool);
  pm_pool_free(&b.pool, block);
  for (int i = 0; i < BLOCKS - 1; i++) assert_int_not_equal(pm_pool_alloc(&b.pool), block);
  assert_int_equal(pm_pool_alloc(&b.pool), PM_POOL_NONE);
  pm_pool_save(&b.pool, &b.record);
  assert_int_equal(b.record.limbo_count, 1);
  assert_int_equal(b.record.limbo[0], block);
  pm_pool_committed(&b.pool);
  assert_int_equal(pm_pool_alloc(&b.pool), block);
}

static void refuses(void **state) {
  (void)state;
  struct bench b;
  bench_open(&b);
  static const uint32_t heads[] = {BLOCKS, BLOCKS + 1, 0x7fffffff, 0x80000000, 0xfffffffe};
  for (unsigned i = 0; i < 5; i++) {
    struct pm_pool_record r = {.head = heads[i]};
    assert_false(pm_pool_load(&b.pool, &r));
    r = (struct pm_pool_record){.head = 0, .limbo_count = 3, .limbo = {1, 2, heads[i]}};
    assert_false(pm_pool_load(&b.pool, &r));
  }
  struct pm_pool_record none_in_limbo = {.head = 0, .limbo_count = 1, .limbo = {PM_POOL_NONE}};
  assert_false(pm_pool_load(&b.pool, &none_in_limbo));
  struct { struct pm_pool_record r; uint32_t behind[16]; } long_one = {.r = {.head = 0, .limbo_count = PM_LIMBO + 1}};
  assert_false(pm_pool_load(&b.pool, &long_one.r));
  assert_false(pm_pool_load(&b.pool, &(struct pm_pool_record){.head = 0, .limbo_count = UINT32_MAX}));
  assert_true(pm_pool_load(&b.pool, &(struct pm_pool_record){.head = PM_POOL_NONE}));
  assert_int_equal(pm_pool_alloc(&b.pool), PM_POOL_NONE);
}

enum { MANY = PM_LIMBO + 8 };
static uint32_t many_links[MANY];
static void free_many(void *count) {
  struct pm_view view = {.persist = PM_PERSIST_NONE};
  struct pm_pool pool;
  pm_pool_open(&pool, &view, many_links, MANY);
  for (uint32_t i = 0; i < *(uint32_t *)count; i++) pm_pool_free(&pool, i);
}
static void free_outside(void *block) {
  struct pm_view view = {.persist = PM_PERSIST_NONE};
  struct pm_pool pool;
  pm_pool_open(&pool, &view, many_links, MANY);
  pm_pool_free(&pool, *(uint32_t *)block);
}
static void follow_damaged_link(void *link) {
  struct pm_view view = {.persist = PM_PERSIST_NONE};
  struct pm_pool pool;
  pm_pool_open(&pool, &view, many_links, MANY);
  many_links[3] = *(uint32_t *)link;
  pm_pool_load(&pool, &(struct pm_pool_record){.head = 3});
  pm_pool_alloc(&pool);
  pm_pool_alloc(&pool);
}

static void limits_hold(void **state) {
  (void)state;
  assert_int_equal(unit_signal_of(free_many, &(uint32_t){PM_LIMBO}), 0);
  assert_int_equal(unit_signal_of(free_many, &(uint32_t){PM_LIMBO + 1}), SIGABRT);
  assert_int_equal(unit_signal_of(free_outside, &(uint32_t){MANY - 1}), 0);
  assert_int_equal(unit_signal_of(free_outside, &(uint32_t){MANY}), SIGABRT);
  assert_int_equal(unit_signal_of(follow_damaged_link, &(uint32_t){4}), 0);
  assert_int_equal(unit_signal_of(follow_damaged_link, &(uint32_t){MANY}), SIGABRT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cycles), cmocka_unit_test(unfinished_allocation_returns),
      cmocka_unit_test(freed_waits_for_the_commit), cmocka_unit_test(refuses), cmocka_unit_test(limits_hold)};
  return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
