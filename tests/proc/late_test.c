/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: a call's time is over for all of it. Sessions end with PM_E_TIMEOUT, one after the other too; from the functions of
 * the program that do not return a signal's handler gets out, and what it is told about the region is true: removed while it
 * was being made, kept once it holds work, and then pm_resume finishes it. And whatever ended a run, its region is kept if, and
 * only if, it holds a commit.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "proc/run.h"
#include "unit.h"
#include "zoo.h"

enum hang { NOWHERE, SETUP, WARM, TASK, TASK_BEFORE_COMMIT, CHECK, FINISHED, POISON, BROKEN_CHECK };
struct shared { _Atomic uint32_t hang, got_out; _Atomic int late; char path[4096]; };
static struct shared *shared;

static void hang_at(enum hang here) {
  while (atomic_load(&shared->hang) == here) usleep(1000);
}

static volatile int *volatile nowhere = (volatile int *)8;
PM_TASK(int64_t, work, (int64_t unused;), ()) {
  PM_BEGIN(work);
  hang_at(TASK_BEFORE_COMMIT);
  PM_COMMIT_HERE();
  hang_at(TASK);
  if (atomic_load(&shared->hang) == POISON) *nowhere = 1;
  PM_RETURN(7);
  PM_END;
}
static const struct pm_task tasks[] = {PM_ENTRY(work)};

static int setup(struct pm_data *d, const void *args) {
  (void)args;
  hang_at(SETUP);
  PM_ROOT(d, work, 0);
  return 0;
}
static int check(struct pm_data *d, const void *args) {
  (void)args;
  hang_at(CHECK);
  if (atomic_load(&shared->hang) == BROKEN_CHECK) {
    snprintf(d->error, sizeof d->error, "no memory for the check");
    return -1;
  }
  return d->result != 7;
}
static void warm(const void *args) { (void)args; hang_at(WARM); }
static int finished(struct pm_data *d, const void *args, void *context) {
  (void)d, (void)args, (void)context;
  hang_at(FINISHED);
  return 0;
}
static const struct pm_program program = {.name = "late", .tasks = tasks, .task_count = sizeof tasks / sizeof *tasks,
                                          .setup = setup, .check = check, .warm = warm};
static const uint64_t timeout_ns = 700000000;

static void on_alarm(int signo) {
  const char *path;
  uint64_t again;
  (void)signo;
  enum pm_late late = pm_run_late(&path, &again);
  if (late == PM_LATE_WAIT) {
    struct itimerval t = {.it_value = {.tv_usec = 50000}};
    setitimer(ITIMER_REAL, &t, NULL);
    return;
  }
  atomic_store(&shared->late, (int)late);
  if (path) strcpy(shared->path, path);
  atomic_store(&shared->got_out, 1);
  _exit(0);
}

/* In a process of its own, with a timer as the tool has one. Returns what pm_run did; 1 if the handler got out. */
static int run(enum hang hang, const struct pm_options *options, struct pm_report *r) {
  memset(shared, 0, sizeof *shared);
  atomic_store(&shared->hang, hang);
  fflush(NULL);
  struct pm_report *back = mmap(NULL, sizeof *back, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  assert_true(back != MAP_FAILED);
  pid_t child = fork();
  if (!child) {
    struct pm_options o = *options;
    if (!o.procs) o.procs = 2;
    o.pin = "none";
    if (hang < POISON && hang) o.timeout_ns = timeout_ns;
    for (int signo = 1; signo < 32; signo++) signal(signo, SIG_DFL);      /* cmocka's are the parent's */
    signal(SIGALRM, on_alarm);
    struct itimerval t = {.it_value = {.tv_usec = timeout_ns / 1000}};
    if (o.timeout_ns) setitimer(ITIMER_REAL, &t, NULL);
    pm_run(&program, &o, finished, back);
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  *r = *back;
  munmap(back, sizeof *back);
  return atomic_load(&shared->got_out) ? 1 : r->error;
}

/* `died`: right, but somebody died before whom nobody injured. */
static void resumed(const char *path, bool died) {
  struct pm_report r;
  atomic_store(&shared->hang, NOWHERE);
  assert_int_equal(access(path, F_OK), 0);
  int error = pm_resume(path, &program, &(struct pm_options){.pin = "none"}, finished, &r);
  if (error && !(died && error == PM_E_DIED)) fail_msg("%s: %s", path, r.error_text);
  assert_int_equal(r.result, 7);
  pm_report_free(&r);
  assert_int_equal(access(path, F_OK), -1);
}

static void in_functions(void **state) {
  (void)state;
  struct pm_report r;
  struct pm_options o = {.backend = "dram"};
  assert_int_equal(run(SETUP, &o, &r), 1);
  assert_int_equal(shared->late, PM_LATE_REMOVED);
  assert_string_equal(shared->path, "");
  for (enum hang hang = CHECK; hang <= FINISHED; hang++) {
    assert_int_equal(run(hang, &o, &r), 1);
    assert_int_equal(shared->late, PM_LATE_KEPT);
    resumed(shared->path, false);
  }
  o.way = PM_THREADS;                     /* cannot be ended */
  assert_int_equal(run(TASK, &o, &r), 1);
  assert_int_equal(shared->late, PM_LATE_KEPT);
  resumed(shared->path, false);
}

static void in_sessions(void **state) {
  (void)state;
  struct pm_report r;
  struct pm_options o = {.procs = 2};
  assert_int_equal(run(WARM, &o, &r), PM_E_TIMEOUT);
  assert_false(r.region_kept || r.resumable);
  assert_int_equal(run(TASK_BEFORE_COMMIT, &(struct pm_options){.beat_ns = 60000000000}, &r), PM_E_TIMEOUT);
  assert_false(r.region_kept || r.resumable);
  assert_int_equal(run(TASK, &o, &r), PM_E_TIMEOUT);
  assert_text_has(r.error_text, "timeout of 0.7 s");
  assert_true(r.region_kept && r.resumable);
  resumed(r.path, false);
  o.forget_late = true;
  assert_int_equal(run(TASK, &o, &r), PM_E_TIMEOUT);
  assert_false(r.region_kept || r.resumable);
  assert_int_equal(access(r.path, F_OK), -1);
}

/* Sessions of which none lasts as long as the timeout. */
static void over_sessions(void **state) {
  (void)state;
  static const struct pm_fault_plan crashes = {.kind = PM_FAULT_CRASH, .rate_hz = 40};
  struct pm_report r;
  struct pm_options o = {.faults = &crashes, .fault_count = 1, .auto_resume = true};
  int error = run(TASK, &o, &r);
  assert_int_equal(error, PM_E_TIMEOUT);
  resumed(r.path, false);
}

static void kept_whatever_the_reason(void **state) {
  (void)state;
  struct pm_report r;
  struct pm_options o = {.procs = 1};
  assert_int_equal(run(POISON, &o, &r), PM_E_PROGRAM);
  assert_true(r.region_kept && r.resumable);
  resumed(r.path, true);
  assert_int_equal(run(BROKEN_CHECK, &o, &r), PM_E_PROGRAM);
  assert_true(r.region_kept && r.resumable);
  resumed(r.path, false);
  assert_int_equal(run(NOWHERE, &o, &r), 0);
  assert_false(r.region_kept || r.resumable);
}

int main(void) {
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 1;
  const struct CMUnitTest tests[] = {cmocka_unit_test(in_functions), cmocka_unit_test(in_sessions), cmocka_unit_test(over_sessions),
                                     cmocka_unit_test(kept_whatever_the_reason)};
  return cmocka_run_group_tests_name("late", tests, NULL, NULL);
}
