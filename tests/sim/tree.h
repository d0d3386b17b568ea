/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The program the simulation runs: a binary tree of forks. A leaf adds one to its cell, reading it and overwriting it behind
 * a mark (a write after read, so a repeated capsule would count twice); an inner task adds its children's sums, and adds one
 * to a cell of its own between two commits. Exact only if everything happened exactly once.
 */
#ifndef SIM_TREE_H
#define SIM_TREE_H

#include <pmsched.h>

struct tree_block { int64_t depth; };
/* Called in task code, where a signal may come; NULL: nothing. */
extern void (*tree_in_task)(struct pm_worker *w);
extern const struct pm_program tree_program;

#endif
