/* SPDX-License-Identifier: BSD-3-Clause */
/* hard: SIGKILL, and the place stays empty. It happened if the worker is reaped as killed by that signal; if not, the place is
 * given to another as after any death. */
#include "proc/fault_kind.h"
#include "proc/supervisor.h"

static int strike(struct pm_supervisor *s, unsigned place, const struct pm_injury *injury) {
  (void)injury;
  return pm_ward_kill(s, place);
}

const struct pm_fault_kind_row pm_fault_hard = {.for_good = true, .strike = strike, .judge = pm_ward_judge_kill};
