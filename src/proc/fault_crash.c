/* SPDX-License-Identifier: BSD-3-Clause */
/* crash: every process at once, the supervisor too. That it happened is for the next session to say: it finds a session that
 * did not end. */
#include "proc/fault_kind.h"
#include "proc/supervisor.h"

static int strike(struct pm_supervisor *s, unsigned place, const struct pm_injury *injury) {
  (void)place, (void)injury;
  atomic_store(&s->run->shared->crashed, 1);
  s->run->block->segment_alive_ns = s->machine->now(s->machine);
  int error = s->machine->crash(s->machine);
  if (error) atomic_store(&s->run->shared->crashed, 0);
  s->crashed = !error;
  return error;
}

static enum pm_verdict judge(int status) {
  (void)status;
  return PM_VERDICT_OPEN;
}

const struct pm_fault_kind_row pm_fault_crash = {.hits_all = true, .strike = strike, .judge = judge};
