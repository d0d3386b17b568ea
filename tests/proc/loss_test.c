/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: losses of a restart point are counted, one each, whatever took the work away, over sessions; a commit ends the count;
 * the beat follows it, so that work of any length gets through; and a run is given up by the count alone. The tasks injure
 * their own workers, at places and as often as they please: nothing here depends on how fast the machine is.
 */
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proc/run.h"
#include "unit.h"
#include "zoo.h"

enum how { RESTART, DEATH, CRASH };       /* inside the process; of the worker; of the supervisor, and so of all */
enum { BEGINNINGS_MAX = 4096 };

/* What the tasks saw: shared by all processes of the test. */
struct seen {
  _Atomic uint32_t beginnings, attempts[BEGINNINGS_MAX], after_commit;
  _Atomic uint64_t beat_ns[BEGINNINGS_MAX], beat_after_commit_ns;
  _Atomic uint32_t give_way;              /* the endless one lets itself be finished */
};
static struct seen *seen;

static void restart(void) {
  union sigval none = {.sival_int = 0};
  sigqueue(getpid(), PM_SIGNAL_EXN, none);
}

static void injure(enum how how) {
  if (how == RESTART) restart();
  if (how == DEATH) kill(getpid(), SIGKILL);
  if (how == CRASH) kill(getppid(), SIGKILL);
  for (;;) pause();
}

static unsigned note(struct pm_worker *w) {
  uint32_t i = atomic_fetch_add(&seen->beginnings, 1), attempts = pm_attempts(w);
  if (i >= BEGINNINGS_MAX) return attempts;
  atomic_store(&seen->attempts[i], attempts);
  atomic_store(&seen->beat_ns[i], pm_loss_beat_ns(w->core));
  return attempts;
}

/* Injures its worker until its capsule has begun `times` times; then commits. */
PM_TASK(int64_t, survivor, (int64_t how; int64_t times;), (int64_t attempts;)) {
  PM_BEGIN(survivor);
  PM_COMMIT_HERE();                       /* a restart point that no beat moves */
  my->attempts = note(w);
  if (my->attempts < a.times) injure((enum how)a.how);
  PM_COMMIT_HERE();
  atomic_store(&seen->after_commit, pm_attempts(w));
  atomic_store(&seen->beat_after_commit_ns, pm_loss_beat_ns(w->core));
  PM_RETURN(my->attempts);
  PM_END;
}

/* Nothing gets through. */
PM_TASK(int64_t, endless, (int64_t crash_at;), ()) {
  PM_BEGIN(endless);
  PM_COMMIT_HERE();
  note(w);
  if (atomic_load(&seen->give_way)) {
    PM_RETURN(7);
  }
  injure(atomic_load(&seen->beginnings) == (uint32_t)a.crash_at ? CRASH : RESTART);
  PM_RETURN(0);
  PM_END;
}

/* Each `calls` calls, in whatever task, its worker restarts. */
static int64_t calls_left;
PM_TASK(int64_t, fib, (int64_t n; int64_t calls;), (PM_FORKED(fib) x; int64_t y;)) {
  if (a.n < 2) return a.n;
  PM_BEGIN(fib);
  if (--calls_left < 0) {
    calls_left = a.calls;
    restart();
  }
  PM_FORK(my->x, fib, a.n - 1, a.calls);
  PM_CALL(my->y, fib, a.n - 2, a.calls);
  int64_t x;
  PM_JOIN(x, my->x, fib);
  PM_RETURN(x + my->y);
  PM_END;
}

/* A leaf of many turns of a loop, seconds without a commit. */
PM_TASK(int64_t, leaf, (int64_t turns;), ()) {
  PM_BEGIN(leaf);
  note(w);
  for (volatile int64_t i = 0; i < a.turns; i++) {
  }
  PM_RETURN(7);
  PM_END;
}

enum root { SURVIVOR, ENDLESS, FIB, LEAF };
struct args { int64_t root, a, b; };
static const struct pm_task tasks[] = {PM_ENTRY(survivor), PM_ENTRY(endless), PM_ENTRY(fib), PM_ENTRY(leaf)};

static int setup(struct pm_data *d, const void *args) {
  const struct args *a = args;
  if (a->root == SURVIVOR) PM_ROOT(d, survivor, a->a, a->b);
  if (a->root == ENDLESS) PM_ROOT(d, endless, a->a);
  if (a->root == FIB) PM_ROOT(d, fib, a->a, a->b);
  if (a->root == LEAF) PM_ROOT(d, leaf, a->a);
  return 0;
}
static const struct pm_program program = {.name = "loss", .tasks = tasks, .task_count = sizeof tasks / sizeof *tasks,
                                          .args_bytes = sizeof(struct args), .setup = setup};

static const uint64_t beat_ns = 16000000000;      /* none comes by itself */
static int run(const struct pm_options *options, struct args args, struct pm_report *r) {
  struct pm_options o = *options;
  memset(seen, 0, sizeof *seen);
  o.args = &args;
  o.pin = "none";
  if (!o.beat_ns) o.beat_ns = beat_ns;
  return pm_run(&program, &o, NULL, r);
}

static void each_loss_counts(void **state) {
  (void)state;
  for (int how = RESTART; how <= DEATH; how++)
    for (int policy = PM_POLICY_BEAT; policy <= PM_POLICY_FORK; policy++)
      for (unsigned procs = 1; procs <= 3; procs += 2) {
        struct pm_options o = {.procs = procs, .policy = (enum pm_policy)policy};
        struct pm_report r;
        int error = run(&o, (struct args){SURVIVOR, how, 9}, &r);
        assert_int_equal(error, how == DEATH ? PM_E_DIED : 0);     /* the result is right; nobody planned the deaths */
        assert_true(r.complete);
        assert_int_equal(r.result, 9);
        assert_int_equal(seen->beginnings, 9);
        for (unsigned i = 0; i < 9; i++) assert_int_equal(seen->attempts[i], i + 1);
        assert_int_equal(seen->after_commit, 1);
        pm_report_free(&r);
      }
  assert_int_equal(zoo_files_left(), 0);
}

