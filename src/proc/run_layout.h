/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the end of a run needs to know, in the region: counters, the log of faults, rates over time. The supervisor writes it
 * (the tallies their workers), with plain stores; none of it decides what the result is. And what the run was begun with: note
 * and arguments, which are sealed.
 *
 * What is on the medium when (proc/run_save.c), so that the record is true after a power failure or says what it lost:
 *
 *   a session begins       all of it, with what was found out of the one before, and only then its number in the region's header
 *   a fault                its entry, then the head with the count, and only then the signal is sent
 *   an entry is concluded  with the supervisor's next tick, the head with it
 *   a session ends         all of it: as the supervisor closes it, or, where that is dead, as its command finds it cut off
 *
 * An entry is one line. Its sum is of what never changes in it and of its place in the log, so one that is not there is not taken
 * for one of somebody else's or of nobody's.
 */
#ifndef PROC_RUN_LAYOUT_H
#define PROC_RUN_LAYOUT_H

#include "pmrun.h"
#include "pm/view.h"
#include "sched/tally_layout.h"

enum { PM_BINS = 256, PM_NOTE_MAX = 16384 };
#ifdef PM_POINTS
enum { PM_LOG_MAX = 16 };
#else
enum { PM_LOG_MAX = 16384 };
#endif

struct pm_log_entry {
  uint8_t kind, state;
  int16_t place, slot, taken_by;
  int32_t pid;
  uint32_t sum;                         /* pm_log_sum */
  uint64_t when_ns;                     /* on the run's own clock */
  uint64_t injured_ns;                  /* CLOCK_MONOTONIC of the boot it happened in */
  uint64_t detected_ns, running_ns, caught_up_ns, lost_ns;   /* since the injury */
};
static_assert(sizeof(struct pm_log_entry) == PM_LINE, "on the medium whole or not at all");

/* The last session: closed; not, as far as the block knows; cut off, and all that it had noted was saved. */
enum pm_last { PM_LAST_CLOSED, PM_LAST_ON, PM_LAST_CUT, PM_LASTS };
enum pm_lost { PM_LOST_PART = 1, PM_LOST_DOWN = 2 };    /* some of the log, counts and times; how long the run was down */

struct pm_bin { uint64_t steals, commits, faults; uint32_t live, pad; };   /* totals at the bin's end; live: the least in it */

struct pm_origin {
  char note[PM_NOTE_MAX];
  unsigned char args[PM_PROGRAM_ARGS_MAX];
};
static_assert(sizeof(struct pm_origin) % PM_PAGE == 0, "the whole section is summed, and all of it is of the run");

struct pm_run_block {
  uint32_t procs, procs_most, beats_fixed, sessions;
  int32_t command_pid;                  /* whose session the last one is */
  uint32_t session, last, lost;         /* of which session this is, by the header's number; enum pm_last; bits of pm_lost */
  uint8_t boot[16];                     /* that the open segment's times are of; 0: not known */
  uint64_t beat_ns, setup_ns;
  uint64_t live_ns, down_ns;            /* closed segments */
  uint64_t segment_begin_ns, segment_alive_ns;      /* the open one; alive: the supervisor's last tick */
  uint64_t died, stood_still;           /* workers that nobody injured: by themselves, or ended by the watchdog */
  uint64_t missed;                      /* listed faults that did not happen */
  uint64_t faults_done, log_count, bin_ns, bin_count;
  uint64_t rng;                         /* of the fault plan, so that a resumed run goes on with it */
  uint64_t faults_taken_ns;             /* listed faults due before it were taken */
  struct pm_bin bin[PM_BINS];
  _Alignas(PM_LINE) struct pm_log_entry log[PM_LOG_MAX];
  struct pm_tally tally[];              /* one a place: as many as slots */
};

#endif
