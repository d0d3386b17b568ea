/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every column of every CSV file: its name with its unit, where its value is, and what it means. */
#ifndef RESULTS_COLUMNS_H
#define RESULTS_COLUMNS_H

#include <jansson.h>

struct column {
  const char *name;                       /* NULL ends the list */
  const char *path;                       /* "wall_ns": of the run; ".kind": of the row; "recovery.running_ns.p50": nested */
  const char *help;
};
struct table {
  const char *file, *help;
  const char *rows;                       /* the run's list or object that has a row each; NULL: a row a run; "": a row a group */
  const struct column *columns;
};
extern const struct table tables[];       /* ends with a NULL file */

/* Columns that say which run a row is of; they begin every table but summary.csv. */
extern const struct column identity[];

/* Borrowed; NULL where there is none. */
const json_t *column_value(const struct column *column, const json_t *run, const json_t *row);

#endif
