/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/figure_rows.h"

#include <string.h>

void rows_place(struct rows *rows, const json_t *run, int most) {
  char workload[RUN_NAME_MAX], setup[RUN_NAME_MAX], name[sizeof rows->name];
  run_workload_name(run, workload);
  run_setup_name(run, rows->shown, setup);
  snprintf(name, sizeof name, "%s, %s", workload, setup);
  if (most && (!rows->row || strcmp(name, rows->name))) rows->row++;
  if (most) strcpy(rows->name, name);
  if (most && rows->row <= most) {
    rows->points++;
    fprintf(rows->csv, "%d,%zu", rows->row, (size_t)rows->row + rows->points);
  } else fputs("nan,nan", rows->csv);
  csv_text(rows->csv, false, workload);
  csv_text(rows->csv, false, setup);
}

void rows_value(struct rows *rows, const struct interval *x, size_t runs, const json_t *run) {
  csv_number(rows->csv, x->low);
  csv_number(rows->csv, x->middle);
  csv_number(rows->csv, x->high);
  fprintf(rows->csv, ",%zu,%d\n", runs, run_hollow(run));
}

void rows_remark(const struct rows *rows, int most, char *remark) {
  *remark = 0;
  if (rows->row > most)
    snprintf(remark, PM_TEXT_MAX, "Drawn are the first %d of %d configurations; the CSV has all.",
             most, rows->row);
}
