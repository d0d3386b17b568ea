/* SPDX-License-Identifier: BSD-3-Clause */
/* pm_run and pm_resume: a region, sessions (command.c) until the run is over, the check, the report. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "pm/build_id.h"
#include "proc/create.h"
#include "proc/data.h"
#include "proc/fault.h"
#include "proc/fault_kind.h"
#include "proc/audit.h"
#include "proc/guard.h"
#include "proc/room.h"
#include "proc/run.h"

const char *pm_version(void) { return PM_VERSION; }

static int check_options(struct pm_run *run) {
  const struct pm_options *o = run->options;
  struct pm_error_line *e = &run->error;
  if (o->fault_count > PM_PLANS_MAX) return pm_error_set(e, PM_E_USAGE, "at most %d plans of faults", PM_PLANS_MAX);
  if (o->fault_count && o->policy == PM_POLICY_NONE)
    return pm_error_set(e, PM_E_USAGE, "faults with --capsule none: nothing is committed, so no fault can be survived");
  for (unsigned i = 0; i < o->fault_count; i++)
    if (o->way == PM_THREADS && !pm_fault_kind(o->faults[i].kind)->in_threads)
      return pm_error_set(e, PM_E_USAGE, "threads survive exn only: fault %s needs processes", pm_fault_names[o->faults[i].kind]);
  if (run->program->args_bytes > PM_PROGRAM_ARGS_MAX || run->program->task_count > PM_TASKS_MAX)
    return pm_error_set(e, PM_E_USAGE, "%s: too many tasks or bytes of arguments", run->program->name);
  if (o->procs > PM_SLOTS_MAX || o->slots > PM_SLOTS_MAX)
    return pm_error_set(e, PM_E_USAGE, "at most %d workers and slots", PM_SLOTS_MAX);
  if (o->slots && o->procs && o->slots < o->procs)
    return pm_error_set(e, PM_E_USAGE, "--slots %u: fewer than the %u workers", o->slots, o->procs);
  return 0;
}

/* ---- the end ---------------------------------------------------------------------------------------------------------------------- */

/* The program's own code, reading what lies in the region. */
struct judging { struct pm_run *run; pm_finished *finished; struct pm_data d; };
static int call_check(void *at) {
  struct judging *j = at;
  return j->run->program->check(&j->d, j->run->origin->args);
}
static int call_finished(void *at) {
  struct judging *j = at;
  return j->finished(&j->d, j->run->origin->args, j->run->options->context);
}

static int fault_in(struct pm_run *run, int code, const char *what, int signo) {
  return pm_error_set(&run->error, code, "%s: %s ended with signal %d (%s): a bug in it, or what it reads in the region is damaged",
                      run->program->name, what, signo, strsignal(signo));
}

static int check(struct pm_run *run, pm_finished *finished, struct pm_report *report) {
  struct judging j = {run, finished, {0}};
  struct pm_data_core core;
  const struct pm_join_record *root = pm_join_at(run->region.header, PM_JOIN_ROOT);
  int error = 0, fault;
  if (root->result_sum != pm_result_sum(atomic_load(&root->word), root->result))
    return pm_error_set(&run->error, PM_E_REGION, "%s: damaged: the result is not what the first task returned", run->region.path);
  pm_data_open(&j.d, &core, &run->region);
  const struct pm_data *d = &j.d;
  report->result = d->result;
  if (run->program->check && !run->options->no_check) {
    uint64_t begin = pm_clock_ns();
    int verdict = pm_guard_call(call_check, &j, &fault);
    report->check_ns = pm_clock_ns() - begin;
    if (fault) return fault_in(run, PM_E_PROGRAM, "its check", fault);
    if (verdict < 0) return pm_error_set(&run->error, PM_E_PROGRAM, "%s: %s", run->program->name, d->error);
    report->checked = true;
    report->correct = verdict == 0;
    snprintf(report->answer, sizeof report->answer, "%s", d->answer);
    if (verdict) error = pm_error_set(&run->error, PM_E_WRONG, "%s: WRONG RESULT: %s", run->program->name,
                                      d->error[0] ? d->error : d->answer);
  }
  if (error || !finished) return error;
  int refused = pm_guard_call(call_finished, &j, &fault);
  if (fault) return fault_in(run, PM_E_OUTPUT, "its output", fault);
  return refused ? pm_error_set(&run->error, PM_E_OUTPUT, "%s", d->error) : 0;
}

