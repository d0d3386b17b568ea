/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/units.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "pmrun.h"

struct unit { const char *name; uint64_t factor; };

static const struct unit count_units[] = {
    {"", 1}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000}, {"T", 1000000000000},
    {"Ki", 1u << 10}, {"Mi", 1u << 20}, {"Gi", 1u << 30}, {"Ti", UINT64_C(1) << 40}, {NULL, 0}};
static const struct unit byte_units[] = {{"", 1},
                                         {"B", 1},
                                         {"KiB", 1u << 10},
                                         {"MiB", 1u << 20},
                                         {"GiB", 1u << 30},
                                         {"TiB", UINT64_C(1) << 40},
                                         {"PiB", UINT64_C(1) << 50},
                                         {"EiB", UINT64_C(1) << 60},
                                         {"kB", 1000},
                                         {"MB", 1000000},
                                         {"GB", 1000000000},
                                         {"TB", 1000000000000},
                                         {NULL, 0}};
static const struct unit time_units[] = {
    {"ns", 1},          {"us", 1000},         {"ms", 1000000}, {"s", 1000000000},
    {"m", 60000000000}, {"h", 3600000000000}, {NULL, 0}};

enum { DIGITS_MAX = 19 };                 /* of a decimal number that always fits 64 bits */
enum { TOO_LARGE = 1 };

/* A decimal number: `digits` over 10^`fraction`. Returns what follows it; NULL if there is none or
 * it is too long. */
static const char *parse_decimal(const char *text, uint64_t *digits, unsigned *fraction) {
  unsigned count = 0;
  bool point = false, behind = false;
  *digits = 0;
  *fraction = 0;
  for (; (*text >= '0' && *text <= '9') || (*text == '.' && !point && count); text++) {
    if (*text == '.') {
      point = true;
      continue;
    }
    if (count == DIGITS_MAX) return NULL;
    *digits = *digits * 10 + (uint64_t)(*text - '0');
    count += *digits != 0 || !count;
    *fraction += point;
    behind |= point;
  }
  return count && point == behind && *fraction <= DIGITS_MAX ? text : NULL;
}

static const struct unit *find_unit(const struct unit *table, const char *name) {
  for (; table->name; table++)
    if (!strcmp(table->name, name)) return table;
  return NULL;
}

static int parse(const char *text, const struct unit *table, uint64_t *value) {
  uint64_t digits;
  unsigned fraction;
  const char *rest = parse_decimal(text, &digits, &fraction);
  if (!rest) return text[strspn(text, "0123456789")] || !*text ? PM_E_USAGE : TOO_LARGE;
  if (!digits && !*rest) {                /* nothing is nothing in every unit */
    *value = 0;
    return 0;
  }
  const struct unit *unit = find_unit(table, rest);
  if (!unit) return PM_E_USAGE;
  unsigned __int128 product = (unsigned __int128)digits * unit->factor;
  for (; fraction; fraction--) {
    if (product % 10) return PM_E_USAGE;
    product /= 10;
  }
  if (product > INT64_MAX) return TOO_LARGE;
  *value = (uint64_t)product;
  return 0;
}

static int refuse(int code, const char *option, const char *text, const char *what, char *error) {
  snprintf(error, PM_TEXT_MAX, "%s %.100s: %s", option, text, code == TOO_LARGE ? "too large: it must be below 2^63" : what);
  return PM_E_USAGE;
}

int pm_units_count(const char *option, const char *text, uint64_t *count, char *error) {
  int code = parse(text, count_units, count);
  return code ? refuse(code, option, text, "not a whole number; write it like 40, 10k (10^3), 1.5M or 2Gi (2^30)", error) : 0;
}

int pm_units_bytes(const char *option, const char *text, uint64_t *bytes, char *error) {
  int code = parse(text, byte_units, bytes);
  return code ? refuse(code, option, text, "not a size; write it like 4096, 64KiB, 2GiB (2^30) or 2GB (10^9)", error) : 0;
}

int pm_units_time(const char *option, const char *text, uint64_t *ns, char *error) {
  int code = parse(text, time_units, ns);
  return code ? refuse(code, option, text, "not a time; write it like 500us, 5ms, 1.2s or 2m", error) : 0;
}

int pm_units_rate(const char *option, const char *text, double *hz, char *error) {
  uint64_t digits;
  unsigned fraction;
  const char *rest = parse_decimal(text, &digits, &fraction);
  const struct unit *unit = rest ? find_unit(count_units, rest) : NULL;
  if (!unit || !digits) {
    snprintf(error, PM_TEXT_MAX,
             "%s %.100s: not a rate; write how many a second, like 20, 0.5 or 1k", option, text);
    return PM_E_USAGE;
  }
  double value = (double)digits * (double)unit->factor;
  for (; fraction; fraction--) value /= 10;
  *hz = value;
  return 0;
}

const char *pm_units_bytes_text(uint64_t bytes, char text[PM_UNITS_TEXT_MAX]) {
  static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) {
    snprintf(text, PM_UNITS_TEXT_MAX, "%u bytes", (unsigned)bytes);
    return text;
  }
  double value = (double)bytes / 1024;
  int unit = 0;
  for (; value >= 1023.5 && unit < 3; unit++) value /= 1024;
  snprintf(text, PM_UNITS_TEXT_MAX, "%.*f %s", value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, value, units[unit]);
  return text;
}
