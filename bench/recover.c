/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long after an injury somebody works again. One chain of short calls, so that exactly one worker is busy. Phases count from
 * the moment of the injury: detected (somebody knows), running (the first task of the victim runs again), caught up (what was lost
 * is done again); of a crash, down (until it is resumed, by the same command).
 *
 *   respawn    killed: a new process takes its place
 *   adoption   killed, and its successor is late: an idle worker moves into its slot
 *   hard       killed for good: an idle worker moves into its slot
 *   exn        a fault inside the process: it goes on from its last commit
 *   stop       stopped: the watchdog ends it, which is given 20 ms here instead of a second
 *   crash      every process at once
 *
 * By workers with the smallest region, and by the size of the region with as few workers as it takes.
 */
#include <math.h>
#include <pmrun.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench.h"

enum { STEP_NS = 20000, MIB = 1 << 20, SMALLEST_MIB = 64 };

PM_TASK(pm_none, step, (int64_t i;), (char none;)) {
  PM_BEGIN(step);
  for (uint64_t until = pm_clock_ns() + STEP_NS; pm_clock_ns() < until;) {}
  PM_RETURN(PM_NONE);
  PM_END;
}

PM_TASK(int64_t, chain, (int64_t steps;), (int64_t i;)) {
  PM_BEGIN(chain);
  for (my->i = 0; my->i < my->a.steps; my->i++) PM_RUN(step, my->i);
  PM_RETURN(my->i);
  PM_END;
}

static int setup(struct pm_data *d, const void *args) {
  PM_ROOT(d, chain, *(const int64_t *)args);
  return 0;
}
static int check(struct pm_data *d, const void *args) { return d->result != *(const pm_word *)args; }
static const struct pm_task tasks[] = {PM_ENTRY(step), PM_ENTRY(chain)};
static const struct pm_program program = {.name = "bench-recover", .tasks = tasks, .task_count = sizeof tasks / sizeof *tasks,
                                          .args_bytes = sizeof(int64_t), .setup = setup, .check = check};

/* rate_hz 0: one fault a run, at_ns after its beginning, in several runs. */
static const struct kind {
  const char *name;
  enum pm_fault_kind fault;
  double rate_hz;
  uint64_t delay_ns;
  unsigned least;                         /* workers */
  bool taken;                             /* count what another worker took over */
} kinds[] = {{"respawn", PM_FAULT_KILL, 60, 0, 1, false},  {"adoption", PM_FAULT_KILL, 25, 5000000, 2, true},
             {"hard", PM_FAULT_HARD, 0, 0, 2, true},       {"exn", PM_FAULT_EXN, 60, 0, 1, false},
             {"stop", PM_FAULT_STOP, 12, 0, 1, false},     {"crash", PM_FAULT_CRASH, 0, 0, 1, false}};
enum { DETECTED, RUNNING, CAUGHT_UP, DOWN, PHASES };
static const char *const phases[PHASES] = {"detected", "running", "caught-up", "down"};
static const char *const columns[PHASES] = {"detected", "running", "caught up", "down"};

struct samples { double ns[PHASES][BENCH_SAMPLES_MAX]; size_t n[PHASES]; };

static void add(struct samples *s, int phase, uint64_t ns) {
  if (ns && s->n[phase] < BENCH_SAMPLES_MAX) s->ns[phase][s->n[phase]++] = (double)ns;
}

/* Of the faults that hit a busy worker. */
static void collect(struct samples *s, const struct kind *k, const struct pm_report *r) {
  if (k->fault == PM_FAULT_CRASH && r->faults_done) add(s, DOWN, r->down_ns);
  for (uint32_t i = 0; i < r->fault_count; i++) {
    const struct pm_report_fault *f = &r->faults[i];
    if (f->state != PM_FAULT_DONE || (k->fault != PM_FAULT_CRASH && !f->running_ns) || (k->taken && f->taken_by == f->place)) continue;
    add(s, DETECTED, f->detected_ns);
    add(s, RUNNING, f->running_ns);
    add(s, CAUGHT_UP, f->caught_up_ns);
  }
}

