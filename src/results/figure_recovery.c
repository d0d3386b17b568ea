/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long after the injury: a step a fault, for each phase and kind. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/figure.h"
#include "results/figure_cells.h"

static const struct {
  const char *key, *name;
} phases[] = {
    {"detected_ns", "detected"}, {"running_ns", "running again"}, {"caught_up_ns", "caught up"}};
enum { PHASES = sizeof phases / sizeof *phases, STEPS_MAX = 400 };

static void collect(const struct dataset *d, const char *phase, struct cells *cells) {
  const json_t *run, *fault;
  size_t i, k;
  json_array_foreach(d->runs, i, run) {
    if (*run_text(run, "error")) continue;
    json_array_foreach(json_object_get(run, "fault_log"), k, fault) {
      double ns = run_number(fault, phase);
      if (strcmp(run_text(fault, "state"), "done") || !(ns > 0)) continue;
      struct cell *cell = cells_at(cells, run, run_text(fault, "kind"));
      cell->label = run_text(fault, "kind");
      cell->rank = -fault_kind_hue(cell->label);
      cell_add(cell, ns);
    }
  }
  cells_rank(cells);
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Every fault is a step; of very many, evenly chosen ones, the first and the last among them. */
static size_t write_steps(int panel, struct cell *cell, FILE *csv) {
  size_t steps = cell->n < STEPS_MAX ? cell->n : STEPS_MAX;
  qsort(cell->x, cell->n, sizeof *cell->x, ascending);
  for (size_t s = 0; s <= steps; s++) {
    size_t k = s ? s * cell->n / steps : 0;
    fprintf(csv, "%d,\"%s\"", panel + 1, phases[panel].name);
    csv_text(csv, false, cell->label);
    fprintf(csv, ",%d", fault_kind_hue(cell->label));
    csv_number(csv, cell->x[k ? k - 1 : 0] / 1e6);
    csv_number(csv, 100.0 * (double)k / (double)cell->n);
    fprintf(csv, ",%zu,%d\n", cell->n, s == (steps + 1) / 2);
  }
  return steps;
}

size_t figure_recovery(const struct dataset *d, FILE *csv, char *remark) {
  size_t points = 0;
  fputs("panel,phase,kind,hue,ms,percent,faults,middle\n", csv);
  for (int p = 0; p < PHASES; p++) {
    struct cells cells = {0};
    collect(d, phases[p].key, &cells);
    for (size_t i = 0; i < cells.count; i++) points += write_steps(p, &cells.cell[i], csv);
    cells_free(&cells);
  }
  *remark = 0;
  return points;
}
