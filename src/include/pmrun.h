/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pmrun.h - running a program of pmsched.h: options, faults, and the report that a run leaves.
 *
 * The calls fork a supervisor, which forks the workers; they return when the run is over. They print nothing and never exit,
 * with one exception: a bug in the library prints one line on standard error and aborts the process it happens in (base/check.c). In a worker process that is a death
 * that nobody injured: the run goes on from the last commit, and after 20 of them it ends with PM_E_DIED. All times are in nanoseconds, all sizes in bytes. Strings and
 * arrays that are passed in stay the caller's.
 */
#ifndef PMRUN_H
#define PMRUN_H

#include "pmsched.h"

/* ---- errors: 0, -errno, or one of these ------------------------------------------------------------------------------------ */
enum pm_error {
  PM_E_USAGE = -10001,                    /* options that contradict each other: exit code 2 */
  PM_E_MACHINE = -10002,                  /* this machine cannot do it: 3 */
  PM_E_REGION = -10003,                   /* not a region, damaged (also under the run), of another program, or in use: 2 */
  PM_E_WRONG = -10004,                    /* the check found a wrong result: 4 */
  PM_E_DIED = -10005,                     /* right, but a worker died that nobody injured: 5 */
  PM_E_MISSED = -10006,                   /* right, but a planned fault did not happen: 6 */
  PM_E_INTERRUPTED = -10007,              /* SIGINT, SIGTERM or SIGHUP: 130 */
  PM_E_CRASHED = -10008,                  /* an injected crash: the region waits for pm_resume: 130 */
  PM_E_PROGRAM = -10009,                  /* setup or check failed (a fault in it, too), a poisoned capsule, a stack too small: 1 */
  PM_E_STUCK = -10010,                    /* one restart point was lost 1000 times, and nobody committed in between: 1 */
  PM_E_TIMEOUT = -10011,                  /* not done within timeout_ns: 130 */
  PM_E_OUTPUT = -10012,                   /* right, but `finished` or `record` returned nonzero: the region is kept, and pm_resume
                                           * checks the result and calls both once more: 1 */
  PM_E_TAKEN = -10013,                    /* after a crash, before auto_resume had it again, another call took the region: that one
                                           * finishes it and has its result: 2 */
};
/* The number at the end is the exit code that the tool gives it. A short text for any of these or a -errno; static: */
const char *pm_error_text(int error);

/* ---- options ------------------------------------------------------------------------------------------------------------------ */
enum pm_policy { PM_POLICY_BEAT, PM_POLICY_FORK, PM_POLICY_NONE };
enum pm_fault_kind { PM_FAULT_KILL, PM_FAULT_HARD, PM_FAULT_EXN, PM_FAULT_STOP, PM_FAULT_CRASH, PM_FAULT_KINDS };
extern const char *const pm_fault_names[PM_FAULT_KINDS];
enum pm_ways { PM_PROCESSES, PM_THREADS };

/* Either a rate (Poisson, over all live workers), or a list of times. Of a list, what comes due while its worker is dead, or
 * everybody is, waits until there is one; what comes due while the run is crashed, until it is resumed. */
struct pm_fault_plan {
  enum pm_fault_kind kind;
  double rate_hz;
  const uint64_t *at_ns;                  /* after the first task began, ascending */
  const int *place;                       /* with at_ns: the worker to injure; NULL or -1: chosen by the seed */
  uint32_t count;                         /* of at_ns; without a rate */
};
struct pm_report;
struct pm_progress {
  uint64_t elapsed_ns, steals, faults;
  unsigned live;
};
/* All zero is a good default, but for `args`. Where a number is out of its range, pm_run returns PM_E_USAGE. */
struct pm_options {
  const char *backend;                    /* dram, dram:PATH, file:PATH, dax:PATH, emulated:PATH; NULL: dram */
  unsigned procs;                         /* workers, at most 255; 0: one a hardware thread that the caller may use */
  unsigned slots;                         /* procs to 255; not more workers than this can resume it. 0: max(2 x procs, threads, 8) */
  const char *pin;                        /* compact, scatter, none, or a list of cores "0,2-5"; NULL: compact */
  enum pm_policy policy;
  uint64_t beat_ns;                       /* 0: found by measuring (PROTOCOL 2) */
  enum pm_ways way;
  uint64_t seed;                          /* of the faults and of the order in which thieves ask */
  uint64_t stack_bytes;                   /* room for a worker's frames: 4 KiB to 64 MiB, rounded up to pages; 0: 64 KiB */
  uint64_t region_bytes;                  /* of the whole file; 0, and least: what pm_run_bytes() says */
  const void *args;                       /* program->args_bytes bytes, copied; NULL only where that is 0 */
  const char *note;                       /* kept in the region for whoever resumes it; 16383 bytes, cut there; NULL: none */
  const struct pm_fault_plan *faults;     /* not with PM_POLICY_NONE; with PM_THREADS, of the kind exn only */
  unsigned fault_count;                   /* at most 32 */
  bool faults_anew;                       /* pm_resume: listed times count from now, not from the run's first task */
  uint64_t respawn_delay_ns;              /* from a worker's death until another process takes its place; 0: none */
  uint64_t timeout_ns;                    /* PM_E_TIMEOUT so long after timeout_from_ns, whichever session runs then; 0: none. Time that
                                           * a terminal stopped the workers for (Ctrl-Z) does not count. The program's own functions
                                           * and `finished` are not interrupted: pm_run_late() is for that */
  uint64_t timeout_from_ns;               /* of CLOCK_MONOTONIC; 0: when the call began */
  bool forget_late;                       /* a run that its timeout ended is not kept */
  uint64_t watchdog_ns;                   /* a stopped worker is ended after it, one without a core after 30 times it; 0: 1 s */
  bool keep;                              /* the region stays, however the run ends */
  bool force;                             /* pm_run: a region of that name is overwritten, though its run is unfinished; and what is
                                           * no region on a device-DAX */
  bool no_check;                          /* the program's check is not called; the report says checked = false */
  bool auto_resume;                       /* after an injected crash the call goes on by itself instead of returning PM_E_CRASHED */
  void (*progress)(void *context, const struct pm_progress *);  /* about ten times a second; not with PM_THREADS. May be NULL */
  void *context;                          /* for progress, record and `finished` */
  /* Called when a run that had begun is over, with its whole report, while its region is still there: for what is to outlast it.
   * report->error, complete and region_kept say how it ended and what becomes of the region. Returns 0; or anything else, and a
   * line in `error` (PM_TEXT_MAX bytes): then the region of a complete run is kept and the call returns PM_E_OUTPUT. A power failure
   * after it and before the region is marked as finished has it called again by pm_resume. Not after PM_E_TAKEN. May be NULL. */
  int (*record)(void *context, const struct pm_report *report, char *error);
};

