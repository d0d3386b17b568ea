/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The supervisor: single-threaded, one loop around the workers' pidfds and the next thing due.
 *
 *   a place:  EMPTY -> RUNNING -> DYING (injured by us) -> DEAD -> RUNNING (respawned)
 *                              -> STOPPED (SIGSTOP) -> DYING (watchdog)
 *                              -> GONE (hard fault), LEFT (in order, the run being over)
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
#include "proc/fault.h"
#include "proc/foreign.h"
#include "proc/run.h"

enum life { EMPTY, RUNNING, DYING, STOPPED, DEAD, GONE, LEFT };
enum { UNPLANNED_MAX = 20, STARVED = 30 };
static const uint64_t tick_ns = 10000000;

struct ward {                           /* what the supervisor knows of a place */
  enum life life;
  pid_t pid;
  int pidfd;
  bool hard;
  int entry;                            /* in the log, of the injury under way; -1 none */
  uint64_t respawn_ns, beats, alive_ns;
};
struct supervisor {
  struct pm_run *run;
  const struct pm_workers *ways;
  struct pm_faults faults;
  struct pm_foreign foreign;
  struct ward ward[PM_SLOTS_MAX];
  uint64_t tick_at_ns, last_tick_ns, events_seen, exns, started_ns, last_fault_ns;
  unsigned unplanned, missed;           /* missed: listed faults that came too late */
};

static bool is_done(const struct supervisor *s) {
  uint64_t word = atomic_load(&pm_join_at(s->run->region.header, PM_JOIN_ROOT)->word);
  return pm_word_state(word) == PM_JOIN_DONE;
}
static bool is_over(const struct supervisor *s) { return is_done(s) || atomic_load(&s->run->session->stop); }

/* The run's own clock: live time since the first task began, over all sessions. */
static uint64_t run_clock(const struct supervisor *s, uint64_t now) {
  const struct pm_run_block *b = s->run->block;
  return b->live_ns + (b->segment_begin_ns && now > b->segment_begin_ns ? now - b->segment_begin_ns : 0);
}

static void start(struct supervisor *s, unsigned place, bool first) {
  struct ward *w = &s->ward[place];
  int error = s->ways->start(s->run, place, first);
  if (error) {
    pm_session_fail(s->run->session, PM_E_MACHINE, "cannot start a worker: %s", strerror(-error));
    return;
  }
  *w = (struct ward){.life = RUNNING, .pid = s->run->session->place[place].pid, .pidfd = -1, .entry = -1,
                     .alive_ns = pm_clock_ns()};
  if (s->ways->can_be_killed) w->pidfd = (int)syscall(SYS_pidfd_open, w->pid, 0);
}

/* ---- injuries ---------------------------------------------------------------------------------------------------------------- */

static struct pm_log_entry *log_add(struct supervisor *s, enum pm_fault_kind kind, enum pm_fault_state state, int place,
                                    uint64_t now) {
  struct pm_run_block *b = s->run->block;
  if (b->log_count == PM_LOG_MAX) return NULL;
  struct pm_log_entry *e = &b->log[b->log_count];
  *e = (struct pm_log_entry){.kind = kind, .state = state, .place = place, .slot = -1, .taken_by = -1,
                             .when_ns = run_clock(s, now), .injured_ns = now};
  if (place >= 0) {
    e->pid = s->ward[place].pid;
    e->slot = (int)atomic_load(&s->run->session->place[place].slot);
  }
  b->log_count++;
  return e;
}

static unsigned count(const struct supervisor *s, enum life life) {
  unsigned n = 0;
  for (unsigned p = 0; p < s->run->procs; p++) n += s->ward[p].life == life;
  return n;
}

static int choose(struct supervisor *s, int wanted) {
  if (wanted >= 0 && (unsigned)wanted < s->run->procs && s->ward[wanted].life == RUNNING) return wanted;
  unsigned live = count(s, RUNNING);
  if (!live) return -1;
  unsigned k = pm_random_below(&s->faults.random, live);
  for (unsigned p = 0; p < s->run->procs; p++)
    if (s->ward[p].life == RUNNING && k-- == 0) return (int)p;
  return -1;
}

