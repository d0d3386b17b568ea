/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: which core each place gets. Most of it on a made-up machine (hwloc's HWLOC_SYNTHETIC) of two packages of four cores of
 * two threads, so that it says the same everywhere; binding itself on this machine.
 */
#include "proc/pin.h"

#include <sched.h>
#include <stdlib.h>

#include "unit.h"

static int made_up(void **state) {
  (void)state;
  return setenv("HWLOC_SYNTHETIC", "pack:2 core:4 pu:2", 1);
}
static int this_machine(void **state) {
  (void)state;
  return unsetenv("HWLOC_SYNTHETIC");
}

static void places_are(const char *how, unsigned procs, const int *expected) {
  struct pm_pin pin;
  struct pm_error_line e = {0};
  if (pm_pin_open(&pin, how, procs, &e)) fail_msg("%s: %s", how, e.text);
  assert_int_equal(pin.cores, 16);
  for (unsigned p = 0; p < procs; p++)
    if ((int)pin.place[p]->os_index != expected[p])
      fail_msg("%s: place %u on core %u, expected %d", how ? how : "default", p, pin.place[p]->os_index, expected[p]);
  pm_pin_close(&pin);
}

static void compact(void **state) {
  (void)state;
  static const int expected[] = {0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15, 0, 2};   /* cores, then second threads */
  places_are("compact", 18, expected);
  places_are(NULL, 18, expected);
  places_are("none", 18, expected);
}

static void scatter(void **state) {
  (void)state;
  struct pm_pin pin;
  assert_int_equal(pm_pin_open(&pin, "scatter", 4, NULL), 0);
  unsigned packages[2] = {0}, cores[8] = {0};
  for (unsigned p = 0; p < 4; p++) {
    packages[pin.place[p]->os_index / 8]++;
    cores[pin.place[p]->os_index / 2]++;
  }
  assert_int_equal(packages[0], 2);
  assert_int_equal(packages[1], 2);
  for (unsigned i = 0; i < 8; i++) assert_true(cores[i] <= 1);
  pm_pin_close(&pin);
  assert_int_equal(pm_pin_open(&pin, "scatter", 40, NULL), 0);
  for (unsigned p = 0; p < 40; p++) assert_non_null(pin.place[p]);
  pm_pin_close(&pin);
}

static void lists(void **state) {
  (void)state;
  places_are("0,2-5", 5, (const int[]){0, 2, 3, 4, 5});
  places_are("0,2-5", 8, (const int[]){0, 2, 3, 4, 5, 0, 2, 3});
  places_are("0,2-5", 2, (const int[]){0, 2});
  places_are("15", 1, (const int[]){15});
  places_are("7-7,3", 2, (const int[]){7, 3});
  places_are("3,3", 3, (const int[]){3, 3, 3});
  places_are("0-15", 16, (const int[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
}

static void refuses(void **state) {
  (void)state;
  static const char *const junk[] = {"", ",", "0,", ",0", "1-", "-1", "2-1", "0 1", " 0", "0 ", "0x2", "a", "0,a", "0;1", "1--2",
                                     "0,,1", "0-1-2", "+1", "Compact", "compact ", "all", "0-99999", "1e1", NULL};
  static const char *const absent[] = {"16", "0,16", "14-17", "999999", "4294967295", "4294967296", "4294967297", "8589934592",
                                       "18446744073709551615", "18446744073709551616", "99999999999999999999999", NULL};
  for (const char *const *tables[] = {junk, absent, NULL}, *const **table = tables; *table; table++)
    for (const char *const *text = *table; *text; text++) {
      struct pm_pin pin;
      struct pm_error_line e = {0};
      int error = pm_pin_open(&pin, *text, 2, &e);
      if (error != PM_E_USAGE) fail_msg("--pin \"%s\" is accepted", *text);
      assert_text_has(e.text, "--pin");
      if (*table == absent) assert_text_has(e.text, "no core");
      assert_null(pin.topology);
    }
}

static void near_ones(void **state) {
  (void)state;
  struct pm_pin pin;
  struct pm_session *s = pm_session_create(8);
  assert_int_equal(pm_pin_open(&pin, "0,1,2,8,9,10", 6, NULL), 0);
  pm_pin_near(&pin, s, 6);
  for (unsigned p = 0; p < 6; p++) {
    const struct pm_place *place = &s->place[p];
    assert_int_equal(place->core, pin.place[p]->os_index);
    assert_int_equal(place->near_count, 5);
    unsigned seen = 1u << p;
    for (unsigned i = 0; i < 5; i++) seen |= 1u << place->near[i];
    assert_int_equal(seen, 63);
    for (unsigned i = 0; i < 5; i++) assert_int_equal(place->near[i] / 3 == p / 3, i < 2);     /* the own package first */
  }
  assert_int_equal(s->place[0].near[0], 1);       /* the other thread of its core */
  assert_int_equal(s->place[1].near[0], 0);
  assert_int_equal(s->place[4].near[0], 3);
  pm_pin_close(&pin);
  assert_int_equal(pm_pin_open(&pin, "none", 1, NULL), 0);
  pm_pin_near(&pin, s, 1);
  assert_int_equal(s->place[0].near_count, 0);
  assert_int_equal(s->place[0].core, -1);
  pm_pin_close(&pin);
  pm_session_destroy(s);
}

struct bound { const char *how; unsigned place; };
static void bind_there(void *at) {
  const struct bound *b = at;
  struct pm_pin pin;
  cpu_set_t before, after;
  if (pm_pin_open(&pin, b->how, 2, NULL) || sched_getaffinity(0, sizeof before, &before)) abort();
  if (pm_pin_bind(&pin, b->place) || sched_getaffinity(0, sizeof after, &after)) abort();
  if (!strcmp(b->how, "none")) {
    if (!CPU_EQUAL(&before, &after)) abort();
  } else if (CPU_COUNT(&after) != 1 || !CPU_ISSET(pin.place[b->place]->os_index, &after) ||
             sched_getcpu() != (int)pin.place[b->place]->os_index) {
    abort();
  }
}

static void bound(void **state) {
  (void)state;
  assert_int_equal(unit_signal_of(bind_there, &(struct bound){"compact", 0}), 0);
  assert_int_equal(unit_signal_of(bind_there, &(struct bound){"compact", 1}), 0);
  assert_int_equal(unit_signal_of(bind_there, &(struct bound){"scatter", 1}), 0);
  assert_int_equal(unit_signal_of(bind_there, &(struct bound){"none", 1}), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(compact, made_up), cmocka_unit_test_setup(scatter, made_up), cmocka_unit_test_setup(lists, made_up),
      cmocka_unit_test_setup(refuses, made_up), cmocka_unit_test_setup(near_ones, made_up),
      cmocka_unit_test_setup(bound, this_machine)};
  return cmocka_run_group_tests_name("pin", tests, NULL, NULL);
}