/* ---- the report ---------------------------------------------------------------------------------------------------------------- */
enum pm_activity { PM_WORK, PM_SEARCH, PM_COMMIT, PM_WAIT, PM_RECOVER, PM_IDLE, PM_DEAD, PM_ACTIVITIES };
extern const char *const pm_activity_names[PM_ACTIVITIES];
enum pm_counter {
  PM_N_PROMOTIONS, PM_N_STEAL_ATTEMPTS, PM_N_STEALS, PM_N_SUSPENDS, PM_N_ADOPTIONS, PM_N_COMMITS, PM_N_COMMIT_NS,
  PM_N_STACK_BYTES, PM_N_LINES, PM_N_FENCES, PM_N_RESTARTS, PM_COUNTERS
};
extern const char *const pm_counter_names[PM_COUNTERS];

struct pm_report_worker { int core; uint32_t lives; uint64_t ns[PM_ACTIVITIES], count[PM_COUNTERS]; };
struct pm_report_site { const char *name; uint64_t calls, lines, ns; };
struct pm_report_pair { uint32_t thief, victim; uint64_t thefts, adoptions; };      /* workers by place; only pairs that met */
struct pm_report_bin { uint64_t from_ns, steals, commits, faults; uint32_t live; };
/* What became of a fault, by what the kernel or the worker said and not by what was meant. DONE: it happened. SPARED: it was not
 * tried: the last worker, or nobody was there. IDLE_VICTIM: it happened to a worker that held no work. UNPLANNED: nobody meant it: a
 * death, or (of the kind exn) a real signal that a task survived. MISSED: it was tried and did not happen: the signal was refused,
 * or the worker ended first, was between two slots, or was going back to its last commit already. SENT: nobody can say any more,
 * because a crash came first. */
enum pm_fault_state { PM_FAULT_DONE, PM_FAULT_SPARED, PM_FAULT_IDLE_VICTIM, PM_FAULT_UNPLANNED, PM_FAULT_MISSED, PM_FAULT_SENT,
                      PM_FAULT_STATES };
