/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <sched.h>
#include <string.h>

#include "base/clock.h"
#include "bench.h"

enum {
  TARGET_NS = 40000,                      /* of work between two looks at the clock, where the work can be repeated so often */
  ROUNDS_MAX = 64,
  SAMPLES_LEAST = 6,                      /* fewer have no interval at 95 % */
  SCALE_PART = 4, SCALE_TRIES = 3, SCALE_AGAIN = 5,
  CLOCK_LOOKS = 1000, CLOCK_ROWS = 31
};
static const double scale_least = 2;

/* What the work returned ends here, so that none of it can be left out. */
static volatile uint64_t sink;

double bench_clock_cost_ns(void) {
  double x[CLOCK_ROWS];
  for (int i = 0; i < CLOCK_ROWS; i++) {
    uint64_t begin = bench_look_ns(), last = begin;
    for (int k = 0; k < CLOCK_LOOKS; k++) last = bench_look_ns();
    x[i] = (double)(last - begin) / CLOCK_LOOKS;
  }
  return stats_median(x, CLOCK_ROWS, 0.95).middle;
}

bool bench_stopped(const struct bench *b) { return b->options.stop && b->options.stop(b->options.context); }

/* ---- one core ---------------------------------------------------------------------------------------------------------- */

void bench_stay(struct bench *b, bool on) {
  static cpu_set_t before;
  if (on && !sched_getaffinity(0, sizeof before, &before)) pm_pin_bind(&b->pin, 0);
  else if (!on) sched_setaffinity(0, sizeof before, &before);
}

/* ---- a loop ------------------------------------------------------------------------------------------------------------ */

static double once(const struct bench *b, const struct bench_loop *loop, uint64_t count) {
  if (loop->prepare) loop->prepare(loop->context);
  uint64_t begin = bench_look_ns(), result = loop->work(loop->context, count), end = bench_look_ns();
  sink = result;
  return (double)(end - begin) - b->clock_ns;
}

static double best_of(const struct bench *b, const struct bench_loop *loop, uint64_t count, int tries) {
  double best = once(b, loop, count);
  for (int i = 1; i < tries; i++) best = fmin(best, once(b, loop, count));
  return best;
}

/* What disturbs makes a time longer, never shorter: the best of a few tries says how the loop itself grows. */
static double scale_of(const struct bench *b, const struct bench_loop *loop, uint64_t count) {
  double whole = INFINITY, part = INFINITY, scale = NAN;
  for (int i = 0; count >= SCALE_PART && i < SCALE_AGAIN; i++) {
    whole = fmin(whole, best_of(b, loop, count, SCALE_TRIES));
    part = fmin(part, best_of(b, loop, count / SCALE_PART, SCALE_TRIES));
    scale = part > 0 ? whole / part : whole > b->clock_ns ? (double)SCALE_PART : 0;
    if (scale >= scale_least) break;
  }
  return scale;
}

void bench_meter_open(struct bench *b, struct bench_meter *m, const struct bench_loop *loop) {
  uint64_t most = loop->count_most ? loop->count_most : UINT64_C(1) << 40;
  *m = (struct bench_meter){.loop = loop, .count = 1, .rounds = 1};
  double ns = best_of(b, loop, 1, 2);
  while (ns < TARGET_NS && m->count < most && !bench_stopped(b)) {
    m->count = m->count * 2 < most ? m->count * 2 : most;
    ns = once(b, loop, m->count);
  }
  if (ns < TARGET_NS) {
    double rounds = ns > 0 ? TARGET_NS / ns : ROUNDS_MAX;
    m->rounds = rounds < 1 ? 1 : rounds > ROUNDS_MAX ? ROUNDS_MAX : (unsigned)rounds;
  }
  m->scale = scale_of(b, loop, m->count);
}

double bench_meter_sample(struct bench *b, const struct bench_meter *m) {
  double sum = 0;
  for (unsigned i = 0; i < m->rounds; i++) sum += once(b, m->loop, m->count);
  return sum / m->rounds / (double)m->count;
}

struct bench_budget bench_budget_begin(const struct bench *b) {
  uint64_t now = pm_clock_ns(), ns = b->options.quick ? 4000000 : 25000000;
  return (struct bench_budget){.until_ns = now + ns, .end_ns = now + 8 * ns, .least = SAMPLES_LEAST,
                               .most = b->options.quick ? 15 : 101};
}

bool bench_budget_left(const struct bench *b, const struct bench_budget *g, size_t taken) {
  uint64_t now = pm_clock_ns();
  if (!taken) return true;
  return taken < g->most && now < (taken < g->least ? g->end_ns : g->until_ns) && !bench_stopped(b);
}

void bench_time(struct bench *b, struct bench_case *c, const struct bench_loop *loop) {
  if (!bench_wanted(b, c)) return;
  double samples[BENCH_SAMPLES_MAX];
  struct bench_meter m;
  size_t n = 0;
  bench_stay(b, true);
  bench_meter_open(b, &m, loop);
  struct bench_budget g = bench_budget_begin(b);
  while (bench_budget_left(b, &g, n)) samples[n++] = fmax(0, bench_meter_sample(b, &m));
  bench_stay(b, false);
  bench_record(b, c, samples, n, m.count * m.rounds, m.scale);
}
