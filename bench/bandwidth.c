/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast the memory of the path is read, written and copied, through the caches and past them, by one process and by several at
 * once, each in a part of its own. A copy of n bytes counts as n. The bytes that are gone over are said: where they fit into the
 * caches, the caches are what is measured.
 *
 * Everything that is read is summed, and the sum is compared with the one that was written there (n (n - 1) / 2): nothing was left
 * out. What was written is looked at behind each pass.
 */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "bench.h"

enum { REPS_MAX = 32, MIB = 1 << 20 };
enum op { READ, WRITE, WRITE_PAST, COPY, COPY_PAST, OPS };
static const struct { const char *name, *column; bool past; } ops[OPS] = {
    {"read", "read", false}, {"write", "write", false}, {"write-past", "write past the caches", true},
    {"copy", "copy", false}, {"copy-past", "copy past the caches", true}};

struct pass {
  char *base;
  size_t bytes;                           /* of all members together */
  enum op op;
  unsigned procs, reps;
  uint64_t begin_ns[BENCH_PROCS_MAX][REPS_MAX], end_ns[BENCH_PROCS_MAX][REPS_MAX];
  _Atomic uint32_t wrong;
};

/* A line at a time, and a barrier for the compiler behind each, or it would call memset and memcpy, which go past the caches by
 * themselves where the range is large. */
typedef uint64_t words __attribute__((vector_size(16), aligned(16)));
static void write_line(char *line, uint64_t first) {
  uint64_t *w = (uint64_t *)line;
  for (unsigned i = 0; i < 8; i++) w[i] = first + i;
  __asm__ volatile("" : : : "memory");
}
static void copy_line(char *to, const char *from) {
  const words *f = (const words *)from;
  words *t = (words *)to, a = f[0], b = f[1], c = f[2], d = f[3];
  t[0] = a, t[1] = b, t[2] = c, t[3] = d;
  __asm__ volatile("" : : : "memory");
}
#if defined(__x86_64__)
static void past(words *to, words v) { __asm__ volatile("movntdq %1, %0" : "=m"(*to) : "x"(v) : "memory"); }
#else
static void past(words *to, words v) { *to = v; }
#endif
static void write_line_past(char *line, uint64_t first) {
  for (unsigned i = 0; i < 4; i++) past((words *)line + i, (words){first + 2 * i, first + 2 * i + 1});
}
static void copy_line_past(char *to, const char *from) {
  for (unsigned i = 0; i < 4; i++) past((words *)to + i, ((const words *)from)[i]);
}

/* One pass over [from, from + bytes); returns a sum or a count that depends on it. */
static uint64_t go_over(enum op op, char *from, size_t bytes) {
  size_t half = bytes / 2;
  uint64_t sum = 0;
  switch (op) {
  case READ:
    for (const uint64_t *w = (const uint64_t *)from, *end = (const uint64_t *)(from + bytes); w < end; w++) sum += *w;
    break;
  case WRITE:
    for (size_t at = 0; at < bytes; at += BENCH_LINE) write_line(from + at, at / 8);
    break;
  case WRITE_PAST:
    for (size_t at = 0; at < bytes; at += BENCH_LINE) write_line_past(from + at, at / 8);
    break;
  case COPY:
    for (size_t at = 0; at < half; at += BENCH_LINE) copy_line(from + half + at, from + at);
    break;
  default:
    for (size_t at = 0; at < half; at += BENCH_LINE) copy_line_past(from + half + at, from + at);
  }
  if (ops[op].past) bench_fence();
  return sum;
}

static bool is_right(enum op op, const char *from, size_t bytes, uint64_t sum) {
  uint64_t n = bytes / 8;
  if (op == READ) return sum == n * (n - 1) / 2;
  if (op >= COPY) return !memcmp(from, from + bytes / 2, bytes / 2);
  for (uint64_t i = 0; i < n; i++)
    if (((const uint64_t *)from)[i] != i) return false;
  return true;
}

