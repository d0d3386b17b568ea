/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pm_run and pm_resume: a region, sessions until the run is over, the check, the report.
 *
 * A session is one supervisor's life. Its number is counted up in the region's header under the exclusive lock; the lock is
 * then turned into a shared one, which every worker holds too, on an open file of its own. A worker that gets its lock late,
 * after another session began, sees the wrong number and leaves.
 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "pm/build_id.h"
#include "proc/create.h"
#include "proc/data.h"
#include "proc/fault.h"
#include "proc/audit.h"
#include "proc/run.h"

const char *pm_version(void) { return PM_VERSION; }

static int check_options(struct pm_run *run) {
  const struct pm_options *o = run->options;
  struct pm_error_line *e = &run->error;
  if (o->fault_count > PM_PLANS_MAX) return pm_error_set(e, PM_E_USAGE, "at most %d plans of faults", PM_PLANS_MAX);
  if (o->fault_count && o->policy == PM_POLICY_NONE)
    return pm_error_set(e, PM_E_USAGE, "faults with --capsule none: nothing is committed, so no fault can be survived");
  for (unsigned i = 0; i < o->fault_count; i++)
    if (o->way == PM_THREADS && o->faults[i].kind != PM_FAULT_EXN)
      return pm_error_set(e, PM_E_USAGE, "threads survive exn only: fault %s needs processes", pm_fault_names[o->faults[i].kind]);
  if (run->program->args_bytes > PM_PROGRAM_ARGS_MAX || run->program->task_count > PM_TASKS_MAX)
    return pm_error_set(e, PM_E_USAGE, "%s: too many tasks or bytes of arguments", run->program->name);
  if (o->procs > PM_SLOTS_MAX || o->slots > PM_SLOTS_MAX)
    return pm_error_set(e, PM_E_USAGE, "at most %d workers and slots", PM_SLOTS_MAX);
  if (o->slots && o->procs && o->slots < o->procs)
    return pm_error_set(e, PM_E_USAGE, "--slots %u: fewer than the %u workers", o->slots, o->procs);
  return 0;
}

/* ---- a session ---------------------------------------------------------------------------------------------------------------- */

static int session_open(struct pm_run *run) {
  struct pm_session *s = run->session = pm_session_create(run->slots);
  if (!s) return pm_error_set(&run->error, PM_E_MACHINE, "no memory for %u seats", run->slots);
  struct pm_region_header *h = run->region.header;
  struct pm_run_block *b = run->block;
  s->procs = run->procs;
  s->policy = (enum pm_policy)h->policy;
  s->fresh = !b->sessions;
  s->number = atomic_fetch_add(&h->session, 1) + 1;
  b->sessions++;
  b->procs = run->procs;
  if (run->procs > b->procs_most) b->procs_most = run->procs;
  pm_view_writeback(&run->region.view, PM_SITE_SETUP, h, PM_PAGE);
  pm_view_fence(&run->region.view);
  for (unsigned p = 0; p < PM_SLOTS_MAX; p++) atomic_store(&s->place[p].slot, PM_SLOTS_MAX);
  pm_pin_near(&run->pin, s, run->procs);
  if (!b->beats_fixed && s->policy == PM_POLICY_BEAT) {
    s->beat_signal_ns = pm_beat_cost_ns();
    double rate = 0;
    for (unsigned i = 0; i < run->options->fault_count; i++) rate += run->options->faults[i].rate_hz;
    s->beat_max_ns = 20000000;
    if (rate > 0) {
      double cost = (double)s->beat_signal_ns + 1000, bound = sqrt(2 * cost * 1e9 / (rate / run->procs));
      if (bound < (double)s->beat_max_ns) s->beat_max_ns = (uint64_t)bound;
    }
    b->beat_ns = PM_BEAT_TIMES * (s->beat_signal_ns + 1000);
    if (b->beat_ns > s->beat_max_ns) b->beat_ns = s->beat_max_ns;
  }
  s->beat_ns = b->beat_ns;
  return pm_region_lock(&run->region, LOCK_SH, &run->error);
}

