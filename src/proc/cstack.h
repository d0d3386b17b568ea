/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A C stack of the worker's own, sized by the setting that bounds the frames of tasks: they fill up long before it does,
 * unless a task keeps much in C locals. A guard page below it tells that mistake from other faults.
 */
#ifndef PROC_CSTACK_H
#define PROC_CSTACK_H

#include <stdbool.h>
#include <stddef.h>

struct pm_cstack { char *base; size_t bytes; };

/* How much address space one takes. */
size_t pm_cstack_bytes(size_t frames);
/* For `frames` bytes of task frames. Returns 0 or -ENOMEM. */
int pm_cstack_open(struct pm_cstack *s, size_t frames);
void pm_cstack_close(struct pm_cstack *s);
/* Calls f(argument) on it, and returns what it returns. */
int pm_cstack_call(struct pm_cstack *s, int (*f)(void *argument), void *argument);
/* Whether a fault at `address` is the stack running over. */
bool pm_cstack_guards(const struct pm_cstack *s, const void *address);

#endif
