/* SPDX-License-Identifier: BSD-3-Clause */
/* exn: a fault inside the process, which goes on from its last commit. It happened if the worker says so (struct pm_event);
 * one that ended first never does. */
#include <sys/wait.h>

#include "proc/fault_kind.h"
#include "proc/supervisor.h"

static int strike(struct pm_supervisor *s, unsigned place, uint32_t number) {
  return s->machine->signal(s->machine, place, PM_SIGNAL_EXN, number);
}

static enum pm_verdict judge(int status) {
  return WIFSTOPPED(status) || WIFCONTINUED(status) ? PM_VERDICT_OPEN : PM_VERDICT_MISSED;
}

const struct pm_fault_kind_row pm_fault_exn = {.in_threads = true, .survived = true, .strike = strike, .judge = judge};
