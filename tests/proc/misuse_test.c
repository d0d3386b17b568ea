/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: what a program or a user does wrong ends with the error that pmrun.h promises and a line that says what, in good time, and
 * leaves no region behind.
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "pmsched.h"
#include "unit.h"
#include "zoo.h"

/* One task for each way to go wrong; its arguments choose. */
enum wrong { FINE, WRONG_RESULT, NO_VERDICT, NO_ROOT, FAILED_SETUP, TOO_MUCH_DATA, SEGFAULT, LATER_SEGFAULT, DIVISION, ABORT, DEEP,
             FORKS_LEFT, ENDLESS, LEAVE };

PM_TASK(int64_t, deep, (int64_t n;), (PM_FORKED(deep) x; int64_t y; char room[200];)) {
  if (a.n == 0) return 1;
  PM_BEGIN(deep);
  my->room[0] = 1;
  PM_CALL(my->y, deep, a.n - 1);
  PM_RETURN(my->y + my->room[0]);
  PM_END;
}
static volatile int *volatile nowhere = (volatile int *)8;
PM_TASK(int64_t, breaker, (int64_t how;), (int64_t y;)) {
  volatile int zero = 0;
  PM_BEGIN(breaker);
  switch (a.how) {
  case SEGFAULT: case LATER_SEGFAULT: *nowhere = 1; break;
  case DIVISION: zero = (int)a.how / zero; break;
  case ABORT: abort();
  case LEAVE: _exit(0);
  case ENDLESS: for (;;) zero++; break;
  default: break;
  }
  PM_RETURN(7);
  PM_END;
}
PM_TASK(int64_t, careless, (int64_t how;), (PM_FORKED(breaker) x;)) {
  PM_BEGIN(careless);
  PM_FORK(my->x, breaker, a.how);
  if (a.how == FORKS_LEFT) {
    PM_RETURN(8);
  }
  int64_t x;
  PM_JOIN(x, my->x, breaker);
  PM_RETURN(x);
  PM_END;
}
PM_TASK(int64_t, top, (int64_t how;), (PM_FORKED(deep) x; int64_t y;)) {
  PM_BEGIN(top);
  if (a.how == LATER_SEGFAULT) {
    PM_COMMIT_HERE();
  }
  if (a.how == DEEP) {
    PM_CALL(my->y, deep, 100000);
    PM_RETURN(my->y);
  }
  PM_CALL(my->y, careless, a.how);
  PM_RETURN(my->y);
  PM_END;
}
static const struct pm_task tasks[] = {PM_ENTRY(deep), PM_ENTRY(breaker), PM_ENTRY(careless), PM_ENTRY(top)};

static int setup(struct pm_data *d, const void *args) {
  int64_t how = *(const int64_t *)args;
  if (how == FAILED_SETUP) {
    snprintf(d->error, sizeof d->error, "the input is made of cheese");
    return -1;
  }
  if (how == TOO_MUCH_DATA && !pm_alloc(d, 1 << 20)) return -1;
  if (how != NO_ROOT) PM_ROOT(d, top, how);
  return 0;
}
static int check(struct pm_data *d, const void *args) {
  int64_t how = *(const int64_t *)args;
  if (how == NO_VERDICT) {
    snprintf(d->error, sizeof d->error, "the reference is lost");
    return -1;
  }
  snprintf(d->answer, sizeof d->answer, "seven");
  return how == WRONG_RESULT || d->result != 7;
}
static const struct pm_program program = {.name = "misuse", .tasks = tasks, .task_count = top_id + 1, .args_bytes = 8,
                                          .setup = setup, .check = check};

static const uint64_t second = 1000000000;
static struct pm_options ordinary(void) {
  return (struct pm_options){.procs = 2, .stack_bytes = 16384, .pin = "none", .timeout_ns = 600 * second};
}

