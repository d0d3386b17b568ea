/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: what a commit costs, to the line and the fence; and what a load finds: the stack of the last commit that came to
 * its end, never the half that one under way was writing.
 */
#include "task/capsule.h"

#include <stdlib.h>
#include <sys/file.h>

#include "unit.h"

static const struct pm_task tasks[] = {{.name = "a", .frame_bytes = 32}};
enum { SLOTS = 2, JOINS = 16, STACK = 8192 };

struct bench {
  struct pm_region region;
  struct pm_site_count sites[PM_SITES];
  uint64_t fences;
  struct pm_capsule capsule;
  struct pm_record record;
};

static void open_capsule(struct bench *b) {
  b->capsule.stack.base = b->capsule.stack.base ? b->capsule.stack.base : aligned_alloc(64, STACK);
  pm_capsule_open(&b->capsule, &b->region, tasks, 1);
  assert_int_equal(pm_capsule_load(&b->capsule, 1, &b->record), 0);
}

static int open_bench(void **state, const char *backend_text, enum pm_policy policy) {
  struct bench *b = *state = calloc(1, sizeof *b);
  struct pm_region_plan plan = {.program = "capsule_test", .slots = SLOTS, .joins = JOINS, .stack_bytes = STACK, .tasks = 1,
                                .policy = policy};
  plan.section_bytes[PM_SECTION_SLOTS] = SLOTS * sizeof(struct pm_slot);
  plan.section_bytes[PM_SECTION_IMAGES] = 2 * SLOTS * STACK;
  plan.section_bytes[PM_SECTION_LINKS] = JOINS * sizeof(uint32_t);
  struct pm_error_line e = {0};
  enum pm_backend backend;
  char path[4096];
  if (pm_backend_parse(backend_text, &backend, path, &e) || pm_region_create(&b->region, backend, path, &plan, &e)) {
    print_error("%s\n", e.text);
    return -1;
  }
  unlink(b->region.path);
  b->region.view.sites = b->sites;
  b->region.view.fences = &b->fences;
  uint32_t *links = pm_region_section(&b->region, PM_SECTION_LINKS);
  for (uint32_t i = 0; i < JOINS; i++) links[i] = i + 1 < JOINS ? i + 1 : PM_POOL_NONE;
  for (uint32_t k = 0; k < SLOTS; k++) {
    struct pm_record *r = &pm_slot_at(b->region.header, k)->record[0];
    r->sum = pm_record_sum(r, k, 0, NULL);
    atomic_store(&pm_slot_at(b->region.header, k)->installed, pm_installed_make(k, 0));
  }
  open_capsule(b);
  return 0;
}
static int emulated(void **state) { return open_bench(state, "emulated:/dev/shm", PM_POLICY_BEAT); }
static int dram(void **state) { return open_bench(state, "dram", PM_POLICY_BEAT); }
static int none(void **state) { return open_bench(state, "emulated:/dev/shm", PM_POLICY_NONE); }
static int close_bench(void **state) {
  struct bench *b = *state;
  free(b->capsule.stack.base);
  pm_region_close(&b->region);
  free(b);
  return 0;
}

static void fill(struct bench *b, uint32_t bytes, int seed) {
  for (uint32_t i = 0; i < bytes; i++) b->capsule.stack.base[i] = (char)(i * 7 + (uint32_t)seed * 31 + (i >> 8));
}
static const struct pm_ref root = {3, 5, 77};

/* Lines and calls of each site, fences: exactly these and no others. */
struct cost { uint64_t image, record, seq, link, fences; };
static void expect_cost(struct bench *b, struct cost c) {
  for (int site = 0; site < PM_SITES; site++) {
    uint64_t lines = site == PM_SITE_IMAGE ? c.image : site == PM_SITE_RECORD ? c.record : site == PM_SITE_SEQ ? c.seq
                     : site == PM_SITE_LINK ? c.link : 0;
    if (b->sites[site].lines != lines)
      fail_msg("%s: %llu lines, expected %llu", pm_site_names[site], (unsigned long long)b->sites[site].lines,
               (unsigned long long)lines);
    if (site == PM_SITE_FENCE) assert_int_equal(b->sites[site].calls, c.fences);
    else if (site != PM_SITE_LINK) assert_int_equal(b->sites[site].calls, lines > 0);
  }
  assert_int_equal(b->fences, c.fences);
}
static void expect_commit_cost(struct bench *b, enum pm_intent intent, uint32_t bytes, struct cost c) {
  memset(b->sites, 0, sizeof b->sites);
  b->fences = 0;
  pm_capsule_commit(&b->capsule, intent, root, 0, bytes);
  expect_cost(b, c);
}

