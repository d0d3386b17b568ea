/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values in rows: the data of rows.gp and curves.gp. All of it is in the CSV; of more rows than can
 * be drawn, `row` and `line` are nan. */
#ifndef RESULTS_FIGURE_ROWS_H
#define RESULTS_FIGURE_ROWS_H

#include <stdio.h>

#include "results/dataset.h"
#include "results/figure_cells.h"
#include "results/stats.h"

enum { ROWS_MAX = 14 };

struct rows {
  FILE *csv;
  enum shown shown; /* what a row's name says besides workload and workers */
  int row;          /* of the last place, from 1 */
  size_t points;    /* lines so far that are to be drawn */
  char name[2 * RUN_NAME_MAX + 4];
};

/* A line's beginning, "row,line,workload,setup": runs of one name that come one after the other
 * share a row. Rows after the first `most` are not drawn; with 0 this line is not. */
void rows_place(struct rows *rows, const json_t *run, int most);
/* Its end, "low,ratio,high,runs,oversubscribed". */
void rows_value(struct rows *rows, const struct interval *x, size_t runs, const json_t *run);
/* What was left out, or "". */
void rows_remark(const struct rows *rows, int most, char *remark);

#endif