/* Runs, and wants `error` and a line with `text` in it, before the timeout. */
static void ends_with(enum wrong how, const struct pm_options *options, int error, const char *text) {
  int64_t args = how;
  struct pm_options o = *options;
  o.args = &args;
  struct pm_report r;
  uint64_t begin = pm_clock_ns();
  int got = pm_run(&program, &o, NULL, &r);
  if (got != error)
    fail_msg("case %d, policy %d, %u workers: %d (%s), expected %d", how, (int)o.policy, o.procs, got, r.error_text, error);
  assert_int_equal(r.error, error);
  if (error) assert_text_has(r.error_text, text);
  assert_true(pm_clock_ns() - begin < 15 * second);
  assert_int_equal(r.correct, error == 0);
  if (r.region_kept) assert_int_equal(unlink(r.path), 0);
  pm_report_free(&r);
  assert_int_equal(zoo_files_left(), 0);
}

static void fine(void **state) {
  (void)state;
  struct pm_options o = ordinary();
  ends_with(FINE, &o, 0, "");
}

static void wrong_result(void **state) {
  (void)state;
  int64_t args = WRONG_RESULT;
  struct pm_options o = ordinary();
  o.args = &args;
  struct pm_report r;
  assert_int_equal(pm_run(&program, &o, NULL, &r), PM_E_WRONG);
  assert_true(r.checked && r.complete && !r.correct);
  assert_text_has(r.error_text, "WRONG");
  assert_text_has(r.error_text, "seven");
  assert_true(r.region_kept);             /* somebody wants to look */
  assert_int_equal(unlink(r.path), 0);
  pm_report_free(&r);
  o.no_check = true;
  assert_int_equal(pm_run(&program, &o, NULL, &r), 0);
  assert_false(r.checked);
  assert_int_equal(r.result, 7);
  pm_report_free(&r);
  assert_int_equal(zoo_files_left(), 0);
}

static void failed_setup_or_check(void **state) {
  (void)state;
  struct pm_options o = ordinary();
  ends_with(FAILED_SETUP, &o, PM_E_PROGRAM, "made of cheese");
  ends_with(NO_VERDICT, &o, PM_E_PROGRAM, "reference is lost");
  ends_with(NO_ROOT, &o, PM_E_PROGRAM, "root");
  ends_with(TOO_MUCH_DATA, &o, PM_E_PROGRAM, "--region-size");
  char path[64];
  snprintf(path, sizeof path, "file:/dev/shm/misuse_test-%d", (int)getpid());
  o.backend = path;
  ends_with(FAILED_SETUP, &o, PM_E_PROGRAM, "made of cheese");
  assert_int_equal(access(path + 5, F_OK), -1);
}

/* The same fault at the same place, again and again. Whoever reads the line must learn which task. */
static void poison(void **state) {
  (void)state;
  for (int policy = PM_POLICY_BEAT; policy <= PM_POLICY_NONE; policy++)
    for (unsigned procs = 1; procs <= 4; procs += 3) {
      struct pm_options o = ordinary();
      o.policy = (enum pm_policy)policy;
      o.procs = procs;
      const char *task = policy == PM_POLICY_FORK ? "task breaker" : "task top";    /* the restart point's youngest */
      ends_with(SEGFAULT, &o, PM_E_PROGRAM, task);
      ends_with(LATER_SEGFAULT, &o, PM_E_PROGRAM, task);
      ends_with(DIVISION, &o, PM_E_PROGRAM, task);
    }
}

static void poison_in_threads(void **state) {
  (void)state;
  struct pm_options o = ordinary();
  o.way = PM_THREADS;
  ends_with(SEGFAULT, &o, PM_E_PROGRAM, "task top");
}

/* What the worker cannot catch ends its process; so many in a row end the run. */
static void deaths(void **state) {
  (void)state;
  struct pm_options o = ordinary();
  ends_with(ABORT, &o, PM_E_DIED, "signal 6");
  ends_with(LEAVE, &o, PM_E_DIED, "exit code 0");
}

static void stack_too_small(void **state) {
  (void)state;
  for (int way = PM_PROCESSES; way <= PM_THREADS; way++)
    for (int policy = PM_POLICY_BEAT; policy <= PM_POLICY_NONE; policy++) {
      struct pm_options o = ordinary();
      o.policy = (enum pm_policy)policy;
      o.way = (enum pm_ways)way;
      o.stack_bytes = 4096;
      ends_with(DEEP, &o, PM_E_PROGRAM, "--stack");
      o.stack_bytes = 1 << 20;
      ends_with(DEEP, &o, PM_E_PROGRAM, "--stack");
    }
}

