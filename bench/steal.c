/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long after a promotion a thief's first task begins. Two workers. One forks a child, and then calls short tasks until the
 * child has begun elsewhere; the first of them whose beginning promotes the child notes the time before and behind it. The other
 * worker is the thief: the child notes when it begins.
 *
 *   promotion   the stop that promotes: join record, commit, hint, bell
 *   steal       from the beginning of that stop to the thief's first task
 *
 * Between two rounds the busy worker lets a while pass: a short one, and the thief is still looking for work; a long one, and it
 * has gone to sleep. A task sees its caller's frame right before its own: frames lie end to end.
 */
#include <math.h>
#include <pmrun.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench.h"

struct stolen { uint64_t before_ns, behind_ns; _Atomic uint64_t began_ns; int32_t victim, thief; uint8_t pad[32]; };
_Static_assert(sizeof(struct stolen) == BENCH_LINE, "a round has a line");
struct args { int64_t rounds; uint64_t pause_ns; };
static const uint64_t patience_ns = 50000000;

PM_DECLARE(pm_none, child, (pm_ptr at;))
PM_DECLARE(pm_none, step, (pm_ptr at; uint64_t before_ns;))

PM_DEFINE(child, (char none;)) {
  struct stolen *s = PM_AT(struct stolen, a.at);
  uint64_t now = pm_clock_ns();
  s->thief = getpid();
  atomic_store(&s->began_ns, now);
  pm_wrote(w, a.at, sizeof *s);
  return PM_NONE;
}

PM_TASK(pm_none, one_round, (pm_ptr at; uint64_t pause_ns;), (PM_FORKED(child) x; uint64_t until_ns;)) {
  PM_BEGIN(one_round);
  for (uint64_t until = pm_clock_ns() + a.pause_ns; pm_clock_ns() < until;) {}
  PM_AT(struct stolen, a.at)->victim = getpid();
  PM_FORK(my->x, child, a.at);
  my->until_ns = pm_clock_ns() + patience_ns;
  while (!atomic_load(&PM_AT(struct stolen, my->a.at)->began_ns) && pm_clock_ns() < my->until_ns)
    PM_RUN(step, my->a.at, pm_clock_ns());
  PM_SYNC(my->x, child);
  PM_RETURN(PM_NONE);
  PM_END;
}

PM_DEFINE(step, (char none;)) {
  PM_BEGIN(step);
  uint64_t behind = pm_clock_ns();
  struct stolen *s = PM_AT(struct stolen, a.at);
  if (!s->behind_ns && ((struct one_round_frame *)(void *)my - 1)->x.note.promoted) {
    s->before_ns = a.before_ns;
    s->behind_ns = behind;
    pm_wrote(w, a.at, sizeof *s);
  }
  PM_RETURN(PM_NONE);
  PM_END;
}

PM_TASK(int64_t, rounds, (int64_t rounds; uint64_t pause_ns; pm_ptr at;), (int64_t i;)) {
  PM_BEGIN(rounds);
  for (my->i = 0; my->i < my->a.rounds; my->i++)
    PM_RUN(one_round, my->a.at + (uint64_t)my->i * sizeof(struct stolen), my->a.pause_ns);
  PM_RETURN(my->i);
  PM_END;
}

static uint64_t bytes_of(const void *args) { return (uint64_t)((const struct args *)args)->rounds * sizeof(struct stolen); }
static int setup(struct pm_data *d, const void *args) {
  const struct args *a = args;
  d->handle[0] = pm_alloc(d, bytes_of(args));
  if (!d->handle[0]) return -1;
  PM_ROOT(d, rounds, a->rounds, a->pause_ns, d->handle[0]);
  return 0;
}
static int check(struct pm_data *d, const void *args) { return (int64_t)d->result != ((const struct args *)args)->rounds; }
static const struct pm_task tasks[] = {PM_ENTRY(child), PM_ENTRY(step), PM_ENTRY(one_round), PM_ENTRY(rounds)};
static const struct pm_program program = {.name = "bench-steal", .tasks = tasks, .task_count = sizeof tasks / sizeof *tasks,
                                          .args_bytes = sizeof(struct args), .bytes = bytes_of, .setup = setup, .check = check};

