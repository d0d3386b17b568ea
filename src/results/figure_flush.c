/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a write-back cost, by the place in the code that asked for it and by backend, in one
 * configuration: a mean over several would be the time of none of them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "results/figure.h"
#include "results/figure_cells.h"

enum { KEY_MAX = 2048 };

/* ---- places ---------------------------------------------------------------------------------- */

static const char whole_commit[] = "a whole commit";

/* For a reader who has not read pm/site.h. */
static const struct {
  const char *site, *means;
} places[] = {{whole_commit, "all its write-backs and waiting for them"},
              {"seq", "commit: the number that makes it valid"},
              {"seq_attach", "attach: the number that was found"},
              {"record", "commit: the record that says where to go on"},
              {"image", "commit: the copy of the stack"},
              {"cont", "suspend: the stack that waits for a stolen child"},
              {"join_fill", "promote a fork: the new join record"},
              {"join_own", "join: the owner runs the child itself"},
              {"join_taken", "steal: the join record says who has it"},
              {"join_wait", "suspend: the join record says who waits"},
              {"join_done", "a stolen child is done: its result"},
              {"join_read", "commit: join records that it acted upon"},
              {"link", "memory: links of the free list"},
              {"user", "the program's own data"},
              {"setup", "creation, set-up, the end of the run"},
              {"fence", "waiting for all the others"}};

static const char *meaning_of(const char *site) {
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    if (!strcmp(site, places[i].site)) return places[i].means;
  return "";
}

/* ---- one configuration ----------------------------------------------------------------------- */

static bool writes_back(const json_t *run) {
  const json_t *site;
  const char *name;
  if (!run_timed(run) || !strcmp(run_text(run, "capsule"), "none")) return false;
  json_object_foreach(json_object_get(run, "sites"), name, site)
    if (run_number(site, "calls") > 0 && run_number(site, "ns") > 0) return true;
  return false;
}

/* All that distinguishes runs but the backend. */
static const char *key_of(const json_t *run, char key[KEY_MAX]) {
  char capsule[RUN_NAME_MAX];
  snprintf(key, KEY_MAX, "%.200s|%.1000s|%g|%.100s|%s", run_text(run, "workload"),
           run_text(run, "args"), run_number(run, "procs"), run_text(run, "pin"),
           run_capsule_name(run, capsule));
  return key;
}

static void add(struct cells *cells, const json_t *run, const char *label, double ns) {
  char key[512], backend[RUN_NAME_MAX];
  snprintf(key, sizeof key, "%.200s|%s", label, run_backend_name(run, backend));
  struct cell *cell = cells_at(cells, run, key);
  cell->label = label;
  cell_add(cell, ns);
}

/* A cell a site and backend, of each run's mean. A site's time is that of the instructions or,
 * where pages are written back, of the queue's; fences and msync are in the commit's. */
static void collect(const struct dataset *d, const char *wanted, struct cells *cells) {
  const json_t *run, *site;
  const char *name;
  char key[KEY_MAX];
  size_t i;
  json_array_foreach(d->runs, i, run) {
    if (!run_timed(run) || strcmp(key_of(run, key), wanted)) continue;
    json_object_foreach(json_object_get(run, "sites"), name, site) {
      double calls = run_number(site, "calls"), ns = run_number(site, "ns");
      if (calls > 0 && ns > 0) add(cells, run, name, ns / calls);
    }
    double commits = run_number(run, "commits"), ns = run_number(run, "commit_ns");
    if (commits > 0 && ns > 0) add(cells, run, whole_commit, ns / commits);
  }
}

static int order(double a, double b) { return (a < b) - (a > b); }

/* Beat, on a core a worker, on many of them; then where most places write back on most backends. */
static int by_telling(const struct cell *a, const struct cell *b) {
  int o = order(run_capsule_hue(a->run) == HUE_BEAT, run_capsule_hue(b->run) == HUE_BEAT);
  if (!o) o = order(!run_hollow(a->run), !run_hollow(b->run));
  if (!o) o = order(run_number(a->run, "procs"), run_number(b->run, "procs"));
  return o ? o : order(a->rank, b->rank);
}

static const json_t *most_telling(const struct dataset *d, struct cells *cells) {
  struct cells setups = {0};
  const json_t *run;
  const struct cell *best = NULL;
  char key[KEY_MAX];
  size_t i;
  json_array_foreach(d->runs, i, run)
    if (writes_back(run)) cells_at(&setups, run, key_of(run, key));
  cells_sort(&setups);
  for (i = 0; i < setups.count; i++) {
    struct cells each = {0};
    collect(d, setups.cell[i].key, &each);
    setups.cell[i].rank = (double)each.count;
    cells_free(&each);
    if (!best || by_telling(&setups.cell[i], best) < 0) best = &setups.cell[i];
  }
  if (best) collect(d, best->key, cells);
  run = best ? best->run : NULL;
  cells_medians(cells);
  cells_free(&setups);
  return run;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static bool same_site(const struct cell *a, const struct cell *b) {
  return !strcmp(a->label, b->label);
}

/* The whole first, then the dearest site, on its fastest backend. */
static void rank(struct cells *cells) {
  for (size_t i = 0; i < cells->count; i++) {
    struct cell *cell = &cells->cell[i];
    cell->rank = INFINITY;
    for (size_t k = 0; k < cells->count && cell->label != whole_commit; k++)
      if (same_site(cell, &cells->cell[k]))
        cell->rank = fmin(cell->rank, cells->cell[k].median.middle);
  }
  cells_rank(cells);
}

static void write_row(FILE *csv, int row, size_t line, const struct cell *cell) {
  char backend[RUN_NAME_MAX];
  fprintf(csv, "%d,%zu", row, line);
  csv_text(csv, false, cell->label);
  csv_text(csv, false, meaning_of(cell->label));
  fprintf(csv, ",%d", run_backend_hue(cell->run));
  csv_text(csv, false, run_backend_name(cell->run, backend));
  csv_number(csv, cell->median.low);
  csv_number(csv, cell->median.middle);
  csv_number(csv, cell->median.high);
  fprintf(csv, ",%zu\n", cell->n);
}

size_t figure_flush(const struct dataset *d, FILE *csv, char *remark) {
  struct cells cells = {0};
  const json_t *run = most_telling(d, &cells);
  char name[RUN_NAME_MAX], capsule[RUN_NAME_MAX];
  int row = 0;
  rank(&cells);
  fputs("row,line,site,means,hue,backend,low,ns_per_call,high,runs\n", csv);
  for (size_t i = 0; i < cells.count; i++) {
    if (!i || !same_site(&cells.cell[i - 1], &cells.cell[i])) row++;
    write_row(csv, row, (size_t)row + i + 1, &cells.cell[i]);
  }
  if (run)
    snprintf(remark, PM_TEXT_MAX,
             "The configuration shown: %s, %.0f worker%s, %s%s; all the others are in flush.csv.",
             run_workload_name(run, name), run_number(run, "procs"),
             run_number(run, "procs") == 1 ? "" : "s", run_capsule_name(run, capsule),
             run_hollow(run) ? ", on fewer cores than workers" : "");
  size_t points = cells.count;
  cells_free(&cells);
  return points;
}
