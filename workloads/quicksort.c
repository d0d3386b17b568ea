/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * quicksort: signed 64-bit integers, generated or from a file.
 *
 * Three arrays, because a capsule must not overwrite what it has read. A partition reads its part in one of two arrays and
 * writes it to the other, and the sorted result goes to the third, which nobody reads: small parts (LEAF) are copied to
 * private memory, sorted there, and written once. So the only places where something is overwritten that was read before are
 * the beginnings of a partition (its target is what its parent's partition read) - there stands the parent's mark.
 *
 * A partition has WAYS - 1 pivots, not one: what is written to the region has to be written back, and a sort that splits in
 * two writes every item log2(n / LEAF) times, which on cache-line backends cost a quarter of the whole. It goes block by
 * block, in parallel: count the items of each way, add up, and copy each item to where the counts before it say.
 *
 * No input makes it slow: the pivots are quantiles of a sample; an item equal to a pivot goes right, and a part in which
 * the least possible item is frequent gives those items away in one pass; when the budget of bad pivots is spent, the exact
 * median is found by counting: the range of values that has it is cut in WAYS, until it is one value.
 *
 * Between two commits lies a block of a partition, or a leaf. A leaf that was lost before is sorted way by way: its pivots
 * chosen as a partition's are, each capsule sorts the items of one way and writes them behind those before.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "clock.h"
#include "number.h"
#include "output_file.h"
#include "path.h"
#include "sort_input.h"
#include "sort_words.h"
#include "workload.h"

enum {
  WAYS_LOG2 = 4, WAYS = 1 << WAYS_LOG2,
  BLOCK = 1 << 16,                        /* items; of a partition */
  LEAF = 1 << 17,                         /* at least BLOCK: no two parts are of one block of the array */
  LEAF_WHOLE = 1 << 13,                   /* at least SAMPLE: a leaf of no more is sorted at once at any attempt, in a tenth of a millisecond */
  SAMPLE = 8 * WAYS * 4 - 1,
  GATHER = 128,                           /* items of one way that are written together */
  AHEAD = 256,                            /* items: prefetching, as the hardware stops at each of the region's small pages */
  LINE = 8                                /* items */
};

struct arrays { pm_ptr at[2], sorted, pivots, counts, starts; };  /* the last three: a row of WAYS words a block */
struct row { int64_t way[WAYS]; };
/* What a partition is about: items of [lo, hi) in array `from`. */
struct part { int64_t lo, hi; pm_ptr arrays; int64_t from; };

#define ARRAYS(ptr) PM_AT(const struct arrays, ptr)
static inline pm_ptr item(pm_ptr array, int64_t i) { return array + (pm_ptr)i * sizeof(int64_t); }
/* Rows of a part's blocks; the last block takes what is left over, so the rows of two parts never share a place. */
static inline pm_ptr row_at(pm_ptr rows, const struct part *p, int64_t b) {
  return rows + (pm_ptr)(p->lo / BLOCK + b) * sizeof(struct row);
}
static inline int64_t blocks_of(const struct part *p) { return (p->hi - p->lo) / BLOCK; }
static inline int64_t block_begin(const struct part *p, int64_t b) { return b < blocks_of(p) ? p->lo + b * BLOCK : p->hi; }

/* ---- which way ----------------------------------------------------------------------------------------------------------------- */

/* The pivots as a binary tree in an array, root at 1: `pivot` ascending, WAYS - 1 of them. */
static void plant(const int64_t *pivot, struct row *tree) {
  tree->way[0] = 0;
  for (int i = 1, step = WAYS / 2; step; step /= 2)
    for (int at = step - 1; at < WAYS - 1; at += 2 * step) tree->way[i++] = pivot[at];
}

/* How many pivots are not above x, without a branch. */
static inline unsigned way_of(const struct row *tree, int64_t x) {
  unsigned at = 1;
  for (int level = 0; level < WAYS_LOG2; level++) at = 2 * at + (x >= tree->way[at]);
  return at - WAYS;
}

PM_FOR(count, (struct part p;), 1) {      /* a grain of 1: a.lo is the block */
  const struct arrays *s = ARRAYS(a.p.arrays);
  const struct row tree = *PM_AT(const struct row, row_at(s->pivots, &a.p, 0));
  const int64_t *items = PM_AT(const int64_t, s->at[a.p.from]);
  struct row n = {0}, other = {0};        /* two, so that equal neighbours do not wait for each other */
  int64_t i = block_begin(&a.p, a.lo), end = block_begin(&a.p, a.lo + 1);
  for (; i + LINE <= end; i += LINE) {
    __builtin_prefetch(items + i + AHEAD);
    for (int k = 0; k < LINE; k += 2) {
      n.way[way_of(&tree, items[i + k])]++;
      other.way[way_of(&tree, items[i + k + 1])]++;
    }
  }
  for (; i < end; i++) n.way[way_of(&tree, items[i])]++;
  for (int k = 0; k < WAYS; k++) n.way[k] += other.way[k];
  pm_write(w, row_at(s->counts, &a.p, a.lo), &n, sizeof n);
}

/* Where each block's items of each way begin; `begin[k]` where way k does. */
static void add_up(struct pm_worker *w, const struct part *p, int64_t begin[WAYS + 1]) {
  const struct arrays *s = ARRAYS(p->arrays);
  struct row next = {0};
  for (int64_t b = 0; b < blocks_of(p); b++)
    for (int k = 0; k < WAYS; k++) next.way[k] += PM_AT(const struct row, row_at(s->counts, p, b))->way[k];
  begin[0] = p->lo;
  for (int k = 0; k < WAYS; k++) begin[k + 1] = begin[k] + next.way[k];
  memcpy(next.way, begin, sizeof next.way);
  for (int64_t b = 0; b < blocks_of(p); b++) {
    pm_write(w, row_at(s->starts, p, b), &next, sizeof next);
    for (int k = 0; k < WAYS; k++) next.way[k] += PM_AT(const struct row, row_at(s->counts, p, b))->way[k];
  }
}

PM_FOR(scatter, (struct part p;), 1) {
  const struct arrays *s = ARRAYS(a.p.arrays);
  const struct row tree = *PM_AT(const struct row, row_at(s->pivots, &a.p, 0));
  const int64_t *items = PM_AT(const int64_t, s->at[a.p.from]);
  struct row to = *PM_AT(const struct row, row_at(s->starts, &a.p, a.lo));
  pm_ptr target = s->at[!a.p.from];
  int64_t gathered[WAYS][GATHER];
  unsigned fill[WAYS] = {0};
  int64_t end = block_begin(&a.p, a.lo + 1);
  for (int64_t i = block_begin(&a.p, a.lo); i < end; i++) {
    if (i % LINE == 0) __builtin_prefetch(items + i + AHEAD);
    unsigned k = way_of(&tree, items[i]);
    gathered[k][fill[k]] = items[i];
    if (++fill[k] < GATHER) continue;
    pm_write(w, item(target, to.way[k]), gathered[k], sizeof gathered[k]);
    to.way[k] += GATHER;
    fill[k] = 0;
  }
  for (int k = 0; k < WAYS; k++) pm_write(w, item(target, to.way[k]), gathered[k], fill[k] * sizeof(int64_t));
}

PM_FOR(fill_equal, (pm_ptr sorted; int64_t value;), BLOCK) {
  int64_t *items = PM_AT(int64_t, a.sorted);
  for (int64_t i = a.lo; i < a.hi; i++) items[i] = a.value;
  pm_wrote(w, item(a.sorted, a.lo), (size_t)(a.hi - a.lo) * sizeof *items);
}

/* ---- the sort ------------------------------------------------------------------------------------------------------------------ */

/* bound: no item is less (bounded); read: the mark of the partition that made this part. */
PM_DECLARE(pm_none, sort, (struct part p; int64_t bound; pm_mark read; int32_t bounded; int32_t budget;))

static void sort_leaf(struct pm_worker *w, const struct part *p) {
  const struct arrays *s = ARRAYS(p->arrays);
  size_t n = (size_t)(p->hi - p->lo), bytes = n * sizeof(int64_t);
  int64_t *own = pm_scratch(w, bytes);
  memcpy(own, pm_addr(w, item(s->at[p->from], p->lo)), bytes);
  sort_words(own, n);
  pm_write(w, item(s->sorted, p->lo), own, bytes);
}

/* What a partition found: where each way begins, and the pivots between them. */
struct split { int64_t begin[WAYS + 1], pivot[WAYS - 1], gives_away; };

/* Quantiles of a sample, one item out of each of SAMPLE equal pieces. */
static void choose(struct pm_worker *w, const struct part *p, int64_t pivot[WAYS - 1]) {
  const int64_t *items = PM_AT(const int64_t, item(ARRAYS(p->arrays)->at[p->from], p->lo));
  int64_t n = p->hi - p->lo, sample[SAMPLE];
  uint64_t state = (uint64_t)p->lo * 0x9E3779B97F4A7C15u + (uint64_t)n;
  for (int i = 0; i < SAMPLE; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    int64_t begin = n * i / SAMPLE, end = n * (i + 1) / SAMPLE;
    sample[i] = items[begin + (int64_t)((state >> 33) % (uint64_t)(end - begin))];
  }
  sort_words(sample, SAMPLE);
  for (int k = 1; k < WAYS; k++) pivot[k - 1] = sample[k * (SAMPLE + 1) / WAYS - 1];
}

/* The items of one way, sorted and written where `begin` says that they begin; returns where they end. */
static int64_t sort_way(struct pm_worker *w, const struct part *p, const struct split *split, unsigned way) {
  const struct arrays *s = ARRAYS(p->arrays);
  const int64_t *items = PM_AT(const int64_t, s->at[p->from]);
  int64_t *own = pm_scratch(w, (size_t)(p->hi - p->lo) * sizeof *own);
  struct row tree;
  size_t n = 0;
  plant(split->pivot, &tree);
  for (int64_t i = p->lo; i < p->hi; i++) {
    own[n] = items[i];
    n += way_of(&tree, items[i]) == way;
  }
  sort_words(own, n);
  pm_write(w, item(s->sorted, split->begin[way]), own, n * sizeof *own);
  return split->begin[way] + (int64_t)n;
}

/* ---- the median, by counting ----------------------------------------------------------------------------------------------------- */

/* As unsigned numbers in the order of the signed ones; the median is one of low .. high. */
struct range { uint64_t low, high; };
static int64_t value_of(uint64_t place) { return (int64_t)(place ^ UINT64_C(1) << 63); }
static uint64_t step_of(const struct range *r) { return (r->high - r->low) / WAYS + 1; }

/* The range cut in WAYS: pivots that stand at equal distances, those above it at its end. */
static void cut(struct pm_worker *w, const struct part *p, const struct range *r, int64_t pivot[WAYS - 1]) {
  struct row tree;
  uint64_t step = step_of(r);
  for (uint64_t k = 1; k < WAYS; k++)
    pivot[k - 1] = value_of((r->high - r->low) / step < k ? r->high : r->low + k * step);
  plant(pivot, &tree);
  pm_write(w, row_at(ARRAYS(p->arrays)->pivots, p, 0), &tree, sizeof tree);
}

/* What the counts say: the way that the item of the middle is in. */
static struct range narrow(struct pm_worker *w, const struct part *p, const struct range *r) {
  const struct arrays *s = ARRAYS(p->arrays);
  struct row all = {0};
  for (int64_t b = 0; b < blocks_of(p); b++)
    for (int k = 0; k < WAYS; k++) all.way[k] += PM_AT(const struct row, row_at(s->counts, p, b))->way[k];
  int64_t rank = (p->hi - p->lo) / 2;
  uint64_t way = 0, step = step_of(r);
  while (rank >= all.way[way]) rank -= all.way[way++];
  uint64_t first = (r->high - r->low) / step < way ? r->high : r->low + way * step;
  uint64_t last = r->high - first < step - 1 ? r->high : first + step - 1;
  return (struct range){first, last};
}

/* Where the least possible item is frequent, the one pivot is the number after it, and way 0 needs no sorting. */
static void set_pivots(struct pm_worker *w, const struct sort_args *a, struct split *split) {
  struct row tree;
  split->gives_away = a->bounded && split->pivot[0] == a->bound;
  for (int k = 0; split->gives_away && k < WAYS - 1; k++) split->pivot[k] = a->bound + (a->bound != INT64_MAX);
  plant(split->pivot, &tree);
  pm_write(w, row_at(ARRAYS(a->p.arrays)->pivots, &a->p, 0), &tree, sizeof tree);
}

static struct sort_args way_part(const struct sort_args *a, const struct split *s, pm_mark read, int k) {
  return (struct sort_args){{s->begin[k], s->begin[k + 1], a->p.arrays, !a->p.from}, k ? s->pivot[k - 1] : a->bound, read,
                            k || a->bounded, a->budget ? a->budget - 1 : 0};
}

PM_DEFINE(sort, (struct split split; struct range median; pm_mark read; int64_t next; PM_FORKED(sort) way[WAYS];)) {
  if (a.p.lo == a.p.hi) return PM_NONE;
  PM_BEGIN(sort);                         /* before a leaf, too: it takes a millisecond, and a beat should not wait for more */
  if (a.p.hi - a.p.lo <= LEAF) {
    if (pm_attempts(w) == 1 || a.p.hi - a.p.lo <= LEAF_WHOLE) {
      sort_leaf(w, &my->a.p);
      PM_RETURN(PM_NONE);
    }
    choose(w, &my->a.p, my->split.pivot);
    my->split.begin[0] = a.p.lo;
    for (my->next = 0; my->next < WAYS; my->next++) {
      my->split.begin[my->next + 1] = sort_way(w, &my->a.p, &my->split, (unsigned)my->next);
      PM_COMMIT_HERE();
    }
    PM_RETURN(PM_NONE);
  }
  PM_BEFORE_OVERWRITE(a.read);
  if (a.budget) {
    choose(w, &my->a.p, my->split.pivot);
  } else {
    my->median = (struct range){0, UINT64_MAX};
    while (my->median.low != my->median.high) {
      cut(w, &my->a.p, &my->median, my->split.pivot);
      PM_RUN(count, 0, blocks_of(&my->a.p), my->a.p);
      my->median = narrow(w, &my->a.p, &my->median);
      PM_COMMIT_HERE();                   /* the next round overwrites pivots and counts */
    }
    for (int k = 0; k < WAYS - 1; k++) my->split.pivot[k] = value_of(my->median.low);
  }
  set_pivots(w, &my->a, &my->split);
  if (my->split.gives_away && a.bound == INT64_MAX) {
    PM_RUN(fill_equal, a.p.lo, a.p.hi, ARRAYS(a.p.arrays)->sorted, a.bound);
    PM_RETURN(PM_NONE);
  }
  PM_RUN(count, 0, blocks_of(&my->a.p), my->a.p);
  add_up(w, &my->a.p, my->split.begin);
  PM_RUN(scatter, 0, blocks_of(&my->a.p), my->a.p);
  PM_READ_MARK(my->read);
  if (my->split.gives_away) {
    PM_RUN(fill_equal, a.p.lo, my->split.begin[1], ARRAYS(a.p.arrays)->sorted, a.bound);
    my->split.begin[0] = my->split.begin[1];
  }
  for (my->next = 0; my->next < WAYS; my->next++)
    PM_FORK_ARGS(my->way[my->next], sort, way_part(&my->a, &my->split, my->read, (int)my->next));
  while (my->next-- > 0) PM_SYNC(my->way[my->next], sort);
  PM_RETURN(PM_NONE);
  PM_END;
}

static const struct pm_task tasks[] = {PM_ENTRY(count), PM_ENTRY(scatter), PM_ENTRY(fill_equal), PM_ENTRY(sort)};

/* ---- the program ------------------------------------------------------------------------------------------------------------- */

enum { PATH = 4096, N_MAX_BITS = 40 };
struct sort_block {
  int64_t n;
  uint64_t seed;
  int32_t dist, format;                   /* enum sort_dist, enum sort_format */
  char input[PATH], output[PATH];         /* absolute, or "" */
};
enum { HANDLE_SORTED, HANDLE_SUM };     /* sealed, so the check trusts them more than what tasks use */

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

static uint64_t rows_bytes(int64_t n) { return ((uint64_t)n / BLOCK + 2) * sizeof(struct row); }

static uint64_t bytes(const void *args) {
  const struct sort_block *block = args;
  return 3 * ((uint64_t)block->n * sizeof(int64_t) + 64) + 3 * (rows_bytes(block->n) + 64) + sizeof(struct arrays) + 64;
}

static int setup(struct pm_data *d, const void *args) {
  const struct sort_block *block = args;
  uint64_t size = (uint64_t)block->n * sizeof(int64_t) + !block->n, rows = rows_bytes(block->n);
  pm_ptr at = pm_alloc(d, sizeof(struct arrays));
  struct arrays s = {{pm_alloc(d, size), pm_alloc(d, size)}, pm_alloc(d, size), pm_alloc(d, rows), pm_alloc(d, rows),
                     pm_alloc(d, rows)};
  if (!at || !s.at[0] || !s.at[1] || !s.sorted || !s.pivots || !s.counts || !s.starts) return -1;
  *(struct arrays *)(d->region + at) = s;
  int64_t *items = (int64_t *)(d->region + s.at[0]);
  if (fill_items(block, items, d->error)) return -1;
  d->handle[HANDLE_SORTED] = s.sorted;
  d->handle[HANDLE_SUM] = multiset(items, block->n);
  int32_t budget = 4;
  for (int64_t left = block->n; left; left /= WAYS) budget += 2;
  PM_ROOT(d, sort, .p = {0, block->n, at, 0}, .budget = budget);
  return 0;
}

static const int64_t *sorted_items(const struct pm_data *d) {
  return (const int64_t *)(d->region + d->handle[HANDLE_SORTED]);
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
      snprintf(d->error, sizeof d->error, "item %" PRId64 " is %" PRId64 ", and the one after it %" PRId64,
               i - 1, items[i - 1], items[i]);
      return 1;
    }
  if (multiset(items, block->n) == d->handle[HANDLE_SUM]) return 0;
  snprintf(d->error, sizeof d->error, "in order, but not the items that were given");
  return 1;
}

