/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spin: work of which number, length and shape are given, and which can last exactly as long as something takes. It is for
 * tests and is not listed: what places faults by time needs something that is sure to be still running, on any machine, and
 * what is fast enough for one machine is over on the next. So a leaf can be told to go on until a file exists, until so
 * many faults stand in the run's log, or until so many commits were made under it.
 *
 * A leaf draws `leaf` random numbers, one from the other, without a place to stop in between: that much is done again after
 * a fault. Where it is to wait, it goes on drawing in short turns, each a task, so that beats find it. The result does not
 * depend on how long it waited: the sum of the last numbers of all leaves, which also lie in the region; and the check
 * computes each by a jump (Knuth, TAOCP vol. 2, 3.2.1, equation 6).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "number.h"
#include "path.h"
#include "workload.h"

enum spin_shape { SPIN_TREE, SPIN_CHAIN, SPIN_DEEP, SPIN_SHAPES };
static const char *const shapes[SPIN_SHAPES] = {"tree", "chain", "deep"};

/* Lies in the region twice: as the program's arguments, and in the arena, where the tasks find it. */
struct spin_block {
  int64_t n, leaf, faults, commits, seed;
  int32_t shape, pad;
  char until[4096];                       /* a file; "": none */
};
enum { TURN = 1000, N_MAX = 1 << 24, ARENA_BLOCK = (sizeof(struct spin_block) + 63) & ~63 };

/* ---- what is computed ----------------------------------------------------------------------------------------------------- */

static const uint64_t factor = 6364136223846793005u, step = 1442695040888963407u;

static uint64_t first(int64_t seed, int64_t i) { return ((uint64_t)seed << 32 ^ (uint64_t)i) * factor + step; }

static uint64_t draw(uint64_t x, int64_t times) {
  while (times-- > 0) x = x * factor + step;
  return x;
}

/* As draw(), in as many steps as `times` has binary digits. */
static uint64_t jump(uint64_t x, int64_t times) {
  uint64_t a = factor, c = step, all_a = 1, all_c = 0;
  for (uint64_t left = (uint64_t)times; left; left >>= 1) {
    if (left & 1) {
      all_a *= a;
      all_c = all_c * a + c;
    }
    c *= a + 1;
    a *= a;
  }
  return x * all_a + all_c;
}

/* ---- tasks ------------------------------------------------------------------------------------------------------------------ */

PM_TASK(uint64_t, turn, (uint64_t x; int64_t times;), (char unused;)) {
  PM_BEGIN(turn);
  PM_RETURN(draw(a.x, a.times));
  PM_END;
}

static bool is_told(const struct pm_worker *w, const struct spin_block *block, int64_t commits) {
  return commits >= block->commits && pm_faults_logged(w) >= (uint64_t)block->faults &&
         (!block->until[0] || !access(block->until, F_OK));
}

/* The i-th leaf. `commits` goes back with the frame after a fault, as it should: what was lost was no commit. */
PM_TASK(uint64_t, leaf, (int64_t i; pm_ptr block;), (uint64_t x; uint64_t idle; uint64_t capsule; int64_t commits;)) {
  PM_BEGIN(leaf);
  my->idle = 0;
  my->commits = 0;
  my->capsule = w->capsule;
  PM_CALL(my->x, turn, first(PM_AT(struct spin_block, my->a.block)->seed, my->a.i), PM_AT(struct spin_block, my->a.block)->leaf);
  for (;;) {
    if (my->capsule != w->capsule) my->commits++;
    my->capsule = w->capsule;
    if (is_told(w, PM_AT(struct spin_block, my->a.block), my->commits)) break;
    PM_CALL(my->idle, turn, my->idle, TURN);
  }
  pm_write(w, my->a.block + ARENA_BLOCK + (pm_ptr)my->a.i * sizeof(uint64_t), &my->x, sizeof my->x);
  PM_RETURN(my->x);
  PM_END;
}