/* What everybody did since their last commits. */
static uint64_t work_at_stake(const struct supervisor *s, uint64_t now) {
  uint64_t ns = 0;
  for (uint32_t k = 0; k < s->run->slots; k++) {
    const struct pm_seat *seat = &s->run->session->seat[k];
    uint64_t committed = atomic_load(&seat->committed_at_ns), began = atomic_load(&seat->began_ns);
    uint64_t since = committed > began ? committed : began;
    if (atomic_load(&seat->state) == PM_SEAT_HELD && atomic_load(&seat->busy) && now > since) ns += now - since;
  }
  return ns;
}

static void crash(struct supervisor *s) {
  atomic_store(&s->run->shared->crashed, 1);
  s->run->block->segment_alive_ns = pm_clock_ns();
  kill(0, SIGKILL);                     /* the group: every worker, and this process */
  for (;;) pause();
}

static void send_exn(struct supervisor *s, struct ward *w, uint32_t number) {
  (void)s;
  siginfo_t info = {.si_signo = PM_SIGNAL_EXN, .si_code = SI_QUEUE};
  info.si_value.sival_int = (int)number;
  pid_t group = s->ways->can_be_killed ? w->pid : getpid();
  syscall(SYS_rt_tgsigqueueinfo, group, w->pid, PM_SIGNAL_EXN, &info);
}

static void injure(struct supervisor *s, const struct pm_due *due) {
  struct pm_run_block *b = s->run->block;
  if (is_over(s)) {
    s->missed += due->listed;
    return;
  }
  int place = choose(s, due->place);
  uint64_t now = pm_clock_ns();
  if (due->kind == PM_FAULT_CRASH) {
    b->faults_done++;
    struct pm_log_entry *e = log_add(s, PM_FAULT_CRASH, PM_FAULT_DONE, -1, now);
    if (e) e->lost_ns = work_at_stake(s, now);
    crash(s);
  }
  unsigned left = s->run->procs - count(s, GONE);
  for (unsigned p = 0; p < s->run->procs; p++) left -= s->ward[p].hard && s->ward[p].life == DYING;
  if (place < 0 || (due->kind == PM_FAULT_HARD && left <= 1)) {
    log_add(s, due->kind, PM_FAULT_SPARED, place, now);
    return;
  }
  struct ward *w = &s->ward[place];
  struct pm_log_entry *e = log_add(s, due->kind, PM_FAULT_DONE, place, now);
  w->entry = e ? (int)(e - b->log) : -1;
  atomic_store(&s->run->session->place[place].injured_ns, now);
  s->last_fault_ns = now;
  b->faults_done++;
  switch (due->kind) {
  case PM_FAULT_EXN:
    send_exn(s, w, e ? (uint32_t)(e - b->log) + 1 : 0);
    w->entry = -1;
    break;
  case PM_FAULT_STOP:
    kill(w->pid, SIGSTOP);
    w->life = STOPPED;
    break;
  default:
    w->hard = due->kind == PM_FAULT_HARD;
    kill(w->pid, SIGKILL);
    w->life = DYING;
    break;
  }
}

/* ---- what became of them ------------------------------------------------------------------------------------------------------- */

static void note_detected(struct pm_log_entry *e, uint64_t at) {
  uint64_t after = at > e->injured_ns ? at - e->injured_ns : 1;
  if (!e->detected_ns || after < e->detected_ns) e->detected_ns = after;
}

static struct pm_log_entry *entry_of(struct supervisor *s, const struct pm_event *v) {
  struct pm_run_block *b = s->run->block;
  if (v->exn) return v->exn <= b->log_count ? &b->log[v->exn - 1] : NULL;
  for (uint64_t i = b->log_count; i-- > 0 && i + PM_EVENTS > b->log_count;)
    if (b->log[i].pid == v->victim_pid && b->log[i].kind != PM_FAULT_EXN) return &b->log[i];
  return NULL;
}

