/* SPDX-License-Identifier: BSD-3-Clause */
#include "number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workload.h"

static const struct { const char *name; int64_t times; } units[] = {
  {"", 1}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000}, {"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}};

static int64_t unit_of(const char *name) {
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (!strcmp(units[i].name, name)) return units[i].times;
  return 0;
}

int number_option(const char *option, const char *text, int64_t least, int64_t most, int64_t *value, char *error) {
  char *end = NULL;
  errno = 0;
  int64_t number = *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : 0, times = end ? unit_of(end) : 0;
  if (!times) {
    snprintf(error, PM_TEXT_MAX, "%s %.100s: not a whole number; write 40, 10k, 1M or 2Gi", option, text);
    return -1;
  }
  bool fits = !errno && !__builtin_mul_overflow(number, times, value);
  if (fits && *value >= least && *value <= most) return 0;
  snprintf(error, PM_TEXT_MAX, "%s %.100s: must be from %" PRId64 " to %" PRId64, option, text, least, most);
  return -1;
}
