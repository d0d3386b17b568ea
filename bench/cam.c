/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a CAM costs, alone and against others on one line, and whether the location that was just written by it can be read or has
 * to be written back first: read after CAM; CAM, write-back, fence, CAM. On one machine a load after a CAM reads what the caches
 * hold, written back or not; what the write-back adds is what durability costs, and no reader needs it.
 *
 * Who won is counted in cam_race.c.
 */
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "bench.h"
#include "cam.h"
#include "pm/view.h"

struct cam {
  struct bench_place place;
  _Atomic uint64_t *word;
  const struct bench_instruction *flush;
};

/* A word on the path counts up by CAM: each is expected to succeed, so the word itself is the count. */
static uint64_t cam_alone(void *context, uint64_t count) {
  struct cam *c = context;
  struct pm_view *v = &c->place.region.view;
  uint64_t value = atomic_load(c->word);
  for (uint64_t i = 0; i < count; i++, value++) pm_view_cam(v, c->word, value, value + 1);
  return atomic_load(c->word);
}

static uint64_t load_alone(void *context, uint64_t count) {
  struct cam *c = context;
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; i++) sum += pm_view_load(&c->place.region.view, c->word);
  return sum;
}

static uint64_t read_after(void *context, uint64_t count) {
  struct cam *c = context;
  struct pm_view *v = &c->place.region.view;
  uint64_t value = pm_view_load(v, c->word);
  for (uint64_t i = 0; i < count; i++) {
    pm_view_cam(v, c->word, value, value + 1);
    value = pm_view_load(v, c->word);
  }
  return value;
}

static uint64_t read_after_flush(void *context, uint64_t count) {
  struct cam *c = context;
  struct pm_view *v = &c->place.region.view;
  uint64_t value = pm_view_load(v, c->word);
  for (uint64_t i = 0; i < count; i++) {
    pm_view_cam(v, c->word, value, value + 1);
    c->flush->flush((char *)c->word);
    bench_fence();
    value = pm_view_load(v, c->word);
  }
  return value;
}

static uint64_t cam_flush_cam(void *context, uint64_t count) {
  struct cam *c = context;
  struct pm_view *v = &c->place.region.view;
  uint64_t value = atomic_load(c->word);
  for (uint64_t i = 0; i < count; i++, value += 2) {
    pm_view_cam(v, c->word, value, value + 1);
    c->flush->flush((char *)c->word);
    bench_fence();
    pm_view_cam(v, c->word, value + 1, value + 2);
  }
  return atomic_load(c->word);
}

static const struct { const char *op, *label; uint64_t (*work)(void *, uint64_t); bool flushes; } ops[] = {
    {"load", "load", load_alone, false},
    {"cam", "CAM", cam_alone, false},
    {"cam-read", "CAM, read", read_after, false},
    {"cam-flush-read", "CAM, write-back, fence, read", read_after_flush, true},
    {"cam-flush-cam", "CAM, write-back, fence, CAM", cam_flush_cam, true}};

static void alone(struct bench *b, struct cam *cam) {
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
    struct bench_case c = {.heading = "one process, a line of its own", .label = ops[i].label, .column = "time", .unit = BENCH_NS};
    c.keys = json_pack("{s:s,s:s*}", "op", ops[i].op, "instruction", ops[i].flushes && cam->flush ? cam->flush->name : NULL);
    if (ops[i].flushes && !cam->flush) bench_skip(b, &c, "nothing on this CPU writes a line back");
    else bench_time(b, &c, &(struct bench_loop){cam, NULL, ops[i].work, 0});
  }
}

/* ---- one line, several processes ------------------------------------------------------------------------------------------ */

enum { REPS_MAX = 32 };
struct crowd {
  struct cam *cam;
  unsigned reps, procs;
  uint64_t ns, before[REPS_MAX + 1];
  double per_cam[BENCH_PROCS_MAX][REPS_MAX];
  uint64_t cams[BENCH_PROCS_MAX][REPS_MAX];
};