static void member_of(void *context, struct bench_barrier *t, unsigned member) {
  struct pass *p = context;
  size_t bytes = p->bytes / p->procs & ~(size_t)(PM_PAGE - 1);
  char *from = p->base + member * bytes;
  go_over(WRITE, from, bytes);
  for (unsigned r = 0; r < p->reps; r++) {
    if (p->op != READ && p->op < COPY) memset(from, 0, BENCH_LINE), memset(from + bytes - BENCH_LINE, 0, BENCH_LINE);
    if (p->op >= COPY) memset(from + bytes / 2, 0, BENCH_LINE), memset(from + bytes - BENCH_LINE, 0, BENCH_LINE);
    if (!bench_barrier_wait(t)) return;
    p->begin_ns[member][r] = bench_look_ns();
    uint64_t sum = go_over(p->op, from, bytes);
    p->end_ns[member][r] = bench_look_ns();
    if (!bench_barrier_wait(t)) return;
    if ((r == 0 || p->op == READ) && !is_right(p->op, from, bytes, sum)) atomic_store(&p->wrong, 1);
  }
}

static int measure(struct bench *b, struct bench_place *place, size_t bytes, enum op op, unsigned procs) {
  char label[48];
  snprintf(label, sizeof label, "%u process%s", procs, procs > 1 ? "es" : "");
  char heading[96];
  snprintf(heading, sizeof heading, "over %zu MiB in all", bytes / MIB);
  struct bench_case c = {.heading = heading, .label = label, .column = ops[op].column, .unit = BENCH_GB_S};
  c.keys = json_pack("{s:s,s:i,s:I}", "op", ops[op].name, "procs", (int)procs, "bytes", (json_int_t)bytes);
  if (ops[op].past && !b->cpu.non_temporal) {
    bench_skip(b, &c, "not on this CPU");
    return 0;
  }
  if (!bench_wanted(b, &c)) return 0;
  struct pass *p = bench_shared(sizeof *p);
  if (!p) return pm_error_set(&b->error, PM_E_MACHINE, "no memory");
  p->base = place->base;
  p->bytes = bytes;
  p->op = op;
  p->procs = procs;
  p->reps = b->options.quick ? 6 : 15;
  int code = bench_team(b, procs, member_of, p);
  double samples[REPS_MAX];
  double each = (double)(bytes / procs & ~(size_t)(PM_PAGE - 1)) * procs / (op >= COPY ? 2 : 1);
  for (unsigned r = 0; r < p->reps; r++) {
    uint64_t begin = UINT64_MAX, end = 0;
    for (unsigned m = 0; m < procs; m++) {
      if (p->begin_ns[m][r] < begin) begin = p->begin_ns[m][r];
      if (p->end_ns[m][r] > end) end = p->end_ns[m][r];
    }
    samples[r] = each / fmax(1, (double)(end - begin) - b->clock_ns);
  }
  if (!code && atomic_load(&p->wrong)) code = pm_error_set(&b->error, PM_E_WRONG, "%s: what lies there is not what was written", ops[op].name);
  if (!code && !bench_stopped(b)) bench_record(b, &c, samples, p->reps, 0, NAN);
  else json_decref(c.keys);
  bench_unshare(p, sizeof *p);
  return code;
}

static int run(struct bench *b) {
  struct bench_place place;
  size_t bytes = (size_t)(b->options.quick ? 64 : 256) * MIB, least = 16 * MIB;
  while (bytes > least && bytes > bench_space(b) / 2) bytes /= 2;
  int code = bench_place_open(b, &place, bytes);
  if (code) return code;
  for (unsigned procs = 1; procs && !code && !bench_stopped(b); procs = bench_next_procs(b, procs))
    for (int op = 0; op < OPS && !code && !bench_stopped(b); op++) code = measure(b, &place, bytes, (enum op)op, procs);
  bench_place_close(&place);
  return code;
}

const struct bench_kind bench_bandwidth = {
    "bandwidth", "reading, writing, copying, through the caches and past them, by one process and by several",
    "10^9 bytes a second, of all processes together", run};
