/* SPDX-License-Identifier: BSD-3-Clause */
#include "sched/session.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"

static size_t session_bytes(uint32_t slots) {
  return sizeof(struct pm_session) + slots * sizeof(struct pm_seat);
}

static void lock_init(pthread_mutex_t *lock) {
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(lock, &a);
  pthread_mutexattr_destroy(&a);
}

static int try_lock(pthread_mutex_t *lock) {
  lock_init(lock);
  sigset_t all, before;                 /* a handler of the program's is not to run in the child */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t child = fork();
  if (!child) {
    pthread_mutex_lock(lock);
    _exit(0);
  }
  int error = child < 0 ? -errno : 0;
  while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error) return error;
  return pthread_mutex_trylock(lock) == EOWNERDEAD ? 0 : -EOWNERDEAD;
}

int pm_seat_locks_tried(void) {
  static _Atomic int known;             /* 0 not yet, 1 they work, else the error */
  int error = atomic_load(&known);
  if (error) return error == 1 ? 0 : error;
  pthread_mutex_t *lock = mmap(NULL, sizeof *lock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (lock == MAP_FAILED) return -errno;
  error = try_lock(lock);
  munmap(lock, sizeof *lock);
  if (!error || error == -EOWNERDEAD) atomic_store(&known, error ? error : 1);
  return error;
}

struct pm_session *pm_session_create(uint32_t slots) {
  struct pm_session *s = mmap(NULL, session_bytes(slots), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (s == MAP_FAILED) return NULL;
  s->slots = slots;
  for (uint32_t k = 0; k < slots; k++) {
    lock_init(&s->seat[k].lock);
    atomic_init(&s->seat[k].state, PM_SEAT_FRESH);
    atomic_init(&s->seat[k].trying, PM_TRYING_UNKNOWN);
  }
  return s;
}

void pm_session_destroy(struct pm_session *s) { munmap(s, session_bytes(s->slots)); }

void pm_session_fail(struct pm_session *s, int code, const char *format, ...) {
  uint32_t none = 0;
  if (atomic_compare_exchange_strong(&s->error_state, &none, 1)) {
    va_list list;
    va_start(list, format);
    vsnprintf(s->error.text, sizeof s->error.text, format, list);
    va_end(list);
    s->error.code = code;
    atomic_store(&s->error_state, 2);
  }
  pm_session_stop(s);
}

void pm_session_stop(struct pm_session *s) {
  atomic_store(&s->stop, 1);
  for (uint32_t k = 0; k < s->slots; k++) {
    atomic_fetch_or(&s->seat[k].wants, PM_WANT_LEAVE);
    atomic_store(&s->seat[k].worker.limit, NULL);
  }
  pm_session_ring(s, INT_MAX);
}

void pm_session_ring(struct pm_session *s, uint32_t count) {
  atomic_fetch_add(&s->bell, 1);
  if (atomic_load(&s->parked)) syscall(SYS_futex, &s->bell, FUTEX_WAKE, count, NULL, NULL, 0);
}

void pm_session_park(struct pm_session *s, uint32_t seen, uint64_t ns) {
  struct timespec t = pm_clock_span(ns);
  atomic_fetch_add(&s->parked, 1);
  syscall(SYS_futex, &s->bell, FUTEX_WAIT, seen, &t, NULL, 0);
  atomic_fetch_sub(&s->parked, 1);
}

int pm_seat_trylock(struct pm_seat *seat) {
  int error = pthread_mutex_trylock(&seat->lock);
#ifdef PM_POINTS
  if (!error && seat->died) {
    seat->died = false;
    return 1;
  }
#endif
  if (!error) return 0;
  if (error != EOWNERDEAD) return -1;
  pthread_mutex_consistent(&seat->lock);
  return 1;
}

void pm_seat_unlock(struct pm_seat *seat) { PM_CHECK(!pthread_mutex_unlock(&seat->lock)); }
