/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * matrix: C = A B, doubles. The larger side of C is halved until a block is small enough (is_block); a block is computed in
 * private memory, panel by panel of k, and written to C once. `C += ...` in the region would overwrite what it has read; and
 * with the same calls of a serial BLAS whatever happens, of the same shapes in the same order, the result is the same to the
 * last bit.
 *
 * A block that was lost before saves what it has after each panel, and goes on from there: no stretch between two commits is
 * longer than a panel. What a panel reads and what it writes must not be one place, so the sums lie in C and in `partial`,
 * in turns, such that the last panel's are those in C.
 *
 * Memory for a block is aligned by pm_scratch; BLAS is shielded, because an injected in-process fault must not leave it in
 * the middle of its buffers. Check: Freivalds' (C r = A (B r) for random r), within a bound on the rounding error.
 */
#include <cblas.h>
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "clock.h"
#include "npy.h"
#include "number.h"
#include "output_file.h"
#include "path.h"
#include "workload.h"

/* Each block packs its rows of A and its columns of B anew, so it should be large; but a fault repeats it.
 * Of one size, wide ones cost less than high ones. The
 * first of all is small: a worker hears a thief only between blocks, and until then the others have nothing to do. */
enum { ROWS = 256, COLUMNS = 1024, PANEL = 256, FIRST = 4, EVEN = 8, N_MAX = 1 << 16, CHECKS = 2 };

struct shape { int64_t m, k, n; };        /* A is m x k, B is k x n */
struct matrices { pm_ptr a, b, c, partial; struct shape s; };   /* partial: as C, or 0 where one panel is all */

/* c = a b of `part`, or c += a b; all three as they lie in matrices of those row lengths. */
static void multiply(const double *a, int64_t a_row, const double *b, int64_t b_row, double *c, const struct shape *part, bool add) {
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)part->m, (blasint)part->n, (blasint)part->k, 1, a, (blasint)a_row,
              b, (blasint)b_row, add, c, (blasint)part->n);
}

PM_DECLARE(pm_none, product, (int64_t top; int64_t bottom; int64_t left; int64_t right; pm_ptr matrices;))

static int64_t panels_of(const struct shape *s) { return (s->k + PANEL - 1) / PANEL; }

/* Where a row of a block lies once `panel` is added. */
static pm_ptr row_after(const struct matrices *x, const struct product_args *a, int64_t panel, int64_t row) {
  pm_ptr at = (panels_of(&x->s) - 1 - panel) % 2 ? x->partial : x->c;
  return at + (pm_ptr)((a->top + row) * x->s.n + a->left) * sizeof(double);
}

/* Adds panels [from, end) to what the panels before them left. */
static void block(struct pm_worker *w, const struct product_args *a, int64_t from, int64_t end) {
  const struct matrices *x = PM_AT(const struct matrices, a->matrices);
  struct shape part = {.m = a->bottom - a->top, .n = a->right - a->left};
  size_t row_bytes = (size_t)part.n * sizeof(double);
  double *own = pm_scratch(w, (size_t)part.m * row_bytes);
  for (int64_t i = 0; from && i < part.m; i++) memcpy(own + i * part.n, pm_addr(w, row_after(x, a, from - 1, i)), row_bytes);
  const double *left = PM_AT(const double, x->a) + a->top * x->s.k, *right = PM_AT(const double, x->b) + a->left;
  for (int64_t p = from; p < end; p++) {
    int64_t k = p * PANEL;
    part.k = x->s.k - k < PANEL ? x->s.k - k : PANEL;
    pm_shield(w);
    multiply(left + k, x->s.k, right + k * x->s.n, x->s.n, own, &part, p > 0);
    pm_unshield(w);
  }
  for (int64_t i = 0; i < part.m; i++) pm_write(w, row_after(x, a, end - 1, i), own + i * part.n, row_bytes);
}

static bool is_block(const struct shape *part, bool first) {
  int64_t by = first ? FIRST : 1;
  return part->m <= ROWS / by && part->n <= COLUMNS / by;
}
static bool halves_rows(const struct shape *part) { return part->m * COLUMNS >= part->n * ROWS; }
static int64_t half(int64_t from, int64_t to) { return from + (((to - from) / 2 + EVEN - 1) & -EVEN); }

