/* SPDX-License-Identifier: BSD-3-Clause */
/* Seeded random numbers: splitmix64 (Steele, Lea, Flood 2014), one word of state, any seed is good. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <math.h>
#include <stdint.h>

struct pm_random { uint64_t state; };

static inline uint64_t pm_random_next(struct pm_random *r) {
  uint64_t z = (r->state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}
/* 0 <= result < n, for n > 0; the bias is below 2^-32 for the small n it is used with. */
static inline uint32_t pm_random_below(struct pm_random *r, uint32_t n) {
  return (uint32_t)(((pm_random_next(r) >> 32) * n) >> 32);
}
/* The waiting time until the next event of a Poisson process, in ns. */
static inline uint64_t pm_random_wait_ns(struct pm_random *r, double rate_hz) {
  double u = (double)((pm_random_next(r) >> 11) + 1) * 0x1p-53;
  double ns = -log(u) / rate_hz * 1e9;
  return ns < 9e18 ? (uint64_t)ns : (uint64_t)9e18;
}

#endif