static void cost(void **state) {
  struct bench *b = *state;
  assert_int_equal(b->region.view.persist, PM_PERSIST_LINE);
  fill(b, STACK, 1);
  for (int round = 0; round < 2; round++) {       /* both parities */
    expect_commit_cost(b, PM_INTENT_COMPLETE, 0, (struct cost){.image = 0, .record = 1, .seq = 1, .fences = 2});
    expect_commit_cost(b, PM_INTENT_RUN, 32, (struct cost){.image = 1, .record = 1, .seq = 1, .fences = 2});
    expect_commit_cost(b, PM_INTENT_RUN, 65, (struct cost){.image = 2, .record = 1, .seq = 1, .fences = 2});
    expect_commit_cost(b, PM_INTENT_RUN, 4096, (struct cost){.image = 64, .record = 1, .seq = 1, .fences = 2});
    expect_commit_cost(b, PM_INTENT_SUSPEND, 0, (struct cost){.image = 0, .record = 1, .seq = 1, .fences = 2});
  }
  assert_int_equal(b->capsule.commits, 10);
  assert_int_equal(b->capsule.stack_copied, 2 * (32 + 65 + 4096));
}

/* Limbo lies behind 48 bytes of the record; what is threaded after a commit is written back with the next fence. */
static void cost_of_freed_blocks(void **state) {
  struct bench *b = *state;
  for (int i = 0; i < 5; i++) assert_int_equal(pm_pool_alloc(&b->capsule.pool), i);
  for (uint32_t i = 0; i < 4; i++) pm_pool_free(&b->capsule.pool, i);
  expect_commit_cost(b, PM_INTENT_RUN, 32, (struct cost){.image = 1, .record = 1, .seq = 1, .link = 4, .fences = 2});
  for (int i = 0; i < 4; i++) pm_pool_alloc(&b->capsule.pool);
  for (uint32_t i = 0; i < 5; i++) pm_pool_free(&b->capsule.pool, i);
  expect_commit_cost(b, PM_INTENT_RUN, 32, (struct cost){.image = 1, .record = 2, .seq = 1, .link = 5, .fences = 2});
}

static void cost_of_a_load(void **state) {
  struct bench *b = *state;
  fill(b, 4096, 1);
  pm_capsule_commit(&b->capsule, PM_INTENT_RUN, root, 0, 4096);
  memset(b->sites, 0, sizeof b->sites);
  b->fences = 0;
  open_capsule(b);
  for (int site = 0; site < PM_SITES; site++) assert_int_equal(b->sites[site].lines, site == PM_SITE_SEQ_ATTACH);
  assert_int_equal(b->fences, 1);
}

static void dram_writes_nothing_back(void **state) {
  struct bench *b = *state;
  fill(b, 4096, 1);
  expect_commit_cost(b, PM_INTENT_RUN, 4096, (struct cost){.fences = 0});
  memset(b->capsule.stack.base, 0, STACK);
  open_capsule(b);
  assert_int_equal(b->capsule.stack.bytes, 4096);
}

static void policy_none_keeps_nothing(void **state) {
  struct bench *b = *state;
  fill(b, 4096, 1);
  expect_commit_cost(b, PM_INTENT_RUN, 4096, (struct cost){.fences = 0});
  assert_int_equal(b->capsule.seq, 1);
  assert_int_equal(b->capsule.stack_copied, 0);
  open_capsule(b);
  assert_int_equal(b->record.intent, PM_INTENT_IDLE);
  assert_int_equal(b->capsule.stack.bytes, 0);
}

static void loaded_is(struct bench *b, uint64_t seq, uint32_t bytes, int seed) {
  char *expected = malloc(STACK), *base = b->capsule.stack.base;
  b->capsule.stack.base = expected;
  fill(b, bytes, seed);
  b->capsule.stack.base = base;
  memset(base, 0xaa, STACK);
  open_capsule(b);
  assert_int_equal(b->capsule.seq, seq);
  assert_int_equal(b->capsule.stack.bytes, bytes);
  assert_memory_equal(base, expected, bytes);
  for (uint32_t i = bytes; i < STACK; i++) assert_int_equal((unsigned char)base[i], 0xaa);
  free(expected);
}

static void same_stack(void **state) {
  struct bench *b = *state;
  static const uint32_t bytes[] = {32, 4096, 8, STACK, 64, 1024};
  for (int i = 0; i < 6; i++) {
    fill(b, bytes[i], i);
    struct pm_ref ref = {(uint32_t)i, (uint32_t)i * 3, (uint64_t)i << 40};
    pm_capsule_commit(&b->capsule, PM_INTENT_RUN, ref, 0, bytes[i]);
    loaded_is(b, (uint64_t)i + 1, bytes[i], i);
    assert_int_equal(b->record.intent, PM_INTENT_RUN);
    assert_memory_equal(&b->record.ref, &ref, sizeof ref);
  }
  pm_capsule_commit(&b->capsule, PM_INTENT_COMPLETE, root, 0x123456789abcdef0, 0);
  loaded_is(b, 7, 0, 0);
  assert_int_equal(b->record.intent, PM_INTENT_COMPLETE);
  assert_true(b->record.result == 0x123456789abcdef0);
}

