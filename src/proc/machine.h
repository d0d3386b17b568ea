/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the supervisor asks of a machine, and all it may ask: the time, a worker begun, a worker hit, what became of it, a
 * wait. Three kinds: processes (process.c, what users get), threads (thread.c, so that ThreadSanitizer can see the scheduler),
 * and coroutines in virtual time from a seed (tests/sim), where whatever can be refused is refused at random.
 *
 * A machine says what happened, never what was meant: a signal that was sent need not have hit anybody, and only `reap` tells.
 */
#ifndef PROC_MACHINE_H
#define PROC_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct pm_run;

struct pm_machine {
  struct pm_run *run;
  bool kills;                           /* workers can be killed and stopped; where not, an exn is all that can be done to one */

  /* Nanoseconds of the clock that the workers' time stamps are of. */
  uint64_t (*now)(struct pm_machine *m);
  /* Begins a worker in `place`, which has none. Its process (thread) number, the one in session.place[].pid too; or -errno:
   * nothing was begun, and it may be tried again. `first`: the run waits until this one is ready. */
  int (*spawn)(struct pm_machine *m, unsigned place, bool first);
  /* SIGKILL, SIGSTOP, or PM_SIGNAL_EXN with the fault's number. 0: sent, which a worker that ended meanwhile may never notice;
   * -errno: nobody was hit. */
  int (*signal)(struct pm_machine *m, unsigned place, int signo, uint32_t number);
  /* The next that became of the worker in `place`, each once and in order: true, and a status as waitpid gives it - stopped,
   * continued, or ended, and then the place is empty. */
  bool (*reap)(struct pm_machine *m, unsigned place, int *status);
  /* Returns when a worker ended, or at `until_ns`; maybe before. */
  void (*wait)(struct pm_machine *m, uint64_t until_ns);
  /* Ends every worker and the supervisor, all at once. -errno: nobody was hit. A real machine does not return otherwise; where
   * the supervisor is simulated, 0: it is dead, and does nothing any more. */
  int (*crash)(struct pm_machine *m);

  /* The share of the used cores that others took, from one call to the other; NAN: not known. */
  void (*watch_others)(struct pm_machine *m);
  double (*others_share)(struct pm_machine *m);

  void (*close)(struct pm_machine *m);  /* all workers are reaped */
};

/* NULL: no memory. */
struct pm_machine *pm_machine_processes(struct pm_run *run), *pm_machine_threads(struct pm_run *run);

#endif
