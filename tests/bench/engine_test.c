/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Purpose: what every benchmark relies on. A loop that does its work is believed, one whose work is gone is not; the clock's cost
 * is subtracted; the work is done as often as the row says; what a CPU lacks is never measured as something else; processes of a
 * benchmark end with it, however it ends. No number here depends on how fast the machine is.
 */
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench.h"
#include "unit.h"

static bool stop_now;
static bool stop(void *context) {
  (void)context;
  return stop_now;
}
static json_t *last;
static void keep(void *context, const json_t *object) {
  (void)context;
  json_decref(last);
  last = json_deep_copy(object);
}
static const struct bench_kind kind = {"test", "", "", NULL};

static int open_it(void **state) {
  static struct bench b;
  struct bench_options o = {.path = "/dev/shm", .quick = true, .stop = stop, .row = keep};
  stop_now = false;
  if (bench_open(&b, &o)) return -1;
  b.kind = &kind;
  *state = &b;
  return 0;
}
static int close_it(void **state) {
  bench_close(*state);
  json_decref(last);
  last = NULL;
  return 0;
}
static struct bench_case a_case(void) {
  return (struct bench_case){.heading = "h", .label = "l", .column = "c", .unit = BENCH_NS, .keys = json_pack("{s:s}", "op", "x")};
}
static double real_of(const char *key) { return json_number_value(json_object_get(last, key)); }

/* ---- loops --------------------------------------------------------------------------------------------------------------- */

struct counted { uint64_t done, calls, prepared; };
static void prepare(void *context) { ((struct counted *)context)->prepared++; }
static uint64_t work(void *context, uint64_t count) {
  struct counted *c = context;
  uint64_t x = c->done;
  for (uint64_t i = 0; i < count; i++) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    __asm__ volatile("" : "+r"(x));
  }
  c->done += count;
  c->calls++;
  return x;
}
/* What is left of a loop that the compiler removed. */
static uint64_t gone(void *context, uint64_t count) {
  (void)context;
  return count;
}

static void a_loop_is_believed(void **state) {
  struct counted c = {0};
  struct bench_case k = a_case();
  bench_time(*state, &k, &(struct bench_loop){&c, prepare, work, 0});
  assert_true(real_of("scale") >= 2);
  assert_false(json_is_true(json_object_get(last, "suspect")));
  assert_true(real_of("median") > 0);
  assert_int_equal(c.prepared, c.calls);
  uint64_t samples = (uint64_t)real_of("n"), count = (uint64_t)real_of("count");
  assert_int_equal(json_array_size(json_object_get(last, "samples")), samples);
  assert_true(c.done >= samples * count);
}

static void no_sample_is_no_number(void **state) {
  struct bench_case k = a_case();
  bench_record(*state, &k, NULL, 0, 0, NAN);
  assert_true(json_is_null(json_object_get(last, "median")));
  assert_string_equal(json_string_value(json_object_get(last, "skipped")), "no sample");
}

static void a_removed_loop_is_not(void **state) {
  struct bench *b = *state;
  struct bench_case k = a_case();
  bench_time(b, &k, &(struct bench_loop){NULL, NULL, gone, 1 << 20});
  assert_true(json_is_true(json_object_get(last, "suspect")));
  assert_true(b->rows[b->row_count - 1].suspect);
}

static uint64_t a_while(void *context, uint64_t count) {
  uint64_t until = pm_clock_ns() + *(uint64_t *)context;
  while (pm_clock_ns() < until) {}
  return count;
}

/* A hand count: 100 us of work, of which a clock that is said to cost 60 us leaves 40. The machine can only add to it. */
static void the_clock_is_subtracted(void **state) {
  struct bench *b = *state;
  uint64_t ns = 100000;
  struct bench_loop loop = {&ns, NULL, a_while, 1};
  struct bench_meter m = {&loop, 1, 1, NAN};
  double least = INFINITY, least_without = INFINITY;
  double cost = b->clock_ns;
  for (int i = 0; i < 2000 && least >= 100000; i++) {
    b->clock_ns = 0;
    least_without = fmin(least_without, bench_meter_sample(b, &m));
    b->clock_ns = 60000;
    least = fmin(least, bench_meter_sample(b, &m));
  }
  b->clock_ns = cost;
  assert_true(least_without >= 100000);
  assert_true(least >= 40000 && least < 100000);
  assert_true(cost > 0 && cost < 100000);
}

/* ---- instructions -------------------------------------------------------------------------------------------------------- */

static void what_is_missing_is_not_measured(void **state) {
  struct bench *b = *state;
  static const char *const names[] = {"clwb", "clflushopt", "clflush", "non-temporal"};
  b->cpu = (struct bench_cpu){0};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    size_t before = b->row_count;
    b->options.only = names[i];
    assert_int_equal(bench_run(b, bench_find("flush")), 0);
    assert_true(b->row_count > before);
    for (size_t r = before; r < b->row_count; r++) {
      assert_string_equal(b->rows[r].skipped, "not on this CPU");
      assert_int_equal(b->rows[r].n, 0);
    }
    assert_true(json_is_null(json_object_get(last, "median")));
    assert_string_equal(json_string_value(json_object_get(last, "skipped")), "not on this CPU");
  }
  assert_null(bench_best_flush(&b->cpu));
  b->cpu.clflush = true;
  assert_string_equal(bench_best_flush(&b->cpu)->name, "clflush");
  b->cpu.clflushopt = true;
  assert_string_equal(bench_best_flush(&b->cpu)->name, "clflushopt");
  b->cpu.clwb = true;
  assert_string_equal(bench_best_flush(&b->cpu)->name, "clwb");
}

