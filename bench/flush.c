/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What it costs to write a range back: by its size, by what does it, by whether each line is waited for or all of them under one
 * fence, and by the state the lines are in: clean in this core's cache, dirty in it, or last written by another core.
 *
 * The lines are brought into their state before each round, which is not timed. A round goes over as many ranges as fit into
 * SPAN bytes, so that nothing is flushed twice. `none` is the same loop with the fences and without the instruction; a
 * non-temporal store is the store itself as well. msync and sync_file_range go by page: at once, a call for each line,
 * which is left out where so many calls would take too long.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "bench.h"

enum { SPAN = 16 << 10, MOST = 64 << 10, CALL_RANGES = 4 };
enum state { CLEAN, DIRTY, ELSEWHERE, STATES };
static const char *const state_names[STATES] = {"clean", "dirty", "elsewhere"};
static const char *const state_words[STATES] = {"clean", "dirty", "last written by another core"};
enum { MSYNC = BENCH_INSTRUCTIONS, SYNC_FILE_RANGE, WAYS };
static const unsigned lines_full[] = {1, 2, 4, 8, 16, 32, 64, 256, 1024, 0};
static const unsigned lines_quick[] = {1, 8, 64, 1024, 0};

struct flush {
  struct bench *b;
  struct bench_place place;
  struct bench_helper helper;
  bool helped, lost;                      /* there is a helper; it did not answer */
  size_t bytes;                           /* of a range */
  unsigned ranges, way;
  bool at_once;
  enum state state;
  int failed;                             /* errno of a call */
  uint64_t value;
};

static const char *way_name(unsigned way) {
  return way == MSYNC ? "msync" : way == SYNC_FILE_RANGE ? "sync_file_range" : bench_instructions[way].name;
}

/* ---- states -------------------------------------------------------------------------------------------------------------- */

static void store(struct flush *f) {
  f->value++;
  for (size_t at = 0; at < MOST; at += BENCH_LINE) *(volatile uint64_t *)(f->place.base + at) = f->value;
}

static void store_elsewhere(void *context) { store(context); }

static void clean(struct flush *f) {
  const struct bench_instruction *i = bench_best_flush(&f->b->cpu);
  for (size_t at = 0; i && at < MOST; at += BENCH_LINE) i->flush(f->place.base + at);
  bench_fence();
  if (f->way >= MSYNC) msync(f->place.base, MOST, MS_SYNC);
  for (size_t at = 0; at < MOST; at += BENCH_LINE) f->value += *(volatile uint64_t *)(f->place.base + at);
}

static void prepare(void *context) {
  struct flush *f = context;
  if (f->state == CLEAN) clean(f);
  else if (f->state == DIRTY) store(f);
  else f->lost |= f->lost || !bench_helper_do(f->b, &f->helper);
  atomic_thread_fence(memory_order_seq_cst);
}

/* ---- the work ------------------------------------------------------------------------------------------------------------ */