static const struct pm_program program = {"quicksort", tasks, sizeof tasks / sizeof *tasks, sizeof(struct sort_block), bytes,
                                          setup, check, NULL, 0};

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
  return !strcmp(option, "input") ? path_input(values[0], block->input, sizeof block->input, error)
                                  : output_file_name(values[0], block->output, sizeof block->output, error);
}

/* A number of text has a digit and an end of line, at least. */
static int output_check(void *args, char *error) {
  struct sort_block *block = args;
  uint64_t least = (uint64_t)block->n * (block->format == SORT_RAW64 ? sizeof(int64_t) : 2);
  return block->output[0] ? output_file_check(block->output, sizeof block->output, least, error) : 0;
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
  if (path_apart(block->output, block->input, error)) return -1;
  if (block->n < 0) block->n = 1000000;
  if (block->dist < 0) block->dist = SORT_UNIFORM;
  if (block->format < 0) block->format = SORT_TEXT;
  if (block->input[0] && sort_count(block->input, (enum sort_format)block->format, &block->n, error)) return -1;
  return output_check(block, error);
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

static uint64_t serial_bytes(const void *args) { return (uint64_t)((const struct sort_block *)args)->n * sizeof(int64_t); }

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

static const char *output_path(const void *args) { return ((const struct sort_block *)args)->output; }

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
                                            .serial_bytes = serial_bytes,
                                            .serial = serial,
                                            .output_path = output_path,
                                            .output_check = output_check,
                                            .output = output};