/* Events are told as they happen and completed later, so the latest few are read at every tick. */
static void read_events(struct supervisor *s) {
  struct pm_session *session = s->run->session;
  uint64_t top = atomic_load(&session->event_top), from = top > PM_EVENTS ? top - PM_EVENTS : 0;
  for (uint64_t i = from; i < top; i++) {
    struct pm_event *v = &session->event[i % PM_EVENTS];
    if (!atomic_load_explicit(&v->ready, memory_order_acquire)) continue;
    struct pm_log_entry *e = entry_of(s, v);
    if (!e) continue;
    note_detected(e, v->detected_ns);
    e->taken_by = (int32_t)v->place;
    e->slot = (int32_t)v->slot;
    if (!v->busy && e->state == PM_FAULT_DONE) e->state = PM_FAULT_IDLE_VICTIM;
    if (v->busy && e->injured_ns > v->committed_at_ns) e->lost_ns = e->injured_ns - v->committed_at_ns;
    uint64_t running = atomic_load(&v->running_ns), caught = atomic_load(&v->caught_up_ns);
    if (running > e->injured_ns) e->running_ns = running - e->injured_ns;
    if (caught > e->injured_ns) e->caught_up_ns = caught - e->injured_ns;
  }
}

/* What the dead worker did since its last account, up to its injury, goes to what it was doing. */
static void account_life(struct supervisor *s, unsigned place, uint64_t now) {
  struct pm_place *p = &s->run->session->place[place];
  struct pm_run_block *b = s->run->block;
  int entry = s->ward[place].entry;
  uint64_t died = entry >= 0 ? b->log[entry].injured_ns : now, since = atomic_load(&p->activity_since_ns);
  uint32_t activity = atomic_load(&p->activity);
  if (activity < PM_DEAD && since && died > since) b->tally[place].ns[activity] += died - since;
  atomic_store(&p->activity, PM_DEAD);
  atomic_store(&p->activity_since_ns, died);
}

