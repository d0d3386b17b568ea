/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls code of the program - its check, its output - in the calling process, so that a fault in it is an error with a text and
 * not the end of the process: it reads what lies in a region, where damage may have changed an address or a count. What the code
 * held (memory, an open file) stays as it was when it is cut off.
 */
#ifndef PROC_GUARD_H
#define PROC_GUARD_H

/* f(argument), or `-signal number` of the fault that ended it; *fault says which, 0 none. Not from two threads at once. */
int pm_guard_call(int (*f)(void *argument), void *argument, int *fault);

#endif
