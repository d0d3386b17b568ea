/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What surviving faults costs: injured runs over those without, against the rate of faults. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/units.h"
#include "results/figure.h"
#include "results/figure_ratios.h"
#include "results/figure_rows.h"

enum { PANELS_MAX = 8 };

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
  const struct ratio *ratio;
  double hz;
  char kind[32];
};

/* By configuration, kind, rate: the list is in an order that has a configuration's rows together,
 * but kinds as their plans are spelt. */
static int by_point(const void *a, const void *b) {
  const struct point *x = a, *y = b;
  char p[RUN_NAME_MAX], q[RUN_NAME_MAX];
  enum shown all = SHOW_BACKEND | SHOW_CAPSULE;
  int order = strcmp(run_text(x->ratio->run, "workload"), run_text(y->ratio->run, "workload"));
  if (!order) order = strcmp(run_text(x->ratio->run, "args"), run_text(y->ratio->run, "args"));
  if (!order)
    order = strcmp(run_setup_name(x->ratio->run, all, p), run_setup_name(y->ratio->run, all, q));
  if (order) return cells_order(x->ratio->run, y->ratio->run);
  order = fault_kind_hue(x->kind) - fault_kind_hue(y->kind);
  return order ? order : (x->hz > y->hz) - (x->hz < y->hz);
}

static size_t points_of(const struct ratio *list, size_t n, struct point **points) {
  size_t count = 0;
  PM_CHECK(*points = calloc(n + 1, sizeof **points));
  for (size_t i = 0; i < n; i++) {
    struct point *p = &(*points)[count];
    if (!rate_of(list[i].run, p->kind, &p->hz)) continue;
    p->ratio = &list[i];
    count++;
  }
  qsort(*points, count, sizeof **points, by_point);
  return count;
}

static void say_unhurt(const struct point *point, size_t n, size_t never, char *remark) {
  size_t runs = 0, unhurt = 0, used = strlen(remark);
  for (size_t i = 0; i < n; i++) runs += point[i].ratio->runs, unhurt += point[i].ratio->unhurt;
  if (unhurt)
    used += (size_t)snprintf(remark + used, PM_TEXT_MAX - used,
                             "%sIn %zu of the %zu injured runs no fault took effect; they count in "
                             "times and rates.",
                             used ? " " : "", unhurt, runs);
  if (never)
    snprintf(remark + used, PM_TEXT_MAX - used,
             " Not drawn: %zu point%s at which none took effect in any run.", never,
             never == 1 ? "" : "s");
}

size_t figure_fault_rate(const struct dataset *d, FILE *csv, char *remark) {
  struct ratio *list;
  struct point *point;
  struct rows rows = {.csv = csv, .shown = SHOW_BACKEND | SHOW_CAPSULE};
  size_t ratios = ratios_find(d, RATIO_FAULTS, &list), n = points_of(list, ratios, &point),
         never = 0;
  bool curves = false;
  for (size_t i = 0; i < n; i++) curves |= point[i].hz != point[0].hz;
  int most = curves ? PANELS_MAX : ROWS_MAX;
  fputs("row,line,workload,setup,hue,kind,planned_per_s,seen_per_s,unhurt,low,ratio,high,runs,"
        "oversubscribed\n",
        csv);
  for (size_t i = 0; i < n; i++) {
    const struct ratio *r = point[i].ratio;
    bool happened = r->faults_per_s > 0;
    never += !happened;
    rows_place(&rows, r->run, happened ? most : 0);
    fprintf(csv, ",%d", fault_kind_hue(point[i].kind));
    csv_text(csv, false, point[i].kind);
    csv_number(csv, point[i].hz);
    csv_number(csv, r->faults_per_s);
    fprintf(csv, ",%zu", r->unhurt);
    rows_value(&rows, &r->x, r->runs, r->run);
  }
  rows_remark(&rows, most, remark);
  say_unhurt(point, n, never, remark);
  free(point);
  free(list);
  return rows.points;
}