PM_DEFINE(product, (PM_FORKED(product) other; int64_t panel;)) {
  PM_BEGIN(product);                      /* before a block, too: it takes milliseconds, and a beat should wait for one only */
  struct shape part = {.m = a.bottom - a.top, .n = a.right - a.left};
  if (is_block(&part, !a.top && !a.left)) {
    my->panel = 0;
    for (;;) {
      int64_t from = my->panel, all = panels_of(&PM_AT(const struct matrices, my->a.matrices)->s);
      my->panel = pm_attempts(w) > 1 || from ? from + 1 : all;
      block(w, &my->a, from, my->panel);
      if (my->panel == all) break;
      PM_COMMIT_HERE();
    }
    PM_RETURN(PM_NONE);
  }
  struct product_args first = a, second = a;
  if (halves_rows(&part)) first.bottom = second.top = half(a.top, a.bottom);
  else first.right = second.left = half(a.left, a.right);
  PM_FORK_ARGS(my->other, product, second);
  PM_RUN_ARGS(product, first);
  PM_SYNC(my->other, product);
  PM_RETURN(PM_NONE);
  PM_END;
}

static const struct pm_task tasks[] = {PM_ENTRY(product)};

/* ---- the program ------------------------------------------------------------------------------------------------------------- */

enum { PATH = 4000 };
struct matrix_block {
  struct shape s;
  uint64_t seed;
  int64_t given_n;                        /* -n; -1 not given */
  char a[PATH], b[PATH], output[PATH];    /* absolute, or "" */
};
_Static_assert(sizeof(struct matrix_block) <= PM_PROGRAM_ARGS_MAX, "");

