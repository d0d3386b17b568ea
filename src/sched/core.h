/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The private half of a worker, and what the files of this folder call of each other. Everything hangs off it: there is no
 * global. Each function that takes a step of PROTOCOL.md bears its name.
 *
 *   attach.c      attach, and the restart inside a process        promote.c   promote
 *   stop.c        the slow path of a task's beginning             hint.c      what is offered to thieves, a ring a seat
 *   join.c        join, suspend, complete                         theft.c     theft, and the search for a job
 *   worker.c      the loop that all of them come back to          adopt.c     adopt: moving to another slot
 *   interrupt.c   what a signal's handler does                    account.c   where the time goes
 *   session.c     seats, their locks, and the bell                core.c      what all of them use
 *   task_calls.c  pm_write and the like                            loss.c      how often a restart point was lost
 *   dead_end.c    that nobody has work any more
 */
#ifndef SCHED_CORE_H
#define SCHED_CORE_H

#include <setjmp.h>
#include <signal.h>

#include "base/random.h"
#include "sched/join_layout.h"
#include "sched/session.h"
#include "sched/tally_layout.h"
#include "task/capsule.h"

/* Why the C stack was thrown away. */
enum pm_again { PM_AGAIN_STACK = 1, PM_AGAIN_RESTART, PM_AGAIN_LEAVE };

/* How a worker is run: what differs between a process, a thread and a coroutine of a simulation. */
struct pm_core;
struct pm_way {
  void (*beat_set)(struct pm_core *c, uint64_t ns);       /* starts, changes, or (0) stops the timer that calls pm_core_beat */
  void (*park)(struct pm_core *c, uint32_t bell, uint64_t ns);   /* NULL: on the session's futex */
};

struct pm_core {
  struct pm_session *session;
  struct pm_region *region;
  const struct pm_way *way;
  void *way_data;
  struct pm_worker *w;                  /* in the seat */
  struct pm_seat *seat;
  struct pm_place *place;
  struct pm_tally *tally;
  uint32_t place_number;
  struct pm_capsule cap;
  bool seated;
  /* the thread of tasks that runs here */
  bool has_stack, has_closure;          /* frames to resume; or a join record (root) whose closure to start */
  struct pm_ref root;
  pm_word pending;                      /* result for the topmost frame */
  uint32_t *frames, frames_max;
  sigjmp_buf top;
  /* faults inside the process */
  volatile sig_atomic_t in_core, shield;        /* not in task code; in a library that a task brackets */
  bool keep;                            /* the restart that is wished for waits until what the shield guarded is committed */
  _Atomic uint32_t exn_number;          /* of the latest exn that is still to restart; 0 none */
  int trap;                             /* the real signal that restarts; 0 none */
  /* private memory of leaves */
  char *scratch;
  size_t scratch_bytes;
  /* where the time goes */
  enum pm_activity activity;
  uint64_t since_ns, stopped_seen_ns;   /* the session's stopped_ns then */
  struct pm_event *event;               /* of the recovery under way */
  uint64_t running_ns, lost_ns;
  /* search */
  struct pm_random random;
  uint64_t ask_again_ns, ask_wait_ns;
  /* beat */
  uint64_t beat_ns, beat_commit_ns;     /* T; what a commit costs, smoothed */
  /* losses */
  uint32_t lost;                        /* how often the restart point of the capsule that runs was lost */
  bool attached;                        /* no stop since the restart point was loaded */
};

/* ---- core.c */
int pm_core_open(struct pm_core *c, struct pm_session *s, struct pm_region *r, const struct pm_way *way,
                 const struct pm_program *program, struct pm_tally *tally, uint32_t place);
void pm_core_close(struct pm_core *c);
_Noreturn void pm_core_again(struct pm_core *c, enum pm_again why);
_Noreturn void pm_core_fail(struct pm_core *c, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Brackets: task code calls the scheduler. Leaving may restart, if a fault waited. */
static inline void pm_core_enter(struct pm_core *c) { c->in_core = 1; atomic_signal_fence(memory_order_seq_cst); }
void pm_core_leave(struct pm_core *c);
/* Parks as this way of running does. */
void pm_core_park(struct pm_core *c, uint32_t bell, uint64_t ns);
void pm_core_commit(struct pm_core *c, enum pm_intent intent, struct pm_ref ref, uint64_t result, uint32_t bytes);
char *pm_core_limit(const struct pm_core *c);

/* ---- worker.c */
/* Works until the run is over or the session stops. Returns 0, or an error that pm_session_fail has been told. */
int pm_core_run(struct pm_core *c);

/* ---- interrupt.c: from a signal's handler, on the worker's own thread */
void pm_core_beat(struct pm_core *c);
/* An in-process fault; `number`: for the log. */
void pm_core_exn(struct pm_core *c, uint32_t number);
/* A real fault (SIGSEGV, ...); `overrun`: the C stack ran over. A task is tried again, three times at most; returns only where
 * no task runs. */
void pm_core_trap(struct pm_core *c, int signo, bool overrun);
/* The name of the task that the restart point goes on with, for a message. */
const char *pm_core_restart_task(const struct pm_core *c);

/* ---- attach.c */
int pm_attach(struct pm_core *c, uint32_t slot, bool died);
int pm_restart(struct pm_core *c);
bool pm_seat_take(struct pm_core *c);             /* a respawned or new worker: any free seat, a dead holder's first */

/* ---- loss.c */
/* At the end of an attach: if there is work, its restart point was lost once more. PM_E_STUCK: too often; the session is told. */
int pm_loss_note(struct pm_core *c);
/* The slot, its counts being those of the present restart point. */
struct pm_slot *pm_loss_point(struct pm_core *c);
uint64_t pm_loss_beat_ns(const struct pm_core *c);    /* T, shorter after losses */
void pm_loss_over(struct pm_core *c);                 /* a commit got through */

/* ---- promote.c, hint.c */
bool pm_promote(struct pm_core *c, uint32_t stack_bytes, uint64_t *hint);
void pm_hint_push(struct pm_seat *seat, uint64_t hint);
void pm_hint_all(struct pm_core *c);              /* every FREE join that the stack's frames point to */
uint64_t pm_hint_next(struct pm_core *c, struct pm_seat *seat, uint64_t *at);   /* 0: no more */

/* ---- theft.c, adopt.c */
bool pm_theft(struct pm_core *c, uint32_t join, uint32_t gen);
/* Looks for a job until there is one; false: the run is over or the session stops. */
bool pm_search(struct pm_core *c);
bool pm_adopt(struct pm_core *c);

/* ---- dead_end.c: nobody has work, and the run is not over. False where it cannot be told now. */
bool pm_dead_end(const struct pm_session *s, const struct pm_region_header *h);

/* ---- join.c: what attach redoes; true: a continuation is loaded */
bool pm_complete_redo(struct pm_core *c, struct pm_ref ref, uint64_t result);
bool pm_suspend_redo(struct pm_core *c, struct pm_ref ref);
void pm_complete(struct pm_core *c, uint64_t result);
void pm_cont_load(struct pm_core *c, struct pm_ref ref, pm_word result);
/* The closure of that generation of a join record; a damaged one ends the run. */
const struct pm_join_record *pm_closure(struct pm_core *c, uint32_t join, uint32_t gen);

/* ---- account.c */
void pm_account(struct pm_core *c, enum pm_activity next);
void pm_account_recovered(struct pm_core *c);     /* a task resumed */
void pm_account_progress(struct pm_core *c, bool idle);   /* a commit, or the end of the stack: has it caught up? */

#endif
