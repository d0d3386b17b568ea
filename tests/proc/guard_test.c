/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: a fault in a program's check or output is an error with a text: the call returns, handlers are what they were, the
 * region is kept, and can be finished by a later call. Memory of a mapping that is gone reads as zeros, and is not believed.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pm/gone.h"
#include "pmrun.h"
#include "unit.h"

static char path[64];
static volatile int zero;
enum { FINE, SEGV, BUS, FPE, ABROAD };    /* what check and output do */
static int check_does, output_does;

PM_TASK(int64_t, one, (int64_t n;), (int64_t unused;)) {
  PM_BEGIN(one);
  PM_RETURN(a.n);
  PM_END;
}
static const struct pm_task tasks[] = {PM_ENTRY(one)};

static int setup(struct pm_data *d, const void *args) {
  (void)args;
  PM_ROOT(d, one, 42);
  return 0;
}
static int fault(struct pm_data *d, int what) {
  if (what == SEGV) return *(volatile int *)(uintptr_t)(16 * (uintptr_t)zero);
  if (what == BUS) raise(SIGBUS);
  if (what == FPE) return 1000 / zero;
  if (what == ABROAD) return d->region[UINT64_C(1) << 62];      /* what a changed handle leads to */
  return 0;
}
static int check(struct pm_data *d, const void *args) {
  (void)args;
  return fault(d, check_does) || PM_RESULT(int64_t, d) != 42;
}
static int output(struct pm_data *d, const void *args, void *context) {
  (void)args, (void)context;
  return fault(d, output_does);
}
static const struct pm_program program = {.name = "guard", .tasks = tasks, .task_count = sizeof tasks / sizeof *tasks, .setup = setup, .check = check};

static int make_path(void **state) {
  (void)state;
  snprintf(path, sizeof path, "/dev/shm/guard_test-%d", (int)getpid());
  unlink(path);
  return 0;
}
static int remove_path(void **state) {
  (void)state;
  unlink(path);
  return 0;
}

static void nobody(int signo) { (void)signo; }

static void ends(int error, const char *text, bool resumed) {
  char backend[80];
  snprintf(backend, sizeof backend, "dram:%s", path);
  struct pm_options options = {.backend = backend, .procs = 1};
  struct pm_report r;
  struct sigaction mine = {.sa_handler = nobody}, after;
  sigaction(SIGSEGV, &mine, NULL);
  sigaction(SIGBUS, &mine, NULL);
  int got = resumed ? pm_resume(path, &program, &options, output, &r) : pm_run(&program, &options, output, &r);
  if (got != error) fail_msg("%d instead of %d: %s", got, error, r.error_text);
  if (text) assert_text_has(r.error_text, text);
  sigaction(SIGSEGV, NULL, &after);
  assert_ptr_equal(after.sa_handler, nobody);
  sigaction(SIGBUS, NULL, &after);
  assert_ptr_equal(after.sa_handler, nobody);
  assert_int_equal(r.region_kept, error != 0);
  assert_int_equal(access(path, F_OK) == 0, error != 0);
  signal(SIGSEGV, SIG_DFL);
  signal(SIGBUS, SIG_DFL);
  pm_report_free(&r);
}

static void faults_of_a_check(void **state) {
  (void)state;
  static const char *const said[] = {NULL, "its check ended with signal 11", "its check ended with signal 7", "its check ended with signal 8",
                                     "its check ended with signal 11"};
  for (int what = SEGV; what <= ABROAD; what++) {
    check_does = what;
    ends(PM_E_PROGRAM, said[what], false);
    ends(PM_E_PROGRAM, said[what], true);
    check_does = FINE;
    ends(0, NULL, true);
  }
}

static void faults_of_an_output(void **state) {
  (void)state;
  for (int what = SEGV; what <= ABROAD; what++) {
    output_does = what;
    ends(PM_E_OUTPUT, "its output ended with signal ", false);
    output_does = FINE;
    ends(0, NULL, true);
  }
}

static void memory_that_is_gone(void **state) {
  (void)state;
  enum { BYTES = 8 * 4096 };
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
  assert_int_equal(ftruncate(fd, BYTES), 0);
  volatile char *at = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  pm_gone_watch((const char *)at, BYTES);
  for (int i = 0; i < BYTES; i++) at[i] = 1;
  assert_false(pm_gone_seen((const char *)at));
  assert_int_equal(ftruncate(fd, 2 * 4096), 0);
  assert_int_equal(at[4096], 1);
  assert_false(pm_gone_seen((const char *)at));
  assert_int_equal(at[5 * 4096 + 7], 0);
  assert_true(pm_gone_seen((const char *)at));
  at[2 * 4096] = 5;
  assert_int_equal(at[2 * 4096], 5);
  assert_int_equal(at[0], 1);
  pm_gone_unwatch((const char *)at);
  assert_false(pm_gone_seen((const char *)at));
  munmap((void *)at, BYTES);
  close(fd);
}

int main(void) {
  const struct CMUnitTest all[] = {cmocka_unit_test_setup_teardown(faults_of_a_check, make_path, remove_path),
                                   cmocka_unit_test_setup_teardown(faults_of_an_output, make_path, remove_path),
                                   cmocka_unit_test_setup_teardown(memory_that_is_gone, make_path, remove_path)};
  return cmocka_run_group_tests_name("guard", all, NULL, NULL);
}
