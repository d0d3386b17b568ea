/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What every peer shares: arguments, seeded input, timing, the check's verdict, and the one line
 * of output: `peer workload n threads ns`. Usage: PROGRAM N [THREADS [SEED]].
 * The time is of the computation alone: input, warm-up of the thread pool and check are outside.
 */
#ifndef PEER_H
#define PEER_H

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct peer {
  const char *name, *workload;
  uint64_t n, seed;
  int threads;
};

static inline uint64_t peer_number(const char *text, uint64_t least, uint64_t most) {
  char *end;
  errno = 0;
  uint64_t value = strtoull(text, &end, 10);
  if (errno || end == text || *end || *text == '-' || value < least || value > most) {
    fprintf(stderr, "%s: not a number from %" PRIu64 " to %" PRIu64 "\n", text, least, most);
    exit(2);
  }
  return value;
}

static inline struct peer peer_start(int argc, char **argv, const char *name,
                                     const char *workload, uint64_t most) {
  struct peer p = {name, workload, 0, 1, 1};
  if (argc < 2 || argc > 4) {
    fprintf(stderr, "usage: %s N [THREADS [SEED]]\n", argv[0]);
    exit(2);
  }
  p.n = peer_number(argv[1], 1, most);
  if (argc > 2) p.threads = (int)peer_number(argv[2], 1, 1024);
  if (argc > 3) p.seed = peer_number(argv[3], 0, UINT64_MAX);
  return p;
}

static inline uint64_t peer_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline int peer_end(const struct peer *p, uint64_t ns, int right) {
  if (!right) {
    fprintf(stderr, "%s %s %" PRIu64 ": WRONG RESULT\n", p->name, p->workload, p->n);
    return 1;
  }
  printf("%s %s %" PRIu64 " %d %" PRIu64 "\n", p->name, p->workload, p->n, p->threads, ns);
  return fflush(stdout) ? 1 : 0;
}

static inline void *peer_memory(uint64_t count, size_t size) {
  void *memory = count > SIZE_MAX / size ? NULL : malloc(count * size);
  if (memory) return memory;
  fprintf(stderr, "no memory for %" PRIu64 " items of %zu bytes\n", count, size);
  exit(1);
}

static inline uint64_t peer_mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static inline uint64_t peer_random(uint64_t *state) {        /* splitmix64 */
  return peer_mix(*state += 0x9E3779B97F4A7C15u);
}

/* ---- fib ---------------------------------------------------------------------------------- */

#define PEER_FIB_MOST 92

static inline int peer_fib_right(uint64_t n, int64_t answer) {
  int64_t x = 0, y = 1;
  for (uint64_t i = 0; i < n; i++) {
    int64_t next = (int64_t)((uint64_t)x + (uint64_t)y);
    x = y;
    y = next;
  }
  return x == answer;
}

/* ---- quicksort ---------------------------------------------------------------------------- */

#define PEER_SORT_MOST (UINT64_C(1) << 40)

/* Of the multiset: the order does not change it. */
static inline uint64_t peer_sum(const int64_t *items, uint64_t n) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < n; i++) sum += peer_mix((uint64_t)items[i] + 0x9E3779B97F4A7C15u);
  return sum;
}

static inline int64_t *peer_items(const struct peer *p, uint64_t *sum) {
  int64_t *items = (int64_t *)peer_memory(p->n, sizeof *items);
  uint64_t state = p->seed;
  for (uint64_t i = 0; i < p->n; i++) items[i] = (int64_t)peer_random(&state);
  *sum = peer_sum(items, p->n);
  return items;
}

static inline int peer_sorted(const int64_t *items, uint64_t n, uint64_t sum) {
  for (uint64_t i = 1; i < n; i++)
    if (items[i - 1] > items[i]) return 0;
  return peer_sum(items, n) == sum;
}

/* ---- matrix ------------------------------------------------------------------------------- */

#define PEER_MATRIX_MOST 65536

static inline double peer_real(uint64_t *state) {            /* in [-1, 1) */
  return (double)(peer_random(state) >> 11) * 0x1p-52 - 1;
}

/* C is zeroed, so that none of the three is touched first in the time measured. */
static inline void peer_matrices(const struct peer *p, double **a, double **b, double **c) {
  uint64_t state = p->seed, items = p->n * p->n;
  *a = (double *)peer_memory(items, sizeof **a);
  *b = (double *)peer_memory(items, sizeof **b);
  *c = (double *)peer_memory(items, sizeof **c);
  for (uint64_t i = 0; i < items; i++) (*a)[i] = peer_real(&state);
  for (uint64_t i = 0; i < items; i++) (*b)[i] = peer_real(&state);
  for (uint64_t i = 0; i < items; i++) (*c)[i] = 0;
}

static inline void peer_times(const double *m, const double *x, double *y, uint64_t n) {
  for (uint64_t i = 0; i < n; i++) {
    y[i] = 0;
    for (uint64_t j = 0; j < n; j++) y[i] += m[i * n + j] * x[j];
  }
}

/* Freivalds: C r = A (B r) for a random r. The bound is of n * n roundings of items about 1. */
static inline int peer_product(const struct peer *p, const double *a, const double *b,
                               const double *c) {
  uint64_t n = p->n, state = ~p->seed;
  double *r = (double *)peer_memory(4 * n, sizeof *r), *br = r + n, *abr = br + n, *cr = abr + n;
  for (uint64_t i = 0; i < n; i++) r[i] = peer_real(&state);
  peer_times(b, r, br, n);
  peer_times(a, br, abr, n);
  peer_times(c, r, cr, n);
  double bound = (double)n * (double)n * 0x1p-52 + 0x1p-50;
  int right = 1;
  for (uint64_t i = 0; i < n; i++) {
    double off = abr[i] - cr[i];
    if (!(off <= bound && -off <= bound)) right = 0;         /* a NaN is wrong, too */
  }
  free(r);
  return right;
}

#endif
