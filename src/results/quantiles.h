/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles of times, by the nearest rank: every one of them is a time that was seen. */
#ifndef RESULTS_QUANTILES_H
#define RESULTS_QUANTILES_H

#include <stddef.h>
#include <stdint.h>

struct quantiles {
  size_t n;
  uint64_t p50_ns, p90_ns, p99_ns, max_ns;
}; /* n == 0: the others mean nothing */

/* Sorts `ns`. */
struct quantiles quantiles_of(uint64_t *ns, size_t n);

#endif
