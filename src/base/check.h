/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Assertions on a ladder of cost. PM_CHECK stays in the release build: a failed one ends this worker, which the design
 * survives and the supervisor reports. PM_ASSERT is for debug builds. What a user or a file can cause is an error, never one
 * of these.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

_Noreturn void pm_check_failed(const char *what, const char *file, int line);
#define PM_CHECK(x) (__builtin_expect(!!(x), 1) ? (void)0 : pm_check_failed(#x, __FILE__, __LINE__))
#ifdef NDEBUG
#define PM_ASSERT(x) ((void)0)
#else
#define PM_ASSERT(x) PM_CHECK(x)
#endif

#endif