struct pm_report_fault {                  /* all times on the run's own clock: live time since the first task */
  enum pm_fault_kind kind;
  enum pm_fault_state state;
  int place, pid, slot, taken_by;         /* taken_by: the place that went on with it; -1 unknown */
  uint64_t when_ns;
  uint64_t detected_ns, running_ns, caught_up_ns; /* since the injury; 0: did not come to it */
  uint64_t lost_ns;
};
struct pm_report {
  int error;                              /* what pm_run returned */
  char error_text[PM_TEXT_MAX];
  char warnings[8][PM_TEXT_MAX];
  unsigned warning_count;
  char path[4096], fs[32], backend[16], granularity_requested[16], granularity[16], pin[64];
  char id[33];                            /* of the region, and so of the run, in hexadecimal; of another run there is another */
  uint32_t session;                       /* how many sessions its region had: that of a resumed run that only had to be concluded
                                           * is the one in which its last task ended */
  char domain[24], provider[24], namespace_mode[12]; /* what the kernel says of persistent memory (pm/medium.h); empty: nothing */
  int numa_node;                          /* of that memory; -1: not known */
  bool forced, checked, correct, complete, oversubscribed, resumed;
  bool log_incomplete;                    /* a session was cut off by a power failure or a new start of the machine (or copied from another
                                           * one): faults, counts and times are what had come to the medium; the result is the result */
  bool down_unknown;                      /* so is how long the run was down; down_ns is what is known */
  bool region_kept;                       /* the file at `path` stays: to be resumed, to be looked at, or not removable. `path` is
                                           * where it was last: a run goes on though its file, or a directory, is renamed */
  bool resumable;                         /* it stays, and pm_resume finishes it */
  unsigned procs, slots, cores;
  enum pm_policy policy;
  uint64_t beat_ns, seed, stack_bytes, region_bytes;
  pm_word result;
  char answer[64];
  uint64_t wall_ns, setup_ns, check_ns, down_ns, lost_ns;
  double foreign_cpu;                     /* share of the used cores that others took meanwhile; NAN: not known */
  uint64_t count[PM_COUNTERS];
  struct pm_report_worker *workers; uint32_t worker_count;        /* a row a place; more than procs where a session had more */
  struct pm_report_site *sites;   uint32_t site_count;
  struct pm_report_pair *pairs;   uint32_t pair_count;
  struct pm_report_bin *bins;     uint32_t bin_count; uint64_t bin_ns;
  struct pm_report_fault *faults; uint32_t fault_count; uint64_t faults_done; /* the log keeps the first 16384 */
  uint64_t unplanned;                     /* deaths and survived signals that nobody injected, whether or not the log had room */
};

/* Called with the region of a run whose result is right, before the region is removed: to write output. Returns 0; or anything
 * else, and a line in d->error: then the call returns PM_E_OUTPUT, and the region is kept. A crash in between, or such an
 * error, has it called again by pm_resume: it should write the same file as a whole, not append. */
typedef int pm_finished(struct pm_data *d, const void *args, void *context);
/* Runs a program to its end. Returns 0 or an error, the same as report->error. *report is written in any case; free what it
 * owns with pm_report_free(). `finished` may be NULL. */
int pm_run(const struct pm_program *program, const struct pm_options *options, pm_finished *finished,
           struct pm_report *report);
/* What pm_run would refuse: options that contradict each other, a run for which there is no room - on the file system, in memory by
 * the limits of the control group and the machine's own, in address space and other limits of a process -, and a place where no
 * region can be made, which is tried, by the same code, without leaving a trace. Returns what pm_run would, and a line in `error`
 * (PM_TEXT_MAX bytes). */
int pm_run_check(const struct pm_program *program, const struct pm_options *options, char *error);
/* What a run leaves that does not end with its result: nothing, if no worker ever committed anything in a region that nobody named;
 * otherwise its region, which the report then calls resumable, whatever the reason was (but for a region that is damaged, which is
 * kept and not resumable).
 *
 * For the handler of a timer's signal, on the thread that called pm_run or pm_resume: what to do when the time is over. Async-signal-
 * safe, for whoever must end a program that is in a function which does not return. */
enum pm_late {
  PM_LATE_NOTHING,                        /* no call is under way, or none that has left a file: the process may end */
  PM_LATE_REMOVED,                        /* its unfinished file was removed now: the process must end */
  PM_LATE_KEPT,                           /* *path is the region, which waits for pm_resume: the process may end */
  PM_LATE_WAIT,                           /* its workers are being ended, and the call returns soon; ask again at *again_ns */
};
enum pm_late pm_run_late(const char **path, uint64_t *again_ns);
/* How many bytes the region of such a run will have; 0 where the options do not go together, and pm_run says why. */
uint64_t pm_run_bytes(const struct pm_program *program, const struct pm_options *options);
/* Finishes what lies in the region of a crashed run. Policy, beat, arguments, seed, stack, slots and note are the region's. Of
 * the options it takes procs (0: as many as the run had; more than slots: clamped, with a warning), pin, way, faults,
 * fault_count, faults_anew, respawn_delay_ns, timeout_ns, watchdog_ns, keep, no_check, auto_resume, progress, record and context. Faults
 * of a rate, and what a list still has to come, go on as the region's seed says. */
int pm_resume(const char *path, const struct pm_program *program, const struct pm_options *options, pm_finished *finished,
              struct pm_report *report);
void pm_report_free(struct pm_report *report);

/* What a region says of itself without being changed; to find the program that resumes it. Killed processes may still be exiting:
 * it waits for two seconds until nobody has it in use. Returns 0; or PM_E_REGION and a line in peek->error: no region, or a
 * damaged one. in_use: somebody still works on it, and what was read may be out of date. */
struct pm_peek { char program[64]; char note[16384]; unsigned char args[PM_PROGRAM_ARGS_MAX]; bool finished, same_executable;
                 bool in_use; unsigned slots; char error[PM_TEXT_MAX]; };
int pm_region_peek(const char *path, struct pm_peek *peek);

const char *pm_version(void);

#endif
