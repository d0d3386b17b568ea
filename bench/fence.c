/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a fence waits for: lines stored and written back just before it. A look at the clock between the write-back and the fence
 * would let the lines drain, so two loops are timed that differ in the fence alone, in turns; their difference is the fence. It
 * can be less than nothing: without fences, later write-backs wait for earlier ones.
 */
#include <math.h>
#include <string.h>

#include "bench.h"

enum { MOST = 4096, SPAN = 16 << 10 };
static const unsigned pending[] = {0, 64, 256, 1024, 4096};

struct fence {
  struct bench_place place;
  const struct bench_instruction *instruction;
  size_t bytes, at;
  bool fenced;
  uint64_t value;
};

static uint64_t work(void *context, uint64_t count) {
  struct fence *f = context;
  for (uint64_t i = 0; i < count; i++) {
    char *from = f->place.base + f->at;
    for (size_t at = 0; at < f->bytes; at += BENCH_LINE) {
      if (f->instruction != &bench_instructions[BENCH_NON_TEMPORAL]) *(volatile uint64_t *)(from + at) = ++f->value;
      f->instruction->flush(from + at);
    }
    if (f->fenced) bench_fence();
    else __asm__ volatile("" : : : "memory");
    f->at = f->at + f->bytes < SPAN ? f->at + f->bytes : 0;
  }
  return f->value + *(volatile uint64_t *)f->place.base;
}

static struct bench_case case_of(const struct fence *f, unsigned bytes, const char *part, char heading[96], char label[48]) {
  snprintf(heading, 96, "behind %s", f->instruction->name);
  snprintf(label, 48, "%u bytes pending", bytes);
  struct bench_case c = {.heading = heading, .label = label, .column = part, .unit = BENCH_NS};
  c.keys = json_pack("{s:s,s:i,s:s}", "instruction", f->instruction->name, "bytes", (int)bytes, "part", !strcmp(part, "with fence") ? "with-fence" : part);
  return c;
}

static const char *const parts[] = {"write-back", "with fence", "fence"};

static void measure(struct bench *b, struct fence *f, unsigned bytes) {
  static double samples[3][BENCH_SAMPLES_MAX];
  char heading[96], label[48];
  f->bytes = bytes;
  struct bench_loop loop = {f, NULL, work, 0};
  struct bench_meter without, with;
  size_t n = 0;
  bench_stay(b, true);
  f->fenced = false;
  bench_meter_open(b, &without, &loop);
  f->fenced = true;
  bench_meter_open(b, &with, &loop);
  struct bench_budget g = bench_budget_begin(b);
  for (; bench_budget_left(b, &g, n); n++) {
    f->fenced = false;
    samples[0][n] = bench_meter_sample(b, &without);
    f->fenced = true;
    samples[1][n] = bench_meter_sample(b, &with);
    samples[2][n] = samples[1][n] - samples[0][n];
  }
  bench_stay(b, false);
  for (int part = 0; part < 3; part++) {
    struct bench_case c = case_of(f, bytes, parts[part], heading, label);
    double scale = part == 0 ? without.scale : part == 1 ? with.scale : fmin(without.scale, with.scale);
    if (bench_wanted(b, &c)) bench_record(b, &c, samples[part], n, part == 0 ? without.count : with.count, scale);
  }
}

static int run(struct bench *b) {
  struct fence f = {0};
  int code = bench_place_open(b, &f.place, SPAN + MOST);
  if (code) return code;
  for (int i = 0; i < BENCH_NONE; i++)
    for (size_t k = 0; k < sizeof pending / sizeof *pending && !bench_stopped(b); k++) {
      f.instruction = &bench_instructions[i];
      if (bench_has(&b->cpu, f.instruction)) {
        measure(b, &f, pending[k]);
        continue;
      }
      char heading[96], label[48];
      for (int part = 0; part < 3; part++) {
        struct bench_case c = case_of(&f, pending[k], parts[part], heading, label);
        bench_skip(b, &c, "not on this CPU");
      }
    }
  bench_place_close(&f.place);
  return 0;
}

const struct bench_kind bench_fence_kind = {
    "fence", "a fence with 0 to 4096 bytes pending behind each write-back instruction",
    "Time of storing and writing back, of the same with a fence behind it, and the difference", run};
