/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numbers with units, as people write them on a command line. Strict: the whole text must be a
 * number with a unit of the table, exact in the target's unit; no sign, no blank, no exponent. Each
 * returns 0, or PM_E_USAGE and one line in `error` (PM_TEXT_MAX bytes) that begins with `option`.
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdint.h>

/* 40, 10k (10^3), 1.5M, 2G, 1T; 2Ki (2^10), Mi, Gi, Ti. */
int pm_units_count(const char *option, const char *text, uint64_t *count, char *error);
/* 4096, 64KiB, 2GiB (2^30), 1TiB; kB, MB, GB, TB (10^3). */
int pm_units_bytes(const char *option, const char *text, uint64_t *bytes, char *error);
/* 250ns, 500us, 5ms, 1.2s, 2m, 1h; a number without a unit is an error, except 0. */
int pm_units_time(const char *option, const char *text, uint64_t *ns, char *error);
/* Events a second, greater than 0: 20, 0.5, 1k. */
int pm_units_rate(const char *option, const char *text, double *hz, char *error);

/* And back, for people: three digits at least, "12.3 MiB"; returns `text`. */
enum { PM_UNITS_TEXT_MAX = 32 };
const char *pm_units_bytes_text(uint64_t bytes, char text[PM_UNITS_TEXT_MAX]);

#endif
