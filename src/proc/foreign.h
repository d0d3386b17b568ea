/* SPDX-License-Identifier: BSD-3-Clause */
/* How much of the used cores others took: what /proc/stat says they were busy, less what this run's processes used. */
#ifndef PROC_FOREIGN_H
#define PROC_FOREIGN_H

#include <sched.h>

#include "proc/pin.h"

struct pm_foreign {
  cpu_set_t used;
  uint64_t at_ns, busy_ns, own_ns;      /* when it began, and the two sums then */
};

/* `pids`: workers that live now, `procs` of them; 0: none. */
void pm_foreign_begin(struct pm_foreign *f, const struct pm_pin *pin, const pid_t *pids, unsigned procs);
/* All workers are reaped. NAN where too little time has passed for the kernel's ticks to say. */
double pm_foreign_share(const struct pm_foreign *f);

#endif