/* Whatever was found then was found in zeros. */
static int check_there(struct pm_run *run, int error, struct pm_report *report) {
  struct pm_error_line e = {0};
  if (!pm_region_check_there(&run->region, &e)) return error;
  if (run->error.code != PM_E_REGION) run->error = e;
  report->complete = report->checked = report->correct = false;
  return PM_E_REGION;
}

static void mark_finished(struct pm_run *run) {
  struct pm_region_header *h = run->region.header;
  if (!pm_region_is_ours(&run->region)) return;
  atomic_store(&h->state, PM_REGION_FINISHED);
  pm_view_writeback(&run->region.view, PM_SITE_SETUP, h, PM_PAGE);
  pm_view_fence(&run->region.view);
}

/* By counts and not by the log, which may be full. */
static int unplanned_deaths(struct pm_run *run) {
  const struct pm_run_block *b = run->block;
  if (b->died) return pm_error_set(&run->error, PM_E_DIED, "the result is right, but a worker died that nobody injured");
  if (pm_run_traps(run))
    return pm_error_set(&run->error, PM_E_DIED, "the result is right, but a task met a signal of the machine (SIGSEGV, SIGBUS, SIGFPE "
                        "or SIGILL) that nobody injected, and was repeated from its last commit: a bug in the program, or bad memory");
  if (b->stood_still)
    return pm_error_set(&run->error, PM_E_DIED, "the result is right, but the watchdog ended a worker whose beats stood still: "
                        "stopped from outside, or without a core for too long; a longer --watchdog waits longer");
  return 0;
}