static void supervisor_main(struct pm_run *run, pid_t command) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != command) _exit(1);
  prctl(PR_SET_NAME, "pmbench-superv");
  setpgid(0, 0);
  signal(SIGINT, SIG_IGN);
  _exit(pm_supervise(run, &pm_workers_process) ? 1 : 0);
}

static void show_progress(struct pm_run *run, uint64_t began) {
  const struct pm_run_block *b = run->block;
  struct pm_progress p = {.elapsed_ns = pm_clock_ns() - began, .faults = b->faults_done};
  for (unsigned i = 0; i < run->slots; i++) p.steals += b->tally[i].count[PM_N_STEALS];
  for (unsigned i = 0; i < run->procs; i++) p.live += atomic_load(&run->session->place[i].activity) != PM_DEAD;
  run->options->progress(run->options->context, &p);
}

/* Waits for the supervisor; hands on what a terminal or a user sends meanwhile. */
static int session_wait(struct pm_run *run, pid_t supervisor, const sigset_t *signals) {
  uint64_t began = pm_clock_ns();
  struct timespec t = pm_clock_span(100000000);
  int status = 0;
  for (;;) {
    if (waitpid(supervisor, &status, WNOHANG) == supervisor) return status;
    int signo = sigtimedwait(signals, NULL, &t);
    if (signo == SIGINT || signo == SIGTERM || signo == SIGHUP) {
      atomic_store(&run->shared->interrupted, (uint32_t)signo);
      pm_session_stop(run->session);
    } else if (signo == SIGTSTP) {
      kill(-supervisor, SIGSTOP);
      raise(SIGSTOP);
      kill(-supervisor, SIGCONT);
    }
    if (run->options->progress) show_progress(run, began);
  }
}

/* One supervisor's life. 0: it ended in order; PM_E_CRASHED: it was killed on purpose; PM_E_DIED: by somebody else. */
static int session_run(struct pm_run *run) {
  int error = session_open(run);
  if (error) return error;
  if (run->options->way == PM_THREADS) return pm_supervise(run, &pm_workers_thread) ? PM_E_PROGRAM : 0;
  sigset_t signals, old;
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
  if (supervisor < 0) return pm_error_set(&run->error, PM_E_MACHINE, "cannot fork: %s", strerror(errno));
  if (atomic_load(&run->shared->crashed)) return PM_E_CRASHED;
  if (WIFSIGNALED(status))
    return pm_error_set(&run->error, PM_E_DIED, "the supervisor died of signal %d", WTERMSIG(status));
  return WEXITSTATUS(status) ? pm_error_set(&run->error, PM_E_PROGRAM, "the supervisor failed") : 0;
}

/* A segment that a crash cut off ends where its supervisor last looked; from there on the run was down. */
static void close_segment(struct pm_run *run) {
  struct pm_run_block *b = run->block;
  if (!b->segment_begin_ns) return;
  uint64_t now = pm_clock_ns();
  if (b->segment_alive_ns > b->segment_begin_ns) b->live_ns += b->segment_alive_ns - b->segment_begin_ns;
  if (now > b->segment_alive_ns) b->down_ns += now - b->segment_alive_ns;
  b->segment_begin_ns = 0;
}

static bool is_done(const struct pm_run *run) {
  return pm_word_state(atomic_load(&pm_join_at(run->region.header, PM_JOIN_ROOT)->word)) == PM_JOIN_DONE;
}

static int sessions(struct pm_run *run) {
  for (;;) {
    int error = session_run(run);
    if (error == PM_E_CRASHED && run->options->auto_resume) {
      pm_session_destroy(run->session);
      run->session = NULL;
      atomic_store(&run->shared->crashed, 0);
      close_segment(run);
      run->resumed = true;
      error = pm_region_lock(&run->region, LOCK_EX, &run->error);
      if (error) return error;
      continue;
    }
    if (error) return error;
    struct pm_session *s = run->session;
    if (is_done(run)) return 0;
    if (atomic_load(&run->shared->interrupted)) return pm_error_set(&run->error, PM_E_INTERRUPTED, "interrupted");
    if (atomic_load(&s->error_state)) return pm_error_set(&run->error, s->error.code, "%s", s->error.text);
    return pm_error_set(&run->error, PM_E_PROGRAM, "the workers left before the run was done: this is a bug");
  }
}

