/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Partition: Lomuto's, where every item moves and the border goes on by the value of a comparison; the hole that travels
 * with the scan saves the swap half its stores ("branchless cyclic Lomuto", O. Peters and L. Bergdoll). Below SMALL: groups
 * of eight by a sorting network, merged from both ends at once, with room for the missing items filled by the largest
 * number. Items equal to a pivot go right; a part that is known to begin at its pivot gives its equal items away in one
 * pass, so many equal items make it faster, not slower. Too many bad pivots in a row: heapsort.
 */
#include "sort_words.h"

#include <stdbool.h>
#include <string.h>

enum { GROUP = 8, SMALL = 32, NINTHER = 256 };

/* ---- small ------------------------------------------------------------------------------------------------------------- */

static inline void exchange(int64_t *a, int64_t *b) {
  int64_t x = *a, y = *b;
  bool less = y < x;
  *a = less ? y : x;
  *b = less ? x : y;
}

static inline void sort_group(int64_t *v) {             /* 19 comparators in 6 steps, the fewest for eight items */
  exchange(v + 0, v + 2), exchange(v + 1, v + 3), exchange(v + 4, v + 6), exchange(v + 5, v + 7);
  exchange(v + 0, v + 4), exchange(v + 1, v + 5), exchange(v + 2, v + 6), exchange(v + 3, v + 7);
  exchange(v + 0, v + 1), exchange(v + 2, v + 3), exchange(v + 4, v + 5), exchange(v + 6, v + 7);
  exchange(v + 2, v + 4), exchange(v + 3, v + 5);
  exchange(v + 1, v + 4), exchange(v + 3, v + 6);
  exchange(v + 1, v + 2), exchange(v + 3, v + 4), exchange(v + 5, v + 6);
}

/* Two sorted runs of `half` items each. The front takes `half` items from below, the back as many from above: neither can
 * run out of a run, so neither looks. */
static inline void merge(const int64_t *in, int64_t *out, int half) {
  const int64_t *a = in, *b = in + half, *y = in + half - 1, *z = in + 2 * half - 1;
  int64_t *front = out, *back = out + 2 * half - 1;
  for (int i = 0; i < half; i++) {
    bool second = *b < *a, first = *z < *y;
    *front++ = second ? *b : *a;
    b += second;
    a += !second;
    *back-- = first ? *y : *z;
    y -= first;
    z -= !first;
  }
}

static void sort_small(int64_t *v, size_t n) {
  int64_t one[SMALL], two[SMALL];
  size_t room = n <= GROUP ? GROUP : n <= 2 * GROUP ? 2 * GROUP : 4 * GROUP;
  memcpy(one, v, n * sizeof *v);
  for (size_t i = n; i < room; i++) one[i] = INT64_MAX;
  for (size_t i = 0; i < room; i += GROUP) sort_group(one + i);
  const int64_t *sorted = one;
  if (room >= 2 * GROUP) {
    for (size_t i = 0; i < room; i += 2 * GROUP) merge(one + i, two + i, GROUP);
    sorted = two;
  }
  if (room == 4 * GROUP) {
    merge(two, one, 2 * GROUP);
    sorted = one;
  }
  memcpy(v, sorted, n * sizeof *v);
}

/* ---- the last resort ----------------------------------------------------------------------------------------------------- */

static void sift(int64_t *v, size_t at, size_t n) {
  int64_t x = v[at];
  for (size_t child; (child = 2 * at + 1) < n; at = child) {
    child += child + 1 < n && v[child + 1] > v[child];
    if (v[child] <= x) break;
    v[at] = v[child];
  }
  v[at] = x;
}

static void heapsort(int64_t *v, size_t n) {
  for (size_t i = n / 2; i-- > 0;) sift(v, i, n);
  for (size_t end = n; end-- > 1;) {
    int64_t x = v[0];
    v[0] = v[end];
    v[end] = x;
    sift(v, 0, end);
  }
}

/* ---- quicksort ------------------------------------------------------------------------------------------------------------- */

static inline int64_t median(int64_t a, int64_t b, int64_t c) {
  int64_t low = a < b ? a : b, high = a < b ? b : a;
  return c < low ? low : c > high ? high : c;
}

static int64_t pivot_of(const int64_t *v, size_t n) {
  size_t eighth = n / 8;
  const int64_t *a = v, *b = v + 4 * eighth, *c = v + 7 * eighth;
  if (n < NINTHER) return median(*a, *b, *c);
  return median(median(a[0], a[eighth / 2], a[eighth]), median(b[-1], b[0], b[1]), median(c[0], c[eighth / 2], c[eighth - 1]));
}

/* Items below `pivot` to the front; returns how many. */
static size_t partition(int64_t *v, size_t n, int64_t pivot) {
  int64_t first = v[0];
  size_t border = 0, hole = 0;
  for (size_t i = 1; i < n; i++) {
    int64_t x = v[i];
    v[hole] = v[border];
    v[border] = x;
    hole = i;
    border += x < pivot;
  }
  v[hole] = v[border];
  v[border] = first;
  return border + (first < pivot);
}

/* `bounded`: no item is below `bound`. */
static void sort(int64_t *v, size_t n, int64_t bound, bool bounded, int budget) {
  while (n > SMALL) {
    if (!budget--) {
      heapsort(v, n);
      return;
    }
    int64_t pivot = pivot_of(v, n);
    if (bounded && pivot == bound) {
      if (pivot == INT64_MAX) return;
      size_t equal = partition(v, n, pivot + 1);
      v += equal;
      n -= equal;
      continue;
    }
    size_t less = partition(v, n, pivot);
    sort(v, less, bound, bounded, budget);
    v += less;
    n -= less;
    bound = pivot;
    bounded = true;
  }
  sort_small(v, n);
}

void sort_words(int64_t *v, size_t n) {
  int budget = 4;
  for (size_t m = n; m; m /= 2) budget += 3;
  sort(v, n, 0, false, budget);
}
