/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/figure_ratios.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "results/figure_cells.h"

enum { SEED = 1, KEY_MAX = 4096 };
enum part { BACKEND = 1, CAPSULE = 2, FAULTS = 4 };

static bool is_none(const json_t *run) { return !strcmp(run_text(run, "capsule"), "none"); }
static bool is_dram(const json_t *run) { return !strcmp(run_text(run, "backend"), "dram"); }
static bool is_injured(const json_t *run) {
  return run_ended(run) && !strcmp(run_text(run, "mode"), "injured");
}

static const struct {
  bool (*over)(const json_t *), (*base)(const json_t *);
  enum part varied;
} kinds[RATIO_KINDS] = {[RATIO_CAPSULE] = {run_timed, is_none, CAPSULE},
                        [RATIO_BACKEND] = {run_timed, is_dram, BACKEND},
                        [RATIO_FAULTS] = {is_injured, run_timed, FAULTS}};

static bool is_base(enum ratio_kind kind, const json_t *run) {
  return run_timed(run) && kinds[kind].base(run);
}
static bool is_over(enum ratio_kind kind, const json_t *run) {
  return kinds[kind].over(run) && !is_base(kind, run);
}

/* What runs must have in common to be compared, without the part in which they may differ. */
static const char *key_of(const json_t *run, enum part without, char key[KEY_MAX]) {
  char backend[RUN_NAME_MAX] = "", capsule[RUN_NAME_MAX] = "";
  char *plan =
      without & FAULTS ? NULL : json_dumps(json_object_get(run, "fault_plan"), JSON_COMPACT);
  if (!(without & BACKEND)) run_backend_name(run, backend);
  run_capsule_name(run, capsule);
  if (without & CAPSULE)
    memmove(capsule, strchrnul(capsule, ','), strlen(strchrnul(capsule, ',')) + 1);
  const char *settings = run_text(run, "settings");
  if (without & CAPSULE && !strncmp(settings, "beat=", 5)) /* the beat goes with the policy */
    settings = strchrnul(settings, ' ');
  snprintf(key, KEY_MAX, "%.500s|%.2000s|%g|%.200s|%s|%s|%.500s|%.300s", run_text(run, "workload"),
           run_text(run, "args"), run_number(run, "procs"), run_text(run, "pin"), backend, capsule,
           plan ? plan : "", settings + strspn(settings, " "));
  free(plan);
  return key;
}

/* Of like runs: a cell a configuration in each, under the same key. */
struct side {
  struct cells wall, faults, foreign;
};

static void add_run(struct side *side, const json_t *run, const char *key) {
  double foreign = run_number(run, "foreign_cpu");
  cell_add(cells_at(&side->wall, run, key), run_number(run, "wall_ns"));
  cell_add(cells_at(&side->faults, run, key), run_number(run, "faults"));
  if (foreign >= 0) cell_add(cells_at(&side->foreign, run, key), foreign);
}

static void side_free(struct side *side) {
  cells_free(&side->wall);
  cells_free(&side->faults);
  cells_free(&side->foreign);
}

static void collect(const struct dataset *d, enum ratio_kind kind, struct side *over,
                    struct side *base) {
  const json_t *run;
  char key[KEY_MAX];
  size_t i;
  json_array_foreach(d->runs, i, run) {
    if (is_base(kind, run)) add_run(base, run, key_of(run, kinds[kind].varied, key));
    else if (is_over(kind, run)) add_run(over, run, key_of(run, 0, key));
  }
  cells_sort(&over->wall);
  cells_medians(&over->foreign);
  cells_medians(&base->foreign);
}

/* What is planned is not what happens: a short run may be over first, and counts all the same. */
static void add_rate(struct ratio *r, const struct cell *wall, const struct cell *faults) {
  double count = 0, ns = 0;
  for (size_t i = 0; i < faults->n; i++) {
    if (faults->x[i] > 0) count += faults->x[i];
    else r->unhurt++;
  }
  for (size_t i = 0; i < wall->n; i++) ns += wall->x[i];
  r->faults_per_s = ns > 0 ? count / (ns / 1e9) : 0;
}

static double foreign_in(const struct side *side, const char *key) {
  const struct cell *cell = cells_find(&side->foreign, key);
  return cell ? cell->median.middle : 0;
}

size_t ratios_find(const struct dataset *d, enum ratio_kind kind, struct ratio **list) {
  struct side over = {0}, base = {0};
  size_t n = 0;
  char key[KEY_MAX];
  collect(d, kind, &over, &base);
  *list = calloc(over.wall.count + 1, sizeof **list);
  PM_CHECK(*list);
  for (size_t i = 0; i < over.wall.count; i++) {
    const struct cell *a = &over.wall.cell[i],
                      *b = cells_find(&base.wall, key_of(a->run, kinds[kind].varied, key));
    if (!b) continue;
    (*list)[n] = (struct ratio){.run = a->run,
                                .base = b->run,
                                .runs = a->n,
                                .base_runs = b->n,
                                .x = stats_ratio(a->x, a->n, b->x, b->n, 0.95, SEED),
                                .foreign = fmax(foreign_in(&over, a->key), foreign_in(&base, key))};
    add_rate(&(*list)[n++], a, cells_find(&over.faults, a->key));
  }
  side_free(&over);
  side_free(&base);
  return n;
}