static void forks_left(void **state) {
  (void)state;
  struct pm_options o = ordinary();
  o.policy = PM_POLICY_FORK;
  ends_with(FORKS_LEFT, &o, PM_E_PROGRAM, "joined all of its forks");
}

static void timeout(void **state) {
  (void)state;
  struct pm_options o = ordinary();
  o.timeout_ns = second / 2;
  ends_with(ENDLESS, &o, PM_E_TIMEOUT, "timeout");
}

static void usage(void **state) {
  (void)state;
  static const uint64_t at_ns[] = {0};
  const struct pm_fault_plan kill = {.kind = PM_FAULT_KILL, .rate_hz = 1}, crash = {.kind = PM_FAULT_CRASH, .at_ns = at_ns, .count = 1};
  static struct pm_fault_plan many[33];
  for (int i = 0; i < 33; i++) many[i] = kill;
  struct { struct pm_options o; const char *text; } rows[] = {
      {{.faults = &kill, .fault_count = 1, .policy = PM_POLICY_NONE}, "none"},
      {{.faults = &crash, .fault_count = 1, .policy = PM_POLICY_NONE}, "none"},
      {{.faults = &kill, .fault_count = 1, .way = PM_THREADS}, "threads"},
      {{.faults = many, .fault_count = 33}, "plans"},
      {{.procs = 4, .slots = 3}, "slots"},
      {{.procs = 256}, "255"},
      {{.slots = 256}, "255"},
      {{.procs = 100000}, "255"},
      {{.backend = "nvme"}, "nvme"},
      {{.backend = ""}, "backend"},
      {{.backend = "file"}, "path"},
      {{.backend = "dax:"}, "path"},
      {{.pin = "0,x"}, "--pin"},
      {{.pin = ""}, "--pin"},
      {{.pin = "4096"}, "--pin"},
      {{.stack_bytes = 100}, "--stack"},
      {{.stack_bytes = UINT64_C(1) << 30}, "--stack"},
      {{.region_bytes = 4096}, "--region-size"}};
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (!rows[i].o.pin) rows[i].o.pin = "none";
    ends_with(FINE, &rows[i].o, PM_E_USAGE, rows[i].text);
  }
}

static void places_that_are_not(void **state) {
  (void)state;
  struct pm_options o = ordinary();
  o.backend = "file:/dev/shm/no/such/folder";
  ends_with(FINE, &o, PM_E_REGION, "/dev/shm/no/such/folder");
  o.backend = "dax:/dev/shm";
  ends_with(FINE, &o, PM_E_MACHINE, "DAX");
  o.backend = NULL;
  o.region_bytes = UINT64_C(1) << 50;
  ends_with(FINE, &o, PM_E_MACHINE, "is free there");
}

/* A planned fault later than the end is told. */
static void missed(void **state) {
  (void)state;
  static const uint64_t at_ns[] = {3600000000000};
  const struct pm_fault_plan plan = {.kind = PM_FAULT_KILL, .at_ns = at_ns, .count = 1};
  struct pm_options o = ordinary();
  o.faults = &plan;
  o.fault_count = 1;
  int64_t args = FINE;
  o.args = &args;
  struct pm_report r;
  assert_int_equal(pm_run(&program, &o, NULL, &r), PM_E_MISSED);
  assert_true(r.correct);
  assert_int_equal(r.faults_done, 0);
  pm_report_free(&r);
  assert_int_equal(zoo_files_left(), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fine), cmocka_unit_test(wrong_result), cmocka_unit_test(failed_setup_or_check), cmocka_unit_test(poison),
      cmocka_unit_test(deaths), cmocka_unit_test(stack_too_small), cmocka_unit_test(forks_left), cmocka_unit_test(timeout),
      cmocka_unit_test(usage), cmocka_unit_test(places_that_are_not), cmocka_unit_test(missed), cmocka_unit_test(poison_in_threads)};
  return cmocka_run_group_tests_name("misuse", tests, NULL, NULL);
}
