/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statistics of few, skewed, noisy times: medians, order statistics, bootstrap, ranks. NAN where nothing can be said. */
#ifndef RESULTS_STATS_H
#define RESULTS_STATS_H

#include <stddef.h>
#include <stdint.h>

struct interval { double low, middle, high; };

/* The median, and the interval of order statistics that covers the true median with at least `level` (0.95); low and high
 * are NAN where n is too small for it (fewer than 6 at 0.95). Sorts `x`. */
struct interval stats_median(double *x, size_t n, double level);
/* median(a) / median(b), and the bootstrap's percentile interval; seeded, so that it is the same each time. low and high are
 * NAN where either has fewer than 5. */
struct interval stats_ratio(const double *a, size_t na, const double *b, size_t nb, double level, uint64_t seed);
/* The two-sided p value of the rank-sum test (exact for small samples without ties, else normal with ties corrected). */
double stats_rank_sum(const double *a, size_t na, const double *b, size_t nb);

#endif
