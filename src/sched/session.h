/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the workers of one session share beside the region: seats, and the little that goes between them and the supervisor.
 * It lies in anonymous shared memory that the supervisor maps before it forks: a session is one supervisor's life, so a crash
 * or a reboot empties it, and neither a copy of the region nor a later session meets old seats (PROTOCOL 6, "seats").
 *
 * Who writes what: a seat's `worker` its holder (and `limit` anybody, but only 0); `hint` its holder, cleared by anybody;
 * places the supervisor and that place's worker; the rest as it says.
 */
#ifndef SCHED_SESSION_H
#define SCHED_SESSION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/tunables.h"
#include "pm/site.h"
#include "pm/region_layout.h"

enum { PM_TRYING_NONE = 0xffffffff, PM_TRYING_UNKNOWN = 0xfffffffe };

enum pm_seat_state { PM_SEAT_FRESH, PM_SEAT_HELD, PM_SEAT_LEFT };
enum pm_want { PM_WANT_BEAT = 1, PM_WANT_THIEF = 2, PM_WANT_LEAVE = 4, PM_WANT_RESTART = 8 };

struct pm_seat {
  _Alignas(64) struct pm_worker worker;           /* what task code sees; `limit` has the line nearly alone */
  _Alignas(64) pthread_mutex_t lock;              /* robust: who holds it, holds the slot */
  _Atomic uint32_t state;                         /* enum pm_seat_state */
#ifdef PM_POINTS
  bool died;                                      /* a simulation ended its holder */
#endif
  _Atomic uint32_t trying;                        /* join record of the theft under way, or PM_TRYING_* */
  _Alignas(64) _Atomic uint32_t wants;            /* why `limit` was lowered */
  _Atomic uint32_t place;                         /* of the holder */
  _Atomic uint32_t busy;                          /* it has a stack: worth asking */
  _Atomic int32_t pid;
  _Atomic uint64_t committed_at_ns, began_ns;     /* last commit; since when it has had a stack */
  _Atomic uint64_t hands;                         /* odd: its holder has nothing in hand (dead_end.c) */
  _Alignas(64) _Atomic uint64_t hint_top;
  _Atomic uint64_t hint[PM_HINTS];                /* ring: join record and generation of promoted forks; 0 none */
};

/* One worker, as the supervisor numbers them: 0 .. procs-1; a respawned one takes its predecessor's place. */
struct pm_place {
  _Alignas(64) _Atomic int32_t pid;
  _Atomic uint32_t activity;                      /* enum pm_activity */
  _Atomic uint64_t activity_since_ns;
  _Atomic uint32_t ready;                         /* for the first task: it has touched its pages */
  _Atomic uint64_t beats;                         /* sign of life */
  _Atomic int32_t refused;                        /* errno: its worker left, as the machine had not what it needs to begin */
  _Atomic uint32_t exn_settled;                   /* up to this number, exns sent here have had their event or never will */
  _Atomic uint64_t injured_ns;                    /* the supervisor: when the signal was sent */
  _Atomic uint32_t slot;                          /* where it works; PM_SLOTS_MAX: nowhere yet */
  int core;                                       /* os index it is pinned to, -1 none */
  uint32_t near[PM_SLOTS_MAX];                    /* other places, nearest first */
  uint32_t near_count;
};

/* What became of an injury, told by the worker that went on. */
struct pm_event {
  _Atomic uint32_t ready;                         /* its number and 1, in the ring: what follows holds; written last (release) */
  uint32_t place, slot, busy;
  int32_t victim_pid;
  uint32_t exn, trap;                             /* a restart in the process: number of the fault; or the real signal */
  uint64_t committed_at_ns, detected_ns;
  _Atomic uint64_t running_ns, caught_up_ns;
};

struct pm_session {
  uint32_t slots, number;                         /* number: header.session, to know that the region is still ours */
  enum pm_policy policy;
  uint64_t beat_ns, beat_max_ns;                  /* beat_max 0: fixed by the user; else bound of the adaptation */
  uint64_t beat_signal_ns;                        /* what a beat's signal costs, measured */
  bool fresh;                                     /* a new region: slots nobody attached to are known to be empty */
  _Alignas(64) _Atomic uint32_t stop;             /* set once: leave at the next chance */
  _Atomic uint32_t go;                            /* set when all first workers are ready: then the first task may start */
  _Alignas(64) _Atomic uint32_t bell;             /* futex: parked workers */
  _Atomic uint32_t parked;
  _Atomic uint32_t error_state;                   /* 0 none, 1 being written, 2 there */
  struct pm_error_line error;
  _Atomic uint64_t first_task_ns, done_ns;        /* this session's */
  _Atomic uint64_t stopped_ns;                    /* how long a terminal (Ctrl-Z) had stopped everybody: time that does not count */
  _Atomic uint64_t faults_logged;                 /* the supervisor: entries of the log, for tasks that ask */
  _Atomic uint64_t event_top;
  struct pm_event event[PM_EVENTS];
  struct pm_place place[PM_SLOTS_MAX];
  struct pm_seat seat[];
};

struct pm_session *pm_session_create(uint32_t slots);   /* NULL: no memory */
void pm_session_destroy(struct pm_session *s);
/* Ends the run with an error; the first one wins. */
void pm_session_fail(struct pm_session *s, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Everybody leaves at the next stop. */
void pm_session_stop(struct pm_session *s);
/* Wakes up to `count` parked workers. */
void pm_session_ring(struct pm_session *s, uint32_t count);
/* How much of a stretch of time lies in the session's own, from its first task to the end. */
uint64_t pm_session_counted(struct pm_session *s, uint64_t from, uint64_t to);
/* Parks until the bell rings after `seen`, or a while is over. */
void pm_session_park(struct pm_session *s, uint32_t seen, uint64_t ns);

/* Whether this machine's kernel passes the lock of a process that died on to the next, which everything rests on: a child dies
 * holding one. 0: yes; -EOWNERDEAD: no; another -errno: it could not be tried. Once a process. */
int pm_seat_locks_tried(void);
/* 0: it is mine, and whoever had it left in order; 1: mine, and its holder died; -1: somebody lives in it. */
int pm_seat_trylock(struct pm_seat *seat);
/* The holder alone: whether it has something in hand, or may get it now. */
static inline void pm_seat_hands(struct pm_seat *seat, bool empty) {
  uint64_t hands = atomic_load_explicit(&seat->hands, memory_order_relaxed);
  if ((hands & 1) != empty) atomic_store(&seat->hands, hands + 1);
}
void pm_seat_unlock(struct pm_seat *seat);

#endif
