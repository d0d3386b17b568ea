/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Distributions and random numbers are GSL's. The interval of a median is that of order statistics: the k-th smallest and the
 * k-th largest enclose the true median unless fewer than k of n fell on one side of it, and how many do is binomial.
 */
#include "results/stats.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { RATIO_LEAST = 5, RESAMPLES = 2000, EXACT_MOST = 25 };

static const struct interval nothing = {NAN, NAN, NAN};

static double median_of(double *x, size_t n) {
  gsl_sort(x, 1, n);
  return gsl_stats_median_from_sorted_data(x, 1, n);
}

struct interval stats_median(double *x, size_t n, double level) {
  if (!n) return nothing;
  struct interval i = {NAN, median_of(x, n), NAN};
  size_t k = 0;
  while (k + 1 <= n / 2 && 1 - 2 * gsl_cdf_binomial_P((unsigned)k, 0.5, (unsigned)n) >= level) k++;
  if (!k) return i;
  i.low = x[k - 1];
  i.high = x[n - k];
  return i;
}

static double resampled_median(gsl_rng *rng, const double *x, size_t n, double *room) {
  for (size_t i = 0; i < n; i++) room[i] = x[gsl_rng_uniform_int(rng, n)];
  return median_of(room, n);
}

struct interval stats_ratio(const double *a, size_t na, const double *b, size_t nb, double level, uint64_t seed) {
  if (!na || !nb) return nothing;
  size_t most = na > nb ? na : nb;
  double *room = malloc(most * sizeof *room), *ratio = malloc(RESAMPLES * sizeof *ratio);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct interval i = nothing;
  if (room && ratio && rng) {
    memcpy(room, a, na * sizeof *a);
    double top = median_of(room, na);
    memcpy(room, b, nb * sizeof *b);
    i.middle = top / median_of(room, nb);
  }
  if (room && ratio && rng && na >= RATIO_LEAST && nb >= RATIO_LEAST) {
    gsl_rng_set(rng, (unsigned long)seed);
    for (int k = 0; k < RESAMPLES; k++) {
      double top = resampled_median(rng, a, na, room);
      ratio[k] = top / resampled_median(rng, b, nb, room);
    }
    gsl_sort(ratio, 1, RESAMPLES);
    i.low = gsl_stats_quantile_from_sorted_data(ratio, 1, RESAMPLES, (1 - level) / 2);
    i.high = gsl_stats_quantile_from_sorted_data(ratio, 1, RESAMPLES, (1 + level) / 2);
  }
  if (rng) gsl_rng_free(rng);
  free(room);
  free(ratio);
  return i;
}

/* ---- ranks ----------------------------------------------------------------------------------- */

struct item { double value; bool first; };

static int compare_items(const void *x, const void *y) {
  double a = ((const struct item *)x)->value, b = ((const struct item *)y)->value;
  return (a > b) - (a < b);
}

/* P(U <= u) for samples of m and n without ties: of all orders of them, how many have that U. */
static double exact_below(size_t m, size_t n, size_t u) {
  size_t most = m * n;
  double *count = calloc(most + 1, sizeof *count), all = 1, below = 0;
  if (!count) return NAN;
  count[0] = 1;
  for (size_t i = 1; i <= m; i++) {           /* times (1 - q^(n+i)) / (1 - q^i) */
    for (size_t k = most + 1; k-- > n + i;) count[k] -= count[k - n - i];
    for (size_t k = i; k <= most; k++) count[k] += count[k - i];
    all = all * (double)(n + i) / (double)i;
  }
  for (size_t k = 0; k <= u; k++) below += count[k];
  free(count);
  return below / all;
}

double stats_rank_sum(const double *a, size_t na, const double *b, size_t nb) {
  if (!na || !nb) return NAN;
  size_t n = na + nb;
  struct item *items = malloc(n * sizeof *items);
  if (!items) return NAN;
  for (size_t i = 0; i < n; i++) items[i] = i < na ? (struct item){a[i], true} : (struct item){b[i - na], false};
  qsort(items, n, sizeof *items, compare_items);
  double rank_sum = 0, ties = 0;
  for (size_t i = 0, end; i < n; i = end) {
    for (end = i + 1; end < n && items[end].value <= items[i].value; end++) {}
    double t = (double)(end - i);
    ties += t * t * t - t;
    for (size_t k = i; k < end; k++) rank_sum += items[k].first ? (double)(i + end + 1) / 2 : 0;
  }
  free(items);
  double m = (double)na, l = (double)nb, all = (double)n, u = rank_sum - m * (m + 1) / 2;
  if (u > m * l / 2) u = m * l - u;
  if (ties == 0 && na <= EXACT_MOST && nb <= EXACT_MOST) return fmin(1, 2 * exact_below(na, nb, (size_t)lround(u)));
  double spread = sqrt(m * l / 12 * (all + 1 - ties / (all * (all - 1))));
  if (!(spread > 0)) return 1;
  return fmin(1, 2 * gsl_cdf_ugaussian_P((u + 0.5 - m * l / 2) / spread));
}
