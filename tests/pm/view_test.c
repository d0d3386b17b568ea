/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: what is written back reaches the medium's functions before a fence returns, on every kind of backend: the build that
 * users run, which the simulation, with a shadow copy of its own, does not see.
 */
#include <string.h>

#include "pm/view.h"
#include "unit.h"

static struct { unsigned flushes, drains, copies; const char *from; size_t bytes; bool drained_last; } seen;
static _Alignas(4096) char region[1 << 20];
static struct pm_site_count sites[PM_SITES];
static uint64_t fences;

static void flush(const void *from, size_t bytes) {
  seen.flushes++;
  seen.from = from;
  seen.bytes += bytes;
  seen.drained_last = false;
}
static void drain(void) {
  seen.drains++;
  seen.drained_last = true;
}
static void *copy(void *to, const void *from, size_t bytes, unsigned flags) {
  assert_int_equal(flags, 5);
  seen.copies++;
  seen.drained_last = false;
  return memcpy(to, from, bytes);
}

static struct pm_view view(enum pm_persist persist) {
  memset(&seen, 0, sizeof seen);
  memset(sites, 0, sizeof sites);
  fences = 0;
  return (struct pm_view){.base = region, .persist = persist, .flush = flush, .drain = drain, .copy = copy, .copy_flags = 5,
                          .sites = sites, .fences = &fences};
}

static void nothing_is_written_back(void **state) {
  (void)state;
  struct pm_view v = view(PM_PERSIST_NONE);
  pm_view_writeback(&v, PM_SITE_RECORD, region, 100);
  pm_view_copy(&v, PM_SITE_USER, region, "x", 1);
  pm_view_fence(&v);
  assert_int_equal(seen.flushes + seen.drains + seen.copies, 0);
  assert_int_equal(sites[PM_SITE_RECORD].calls + fences, 0);
}

static void lines_are_flushed_at_once(void **state) {
  (void)state;
  struct pm_view v = view(PM_PERSIST_LINE);
  pm_view_writeback(&v, PM_SITE_RECORD, region + 60, 8);               /* over the edge: two lines */
  assert_int_equal(seen.flushes, 1);
  assert_ptr_equal(seen.from, region);
  assert_int_equal(seen.bytes, 128);
  assert_int_equal(seen.drains, 0);
  pm_view_fence(&v);
  assert_int_equal(seen.drains, 1);
  pm_view_fence(&v);                                                   /* nothing waits: nothing is paid */
  assert_int_equal(seen.drains, 1);
  assert_int_equal(fences, 1);
  assert_int_equal(sites[PM_SITE_RECORD].calls, 1);
  assert_int_equal(sites[PM_SITE_RECORD].lines, 2);
}

static void copies_wait_for_the_fence(void **state) {
  (void)state;
  static char from[4096];
  memset(from, 7, sizeof from);
  struct pm_view v = view(PM_PERSIST_LINE);
  for (size_t bytes = 1; bytes <= sizeof from; bytes *= 2) {
    unsigned drains = seen.drains, way = seen.flushes + seen.copies;
    memset(region, 0, sizeof from);
    pm_view_copy(&v, PM_SITE_USER, region, from, bytes);
    assert_memory_equal(region, from, bytes);
    assert_int_equal(seen.flushes + seen.copies, way + 1);             /* flushed, or past the caches */
    pm_view_fence(&v);
    assert_int_equal(seen.drains, drains + 1);
    assert_true(seen.drained_last);
  }
  assert_true(seen.copies && seen.flushes);
  assert_int_equal(sites[PM_SITE_USER].calls, 13);
}

static void bytes_need_the_fence_alone(void **state) {
  (void)state;
  struct pm_view v = view(PM_PERSIST_BYTE);
  pm_view_writeback(&v, PM_SITE_RECORD, region, 100);
  pm_view_fence(&v);
  assert_int_equal(seen.flushes, 0);
  assert_int_equal(seen.drains, 1);
  pm_view_copy(&v, PM_SITE_USER, region, region + 4096, 4096);
  pm_view_fence(&v);
  assert_int_equal(seen.flushes + seen.copies, 0);
  assert_int_equal(fences, 2);
  assert_int_equal(sites[PM_SITE_RECORD].calls, 1);
  assert_int_equal(sites[PM_SITE_RECORD].lines + sites[PM_SITE_USER].lines, 0);    /* no line was written back */
}

/* Of each range, all of it, however many; neighbours in one call. */
static void pages_are_synced_by_the_fence(void **state) {
  (void)state;
  struct pm_view v = view(PM_PERSIST_PAGE);
  for (unsigned i = 0; i < 10; i++) pm_view_writeback(&v, PM_SITE_IMAGE, region + 64 * i, 64);
  assert_int_equal(seen.flushes, 0);
  pm_view_fence(&v);
  assert_int_equal(seen.flushes, 1);
  assert_int_equal(seen.bytes, 640);
  assert_true(seen.drained_last);
  seen.flushes = 0, seen.bytes = 0;
  enum { MANY = 3 * PM_QUEUE };
  for (unsigned i = 0; i < MANY; i++) pm_view_writeback(&v, PM_SITE_IMAGE, region + 4096 * i, 64);
  pm_view_fence(&v);
  assert_int_equal(seen.flushes, MANY);
  assert_int_equal(seen.bytes, 64 * MANY);
  pm_view_fence(&v);
  assert_int_equal(seen.flushes, MANY);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_written_back), cmocka_unit_test(lines_are_flushed_at_once),
                                     cmocka_unit_test(copies_wait_for_the_fence), cmocka_unit_test(bytes_need_the_fence_alone),
                                     cmocka_unit_test(pages_are_synced_by_the_fence)};
  return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
