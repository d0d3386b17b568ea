/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/quantiles.h"

#include <stdlib.h>

static int compare(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static uint64_t nearest_rank(const uint64_t *ns, size_t n, size_t percent) {
  size_t rank = (n * percent + 99) / 100;
  return ns[rank ? rank - 1 : 0];
}

struct quantiles quantiles_of(uint64_t *ns, size_t n) {
  struct quantiles q = {.n = n};
  if (!n) return q;
  qsort(ns, n, sizeof *ns, compare);
  q.p50_ns = nearest_rank(ns, n, 50);
  q.p90_ns = nearest_rank(ns, n, 90);
  q.p99_ns = nearest_rank(ns, n, 99);
  q.max_ns = ns[n - 1];
  return q;
}
