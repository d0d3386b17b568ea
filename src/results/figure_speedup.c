/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serial time over time, against workers: a panel a workload, a line a capsule. Drawn is one
 * backend: dram, or what comes first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/figure.h"
#include "results/figure_cells.h"

enum { PANELS_MAX = 6 };

static bool counts(const json_t *run) { return run_timed(run) && run_number(run, "serial_ns") > 0; }

/* The backend of most of the runs that count, dram before others. */
static const char *backend_of(const struct dataset *d) {
  const json_t *run, *first = NULL;
  size_t i;
  json_array_foreach(d->runs, i, run)
    if (counts(run) && (!first || !strcmp(run_text(run, "backend"), "dram"))) first = run;
  return first ? run_text(first, "backend") : "";
}

static void collect(const struct dataset *d, struct cells *cells) {
  const json_t *run;
  size_t i;
  json_array_foreach(d->runs, i, run) {
    if (!counts(run)) continue;
    char key[4096], setup[RUN_NAME_MAX];
    snprintf(key, sizeof key, "%.1000s|%.2000s|%s", run_text(run, "workload"),
             run_text(run, "args"), run_setup_name(run, SHOW_BACKEND | SHOW_CAPSULE, setup));
    cell_add(cells_at(cells, run, key), run_number(run, "serial_ns") / run_number(run, "wall_ns"));
  }
  cells_medians(cells);
}

static bool same_workload(const json_t *a, const json_t *b) {
  return !strcmp(run_text(a, "workload"), run_text(b, "workload")) &&
         !strcmp(run_text(a, "args"), run_text(b, "args"));
}

/* A panel's lines one after the other. */
static int by_line(const void *a, const void *b) {
  const json_t *x = ((const struct cell *)a)->run, *y = ((const struct cell *)b)->run;
  if (!same_workload(x, y)) return cells_order(x, y);
  int order = run_backend_hue(x) - run_backend_hue(y);
  if (!order) order = run_capsule_hue(x) - run_capsule_hue(y);
  return order ? order : cells_order(x, y);
}

/* Panel 0: not drawn. */
static void write_row(FILE *csv, int panel, const struct cell *cell) {
  char text[RUN_NAME_MAX];
  if (panel) fprintf(csv, "%d", panel);
  else fputs("nan", csv);
  csv_text(csv, false, run_workload_name(cell->run, text));
  csv_text(csv, false, run_backend_name(cell->run, text));
  fprintf(csv, ",%d", run_capsule_hue(cell->run));
  csv_text(csv, false, run_capsule_name(cell->run, text));
  csv_number(csv, run_number(cell->run, "procs"));
  csv_number(csv, cell->median.low);
  csv_number(csv, cell->median.middle);
  csv_number(csv, cell->median.high);
  fprintf(csv, ",%zu,%d\n", cell->n, run_hollow(cell->run));
}

size_t figure_speedup(const struct dataset *d, FILE *csv, char *remark) {
  struct cells cells = {0};
  const char *backend = backend_of(d);
  const json_t *last = NULL;
  size_t points = 0, left_out = 0;
  int panel = 0;
  collect(d, &cells);
  if (cells.count) qsort(cells.cell, cells.count, sizeof *cells.cell, by_line);
  fputs("panel,workload,backend,hue,capsule,procs,low,speedup,high,runs,oversubscribed\n", csv);
  for (size_t i = 0; i < cells.count; i++) {
    const json_t *run = cells.cell[i].run;
    bool is_meant = !strcmp(run_text(run, "backend"), backend);
    if (is_meant) panel += !last || !same_workload(last, run);
    if (is_meant) last = run;
    bool is_drawn = is_meant && panel <= PANELS_MAX;
    write_row(csv, is_drawn ? panel : 0, &cells.cell[i]);
    points += is_drawn;
    left_out += !is_drawn;
  }
  snprintf(remark, PM_TEXT_MAX, "Drawn: %s%.60s.%s",
           panel > PANELS_MAX ? "the first six workloads, " : "", backend,
           left_out ? " The CSV has the others." : "");
  cells_free(&cells);
  return points;
}