static double random_number(uint64_t seed, uint64_t i) {         /* in [-1, 1) */
  uint64_t z = (seed + 1) * 0xD1342543DE82EF95u + (i + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1;
}

static int fill(const struct matrix_block *block, double *a, double *b, char *error) {
  const struct shape *s = &block->s;
  if (block->a[0])
    return npy_read(block->a, s->m, s->k, a, error) || npy_read(block->b, s->k, s->n, b, error) ? -1 : 0;
  for (int64_t i = 0; i < s->m * s->k; i++) a[i] = random_number(2 * block->seed, (uint64_t)i);
  for (int64_t i = 0; i < s->k * s->n; i++) b[i] = random_number(2 * block->seed + 1, (uint64_t)i);
  return 0;
}

/* Handles are sealed: the check compares what lies in the region with what was put there, since a product of other matrices
 * would be as right. */
enum { HANDLE_MATRICES, HANDLE_MATRICES_SUM, HANDLE_A_SUM, HANDLE_B_SUM };

static uint64_t sum_of(const double *m, int64_t rows, int64_t columns) {
  return XXH3_64bits(m, (size_t)(rows * columns) * sizeof *m);
}

static void keep(struct pm_data *d, pm_ptr at) {
  const struct matrices *x = (const struct matrices *)(d->region + at);
  d->handle[HANDLE_MATRICES] = at;
  d->handle[HANDLE_MATRICES_SUM] = XXH3_64bits(x, sizeof *x);
  d->handle[HANDLE_A_SUM] = sum_of((const double *)(d->region + x->a), x->s.m, x->s.k);
  d->handle[HANDLE_B_SUM] = sum_of((const double *)(d->region + x->b), x->s.k, x->s.n);
}

static uint64_t numbers(const struct shape *s) { return (uint64_t)(s->m * s->k + s->k * s->n + s->m * s->n); }
static uint64_t partial_numbers(const struct shape *s) { return panels_of(s) > 1 ? (uint64_t)(s->m * s->n) : 0; }

static uint64_t bytes(const void *args) {
  const struct shape *s = &((const struct matrix_block *)args)->s;
  return (numbers(s) + partial_numbers(s)) * sizeof(double) + 5 * 64 + sizeof(struct matrices);
}

static int setup(struct pm_data *d, const void *args) {
  const struct matrix_block *block = args;
  const struct shape *s = &block->s;
  pm_ptr at = pm_alloc(d, sizeof(struct matrices));
  struct matrices x = {pm_alloc(d, (uint64_t)(s->m * s->k) * sizeof(double)), pm_alloc(d, (uint64_t)(s->k * s->n) * sizeof(double)),
                       pm_alloc(d, (uint64_t)(s->m * s->n) * sizeof(double)), 0, *s};
  if (partial_numbers(s) && !(x.partial = pm_alloc(d, partial_numbers(s) * sizeof(double)))) return -1;
  if (!at || !x.a || !x.b || !x.c) return -1;
  *(struct matrices *)(d->region + at) = x;
  if (fill(block, (double *)(d->region + x.a), (double *)(d->region + x.b), d->error)) return -1;
  keep(d, at);
  PM_ROOT(d, product, 0, s->m, 0, s->n, at);
  return 0;
}

static const struct matrices *matrices_of(const struct pm_data *d) {
  return (const struct matrices *)(d->region + d->handle[HANDLE_MATRICES]);
}

/* y = M x; with `absolute`, of absolute values. */
static void times(const double *m, const double *x, double *y, int64_t rows, int64_t columns, bool absolute) {
  for (int64_t i = 0; i < rows; i++) {
    double sum = 0;
    for (int64_t j = 0; j < columns; j++) sum += absolute ? fabs(m[i * columns + j] * x[j]) : m[i * columns + j] * x[j];
    y[i] = sum;
  }
}

/* From -1 to -1/2 or from 1/2 to 1: no error is made small by it, and no two errors of a row cancel but by accident, which
 * +1 and -1 would grant every other time. */
static double random_weight(uint64_t seed, uint64_t i) {
  double x = random_number(seed, i);
  return x / 2 + (x < 0 ? -0.5 : 0.5);
}

/* |C r - A (B r)| <= (2 k + 2 n) u |A| (|B| |r|), component by component: each sum of k or n products is off by at most its
 * length times the unit roundoff u times the sum of their absolute values. A product may also underflow, by at most u DBL_MIN:
 * in B r, which A multiplies, and n times k of them in C r. Twice that, and a NaN is wrong. Returns a wrong row, or -1. */
static int64_t wrong_row(const double *a, const double *b, const double *c, const struct shape *s, uint64_t seed, double *room) {
  double *r = room, *br = r + s->n, *abr = br + s->k, *cr = abr + s->m, *bound_k = cr + s->m, *bound = bound_k + s->k;
  for (int64_t j = 0; j < s->n; j++) r[j] = random_weight(seed, (uint64_t)j);
  times(b, r, br, s->k, s->n, false);
  times(a, br, abr, s->m, s->k, false);
  times(c, r, cr, s->m, s->n, false);
  times(b, r, bound_k, s->k, s->n, true);
  for (int64_t j = 0; j < s->k; j++) bound_k[j] += DBL_MIN;
  times(a, bound_k, bound, s->m, s->k, true);
  double factor = 2 * (double)(2 * s->k + 2 * s->n + 4) * 0x1p-53;
  for (int64_t i = 0; i < s->m; i++)
    if (!(fabs(cr[i] - abr[i]) <= factor * (bound[i] + (double)s->n * DBL_MIN))) return i;
  return -1;
}

static int check(struct pm_data *d, const void *args) {
  const struct matrix_block *block = args;
  const struct matrices *x = matrices_of(d);
  if (XXH3_64bits(x, sizeof *x) != d->handle[HANDLE_MATRICES_SUM]) {
    snprintf(d->error, sizeof d->error, "what the region says of its matrices was changed after the run began");
    return 1;
  }
  const double *a = (const double *)(d->region + x->a), *b = (const double *)(d->region + x->b),
               *c = (const double *)(d->region + x->c);
  const struct shape *s = &x->s;
  snprintf(d->answer, sizeof d->answer, "checksum %016" PRIx64,
           (uint64_t)XXH3_64bits(c, (size_t)(s->m * s->n) * sizeof *c));
  bool same_a = sum_of(a, s->m, s->k) == d->handle[HANDLE_A_SUM], same_b = sum_of(b, s->k, s->n) == d->handle[HANDLE_B_SUM];
  if (!same_a || !same_b) {
    snprintf(d->error, sizeof d->error, "%s in the region was changed after the run began", same_a ? "B" : "A");
    return 1;
  }
  double *room = malloc((size_t)(s->n + 2 * s->k + 3 * s->m) * sizeof *room);
  if (!room) {
    snprintf(d->error, sizeof d->error, "matrix: no memory for the check");
    return -1;
  }
  int64_t row = -1;
  for (int i = 0; i < CHECKS && row < 0; i++) row = wrong_row(a, b, c, s, ~block->seed + (uint64_t)i, room);
  free(room);
  if (row < 0) return 0;
  snprintf(d->error, sizeof d->error, "row %" PRId64 " of C is not that of A B", row);
  return 1;
}

/* OpenBLAS touches some megabytes of buffers at its first large product: of a block's size, so that it is these. */
static void warm(const void *args) {
  const struct shape *s = &((const struct matrix_block *)args)->s;
  struct shape part = {s->m < ROWS ? s->m : ROWS, s->k < PANEL ? s->k : PANEL, s->n < COLUMNS ? s->n : COLUMNS};
  double *a = calloc((size_t)(part.m * part.k + part.k * part.n + part.m * part.n), sizeof *a);
  if (!a) return;
  multiply(a, part.k, a + part.m * part.k, part.n, a + part.m * part.k + part.k * part.n, &part, false);
  free(a);
}

/* OpenBLAS 0.3 maps as much for its buffers at the first product, and where it cannot have it, it asks for ever. */
enum { BLAS_BYTES = 128 << 20 };

static const struct pm_program program = {"matrix", tasks, sizeof tasks / sizeof *tasks, sizeof(struct matrix_block), bytes,
                                          setup, check, warm, BLAS_BYTES};

/* ---- on the command line ----------------------------------------------------------------------------------------------------- */

static const struct workload_option options[] = {
    {"n", "N", "rows and columns of generated matrices (512)", 1},
    {"input", "A.npy B.npy", "multiply two matrices of NumPy's", 2},
    {"output", "C.npy", "write the product", 1},
    {0}};

static void defaults(void *args, uint64_t seed) {
  struct matrix_block *block = args;
  *block = (struct matrix_block){.seed = seed, .given_n = -1};
}

static int set(void *args, const char *option, const char *const *values, char *error) {
  struct matrix_block *block = args;
  if (!strcmp(option, "n")) return number_option("-n", values[0], 1, N_MAX, &block->given_n, error);
  if (!strcmp(option, "output")) return output_file_name(values[0], block->output, PATH, error);
  return path_input(values[0], block->a, PATH, error) || path_input(values[1], block->b, PATH, error) ? -1 : 0;
}

/* C, or what the check makes of it, could then have an infinity that is not an error of the run. */
static bool may_overflow(const struct npy *a, const struct npy *b) {
  return !isfinite(b->largest * (double)b->columns * (a->largest * (double)a->columns));
}

static int look(struct matrix_block *block, char *error) {
  struct npy a, b;
  if (npy_look(block->a, &a, error) || npy_look(block->b, &b, error)) return -1;
  block->s = (struct shape){a.rows, a.columns, b.columns};
  const char *wrong = NULL;
  if (a.columns != b.rows) wrong = "the columns of A are not as many as the rows of B";
  if (!a.rows || !a.columns || !b.columns) wrong = "a matrix without numbers";
  if (a.rows > N_MAX || a.columns > N_MAX || b.columns > N_MAX) wrong = "at most 65536 rows or columns";
  if (!wrong && may_overflow(&a, &b)) wrong = "numbers so large that the product may overflow; scale them";
  if (!wrong) return 0;
  snprintf(error, PM_TEXT_MAX, "--input: %s (%" PRId64 " x %" PRId64 " and %" PRId64 " x %" PRId64 ")", wrong, a.rows, a.columns,
           b.rows, b.columns);
  return -1;
}

static int output_check(void *args, char *error) {
  struct matrix_block *block = args;
  uint64_t least = (uint64_t)(block->s.m * block->s.n) * sizeof(double);
  return block->output[0] ? output_file_check(block->output, sizeof block->output, least, error) : 0;
}

static int ready(void *args, char *error) {
  struct matrix_block *block = args;
  if (openblas_get_parallel() != OPENBLAS_SEQUENTIAL) {
    snprintf(error, PM_TEXT_MAX, "matrix: the BLAS that was loaded runs threads of its own; install libopenblas0-serial and "
             "build again");
    return -1;
  }
  if (block->a[0] && block->given_n >= 0) {
    snprintf(error, PM_TEXT_MAX, "--input: the files say how large the matrices are; leave -n out");
    return -1;
  }
  if (path_apart(block->output, block->a, error) || path_apart(block->output, block->b, error)) return -1;
  int64_t n = block->given_n < 0 ? 512 : block->given_n;
  block->s = (struct shape){n, n, n};
  if (block->a[0] && look(block, error)) return -1;
  return output_check(block, error);
}

static uint64_t n(const void *args) { return (uint64_t)((const struct matrix_block *)args)->s.m; }

static uint64_t tasks_of(const struct shape *part, bool first) {
  if (is_block(part, first)) return 1;
  struct shape low = *part, high = *part;
  if (halves_rows(part)) high.m -= low.m = half(0, part->m);
  else high.n -= low.n = half(0, part->n);
  return 1 + tasks_of(&low, first) + tasks_of(&high, false);
}
static uint64_t task_count(const void *args) { return tasks_of(&((const struct matrix_block *)args)->s, true); }

static void describe(const void *args, char *text, size_t size) {
  const struct matrix_block *block = args;
  int used = block->a[0] ? snprintf(text, size, "--input %s %s", block->a, block->b)
                         : snprintf(text, size, "-n %" PRId64, block->s.n);
  if (block->output[0] && (size_t)used < size) snprintf(text + used, size - (size_t)used, " --output %s", block->output);
}

static uint64_t serial_bytes(const void *args) { return numbers(&((const struct matrix_block *)args)->s) * sizeof(double); }

/* One call for all of C, as fast as the BLAS can; its bits may differ from those of the blocks. */
static int serial(const void *args, struct workload_serial *twin, char *error) {
  const struct matrix_block *block = args;
  const struct shape *s = &block->s;
  double *a = malloc(numbers(s) * sizeof *a);
  if (!a) {
    snprintf(error, PM_TEXT_MAX, "matrix: no memory for the serial twin; use --no-serial");
    return -1;
  }
  double *b = a + s->m * s->k, *c = b + s->k * s->n;
  int code = fill(block, a, b, error);
  if (!code) {
    memset(c, 0, (size_t)(s->m * s->n) * sizeof *c);
    uint64_t begin = clock_ns();
    multiply(a, s->k, b, s->n, c, s, false);
    twin->ns = clock_ns() - begin;
  }
  free(a);
  return code;
}

/* Which of its kernels the BLAS takes is found by the processor, or set by OPENBLAS_CORETYPE; the times differ by factors. */
static const char *library(void) {
  static char text[256];
  snprintf(text, sizeof text, "%.180s, kernels %.60s", openblas_get_config(), openblas_get_corename());
  return text;
}

static const char *output_path(const void *args) { return ((const struct matrix_block *)args)->output; }

static int output(struct pm_data *d, const void *args, char *error) {
  const struct matrix_block *block = args;
  const struct matrices *x = matrices_of(d);
  if (!block->output[0]) return 0;
  return npy_write(block->output, x->s.m, x->s.n, (const double *)(d->region + x->c), error);
}

const struct workload workload_matrix = {.program = &program,
                                         .summary = "the product of two matrices of doubles, blocks by a serial BLAS",
                                         .options = options,
                                         .defaults = defaults,
                                         .set = set,
                                         .ready = ready,
                                         .n = n,
                                         .tasks = task_count,
                                         .describe = describe,
                                         .serial_bytes = serial_bytes,
                                         .serial = serial,
                                         .library = library,
                                         .output_path = output_path,
                                         .output_check = output_check,
                                         .output = output};
