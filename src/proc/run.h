/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One run, as the calling process, its supervisor and (by inheritance) its workers know it.
 *
 *   command                      supervisor                    worker (one a place)
 *   creates or opens the region, forks workers, injures,       opens the region by itself,
 *   forks the supervisor,        reaps, respawns, watches,     holds a slot, works
 *   waits, checks, reports       keeps the log
 */
#ifndef PROC_RUN_H
#define PROC_RUN_H

#include <signal.h>

#include "proc/cstack.h"
#include "proc/pin.h"
#include "proc/run_layout.h"
#include "sched/core.h"

/* What the command and its supervisor tell each other, beside the session. */
struct pm_shared {
  _Atomic uint32_t interrupted, pin_refused, crashed, missed, unplanned;
  double foreign_cpu;                   /* of the last session; NAN unknown */
};

struct pm_run {
  const struct pm_program *program;
  const struct pm_options *options;
  struct pm_region region;
  struct pm_run_block *block;
  const struct pm_origin *origin;
  struct pm_session *session;
  struct pm_pin pin;
  struct pm_error_line error;
  unsigned procs, slots;
  bool resumed;
  uint64_t deadline_ns;                 /* of CLOCK_MONOTONIC; what terminals stopped is added to it; 0: none */
  uint64_t fault_base_ns;               /* what the times of listed faults count from, on the run's own clock */
  struct pm_shared *shared;
};

/* run_state.c: the root is done; or the session failed or was stopped. */
bool pm_run_is_done(const struct pm_run *run);
bool pm_run_is_over(const struct pm_run *run);
/* The run's own clock: live time since the first task began, over all sessions. */
uint64_t pm_run_clock(const struct pm_run *run, uint64_t now);
/* A fault of the kind `crash` that was sent has happened: its session is over and did not end. */
void pm_run_note_crash(struct pm_run *run);
/* Real signals in task code that were survived, over all sessions. */
uint64_t pm_run_traps(const struct pm_run *run);
/* What a crash cut off ends where its supervisor last looked; from there on the run was down. */
void pm_run_close_segment(struct pm_run *run);

/* run_save.c: on the medium, the head of the run block (counts and times); all of it, with log, samples and tallies. */
void pm_run_save(struct pm_run *run);
void pm_run_save_all(struct pm_run *run);
/* One more session, in the block and then in the header; its number. */
uint32_t pm_run_begin_session(struct pm_run *run);
/* What is missing of a session that was cut off, since the power failed: noted in block->lost, and entries of the log that did not
 * come to the medium are taken out. Whether the open segment's times are of this boot. */
bool pm_run_find_losses(struct pm_run *run);
uint32_t pm_log_sum(const struct pm_log_entry *e, uint64_t index);

/* run.c: pm_run_check, and what would be granted where the region would be: of *tried, granted, forced and fs. */
int pm_run_check_place(const struct pm_program *program, const struct pm_options *options, struct pm_region *tried, char *text);

/* late.c: the run that pm_run_late speaks of, and how far it is. */
enum pm_stage { PM_STAGE_NONE, PM_STAGE_MAKING, PM_STAGE_OPENING, PM_STAGE_SESSIONS, PM_STAGE_END, PM_STAGE_CLOSING };
void pm_late_begin(struct pm_run *run);
void pm_late_stage(struct pm_run *run, enum pm_stage stage);
/* Whether the time is over; then says so in `error`. */
int pm_late_error(const struct pm_run *run, struct pm_error_line *error);
bool pm_late_is_over(const struct pm_run *run, uint64_t now);

/* Unmaps the session, if there is one. */
void pm_run_drop_session(struct pm_run *run);

/* command.c: sessions until the run is over, or cannot go on: 0 or the error. */
int pm_sessions(struct pm_run *run);
/* The supervisor's life on that machine (NULL: there was no memory for it), which it closes. Returns 0 when the session is over
 * (done, failed or stopped: session and region say which), or -ENOMEM. */
struct pm_machine;
int pm_supervise(struct pm_run *run, struct pm_machine *machine);
/* What a worker does once it runs: maps the region, works, leaves. Returns its exit code: 0; 1; or that the machine had not what it
 * needs to begin, and place.refused says what. */
enum { PM_WORKER_REFUSED = 75 };
int pm_worker_main(struct pm_run *run, unsigned place, bool first, const struct pm_way *way);
/* Measures what a beat's signal costs here, in ns. */
uint64_t pm_beat_cost_ns(void);
extern const struct pm_way pm_way_timer;
/* Handlers for beats, injected and real faults, on the calling thread. */
void pm_signals_install(struct pm_core *c, const struct pm_cstack *stack);
/* What install made for the calling thread. */
void pm_signals_remove(void);
/* Both signals below: blocked from before a worker is born until its handlers stand. */
void pm_signals_own(sigset_t *set);
/* Signals of the library: a beat; an injected in-process fault (value: its number). */
#define PM_SIGNAL_BEAT (SIGRTMIN + 4)
#define PM_SIGNAL_EXN (SIGRTMIN + 5)

void pm_report_fill(struct pm_run *run, struct pm_report *report);

#endif
