/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What fault tolerance costs: processor time over the serial twin's, backends over dram. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/figure.h"
#include "results/figure_cells.h"
#include "results/figure_ratios.h"
#include "results/figure_rows.h"

/* ---- over the serial twin -------------------------------------------------------------------- */

static bool has_twin(const json_t *run) {
  return run_timed(run) && run_number(run, "serial_ns") > 0;
}

static bool same(const json_t *a, const json_t *b, const char *key) {
  return !strcmp(run_text(a, key), run_text(b, key));
}
static bool same_workload(const json_t *a, const json_t *b) {
  return same(a, b, "workload") && same(a, b, "args");
}

/* Whether the workload of `like` ran with its value of `key` on that many workers. */
static bool ran_on(const struct cells *cells, const json_t *like, const char *key, double procs) {
  for (size_t i = 0; i < cells->count; i++) {
    const json_t *run = cells->cell[i].run;
    if (same_workload(run, like) && same(run, like, key) && run_number(run, "procs") == procs)
      return true;
  }
  return false;
}

/* Whether it ran on that many workers on every backend that it ran on at all. */
static bool is_shared(const struct cells *cells, const json_t *like, double procs) {
  for (size_t i = 0; i < cells->count; i++)
    if (same_workload(cells->cell[i].run, like) &&
        !ran_on(cells, cells->cell[i].run, "backend", procs))
      return false;
  return true;
}

/* Of a workload's numbers of workers the least that all backends share; infinite: none. */
static double least_shared(const struct cells *cells, const json_t *like) {
  double least = INFINITY;
  for (size_t i = 0; i < cells->count; i++) {
    double procs = run_number(cells->cell[i].run, "procs");
    if (same_workload(cells->cell[i].run, like) && procs < least && is_shared(cells, like, procs))
      least = procs;
  }
  return least;
}

/* The least on which it ran with its value of `key`. */
static double least_of(const struct cells *cells, const json_t *like, const char *key) {
  double least = INFINITY;
  for (size_t i = 0; i < cells->count; i++)
    if (same_workload(cells->cell[i].run, like) && same(cells->cell[i].run, like, key))
      least = fmin(least, run_number(cells->cell[i].run, "procs"));
  return least;
}

/* Backends are compared on equally many workers, on as few as there are: what sharing the work
 * costs is another figure's. A capsule that ran elsewhere only brings its company with it. */
static bool is_shown(const struct cells *cells, const json_t *run) {
  double procs = run_number(run, "procs"), shared = least_shared(cells, run);
  if (isinf(shared)) return procs <= least_of(cells, run, "backend");
  if (procs == shared) return true;
  for (size_t i = 0; i < cells->count; i++) {
    const json_t *other = cells->cell[i].run;
    if (same_workload(run, other) && !ran_on(cells, other, "capsule", shared) &&
        procs == least_of(cells, other, "capsule"))
      return true;
  }
  return false;
}

static void collect(const struct dataset *d, struct cells *cells) {
  const json_t *run;
  size_t i;
  json_array_foreach(d->runs, i, run) {
    char setup[RUN_NAME_MAX], key[4096];
    if (!has_twin(run)) continue;
    snprintf(key, sizeof key, "%.200s|%.2000s|%s", run_text(run, "workload"), run_text(run, "args"),
             run_setup_name(run, SHOW_BACKEND | SHOW_CAPSULE, setup));
    cell_add(cells_at(cells, run, key),
             run_number(run, "procs") * run_number(run, "wall_ns") / run_number(run, "serial_ns"));
  }
  cells_sort(cells);
  cells_medians(cells);
}

size_t figure_cost(const struct dataset *d, FILE *csv, char *remark) {
  struct cells cells = {0};
  struct rows rows = {.csv = csv, .shown = SHOW_BACKEND};
  char capsule[RUN_NAME_MAX];
  collect(d, &cells);
  fputs("row,line,workload,setup,hue,capsule,low,ratio,high,runs,oversubscribed\n", csv);
  for (size_t i = 0; i < cells.count; i++) {
    const struct cell *cell = &cells.cell[i];
    if (!is_shown(&cells, cell->run)) continue;
    rows_place(&rows, cell->run, ROWS_MAX);
    fprintf(csv, ",%d", run_capsule_hue(cell->run));
    csv_text(csv, false, run_capsule_name(cell->run, capsule));
    rows_value(&rows, &cell->median, cell->n, cell->run);
  }
  rows_remark(&rows, ROWS_MAX, remark);
  cells_free(&cells);
  return rows.points;
}

/* ---- over dram ------------------------------------------------------------------------------- */

static int by_row(const void *a, const void *b) {
  const struct ratio *p = a, *q = b;
  const json_t *x = p->run, *y = q->run;
  int order = same_workload(x, y) ? 0 : cells_order(x, y);
  double m = run_number(x, "procs"), n = run_number(y, "procs");
  if (!order) order = (m > n) - (m < n);
  if (!order) order = run_capsule_hue(x) - run_capsule_hue(y);
  return order ? order : cells_order(x, y);
}

size_t figure_backends(const struct dataset *d, FILE *csv, char *remark) {
  struct ratio *list;
  struct rows rows = {.csv = csv, .shown = SHOW_CAPSULE};
  size_t n = ratios_find(d, RATIO_BACKEND, &list);
  char backend[RUN_NAME_MAX];
  qsort(list, n, sizeof *list, by_row);
  fputs("row,line,workload,setup,hue,backend,low,ratio,high,runs,oversubscribed\n", csv);
  for (size_t i = 0; i < n; i++) {
    rows_place(&rows, list[i].run, ROWS_MAX);
    fprintf(csv, ",%d", run_backend_hue(list[i].run));
    csv_text(csv, false, run_backend_name(list[i].run, backend));
    rows_value(&rows, &list[i].x, list[i].runs, list[i].run);
  }
  rows_remark(&rows, ROWS_MAX, remark);
  free(list);
  return rows.points;
}
