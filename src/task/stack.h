/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The working stack: the frames of the running thread of tasks, end to end in private memory. Its bytes come from an image
 * after a fault, so a walk trusts nothing: task ids, sizes, fork chains.
 */
#ifndef TASK_STACK_H
#define TASK_STACK_H

#include <stdbool.h>

#include "pmsched.h"

struct pm_stack {
  char *base;
  uint32_t bytes;                       /* in use, where nothing runs; a stop says how far it reaches */
  uint32_t capacity;                    /* bytes of an image: the setting --stack */
};

/* A fork in a frame, found by a walk. */
struct pm_fork_at { struct pm_head *frame; struct pm_fork *note; };

/* Where each frame begins, oldest first; returns how many, -1 if the bytes are not a stack of these tasks. */
int pm_stack_frames(const char *base, uint32_t bytes, const struct pm_task *tasks, uint32_t task_count, uint32_t *offsets,
                    uint32_t max);
/* Calls `each` for every fork not yet joined, oldest frame first, within a frame youngest first; false: not a stack. */
typedef void pm_fork_each(void *context, struct pm_head *frame, struct pm_fork *note);
bool pm_stack_forks(char *base, uint32_t bytes, const struct pm_task *tasks, uint32_t task_count, pm_fork_each *each,
                    void *context);
/* What stands behind a note: its arguments, and once promoted the join record (index in the low half, generation above). */
static inline struct pm_fork *pm_fork_noted(void *frame, uint32_t word) { return (struct pm_fork *)((char *)frame + 8 * word); }
static inline void *pm_fork_args(struct pm_fork *note) { return note + 1; }
static inline pm_word *pm_fork_ref(struct pm_fork *note) { return (pm_word *)(note + 1); }
static inline pm_word pm_fork_ref_of(uint32_t join, uint32_t gen) { return (pm_word)gen << 32 | join; }

/* The oldest fork that is not promoted yet; note is NULL where there is none. Counts the join records that the stack holds: of
 * promoted forks, and of those whose child runs here, inside the join (they are out of the chain, and freed behind it). */
struct pm_fork_at pm_stack_oldest_fork(const struct pm_stack *s, uint32_t bytes, const struct pm_task *tasks,
                                       uint32_t task_count, unsigned *promoted);

#endif
