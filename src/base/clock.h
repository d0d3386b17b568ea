/* SPDX-License-Identifier: BSD-3-Clause */
/* Time: nanoseconds of CLOCK_MONOTONIC, the same in every process of a machine. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#ifdef PM_POINTS
/* In a simulation time passes a step a look, so that a run depends on its seed alone. */
extern uint64_t pm_clock_steps, pm_clock_step_ns;
#endif

static inline uint64_t pm_clock_ns(void) {
#ifdef PM_POINTS
  if (pm_clock_step_ns) return pm_clock_steps += pm_clock_step_ns;
#endif
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline struct timespec pm_clock_span(uint64_t ns) {
  return (struct timespec){.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
}

#endif
