/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every number of the scheduler and of the supervisor that was chosen, and that another choice would not make wrong: times,
 * patience, factors, sizes of rings. Each with its reason. What a file format or an algorithm fixes is not here.
 */
#ifndef BASE_TUNABLES_H
#define BASE_TUNABLES_H

#include <stdint.h>

/* ---- the search for work: sched/theft.c -------------------------------------------------------------------------------------- */
/* A worker that found nothing for so long looks for a slot whose holder died: longer than a round of thefts that fail because
 * somebody else was faster, much shorter than a beat. */
static const uint64_t pm_adopt_after_ns = 20000;
/* And after so long it sleeps: about what a futex's wait and wake cost, ten times over. */
static const uint64_t pm_park_after_ns = 60000;
/* No sleep is longer: the owner of a job may die without ringing the bell. */
static const uint64_t pm_park_ns = 500000;
/* A thief asks a busy worker to promote; each request costs the victim a stop. The wait between requests doubles. */
static const uint64_t pm_ask_least_ns = 20000, pm_ask_most_ns = 2000000;
/* Promoted forks that a seat offers at once. More would be found stale by the time anybody reads them. */
enum { PM_HINTS = 128 };

/* ---- joins and seats: sched/join.c, sched/attach.c ----------------------------------------------------------------------------- */
/* Spins so long for a child that somebody took: about what a suspension and its way back cost. */
static const uint64_t pm_join_spin_ns = 3000;
/* With as many workers as slots there is no free one while an adopter holds two, for microseconds. */
static const uint64_t pm_seat_wait_ns = 2000000000, pm_seat_retry_ns = 1000000;
/* What became of injuries, told by workers, read by the supervisor: more than are injured between two of its ticks. */
enum { PM_EVENTS = 1024 };

/* ---- beats: sched/stop.c, proc/beat.c, proc/command.c ---------------------------------------------------------------------------- */
/* T is as many times what a beat costs. Half a per cent by the cost that is measured, in a spinning loop; code that fills
 * caches and vector registers pays two to three times that (matrix: 60 us a beat where the loop says 24), so about 1 %. */
enum { PM_BEAT_TIMES = 200 };
/* Bounds of a T that is found by measuring: below, the timer itself would show; above, a fault would lose what one notices. */
static const uint64_t pm_beat_least_ns = 200000, pm_beat_most_ns = 20000000;
/* Until the first commit is measured, and what a beat's signal costs where it could not be measured. */
static const uint64_t pm_commit_guess_ns = 1000, pm_beat_signal_guess_ns = 5000;
/* The measurement: so many beats, so far apart, no longer than that. The median of fifteen is steady to a few per cent. */
enum { PM_BEAT_SAMPLES = 15 };
static const uint64_t pm_beat_sample_ns = 200000, pm_beat_samples_most_ns = 20000000;
/* In the region's header where nobody gave a T and none was measured (policies without beats). */
static const uint64_t pm_beat_default_ns = 2000000;
/* A restart point that was lost again and again has its beat halved, down to so many times what a beat costs: half of the time
 * is then the task's. */
enum { PM_BEAT_TIMES_LEAST = 2 };
/* However short a beat is, its signals do not follow each other faster than so many times what one costs. */
enum { PM_BEAT_PERIOD_TIMES = 4 };
/* Under the policy `fork` a commit takes about as long as looking at the clock five times, so of so many commits one is timed, and
 * the others count as much. A power of two. */
enum { PM_COMMITS_A_TIMING = 8 };
/* So often is one restart point lost, without a commit by anybody in between, until the run is given up. A capsule that gets
 * through once in a hundred times fails a thousand times in a row once in twenty thousand; a thousand restarts take a second. */
enum { PM_STUCK_LOSSES = 1000 };
/* A task that fails so often in a row at one place is a bug of the program, not of the moment. */
enum { PM_POISONED = 3 };

