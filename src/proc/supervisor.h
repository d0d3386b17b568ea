/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the supervisor knows, for the files that do its work: ward.c (begins workers and hears of their ends), injury.c (chooses
 * whom a fault hits), fault_kind.h (what each kind does), fault_log.c (writes down what became of it), watchdog.c (finds workers
 * that stand still), bins.c (samples over time). supervisor.c has the loop. What it asks of the machine is in
 * proc/machine.h; what a place goes through, in proc/life.h.
 */
#ifndef PROC_SUPERVISOR_H
#define PROC_SUPERVISOR_H

#include "base/tunables.h"
#include "proc/fault.h"
#include "proc/fault_kind.h"
#include "proc/life.h"
#include "proc/machine.h"
#include "proc/mutant.h"
#include "proc/run.h"

struct pm_injury {                      /* what was done to a worker that its life ends of */
  bool sent, happened;                  /* happened: the machine said so */
  enum pm_fault_kind kind;
  bool listed;
  int entry;                            /* in the log; -1: it is full */
  uint64_t at_ns;
};

struct pm_exn {                         /* an exn on its way: the worker's event shows that it happened */
  uint32_t number;
  unsigned place;
  bool listed;
  int entry;
};

struct pm_ward {                        /* what the supervisor knows of a place */
  enum pm_life life;
  pid_t pid;
  bool stopped, stood_still;            /* the kernel says it is stopped; the watchdog ended it */
  struct pm_injury injury;
  uint64_t respawn_ns, beats, alive_ns;
  unsigned refusals;                    /* spawns refused in a row */
};

struct pm_supervisor {
  struct pm_run *run;
  struct pm_machine *machine;
  struct pm_faults faults;
  struct pm_ward ward[PM_SLOTS_MAX];
  uint64_t tick_at_ns, last_tick_ns, started_ns;
  uint32_t exn_number, exn_count;       /* the latest; exns that are on their way */
  struct pm_exn exn[PM_EXNS_OPEN];
  uint64_t event_seen[PM_EVENTS];       /* per entry of the session's ring: the event last counted, and 1 */
  uint64_t events_read;                 /* the ring's top then */
  int32_t event_entry[PM_EVENTS];       /* its entry in the log, where it made one; else -1 */
  uint64_t log_from, log_to;            /* entries that were concluded since they were last brought to the medium */
  bool crashed;                         /* in a simulation: this supervisor is dead */
};

static inline uint64_t pm_supervisor_now(struct pm_supervisor *s) { return s->machine->now(s->machine); }

/* ward.c: a worker for an empty place; one more try of those that are due; what became of workers since. */
void pm_ward_start(struct pm_supervisor *s, unsigned place, bool first);
void pm_ward_respawn(struct pm_supervisor *s, uint64_t now);
void pm_ward_reap(struct pm_supervisor *s);
/* Sends SIGKILL and moves the life. 0 or -errno: then nothing changed. */
int pm_ward_kill(struct pm_supervisor *s, unsigned place);
/* Whether a status says that SIGKILL did it. */
enum pm_verdict pm_ward_judge_kill(int status);

/* injury.c: whether whom a listed fault is to hit is not there now and will be: the place that it names, or anybody. A list is
 * done whole wherever it can be, however long a worker takes to come back. */
bool pm_injury_has_to_wait(const struct pm_supervisor *s, const struct pm_due *due);
/* Does what is due, or says why not: SPARED, or counted as missed. A crash does not come back. */
void pm_injure(struct pm_supervisor *s, const struct pm_due *due);
/* What the machine said of a worker that was injured: it happened, or not. */
void pm_injury_judge(struct pm_supervisor *s, unsigned place, int status);
void pm_injury_happened(struct pm_supervisor *s, int entry);
void pm_injury_missed(struct pm_supervisor *s, int entry, bool listed);

/* fault_exn.c: the worker told of that one; its entry in the log, -1 none. */
int pm_exn_happened(struct pm_supervisor *s, uint32_t number);
/* Of what is on its way to `place`, what its worker has gone past will not happen any more; `ended`: nothing will. */
void pm_exn_settle(struct pm_supervisor *s, unsigned place, uint32_t settled, bool ended);

/* fault_log.c: an entry more, NULL where the log is full; `place` -1: all of them. */
struct pm_log_entry *pm_log_add(struct pm_supervisor *s, enum pm_fault_kind kind, enum pm_fault_state state, int place, uint64_t now);
void pm_log_detected(struct pm_supervisor *s, struct pm_log_entry *e, uint64_t at);
/* It says something else now; what was said so comes to the medium. */
void pm_log_changed(struct pm_supervisor *s, const struct pm_log_entry *e);
void pm_log_save(struct pm_supervisor *s);
/* What workers told since: who took a victim's slot, when it ran again and had caught up. */
void pm_log_read_events(struct pm_supervisor *s);
/* Before the ring of events runs over. */
void pm_log_read_often(struct pm_supervisor *s);

/* watchdog.c: kills workers that stand still. */
void pm_watch(struct pm_supervisor *s, uint64_t now);

/* dead_end.c: ends a run in which nobody has work any more. */
void pm_watch_dead_end(struct pm_run *run);

/* bins.c: steals, commits, live workers, faults up to now. */
void pm_bins_sample(struct pm_supervisor *s, uint64_t now);

#endif
