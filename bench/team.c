/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Processes of one benchmark. They die with the process that made them, and it ends those it still has when a signal waits or
 * when one of them has died. Waiting is done on the word itself, with the core given away after a while: there may be fewer cores
 * than processes.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench.h"

enum { SPINS = 2000 };
static const uint64_t net_ns = UINT64_C(60000000000);   /* a safety net: far more than any benchmark takes */

void *bench_shared(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

void bench_unshare(void *memory, size_t bytes) { munmap(memory, bytes); }

static void wait_a_little(unsigned *spins) {
  if (++*spins >= SPINS) sched_yield();
#if defined(__x86_64__)
  else __builtin_ia32_pause();
#endif
}

bool bench_barrier_wait(struct bench_barrier *t) {
  uint32_t generation = atomic_load(&t->generation);
  if (atomic_fetch_add(&t->arrived, 1) + 1 == t->procs) {
    atomic_store(&t->arrived, 0);
    atomic_fetch_add(&t->generation, 1);
  }
  for (unsigned spins = 0; atomic_load(&t->generation) == generation && !atomic_load(&t->stop);) wait_a_little(&spins);
  return !atomic_load(&t->stop);
}

static pid_t start(struct bench *b, unsigned place) {
  pid_t parent = getpid(), pid = fork();
  if (pid) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  pm_pin_bind(&b->pin, place % BENCH_PROCS_MAX);
  return 0;
}

static int cannot_fork(struct bench *b) { return pm_error_set(&b->error, PM_E_MACHINE, "cannot fork: %s", strerror(errno)); }

/* Reaps until none is left. The first that dies, and a signal that waits, end the others. */
static int reap(struct bench *b, struct bench_barrier *t, pid_t *pids, unsigned procs) {
  uint64_t until = pm_clock_ns() + net_ns;
  struct timespec pause = pm_clock_span(2000000);
  int code = 0;
  for (unsigned left = procs; left;) {
    for (unsigned p = 0; p < procs; p++) {
      int status;
      if (pids[p] <= 0 || waitpid(pids[p], &status, WNOHANG) != pids[p]) continue;
      pids[p] = 0;
      left--;
      if (WIFSIGNALED(status) && !atomic_load(&t->stop))
        code = pm_error_set(&b->error, PM_E_DIED, "a process of the benchmark died of signal %d", WTERMSIG(status));
    }
    bool late = pm_clock_ns() > until;
    if (late) code = pm_error_set(&b->error, PM_E_TIMEOUT, "the benchmark's processes did not end within a minute");
    if (code || bench_stopped(b)) {
      atomic_store(&t->stop, 1);
      for (unsigned p = 0; p < procs; p++)
        if (pids[p] > 0) kill(pids[p], SIGKILL);
    }
    if (left) nanosleep(&pause, NULL);
  }
  return code;
}

int bench_team(struct bench *b, unsigned procs, bench_member_fn *member, void *context) {
  pid_t pids[BENCH_PROCS_MAX] = {0};
  struct bench_barrier *t = bench_shared(sizeof *t);
  if (!t) return pm_error_set(&b->error, PM_E_MACHINE, "no memory for %u processes", procs);
  t->procs = procs;
  unsigned started = 0;
  int code = 0;
  fflush(NULL);                           /* nothing that a child could write once more */
  for (; started < procs && !code; started++) {
    pids[started] = start(b, started);
    if (pids[started] < 0) {
      code = cannot_fork(b);
      atomic_store(&t->stop, 1);
    } else if (!pids[started]) {
      if (bench_barrier_wait(t)) member(context, t, started);
      _exit(0);
    }
  }
  int reaped = reap(b, t, pids, code ? started - 1 : started);
  bench_unshare(t, sizeof *t);
  return code ? code : reaped;
}

unsigned bench_next_procs(const struct bench *b, unsigned procs) {
  unsigned next = procs < 4 ? procs + 1 : 2 * procs;
  if (next > b->procs && procs < b->procs) next = b->procs;
  return next <= b->procs ? next : 0;
}

/* ---- a helper on the second core ------------------------------------------------------------------------------------------ */

struct helper_shared { _Alignas(64) _Atomic uint64_t asked; _Alignas(64) _Atomic uint64_t done; };

int bench_helper_open(struct bench *b, struct bench_helper *h, void (*work)(void *context), void *context) {
  *h = (struct bench_helper){.shared = bench_shared(sizeof *h->shared)};
  if (!h->shared) return pm_error_set(&b->error, PM_E_MACHINE, "no memory for a helper");
  fflush(NULL);
  h->pid = start(b, 1);
  if (h->pid < 0) {
    bench_helper_close(h);
    return cannot_fork(b);
  }
  if (h->pid) return 0;
  for (uint64_t done = 0;; done++) {
    for (unsigned spins = 0; atomic_load(&h->shared->asked) == done;) wait_a_little(&spins);
    work(context);
    atomic_store(&h->shared->done, done + 1);
  }
}

bool bench_helper_do(struct bench *b, struct bench_helper *h) {
  uint64_t number = atomic_fetch_add(&h->shared->asked, 1) + 1, until = pm_clock_ns() + net_ns;
  for (unsigned spins = 0; atomic_load(&h->shared->done) != number;) {
    wait_a_little(&spins);
    if (spins % SPINS) continue;
    if (waitpid(h->pid, NULL, WNOHANG) == h->pid) h->pid = 0;
    if (!h->pid || bench_stopped(b) || pm_clock_ns() > until) return false;
  }
  return true;
}

void bench_helper_close(struct bench_helper *h) {
  if (h->pid > 0) {
    kill(h->pid, SIGKILL);
    waitpid(h->pid, NULL, 0);
  }
  if (h->shared) bench_unshare(h->shared, sizeof *h->shared);
  *h = (struct bench_helper){0};
}
