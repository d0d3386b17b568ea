/* SPDX-License-Identifier: BSD-3-Clause */
/* stop: SIGSTOP, until the watchdog ends the worker. It happened if the kernel says that the worker stopped: one that
 * somebody else had stopped before is not reported again, and was not stopped by this. */
#include <signal.h>
#include <sys/wait.h>

#include "proc/fault_kind.h"
#include "proc/supervisor.h"

static int strike(struct pm_supervisor *s, unsigned place, const struct pm_injury *injury) {
  (void)injury;
  int error = s->machine->signal(s->machine, place, SIGSTOP, 0);
  if (!error) pm_life_move(s, place, PM_LIFE_RUNNING, PM_LIFE_STOPPED);
  return error;
}

static enum pm_verdict judge(int status) {
  return WIFSTOPPED(status) ? PM_VERDICT_HAPPENED : PM_VERDICT_MISSED;
}

const struct pm_fault_kind_row pm_fault_stop = {.strike = strike, .judge = judge};