/* The kernel's list of what the CPU has is another reader of cpuid. */
static void the_kernel_agrees(void **state) {
  (void)state;
#if defined(__x86_64__)
  struct bench_cpu cpu = bench_cpu_here();
  FILE *file = fopen("/proc/cpuinfo", "r");
  static char line[16384];
  bool found = false;
  while (file && !found && fgets(line, sizeof line, file)) found = !strncmp(line, "flags", 5);
  if (file) fclose(file);
  if (!found) skip();
  line[strcspn(line, "\n")] = ' ';
  assert_int_equal(cpu.clwb, strstr(line, " clwb ") != NULL);
  assert_int_equal(cpu.clflushopt, strstr(line, " clflushopt ") != NULL);
  assert_int_equal(cpu.clflush, strstr(line, " clflush ") != NULL);
  assert_int_equal(cpu.non_temporal, strstr(line, " sse2 ") != NULL);
#else
  skip();
#endif
}

static void they_do_what_they_say(void **state) {
  struct bench *b = *state;
  static _Alignas(64) char line[3 * BENCH_LINE];
  for (int i = 0; i < BENCH_INSTRUCTIONS; i++) {
    if (!bench_has(&b->cpu, &bench_instructions[i])) continue;
    memset(line, 7, sizeof line);
    bench_instructions[i].flush(line + BENCH_LINE);
    bench_fence();
    bool stored = i == BENCH_NON_TEMPORAL;
    for (int k = 0; k < 3 * BENCH_LINE; k++)
      if (!stored || k < BENCH_LINE || k >= 2 * BENCH_LINE) assert_int_equal(line[k], 7);
    for (int k = BENCH_LINE; stored && k < 2 * BENCH_LINE; k += 8) {
      uint64_t word;
      memcpy(&word, line + k, 8);
      assert_int_equal(word, (uint64_t)(uintptr_t)(line + BENCH_LINE));
    }
  }
}

/* ---- processes ----------------------------------------------------------------------------------------------------------- */

struct shared { _Atomic uint64_t sum, met; };
static void add(void *context, struct bench_barrier *t, unsigned member) {
  struct shared *s = context;
  for (int i = 0; i < 100; i++) {
    atomic_fetch_add(&s->sum, member + 1);
    if (!bench_barrier_wait(t)) return;
    if (atomic_load(&s->sum) == (uint64_t)(i + 1) * 6) atomic_fetch_add(&s->met, 1);   /* nobody is ahead of the others */
    if (!bench_barrier_wait(t)) return;
  }
}
static void one_dies(void *context, struct bench_barrier *t, unsigned member) {
  (void)context;
  if (member == 1) raise(SIGKILL);
  bench_barrier_wait(t);
}
static void nobody_ends(void *context, struct bench_barrier *t, unsigned member) {
  (void)context, (void)t, (void)member;
  stop_now = true;                        /* in the child: the parent does not see it */
  for (;;) pause();
}
static bool no_children(void) { return waitpid(-1, NULL, WNOHANG) < 0; }

static void a_team_works_together(void **state) {
  struct shared *s = bench_shared(sizeof *s);
  assert_int_equal(bench_team(*state, 3, add, s), 0);
  assert_int_equal(s->sum, 600);
  assert_int_equal(s->met, 300);
  assert_true(no_children());
  bench_unshare(s, sizeof *s);
}
static void a_member_that_dies_ends_it(void **state) {
  struct bench *b = *state;
  assert_int_equal(bench_team(b, 3, one_dies, NULL), PM_E_DIED);
  assert_non_null(strstr(b->error.text, "signal 9"));
  assert_true(no_children());
}
static void a_signal_ends_it(void **state) {
  stop_now = true;
  bench_team(*state, 2, nobody_ends, NULL);
  assert_true(no_children());
}

static void store(void *context) { atomic_fetch_add((_Atomic uint64_t *)context, 1); }
static void a_helper_does_it_once_a_time(void **state) {
  struct bench_helper h;
  _Atomic uint64_t *times = bench_shared(sizeof *times);
  assert_int_equal(bench_helper_open(*state, &h, store, times), 0);
  for (uint64_t i = 1; i <= 100; i++) {
    assert_true(bench_helper_do(*state, &h));
    assert_int_equal(atomic_load(times), i);
  }
  kill(h.pid, SIGKILL);
  assert_false(bench_helper_do(*state, &h));      /* it does not wait for the dead */
  bench_helper_close(&h);
  assert_true(no_children());
  bench_unshare(times, sizeof *times);
}

static void numbers_of_processes(void **state) {
  struct bench *b = *state;
  static const struct { unsigned procs, tried[8]; } known[] = {{1, {0}}, {2, {2}}, {3, {2, 3}}, {6, {2, 3, 4, 6}}, {16, {2, 3, 4, 8, 16}}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    b->procs = known[i].procs;
    unsigned at = 0;
    for (unsigned p = bench_next_procs(b, 1); p; p = bench_next_procs(b, p)) assert_int_equal(p, known[i].tried[at++]);
    assert_int_equal(known[i].tried[at], 0);
  }
}

int main(void) {
#define WITH(test) cmocka_unit_test_setup_teardown(test, open_it, close_it)
  const struct CMUnitTest tests[] = {
      WITH(a_loop_is_believed), WITH(no_sample_is_no_number), WITH(a_removed_loop_is_not), WITH(the_clock_is_subtracted), WITH(what_is_missing_is_not_measured),
      WITH(the_kernel_agrees), WITH(they_do_what_they_say), WITH(a_team_works_together), WITH(a_member_that_dies_ends_it),
      WITH(a_signal_ends_it), WITH(a_helper_does_it_once_a_time), WITH(numbers_of_processes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
