/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What fault tolerance costs: processor time over the serial twin's, backends over dram, injured
 * runs over others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "results/figure.h"
#include "results/figure_cells.h"
#include "results/figure_ratios.h"

enum { ROWS_MAX = 12, PANELS_MAX = 4, LABEL_MAX = 3 * RUN_NAME_MAX };

enum shown { SHOW_BACKEND = 1, SHOW_CAPSULE = 2 };

/* "fib -n 40, 2 workers, emulated": dram goes without saying. */
static char *label_of(const json_t *run, enum shown shown, char label[LABEL_MAX]) {
  char name[RUN_NAME_MAX], backend[RUN_NAME_MAX], capsule[RUN_NAME_MAX];
  double procs = run_number(run, "procs");
  bool says_backend = shown & SHOW_BACKEND && strcmp(run_text(run, "backend"), "dram");
  snprintf(label, LABEL_MAX, "%s, %.0f worker%s%s%s%s%s", run_workload_name(run, name), procs,
           procs == 1 ? "" : "s", says_backend ? ", " : "",
           says_backend ? run_backend_name(run, backend) : "", shown & SHOW_CAPSULE ? ", " : "",
           shown & SHOW_CAPSULE ? run_capsule_name(run, capsule) : "");
  return label;
}

static void write_value(FILE *csv, const struct interval *x, size_t runs, const json_t *run) {
  csv_number(csv, x->low);
  csv_number(csv, x->middle);
  csv_number(csv, x->high);
  fprintf(csv, ",%zu,%d\n", runs, run_hollow(run));
}

/* Rows by label: the number of the one before, or the next. */
static int row_of(const char *label, char last[LABEL_MAX], int row) {
  if (row && !strcmp(label, last)) return row;
  strcpy(last, label);
  return row + 1;
}

/* A line of the picture for a row's name, and one for each of its values. */
static void write_place(FILE *csv, int row, size_t points, const char *label) {
  fprintf(csv, "%d,%zu", row, (size_t)row + points);
  csv_text(csv, false, label);
}

static void say_cut(int rows, int most, const char *what, char *remark) {
  *remark = 0;
  if (rows > most) snprintf(remark, PM_TEXT_MAX, "Shown are the first %d %s.", most, what);
}

/* ---- over the serial twin -------------------------------------------------------------------- */

static bool has_twin(const json_t *run) {
  return run_timed(run) && run_number(run, "serial_ns") > 0;
}

static bool same(const json_t *a, const json_t *b, const char *key) {
  return !strcmp(run_text(a, key), run_text(b, key));
}

/* Whether there are none on fewer workers: what sharing the work costs is another figure's. */
static bool has_fewest(const struct cells *cells, const json_t *run) {
  for (size_t i = 0; i < cells->count; i++) {
    const json_t *other = cells->cell[i].run;
    if (same(run, other, "workload") && same(run, other, "args") && same(run, other, "backend") &&
        run_number(other, "procs") < run_number(run, "procs"))
      return false;
  }
  return true;
}

static void collect(const struct dataset *d, struct cells *cells) {
  const json_t *run;
  size_t i;
  json_array_foreach(d->runs, i, run) {
    char label[LABEL_MAX], capsule[RUN_NAME_MAX], key[4096];
    if (!has_twin(run)) continue;
    snprintf(key, sizeof key, "%s|%.2000s|%s", label_of(run, SHOW_BACKEND, label),
             run_text(run, "args"), run_capsule_name(run, capsule));
    cell_add(cells_at(cells, run, key),
             run_number(run, "procs") * run_number(run, "wall_ns") / run_number(run, "serial_ns"));
  }
  cells_sort(cells);
  cells_medians(cells);
}

size_t figure_cost(const struct dataset *d, FILE *csv, char *remark) {
  struct cells cells = {0};
  char label[LABEL_MAX], last[LABEL_MAX], capsule[RUN_NAME_MAX];
  size_t points = 0;
  int row = 0;
  collect(d, &cells);
  fputs("row,line,label,hue,capsule,low,ratio,high,runs,oversubscribed\n", csv);
  for (size_t i = 0; i < cells.count; i++) {
    const struct cell *cell = &cells.cell[i];
    if (!has_fewest(&cells, cell->run)) continue;
    row = row_of(label_of(cell->run, SHOW_BACKEND, label), last, row);
    if (row > ROWS_MAX) continue;
    write_place(csv, row, ++points, label);
    fprintf(csv, ",%d", run_capsule_hue(cell->run));
    csv_text(csv, false, run_capsule_name(cell->run, capsule));
    write_value(csv, &cell->median, cell->n, cell->run);
  }
  say_cut(row, ROWS_MAX, "workloads", remark);
  cells_free(&cells);
  return points;
}