static void warn(struct pm_report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void warn(struct pm_report *report, const char *format, ...) {
  if (report->warning_count == sizeof report->warnings / sizeof *report->warnings) return;
  va_list list;
  va_start(list, format);
  vsnprintf(report->warnings[report->warning_count++], PM_TEXT_MAX, format, list);
  va_end(list);
}

/* A region that nobody needs any more. Where its file stays all the same, the report says so; what somebody made of it since it
 * was finished is theirs. */
static void remove_region(struct pm_run *run, struct pm_report *report) {
  int error = pm_region_remove(&run->region);
  if (!error || !pm_region_is_ours(&run->region)) return;
  report->region_kept = true;
  warn(report, "%.300s: nobody needs this region any more, and it cannot be removed: %s", run->region.path,
       error == -EWOULDBLOCK ? "somebody has it open and locked" : error == -ESTALE ? "its name is not to be found" : strerror(-error));
}

/* Where the file is that this run worked on, whatever became of its name meanwhile. */
static void find_region(struct pm_run *run, struct pm_report *report) {
  char before[PM_FILE_PATH];
  strcpy(before, run->region.path);
  switch (pm_region_locate(&run->region)) {
  case PM_REGION_THERE: break;
  case PM_REGION_MOVED: warn(report, "%.200s: renamed while it was in use; it is %.200s now", before, run->region.path); break;
  case PM_REGION_SOMEWHERE: warn(report, "%.300s: renamed while it was in use, and where to cannot be found out", before); break;
  case PM_REGION_GONE:
    if (report->region_kept) warn(report, "%.300s: removed while it was in use; it cannot be kept or resumed", before);
    report->region_kept = report->resumable = false;
  }
}

/* To the disk what is to outlast the region. */
static int keep_record(struct pm_run *run, int error, struct pm_report *report) {
  char text[PM_TEXT_MAX] = "";
  if (!run->options->record || !run->options->record(run->options->context, report, text)) return error;
  bool right = error == 0 || error == PM_E_DIED || error == PM_E_MISSED;
  if (!report->complete || !right) {
    warn(report, "%s", text);
    return error;
  }
  report->region_kept = report->resumable = true;
  run->error.code = 0;
  return pm_error_set(&run->error, PM_E_OUTPUT, "%s", text);
}

static void settle(struct pm_run *run, int error, struct pm_report *report) {
  report->error = error;
  report->error_text[0] = 0;
  if (error) snprintf(report->error_text, sizeof report->error_text, "%s", run->error.code ? run->error.text : pm_error_text(error));
}

static bool holds_commit(const struct pm_run *run) {
  const struct pm_region_header *h = run->region.header;
  for (uint32_t k = 0; k < h->slots; k++)
    if (pm_slot_seq(pm_slot_at(h, k))) return true;
  return false;
}

/* Whether the region stays, and for what. Work that was committed is not thrown away, whatever ended the run; what never
 * committed anything can as well be begun anew, unless somebody was told where it lies, or everything ended at once. */
static void decide_region(const struct pm_run *run, int error, struct pm_report *report) {
  const struct pm_region_header *h = run->region.header;
  const struct pm_options *o = run->options;
  report->region_kept = true;
  report->resumable = false;
  if (error == PM_E_REGION || error == PM_E_WRONG) return;      /* to be looked at */
  bool over = report->complete && (!error || error == PM_E_DIED || error == PM_E_MISSED);
  bool can_go_on = !over && (report->complete || h->policy != PM_POLICY_NONE);
  bool worth_it = report->complete || holds_commit(run) || run->region.named || error == PM_E_CRASHED || error == PM_E_DIED;
  bool forgotten = o->forget_late && error == PM_E_TIMEOUT;
  report->region_kept = o->keep || (can_go_on && worth_it && !forgotten);
  report->resumable = report->region_kept && can_go_on;
}

/* From the sessions' end to the report; the region goes unless somebody still needs it: after all that is made of it is on the
 * disk, and after it says itself that it is finished. */
static int conclude(struct pm_run *run, int error, pm_finished *finished, struct pm_report *report) {
  error = check_there(run, error, report);
  if (!error) {
    pm_run_make_durable(run);
    report->complete = true;
    pm_late_stage(run, PM_STAGE_END);
    error = check_there(run, check(run, finished, report), report);
    pm_late_stage(run, PM_STAGE_CLOSING);
    if (!error) error = unplanned_deaths(run);
    unsigned missed = atomic_load(&run->shared->missed);
    if (!error && missed)
      error = pm_error_set(&run->error, PM_E_MISSED, "%u planned fault%s did not happen: the run was over first, no worker "
                           "was alive, or the signal came to nothing; use a larger problem or other times", missed, missed == 1 ? "" : "s");
  }
  pm_late_stage(run, PM_STAGE_CLOSING);
  decide_region(run, error, report);
  if (error != PM_E_TAKEN) find_region(run, report);
  pm_report_fill(run, report);
  settle(run, error, report);
  if (error == PM_E_TAKEN) return report->region_kept = report->resumable = false, error;
  pm_late_stage(run, PM_STAGE_END);     /* whoever is written to may not read */
  error = keep_record(run, error, report);
  pm_late_stage(run, PM_STAGE_CLOSING);
  if (report->complete && error != PM_E_WRONG && error != PM_E_OUTPUT && error != PM_E_PROGRAM && error != PM_E_REGION) mark_finished(run);
  int unsynced = report->region_kept ? pm_region_sync(&run->region) : 0;
  if (unsynced) warn(report, "%.300s: it may not outlive a power failure: %s", run->region.path, strerror(-unsynced));
  if (!report->region_kept) remove_region(run, report);
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
  pm_run_drop_session(run);
  if (run->shared) munmap(run->shared, sizeof *run->shared);
  pm_pin_close(&run->pin);
  pm_region_close(&run->region);
}

static int finish(struct pm_run *run, int error, struct pm_report *report) {
  settle(run, error, report);
  int signo = run->shared && !error ? (int)atomic_load(&run->shared->interrupted) : 0;
  run_free(run);
  pm_late_stage(run, PM_STAGE_NONE);
  if (signo) raise(signo);              /* it came when the run was over: the caller's to act upon */
  return error;
}

/* How many workers and slots: as asked for, or as many as there are cores, and room for more. */
static int count_places(struct pm_run *run) {
  const struct pm_options *o = run->options;
  int error = pm_pin_open(&run->pin, o->pin, o->procs, &run->error);
  if (error) return error;
  run->procs = o->procs ? o->procs : run->pin.cores;
  if (run->procs > PM_SLOTS_MAX) run->procs = PM_SLOTS_MAX;
  unsigned slots = 2 * run->procs > run->pin.cores ? 2 * run->procs : run->pin.cores;
  if (slots < 8) slots = 8;
  if (slots > PM_SLOTS_MAX) slots = PM_SLOTS_MAX;
  run->slots = o->slots ? o->slots : slots;
  if (run->slots >= run->procs) return 0;
  return pm_error_set(&run->error, PM_E_USAGE, "--slots %u: fewer than the %u workers", run->slots, run->procs);
}

/* All that can be known before anything is made. */
/* Everything rests on it, and emulators of user programs do not have it. */
static int check_locks(struct pm_run *run) {
  if (run->options->way == PM_THREADS) return 0;
  int error = pm_seat_locks_tried();
  if (error == -EOWNERDEAD)
    return pm_error_set(&run->error, PM_E_MACHINE, "this machine does not pass the lock of a process that died on to the next one (robust "
                        "mutexes, EOWNERDEAD): no death could be survived; an emulator of user programs does that - use a whole machine");
  return error ? pm_error_set(&run->error, PM_E_MACHINE, "whether locks outlive their processes cannot be tried: %s", strerror(-error)) : 0;
}

static int prepare(struct pm_run *run) {
  int error = check_options(run);
  if (!error) error = check_locks(run);
  if (!error) error = count_places(run);
  return error ? error : pm_room_check(run);
}

int pm_run_check_place(const struct pm_program *program, const struct pm_options *options, struct pm_region *tried, char *text) {
  struct pm_run run = {.program = program, .options = options, .region.fd = -1};
  int error = prepare(&run);
  if (!error) error = pm_run_try(&run);
  *tried = run.region;
  snprintf(text, PM_TEXT_MAX, "%s", error ? run.error.text : "");
  run_free(&run);
  return error;
}

int pm_run_check(const struct pm_program *program, const struct pm_options *options, char *text) {
  struct pm_region tried;
  return pm_run_check_place(program, options, &tried, text);
}

uint64_t pm_run_bytes(const struct pm_program *program, const struct pm_options *options) {
  struct pm_run run = {.program = program, .options = options, .region.fd = -1};
  uint64_t bytes = check_options(&run) || count_places(&run) ? 0 : pm_run_region_bytes(&run);
  run_free(&run);
  return bytes;
}

int pm_run(const struct pm_program *program, const struct pm_options *options, pm_finished *finished,
           struct pm_report *report) {
  struct pm_run run = {.program = program, .options = options, .region.fd = -1};
  *report = (struct pm_report){.error = 0};
  pm_late_begin(&run);
  pm_late_stage(&run, PM_STAGE_MAKING);
  int error = run_alloc(&run);
  if (!error) error = prepare(&run);
  if (!error) error = pm_run_create(&run);
  if (error) {
    if (run.region.fd >= 0) pm_region_remove(&run.region);
    return finish(&run, error, report);
  }
  return finish(&run, conclude(&run, pm_sessions(&run), finished, report), report);
}

/* What is found is refused before anything is changed: on what cannot be true, a search may have no end. */
static int resume_audit(struct pm_run *run) {
  struct pm_audit a;
  int error = pm_audit_borrow(&a, run->region.view.base, run->region.bytes, &run->error);
  if (error) return error;
  pm_audit_check(&a);
  if (a.findings == 1) error = pm_error_set(&run->error, PM_E_REGION, "%s: damaged: %s", run->region.path, a.finding[0]);
  else if (a.findings) error = pm_error_set(&run->error, PM_E_REGION, "%s: damaged: %s; and %u findings more, which `pmbench inspect` "
                                            "prints", run->region.path, a.finding[0], a.findings - 1);
  pm_audit_close(&a);
  return error;
}

static int resume_check(struct pm_run *run) {
  const struct pm_region_header *h = run->region.header;
  uint8_t id[32];
  pm_build_id(id);
  if (strcmp(h->program, run->program->name) || memcmp(id, h->build_id, sizeof id))
    return pm_error_set(&run->error, PM_E_REGION, "%s: of another executable (program %s); resume it with the one that made it",
                        run->region.path, h->program);
  if (!pm_audit_fits(h) || h->tasks != run->program->task_count)
    return pm_error_set(&run->error, PM_E_REGION, "%s: damaged: a section is not as large as it must be", run->region.path);
  if (h->policy == PM_POLICY_NONE && !pm_run_is_done(run))
    return pm_error_set(&run->error, PM_E_REGION, "%s: run with --capsule none: nothing was committed, nothing can be resumed",
                        run->region.path);
  struct stat s;
  if (h->state == PM_REGION_FINISHED || (!fstat(run->region.fd, &s) && !s.st_nlink))
    return pm_error_set(&run->error, PM_E_REGION, "%s: its run is over; there is nothing to resume", run->region.path);
  return 0;
}

int pm_resume(const char *path, const struct pm_program *program, const struct pm_options *options, pm_finished *finished,
              struct pm_report *report) {
  struct pm_run run = {.program = program, .options = options, .region.fd = -1, .resumed = true};
  static struct pm_site_count sites[PM_SITES];
  static uint64_t fences;
  *report = (struct pm_report){.error = 0};
  pm_late_begin(&run);
  pm_late_stage(&run, PM_STAGE_OPENING);
  int error = check_options(&run);
  if (!error) error = check_locks(&run);
  if (!error) error = run_alloc(&run);
  if (!error) error = pm_region_open(&run.region, path, LOCK_EX, &run.error);
  if (error) return finish(&run, error, report);
  run.region.view.sites = sites;
  run.region.view.fences = &fences;
  run.region.named = true;
  error = resume_check(&run);
  if (error) return finish(&run, error, report);
  run.block = pm_region_section(&run.region, PM_SECTION_RUN);
  run.origin = pm_region_section(&run.region, PM_SECTION_ORIGIN);
  run.slots = run.region.header->slots;
  error = resume_audit(&run);
  if (error) return finish(&run, error, report);
  run.procs = options->procs ? options->procs : run.block->procs;
  if (run.procs > run.slots) {
    snprintf(report->warnings[report->warning_count++], PM_TEXT_MAX, "%u workers wanted, %u slots in the region: %u workers "
             "(give --slots to the first run)", run.procs, run.slots, run.slots);
    run.procs = run.slots;
  }
  error = pm_pin_open(&run.pin, options->pin, run.procs, &run.error);
  if (error) return finish(&run, error, report);
  pm_run_close_segment(&run);
  run.block->command_pid = getpid();
  if (options->faults_anew) {
    run.fault_base_ns = run.block->live_ns;
    run.block->faults_taken_ns = 0;
  }
  error = pm_run_is_done(&run) ? 0 : pm_sessions(&run);
  return finish(&run, conclude(&run, error, finished, report), report);
}