struct result { double promotion[BENCH_SAMPLES_MAX], steal[BENCH_SAMPLES_MAX]; size_t n; };

static int take(struct pm_data *d, const void *args, void *context) {
  const struct stolen *s = (const struct stolen *)(d->region + d->handle[0]);
  struct result *r = context;
  for (int64_t i = 0; i < ((const struct args *)args)->rounds && r->n < BENCH_SAMPLES_MAX; i++) {
    uint64_t began = atomic_load(&s[i].began_ns);
    if (!s[i].behind_ns || s[i].thief == s[i].victim || began < s[i].before_ns) continue;
    r->promotion[r->n] = (double)(s[i].behind_ns - s[i].before_ns);
    r->steal[r->n++] = (double)(began - s[i].before_ns);
  }
  return 0;
}

static const struct { const char *name, *label; uint64_t pause_ns; int64_t rounds_full, rounds_quick; } thieves[] = {
    {"looking", "looking for work", 20000, 1000, 100}, {"asleep", "asleep", 5000000, 150, 20}};
enum { PROMOTION, STEAL, STOLEN, PARTS };
static const char *const parts[PARTS] = {"promotion", "steal", "stolen"};
static const char *const columns[PARTS] = {"promotion", "to the thief's first task", "stolen, of 100"};

static int measure(struct bench *b, const struct bench_backend *backend, size_t k) {
  static struct result r;
  struct args a = {b->options.quick ? thieves[k].rounds_quick : thieves[k].rounds_full, thieves[k].pause_ns};
  struct bench_case c[PARTS];
  bool wanted[PARTS], any = false;
  char heading[96];
  snprintf(heading, sizeof heading, "%s, the thief is", backend->name);
  for (int i = 0; i < PARTS; i++) {
    c[i] = (struct bench_case){.heading = heading, .label = thieves[k].label, .column = columns[i],
                               .unit = i == STOLEN ? BENCH_COUNT : BENCH_NS};
    c[i].keys = json_pack("{s:s,s:b,s:s,s:s,s:i}", "backend", backend->name, "forced", backend->forced, "thief", thieves[k].name,
                          "part", parts[i], "procs", 2);
    wanted[i] = b->cores > 1 && bench_wanted(b, &c[i]);
    any |= wanted[i];
    if (b->cores < 2) bench_skip(b, &c[i], "needs a second core");
  }
  int code = 0;
  r.n = 0;
  struct pm_options o = {.backend = backend->text, .procs = 2, .args = &a};
  struct pm_report report;
  if (any) {
    code = bench_program_with(b, &program, &o, take, &r, &report);
    pm_report_free(&report);
  }
  double share = 100 * (double)r.n / (double)a.rounds;
  for (int i = 0; i < PARTS; i++) {
    if (!wanted[i]) continue;
    if (code) json_decref(c[i].keys);
    else if (i == STOLEN) bench_record(b, &c[i], &share, 1, (uint64_t)a.rounds, NAN);
    else bench_record(b, &c[i], i == STEAL ? r.steal : r.promotion, r.n, 0, NAN);
  }
  return code;
}

static int run(struct bench *b) {
  struct bench_backend list[BENCH_BACKENDS];
  int n = bench_backends(b, list), code = 0;
  for (int i = 0; i < n; i++)
    for (size_t k = 0; k < sizeof thieves / sizeof *thieves && !code && !bench_stopped(b); k++) code = measure(b, &list[i], k);
  return code;
}

const struct bench_kind bench_steal = {"steal", "from a promotion to the first task of the thief, who is looking for work or asleep",
                                       "Time of the stop that promotes, and from its beginning to the thief's first task", run};
