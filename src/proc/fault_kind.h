/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kinds of faults: a row and a file each (fault_kill.c, fault_hard.c, fault_exn.c, fault_stop.c, fault_crash.c). Whoever
 * deals with faults asks the row; nobody else knows a kind by its name.
 */
#ifndef PROC_FAULT_KIND_H
#define PROC_FAULT_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "pmrun.h"

struct pm_supervisor;
struct pm_injury;

/* What is known of a fault that was sent: nothing yet; it happened; it did not. */
enum pm_verdict { PM_VERDICT_OPEN, PM_VERDICT_HAPPENED, PM_VERDICT_MISSED };

struct pm_fault_kind_row {
  bool in_threads;                      /* a worker that is a thread can have it */
  bool hits_all;                        /* nobody is chosen: everybody is hit */
  bool for_good;                        /* the place stays empty; never done to the last one */
  bool survived;                        /* the worker goes on: its life does not change, and it can have several at a time */
  /* Does it to the worker of `place`, and moves its life. 0: sent; -errno: nobody was hit, and nothing changed. */
  int (*strike)(struct pm_supervisor *s, unsigned place, const struct pm_injury *injury);
  /* What a status from pm_machine's reap says about it. */
  enum pm_verdict (*judge)(int status);
};
extern const struct pm_fault_kind_row pm_fault_kill, pm_fault_hard, pm_fault_exn, pm_fault_stop, pm_fault_crash;

const struct pm_fault_kind_row *pm_fault_kind(enum pm_fault_kind kind);

#endif
