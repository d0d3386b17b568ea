/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROC_CREATE_H
#define PROC_CREATE_H

#include "proc/run.h"

/* Creates and fills run->region; on failure the file may exist, unsealed: the caller removes it. */
int pm_run_create(struct pm_run *run);
/* All of it that changes nothing: see struct pm_region_plan. run->region then says what would be granted. */
int pm_run_try(struct pm_run *run);
/* How large that region will be; 0 where the options do not go together. */
uint64_t pm_run_region_bytes(struct pm_run *run);
/* The root's DONE and result, which whoever completed it may have died before writing back. Before anything is reported. */
void pm_run_make_durable(struct pm_run *run);

#endif
