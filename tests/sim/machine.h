/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A machine for the supervisor (proc/machine.h) in virtual time: its workers are coroutines that run the scheduler's own code and
 * stop at every primitive of src/pm; what happens next is drawn from a seed. It refuses what a machine can refuse - processes,
 * signals -, workers end by themselves, and it keeps its own account of what really happened, for whoever judges the log.
 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include <ucontext.h>

#include "base/random.h"
#include "proc/machine.h"
#include "proc/run.h"

enum { SIM_PLACES = 4, SIM_EXNS = 64 };

struct sim_chances {
  double refuse_signal, refuse_spawn;   /* of each */
  double end, trap, halt;               /* of a worker at each of its points: ends by itself; meets a real signal in task code; is
                                         * stopped from outside */
  uint64_t point_ns;                    /* how far the clock goes at a point */
  uint64_t dearth_at_ns, dearth_ns;     /* a stretch of time in which nothing can be spawned; 0: none */
};

/* What really happened. */
struct sim_truth {
  uint64_t spawns, spawns_refused, signals_refused, exns_sent;
  uint64_t killed, stopped;             /* by injuries, and the supervisor was told */
  uint64_t unplanned;                   /* ends that it was told of while the run was not over, and that no injury made */
  uint64_t crashes;
  char error[256];                      /* what a supervisor must never do, or let be; "" nothing */
};

enum sim_state { SIM_EMPTY, SIM_RUNS, SIM_STOPPED, SIM_ENDED };
struct sim_worker {
  struct sim_machine *machine;
  unsigned place;
  enum sim_state state;
  bool watched;                         /* killed before the run was over, and not by an injury */
  bool first, hit, returned;            /* hit: by an injury that ends it */
  int pid, status, exit_code;
  bool stop_untold, stop_ours, stop_told;  /* told: the supervisor knows that an injury stopped it */
  ucontext_t context;
  char *c_stack;
  struct pm_region region;
  struct pm_core *core;
  uint64_t beat_ns, beat_at_ns, wake_ns, stopped_at_ns;
  uint32_t bell;
  uint32_t exn[SIM_EXNS];
  unsigned exns;
};
struct sim_machine {
  struct pm_machine machine;
  struct sim_chances chances;
  struct sim_truth truth;
  struct pm_random random;
  bool may_stay_empty;                  /* the plan has faults for good */
  uint64_t patience_ns;                 /* no place is empty for longer while something could be spawned */
  uint64_t watchdog_ns;                 /* and nobody is stopped for longer */
  struct sim_worker worker[SIM_PLACES];
  uint64_t empty_since_ns[SIM_PLACES], injured_seen_ns[SIM_PLACES];
  bool killed_by_injury[SIM_PLACES];
  int next_pid;
  uint64_t steps;
  ucontext_t loop;
};

/* For a run whose session is made. Keeps account over all sessions of the run. */
void sim_machine_open(struct sim_machine *m, struct pm_run *run, const struct sim_chances *chances, uint64_t seed);
/* A session ended: nobody is left of it. */
void sim_machine_clear(struct sim_machine *m);
void sim_machine_close(struct sim_machine *m);

#endif
