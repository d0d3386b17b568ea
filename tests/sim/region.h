/* SPDX-License-Identifier: BSD-3-Clause */
/* A fresh region of the tree program for each run of a simulation: made once, and laid back as it was. */
#ifndef SIM_REGION_H
#define SIM_REGION_H

#include "proc/run.h"
#include "tree.h"

/* `o->args` names the deepest tree of all runs; `args` this run's. Four slots. */
void sim_region_fresh(struct pm_run *run, const struct pm_options *o, const struct tree_block *args);

#endif
