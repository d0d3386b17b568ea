/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Steps of the supervisor that the simulation leaves out, one at a time, to see that somebody notices. In every other build
 * they cannot be left out.
 */
#ifndef PROC_MUTANT_H
#define PROC_MUTANT_H

enum pm_mutant { PM_MUTANT_NONE, PM_MUTANT_RESPAWN, PM_MUTANT_TRY_AGAIN, PM_MUTANT_REFUSED, PM_MUTANT_STATUS, PM_MUTANT_EXN_EVENT,
                 PM_MUTANT_EXN_ENDED, PM_MUTANT_UNPLANNED, PM_MUTANT_WATCHDOG, PM_MUTANT_CRASH_NOTE, PM_MUTANT_MISSED, PM_MUTANT_LOG_ENTRY,
                 PM_MUTANT_LOG_SAVE, PM_MUTANT_NOTE_SAVE, PM_MUTANTS };
#ifdef PM_POINTS
extern enum pm_mutant pm_mutant;
#define PM_LEFT_OUT(step) (pm_mutant == PM_MUTANT_##step)
#else
#define PM_LEFT_OUT(step) 0
#endif

#endif
