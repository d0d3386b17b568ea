/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What one worker counts. It lies in the region, so that a crash does not lose it, but nothing depends on it: plain stores
 * by the worker of that place alone, read by the supervisor for the progress line and by the report at the end.
 */
#ifndef SCHED_TALLY_LAYOUT_H
#define SCHED_TALLY_LAYOUT_H

#include "pm/region_layout.h"
#include "pm/site.h"
#include "pmrun.h"

struct pm_tally {
  uint64_t count[PM_COUNTERS];
  uint64_t ns[PM_ACTIVITIES];
  struct pm_site_count site[PM_SITES];
  uint32_t lives, thefts[PM_SLOTS_MAX + 1], adoptions[PM_SLOTS_MAX + 1];   /* by place of the victim; last: unknown */
  uint32_t traps;                       /* real signals in task code that were survived */
};

#endif
