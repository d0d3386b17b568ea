/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The object a run prints and runs.jsonl keeps (schema pmbench-run-1): what was asked for, what
 * came out, and what it cost. Times in ns, sizes in bytes. What is not known is null, never NaN.
 */
#ifndef RESULTS_RECORD_H
#define RESULTS_RECORD_H

#include <jansson.h>

#include "pmrun.h"
#include "results/description.h"
#include "results/quantiles.h"

/* From the injury: to its detection, to the first task after it, to the lost work done again. Over
 * faults that took effect. */
struct recovery { struct quantiles detected, running, caught_up; };
struct recovery recovery_of(const struct pm_report *r);

/* A new reference. NULL only where memory is short. */
json_t *record_build(const struct description *d, const struct pm_report *r);

extern const char *const record_fault_states[];   /* by enum pm_fault_state */

#endif
