/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether a run has room, asked before anything is made: on the file system of its region, in memory (control groups, the
 * machine's own), in address space, in the other limits of a process. Each is a lower bound of what will be needed: who is
 * refused could not have run. What cannot be read refuses nobody.
 */
#ifndef PROC_ROOM_H
#define PROC_ROOM_H

#include "proc/run.h"

/* A fresh run, its places counted. 0, or PM_E_MACHINE or PM_E_USAGE and a line in run->error. */
int pm_room_check(struct pm_run *run);
/* One process that takes so much private memory, and so much address space beside it. 0, or PM_E_MACHINE. */
int pm_room_check_private(uint64_t memory_bytes, uint64_t address_bytes, struct pm_error_line *e);

#endif
