/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether this process runs with a sanitizer: asked when it runs, since a user's program may be built with one and linked with
 * a library that was not. Each defines a function that nothing else has; a weak name of it is null where it is missing.
 * Everything that is done otherwise under one asks here, and for one of these reasons:
 *
 * stack    AddressSanitizer and ThreadSanitizer follow the stack that a thread began with: tasks run on it (proc/cstack.c).
 * traps    Both have handlers of their own for SIGSEGV and the like, which print the report (proc/beat.c, proc/guard.c).
 * places   ThreadSanitizer leaves a program 512 GiB from the bottom, and little besides (pm/backend.c).
 * mapping  ThreadSanitizer knows a place by its address: threads share one mapping (proc/worker_main.c).
 */
#ifndef BASE_SANITIZER_H
#define BASE_SANITIZER_H

#include <stdbool.h>

extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));
extern void __msan_init(void) __attribute__((weak));
extern void __hwasan_init(void) __attribute__((weak));

static inline bool pm_sanitizer_of_threads(void) { return __tsan_init != 0; }
static inline bool pm_sanitizer_any(void) { return __asan_init || __tsan_init || __msan_init || __hwasan_init; }
/* Address bits of the places where a region may lie: from 2^least, so many bits of choice. */
static inline unsigned pm_sanitizer_place_bits(void) { return pm_sanitizer_of_threads() ? 36 : 44; }
static inline unsigned pm_sanitizer_places_bits(void) { return pm_sanitizer_of_threads() ? 38 : 45; }

#endif
