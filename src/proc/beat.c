/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals of a worker: the beat's timer, injected in-process faults, and real ones. A handler finds its worker through a
 * thread-local pointer, the one place where a signal leaves no other way.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sanitizer.h"
#include "base/tunables.h"
#include "pm/gone.h"
#include "proc/run.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static _Thread_local struct pm_core *self;
static _Thread_local const struct pm_cstack *self_stack;
static _Thread_local timer_t timer;
static _Thread_local bool timer_made;
static _Thread_local void *alternate;   /* a stack for handlers: the task's own may be what is full */

static void on_beat(int signo) {
  (void)signo;
  if (self) pm_core_beat(self);
}

static void on_exn(int signo, siginfo_t *info, void *context) {
  (void)signo, (void)context;
  if (self) pm_core_exn(self, (uint32_t)info->si_value.sival_int);
}

static void on_trap(int signo, siginfo_t *info, void *context) {
  (void)context;
  if (signo == SIGBUS && pm_gone_mend(info->si_addr)) {
    struct pm_error_line e = {0};
    if (!self || !pm_region_check_there(self->region, &e)) return;
    pm_session_fail(self->session, e.code, "%s", e.text);
    if (gettid() == getpid()) _exit(1); /* a thread goes on with zeros until it can leave */
    return;
  }
  if (self) pm_core_trap(self, signo, self_stack && pm_cstack_guards(self_stack, info->si_addr));
  signal(signo, SIG_DFL);               /* not in task code: the process ends of it, which recovery survives */
  raise(signo);
}

void pm_signals_own(sigset_t *set) {
  sigemptyset(set);
  sigaddset(set, PM_SIGNAL_BEAT);
  sigaddset(set, PM_SIGNAL_EXN);
}

/* On a stack of their own: the task's may be what is full. */
static void install_traps(void) {
  static const int traps[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
  alternate = mmap(NULL, PM_ALTERNATE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (alternate == MAP_FAILED) alternate = NULL;
  stack_t stack_of_handlers = {.ss_sp = alternate, .ss_size = PM_ALTERNATE_BYTES};
  if (alternate) sigaltstack(&stack_of_handlers, NULL);
  struct sigaction a = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
  for (size_t i = 0; i < sizeof traps / sizeof *traps; i++) sigaction(traps[i], &a, NULL);
}

void pm_signals_install(struct pm_core *c, const struct pm_cstack *stack) {
  self = c;
  self_stack = stack;
  /* While one of the two is handled both wait: beats that come faster than they are handled would pile up on the stack. An
   * injected fault jumps out of its handler; the jump brings the mask back that pm_core_run began with. */
  struct sigaction a = {.sa_handler = on_beat, .sa_flags = SA_RESTART};
  pm_signals_own(&a.sa_mask);
  sigaction(PM_SIGNAL_BEAT, &a, NULL);
  a = (struct sigaction){.sa_sigaction = on_exn, .sa_flags = SA_SIGINFO | SA_RESTART};
  pm_signals_own(&a.sa_mask);
  sigaction(PM_SIGNAL_EXN, &a, NULL);
  if (!pm_sanitizer_any()) install_traps();
  sigset_t own;
  pm_signals_own(&own);
  pthread_sigmask(SIG_UNBLOCK, &own, NULL);
}

void pm_signals_remove(void) {
  self = NULL;
  self_stack = NULL;
  if (timer_made) timer_delete(timer);
  timer_made = false;
  stack_t none = {.ss_flags = SS_DISABLE};
  if (alternate && !sigaltstack(&none, NULL)) munmap(alternate, PM_ALTERNATE_BYTES);
  alternate = NULL;
}

static void beat_set(struct pm_core *c, uint64_t ns) {
  if (!timer_made) {
    if (!ns) return;
    struct sigevent e = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = PM_SIGNAL_BEAT};
    e.sigev_notify_thread_id = (int)syscall(SYS_gettid);
    if (timer_create(CLOCK_MONOTONIC, &e, &timer)) {
      pm_session_fail(c->session, PM_E_MACHINE, "no timer for a worker's beats: %s; raise the limit of pending signals (ulimit -i)",
                      strerror(errno));
      return;
    }
    timer_made = true;
  }
  /* The first as soon as it is wanted; but were one always there when the last has been handled, no task would get on. */
  uint64_t least = PM_BEAT_PERIOD_TIMES * c->session->beat_signal_ns, period = ns && ns < least ? least : ns;
  struct itimerspec t = {.it_value = pm_clock_span(ns), .it_interval = pm_clock_span(period)};
  timer_settime(timer, 0, &t, NULL);
}

const struct pm_way pm_way_timer = {.beat_set = beat_set};

static _Atomic unsigned cost_beats;
static void on_cost(int signo) { (void)signo; atomic_fetch_add(&cost_beats, 1); }

/* Spins and watches the clock: the gap in which a beat arrived, less an ordinary one, is what the beat took. The median. */
uint64_t pm_beat_cost_ns(void) {
  uint64_t gap[PM_BEAT_SAMPLES];
  struct sigaction a = {.sa_handler = on_cost}, old;
  sigset_t set, old_set;
  sigemptyset(&set);
  sigaddset(&set, PM_SIGNAL_BEAT);
  sigaction(PM_SIGNAL_BEAT, &a, &old);
  pthread_sigmask(SIG_UNBLOCK, &set, &old_set);
  struct sigevent e = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = PM_SIGNAL_BEAT};
  e.sigev_notify_thread_id = (int)syscall(SYS_gettid);
  timer_t t;
  unsigned n = 0;
  if (!timer_create(CLOCK_MONOTONIC, &e, &t)) {
    struct itimerspec period = {.it_value = pm_clock_span(pm_beat_sample_ns), .it_interval = pm_clock_span(pm_beat_sample_ns)};
    timer_settime(t, 0, &period, NULL);
    uint64_t before = pm_clock_ns(), until = before + pm_beat_samples_most_ns;
    for (unsigned seen = atomic_load(&cost_beats); n < PM_BEAT_SAMPLES && before < until;) {
      uint64_t now = pm_clock_ns();
      if (atomic_load(&cost_beats) != seen) gap[n++] = (now = pm_clock_ns()) - before;  /* it may have come after the first look */
      seen = atomic_load(&cost_beats);
      before = now;
    }
    timer_delete(t);
  }
  sigaction(PM_SIGNAL_BEAT, &old, NULL);
  pthread_sigmask(SIG_SETMASK, &old_set, NULL);
  if (!n) return pm_beat_signal_guess_ns;
  for (unsigned i = 1; i < n; i++)
    for (unsigned k = i; k && gap[k - 1] > gap[k]; k--) { uint64_t x = gap[k]; gap[k] = gap[k - 1]; gap[k - 1] = x; }
  return gap[n / 2];
}
