/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A worker as a thread, so that ThreadSanitizer can see the scheduler: the same code, the region mapped once more for each.
 * Its pid is its thread id; it can be injured by `exn` only.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/tunables.h"
#include "proc/run.h"

struct thread_start { struct pm_run *run; unsigned place; bool first; };

static void *thread_main(void *at) {
  struct thread_start t = *(struct thread_start *)at;
  free(at);
  pid_t tid = gettid();
  struct pm_place *place = &t.run->session->place[t.place];
  atomic_store(&place->pid, tid);
  pm_worker_main(t.run, t.place, t.first, &pm_way_timer);
  atomic_store(&place->pid, 0);
  atomic_fetch_sub(&t.run->shared->threads, 1);
  return NULL;
}

static int start(struct pm_run *run, unsigned place, bool first) {
  struct thread_start *t = malloc(sizeof *t);
  if (!t) return -ENOMEM;
  *t = (struct thread_start){run, place, first};
  pthread_attr_t a;
  pthread_attr_init(&a);
  pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&a, PM_THREAD_STACK_BYTES);
  pthread_t thread;
  sigset_t own, before;
  pm_signals_own(&own);
  pthread_sigmask(SIG_BLOCK, &own, &before);
  atomic_fetch_add(&run->shared->threads, 1);
  atomic_store(&run->session->place[place].pid, 0);
  int error = pthread_create(&thread, &a, thread_main, t);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&a);
  if (error) {
    atomic_fetch_sub(&run->shared->threads, 1);
    free(t);
    return -error;
  }
  while (!atomic_load(&run->session->place[place].pid)) sched_yield();      /* an injury is sent to it by that */
  return 0;
}

const struct pm_workers pm_workers_thread = {start, false};
