/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The supervisor: single-threaded, one loop around the workers' pidfds and the next thing due.
 *
 * It decides nothing about the result: that lies in the region. It starts, injures, reaps, respawns, and writes down.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/tunables.h"
#include "proc/supervisor.h"

static void start(struct pm_supervisor *s, unsigned place, bool first) {
  struct pm_ward *w = &s->ward[place];
  int error = s->ways->start(s->run, place, first);
  if (error) {
    pm_session_fail(s->run->session, PM_E_MACHINE, "cannot start a worker: %s", strerror(-error));
    return;
  }
  *w = (struct pm_ward){.life = PM_LIFE_RUNNING, .pid = s->run->session->place[place].pid, .pidfd = -1, .entry = -1,
                        .alive_ns = pm_clock_ns()};
  if (s->ways->can_be_killed) w->pidfd = (int)syscall(SYS_pidfd_open, w->pid, 0);
}

/* What the dead worker did since its last account, up to its injury, goes to what it was doing. */
static void account_life(struct pm_supervisor *s, unsigned place, uint64_t now) {
  struct pm_place *p = &s->run->session->place[place];
  struct pm_run_block *b = s->run->block;
  int entry = s->ward[place].entry;
  uint64_t died = entry >= 0 ? b->log[entry].injured_ns : now, since = atomic_load(&p->activity_since_ns);
  uint32_t activity = atomic_load(&p->activity);
  if (activity < PM_DEAD && since) b->tally[place].ns[activity] += pm_session_counted(s->run->session, since, died);
  atomic_store(&p->activity, PM_DEAD);
  atomic_store(&p->activity_since_ns, died);
}

/* Nobody injured it: the watchdog ended it (a log entry of the kind `stop`), or somebody else. So many, and the run is given up. */
static void note_unplanned(struct pm_supervisor *s, unsigned place, int status, uint64_t now) {
  bool stood_still = s->ward[place].stood_still;
  pm_log_add(s, stood_still ? PM_FAULT_STOP : PM_FAULT_KILL, PM_FAULT_UNPLANNED, (int)place, now);
  if (s->run->session->policy == PM_POLICY_NONE) {
    pm_session_fail(s->run->session, PM_E_DIED, "a worker died that nobody injured, and with --capsule none nothing was committed");
    return;
  }
  if (++s->unplanned < PM_UNPLANNED_MAX) return;
  char how[128];
  if (stood_still) snprintf(how, sizeof how, "ended by the watchdog: its beats stood still; give a longer --watchdog, or fewer workers");
  else if (WIFSIGNALED(status)) snprintf(how, sizeof how, "of signal %d", WTERMSIG(status));
  else snprintf(how, sizeof how, "with exit code %d", WEXITSTATUS(status));
  pm_session_fail(s->run->session, PM_E_DIED, "%u workers died that nobody injured, the last %s", s->unplanned, how);
}

static void reaped(struct pm_supervisor *s, unsigned place, int status) {
  struct pm_ward *w = &s->ward[place];
  struct pm_run *run = s->run;
  uint64_t now = pm_clock_ns();
  if (w->pidfd >= 0) close(w->pidfd);
  w->pidfd = -1;
  account_life(s, place, now);
  bool orderly = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (orderly && w->life == PM_LIFE_RUNNING) {
    w->life = pm_run_is_over(s->run) ? PM_LIFE_LEFT : PM_LIFE_DEAD;
    if (w->life == PM_LIFE_LEFT) return;
  }
  bool ours = w->life == PM_LIFE_DYING && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (w->entry >= 0 && ours) pm_log_detected(&run->block->log[w->entry], now);
  if (!ours && !pm_run_is_over(run)) note_unplanned(s, place, status, now);
  w->life = w->hard ? PM_LIFE_GONE : pm_run_is_over(run) ? PM_LIFE_LEFT : PM_LIFE_DEAD;
  w->respawn_ns = now + run->options->respawn_delay_ns;
  pm_session_ring(run->session, UINT32_MAX >> 1);          /* idle workers: there is a slot to adopt */
}

static void reap(struct pm_supervisor *s) {
  for (unsigned p = 0; p < s->run->procs; p++) {
    struct pm_ward *w = &s->ward[p];
    if (w->life != PM_LIFE_RUNNING && w->life != PM_LIFE_DYING && w->life != PM_LIFE_STOPPED) continue;
    int status;
    if (!s->ways->can_be_killed) {
      if (atomic_load(&s->run->session->place[p].pid) == 0 && pm_run_is_over(s->run)) w->life = PM_LIFE_LEFT;
    } else if (waitpid(w->pid, &status, WNOHANG) == w->pid) {
      reaped(s, p, status);
    }
  }
}

static void respawn(struct pm_supervisor *s, uint64_t now) {
  if (pm_run_is_over(s->run)) return;
  for (unsigned p = 0; p < s->run->procs; p++)
    if (s->ward[p].life == PM_LIFE_DEAD && now >= s->ward[p].respawn_ns) start(s, p, !atomic_load(&s->run->session->go));
}

static void tick(struct pm_supervisor *s, uint64_t now) {
  struct pm_run_block *b = s->run->block;
  b->segment_alive_ns = now;
  pm_log_read_events(s);
  if (!pm_run_is_over(s->run)) pm_bins_sample(s, now);
  pm_watch(s, now);
  const struct pm_options *o = s->run->options;
  if (o->timeout_ns && now - s->started_ns > o->timeout_ns && !pm_run_is_over(s->run))
    pm_session_fail(s->run->session, PM_E_TIMEOUT, "the timeout of %g s is over", (double)o->timeout_ns / 1e9);
  s->last_tick_ns = now;
  s->tick_at_ns = now + pm_tick_ns;
}

