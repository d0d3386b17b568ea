/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The faults of all runs that ended and were not wrong, by kind: how many took effect, and how long
 * after the injury each phase of recovery was reached by those that reached it. */
#ifndef RESULTS_FIGURE_FAULTS_H
#define RESULTS_FIGURE_FAULTS_H

#include <stdbool.h>

#include "results/dataset.h"
#include "results/quantiles.h"

enum recovery_phase { PHASE_DETECTED, PHASE_RUNNING, PHASE_CAUGHT_UP, PHASES };
extern const char *const recovery_phases[PHASES];

struct recovery {
  const char *kind;       /* lives as long as the dataset */
  size_t faults;          /* that took effect */
  size_t idle;            /* of which the victim held no work: there was nothing to go on with */
  uint64_t *ns[PHASES];   /* ascending */
  size_t reached[PHASES]; /* the rest was hit again before, or the run was over */
  struct quantiles q[PHASES]; /* of those that reached it */
};
/* In the order of fault_kind_hue. Returns how many kinds. */
size_t recoveries_of(const struct dataset *d, struct recovery **list);
void recoveries_free(struct recovery *list, size_t n);

/* It injured a worker, whether or not the worker held work. */
bool fault_happened(const json_t *fault);

#endif
