/* SPDX-License-Identifier: BSD-3-Clause */
/* Purpose: numbers with units: every spelling that is accepted, and that anything else is refused by the option's name. */
#include "base/units.h"

#include "pmrun.h"
#include "unit.h"

typedef int parse_fn(const char *option, const char *text, uint64_t *value, char *error);
struct row { const char *text; uint64_t value; };

static void accepts(parse_fn *parse, const struct row *row) {
  for (; row->text; row++) {
    char error[PM_TEXT_MAX] = "";
    uint64_t value = ~row->value;
    if (parse("--x", row->text, &value, error) || value != row->value)
      fail_msg("%s: %llu, expected %llu (%s)", row->text, (unsigned long long)value, (unsigned long long)row->value, error);
    assert_string_equal(error, "");
  }
}

static void refuses(parse_fn *parse, const char *const *text) {
  for (; *text; text++) {
    char error[PM_TEXT_MAX] = "";
    uint64_t value;
    if (parse("--some-option", *text, &value, error) != PM_E_USAGE) fail_msg("\"%s\" is accepted", *text);
    assert_memory_equal(error, "--some-option", 13);
    assert_text_has(error, *text);
    if (!strchr(*text, '\n')) assert_null(strchr(error, '\n'));
  }
}

static const char *const junk[] = {
    "", " ", "k", "10kk", "1e", "1e3", "1E3", "-1", "+1", " 1", "1 ", "1 k", "1.", ".5", ".", "1.5.2", "1,5", "0x10", "1_000",
    "0k0", "inf", "nan", "one", "1k\n", "k1", "1..2", "99999999999999999999", "9223372036854775808", NULL};

static void counts(void **state) {
  (void)state;
  static const struct row good[] = {
      {"0", 0}, {"40", 40}, {"007", 7}, {"10k", 10000}, {"1.5M", 1500000}, {"2G", 2000000000}, {"1T", 1000000000000},
      {"2Ki", 2048}, {"3Mi", 3u << 20}, {"1Gi", 1u << 30}, {"2Ti", UINT64_C(2) << 40}, {"0.5Ki", 512}, {"1.0", 1},
      {"0.001k", 1}, {"0k", 0}, {"0.0", 0}, {"9223372036854775807", INT64_MAX}, {"9223372T", UINT64_C(9223372000000000000)},
      {"00000000000000000000000001", 1}, {NULL, 0}};
  static const char *const bad[] = {"1.5", "0.0001k", "1.0001k", "10K", "10m", "10g", "1ki", "1KI", "10B", "1KiB", "5ms", "5s",
                                    "9223373T", "8388608Ti", "9007199254740992Ki", "0.00000000000000000001", NULL};
  accepts(pm_units_count, good);
  refuses(pm_units_count, bad);
  refuses(pm_units_count, junk);
}

static void bytes(void **state) {
  (void)state;
  static const struct row good[] = {
      {"0", 0}, {"4096", 4096}, {"4096B", 4096}, {"64KiB", 65536}, {"2MiB", 2u << 20}, {"2GiB", UINT64_C(2) << 30},
      {"1TiB", UINT64_C(1) << 40}, {"1kB", 1000}, {"1MB", 1000000}, {"2GB", 2000000000}, {"1TB", 1000000000000},
      {"1.5KiB", 1536}, {"0.25GiB", 1u << 28}, {"0B", 0}, {"8388607TiB", UINT64_C(8388607) << 40}, {NULL, 0}};
  static const char *const bad[] = {"1.5", "1K", "1k", "1KB", "1kiB", "64Ki", "64kib", "0.3KiB", "1b", "8388608TiB", "1GiBB",
                                    "9223373TB", "5ms", NULL};
  accepts(pm_units_bytes, good);
  refuses(pm_units_bytes, bad);
  refuses(pm_units_bytes, junk);
}

static void times(void **state) {
  (void)state;
  static const struct row good[] = {
      {"0", 0}, {"0s", 0}, {"250ns", 250}, {"500us", 500000}, {"5ms", 5000000}, {"1.2s", 1200000000}, {"2m", 120000000000},
      {"1h", 3600000000000}, {"0.5h", 1800000000000}, {"0.000000001s", 1}, {"1.5us", 1500}, {NULL, 0}};
  static const char *const bad[] = {"5", "1.5ns", "5M", "5S", "5min", "1d", "5 ms", "0.0000000001s", "2562048h", "5KiB", NULL};
  accepts(pm_units_time, good);
  refuses(pm_units_time, bad);
  refuses(pm_units_time, junk);
}

static int rate_as_count(const char *option, const char *text, uint64_t *value, char *error) {
  double hz = -1;
  int code = pm_units_rate(option, text, &hz, error);
  *value = (uint64_t)(hz * 1e6 + 0.5);
  return code;
}

static void rates(void **state) {
  (void)state;
  static const struct row in_microhertz[] = {{"20", 20000000}, {"0.5", 500000}, {"1k", 1000000000}, {"0.000001", 1},
                                             {"1.5k", 1500000000}, {"2Ki", 2048000000}, {NULL, 0}};
  static const char *const bad[] = {"0", "0.0", "0k", "", "-1", "1/s", "20Hz", "1e3", "k", "inf", "nan", "10kk", NULL};
  accepts(rate_as_count, in_microhertz);
  refuses(rate_as_count, bad);
}

static void long_text(void **state) {
  (void)state;
  char text[5000], error[PM_TEXT_MAX + 1];
  memset(text, '7', sizeof text);
  text[sizeof text - 1] = 0;
  memset(error, 'x', sizeof error);
  uint64_t value;
  parse_fn *const parsers[] = {pm_units_count, pm_units_bytes, pm_units_time, rate_as_count};
  for (unsigned i = 0; i < 4; i++) {
    assert_int_equal(parsers[i]("--size", text, &value, error), PM_E_USAGE);
    assert_true(strlen(error) < PM_TEXT_MAX);
    assert_int_equal(error[PM_TEXT_MAX], 'x');
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(counts), cmocka_unit_test(bytes), cmocka_unit_test(times),
                                     cmocka_unit_test(rates), cmocka_unit_test(long_text)};
  return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
