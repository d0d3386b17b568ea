/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * exn: a fault inside the process, which goes on from its last commit. It happened if the worker says so (struct pm_event).
 *
 * Several may be on their way to a worker. One that finds it between two slots, or going back to its last commit already, comes
 * to nothing, and the worker says how far it is past them (exn_settled); one that ended first says nothing at all. The table
 * holds those of which nothing is known yet.
 */
#include <errno.h>

#include "proc/fault_kind.h"
#include "proc/supervisor.h"

static int strike(struct pm_supervisor *s, unsigned place, const struct pm_injury *injury) {
  if (s->exn_count == PM_EXNS_OPEN) return -EAGAIN;
  int error = s->machine->signal(s->machine, place, PM_SIGNAL_EXN, s->exn_number + 1);
  if (!error) s->exn[s->exn_count++] = (struct pm_exn){++s->exn_number, place, injury->listed, injury->entry};
  return error;
}

static void take_out(struct pm_supervisor *s, uint32_t i) { s->exn[i] = s->exn[--s->exn_count]; }

int pm_exn_happened(struct pm_supervisor *s, uint32_t number) {
  for (uint32_t i = 0; i < s->exn_count; i++) {
    if (s->exn[i].number != number) continue;
    int entry = s->exn[i].entry;
    pm_injury_happened(s, entry);
    take_out(s, i);
    return entry;
  }
  return -1;
}

void pm_exn_settle(struct pm_supervisor *s, unsigned place, uint32_t settled, bool ended) {
  for (uint32_t i = 0; i < s->exn_count;) {
    if (s->exn[i].place != place || (!ended && s->exn[i].number > settled)) {
      i++;
      continue;
    }
    pm_injury_missed(s, s->exn[i].entry, s->exn[i].listed);
    take_out(s, i);
  }
}

/* No status of the machine's says anything about it. */
static enum pm_verdict judge(int status) {
  (void)status;
  return PM_VERDICT_OPEN;
}

const struct pm_fault_kind_row pm_fault_exn = {.in_threads = true, .survived = true, .strike = strike, .judge = judge};
