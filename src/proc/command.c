/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the command does while a run lasts: sessions, one after the other, until the run is over or cannot go on.
 *
 * A session is one supervisor's life. Its number is counted up in the region's header under the exclusive lock; the lock is
 * then turned into a shared one, which every worker holds too, on an open file of its own. A worker that gets its lock late,
 * after another session began, sees the wrong number and leaves.
 *
 * A lock is not turned into another in one step: the kernel gives up the old one first. So whoever turns one looks at the number
 * again under the new one, and if somebody else has begun a session in between, that one has the region (PM_E_TAKEN):
 *
 *   exclusive -> shared     as a session begins        both may hold the shared lock now; the number says whose session it is,
 *                                                      and only the other one's workers stay
 *   shared -> exclusive     between two sessions       the other is at work (the lock cannot be had), has finished the run, or
 *                           (auto_resume)              has left it unfinished: then this command goes on with it
 *   shared -> exclusive     before the file is         nobody begins a session with a finished region; but it may be overwritten,
 *                           removed                    and then it is not removed (pm_region_is_ours)
 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/tunables.h"
#include "proc/machine.h"
#include "proc/run.h"

/* It is in other hands. */
static int taken(struct pm_run *run, const char *what) {
  run->error.code = 0;
  return pm_error_set(&run->error, PM_E_TAKEN, "%s: another command (process %d) resumed it between two sessions of this run, and %s",
                      run->region.path, run->block->command_pid, what);
}

static int share(struct pm_run *run) {
  int error = pm_region_lock(&run->region, LOCK_SH, &run->error);
  bool ours = pm_region_is_ours(&run->region);
  if (ours) return error;
  return taken(run, "is at work on it");
}

/* After a crash, for another session: what the region is may have changed while nobody had the lock. */
static int retake(struct pm_run *run) {
  struct pm_region *r = &run->region;
  int error = pm_file_lock(r->fd, LOCK_EX);
  if (error && error != -EWOULDBLOCK && error != -EINTR) return pm_region_lock_failed(r->path, error, &run->error);
  if (memcmp(r->header->id, r->id, sizeof r->id)) {
    return pm_error_set(&run->error, PM_E_TAKEN, "%s: another run has overwritten it between two sessions of this one", r->path);
  }
  bool others = !pm_region_is_ours(r) || run->block->command_pid != getpid();
  if (error) return others ? taken(run, "is at work on it") : pm_region_lock_failed(r->path, error, &run->error);
  if (r->header->state == PM_REGION_FINISHED) return taken(run, "has finished it: it has the result");
  r->session = r->header->session;      /* another's may have come to nothing since */
  return 0;
}

static int session_open(struct pm_run *run) {
  struct pm_session *s = run->session = pm_session_create(run->slots);
  if (!s) return pm_error_set(&run->error, PM_E_MACHINE, "no memory for %u seats", run->slots);
  struct pm_region_header *h = run->region.header;
  struct pm_run_block *b = run->block;
  s->policy = (enum pm_policy)h->policy;
  s->number = run->region.session = pm_run_begin_session(run);
  s->fresh = s->number == 1;            /* not by b->sessions, which a power failure may take back */
  b->procs = run->procs;
  if (run->procs > b->procs_most) b->procs_most = run->procs;
  for (unsigned p = 0; p < PM_SLOTS_MAX; p++) atomic_store(&s->place[p].slot, PM_SLOTS_MAX);
  pm_pin_near(&run->pin, s, run->procs);
  if (s->policy == PM_POLICY_BEAT) s->beat_signal_ns = pm_beat_cost_ns();
  if (!b->beats_fixed && s->policy == PM_POLICY_BEAT) {
    double rate = 0;
    for (unsigned i = 0; i < run->options->fault_count; i++) rate += run->options->faults[i].rate_hz;
    s->beat_max_ns = pm_beat_most_ns;
    if (rate > 0) {
      double cost = (double)(s->beat_signal_ns + pm_commit_guess_ns), bound = sqrt(2 * cost * 1e9 / (rate / run->procs));
      if (bound < (double)s->beat_max_ns) s->beat_max_ns = (uint64_t)bound;
    }
    b->beat_ns = PM_BEAT_TIMES * (s->beat_signal_ns + pm_commit_guess_ns);
    if (b->beat_ns > s->beat_max_ns) b->beat_ns = s->beat_max_ns;
  }
  s->beat_ns = b->beat_ns;
  pm_run_save(run);
  return share(run);
}

static void supervisor_main(struct pm_run *run, pid_t command) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != command) _exit(1);
  prctl(PR_SET_NAME, "pmbench-superv");
  setpgid(0, 0);
  signal(SIGINT, SIG_IGN);
  _exit(pm_supervise(run, pm_machine_processes(run)) ? 1 : 0);
}

static void show_progress(struct pm_run *run, uint64_t began) {
  const struct pm_run_block *b = run->block;
  struct pm_progress p = {.elapsed_ns = pm_clock_ns() - began, .faults = b->faults_done};
  for (unsigned i = 0; i < run->slots; i++) p.steals += b->tally[i].count[PM_N_STEALS];
  for (unsigned i = 0; i < run->procs; i++) p.live += atomic_load(&run->session->place[i].activity) != PM_DEAD;
  run->options->progress(run->options->context, &p);
}

/* Somebody stopped the supervisor, which cannot see now that the time is over or the run is: it is continued to end in order;
 * and where somebody stops it again and again, it is ended, and its workers with it. */
