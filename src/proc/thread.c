/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A worker as a thread, so that ThreadSanitizer can see the scheduler: the same code, the region mapped once more for each.
 * Its number is its thread id; it can be injured by an exn only.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/tunables.h"
#include "proc/foreign.h"
#include "proc/machine.h"
#include "proc/run.h"

struct thread {
  struct pm_run *run;
  unsigned place;
  bool first, there;                    /* there: begun, and not yet joined */
  pthread_t id;
  int code;
  _Atomic pid_t tid;
  _Atomic uint32_t ended;
};
struct threads {
  struct pm_machine machine;
  struct thread of[PM_SLOTS_MAX];
  struct pm_foreign foreign;
};
static struct thread *at(struct pm_machine *m, unsigned place) { return &((struct threads *)m)->of[place]; }

static uint64_t now(struct pm_machine *m) {
  (void)m;
  return pm_clock_ns();
}

static void *thread_main(void *argument) {
  struct thread *t = argument;
  atomic_store(&t->run->session->place[t->place].pid, gettid());
  atomic_store(&t->tid, gettid());
  t->code = pm_worker_main(t->run, t->place, t->first, &pm_way_timer);
  atomic_store(&t->ended, 1);
  return NULL;
}

static int spawn(struct pm_machine *m, unsigned place, bool first) {
  struct thread *t = at(m, place);
  pthread_attr_t a;
  pthread_attr_init(&a);
  pthread_attr_setstacksize(&a, PM_THREAD_STACK_BYTES);
  sigset_t own, before;
  pm_signals_own(&own);
  pthread_sigmask(SIG_BLOCK, &own, &before);      /* an early injury waits until the worker has a handler for it */
  *t = (struct thread){.run = m->run, .place = place, .first = first};
  int error = pthread_create(&t->id, &a, thread_main, t);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&a);
  if (error) return -error;
  t->there = true;
  while (!atomic_load(&t->tid)) sched_yield();    /* an injury is sent to it by that */
  return atomic_load(&t->tid);
}

static int send(struct pm_machine *m, unsigned place, int signo, uint32_t number) {
  if (signo != PM_SIGNAL_EXN) return -ENOTSUP;
  siginfo_t info = {.si_signo = signo, .si_code = SI_QUEUE};
  info.si_value.sival_int = (int)number;
  return syscall(SYS_rt_tgsigqueueinfo, getpid(), atomic_load(&at(m, place)->tid), signo, &info) ? -errno : 0;
}

static bool reap(struct pm_machine *m, unsigned place, int *status) {
  struct thread *t = at(m, place);
  if (!t->there || !atomic_load(&t->ended)) return false;
  pthread_join(t->id, NULL);
  t->there = false;
  *status = (t->code & 0xff) << 8;      /* as of a process that exited with it */
  return true;
}

static void wait_until(struct pm_machine *m, uint64_t until_ns) {
  (void)m;
  uint64_t from = pm_clock_ns();
  struct timespec t = pm_clock_span(until_ns > from ? until_ns - from : 0);
  ppoll(NULL, 0, &t, NULL);
}

static int crash(struct pm_machine *m) {
  (void)m;
  return -ENOTSUP;
}

/* What the process uses is all its threads'. */
static void watch_others(struct pm_machine *m) {
  pid_t none[PM_SLOTS_MAX] = {0};
  pm_foreign_begin(&((struct threads *)m)->foreign, &m->run->pin, none, m->run->procs);
}
static double others_share(struct pm_machine *m) { return pm_foreign_share(&((struct threads *)m)->foreign); }
static void close_machine(struct pm_machine *m) { free(m); }

struct pm_machine *pm_machine_threads(struct pm_run *run) {
  struct threads *t = calloc(1, sizeof *t);
  if (!t) return NULL;
  t->machine = (struct pm_machine){.run = run, .kills = false, .now = now, .spawn = spawn, .signal = send, .reap = reap,
                                   .wait = wait_until, .crash = crash, .watch_others = watch_others,
                                   .others_share = others_share, .close = close_machine};
  return &t->machine;
}