/* Halves, the second of which may run elsewhere. */
PM_TASK(uint64_t, tree, (int64_t lo; int64_t hi; pm_ptr block;), (PM_FORKED(tree) high; uint64_t low;)) {
  PM_BEGIN(tree);
  if (a.hi - a.lo == 1) {
    PM_CALL(my->low, leaf, my->a.lo, my->a.block);
    PM_RETURN(my->low);
  }
  PM_FORK(my->high, tree, my->a.lo + (my->a.hi - my->a.lo) / 2, my->a.hi, my->a.block);
  PM_CALL(my->low, tree, my->a.lo, my->a.lo + (my->a.hi - my->a.lo) / 2, my->a.block);
  uint64_t high;
  PM_JOIN(high, my->high, tree);
  PM_RETURN(my->low + high);
  PM_END;
}

/* One leaf after the other: one worker has all the work, and nobody can take any of it but after its death. */
PM_TASK(uint64_t, chain, (int64_t lo; int64_t hi; pm_ptr block;), (uint64_t low; uint64_t high;)) {
  PM_BEGIN(chain);
  if (a.hi - a.lo == 1) {
    PM_CALL(my->low, leaf, my->a.lo, my->a.block);
    PM_RETURN(my->low);
  }
  PM_CALL(my->low, chain, my->a.lo, my->a.lo + (my->a.hi - my->a.lo) / 2, my->a.block);
  PM_CALL(my->high, chain, my->a.lo + (my->a.hi - my->a.lo) / 2, my->a.hi, my->a.block);
  PM_RETURN(my->low + my->high);
  PM_END;
}

/* A frame for each leaf, one on the other, each with a fork. */
PM_TASK(uint64_t, deep, (int64_t lo; int64_t hi; pm_ptr block;), (PM_FORKED(leaf) here; uint64_t rest;)) {
  PM_BEGIN(deep);
  PM_FORK(my->here, leaf, my->a.lo, my->a.block);
  my->rest = 0;
  if (my->a.lo + 1 < my->a.hi) {
    PM_CALL(my->rest, deep, my->a.lo + 1, my->a.hi, my->a.block);
  }
  uint64_t here;
  PM_JOIN(here, my->here, leaf);
  PM_RETURN(here + my->rest);
  PM_END;
}

/* ---- the program ------------------------------------------------------------------------------------------------------------ */

static uint64_t bytes(const void *args) {
  uint64_t leaves = (uint64_t)((const struct spin_block *)args)->n * sizeof(uint64_t);
  return (ARENA_BLOCK + leaves + 63) & ~UINT64_C(63);
}

static int setup(struct pm_data *d, const void *args) {
  const struct spin_block *block = args;
  pm_ptr at = pm_alloc(d, bytes(args));
  if (!at) return -1;
  memcpy(d->region + at, block, sizeof *block);
  d->handle[0] = at;
  if (block->shape == SPIN_TREE) PM_ROOT(d, tree, 0, block->n, at);
  if (block->shape == SPIN_CHAIN) PM_ROOT(d, chain, 0, block->n, at);
  if (block->shape == SPIN_DEEP) PM_ROOT(d, deep, 0, block->n, at);
  return 0;
}

static int check(struct pm_data *d, const void *args) {
  const struct spin_block *block = args;
  const uint64_t *written = (const uint64_t *)(d->region + d->handle[0] + ARENA_BLOCK);
  uint64_t sum = 0;
  snprintf(d->answer, sizeof d->answer, "%016" PRIx64, d->result);
  for (int64_t i = 0; i < block->n; i++) {
    uint64_t right = jump(first(block->seed, i), block->leaf);
    sum += right;
    if (written[i] == right) continue;
    snprintf(d->error, sizeof d->error, "leaf %" PRId64 " wrote %" PRIx64 ", and it is %" PRIx64, i, written[i], right);
    return 1;
  }
  if (d->result == sum) return 0;
  snprintf(d->error, sizeof d->error, "the sum of all leaves is %" PRIx64 ", and it is %" PRIx64, d->result, sum);
  return 1;
}

static const struct pm_task tasks[] = {PM_ENTRY(turn), PM_ENTRY(leaf), PM_ENTRY(tree), PM_ENTRY(chain), PM_ENTRY(deep)};
static const struct pm_program program = {.name = "spin", .tasks = tasks, .task_count = sizeof tasks / sizeof *tasks,
                                          .args_bytes = sizeof(struct spin_block), .bytes = bytes, .setup = setup, .check = check};

