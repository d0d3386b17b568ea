/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the workers' time went: shares, a bar a group of like runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "results/figure.h"
#include "results/figure_cells.h"

enum { BARS_MAX = 14 };
struct bar {
  const json_t *run;
  double ns[PM_ACTIVITIES], all;
};

static void add_times(struct bar *bar, const json_t *run) {
  const json_t *worker;
  size_t i;
  json_array_foreach(json_object_get(run, "workers"), i, worker)
    for (int a = 0; a < PM_ACTIVITIES; a++) {
      double ns = run_number(json_object_get(worker, "time_ns"), pm_activity_names[a]);
      if (!(ns > 0)) continue;
      bar->ns[a] += ns;
      bar->all += ns;
    }
}

static int by_run(const void *a, const void *b) {
  return cells_order(((const struct bar *)a)->run, ((const struct bar *)b)->run);
}

static size_t collect(const struct dataset *d, struct bar **bars) {
  size_t n = json_array_size(d->runs), *group = calloc(n + 1, sizeof *group), i, kept = 0;
  const json_t *run;
  PM_CHECK(group);
  size_t groups = dataset_groups(d, group);
  PM_CHECK(*bars = calloc(groups + 1, sizeof **bars));
  json_array_foreach(d->runs, i, run) {
    if (!run_ended(run)) continue;
    struct bar *bar = &(*bars)[group[i]];
    if (!bar->run) bar->run = run;
    add_times(bar, run);
  }
  for (size_t g = 0; g < groups; g++)
    if ((*bars)[g].all > 0) (*bars)[kept++] = (*bars)[g];
  qsort(*bars, kept, sizeof **bars, by_run);
  free(group);
  return kept;
}

/* Of more than there is room for, some from everywhere. */
static size_t chosen(size_t i, size_t all, size_t shown) {
  return shown < 2 ? 0 : i * (all - 1) / (shown - 1);
}

/* Bars of one workload stand under its name, which takes a place of half a bar's height. */
struct places {
  int row, group;
  const json_t *last;
};

static bool same_workload(const json_t *a, const json_t *b) {
  return !strcmp(run_text(a, "workload"), run_text(b, "workload")) &&
         !strcmp(run_text(a, "args"), run_text(b, "args"));
}

static void write_bar(FILE *csv, struct places *places, const struct bar *bar, bool shown) {
  char name[RUN_NAME_MAX], setup[RUN_NAME_MAX];
  if (shown) {
    places->group += !places->last || !same_workload(places->last, bar->run);
    places->last = bar->run;
    fprintf(csv, "%d,%d", ++places->row, places->group);
  } else fputs("nan,nan", csv);
  csv_text(csv, false, run_workload_name(bar->run, name));
  csv_text(csv, false, run_setup_name(bar->run, SHOW_ALL, setup));
  for (int a = 0; a < PM_ACTIVITIES; a++) csv_number(csv, 100 * bar->ns[a] / bar->all);
  fprintf(csv, ",%d\n", run_hollow(bar->run));
}

size_t figure_time(const struct dataset *d, FILE *csv, char *remark) {
  struct bar *bars;
  struct places places = {0};
  size_t all = collect(d, &bars), shown = all < BARS_MAX ? all : BARS_MAX, next = 0;
  fputs("row,group,workload,setup", csv);
  for (int a = 0; a < PM_ACTIVITIES; a++) fprintf(csv, ",%s_percent", pm_activity_names[a]);
  fputs(",oversubscribed\n", csv);
  for (size_t i = 0; i < all; i++) {
    bool is_shown = next < shown && i == chosen(next, all, shown);
    next += is_shown;
    write_bar(csv, &places, &bars[i], is_shown);
  }
  *remark = 0;
  if (shown < all)
    snprintf(remark, PM_TEXT_MAX,
             "Shown are %zu of %zu configurations, chosen evenly; the CSV has all.", shown, all);
  free(bars);
  return shown;
}
