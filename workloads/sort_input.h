/* SPDX-License-Identifier: BSD-3-Clause */
/* What quicksort sorts: generated integers, or a file of them; and the file it leaves. */
#ifndef WORKLOADS_SORT_INPUT_H
#define WORKLOADS_SORT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sort_dist { SORT_UNIFORM, SORT_SORTED, SORT_REVERSE, SORT_EQUAL, SORT_ZIPF, SORT_DISTS };
extern const char *const sort_dist_names[SORT_DISTS];
enum sort_format { SORT_TEXT, SORT_RAW64, SORT_FORMATS };
extern const char *const sort_format_names[SORT_FORMATS];

/* Item i of n; the same for the same seed, in any order. Zipf: ranks from 1 to n, each as likely as its inverse. */
int64_t sort_generate(enum sort_dist dist, uint64_t seed, int64_t n, int64_t i);

/* How many items a file holds; all of it is looked at. Returns 0, or -1 and a line in `error` (PM_TEXT_MAX bytes) with file
 * and line number. Text: one number a line, with blanks around it and a sign if one likes, a byte order mark of UTF-8 before
 * the first and empty lines behind the last; raw64: 8 bytes each, little-endian. */
int sort_count(const char *path, enum sort_format format, int64_t *n, char *error);
/* Reads exactly n items; a file that has changed is an error. */
int sort_read(const char *path, enum sort_format format, int64_t *items, int64_t n, char *error);
/* Whole or not at all. */
int sort_write(const char *path, enum sort_format format, const int64_t *items, int64_t n, char *error);

#endif