/* ---- the end ---------------------------------------------------------------------------------------------------------------------- */

static int check(struct pm_run *run, pm_finished *finished, struct pm_report *report) {
  struct pm_data d;
  struct pm_data_core core;
  const void *args = run->block->args;
  int error = 0;
  pm_data_open(&d, &core, &run->region);
  report->result = d.result;
  if (run->program->check && !run->options->no_check) {
    uint64_t begin = pm_clock_ns();
    int verdict = run->program->check(&d, args);
    report->check_ns = pm_clock_ns() - begin;
    if (verdict < 0) return pm_error_set(&run->error, PM_E_PROGRAM, "%s: %s", run->program->name, d.error);
    report->checked = true;
    report->correct = verdict == 0;
    snprintf(report->answer, sizeof report->answer, "%s", d.answer);
    if (verdict) error = pm_error_set(&run->error, PM_E_WRONG, "%s: WRONG RESULT: %s", run->program->name,
                                      d.error[0] ? d.error : d.answer);
  }
  if (!error && finished && finished(&d, args, run->options->context))
    error = pm_error_set(&run->error, PM_E_PROGRAM, "%s", d.error);
  return error;
}

static void mark_finished(struct pm_run *run) {
  struct pm_region_header *h = run->region.header;
  atomic_store(&h->state, PM_REGION_FINISHED);
  pm_view_writeback(&run->region.view, PM_SITE_SETUP, h, PM_PAGE);
  pm_view_fence(&run->region.view);
}

static bool unplanned_deaths(const struct pm_run_block *b) {
  for (uint64_t i = 0; i < b->log_count; i++)
    if (b->log[i].state == PM_FAULT_UNPLANNED) return true;
  return false;
}

/* From the sessions' end to the report; the region goes unless somebody still needs it. */
static int conclude(struct pm_run *run, int error, pm_finished *finished, struct pm_report *report) {
  if (!error) {
    pm_run_make_durable(run);
    report->complete = true;
    error = check(run, finished, report);
    if (!error) mark_finished(run);
    if (!error && unplanned_deaths(run->block))
      error = pm_error_set(&run->error, PM_E_DIED, "the result is right, but a worker died that nobody injured");
    unsigned missed = atomic_load(&run->shared->missed);
    if (!error && missed)
      error = pm_error_set(&run->error, PM_E_MISSED, "%u planned fault%s did not happen: the run was over first; use a larger "
                           "problem or earlier times", missed, missed == 1 ? "" : "s");
  }
  bool resumable = error == PM_E_CRASHED || error == PM_E_DIED || (error == PM_E_INTERRUPTED && run->region.named);
  report->region_kept = run->options->keep || error == PM_E_WRONG || (resumable && !report->complete) ||
                        (run->region.named && !report->complete);
  pm_report_fill(run, report);
  if (!report->region_kept) unlink(run->region.path);
  return error;
}

