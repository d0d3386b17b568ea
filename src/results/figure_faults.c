/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/figure_faults.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "results/figure_cells.h"

const char *const recovery_phases[PHASES] = {"detected", "running again", "caught up"};
static const char *const keys[PHASES] = {"detected_ns", "running_ns", "caught_up_ns"};

static bool is_idle(const json_t *fault) {
  return !strcmp(run_text(fault, "state"), "idle-victim");
}

bool fault_happened(const json_t *fault) {
  return !strcmp(run_text(fault, "state"), "done") || is_idle(fault);
}

struct kinds {
  struct recovery *kind;
  size_t count;
};

static struct recovery *kind_at(struct kinds *kinds, const char *name) {
  for (size_t i = 0; i < kinds->count; i++)
    if (!strcmp(kinds->kind[i].kind, name)) return &kinds->kind[i];
  kinds->kind = realloc(kinds->kind, (kinds->count + 1) * sizeof *kinds->kind);
  PM_CHECK(kinds->kind);
  kinds->kind[kinds->count] = (struct recovery){.kind = name};
  return &kinds->kind[kinds->count++];
}

static void add_time(struct recovery *r, int phase, double ns) {
  size_t n = r->reached[phase];
  if (!(n & (n - 1))) { /* full at the powers of two */
    r->ns[phase] = realloc(r->ns[phase], (n ? 2 * n : 1) * sizeof *r->ns[phase]);
    PM_CHECK(r->ns[phase]);
  }
  r->ns[phase][r->reached[phase]++] = (uint64_t)ns;
}

static void add_fault(struct kinds *kinds, const json_t *fault) {
  struct recovery *r = kind_at(kinds, run_text(fault, "kind"));
  r->faults++;
  r->idle += is_idle(fault);
  for (int p = 0; p < PHASES; p++) {
    double ns = run_number(fault, keys[p]);
    if (ns > 0) add_time(r, p, ns);
  }
}

static int by_hue(const void *a, const void *b) {
  const struct recovery *x = a, *y = b;
  int order = fault_kind_hue(x->kind) - fault_kind_hue(y->kind);
  return order ? order : strcmp(x->kind, y->kind);
}

size_t recoveries_of(const struct dataset *d, struct recovery **list) {
  struct kinds kinds = {0};
  const json_t *run, *fault;
  size_t i, k;
  json_array_foreach(d->runs, i, run) {
    if (!run_ended(run)) continue;
    json_array_foreach(json_object_get(run, "fault_log"), k, fault)
      if (fault_happened(fault)) add_fault(&kinds, fault);
  }
  if (kinds.count) qsort(kinds.kind, kinds.count, sizeof *kinds.kind, by_hue);
  for (i = 0; i < kinds.count; i++)
    for (int p = 0; p < PHASES; p++)
      kinds.kind[i].q[p] = quantiles_of(kinds.kind[i].ns[p], kinds.kind[i].reached[p]);
  *list = kinds.kind;
  return kinds.count;
}

void recoveries_free(struct recovery *list, size_t n) {
  for (size_t i = 0; i < n; i++)
    for (int p = 0; p < PHASES; p++) free(list[i].ns[p]);
  free(list);
}