/* Each member tries as long as the others do, and notes how long one of its tries took. */
static void crowd_member(void *context, struct bench_barrier *t, unsigned member) {
  struct crowd *c = context;
  struct pm_view *v = &c->cam->place.region.view;
  for (unsigned r = 0; r < c->reps; r++) {
    if (!bench_barrier_wait(t)) return;
    uint64_t begin = pm_clock_ns(), now = begin, tries = 0;
    for (; now - begin < c->ns; now = pm_clock_ns())
      for (int i = 0; i < 64; i++, tries++) {
        uint64_t value = pm_view_load(v, c->cam->word);
        pm_view_cam(v, c->cam->word, value, value + 1);
      }
    c->per_cam[member][r] = (double)(now - begin) / (double)tries;
    c->cams[member][r] = tries;
    if (!bench_barrier_wait(t)) return;
    if (!member) c->before[r + 1] = atomic_load(c->cam->word);
    if (!bench_barrier_wait(t)) return;
  }
}

static int crowd(struct bench *b, struct cam *cam, unsigned procs) {
  char label[48];
  snprintf(label, sizeof label, "%u processes", procs);
  struct bench_case time = {.heading = "several processes, one line: read, CAM", .label = label, .column = "a try",
                            .unit = BENCH_NS, .keys = json_pack("{s:s,s:i}", "op", "contended", "procs", (int)procs)};
  struct bench_case rate = time;
  rate.column = "CAMs that changed it, of 100";
  rate.unit = BENCH_COUNT;
  rate.keys = json_pack("{s:s,s:i}", "op", "contended-changed", "procs", (int)procs);
  bool time_wanted = bench_wanted(b, &time), rate_wanted = bench_wanted(b, &rate);
  if (!time_wanted && !rate_wanted) return 0;
  struct crowd *c = bench_shared(sizeof *c);
  if (!c) return pm_error_set(&b->error, PM_E_MACHINE, "no memory");
  c->cam = cam;
  c->procs = procs;
  c->reps = b->options.quick ? 7 : 25;
  c->ns = b->options.quick ? 2000000 : 10000000;
  c->before[0] = atomic_load(cam->word);
  int code = bench_team(b, procs, crowd_member, c);
  double times[REPS_MAX], rates[REPS_MAX];
  for (unsigned r = 0; r < c->reps; r++) {
    double sum = 0;
    uint64_t tries = 0;
    for (unsigned p = 0; p < procs; p++) {
      sum += c->per_cam[p][r];
      tries += c->cams[p][r];
    }
    times[r] = sum / procs;
    rates[r] = tries ? 100.0 * (double)(c->before[r + 1] - c->before[r]) / (double)tries : 0;
  }
  bool whole = !code && !bench_stopped(b);
  if (whole && time_wanted) bench_record(b, &time, times, c->reps, 0, 0.0 / 0.0);
  else if (time_wanted) json_decref(time.keys);
  if (whole && rate_wanted) bench_record(b, &rate, rates, c->reps, 0, 0.0 / 0.0);
  else if (rate_wanted) json_decref(rate.keys);
  bench_unshare(c, sizeof *c);
  return code;
}

static int run(struct bench *b) {
  struct cam cam = {.flush = bench_best_flush(&b->cpu)};
  int code = bench_place_open(b, &cam.place, CAM_RACE_BYTES);
  if (code) return code;
  cam.word = (_Atomic uint64_t *)cam.place.base;
  alone(b, &cam);
  for (unsigned procs = b->options.procs == 1 ? 0 : 2; procs && !code && !bench_stopped(b); procs = bench_next_procs(b, procs)) code = crowd(b, &cam, procs);
  if (!code && !bench_stopped(b)) code = cam_races(b, &cam.place);
  bench_place_close(&cam.place);
  return code;
}

const struct bench_kind bench_cam = {
    "cam", "a CAM alone, against others, read after it; and how often two believe that they won",
    "Time of a CAM, and counts of who believed to have won", run};