static int run_alloc(struct pm_run *run) {
  run->shared = mmap(NULL, sizeof *run->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (run->shared != MAP_FAILED) {
    run->shared->foreign_cpu = NAN;
    return 0;
  }
  run->shared = NULL;
  return pm_error_set(&run->error, PM_E_MACHINE, "no memory");
}

static void run_free(struct pm_run *run) {
  if (run->session) pm_session_destroy(run->session);
  if (run->shared) munmap(run->shared, sizeof *run->shared);
  pm_pin_close(&run->pin);
  pm_region_close(&run->region);
}

static int finish(struct pm_run *run, int error, struct pm_report *report) {
  report->error = error;
  if (error) snprintf(report->error_text, sizeof report->error_text, "%s", run->error.code ? run->error.text : pm_error_text(error));
  int signo = run->shared && !error ? (int)atomic_load(&run->shared->interrupted) : 0;
  run_free(run);
  if (signo) raise(signo);              /* it came when the run was over: the caller's to act upon */
  return error;
}

int pm_run(const struct pm_program *program, const struct pm_options *options, pm_finished *finished,
           struct pm_report *report) {
  struct pm_run run = {.program = program, .options = options, .region.fd = -1};
  *report = (struct pm_report){.error = 0};
  int error = check_options(&run);
  if (!error) error = run_alloc(&run);
  if (!error) error = pm_pin_open(&run.pin, options->pin, options->procs, &run.error);
  if (error) return finish(&run, error, report);
  run.procs = options->procs ? options->procs : run.pin.cores;
  if (run.procs > PM_SLOTS_MAX) run.procs = PM_SLOTS_MAX;
  unsigned slots = 2 * run.procs > run.pin.cores ? 2 * run.procs : run.pin.cores;
  if (slots < 8) slots = 8;
  if (slots > PM_SLOTS_MAX) slots = PM_SLOTS_MAX;
  run.slots = options->slots ? options->slots : slots;
  if (run.slots < run.procs) error = pm_error_set(&run.error, PM_E_USAGE, "--slots %u: fewer than the %u workers", run.slots, run.procs);
  if (!error) error = pm_run_create(&run);
  if (error) {
    if (run.region.fd >= 0) unlink(run.region.path);
    return finish(&run, error, report);
  }
  return finish(&run, conclude(&run, sessions(&run), finished, report), report);
}

static int resume_check(struct pm_run *run) {
  const struct pm_region_header *h = run->region.header;
  uint8_t id[32];
  pm_build_id(id);
  if (strcmp(h->program, run->program->name) || memcmp(id, h->build_id, sizeof id))
    return pm_error_set(&run->error, PM_E_REGION, "%s: of another executable (program %s); resume it with the one that made it",
                        run->region.path, h->program);
  if (h->policy == PM_POLICY_NONE)
    return pm_error_set(&run->error, PM_E_REGION, "%s: run with --capsule none: nothing was committed, nothing can be resumed",
                        run->region.path);
  struct stat s;
  if (h->state == PM_REGION_FINISHED || (!fstat(run->region.fd, &s) && !s.st_nlink))
    return pm_error_set(&run->error, PM_E_REGION, "%s: its run is over; there is nothing to resume", run->region.path);
  if (!pm_audit_fits(h) || h->tasks != run->program->task_count)
    return pm_error_set(&run->error, PM_E_REGION, "%s: damaged: a section is too small", run->region.path);
  return 0;
}

int pm_resume(const char *path, const struct pm_program *program, const struct pm_options *options, pm_finished *finished,
              struct pm_report *report) {
  struct pm_run run = {.program = program, .options = options, .region.fd = -1, .resumed = true};
  static struct pm_site_count sites[PM_SITES];
  static uint64_t fences;
  *report = (struct pm_report){.error = 0};
  int error = run_alloc(&run);
  if (!error) error = pm_region_open(&run.region, path, LOCK_EX, &run.error);
  if (error) return finish(&run, error, report);
  run.region.view.sites = sites;
  run.region.view.fences = &fences;
  run.region.named = true;
  error = resume_check(&run);
  if (error) return finish(&run, error, report);
  run.block = pm_region_section(&run.region, PM_SECTION_RUN);
  run.slots = run.region.header->slots;
  run.procs = options->procs ? options->procs : run.block->procs;
  if (run.procs > run.slots) {
    snprintf(report->warnings[report->warning_count++], PM_TEXT_MAX, "%u workers wanted, %u slots in the region: %u workers "
             "(give --slots to the first run)", run.procs, run.slots, run.slots);
    run.procs = run.slots;
  }
  error = pm_pin_open(&run.pin, options->pin, run.procs, &run.error);
  if (error) return finish(&run, error, report);
  close_segment(&run);
  error = is_done(&run) ? 0 : sessions(&run);
  return finish(&run, conclude(&run, error, finished, report), report);
}
