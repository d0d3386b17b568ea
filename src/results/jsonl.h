/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of JSON objects, one a line, that is only ever appended to. */
#ifndef RESULTS_JSONL_H
#define RESULTS_JSONL_H

#include <jansson.h>
#include <stddef.h>

/* Appends `object`, or each object of an array, to DIRECTORY/NAME in one write, and returns when it is on the disk. A last line
 * that an earlier crash cut off is removed first: `warning` (PM_TEXT_MAX bytes) then says so, else
 * it is "". Returns 0, or -errno and a line in `error` (PM_TEXT_MAX bytes). */
int jsonl_append(const char *directory, const char *name, const json_t *object, char *warning,
                 char *error);
/* The same, unless an object is there that has the same values under all of `keys` (of strings and numbers; up to a NULL):
 * then nothing is appended, and `warning` says so. */
int jsonl_append_once(const char *directory, const char *name, const json_t *object, const char *const *keys, char *warning,
                      char *error);
/* Writes DIRECTORY/NAME whole or not at all, and returns when it is on the disk: 0, or less and a line in `error`. */
int json_replace(const char *directory, const char *name, const json_t *object, char *error);

/* Whether jsonl_append could write there: said before the work, not after it. */
int jsonl_check(const char *directory, const char *name, char *error);

#endif
