/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: the check of a product takes what is right, however large, small or rounded, and nothing that is wrong: a number, a
 * bit above the rounding, two numbers exchanged, a block left out, infinities and NaNs. And the count of tasks from arithmetic
 * is that of a walk over blocks that cover C once, cut at even places. And a product has the same bits whether its blocks were
 * lost before, and saved after each panel, or not.
 */
#include "pmrun.h"
static unsigned attempts = 1;             /* what every block is told */
#define pm_attempts(w) ((void)(w), attempts)
#include "../../workloads/matrix.c"

#include "unit.h"

enum { M = 37, K = 53, N = 41, AT = 64 };
static struct { char first[AT]; struct matrices x; double a[M * K], b[K * N], c[M * N]; } region;
static struct pm_data data;
static struct matrix_block block_args;

#define WHERE(field) ((pm_ptr)((char *)&region.field - (char *)&region))

static void make(double scale_a, double scale_b) {
  struct shape s = {M, K, N};
  block_args = (struct matrix_block){.s = s, .seed = 7};
  assert_int_equal(fill(&block_args, region.a, region.b, data.error), 0);
  for (int i = 0; i < M * K; i++) region.a[i] *= scale_a;
  for (int i = 0; i < K * N; i++) region.b[i] *= scale_b;
  region.x = (struct matrices){WHERE(a), WHERE(b), WHERE(c), 0, s};
  data = (struct pm_data){.region = (char *)&region};
  keep(&data, WHERE(x));
  for (int i = 0; i < M; i++)
    for (int j = 0; j < N; j++) {
      double sum = 0;
      for (int k = 0; k < K; k++) sum += region.a[i * K + k] * region.b[k * N + j];
      region.c[i * N + j] = sum;
    }
}

static void takes_right(void **state) {
  (void)state;
  static const double scales[][2] = {{1, 1}, {0, 1}, {1e-300, 1e-300}, {1e-160, 1e-160}, {3e-155, 3e-155}, {1e-100, 1e-100},
                                     {1e150, 1e150}, {1e200, 1e-318}, {1e-318, 1e200}, {1e-10, 1e-310}};
  for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
    make(scales[i][0], scales[i][1]);
    for (block_args.seed = 0; block_args.seed < 100; block_args.seed++)
      if (check(&data, &block_args)) fail_msg("scales %g and %g, seed %d: %s", scales[i][0], scales[i][1], (int)block_args.seed, data.error);
  }
  assert_int_equal(strlen(data.answer), strlen("checksum 0123456789abcdef"));
}

/* Found whatever the random numbers are. */
static void refused(const char *what) {
  for (block_args.seed = 0; block_args.seed < 100; block_args.seed++)
    if (check(&data, &block_args) != 1) fail_msg("%s, seed %d: taken for right", what, (int)block_args.seed);
}

static void finds_wrong(void **state) {
  (void)state;
  static const double values[] = {0, 1e3, -1e300, INFINITY, -INFINITY, NAN};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    make(1, 1);
    region.c[M * N - 1] = values[i];
    refused("a number replaced");
  }
  make(1, 1);
  region.c[5 * N + 3] += 1e-10;
  refused("a number off by 1e-10");
  make(1, 1);
  double x = region.c[20 * N];
  region.c[20 * N] = region.c[20 * N + 1];
  region.c[20 * N + 1] = x;
  refused("two numbers of a row exchanged");
  make(1, 1);
  region.c[9 * N + 2] += 1;
  region.c[9 * N + 30] -= 1;
  refused("two errors of a row of one size");
  make(1, 1);
  for (int i = 8; i < 16; i++) memset(&region.c[i * N + 8], 0, 8 * sizeof(double));
  refused("a block left out");
  make(1, 1);
  memmove(region.c, region.c + N, (M - 1) * N * sizeof(double));
  refused("rows moved");
}

/* The product of other matrices than were given, however right, is wrong; so is one of another shape. */
static void finds_changed_inputs(void **state) {
  (void)state;
  make(1, 1);
  uint64_t *bits = (uint64_t *)&region.a[5];
  *bits ^= 1;
  refused("a bit of A");
  make(1, 1);
  bits = (uint64_t *)&region.b[K * N - 1];
  *bits ^= 1;
  refused("a bit of B");
  make(1, 1);
  region.x.s.m--;
  refused("a row less");
}