/* ---- over dram ------------------------------------------------------------------------------- */

static int by_label(const void *a, const void *b) {
  char x[LABEL_MAX], y[LABEL_MAX];
  const struct ratio *p = a, *q = b;
  int order = strverscmp(label_of(p->run, 0, x), label_of(q->run, 0, y));
  if (!order) order = run_capsule_hue(p->run) - run_capsule_hue(q->run);
  return order ? order : run_backend_hue(p->run) - run_backend_hue(q->run);
}

size_t figure_backends(const struct dataset *d, FILE *csv, char *remark) {
  struct ratio *list;
  size_t n = ratios_find(d, RATIO_BACKEND, &list), points = 0;
  char label[LABEL_MAX], last[LABEL_MAX], backend[RUN_NAME_MAX];
  int row = 0;
  qsort(list, n, sizeof *list, by_label);
  fputs("row,line,label,hue,backend,low,ratio,high,runs,oversubscribed\n", csv);
  for (size_t i = 0; i < n; i++) {
    row = row_of(label_of(list[i].run, SHOW_CAPSULE, label), last, row);
    if (row > ROWS_MAX) continue;
    write_place(csv, row, ++points, label);
    fprintf(csv, ",%d", run_backend_hue(list[i].run));
    csv_text(csv, false, run_backend_name(list[i].run, backend));
    write_value(csv, &list[i].x, list[i].runs, list[i].run);
  }
  say_cut(row, ROWS_MAX, "configurations", remark);
  free(list);
  return points;
}

/* ---- over runs without faults ---------------------------------------------------------------- */

/* "kill@20": one kind, at a rate. */
static bool rate_of(const json_t *run, char kind[32], double *hz) {
  const json_t *plan = json_object_get(run, "fault_plan");
  const char *text = json_string_value(json_array_get(plan, 0)),
             *at = text ? strchr(text, '@') : NULL;
  char error[PM_TEXT_MAX];
  if (json_array_size(plan) != 1 || !at || at - text >= 32 || pm_units_rate("", at + 1, hz, error))
    return false;
  snprintf(kind, 32, "%.*s", (int)(at - text), text);
  return true;
}

struct point {
  int panel, hue;
  double hz;
  char kind[32], label[LABEL_MAX];
  const struct ratio *ratio;
};

static int by_point(const void *a, const void *b) {
  const struct point *x = a, *y = b;
  if (x->panel != y->panel) return x->panel - y->panel;
  if (x->hue != y->hue) return x->hue - y->hue;
  return (x->hz > y->hz) - (x->hz < y->hz);
}

static void write_points(struct point *point, size_t n, FILE *csv) {
  qsort(point, n, sizeof *point, by_point);
  for (size_t i = 0; i < n; i++) {
    write_place(csv, point[i].panel, i + 1, point[i].label);
    fprintf(csv, ",%d", point[i].hue);
    csv_text(csv, false, point[i].kind);
    csv_number(csv, point[i].hz);
    csv_number(csv, point[i].ratio->faults_per_s);
    write_value(csv, &point[i].ratio->x, point[i].ratio->runs, point[i].ratio->run);
  }
}

size_t figure_fault_rate(const struct dataset *d, FILE *csv, char *remark) {
  struct ratio *list;
  size_t n = ratios_find(d, RATIO_FAULTS, &list), points = 0;
  struct point *point = calloc(n + 1, sizeof *point);
  int panel = 0, most = ROWS_MAX;
  char last[LABEL_MAX];
  fputs("row,line,label,hue,kind,planned_per_s,seen_per_s,low,ratio,high,runs,oversubscribed\n",
        csv);
  for (size_t i = 0; point && i < n; i++) {
    struct point *p = &point[points];
    if (!rate_of(list[i].run, p->kind, &p->hz)) continue;
    p->ratio = &list[i];
    p->hue = fault_kind_hue(p->kind);
    p->panel = panel =
        row_of(label_of(list[i].run, SHOW_BACKEND | SHOW_CAPSULE, p->label), last, panel);
    if (p->hz != point[0].hz) most = PANELS_MAX; /* curves want panels */
    points++;
  }
  while (points && point[points - 1].panel > most) points--;
  write_points(point, points, csv);
  say_cut(panel, most, "configurations", remark);
  free(point);
  free(list);
  return points;
}