static void wait_for_something(struct pm_supervisor *s, uint64_t now) {
  struct pollfd fds[PM_SLOTS_MAX];
  nfds_t n = 0;
  uint64_t until = s->tick_at_ns;
  for (unsigned p = 0; p < s->run->procs; p++) {
    const struct pm_ward *w = &s->ward[p];
    if (w->pidfd >= 0) fds[n++] = (struct pollfd){.fd = w->pidfd, .events = POLLIN};
    if (w->life == PM_LIFE_DEAD && w->respawn_ns < until) until = w->respawn_ns;
  }
  const struct pm_run_block *b = s->run->block;
  uint64_t next = pm_faults_next_ns(&s->faults);
  if (b->segment_begin_ns && next != UINT64_MAX) {
    uint64_t at = b->segment_begin_ns + (next > b->live_ns ? next - b->live_ns : 0);
    if (at < until) until = at;
  }
  if (!b->segment_begin_ns && until > now + pm_first_look_ns) until = now + pm_first_look_ns;   /* the first task is about to begin */
  struct timespec t = pm_clock_span(until > now ? until - now : 0);
  ppoll(fds, n, &t, NULL);
}

static bool all_gone(const struct pm_supervisor *s) {
  for (unsigned p = 0; p < s->run->procs; p++) {
    enum pm_life l = s->ward[p].life;
    if (l == PM_LIFE_RUNNING || l == PM_LIFE_DYING || l == PM_LIFE_STOPPED || (l == PM_LIFE_DEAD && !pm_run_is_over(s->run))) return false;
  }
  return s->ways->can_be_killed || atomic_load(&s->run->shared->threads) == 0;
}

static void watch_others(struct pm_supervisor *s) {
  pid_t pids[PM_SLOTS_MAX] = {0};
  for (unsigned p = 0; p < s->run->procs; p++) pids[p] = s->ways->can_be_killed ? s->ward[p].pid : 0;
  pm_foreign_begin(&s->foreign, &s->run->pin, pids, s->run->procs);
}

/* All first workers are ready: from here the run is live. */
static void begin(struct pm_supervisor *s) {
  struct pm_run_block *b = s->run->block;
  struct pm_session *session = s->run->session;
  if (atomic_load(&session->go)) {
    if (!b->segment_begin_ns) b->segment_begin_ns = atomic_load(&session->first_task_ns);
    return;
  }
  for (unsigned p = 0; p < s->run->procs; p++)
    if (!atomic_load(&session->place[p].ready)) return;
  watch_others(s);
  if (s->run->resumed) {
    b->segment_begin_ns = pm_clock_ns();
    atomic_store(&session->first_task_ns, b->segment_begin_ns);
  }
  atomic_store(&session->go, 1);
  pm_session_ring(session, UINT32_MAX >> 1);
}

/* Workers that do not leave when told to (stopped, or in a long leaf) are ended. */
static void hurry(struct pm_supervisor *s, uint64_t *since, uint64_t now) {
  if (!pm_run_is_over(s->run)) return;
  if (!*since) *since = now;
  for (unsigned p = 0; p < s->run->procs; p++) {
    struct pm_ward *w = &s->ward[p];
    bool alive = w->life == PM_LIFE_RUNNING || w->life == PM_LIFE_STOPPED;
    if (alive && s->ways->can_be_killed && (w->life == PM_LIFE_STOPPED || now - *since > pm_leave_ns)) {
      kill(w->pid, SIGKILL);
      w->life = PM_LIFE_DYING;
    }
  }
}

int pm_supervise(struct pm_run *run, const struct pm_workers *ways) {
  struct pm_supervisor *s = calloc(1, sizeof *s);
  if (!s) return -ENOMEM;
  struct pm_run_block *b = run->block;
  s->run = run;
  s->ways = ways;
  s->started_ns = s->last_tick_ns = pm_clock_ns();
  pm_faults_begin(&s->faults, run->options, b->rng, run->fault_base_ns, b->live_ns);
  for (unsigned p = 0; p < run->procs; p++) start(s, p, true);
  uint64_t over_since = 0;
  while (!all_gone(s)) {
    uint64_t now = pm_clock_ns();
    if (now >= s->tick_at_ns) tick(s, now);
    begin(s);
    wait_for_something(s, now);
    reap(s);
    now = pm_clock_ns();
    respawn(s, now);
    struct pm_due due;
    while (b->segment_begin_ns && pm_faults_take(&s->faults, pm_run_clock(s->run, pm_clock_ns()), &due)) pm_injure(s, &due);
    b->rng = s->faults.random.state;
    hurry(s, &over_since, now);
  }
  pm_log_read_events(s);
  uint64_t done = atomic_load(&run->session->done_ns), end = done && pm_run_is_done(run) ? done : pm_clock_ns();
  if (!b->segment_begin_ns) b->segment_begin_ns = atomic_load(&run->session->first_task_ns);
  pm_bins_sample(s, end);
  b->live_ns = pm_run_clock(run, end);
  b->down_ns += atomic_load(&run->session->stopped_ns);
  b->segment_begin_ns = 0;
  run->shared->foreign_cpu = pm_foreign_share(&s->foreign);
  atomic_store(&run->shared->missed, pm_faults_left(&s->faults) + s->missed);
  free(s);
  return 0;
}