/* A session's end loses what was not committed, too. */
static void over_sessions(void **state) {
  (void)state;
  struct pm_options o = {.procs = 2};
  struct pm_report r;
  int error = run(&o, (struct args){SURVIVOR, CRASH, 4}, &r);
  for (int resumptions = 0; error == PM_E_DIED && !r.complete && resumptions < 5; resumptions++) {
    assert_true(r.region_kept);
    char path[sizeof r.path];
    memcpy(path, r.path, sizeof path);
    pm_report_free(&r);
    error = pm_resume(path, &program, &(struct pm_options){.pin = "none"}, NULL, &r);
  }
  assert_int_equal(error, 0);
  assert_in_range(r.result, 4, 8);        /* who was about to begin when the supervisor ended has counted it */
  assert_in_range(seen->beginnings, 2, 4);
  pm_report_free(&r);
  assert_int_equal(zoo_files_left(), 0);
}

/* As it was asked for, for two beginnings more; then half of it each time, but not less than beats cost; and as before. */
static void beat_is_halved(void **state) {
  (void)state;
  struct pm_options o = {.procs = 1};
  struct pm_report r;
  assert_int_equal(run(&o, (struct args){SURVIVOR, RESTART, 60}, &r), 0);
  assert_int_equal(seen->beat_ns[0], beat_ns);
  assert_int_equal(seen->beat_ns[1], beat_ns);
  for (unsigned i = 2; beat_ns >> (i - 1) > 4000000; i++) assert_int_equal(seen->beat_ns[i], beat_ns >> (i - 1));
  assert_true(seen->beat_ns[59] >= 2000 && seen->beat_ns[59] < 100000000);
  assert_int_equal(seen->beat_after_commit_ns, beat_ns);
  pm_report_free(&r);
}

/* Work that is longer than the time between two faults gets through, though the beat asked for never comes. */
static void work_of_any_length(void **state) {
  (void)state;
  for (unsigned procs = 1; procs <= 2; procs++) {
    struct pm_options o = {.procs = procs, .beat_ns = 3600000000000};
    struct pm_report r;
    int error = run(&o, (struct args){FIB, 27, 100000}, &r);
    if (error) fail_msg("%s", r.error_text);
    assert_int_equal(r.result, 196418);
    assert_true(r.count[PM_N_RESTARTS] > (procs == 1 ? 8 : 0));     /* with two, thieves ask for commits, as often as they get a core */
    pm_report_free(&r);
  }
}

/* Who computes is not stuck, however long. */
static void one_kill_in_a_long_leaf(void **state) {
  (void)state;
  static const uint64_t at_ns[] = {50000000};
  const struct pm_fault_plan plan = {.kind = PM_FAULT_KILL, .at_ns = at_ns, .count = 1};
  struct pm_options o = {.procs = 1, .beat_ns = 1000000, .faults = &plan, .fault_count = 1};
  struct pm_report r;
  int error = run(&o, (struct args){LEAF, 4000000000, 0}, &r);
  if (error) fail_msg("%s", r.error_text);
  assert_int_equal(r.result, 7);
  assert_int_equal(r.faults_done, 1);
  assert_int_equal(seen->beginnings, 2);
  pm_report_free(&r);
}

static void gives_up_by_the_count(void **state) {
  (void)state;
  for (int crash_at = 0; crash_at <= 600; crash_at += 600) {
    struct pm_options o = {.procs = 2, .backend = "dram"};
    struct pm_report r;
    char path[sizeof r.path];
    int error = run(&o, (struct args){ENDLESS, crash_at, 0}, &r);
    if (crash_at) {
      assert_int_equal(error, PM_E_DIED);
      assert_int_equal(seen->beginnings, crash_at);
      memcpy(path, r.path, sizeof path);
      pm_report_free(&r);
      error = pm_resume(path, &program, &(struct pm_options){.pin = "none"}, NULL, &r);
    }
    assert_int_equal(error, PM_E_STUCK);
    assert_text_has(r.error_text, "task endless");
    assert_text_has(r.error_text, "lost 1000 times");
    /* Begun so often, and lost each time. Who was about to begin when the supervisor ended has counted it. */
    assert_in_range(seen->beginnings, crash_at ? PM_STUCK_LOSSES - 4 : PM_STUCK_LOSSES, PM_STUCK_LOSSES);
    memcpy(path, r.path, sizeof path);
    pm_report_free(&r);
    if (access(path, F_OK)) continue;
    atomic_store(&seen->give_way, 1);     /* whoever resumes has the same chance */
    assert_int_equal(pm_resume(path, &program, &(struct pm_options){.pin = "none"}, NULL, &r), 0);
    assert_int_equal(r.result, 7);
    pm_report_free(&r);
  }
  assert_int_equal(zoo_files_left(), 0);
}

int main(void) {
  seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (seen == MAP_FAILED) return 1;
  const struct CMUnitTest tests[] = {cmocka_unit_test(each_loss_counts), cmocka_unit_test(over_sessions),
                                     cmocka_unit_test(beat_is_halved), cmocka_unit_test(work_of_any_length),
                                     cmocka_unit_test(one_kill_in_a_long_leaf), cmocka_unit_test(gives_up_by_the_count)};
  return cmocka_run_group_tests_name("loss", tests, NULL, NULL);
}
