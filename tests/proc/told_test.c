/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: what happened is told, and nothing else. A real signal that a task survived is a fault that nobody injected; a leaf
 * that a shield guarded is not done again because an injected fault waited for its end; exns at any rate neither run over the C
 * stack nor are counted before the worker has said that they happened; a worker that is refused for want of a process or of
 * memory comes again.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pmrun.h"
#include "sched/session.h"
#include "unit.h"

enum how { GUARDED, GUARDED_WITH_STOPS, SEGV, BUS, FPE, ILL, SPIN, UNTIL_TWO };
enum { LEAVES = 40 };
struct block { int64_t how, leaves; };

static _Atomic int64_t *runs;           /* how often a leaf ran, in memory that workers share and no fault takes back */

static void trap_once(int64_t how) {
  static const int signo[] = {[SEGV] = SIGSEGV, [BUS] = SIGBUS, [FPE] = SIGFPE, [ILL] = SIGILL};
  if (how >= SEGV && how <= ILL && atomic_fetch_add(runs, 1) == 0) raise(signo[how]);
}

PM_TASK(int64_t, leaf, (int64_t how;), (int64_t unused;)) {
  (void)my;
  if (a.how >= SPIN) {
    for (volatile int i = 0; i < 20000; i++) {
    }
    return 1;
  }
  pm_shield(w);
  raise(SIGRTMIN + 5);                  /* an injected fault, in the middle of what the shield guards: run.h, PM_SIGNAL_EXN */
  atomic_fetch_add(runs, 1);
  pm_unshield(w);
  return 1;
}
PM_TASK(int64_t, pause_, (int64_t n;), (int64_t y;)) {
  PM_BEGIN(pause_);
  my->y = a.n;
  PM_RETURN(my->y);
  PM_END;
}
PM_TASK(int64_t, top, (int64_t how; int64_t leaves;), (int64_t i; int64_t y; int64_t sum;)) {
  PM_BEGIN(top);
  my->sum = 0;
  if (a.how >= SEGV && a.how <= ILL) {
    PM_COMMIT_HERE();
    trap_once(a.how);
    PM_RETURN(a.leaves);
  }
  for (my->i = 0; my->i < a.leaves; my->i++) {
    PM_CALL(my->y, leaf, a.how);
    my->sum += my->y;
    if (a.how != GUARDED) {
      PM_CALL(my->y, pause_, my->i);
    }
  }
  while (a.how == UNTIL_TWO && pm_faults_logged(w) < 2) {
    PM_CALL(my->y, pause_, 0);
  }
  PM_RETURN(my->sum);
  PM_END;
}
static const struct pm_task tasks[] = {PM_ENTRY(leaf), PM_ENTRY(pause_), PM_ENTRY(top)};
static int setup(struct pm_data *d, const void *args) {
  const struct block *b = args;
  PM_ROOT(d, top, b->how, b->leaves);
  return 0;
}
static int check(struct pm_data *d, const void *args) { return PM_RESULT(int64_t, d) != ((const struct block *)args)->leaves; }
static const struct pm_program program = {.name = "told", .tasks = tasks, .task_count = sizeof tasks / sizeof *tasks,
                                          .args_bytes = sizeof(struct block), .setup = setup, .check = check};

static int run(struct block b, struct pm_options o, struct pm_report *r) {
  atomic_store(runs, 0);
  o.args = &b;
  o.procs = 2;
  o.pin = "none";
  return pm_run(&program, &o, NULL, r);
}

static void guarded_leaves_run_once(void **state) {
  (void)state;
  for (int how = GUARDED; how <= GUARDED_WITH_STOPS; how++) {
    struct pm_report r;
    int error = run((struct block){how, LEAVES}, (struct pm_options){.timeout_ns = 600000000000}, &r);
    if (error) fail_msg("%d: %s", error, r.error_text);
    assert_true(r.correct);
    assert_int_equal(atomic_load(runs), LEAVES);
    if (how == GUARDED_WITH_STOPS) assert_true(r.count[PM_N_RESTARTS] >= LEAVES);      /* the faults did happen */
    assert_int_equal(r.faults_done, 0);           /* and none of them is one that the supervisor sent */
    pm_report_free(&r);
  }
}

static void survived_signals_are_told(void **state) {
  (void)state;
  for (int way = PM_PROCESSES; way <= PM_THREADS; way++)
    for (int how = SEGV; how <= ILL; how++) {
      struct pm_report r;
      int error = run((struct block){how, 1}, (struct pm_options){.way = (enum pm_ways)way}, &r);
      if (error != PM_E_DIED) fail_msg("signal %d: %d: %s", how, error, r.error_text);
      assert_non_null(strstr(r.error_text, "SIGSEGV"));
      assert_true(r.correct && r.complete);
      assert_int_equal(r.unplanned, 1);
      assert_int_equal(r.faults_done, 0);
      assert_int_equal(r.fault_count, 1);
      assert_int_equal(r.faults[0].kind, PM_FAULT_EXN);
      assert_int_equal(r.faults[0].state, PM_FAULT_UNPLANNED);
      assert_true(r.faults[0].place >= 0 && r.faults[0].running_ns > 0);
      assert_true(r.warning_count > 0 && strstr(r.warnings[0], "nobody injected this"));
      pm_report_free(&r);
    }
}