/* A fault in a commit leaves its half as it was: scratch, whatever stands in it. */
static void torn_half(void **state) {
  struct bench *b = *state;
  for (int i = 1; i <= 6; i++) {
    fill(b, 4000, i);
    pm_capsule_commit(&b->capsule, PM_INTENT_RUN, root, 0, 4000);
    unsigned scratch = (b->capsule.seq + 1) & 1;
    memset(&b->capsule.slot->record[scratch], 0xff, sizeof(struct pm_record));
    memset(b->capsule.image[scratch], 0xff, STACK);
    loaded_is(b, (uint64_t)i, 4000, i);
  }
  b->capsule.slot->record[b->capsule.seq & 1].sum++;      /* the valid half is read: this must show */
  assert_int_equal(pm_capsule_load(&b->capsule, 1, &b->record), PM_E_REGION);
}

/* The other slot's half is nobody's but its own. */
static void slots_are_apart(void **state) {
  struct bench *b = *state;
  struct pm_slot other = *pm_slot_at(b->region.header, 0);
  fill(b, STACK, 1);
  for (int i = 0; i < 4; i++) pm_capsule_commit(&b->capsule, PM_INTENT_RUN, root, 0, STACK);
  assert_memory_equal(&other, pm_slot_at(b->region.header, 0), sizeof other);
  const char *image = pm_image_at(b->region.header, 0, 0);
  for (uint32_t i = 0; i < 2 * STACK; i++) assert_int_equal(image[i], 0);
}

static void impossible_records(void **state) {
  struct bench *b = *state;
  fill(b, 64, 1);
  pm_capsule_commit(&b->capsule, PM_INTENT_RUN, root, 0, 64);
  struct pm_record *valid = &b->capsule.slot->record[1], sound = *valid;
  struct pm_record wrong[7];
  for (int i = 0; i < 7; i++) wrong[i] = sound;
  wrong[0].intent = PM_INTENT_RUN;
  wrong[0].stack_bytes = 0;
  wrong[1].intent = PM_INTENTS;
  wrong[2].stack_bytes = STACK + 8;
  wrong[3].intent = PM_INTENT_COMPLETE;           /* with a stack */
  wrong[4].ref.join = JOINS;
  wrong[5].pool.head = JOINS;
  wrong[6].pool.limbo_count = PM_LIMBO + 1;
  const char *image = b->capsule.image[1];
  for (int i = 0; i < 7; i++) {                   /* with the right sum, where there is one: malice, not chance */
    *valid = wrong[i];
    if (i != 2 && i != 6) valid->sum = pm_record_sum(valid, 1, 1, image);
    if (pm_capsule_load(&b->capsule, 1, &b->record) != PM_E_REGION) fail_msg("record %d is taken for true", i);
  }
  *valid = sound;
  loaded_is(b, 1, 64, 1);
}

/* One bit of the record, of the stack that goes with it, or of the number, and it is no restart point of this slot. */
static void every_bit(void **state) {
  struct bench *b = *state;
  fill(b, 64, 1);
  for (int i = 0; i < 3; i++) assert_int_equal(pm_pool_alloc(&b->capsule.pool), i);
  for (uint32_t i = 0; i < 3; i++) pm_pool_free(&b->capsule.pool, i);
  pm_capsule_commit(&b->capsule, PM_INTENT_RUN, root, 0, 64);
  struct pm_slot *slot = b->capsule.slot;
  struct { char *at; size_t bytes; } part[] = {
      {(char *)&slot->record[1], offsetof(struct pm_record, pool.limbo) + 3 * sizeof(uint32_t)},
      {b->capsule.image[1], 64},
      {(char *)&slot->installed, sizeof slot->installed}};
  for (unsigned p = 0; p < sizeof part / sizeof *part; p++)
    for (size_t bit = 0; bit < 8 * part[p].bytes; bit++) {
      part[p].at[bit / 8] ^= (char)(1 << bit % 8);
      if (pm_capsule_load(&b->capsule, 1, &b->record) != PM_E_REGION) fail_msg("part %u, bit %zu is taken for true", p, bit);
      part[p].at[bit / 8] ^= (char)(1 << bit % 8);
    }
  *pm_slot_at(b->region.header, 0) = *slot;       /* nor is it one of another slot */
  memcpy(pm_image_at(b->region.header, 0, 1), b->capsule.image[1], 64);
  assert_int_equal(pm_capsule_load(&b->capsule, 0, &b->record), PM_E_REGION);
  loaded_is(b, 1, 64, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(cost, emulated, close_bench),
      cmocka_unit_test_setup_teardown(cost_of_freed_blocks, emulated, close_bench),
      cmocka_unit_test_setup_teardown(cost_of_a_load, emulated, close_bench),
      cmocka_unit_test_setup_teardown(dram_writes_nothing_back, dram, close_bench),
      cmocka_unit_test_setup_teardown(policy_none_keeps_nothing, none, close_bench),
      cmocka_unit_test_setup_teardown(same_stack, emulated, close_bench),
      cmocka_unit_test_setup_teardown(torn_half, emulated, close_bench),
      cmocka_unit_test_setup_teardown(slots_are_apart, emulated, close_bench),
      cmocka_unit_test_setup_teardown(every_bit, emulated, close_bench),
      cmocka_unit_test_setup_teardown(impossible_records, emulated, close_bench)};
  return cmocka_run_group_tests_name("capsule", tests, NULL, NULL);
}
