/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Injuring a worker, as the plan of faults says (proc/fault.c), or all of them and the supervisor at once.
 *
 * The moment is written to the log, and for the victim's accounts, before the signal is sent. The last worker is never taken
 * for good.
 */
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/supervisor.h"

static int choose(struct pm_supervisor *s, int wanted) {
  if (wanted >= 0 && (unsigned)wanted < s->run->procs && s->ward[wanted].life == PM_LIFE_RUNNING) return wanted;
  unsigned live = pm_count_life(s, PM_LIFE_RUNNING);
  if (!live) return -1;
  unsigned k = pm_random_below(&s->faults.random, live);
  for (unsigned p = 0; p < s->run->procs; p++)
    if (s->ward[p].life == PM_LIFE_RUNNING && k-- == 0) return (int)p;
  return -1;
}

/* A seat's holder works until now, or worked until it was injured. */
static uint64_t worked_until(const struct pm_supervisor *s, const struct pm_seat *seat, uint64_t now) {
  uint32_t place = atomic_load(&seat->place);
  const struct pm_ward *w = &s->ward[place];
  return w->life == PM_LIFE_RUNNING && w->pid == atomic_load(&seat->pid) ? now : atomic_load(&s->run->session->place[place].injured_ns);
}

/* What everybody did since their last commits. */
static uint64_t work_at_stake(const struct pm_supervisor *s, uint64_t now) {
  uint64_t ns = 0;
  for (uint32_t k = 0; k < s->run->slots; k++) {
    const struct pm_seat *seat = &s->run->session->seat[k];
    if (atomic_load(&seat->state) != PM_SEAT_HELD || !atomic_load(&seat->busy)) continue;
    uint64_t committed = atomic_load(&seat->committed_at_ns), began = atomic_load(&seat->began_ns);
    uint64_t since = committed > began ? committed : began, until = worked_until(s, seat, now);
    if (until > since) ns += until - since;
  }
  return ns;
}

static void crash(struct pm_supervisor *s) {
  atomic_store(&s->run->shared->crashed, 1);
  s->run->block->segment_alive_ns = pm_clock_ns();
  kill(0, SIGKILL);                     /* the group: every worker, and this process */
  for (;;) pause();
}

static bool send_exn(struct pm_supervisor *s, struct pm_ward *w, uint32_t number) {
  siginfo_t info = {.si_signo = PM_SIGNAL_EXN, .si_code = SI_QUEUE};
  info.si_value.sival_int = (int)number;
  pid_t group = s->ways->can_be_killed ? w->pid : getpid();
  return syscall(SYS_rt_tgsigqueueinfo, group, w->pid, PM_SIGNAL_EXN, &info) == 0;
}

void pm_injure(struct pm_supervisor *s, const struct pm_due *due) {
  struct pm_run_block *b = s->run->block;
  if (pm_run_is_over(s->run)) {
    s->missed += due->listed;
    return;
  }
  int place = choose(s, due->place);
  uint64_t now = pm_clock_ns();
  if (due->kind == PM_FAULT_CRASH) {
    b->faults_done++;
    struct pm_log_entry *e = pm_log_add(s, PM_FAULT_CRASH, PM_FAULT_DONE, -1, now);
    if (e) e->lost_ns = work_at_stake(s, now);
    crash(s);
  }
  unsigned left = s->run->procs - pm_count_life(s, PM_LIFE_GONE);
  for (unsigned p = 0; p < s->run->procs; p++) left -= s->ward[p].hard && s->ward[p].life == PM_LIFE_DYING;
  if (place < 0 || (due->kind == PM_FAULT_HARD && left <= 1)) {
    pm_log_add(s, due->kind, PM_FAULT_SPARED, place, now);
    s->missed += due->listed && place < 0;
    return;
  }
  struct pm_ward *w = &s->ward[place];
  struct pm_log_entry *e = pm_log_add(s, due->kind, PM_FAULT_DONE, place, now);
  w->entry = e ? (int)(e - b->log) : -1;
  atomic_store(&s->run->session->place[place].injured_ns, now);
  s->last_fault_ns = now;
  b->faults_done++;
  switch (due->kind) {
  case PM_FAULT_EXN:
    w->entry = -1;
    if (send_exn(s, w, e ? (uint32_t)(e - b->log) + 1 : 0)) break;
    if (e) e->state = PM_FAULT_SPARED;    /* a thread that is gone */
    b->faults_done--;
    s->missed += due->listed;
    break;
  case PM_FAULT_STOP:
    kill(w->pid, SIGSTOP);
    w->life = PM_LIFE_STOPPED;
    break;
  default:
    w->hard = due->kind == PM_FAULT_HARD;
    kill(w->pid, SIGKILL);
    w->life = PM_LIFE_DYING;
    break;
  }
}
