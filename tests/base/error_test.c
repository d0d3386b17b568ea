/* SPDX-License-Identifier: BSD-3-Clause */
/* Purpose: of several errors the first is kept, its text fits, every code has a text of its own, and a failed check ends. */
#include "base/error.h"

#include <errno.h>

#include "base/check.h"
#include "unit.h"

static void first_is_kept(void **state) {
  (void)state;
  struct pm_error_line e = {0};
  assert_int_equal(pm_error_set(&e, PM_E_REGION, "%s: first", "a"), PM_E_REGION);
  assert_int_equal(pm_error_set(&e, PM_E_USAGE, "second"), PM_E_USAGE);
  assert_int_equal(e.code, PM_E_REGION);
  assert_string_equal(e.text, "a: first");
}

static void nobody_listens(void **state) {
  (void)state;
  assert_int_equal(pm_error_set(NULL, PM_E_MACHINE, "x"), PM_E_MACHINE);
}

static void long_text(void **state) {
  (void)state;
  struct { struct pm_error_line e; char behind[16]; } at;
  memset(&at, 'x', sizeof at);
  at.e.code = 0;
  char text[2000];
  memset(text, 'y', sizeof text);
  text[sizeof text - 1] = 0;
  pm_error_set(&at.e, PM_E_REGION, "%s", text);
  assert_int_equal(strlen(at.e.text), PM_TEXT_MAX - 1);
  for (unsigned i = 0; i < sizeof at.behind; i++) assert_int_equal(at.behind[i], 'x');
}

static void texts(void **state) {
  (void)state;
  for (int a = PM_E_USAGE; a >= PM_E_TAKEN; a--) {
    assert_true(pm_error_text(a)[0]);
    assert_null(strstr(pm_error_text(a), "Unknown error"));
    for (int b = a - 1; b >= PM_E_TAKEN; b--) assert_string_not_equal(pm_error_text(a), pm_error_text(b));
  }
  assert_string_equal(pm_error_text(0), "right");
  assert_string_equal(pm_error_text(-ENOENT), strerror(ENOENT));
}

static void check(void *holds) { PM_CHECK(*(int *)holds == 1); }
static void checks(void **state) {
  (void)state;
  assert_int_equal(unit_signal_of(check, &(int){0}), SIGABRT);
  assert_int_equal(unit_signal_of(check, &(int){1}), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(first_is_kept), cmocka_unit_test(nobody_listens),
                                     cmocka_unit_test(long_text), cmocka_unit_test(texts), cmocka_unit_test(checks)};
  return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
