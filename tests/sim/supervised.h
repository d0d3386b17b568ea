/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whole runs in virtual time: the supervisor's own loop, plan of faults, injuries, watchdog, respawns, log and bins on a machine
 * that is drawn from a seed (machine.h), over as many sessions as crashes ask for. At each end everything is judged by what the
 * machine knows that really happened.
 */
#ifndef SIM_SUPERVISED_H
#define SIM_SUPERVISED_H

#include "machine.h"
#include "proc/mutant.h"

struct supervised_result {
  char error[512];                      /* "" right */
  int ended;                            /* 0 right; or the error that a session ended with, before a calm one finished the run */
  unsigned sessions;
  uint64_t steps, done, exns, missed, spared, traps, watchdog, log_full, gone;
  struct sim_truth truth;
};
void supervised_run(uint64_t seed, struct supervised_result *result);

#endif