static void reaped(struct supervisor *s, unsigned place, int status) {
  struct ward *w = &s->ward[place];
  struct pm_run *run = s->run;
  uint64_t now = pm_clock_ns();
  if (w->pidfd >= 0) close(w->pidfd);
  w->pidfd = -1;
  account_life(s, place, now);
  bool orderly = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (orderly && w->life == RUNNING) {
    w->life = is_over(s) ? LEFT : DEAD;
    if (w->life == LEFT) return;
  }
  bool ours = w->life == DYING && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (w->entry >= 0 && ours) note_detected(&run->block->log[w->entry], now);
  if (!ours && !is_over(s)) {
    log_add(s, PM_FAULT_KILL, PM_FAULT_UNPLANNED, (int)place, now);
    if (++s->unplanned >= UNPLANNED_MAX)
      pm_session_fail(run->session, PM_E_DIED, "%u workers died that nobody injured, the last of %s %d", s->unplanned,
                      WIFSIGNALED(status) ? "signal" : "exit code", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  }
  w->life = w->hard ? GONE : DEAD;
  w->respawn_ns = now + run->options->respawn_delay_ns;
  pm_session_ring(run->session, UINT32_MAX >> 1);          /* idle workers: there is a slot to adopt */
}

static void reap(struct supervisor *s) {
  for (unsigned p = 0; p < s->run->procs; p++) {
    struct ward *w = &s->ward[p];
    if (w->life != RUNNING && w->life != DYING && w->life != STOPPED) continue;
    int status;
    if (!s->ways->can_be_killed) {
      if (atomic_load(&s->run->session->place[p].pid) == 0 && is_over(s)) w->life = LEFT;
    } else if (waitpid(w->pid, &status, WNOHANG) == w->pid) {
      reaped(s, p, status);
    }
  }
}

static void respawn(struct supervisor *s, uint64_t now) {
  if (is_over(s)) return;
  for (unsigned p = 0; p < s->run->procs; p++)
    if (s->ward[p].life == DEAD && now >= s->ward[p].respawn_ns) start(s, p, false);
}

/* ---- watching -------------------------------------------------------------------------------------------------------------------- */

static uint64_t watchdog_ns(const struct pm_options *o) { return o->watchdog_ns ? o->watchdog_ns : 1000000000; }

/* Stopped by a signal, as the kernel sees it; false also where it cannot be told. */
static bool is_stopped(pid_t pid) {
  char path[64], text[512] = "";
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  FILE *file = fopen(path, "re");
  size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
  if (file) fclose(file);
  text[n] = 0;
  const char *name_end = strrchr(text, ')');
  return name_end && name_end[1] == ' ' && (name_end[2] == 'T' || name_end[2] == 't');
}

/* A worker whose beats stand still is killed: soon if it is stopped, and much later if not, for then it may be that it gets
 * no core - more workers than cores, or others at work. After a gap in its own time (the whole job was stopped and went on) it gives
 * everybody a new chance. */
static void watch(struct supervisor *s, uint64_t now) {
  uint64_t patience = watchdog_ns(s->run->options);
  bool gap = now > s->last_tick_ns + 20 * tick_ns;
  for (unsigned p = 0; p < s->run->procs; p++) {
    struct ward *w = &s->ward[p];
    if (w->life != RUNNING && w->life != STOPPED) continue;
    uint64_t beats = atomic_load(&s->run->session->place[p].beats);
    if (beats != w->beats || gap) {
      w->beats = beats;
      w->alive_ns = now;
    } else if (now - w->alive_ns > patience && s->run->session->policy != PM_POLICY_NONE && s->ways->can_be_killed &&
               (is_stopped(w->pid) || (beats && now - w->alive_ns > STARVED * patience))) {
      kill(w->pid, SIGKILL);
      if (w->life == STOPPED) w->life = DYING;
    }
  }
}

static void check_stuck(struct supervisor *s, uint64_t now) {
  struct pm_session *session = s->run->session;
  uint64_t commit = atomic_load(&session->last_commit_ns);
  if (!s->last_fault_ns || !s->faults.count) return;
  if (commit < s->started_ns) commit = s->started_ns;
  /* Nobody commits while everybody waits to be respawned or for the watchdog. */
  const struct pm_options *o = s->run->options;
  uint64_t patience = 10 * session->beat_ns + 1000000000 + 2 * o->respawn_delay_ns;
  for (unsigned i = 0; i < o->fault_count; i++)
    if (o->faults[i].kind == PM_FAULT_STOP) patience += watchdog_ns(o);
  if (s->last_fault_ns > commit && now > commit + patience)
    pm_session_fail(session, PM_E_STUCK, "faults outrun the beats: no commit for %.1f s; use a lower rate of faults, a "
                    "shorter beat (--capsule beat=500us), or a smaller leaf%s", (double)(now - commit) / 1e9,
                    o->respawn_delay_ns ? ", or a shorter --respawn-delay" : "");
}

static void sample(struct supervisor *s, uint64_t now) {
  struct pm_run_block *b = s->run->block;
  if (!b->bin_ns || !b->segment_begin_ns) return;
  struct pm_bin total = {.faults = b->faults_done, .live = count(s, RUNNING)};
  for (unsigned p = 0; p < s->run->slots; p++) {
    total.steals += b->tally[p].count[PM_N_STEALS];
    total.commits += b->tally[p].count[PM_N_COMMITS];
  }
  uint64_t at = run_clock(s, now) / b->bin_ns;
  while (at >= PM_BINS) {
    for (unsigned i = 0; i < PM_BINS / 2; i++) {
      b->bin[i] = b->bin[2 * i + 1];
      if (b->bin[2 * i].live < b->bin[i].live) b->bin[i].live = b->bin[2 * i].live;
    }
    b->bin_count = PM_BINS / 2;
    b->bin_ns *= 2;
    at = run_clock(s, now) / b->bin_ns;
  }
  for (; b->bin_count < at; b->bin_count++) b->bin[b->bin_count] = total;
  if (b->bin_count == at) b->bin[b->bin_count++] = total;
  else if (b->bin[at].live < total.live) total.live = b->bin[at].live;
  b->bin[at] = total;
}

static void tick(struct supervisor *s, uint64_t now) {
  struct pm_run_block *b = s->run->block;
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  b->segment_alive_ns = now;
  b->segment_alive_real_ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
  read_events(s);
  sample(s, now);
  watch(s, now);
  check_stuck(s, now);
  const struct pm_options *o = s->run->options;
  if (o->timeout_ns && now - s->started_ns > o->timeout_ns && !is_over(s))
    pm_session_fail(s->run->session, PM_E_INTERRUPTED, "the timeout of %g s is over", (double)o->timeout_ns / 1e9);
  s->last_tick_ns = now;
  s->tick_at_ns = now + tick_ns;
}

static void wait_for_something(struct supervisor *s, uint64_t now) {
  struct pollfd fds[PM_SLOTS_MAX];
  nfds_t n = 0;
  uint64_t until = s->tick_at_ns;
  for (unsigned p = 0; p < s->run->procs; p++) {
    const struct ward *w = &s->ward[p];
    if (w->pidfd >= 0) fds[n++] = (struct pollfd){.fd = w->pidfd, .events = POLLIN};
    if (w->life == DEAD && w->respawn_ns < until) until = w->respawn_ns;
  }
  const struct pm_run_block *b = s->run->block;
  uint64_t next = pm_faults_next_ns(&s->faults);
  if (b->segment_begin_ns && next != UINT64_MAX) {
    uint64_t at = b->segment_begin_ns + (next > b->live_ns ? next - b->live_ns : 0);
    if (at < until) until = at;
  }
  if (!b->segment_begin_ns && until > now + 500000) until = now + 500000;   /* the first task is about to begin */
  struct timespec t = pm_clock_span(until > now ? until - now : 0);
  ppoll(fds, n, &t, NULL);
}

static bool all_gone(const struct supervisor *s) {
  for (unsigned p = 0; p < s->run->procs; p++) {
    enum life l = s->ward[p].life;
    if (l == RUNNING || l == DYING || l == STOPPED || (l == DEAD && !is_over(s))) return false;
  }
  return s->ways->can_be_killed || atomic_load(&s->run->shared->threads) == 0;
}

static void watch_others(struct supervisor *s) {
  pid_t pids[PM_SLOTS_MAX] = {0};
  for (unsigned p = 0; p < s->run->procs; p++) pids[p] = s->ways->can_be_killed ? s->ward[p].pid : 0;
  pm_foreign_begin(&s->foreign, &s->run->pin, pids, s->run->procs);
}

/* All first workers are ready: from here the run is live. */
static void begin(struct supervisor *s) {
  struct pm_run_block *b = s->run->block;
  struct pm_session *session = s->run->session;
  if (atomic_load(&session->go)) {
    if (!b->segment_begin_ns) b->segment_begin_ns = atomic_load(&session->first_task_ns);
    return;
  }
  if (atomic_load(&session->ready) < s->run->procs) return;
  watch_others(s);
  if (s->run->resumed) b->segment_begin_ns = pm_clock_ns();
  atomic_store(&session->go, 1);
  pm_session_ring(session, UINT32_MAX >> 1);
}

/* Workers that do not leave when told to (stopped, or in a long leaf) are ended. */
static void hurry(struct supervisor *s, uint64_t *since, uint64_t now) {
  if (!is_over(s)) return;
  if (!*since) *since = now;
  for (unsigned p = 0; p < s->run->procs; p++) {
    struct ward *w = &s->ward[p];
    bool alive = w->life == RUNNING || w->life == STOPPED;
    if (alive && s->ways->can_be_killed && (w->life == STOPPED || now - *since > 300000000)) {
      kill(w->pid, SIGKILL);
      w->life = DYING;
    }
  }
}

int pm_supervise(struct pm_run *run, const struct pm_workers *ways) {
  struct supervisor *s = calloc(1, sizeof *s);
  if (!s) return -ENOMEM;
  struct pm_run_block *b = run->block;
  s->run = run;
  s->ways = ways;
  s->started_ns = s->last_tick_ns = pm_clock_ns();
  pm_faults_begin(&s->faults, run->options, b->rng, b->live_ns);
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
    while (b->segment_begin_ns && pm_faults_take(&s->faults, run_clock(s, pm_clock_ns()), &due)) injure(s, &due);
    b->rng = s->faults.random.state;
    hurry(s, &over_since, now);
  }
  read_events(s);
  uint64_t done = atomic_load(&run->session->done_ns), end = done && is_done(s) ? done : pm_clock_ns();
  sample(s, end);
  if (!b->segment_begin_ns) b->segment_begin_ns = atomic_load(&run->session->first_task_ns);
  b->live_ns = run_clock(s, end);
  b->segment_begin_ns = 0;
  run->shared->foreign_cpu = pm_foreign_share(&s->foreign);
  atomic_store(&run->shared->missed, pm_faults_left(&s->faults) + s->missed);
  free(s);
  return 0;
}
