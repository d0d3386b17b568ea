/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long after the injury: a step a fault, for each phase and kind, as a share of all faults of
 * that kind: a curve ends where the rest never came so far. */
#include <stdio.h>
#include <string.h>

#include "results/figure.h"
#include "results/figure_cells.h"
#include "results/figure_faults.h"

enum { STEPS_MAX = 400 };

static void write_step(FILE *csv, int panel, const struct recovery *r, size_t k, bool middle) {
  char legend[RUN_NAME_MAX];
  size_t reached = r->reached[panel];
  snprintf(legend, sizeof legend, "%.60s (%zu faults)", r->kind, r->faults);
  fprintf(csv, "%d,\"%s\"", panel + 1, recovery_phases[panel]);
  csv_text(csv, false, r->kind);
  csv_text(csv, false, legend);
  fprintf(csv, ",%d", fault_kind_hue(r->kind));
  csv_number(csv, (double)r->ns[panel][k ? k - 1 : 0] / 1e6);
  csv_number(csv, 100.0 * (double)k / (double)r->faults);
  fprintf(csv, ",%zu,%zu,%d\n", reached, r->faults, middle);
}

/* Every fault is a step; of very many, evenly chosen ones, the first and the last among them. */
static size_t write_steps(FILE *csv, int panel, const struct recovery *r) {
  size_t n = r->reached[panel], steps = n < STEPS_MAX ? n : STEPS_MAX;
  for (size_t s = 0; n && s <= steps; s++)
    write_step(csv, panel, r, s * n / steps, s == (steps + 1) / 2);
  return steps;
}

/* A panel without a curve still has its name. */
static void write_empty(FILE *csv, int panel) {
  fprintf(csv, "%d,\"%s\",\"\",\"\",0,nan,nan,0,0,0\n", panel + 1, recovery_phases[panel]);
}

static void say(const struct recovery *r, char *remark) {
  const size_t *n = r->reached, used = strlen(remark);
  if (!n[PHASE_DETECTED] && !n[PHASE_RUNNING] && !n[PHASE_CAUGHT_UP])
    snprintf(remark + used, PM_TEXT_MAX - used, " Of %zu %.40s no time is known.", r->faults,
             r->kind);
  else
    snprintf(remark + used, PM_TEXT_MAX - used,
             " Of %zu %.40s %zu were detected, %zu ran again, %zu caught up; in %zu the victim was "
             "idle.",
             r->faults, r->kind, n[PHASE_DETECTED], n[PHASE_RUNNING], n[PHASE_CAUGHT_UP], r->idle);
}

size_t figure_recovery(const struct dataset *d, FILE *csv, char *remark) {
  struct recovery *list;
  size_t kinds = recoveries_of(d, &list), points = 0;
  *remark = 0;
  fputs("panel,phase,kind,legend,hue,ms,percent,reached,faults,middle\n", csv);
  for (int p = 0; p < PHASES; p++) {
    size_t before = points;
    for (size_t i = 0; i < kinds; i++) points += write_steps(csv, p, &list[i]);
    if (points == before) write_empty(csv, p);
  }
  for (size_t i = 0; i < kinds; i++) say(&list[i], remark);
  if (*remark) memmove(remark, remark + 1, strlen(remark));
  recoveries_free(list, kinds);
  return points;
}
