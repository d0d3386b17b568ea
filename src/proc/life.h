/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a place, and who moves it. pm_life_move is the only function that does: it names the old state and checks it,
 * and life.c has the table of edges, the same as here:
 *
 *   EMPTY   -> RUNNING   start
 *   EMPTY   -> DEAD      start: refused for want of a process or memory; it is tried again
 *   RUNNING -> DYING     the signal is sent: an injury (fault_kill.c, fault_hard.c); pm_watch: its beats stood still; hurry: it did
 *                        not leave when the run was over
 *   RUNNING -> STOPPED   an injury (fault_stop.c)
 *   STOPPED -> RUNNING   reaped: somebody continued it (a terminal's SIGCONT goes to the whole group)
 *   STOPPED -> DYING     pm_watch; hurry
 *   DYING   -> DEAD      reaped
 *   DYING   -> GONE      reaped, after a fault for good: the place stays empty
 *   RUNNING -> DEAD      reaped: a death that nobody injured, or the worker had not what it needs to begin; STOPPED likewise
 *   DEAD    -> RUNNING   respawn
 *   RUNNING, DYING, STOPPED -> LEFT   reaped, the run being over
 */
#ifndef PROC_LIFE_H
#define PROC_LIFE_H

struct pm_supervisor;

enum pm_life {
  PM_LIFE_EMPTY, PM_LIFE_RUNNING, PM_LIFE_DYING, PM_LIFE_STOPPED, PM_LIFE_DEAD, PM_LIFE_GONE, PM_LIFE_LEFT, PM_LIVES
};

/* The worker of `place`, which is in `from`, is from now on in `to`. */
void pm_life_move(struct pm_supervisor *s, unsigned place, enum pm_life from, enum pm_life to);
/* Places in that state. */
unsigned pm_life_count(const struct pm_supervisor *s, enum pm_life life);
/* A worker is there that has not been reaped. */
static inline _Bool pm_life_is_there(enum pm_life life) {
  return life == PM_LIFE_RUNNING || life == PM_LIFE_DYING || life == PM_LIFE_STOPPED;
}

#endif
