/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the end of a run needs to know, in the region: counters, the log of faults, rates over time. The supervisor writes it
 * (the tallies their workers), with plain stores; none of it decides what the result is. And what the run was begun with: note
 * and arguments, which are sealed.
 */
#ifndef PROC_RUN_LAYOUT_H
#define PROC_RUN_LAYOUT_H

#include "pmrun.h"
#include "sched/tally_layout.h"

enum { PM_BINS = 256, PM_NOTE_MAX = 16384 };
#ifdef PM_POINTS
enum { PM_LOG_MAX = 16 };
#else
enum { PM_LOG_MAX = 16384 };
#endif

struct pm_log_entry {
  uint32_t kind, state;
  int32_t place, pid, slot, taken_by;
  uint64_t when_ns;                     /* on the run's own clock */
  uint64_t injured_ns;                  /* CLOCK_MONOTONIC of the boot it happened in */
  uint64_t detected_ns, running_ns, caught_up_ns, lost_ns;   /* since the injury */
};

struct pm_bin { uint64_t steals, commits, faults; uint32_t live, pad; };   /* totals at the bin's end; live: the least in it */

struct pm_origin {
  char note[PM_NOTE_MAX];
  unsigned char args[PM_PROGRAM_ARGS_MAX];
};
static_assert(sizeof(struct pm_origin) % PM_PAGE == 0, "the whole section is summed, and all of it is of the run");

struct pm_run_block {
  uint32_t procs, procs_most, beats_fixed, sessions;
  int32_t command_pid;                  /* whose session the last one is */
  uint32_t pad;
  uint64_t beat_ns, setup_ns;
  uint64_t live_ns, down_ns;            /* closed segments */
  uint64_t segment_begin_ns, segment_alive_ns;      /* the open one; alive: the supervisor's last tick */
  uint64_t died, stood_still;           /* workers that nobody injured: by themselves, or ended by the watchdog */
  uint64_t missed;                      /* listed faults that did not happen */
  uint64_t faults_done, log_count, bin_ns, bin_count;
  uint64_t rng;                         /* of the fault plan, so that a resumed run goes on with it */
  uint64_t faults_taken_ns;             /* listed faults due before it were taken */
  struct pm_bin bin[PM_BINS];
  struct pm_log_entry log[PM_LOG_MAX];
  struct pm_tally tally[];              /* one a place: as many as slots */
};

#endif