static int injure(struct bench *b, const struct bench_backend *backend, const struct kind *k, unsigned procs, uint64_t bytes,
                  struct samples *s) {
  const uint64_t at_ns = 10000000;
  const int busy = -1;
  struct pm_fault_plan plan = {.kind = k->fault, .rate_hz = k->rate_hz};
  if (k->rate_hz <= 0) plan = (struct pm_fault_plan){.kind = k->fault, .at_ns = &at_ns, .place = &busy, .count = 1};
  double seconds = k->rate_hz <= 0 ? 0.03 : b->options.quick ? 0.2 : 0.7;
  unsigned runs = k->rate_hz > 0 ? 1 : b->options.quick ? 3 : bytes > (uint64_t)SMALLEST_MIB * MIB ? 6 : 12;
  int64_t steps = (int64_t)(seconds * 1e9 / STEP_NS);
  uint64_t until = bench_runs_until(b);
  int code = 0;
  for (unsigned i = 0; i < runs && !code && !bench_stopped(b) && (!i || pm_clock_ns() < until); i++) {
    struct pm_options o = {.backend = backend->text, .procs = procs, .args = &steps, .faults = &plan, .fault_count = 1,
                           .respawn_delay_ns = k->delay_ns, .watchdog_ns = 20000000, .seed = i + 1, .region_bytes = bytes,
                           .auto_resume = true};
    struct pm_report r;
    code = bench_program(b, &program, &o, NULL, &r);
    if (!code) collect(s, k, &r);
    pm_report_free(&r);
  }
  return code;
}

static int measure(struct bench *b, const struct bench_backend *backend, const struct kind *k, unsigned procs, uint64_t mib) {
  static struct samples s;
  struct bench_case c[PHASES];
  bool wanted[PHASES], any = false;
  char heading[96], label[48], skipped[160] = "";
  s = (struct samples){.n = {0}};
  snprintf(heading, sizeof heading, "%s: %s, region of %u MiB", backend->name, k->name, (unsigned)mib);
  snprintf(label, sizeof label, "%u worker%s", procs, procs > 1 ? "s" : "");
  if (mib * MIB > bench_space(b) / 2)
    snprintf(skipped, sizeof skipped, "no room: %llu MiB are left", (unsigned long long)(bench_space(b) / MIB));
  for (int p = 0; p < PHASES; p++) {
    wanted[p] = false;
    if ((p == DOWN) != (k->fault == PM_FAULT_CRASH)) continue;
    c[p] = (struct bench_case){.heading = heading, .label = label, .column = columns[p], .unit = BENCH_NS};
    c[p].keys = json_pack("{s:s,s:b,s:s,s:s,s:i,s:I}", "backend", backend->name, "forced", backend->forced, "fault", k->name, "phase",
                          phases[p], "procs", (int)procs, "bytes", (json_int_t)(mib * MIB));
    if (skipped[0]) bench_skip(b, &c[p], "%s", skipped);
    else wanted[p] = bench_wanted(b, &c[p]);
    any |= wanted[p];
  }
  int code = any ? injure(b, backend, k, procs, mib * MIB, &s) : 0;
  for (int p = 0; p < PHASES; p++) {
    if (!wanted[p]) continue;
    if (code || bench_stopped(b)) json_decref(c[p].keys);
    else if (s.n[p]) bench_record(b, &c[p], s.ns[p], s.n[p], 0, NAN);
    else bench_skip_wanted(b, &c[p], "no such fault hit a busy worker");
  }
  return code;
}

static int run(struct bench *b) {
  struct bench_backend list[BENCH_BACKENDS];
  static const uint64_t sizes_mib[] = {SMALLEST_MIB, 256, 1024};
  size_t sizes = b->options.quick ? 1 : sizeof sizes_mib / sizeof *sizes_mib;
  bench_backends(b, list);
  int code = 0;
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    const unsigned workers[] = {kinds[k].least, 2, 4, b->procs};
    for (size_t i = 0, last = 0; i < sizeof workers / sizeof *workers && !code && !bench_stopped(b); i++) {
      if (workers[i] <= last || workers[i] > b->procs || (i && b->options.quick)) continue;
      last = workers[i];
      code = measure(b, &list[0], &kinds[k], workers[i], SMALLEST_MIB);
    }
    for (size_t i = 1; i < sizes && !code && !bench_stopped(b); i++)
      if (b->procs >= kinds[k].least) code = measure(b, &list[0], &kinds[k], kinds[k].least, sizes_mib[i]);
  }
  return code;
}

const struct bench_kind bench_recover = {"recover", "from an injury of each kind to work going on: by phase, workers, size of the region",
                                         "Time since the injury", run};
