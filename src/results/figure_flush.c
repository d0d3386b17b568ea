/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a write-back cost, by the place in the code that asked for it and by backend. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "results/figure.h"
#include "results/figure_cells.h"

static const char whole_commit[] = "a whole commit";

static void add(struct cells *cells, const json_t *run, const char *label, double ns) {
  char key[512], backend[RUN_NAME_MAX];
  snprintf(key, sizeof key, "%.200s|%s", label, run_backend_name(run, backend));
  struct cell *cell = cells_at(cells, run, key);
  cell->label = label;
  cell_add(cell, ns);
}

/* A cell a site and backend, of each timed run's mean. A site's time is that of the instructions
 * or, where pages are written back, of the queue's; fences and msync are in the commit's. */
static void collect(const struct dataset *d, struct cells *cells) {
  const json_t *run, *site;
  const char *name;
  size_t i;
  json_array_foreach(d->runs, i, run) {
    if (!run_timed(run)) continue;
    json_object_foreach(json_object_get(run, "sites"), name, site) {
      double calls = run_number(site, "calls"), ns = run_number(site, "ns");
      if (calls > 0 && ns > 0) add(cells, run, name, ns / calls);
    }
  }
  if (!cells->count) return;
  json_array_foreach(d->runs, i, run) {
    double commits = run_number(run, "commits"), ns = run_number(run, "commit_ns");
    if (run_timed(run) && commits > 0 && ns > 0) add(cells, run, whole_commit, ns / commits);
  }
  cells_medians(cells);
}

static bool same_site(const struct cell *a, const struct cell *b) {
  return !strcmp(a->label, b->label);
}

/* The whole first, then the dearest site, by its dearest backend. */
static void rank(struct cells *cells) {
  for (size_t i = 0; i < cells->count; i++)
    for (size_t k = 0; k < cells->count; k++)
      if (same_site(&cells->cell[i], &cells->cell[k]))
        cells->cell[i].rank = cells->cell[i].label == whole_commit
                                  ? INFINITY
                                  : fmax(cells->cell[i].rank, cells->cell[k].median.middle);
  cells_rank(cells);
}

size_t figure_flush(const struct dataset *d, FILE *csv, char *remark) {
  struct cells cells = {0};
  int row = 0;
  collect(d, &cells);
  rank(&cells);
  fputs("row,line,site,hue,backend,low,ns_per_call,high,runs\n", csv);
  for (size_t i = 0; i < cells.count; i++) {
    const struct cell *cell = &cells.cell[i];
    char text[RUN_NAME_MAX];
    if (!i || !same_site(cell - 1, cell)) row++;
    fprintf(csv, "%d,%zu", row, i + 1);
    csv_text(csv, false, cell->label);
    fprintf(csv, ",%d", run_backend_hue(cell->run));
    csv_text(csv, false, run_backend_name(cell->run, text));
    csv_number(csv, cell->median.low);
    csv_number(csv, cell->median.middle);
    csv_number(csv, cell->median.high);
    fprintf(csv, ",%zu\n", cell->n);
  }
  *remark = 0;
  size_t points = cells.count;
  cells_free(&cells);
  return points;
}