/* Many more than can be served: what did not happen is said to have been missed. */
static void exns_at_any_rate(void **state) {
  (void)state;
  struct pm_fault_plan plan = {.kind = PM_FAULT_EXN, .rate_hz = 200000};
  struct pm_report r;
  int error = run((struct block){SPIN, 3000}, (struct pm_options){.faults = &plan, .fault_count = 1, .policy = PM_POLICY_FORK}, &r);
  if (error && error != PM_E_STUCK) fail_msg("%d: %s", error, r.error_text);
  uint64_t done = 0, open = 0;
  for (uint32_t i = 0; i < r.fault_count; i++) {
    done += r.faults[i].state == PM_FAULT_DONE || r.faults[i].state == PM_FAULT_IDLE_VICTIM;
    open += r.faults[i].state == PM_FAULT_SENT;
  }
  assert_true(done > 0);
  assert_true(done <= r.faults_done);
  assert_true(r.faults_done <= r.count[PM_N_RESTARTS]);     /* no more than the workers have made */
  assert_int_equal(open, 0);
  assert_int_equal(r.unplanned, 0);
  pm_report_free(&r);
}

/* ---- a machine that has no process, or no memory for a worker's stack, at times ------------------------------------------------ */

struct want { _Atomic int after, times, refused; };      /* granted so often, then refused so often; -1: for ever */
static struct want *forks, *stacks;

static bool is_refused(struct want *w) {
  if (atomic_fetch_sub(&w->after, 1) > 0) return false;
  atomic_store(&w->after, 0);
  if (!atomic_load(&w->times)) return false;
  if (atomic_load(&w->times) > 0) atomic_fetch_sub(&w->times, 1);
  atomic_fetch_add(&w->refused, 1);
  return true;
}
static void granted(struct want *w, int after, int times) {
  atomic_store(&w->after, after);
  atomic_store(&w->times, times);
  atomic_store(&w->refused, 0);
}

struct pm_cstack;
pid_t __real_fork(void), __wrap_fork(void);
int __real_pm_cstack_open(struct pm_cstack *s, size_t frames), __wrap_pm_cstack_open(struct pm_cstack *s, size_t frames);
pid_t __wrap_fork(void) {
  if (!is_refused(forks)) return __real_fork();
  errno = EAGAIN;
  return -1;
}
int __wrap_pm_cstack_open(struct pm_cstack *s, size_t frames) {
  return is_refused(stacks) ? -ENOMEM : __real_pm_cstack_open(s, frames);
}

/* Who is refused waits and comes again: two workers are killed, and what takes their place is refused seven times. */
static void refused_for_a_while(void **state) {
  (void)state;
  static const uint64_t at_ns[] = {1000000, 2000000};
  struct pm_fault_plan plan = {.kind = PM_FAULT_KILL, .at_ns = at_ns, .count = 2};
  for (int of_stacks = 0; of_stacks < 2; of_stacks++) {
    struct pm_report r;
    granted(forks, of_stacks ? INT_MAX : 3, of_stacks ? 0 : 7);          /* the supervisor, two workers */
    granted(stacks, of_stacks ? 2 : INT_MAX, of_stacks ? 7 : 0);
    int error = run((struct block){UNTIL_TWO, 5000}, (struct pm_options){.faults = &plan, .fault_count = 1}, &r);
    int refused = atomic_load(&(of_stacks ? stacks : forks)->refused);
    granted(forks, INT_MAX, 0);
    if (error) fail_msg("%s refused: %d, %s", of_stacks ? "stacks" : "processes", error, r.error_text);
    assert_true(r.correct);
    assert_int_equal(r.faults_done, 2);
    assert_int_equal(r.unplanned, 0);
    assert_int_equal(refused, 7);
    pm_report_free(&r);
  }
}

/* Nobody is left, and nobody comes: the run ends with the reason, and what was committed waits. */
static void refused_for_good(void **state) {
  (void)state;
  static const uint64_t at_ns[] = {1000000};
  struct pm_fault_plan plan = {.kind = PM_FAULT_KILL, .at_ns = at_ns, .count = 1};
  for (int of_stacks = 0; of_stacks < 2; of_stacks++) {
    struct pm_report r;
    struct block b = {SPIN, 100000000};
    granted(forks, of_stacks ? INT_MAX : 2, of_stacks ? 0 : -1);
    granted(stacks, of_stacks ? 1 : INT_MAX, of_stacks ? -1 : 0);
    struct pm_options o = {.args = &b, .procs = 1, .pin = "none", .faults = &plan, .fault_count = 1};
    int error = pm_run(&program, &o, NULL, &r);
    granted(forks, INT_MAX, 0);
    assert_int_equal(error, PM_E_MACHINE);
    assert_non_null(strstr(r.error_text, strerror(of_stacks ? ENOMEM : EAGAIN)));
    assert_int_equal(r.unplanned, 0);
    if (r.path[0]) unlink(r.path);
    pm_report_free(&r);
  }
}

int main(void) {
  runs = mmap(NULL, sizeof *runs + 2 * sizeof *forks, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (runs == MAP_FAILED) return 1;
  forks = (struct want *)(runs + 1);
  stacks = forks + 1;
  granted(forks, INT_MAX, 0);
  granted(stacks, INT_MAX, 0);
  if (pm_seat_locks_tried()) return 1;  /* once a process; it forks */
  const struct CMUnitTest tests[] = {cmocka_unit_test(guarded_leaves_run_once), cmocka_unit_test(survived_signals_are_told),
                                     cmocka_unit_test(exns_at_any_rate), cmocka_unit_test(refused_for_a_while),
                                     cmocka_unit_test(refused_for_good)};
  return cmocka_run_group_tests_name("told", tests, NULL, NULL);
}