/* ---- on the command line ---------------------------------------------------------------------------------------------------- */

static const struct workload_option options[] = {
    {"n", "N", "how many leaves (64)", 1},
    {"leaf", "N", "steps of a leaf between which it cannot be stopped, about a nanosecond each (1000)", 1},
    {"shape", "SHAPE", "tree, chain (nothing is forked) or deep (a frame a leaf) (tree)", 1},
    {"until", "FILE", "no leaf ends before this file exists", 1},
    {"until-faults", "N", "no leaf ends before so many faults were logged (0)", 1},
    {"until-commits", "N", "no leaf ends before so many commits were made during it (0)", 1},
    {0}};

static void defaults(void *args, uint64_t seed) {
  struct spin_block *block = args;
  memset(block, 0, sizeof *block);
  block->n = 64;
  block->leaf = 1000;
  block->seed = (int64_t)seed;
}

static int set_shape(const char *text, int32_t *shape, char *error) {
  for (*shape = 0; *shape < SPIN_SHAPES; ++*shape)
    if (!strcmp(shapes[*shape], text)) return 0;
  snprintf(error, PM_TEXT_MAX, "--shape %.100s: none of tree, chain, deep", text);
  return -1;
}

static int set(void *args, const char *option, const char *const *values, char *error) {
  struct spin_block *block = args;
  const int64_t most = INT64_C(1) << 50;
  if (!strcmp(option, "n")) return number_option("-n", values[0], 1, N_MAX, &block->n, error);
  if (!strcmp(option, "leaf")) return number_option("--leaf", values[0], 0, most, &block->leaf, error);
  if (!strcmp(option, "shape")) return set_shape(values[0], &block->shape, error);
  if (!strcmp(option, "until-faults")) return number_option("--until-faults", values[0], 0, most, &block->faults, error);
  if (!strcmp(option, "until-commits")) return number_option("--until-commits", values[0], 0, most, &block->commits, error);
  if (values[0][0]) return path_absolute(values[0], block->until, sizeof block->until, error);
  snprintf(error, PM_TEXT_MAX, "--until: its value is empty");
  return -1;
}

static int ready(void *args, char *error) {
  (void)args, (void)error;
  return 0;
}

static uint64_t n(const void *args) { return (uint64_t)((const struct spin_block *)args)->n; }

static uint64_t task_count(const void *args) {            /* it depends on how long they wait */
  (void)args;
  return 0;
}

static void describe(const void *args, char *text, size_t size) {
  const struct spin_block *block = args;
  const struct { const char *name; int64_t value; } waits[] = {{"faults", block->faults}, {"commits", block->commits}};
  int used = snprintf(text, size, "-n %" PRId64 " --leaf %" PRId64 " --shape %s", block->n, block->leaf, shapes[block->shape]);
  for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
    if (waits[i].value && (size_t)used < size)
      used += snprintf(text + used, size - (size_t)used, " --until-%s %" PRId64, waits[i].name, waits[i].value);
  if (block->until[0] && (size_t)used < size) snprintf(text + used, size - (size_t)used, " --until %s", block->until);
}

/* Nobody injures it, and nobody commits: it does not wait. */
static int serial(const void *args, struct workload_serial *twin, char *error) {
  const struct spin_block *block = args;
  (void)error;
  uint64_t begin = clock_ns();
  twin->result = 0;
  for (int64_t i = 0; i < block->n; i++) twin->result += draw(first(block->seed, i), block->leaf);
  twin->ns = clock_ns() - begin;
  snprintf(twin->answer, sizeof twin->answer, "%016" PRIx64, twin->result);
  return 0;
}

const struct workload workload_spin = {.program = &program,
                                       .summary = "work of a given number, length and shape, which can wait for faults: for tests",
                                       .hidden = true,
                                       .options = options,
                                       .defaults = defaults,
                                       .set = set,
                                       .ready = ready,
                                       .n = n,
                                       .tasks = task_count,
                                       .describe = describe,
                                       .serial = serial};