static void end_in_its_place(struct pm_run *run, pid_t supervisor, uint64_t began, unsigned *tries) {
  const struct pm_options *o = run->options;
  if (o->timeout_ns && pm_clock_ns() - began > o->timeout_ns && !pm_run_is_over(run))
    pm_session_fail(run->session, PM_E_TIMEOUT, "the timeout of %g s is over", (double)o->timeout_ns / 1e9);
  if (pm_run_is_over(run)) kill(-supervisor, ++*tries > PM_STOPPED_TRIES ? SIGKILL : SIGCONT);
}

/* Waits for the supervisor; hands on what a terminal or a user sends meanwhile. */
static int session_wait(struct pm_run *run, pid_t supervisor, const sigset_t *signals) {
  uint64_t began = pm_clock_ns();
  struct timespec t = pm_clock_span(pm_progress_ns);
  int status = 0;
  unsigned tries = 0;
  bool stopped = false;
  for (;;) {
    while (waitpid(supervisor, &status, WNOHANG | WUNTRACED | WCONTINUED) == supervisor) {
      stopped = WIFSTOPPED(status);
      if (stopped || WIFCONTINUED(status)) continue;
      if (tries <= PM_STOPPED_TRIES) return status;
      pm_run_close_segment(run);        /* what the supervisor would have done */
      return 0;
    }
    if (stopped) end_in_its_place(run, supervisor, began, &tries);
    int signo = sigtimedwait(signals, NULL, &t);
    if (signo == SIGINT || signo == SIGTERM || signo == SIGHUP) {
      atomic_store(&run->shared->interrupted, (uint32_t)signo);
      pm_session_stop(run->session);
    } else if (signo == SIGTSTP) {
      kill(-supervisor, SIGSTOP);
      uint64_t at = pm_clock_ns();
      raise(SIGSTOP);
      atomic_fetch_add(&run->session->stopped_ns, pm_clock_ns() - at);
      kill(-supervisor, SIGCONT);
    }
    if (run->options->progress) show_progress(run, began);
  }
}

/* Nobody closed it, and all that was noted is there. */
static void save_cut_off(struct pm_run *run) {
  run->block->last = PM_LAST_CUT;
  pm_run_save_all(run);
}

/* One supervisor's life. 0: it ended in order; PM_E_CRASHED: it was killed on purpose; PM_E_DIED: by somebody else. */
static int session_run(struct pm_run *run) {
  int error = pm_late_error(run, &run->error);
  if (!error) error = session_open(run);
  if (error) return error;
  pm_late_stage(run, PM_STAGE_SESSIONS);
  if (run->options->way == PM_THREADS) return pm_supervise(run, pm_machine_threads(run)) ? PM_E_PROGRAM : 0;
  sigset_t signals, old;
  struct sigaction children = {.sa_handler = SIG_DFL}, children_before;     /* ignored, there would be nothing to wait for */
  sigaction(SIGCHLD, &children, &children_before);
  sigemptyset(&signals);
  static const int heard[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGTSTP};
  for (size_t i = 0; i < sizeof heard / sizeof *heard; i++) {
    struct sigaction a;                 /* what the caller ignores (nohup) stays ignored */
    if (heard[i] == SIGCHLD || (!sigaction(heard[i], NULL, &a) && a.sa_handler != SIG_IGN)) sigaddset(&signals, heard[i]);
  }
  sigprocmask(SIG_BLOCK, &signals, &old);
  pid_t command = getpid(), supervisor = fork();
  if (supervisor == 0) supervisor_main(run, command);
  int status = 0;
  if (supervisor > 0) {
    setpgid(supervisor, supervisor);
    status = session_wait(run, supervisor, &signals);
  }
  sigprocmask(SIG_SETMASK, &old, NULL);
  sigaction(SIGCHLD, &children_before, NULL);
  if (supervisor < 0) return pm_error_set(&run->error, PM_E_MACHINE, "cannot fork: %s", strerror(errno));
  if (atomic_load(&run->shared->crashed)) {
    pm_run_note_crash(run);
    save_cut_off(run);
    return PM_E_CRASHED;
  }
  if (WIFSIGNALED(status)) save_cut_off(run);
  if (WIFSIGNALED(status))
    return pm_error_set(&run->error, PM_E_DIED, "the supervisor died of signal %d", WTERMSIG(status));
  return WEXITSTATUS(status) ? pm_error_set(&run->error, PM_E_PROGRAM, "the supervisor failed") : 0;
}

int pm_sessions(struct pm_run *run) {
  for (;;) {
    int error = session_run(run);
    if (error == PM_E_CRASHED && run->options->auto_resume) {
      if (run->deadline_ns) run->deadline_ns += atomic_load(&run->session->stopped_ns);
      pm_run_drop_session(run);
      atomic_store(&run->shared->crashed, 0);
      run->resumed = true;
      error = retake(run);
      if (error) return error;
      pm_run_close_segment(run);
      if (pm_run_is_done(run)) return 0;
      continue;
    }
    if (error) return error;
    struct pm_session *s = run->session;
    if (pm_run_is_done(run)) return 0;
    if (atomic_load(&run->shared->interrupted)) return pm_error_set(&run->error, PM_E_INTERRUPTED, "interrupted");
    if (atomic_load(&s->error_state) == 2) return pm_error_set(&run->error, s->error.code, "%s", s->error.text);
    if (atomic_load(&s->error_state)) return pm_error_set(&run->error, PM_E_PROGRAM, "a worker died while it said what was wrong");
    return pm_error_set(&run->error, PM_E_PROGRAM, "the workers left before the run was done: this is a bug");
  }
}
