/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * n int64 sorted in place by quicksort: an OpenMP task for one part of what is longer than CUT_OFF,
 * plain calls below, insertion below SMALL. The partition has no branch that depends on the items.
 */
#include <omp.h>

#include "peer.h"

enum { CUT_OFF = 8192, SMALL = 24, DEEP_PER_BIT = 3 };

static void insertion(int64_t *v, uint64_t n) {
  for (uint64_t i = 1; i < n; i++) {
    int64_t x = v[i];
    uint64_t j = i;
    for (; j && v[j - 1] > x; j--) v[j] = v[j - 1];
    v[j] = x;
  }
}

static void sift(int64_t *v, uint64_t at, uint64_t n) {
  int64_t x = v[at];
  for (uint64_t child; (child = 2 * at + 1) < n; at = child) {
    child += child + 1 < n && v[child + 1] > v[child];
    if (v[child] <= x) break;
    v[at] = v[child];
  }
  v[at] = x;
}

static void heapsort(int64_t *v, uint64_t n) {
  for (uint64_t i = n / 2; i-- > 0;) sift(v, i, n);
  for (uint64_t end = n; end-- > 1;) {
    int64_t x = v[0];
    v[0] = v[end];
    v[end] = x;
    sift(v, 0, end);
  }
}

static inline void swap(int64_t *a, int64_t *b) {
  int64_t x = *a;
  *a = *b;
  *b = x;
}

static void median_to(int64_t *a, int64_t *b, int64_t *c) {   /* sorts the three */
  if (*a > *b) swap(a, b);
  if (*b > *c) swap(b, c);
  if (*a > *b) swap(a, b);
}

/* The pivot: the median of three medians of three, or of three where that is enough; in v[0]. */
static void choose(int64_t *v, uint64_t n) {
  int64_t *middle = v + n / 2, *last = v + n - 1;
  if (n > 128) {
    median_to(v + 1, middle - 1, last - 1);
    median_to(v + 2, middle + 1, last - 2);
    median_to(middle - 1, middle, middle + 1);
  }
  median_to(v, middle, last);
  swap(v, middle);
}

/* v[0] is the pivot. Lomuto: every item is swapped, and the border moves by a comparison's value.
   Returns where the pivot is: smaller items before it, the others after it. */
static uint64_t partition(int64_t *v, uint64_t n) {
  int64_t pivot = v[0];
  uint64_t border = 1;
  for (uint64_t i = 1; i < n; i++) {
    int64_t x = v[i];
    v[i] = v[border];
    v[border] = x;
    border += x < pivot;
  }
  swap(v, v + border - 1);
  return border - 1;
}

/* Of v[0..n), none below v[0]: how many equal it, moved to the front. */
static uint64_t equals(int64_t *v, uint64_t n) {
  int64_t pivot = v[0];
  uint64_t border = 1;
  for (uint64_t i = 1; i < n; i++)
    if (v[i] == pivot) swap(v + i, v + border++);
  return border;
}

static void sort(int64_t *v, uint64_t n, int depth) {
  while (n > SMALL) {
    if (!depth--) {
      heapsort(v, n);
      return;
    }
    choose(v, n);
    uint64_t left = partition(v, n), right = left + 1;
    if (left < n / 8) right = left + equals(v + left, n - left);
    if (n > CUT_OFF) {
#pragma omp task
      sort(v, left, depth);
    } else {
      sort(v, left, depth);
    }
    v += right;
    n -= right;
  }
  insertion(v, n);
}

int main(int argc, char **argv) {
  struct peer p = peer_start(argc, argv, "openmp", "quicksort", PEER_SORT_MOST);
  uint64_t sum, ns = 0;
  int64_t *items = peer_items(&p, &sum);
  int team = 0, depth = DEEP_PER_BIT * (64 - __builtin_clzll(p.n));
  omp_set_dynamic(0);
#pragma omp parallel num_threads(p.threads)
  {
#pragma omp barrier
#pragma omp single
    {
      team = omp_get_num_threads();
      uint64_t begin = peer_now();
#pragma omp taskgroup
      sort(items, p.n, depth);
      ns = peer_now() - begin;
    }
  }
  return peer_end(&p, ns, team == p.threads && peer_sorted(items, p.n, sum));
}