/* Marks the blocks of one part of C; returns how many tasks that took. */
static uint64_t walk(unsigned char *seen, int64_t columns, struct product_args a) {
  struct shape part = {.m = a.bottom - a.top, .n = a.right - a.left};
  assert_true(part.m > 0 && part.n > 0);
  if (is_block(&part, !a.top && !a.left)) {
    for (int64_t i = a.top; i < a.bottom; i++)
      for (int64_t j = a.left; j < a.right; j++) assert_int_equal(seen[i * columns + j]++, 0);
    return 1;
  }
  struct product_args first = a, second = a;
  if (halves_rows(&part)) first.bottom = second.top = half(a.top, a.bottom);
  else first.right = second.left = half(a.left, a.right);
  assert_true((first.bottom == a.bottom ? first.right : first.bottom) % EVEN == 0);
  return 1 + walk(seen, columns, first) + walk(seen, columns, second);
}

static void blocks_cover(void **state) {
  (void)state;
  static const int64_t sides[] = {1, 7, 64, 65, 255, 257, 511, 513, 700, 1030, 2100};
  enum { SIDES = sizeof sides / sizeof *sides };
  for (int i = 0; i < SIDES; i++)
    for (int j = 0; j < SIDES; j++) {
      unsigned char *seen = calloc((size_t)sides[i], (size_t)sides[j]);
      assert_non_null(seen);
      block_args.s = (struct shape){sides[i], 3, sides[j]};
      assert_int_equal(walk(seen, sides[j], (struct product_args){0, sides[i], 0, sides[j], 0}), task_count(&block_args));
      for (int64_t at = 0; at < sides[i] * sides[j]; at++) assert_int_equal(seen[at], 1);
      free(seen);
    }
}

static void refuses_overflow(void **state) {
  (void)state;
  struct npy a = {.rows = 10, .columns = 10, .largest = 1e150}, b = {.rows = 10, .columns = 10, .largest = 1e150};
  assert_false(may_overflow(&a, &b));
  a.largest = 1e158;
  assert_true(may_overflow(&a, &b));
  a.largest = 1e-300, b.largest = DBL_MAX;                       /* C is small, but not the check's B r */
  assert_true(may_overflow(&a, &b));
  a.largest = 0, b.largest = 1e300;
  assert_false(may_overflow(&a, &b));
}

static void run(const struct shape *s, unsigned told, struct pm_report *r) {
  struct matrix_block block = {.s = *s, .seed = 3};
  struct pm_options o = {.procs = 1, .slots = 1, .pin = "none", .args = &block, .beat_ns = 60000000000};
  attempts = told;
  int error = pm_run(&program, &o, NULL, r);
  attempts = 1;
  if (error) fail_msg("%d x %d x %d, told %u attempts: %s", (int)s->m, (int)s->k, (int)s->n, told, r->error_text);
}

static void bits_stay(void **state) {
  (void)state;
  static const struct shape shapes[] = {{1, 1, 1}, {300, PANEL, 300}, {300, PANEL + 1, 300}, {7, 3 * PANEL, 9}, {257, 2 * PANEL - 1, 1030},
                                        {600, 5 * PANEL + 17, 64}, {1100, 1100, 1100}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    const struct shape *s = &shapes[i];
    struct pm_report whole, pieces;
    run(s, 1, &whole);
    run(s, 2, &pieces);
    assert_string_equal(whole.answer, pieces.answer);
    struct matrix_block block = {.s = *s};
    uint64_t blocks = (task_count(&block) + 1) / 2, saved = blocks * (uint64_t)(panels_of(s) - 1);
    assert_true(pieces.count[PM_N_COMMITS] >= saved && pieces.count[PM_N_COMMITS] >= whole.count[PM_N_COMMITS]);
    assert_true(panels_of(s) == 1 || whole.count[PM_N_COMMITS] < pieces.count[PM_N_COMMITS]);
    pm_report_free(&whole);
    pm_report_free(&pieces);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(takes_right), cmocka_unit_test(finds_wrong), cmocka_unit_test(finds_changed_inputs),
                                     cmocka_unit_test(blocks_cover), cmocka_unit_test(bits_stay), cmocka_unit_test(refuses_overflow)};
  return cmocka_run_group_tests_name("matrix_check", tests, NULL, NULL);
}
