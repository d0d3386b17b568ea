/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * quicksort: signed 64-bit integers, generated or from a file.
 *
 * Three arrays, because a capsule must not overwrite what it has read. A partition reads its part in one of two arrays and
 * writes it to the other, and the sorted result goes to the third, which nobody reads: small parts (LEAF) are copied to
 * private memory, sorted there, and written once. So the only places where something is overwritten that was read before are
 * the beginnings of a partition (its target is what its parent's partition read) - there stands the parent's mark.
 *
 *   large part      count items below the pivot, block by block in parallel; then each block is split in private memory and
 *                   its halves are copied to where the counts of the blocks before it say
 *   medium part     split by one pass, without a branch that depends on the items
 *   leaf            sort_words()
 *
 * No input makes it slow: the pivot is the median of a sample; items equal to a pivot go right, and a part that begins at
 * its pivot gives them away in one pass; when the budget of bad pivots is spent, the exact median is found by counting.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "clock.h"
#include "number.h"
#include "path.h"
#include "sort_input.h"
#include "sort_words.h"
#include "workload.h"

enum {
  LEAF = 1 << 16,                         /* items; in private memory they fit the second-level cache */
  BLOCK = 1 << 16,                        /* of a parallel partition */
  PARALLEL = 1 << 21,                     /* a partition below it is one worker's */
  STRIDE = 8, AHEAD = 256,                /* items: prefetched by the line, 2 KiB ahead */
  SAMPLE = 255,
};

struct arrays { pm_ptr at[2], sorted, counts; };
/* What a partition is about: items of [lo, hi) in array `from`, below `split` to the left. */
struct part { int64_t lo, hi, split; pm_ptr arrays; int64_t from; };

#define ARRAYS(ptr) PM_AT(const struct arrays, ptr)
static inline pm_ptr item(pm_ptr array, int64_t i) { return array + (pm_ptr)i * sizeof(int64_t); }

/* ---- a parallel partition --------------------------------------------------------------------------------------------------- */

/* The last block takes what is left over: so the counts of two parts side by side never share a place. */
static inline int64_t blocks_of(const struct part *p) { return (p->hi - p->lo) / BLOCK; }
static inline int64_t block_begin(const struct part *p, int64_t b) { return b < blocks_of(p) ? p->lo + b * BLOCK : p->hi; }
static inline pm_ptr count_at(const struct arrays *s, const struct part *p, int64_t b) {
  return item(s->counts, p->lo / BLOCK + b);
}

static int64_t below(struct pm_worker *w, const struct part *p, int64_t blocks) {
  int64_t sum = 0;
  for (int64_t b = 0; b < blocks; b++) sum += *PM_AT(const int64_t, count_at(ARRAYS(p->arrays), p, b));
  return sum;
}

PM_FOR(count, (struct part p;), 1) {      /* a grain of 1: a.lo is the block */
  const struct arrays *s = ARRAYS(a.p.arrays);
  const int64_t *items = PM_AT(const int64_t, s->at[a.p.from]);
  int64_t n = 0, end = block_begin(&a.p, a.lo + 1);
  for (int64_t i = block_begin(&a.p, a.lo); i < end; i++) {
    if (i % STRIDE == 0) __builtin_prefetch(items + i + AHEAD);
    n += items[i] < a.p.split;
  }
  pm_write(w, count_at(s, &a.p, a.lo), &n, sizeof n);
}

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* One way of splitting: each item is written to both sides and counted on one. The region's pages are small and the
 * hardware does not prefetch from one to the next: doing it here made the whole sort a ninth faster. */
struct sides { const int64_t *from; int64_t *low, *high, split; };

static inline void split_steps(struct sides *s, int64_t steps) {
  struct sides at = *s;
  for (; steps >= STRIDE; steps -= STRIDE) {
    __builtin_prefetch(at.from + AHEAD);
    __builtin_prefetch(at.low + AHEAD, 1);
    __builtin_prefetch(at.high - AHEAD, 1);
    for (int i = 0; i < STRIDE; i++) {
      int64_t x = *at.from++, left = x < at.split;
      *at.low = x;
      *at.high = x;
      at.low += left;
      at.high -= !left;
    }
  }
  for (; steps > 0; steps--) {
    int64_t x = *at.from++, left = x < at.split;
    *at.low = x;
    *at.high = x;
    at.low += left;
    at.high -= !left;
  }
  *s = at;
}

/* To [low, low_end) and, downwards, (high_end, high]. A step only while both sides have room, so that nothing outside is
 * touched: there another worker may be at work. */
static inline void split_between(struct sides *s, int64_t *low_end, int64_t *high_end) {
  for (int64_t room; (room = least(low_end - s->low, s->high - high_end)) > 0;) split_steps(s, room);
  while (s->low < low_end) *s->low++ = *s->from++;
  while (s->high > high_end) *s->high-- = *s->from++;
}

PM_FOR(scatter, (struct part p;), 1) {
  const struct arrays *s = ARRAYS(a.p.arrays);
  int64_t begin = block_begin(&a.p, a.lo), n = block_begin(&a.p, a.lo + 1) - begin;
  int64_t less = below(w, &a.p, a.lo), own = below(w, &a.p, a.lo + 1) - less;
  int64_t low = a.p.lo + less, high = a.p.hi - (begin - a.p.lo - less);
  pm_ptr to = s->at[!a.p.from];
  int64_t *items = PM_AT(int64_t, to);
  struct sides sides = {PM_AT(const int64_t, item(s->at[a.p.from], begin)), items + low, items + high - 1, a.p.split};
  split_between(&sides, items + low + own, items + high - 1 - (n - own));
  pm_wrote(w, item(to, low), (size_t)own * sizeof *items);
  pm_wrote(w, item(to, high - (n - own)), (size_t)(n - own) * sizeof *items);
}

PM_FOR(fill, (pm_ptr sorted; int64_t value;), BLOCK) {
  int64_t *items = PM_AT(int64_t, a.sorted);
  for (int64_t i = a.lo; i < a.hi; i++) items[i] = a.value;
  pm_wrote(w, item(a.sorted, a.lo), (size_t)(a.hi - a.lo) * sizeof *items);
}

/* ---- the sort ------------------------------------------------------------------------------------------------------------------ */

/* bound: no item is less (bounded); read: the mark of the partition that made this part. */
PM_DECLARE(pm_none, sort, (int64_t lo; int64_t hi; int64_t bound; pm_mark read; pm_ptr arrays; int32_t from; int16_t bounded; int16_t budget;))

static void sort_leaf(struct pm_worker *w, const struct sort_args *a) {
  const struct arrays *s = ARRAYS(a->arrays);
  size_t n = (size_t)(a->hi - a->lo), bytes = n * sizeof(int64_t);
  int64_t *own = pm_scratch(w, bytes);
  memcpy(own, pm_addr(w, item(s->at[a->from], a->lo)), bytes);
  sort_words(own, n);
  pm_write(w, item(s->sorted, a->lo), own, bytes);
}

static int64_t pivot_of(struct pm_worker *w, const struct sort_args *a) {
  const int64_t *items = PM_AT(const int64_t, item(ARRAYS(a->arrays)->at[a->from], a->lo));
  int64_t n = a->hi - a->lo, sample[SAMPLE];
  if (!a->budget) return sort_select(items, (size_t)n, (size_t)n / 2);
  uint64_t state = (uint64_t)a->lo * 0x9E3779B97F4A7C15u + (uint64_t)n;
  for (int i = 0; i < SAMPLE; i++) {      /* one out of each of SAMPLE equal pieces */
    state = state * 6364136223846793005u + 1442695040888963407u;
    int64_t begin = n * i / SAMPLE, end = n * (i + 1) / SAMPLE;
    sample[i] = items[begin + (int64_t)((state >> 33) % (uint64_t)(end - begin))];
  }
  sort_words(sample, SAMPLE);
  return sample[SAMPLE / 2];
}

static int64_t partition(struct pm_worker *w, const struct part *p) {
  const struct arrays *s = ARRAYS(p->arrays);
  pm_ptr to = item(s->at[!p->from], p->lo);
  int64_t *first = PM_AT(int64_t, to), n = p->hi - p->lo;
  struct sides sides = {PM_AT(const int64_t, item(s->at[p->from], p->lo)), first, first + n - 1, p->split};
  split_steps(&sides, n);
  pm_wrote(w, to, (size_t)n * sizeof *first);
  return p->lo + (sides.low - first);
}

PM_DEFINE(sort, (PM_FORKED(sort) right; struct part p; int64_t pivot; int64_t middle; pm_mark read; struct sort_args next;)) {
  if (a.hi - a.lo <= LEAF) {
    if (a.lo < a.hi) sort_leaf(w, &a);
    return PM_NONE;
  }
  PM_BEGIN(sort);
  PM_BEFORE_OVERWRITE(a.read);
  my->pivot = pivot_of(w, &a);
  bool equals = a.bounded && my->pivot == a.bound;      /* then the left part is those that equal the pivot */
  my->p = (struct part){a.lo, a.hi, my->pivot + (equals && my->pivot != INT64_MAX), a.arrays, a.from};
  if (equals && my->pivot == INT64_MAX) {
    my->middle = a.hi;
  } else if (a.hi - a.lo < PARALLEL) {
    my->middle = partition(w, &my->p);
  } else {
    PM_RUN(count, 0, blocks_of(&my->p), my->p);
    PM_RUN(scatter, 0, blocks_of(&my->p), my->p);
    my->middle = a.lo + below(w, &my->p, blocks_of(&my->p));
  }
  PM_READ_MARK(my->read);
  my->next = (struct sort_args){my->middle, a.hi, my->pivot, my->read, a.arrays, !a.from, true, a.budget ? a.budget - 1 : 0};
  if (a.bounded && my->pivot == a.bound) {
    PM_RUN(fill, a.lo, my->middle, ARRAYS(a.arrays)->sorted, my->pivot);
    PM_CALL_AT_(__LINE__, sort, my->next);
    PM_RETURN(PM_NONE);
  }
  PM_FORK_ARGS(my->right, sort, my->next);
  PM_RUN(sort, a.lo, my->middle, a.bound, my->read, a.arrays, !a.from, a.bounded, my->next.budget);
  PM_SYNC(my->right, sort);
  PM_RETURN(PM_NONE);
  PM_END;
}

static const struct pm_task tasks[] = {PM_ENTRY(count), PM_ENTRY(scatter), PM_ENTRY(fill), PM_ENTRY(sort)};

/* ---- the program ------------------------------------------------------------------------------------------------------------- */

enum { PATH = 4096, N_MAX_BITS = 40 };
struct sort_block {
  int64_t n;
  uint64_t seed;
  int32_t dist, format;                   /* enum sort_dist, enum sort_format */
  char input[PATH], output[PATH];         /* absolute, or "" */
};
enum { HANDLE_ARRAYS, HANDLE_SUM };

/* Of the multiset: the order does not change it. */
static uint64_t multiset(const int64_t *items, int64_t n) {
  uint64_t sum = 0;
  for (int64_t i = 0; i < n; i++) {
    uint64_t z = ((uint64_t)items[i] ^ 0xD6E8FEB86659FD93u) * 0xFF51AFD7ED558CCDu;
    z = (z ^ (z >> 32)) * 0xC4CEB9FE1A85EC53u;
    sum += z ^ (z >> 29);
  }
  return sum;
}

static int fill_items(const struct sort_block *block, int64_t *items, char *error) {
  if (block->input[0]) return sort_read(block->input, (enum sort_format)block->format, items, block->n, error);
  for (int64_t i = 0; i < block->n; i++) items[i] = sort_generate((enum sort_dist)block->dist, block->seed, block->n, i);
  return 0;
}

static uint64_t counts_bytes(int64_t n) { return ((uint64_t)n / BLOCK + 2) * sizeof(int64_t); }

static uint64_t bytes(const void *args) {
  const struct sort_block *block = args;
  return 3 * ((uint64_t)block->n * sizeof(int64_t) + 64) + counts_bytes(block->n) + 64 + sizeof(struct arrays) + 64;
}

static int setup(struct pm_data *d, const void *args) {
  const struct sort_block *block = args;
  uint64_t size = (uint64_t)block->n * sizeof(int64_t) + !block->n;
  pm_ptr at = pm_alloc(d, sizeof(struct arrays)), a = pm_alloc(d, size), b = pm_alloc(d, size), sorted = pm_alloc(d, size),
         counts = pm_alloc(d, counts_bytes(block->n));
  if (!at || !a || !b || !sorted || !counts) return -1;
  *(struct arrays *)(d->region + at) = (struct arrays){{a, b}, sorted, counts};
  int64_t *items = (int64_t *)(d->region + a);
  if (fill_items(block, items, d->error)) return -1;
  d->handle[HANDLE_ARRAYS] = at;
  d->handle[HANDLE_SUM] = multiset(items, block->n);
  int16_t budget = 8;
  for (int64_t left = block->n; left; left /= 2) budget += 2;
  PM_ROOT(d, sort, 0, block->n, 0, 0, at, 0, false, budget);
  return 0;
}

static const int64_t *sorted_items(const struct pm_data *d) {
  const struct arrays *s = (const struct arrays *)(d->region + d->handle[HANDLE_ARRAYS]);
  return (const int64_t *)(d->region + s->sorted);
}

static void checksum(const int64_t *items, int64_t n, char answer[64]) {
  snprintf(answer, 64, "checksum %016" PRIx64, (uint64_t)XXH3_64bits(items, (size_t)n * sizeof *items));
}

static int check(struct pm_data *d, const void *args) {
  const struct sort_block *block = args;
  const int64_t *items = sorted_items(d);
  checksum(items, block->n, d->answer);
  for (int64_t i = 1; i < block->n; i++)
    if (items[i - 1] > items[i]) {
      snprintf(d->error, sizeof d->error, "quicksort: WRONG RESULT: item %" PRId64 " is %" PRId64 ", and the one after it %" PRId64,
               i - 1, items[i - 1], items[i]);
      return 1;
    }
  if (multiset(items, block->n) == d->handle[HANDLE_SUM]) return 0;
  snprintf(d->error, sizeof d->error, "quicksort: WRONG RESULT: in order, but not the items that were given");
  return 1;
}

static const struct pm_program program = {"quicksort", tasks, sizeof tasks / sizeof *tasks, sizeof(struct sort_block), bytes,
                                          setup, check};

/* ---- on the command line ----------------------------------------------------------------------------------------------------- */

static const struct workload_option options[] = {
    {"n", "N", "how many integers are generated (1M)", 1},
    {"dist", "DIST", "uniform, sorted, reverse, equal or zipf (uniform)", 1},
    {"input", "FILE", "sort the integers of a file, one a line", 1},
    {"output", "FILE", "write the sorted integers to a file", 1},
    {"format", "FORMAT", "of both files: text, or raw64 (8 bytes each, little-endian) (text)", 1},
    {0}};

static void defaults(void *args, uint64_t seed) {
  struct sort_block *block = args;
  *block = (struct sort_block){.n = -1, .seed = seed, .dist = -1, .format = -1};
}

static int choice(const char *option, const char *text, const char *const *names, int count, int32_t *value, char *error) {
  for (*value = 0; *value < count; ++*value)
    if (!strcmp(names[*value], text)) return 0;
  int used = snprintf(error, PM_TEXT_MAX, "--%s %.100s: none of", option, text);
  for (int i = 0; i < count; i++) used += snprintf(error + used, (size_t)(PM_TEXT_MAX - used), "%s %s", i ? "," : "", names[i]);
  return -1;
}

static int set(void *args, const char *option, const char *const *values, char *error) {
  struct sort_block *block = args;
  if (!strcmp(option, "n")) return number_option("-n", values[0], 0, INT64_C(1) << N_MAX_BITS, &block->n, error);
  if (!strcmp(option, "dist")) return choice(option, values[0], sort_dist_names, SORT_DISTS, &block->dist, error);
  if (!strcmp(option, "format")) return choice(option, values[0], sort_format_names, SORT_FORMATS, &block->format, error);
  return path_absolute(values[0], !strcmp(option, "input") ? block->input : block->output, sizeof block->input, error);
}

static int ready(void *args, char *error) {
  struct sort_block *block = args;
  const char *wrong = NULL;
  if (block->input[0] && (block->n >= 0 || block->dist >= 0)) wrong = "--input: the file says what is sorted; leave -n and --dist out";
  if (!block->input[0] && !block->output[0] && block->format >= 0) wrong = "--format: says how --input and --output look; neither is given";
  if (wrong) {
    snprintf(error, PM_TEXT_MAX, "%s", wrong);
    return -1;
  }
  if (block->n < 0) block->n = 1000000;
  if (block->dist < 0) block->dist = SORT_UNIFORM;
  if (block->format < 0) block->format = SORT_TEXT;
  return block->input[0] ? sort_count(block->input, (enum sort_format)block->format, &block->n, error) : 0;
}

static uint64_t n(const void *args) { return (uint64_t)((const struct sort_block *)args)->n; }

static uint64_t task_count(const void *args) {          /* it depends on the items */
  (void)args;
  return 0;
}

static void describe(const void *args, char *text, size_t size) {
  const struct sort_block *block = args;
  int used = block->input[0] ? snprintf(text, size, "--input %s", block->input)
                             : snprintf(text, size, "-n %" PRId64 " --dist %s", block->n, sort_dist_names[block->dist]);
  if (block->output[0] && (size_t)used < size) used += snprintf(text + used, size - (size_t)used, " --output %s", block->output);
  if (block->format == SORT_RAW64 && (size_t)used < size) snprintf(text + used, size - (size_t)used, " --format raw64");
}

static int serial(const void *args, struct workload_serial *twin, char *error) {
  const struct sort_block *block = args;
  int64_t *items = malloc((size_t)block->n * sizeof *items + 1);
  if (!items) {
    snprintf(error, PM_TEXT_MAX, "quicksort: no memory for the serial twin's %" PRId64 " items; use --no-serial", block->n);
    return -1;
  }
  int code = fill_items(block, items, error);
  if (!code) {
    uint64_t begin = clock_ns();
    sort_words(items, (size_t)block->n);
    twin->ns = clock_ns() - begin;
    checksum(items, block->n, twin->answer);
  }
  free(items);
  return code;
}

static int output(struct pm_data *d, const void *args, char *error) {
  const struct sort_block *block = args;
  return block->output[0] ? sort_write(block->output, (enum sort_format)block->format, sorted_items(d), block->n, error) : 0;
}

const struct workload workload_quicksort = {.program = &program,
                                            .summary = "64-bit integers, generated or from a file, sorted by a parallel quicksort",
                                            .options = options,
                                            .defaults = defaults,
                                            .set = set,
                                            .ready = ready,
                                            .n = n,
                                            .tasks = task_count,
                                            .describe = describe,
                                            .serial = serial,
                                            .output = output};