static void call(struct flush *f, char *from, size_t bytes) {
  size_t begin = (size_t)(from - f->place.base) & ~(size_t)(PM_PAGE - 1);
  size_t end = ((size_t)(from - f->place.base) + bytes + PM_PAGE - 1) & ~(size_t)(PM_PAGE - 1);
  int bad = f->way == MSYNC ? msync(f->place.base + begin, end - begin, MS_SYNC)
                            : sync_file_range(f->place.region.fd, (off_t)begin, (off_t)(end - begin),
                                              SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  if (bad) f->failed = errno;
}

/* Of one call, behind a store. */
static uint64_t call_ns(struct flush *f) {
  uint64_t begin = pm_clock_ns();
  *(volatile uint64_t *)f->place.base = ++f->value;
  call(f, f->place.base, BENCH_LINE);
  return pm_clock_ns() - begin;
}

static void by_call(struct flush *f, char *from) {
  if (!f->at_once) call(f, from, f->bytes);
  else for (size_t at = 0; at < f->bytes; at += BENCH_LINE) call(f, from + at, BENCH_LINE);
}

static void by_instruction(struct flush *f, char *from) {
  bench_flush_fn *flush = bench_instructions[f->way].flush;
  for (size_t at = 0; at < f->bytes; at += BENCH_LINE) {
    flush(from + at);
    if (f->at_once) bench_fence();
  }
  if (!f->at_once) bench_fence();
}

static uint64_t work(void *context, uint64_t count) {
  struct flush *f = context;
  for (uint64_t i = 0; i < count; i++)
    if (f->way < MSYNC) by_instruction(f, f->place.base + i * f->bytes);
    else by_call(f, f->place.base + i * f->bytes);
  return f->value + *(volatile uint64_t *)f->place.base;
}

/* ---- cases --------------------------------------------------------------------------------------------------------------- */

/* Why it cannot be measured here, or NULL. */
static const char *obstacle(struct flush *f, char text[160]) {
  if (f->way < MSYNC && !bench_has(&f->b->cpu, &bench_instructions[f->way])) return "not on this CPU";
  if (f->state == ELSEWHERE && f->b->cores < 2) return "needs a second core";
  f->failed = 0;
  if (f->way >= MSYNC) call(f, f->place.base, BENCH_LINE);
  if (f->failed) {
    snprintf(text, 160, "%s refuses this path: %s", way_name(f->way), strerror(f->failed));
    return text;
  }
  uint64_t most_ns = f->b->options.quick ? 10000000 : 50000000;
  unsigned calls = f->way >= MSYNC && f->at_once ? (unsigned)(f->bytes / BENCH_LINE) : 1;
  if (calls > 1 && calls * call_ns(f) > most_ns) {
    snprintf(text, 160, "too slow: %u calls", calls);
    return text;
  }
  return NULL;
}

static void measure(struct flush *f, unsigned lines) {
  char heading[96], label[48], text[160];
  f->bytes = (size_t)lines * BENCH_LINE;
  f->ranges = f->way >= MSYNC ? CALL_RANGES : f->bytes < SPAN ? (unsigned)(SPAN / f->bytes) : 1;
  if (f->ranges * f->bytes > MOST) f->ranges = 1;
  snprintf(heading, sizeof heading, "%s; %s", state_words[f->state], f->at_once ? "a fence after each line" : "one fence at the end");
  if (lines < 16) snprintf(label, sizeof label, "%u B, %u line%s", lines * BENCH_LINE, lines, lines > 1 ? "s" : "");
  else snprintf(label, sizeof label, "%u KiB, %u lines", lines / 16, lines);
  struct bench_case c = {.heading = heading, .label = label, .column = way_name(f->way), .unit = BENCH_NS};
  c.keys = json_pack("{s:s,s:s,s:s,s:i,s:i}", "instruction", way_name(f->way), "state", state_names[f->state], "when",
                     f->at_once ? "at-once" : "deferred", "lines", (int)lines, "bytes", (int)f->bytes);
  const char *why = obstacle(f, text);
  if (why) bench_skip(f->b, &c, "%s", why);
  else bench_time(f->b, &c, &(struct bench_loop){f, prepare, work, f->ranges});
}

static int run(struct bench *b) {
  struct flush f = {.b = b};
  int code = bench_place_open(b, &f.place, MOST);
  if (code) return code;
  if (b->cores > 1) code = bench_helper_open(b, &f.helper, store_elsewhere, &f);
  const unsigned *sizes = b->options.quick ? lines_quick : lines_full;
  for (int s = 0; s < STATES && !code; s++)
    for (int at_once = 0; at_once < 2; at_once++)
      for (int i = 0; sizes[i] && !f.lost; i++)
        for (unsigned way = 0; way < WAYS; way++) {
          f.state = (enum state)s;
          f.at_once = at_once;
          f.way = way;
          measure(&f, sizes[i]);
        }
  if (f.lost && !bench_stopped(b)) code = pm_error_set(&b->error, PM_E_DIED, "the process on the other core is gone");
  bench_helper_close(&f.helper);
  bench_place_close(&f.place);
  return code;
}

const struct bench_kind bench_flush = {
    "flush", "writing lines back: by size, instruction or call, state of the lines, one fence or many",
    "Time to write a range back, fences included", run};
