/* SPDX-License-Identifier: BSD-3-Clause */
/* kill: SIGKILL; another process takes the place. It happened if the worker is reaped as killed by that signal: one that had
 * ended by itself when the signal was sent is reaped with what it ended of. */
#include "proc/fault_kind.h"
#include "proc/supervisor.h"

static int strike(struct pm_supervisor *s, unsigned place, const struct pm_injury *injury) {
  (void)injury;
  return pm_ward_kill(s, place);
}

const struct pm_fault_kind_row pm_fault_kill = {.strike = strike, .judge = pm_ward_judge_kill};
