/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checksums of what lies in a region, against damage and not against malice: XXH3, compiled into its callers, because most of
 * what is summed is shorter than a call costs. A sum over several pieces hands the sum of one to the next as its seed.
 */
#ifndef BASE_SUM_H
#define BASE_SUM_H

#include <stddef.h>
#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* A long piece without a seed: a seed would cost a table of its own. */
static inline uint64_t pm_sum(const void *data, size_t bytes) { return XXH3_64bits(data, bytes); }
static inline uint64_t pm_sum_on(uint64_t before, const void *data, size_t bytes) {
  return XXH3_64bits_withSeed(data, bytes, before);
}

#endif
