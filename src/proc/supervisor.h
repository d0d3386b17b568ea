/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the supervisor knows, for the files that do its work: injury.c (injures), fault_log.c (writes down what became of it),
 * watchdog.c (finds workers that stand still), bins.c (samples over time). supervisor.c has the loop.
 *
 * The life of a place, and who moves it:
 *
 *   EMPTY   -> RUNNING   start
 *   RUNNING -> DYING     pm_injure (kill, hard): the signal is sent; hurry: it did not leave when the run was over
 *   RUNNING -> STOPPED   pm_injure (stop)
 *   STOPPED -> DYING     pm_watch; hurry
 *   DYING   -> DEAD      reaped
 *   DYING   -> GONE      reaped, after a hard fault: the place stays empty
 *   RUNNING -> DEAD      reaped: a death that nobody injured, or that pm_watch caused (stood_still); STOPPED likewise
 *   DEAD    -> RUNNING   respawn
 *   RUNNING, DYING, STOPPED -> LEFT   reaped (a thread: reap), the run being over
 */
#ifndef PROC_SUPERVISOR_H
#define PROC_SUPERVISOR_H

#include "proc/fault.h"
#include "proc/foreign.h"
#include "proc/run.h"

enum pm_life { PM_LIFE_EMPTY, PM_LIFE_RUNNING, PM_LIFE_DYING, PM_LIFE_STOPPED, PM_LIFE_DEAD, PM_LIFE_GONE, PM_LIFE_LEFT };

struct pm_ward {                        /* what the supervisor knows of a place */
  enum pm_life life;
  pid_t pid;
  int pidfd;
  bool hard, stood_still;               /* its place stays empty; the watchdog ended it */
  int entry;                            /* in the log, of the injury under way; -1 none */
  uint64_t respawn_ns, beats, alive_ns;
};

struct pm_supervisor {
  struct pm_run *run;
  const struct pm_workers *ways;
  struct pm_faults faults;
  struct pm_foreign foreign;
  struct pm_ward ward[PM_SLOTS_MAX];
  uint64_t tick_at_ns, last_tick_ns, started_ns, last_fault_ns;
  unsigned unplanned, missed;           /* missed: listed faults that found nobody to injure */
};

/* Places in that state. */
static inline unsigned pm_count_life(const struct pm_supervisor *s, enum pm_life life) {
  unsigned n = 0;
  for (unsigned p = 0; p < s->run->procs; p++) n += s->ward[p].life == life;
  return n;
}

/* injury.c: does what is due, or says why not: SPARED, or counted as missed. A crash does not come back. */
void pm_injure(struct pm_supervisor *s, const struct pm_due *due);

/* fault_log.c: an entry more, NULL where the log is full; `place` -1: all of them. */
struct pm_log_entry *pm_log_add(struct pm_supervisor *s, enum pm_fault_kind kind, enum pm_fault_state state, int place, uint64_t now);
void pm_log_detected(struct pm_log_entry *e, uint64_t at);
/* What workers told since: who took a victim's slot, when it ran again and had caught up. */
void pm_log_read_events(struct pm_supervisor *s);

/* watchdog.c: kills workers that stand still. */
void pm_watch(struct pm_supervisor *s, uint64_t now);

/* bins.c: steals, commits, live workers, faults up to now. */
void pm_bins_sample(struct pm_supervisor *s, uint64_t now);

#endif
