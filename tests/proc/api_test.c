/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: a program that uses each macro of pmsched.h is right with any number of workers, under every policy, as processes and
 * threads, and with workers killed; a mark commits if, and only if, it must.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pmsched.h"
#include "unit.h"
#include "zoo.h"

static const char *const policies[] = {"beat", "fork", "none"}, *const ways[] = {"processes", "threads"};

static struct pm_options small(const struct zoo_args *args) {
  return (struct pm_options){.procs = 2, .seed = 1, .stack_bytes = 16384, .args = args, .pin = "none",
                             .timeout_ns = 600000000000};
}

static void every_way(void **state) {
  (void)state;
  struct zoo_args args = {.length = 5000, .work = 20000, .rounds = 20};
  uint64_t steals[3] = {0};
  for (int way = PM_PROCESSES; way <= PM_THREADS; way++)
    for (int policy = PM_POLICY_BEAT; policy <= PM_POLICY_NONE; policy++)
      for (unsigned procs = 1; procs <= 4; procs *= 2) {
        struct pm_options o = small(&args);
        o.way = (enum pm_ways)way;
        o.policy = (enum pm_policy)policy;
        o.procs = procs;
        o.beat_ns = 300000;
        struct pm_report r;
        int error = pm_run(&zoo_program, &o, NULL, &r);
        if (error || !r.correct || !r.checked || !r.complete)
          fail_msg("%s, %s, %u workers: %d, %s", ways[way], policies[policy], procs, error, r.error_text);
        assert_int_equal(r.procs, procs);
        assert_int_equal(r.policy, policy);
        assert_int_equal(r.faults_done, 0);
        assert_true(r.answer[0] != 0);
        if (procs == 1) assert_int_equal(r.count[PM_N_STEALS], 0);
        steals[policy] += r.count[PM_N_STEALS];
        pm_report_free(&r);
      }
  for (int policy = 0; policy < 3; policy++) assert_true(steals[policy] > 0);
  assert_int_equal(zoo_files_left(), 0);
}

static void killed(enum pm_policy policy, unsigned procs, enum pm_fault_kind kind, double rate_hz, uint64_t seed,
                   uint64_t *faults) {
  struct zoo_args args = {.length = 40000, .work = 300000, .rounds = 60};
  struct pm_fault_plan plan = {.kind = kind, .rate_hz = rate_hz};
  struct pm_options o = small(&args);
  o.policy = policy;
  o.procs = procs;
  o.faults = &plan;
  o.fault_count = 1;
  o.seed = seed;
  struct pm_report r;
  int error = pm_run(&zoo_program, &o, NULL, &r);
  if (error || !r.correct)
    fail_msg("%s@%g, %s, %u workers, seed %llu: %d, %s", pm_fault_names[kind], rate_hz, policies[policy], procs,
             (unsigned long long)o.seed, error, r.error_text);
  *faults += r.faults_done;
  pm_report_free(&r);
}

static void with_kills(void **state) {
  (void)state;
  uint64_t faults = 0;
  for (uint64_t i = 1; i <= 3; i++)
    for (unsigned procs = 1; procs <= 4; procs *= 2) {
      killed(PM_POLICY_BEAT, procs, PM_FAULT_KILL, 100, i, &faults);
      killed(PM_POLICY_FORK, procs, PM_FAULT_KILL, 60, i + 10, &faults);
    }
  if (faults < 40) fail_msg("only %llu faults happened", (unsigned long long)faults);
  assert_int_equal(zoo_files_left(), 0);
}

static void with_injected_restarts(void **state) {
  (void)state;
  uint64_t faults = 0;
  for (uint64_t i = 1; i <= 4; i++) killed(PM_POLICY_BEAT, 2, PM_FAULT_EXN, 200, i, &faults);
  if (faults < 40) fail_msg("only %llu faults happened", (unsigned long long)faults);
}

static void with_write_back(void **state) {
  (void)state;
  struct zoo_args args = {.length = 5000, .work = 300, .rounds = 20};
  static const char *const backends[] = {"file:/dev/shm", "emulated:/dev/shm"};
  for (int i = 0; i < 2; i++) {
    struct pm_options o = small(&args);
    o.backend = backends[i];
    struct pm_report r;
    int error = pm_run(&zoo_program, &o, NULL, &r);
    if (error || !r.correct) fail_msg("%s: %d, %s", backends[i], error, r.error_text);
    assert_true(r.count[PM_N_FENCES] > 0);
    pm_report_free(&r);
  }
  assert_int_equal(zoo_files_left(), 0);
}

/* ---- marks: commits counted, with one worker and no beat in between -------------------------------------------------------- */

struct marks { int64_t fresh, stale, plain; };
PM_TASK(pm_none, marking, (struct marks k;), (pm_mark m; int64_t i;)) {
  PM_BEGIN(marking);
  for (my->i = 0; my->i < a.k.fresh; my->i++) {
    PM_READ_MARK(my->m);
    PM_BEFORE_OVERWRITE(my->m);
  }
  PM_READ_MARK(my->m);
  PM_COMMIT_HERE();
  for (my->i = 0; my->i < a.k.stale; my->i++) {
    PM_BEFORE_OVERWRITE(my->m);
  }
  for (my->i = 0; my->i < a.k.plain; my->i++) {
    PM_COMMIT_HERE();
  }
  PM_RETURN(PM_NONE);
  PM_END;
}
static const struct pm_task mark_tasks[] = {PM_ENTRY(marking)};
static int mark_setup(struct pm_data *d, const void *args) {
  PM_ROOT(d, marking, *(const struct marks *)args);
  return 0;
}
static const struct pm_program mark_program = {.name = "marks", .tasks = mark_tasks, .task_count = marking_id + 1,
                                               .args_bytes = sizeof(struct marks), .setup = mark_setup};