/* ---- the supervisor: proc/supervisor.c, injury.c, watchdog.c ------------------------------------------------------------------------ */
/* Exns that are on their way to workers at one time. Where there are more, the next is not sent. */
enum { PM_EXNS_OPEN = 4096 };
/* Between two looks at everything that tells nobody when it changes. */
static const uint64_t pm_tick_ns = 10000000;
/* Before the first task has begun it looks more often, because the plan of faults counts from there. */
static const uint64_t pm_first_look_ns = 500000;
/* More workers that died and that nobody injured, and the run is given up: whoever kills them will not stop. */
enum { PM_UNPLANNED_MAX = 20 };
/* Workers that do not leave when the run is over are in a long leaf, which nobody waits for. */
static const uint64_t pm_leave_ns = 300000000;
/* Faults of a rate that are later than this are not made up for: after a long stop there would be a flood of them. */
static const uint64_t pm_fault_late_ns = 100000000;
/* When a listed fault that finds nobody to hit is looked at again. */
static const uint64_t pm_injury_again_ns = 1000000;
/* How long a worker's beats may stand still: stopped by a signal; otherwise so many times as long, for then it may be that it
 * gets no core. */
static const uint64_t pm_watchdog_ns = 1000000000;
enum { PM_STARVED_TIMES = 30 };
/* A supervisor that was away for so many ticks was stopped itself, and cannot say who stood still meanwhile. */
enum { PM_GAP_TICKS = 20 };
/* A worker that cannot be started for want of a process, a file or memory is tried again, after a wait that doubles. As often
 * in a row with nobody at work, and the run ends with the reason: about ten seconds. */
static const uint64_t pm_respawn_least_ns = 5000000, pm_respawn_most_ns = 1000000000;
enum { PM_RESPAWN_TRIES = 16 };

/* ---- the command: proc/command.c ------------------------------------------------------------------------------------------------------ */
/* Between two lines of progress. */
static const uint64_t pm_progress_ns = 100000000;
/* A supervisor that somebody stopped is continued so often, when the run is over, before it is ended. */
enum { PM_STOPPED_TRIES = 30 };

/* The time being over, so long until a second look whether the workers have been ended; threads, which cannot be, get so long to
 * come to a stop by themselves. */
static const uint64_t pm_late_again_ns = 200000000, pm_late_threads_ns = 1000000000;

/* ---- workers: proc/worker_main.c, thread.c, cstack.c, beat.c ---------------------------------------------------------------------------- */
/* A first worker that waits for the others looks so often whether the run was called off. */
static const uint64_t pm_go_look_ns = 1000000;
/* What a process of a run takes of memory by being there, at least: its kernel stack, its copies of libraries' data. Measured: 0.4
 * to 0.6 MB. A run whose limit leaves less is killed while its workers start. */
static const uint64_t pm_process_bytes = 384 << 10;
/* The stack of a worker that is a thread: task code runs on one of its own, except under the sanitizers. */
enum { PM_THREAD_STACK_BYTES = 16 << 20 };
/* C needs two to four times the bytes of a task's frame for a call of it; address space is all that unused ones cost. The guard
 * is larger than any frame of a leaf that does not ask for trouble. */
enum { PM_CSTACK_GUARD_BYTES = 1 << 20, PM_CSTACK_LEAST_BYTES = 8 << 20, PM_CSTACK_TIMES = 32 };
/* For handlers of real faults: AVX-512's state, twice, and a message. */
enum { PM_ALTERNATE_BYTES = 65536 };

/* ---- a region's file: pm/file.c ------------------------------------------------------------------------------------------------------- */
/* Killed processes may still be exiting, and hold its lock until they are gone: freeing gigabytes takes a while. */
static const uint64_t pm_exit_wait_ns = 2000000000, pm_exit_look_ns = 1000000;

/* ---- a fresh region: proc/create.c ----------------------------------------------------------------------------------------------------- */
/* Room for a worker's frames: a depth of 500 of the smallest. */
static const uint64_t pm_stack_default_bytes = 65536;
/* Join records a slot. Each has a buffer for a whole stack: so many, that they take at most that much, but always a few. */
#ifdef PM_POINTS
enum { PM_JOINS_LEAST = 6, PM_JOINS_MOST = 6, PM_JOINS_BYTES = 0 };     /* tiny, to give bugs a chance */
#else
enum { PM_JOINS_LEAST = 8, PM_JOINS_MOST = 64, PM_JOINS_BYTES = 4 << 20 };
#endif
/* Of the samples over time: where a run is short, its bins are as fine as the supervisor's ticks allow. */
static const uint64_t pm_bin_ns = 5000000;

/* ---- what others took of the cores: proc/foreign.c ------------------------------------------------------------------------------------- */
/* The kernel counts in ticks of up to 10 ms: in less time than this they say nothing. */
static const uint64_t pm_foreign_least_ns = 50000000;

#endif