static uint64_t commits_with(struct marks k) {
  struct pm_options o = {.procs = 1, .stack_bytes = 16384, .args = &k, .pin = "none", .beat_ns = 60000000000,
                         .timeout_ns = 600000000000};
  struct pm_report r;
  int error = pm_run(&mark_program, &o, NULL, &r);
  if (error) fail_msg("%d, %s", error, r.error_text);
  uint64_t commits = r.count[PM_N_COMMITS];
  pm_report_free(&r);
  return commits;
}

static void marks(void **state) {
  (void)state;
  uint64_t least = commits_with((struct marks){0, 0, 0});
  assert_int_equal(commits_with((struct marks){100, 0, 0}), least + 100);
  assert_int_equal(commits_with((struct marks){0, 100, 0}), least);
  assert_int_equal(commits_with((struct marks){0, 0, 100}), least + 100);
}

/* ---- output, arguments, resume ----------------------------------------------------------------------------------------------- */

static int finished(struct pm_data *d, const void *args, void *context) {
  const struct zoo_args *z = args;
  *(int64_t *)context = z->length * 1000000 + (d->result != 0);
  return 0;
}
static int finished_badly(struct pm_data *d, const void *args, void *context) {
  (void)args, (void)context;
  snprintf(d->error, sizeof d->error, "the printer is on fire");
  return -1;
}

static void output(void **state) {
  (void)state;
  struct zoo_args args = {.length = 500, .work = 1, .rounds = 3};
  int64_t seen = 0;
  struct pm_options o = small(&args);
  o.context = &seen;
  struct pm_report r;
  assert_int_equal(pm_run(&zoo_program, &o, finished, &r), 0);
  assert_int_equal(seen, 500000001);
  pm_report_free(&r);
  assert_int_equal(pm_run(&zoo_program, &o, finished_badly, &r), PM_E_OUTPUT);
  assert_int_equal(r.error, PM_E_OUTPUT);
  assert_text_has(r.error_text, "on fire");
  assert_true(r.region_kept);           /* the answer is not lost: who resumes it is asked again */
  char path[sizeof r.path];
  snprintf(path, sizeof path, "%s", r.path);
  pm_report_free(&r);
  seen = 0;
  assert_int_equal(pm_resume(path, &zoo_program, &o, finished, &r), 0);
  assert_int_equal(seen, 500000001);
  assert_false(r.region_kept);
  pm_report_free(&r);
  assert_int_equal(zoo_files_left(), 0);
}

/* From here until given back the region's directory refuses to let go of its files, to root, too. */
static int finished_and_locked(struct pm_data *d, const void *args, void *context) {
  (void)d, (void)args;
  int error = chmod(context, 0555);
  if (!geteuid()) error |= seteuid(65534);
  return error;
}

static void cannot_be_removed(void **state) {
  (void)state;
  struct zoo_args args = {.length = 500, .work = 1, .rounds = 3};
  struct pm_options o = small(&args);
  char directory[] = "/tmp/pm-api-XXXXXX", backend[64];
  bool root = !geteuid();
  assert_non_null(mkdtemp(directory));
  assert_int_equal(chmod(directory, 0755), 0);
  snprintf(backend, sizeof backend, "dram:%s", directory);
  o.backend = backend;
  o.context = directory;
  struct pm_report r;
  int error = pm_run(&zoo_program, &o, finished_and_locked, &r);
  if (root) assert_int_equal(seteuid(0), 0);
  assert_int_equal(chmod(directory, 0755), 0);
  assert_int_equal(error, 0);
  assert_true(r.correct);
  assert_true(r.region_kept);
  assert_int_equal(r.warning_count, 1);
  assert_text_has(r.warnings[0], "cannot be removed: Permission denied");
  assert_int_equal(unlink(r.path), 0);  /* it was there */
  assert_int_equal(rmdir(directory), 0);
  pm_report_free(&r);
}

static void same_answer(void **state) {
  (void)state;
  struct zoo_args args = {.length = 3000, .work = 100, .rounds = 5};
  pm_word result = 0;
  for (unsigned seed = 1; seed <= 4; seed++) {
    struct pm_options o = small(&args);
    o.seed = seed;
    o.procs = seed;
    struct pm_report r;
    assert_int_equal(pm_run(&zoo_program, &o, NULL, &r), 0);
    if (seed > 1) assert_true(r.result == result);
    result = r.result;
    pm_report_free(&r);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_way), cmocka_unit_test(with_kills), cmocka_unit_test(with_injected_restarts),
      cmocka_unit_test(with_write_back), cmocka_unit_test(marks), cmocka_unit_test(output), cmocka_unit_test(cannot_be_removed),
      cmocka_unit_test(same_answer)};
  return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
