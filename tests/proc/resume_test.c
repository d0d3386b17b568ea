/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: a crashed run is finished by pm_resume, once and rightly; a region of another program, of another executable, damaged, or of
 * a run that kept nothing is refused, and no byte of it changes.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "pm/region_layout.h"
#include "pmsched.h"
#include "proc/run_layout.h"
#include "unit.h"
#include "zoo.h"

static struct zoo_args args = {.length = 20000, .work = 200000, .rounds = 40};
static char path[64];

/* A run that crashes after 20 ms of work; its region waits. */
static int crashed(void **state) {
  (void)state;
  static const uint64_t at_ns[] = {20000000};
  static const struct pm_fault_plan plan = {.kind = PM_FAULT_CRASH, .at_ns = at_ns, .count = 1};
  static char backend[80];
  snprintf(path, sizeof path, "/dev/shm/resume_test-%d", (int)getpid());
  snprintf(backend, sizeof backend, "file:%s", path);
  struct pm_options o = {.procs = 2, .stack_bytes = 16384, .args = &args, .pin = "none", .backend = backend, .faults = &plan,
                         .fault_count = 1, .note = "to whom it may concern", .timeout_ns = 600000000000};
  struct pm_report r;
  int error = pm_run(&zoo_program, &o, NULL, &r);
  bool waits = error == PM_E_CRASHED && r.region_kept && !r.complete && !strcmp(r.path, path);
  if (!waits) print_error("the run did not crash: %d, %s\n", error, r.error_text);
  pm_report_free(&r);
  return waits ? 0 : -1;
}
static int clean(void **state) {
  (void)state;
  unlink(path);
  return 0;
}

struct content { char *bytes; size_t size; };
static struct content content(void) {
  struct content c;
  struct stat s;
  int fd = open(path, O_RDONLY);
  assert_true(fd >= 0);
  assert_int_equal(fstat(fd, &s), 0);
  c.size = (size_t)s.st_size;
  c.bytes = mmap(NULL, c.size, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  char *copy = malloc(c.size);
  memcpy(copy, c.bytes, c.size);
  munmap(c.bytes, c.size);
  c.bytes = copy;
  return c;
}

static const struct pm_options ordinary = {.procs = 2, .pin = "none", .timeout_ns = 600000000000};

static void refused(const struct pm_program *program, const char *because) {
  struct content before = content();
  struct pm_report r;
  int error = pm_resume(path, program, &ordinary, NULL, &r);
  if (error != PM_E_REGION) fail_msg("%d, %s", error, r.error_text);
  assert_text_has(r.error_text, because);
  assert_text_has(r.error_text, path);
  pm_report_free(&r);
  struct content after = content();
  assert_int_equal(after.size, before.size);
  assert_memory_equal(after.bytes, before.bytes, after.size);
  free(before.bytes);
  free(after.bytes);
}
static void resumes(void) {
  struct pm_report r;
  int error = pm_resume(path, &zoo_program, &ordinary, NULL, &r);
  if (error || !r.correct || !r.checked || !r.resumed) fail_msg("%d, %s", error, r.error_text);
  assert_int_equal(r.faults_done, 1);
  assert_int_equal(r.slots, 8);
  pm_report_free(&r);
}

static void finishes(void **state) {
  (void)state;
  resumes();
  assert_int_equal(zoo_files_left(), 0);
}

static void peek(void **state) {
  (void)state;
  struct pm_peek p;
  struct content before = content();
  assert_int_equal(pm_region_peek(path, &p), 0);
  assert_string_equal(p.program, "zoo");
  assert_string_equal(p.note, "to whom it may concern");
  assert_memory_equal(p.args, &args, sizeof args);
  assert_false(p.finished);
  assert_false(p.in_use);
  assert_true(p.same_executable);
  assert_int_equal(p.slots, 8);
  struct content after = content();
  assert_memory_equal(after.bytes, before.bytes, after.size);
  free(before.bytes);
  free(after.bytes);
}

static void another_program(void **state) {
  (void)state;
  struct pm_program other = zoo_program;
  other.name = "circus";
  refused(&other, "program zoo");
  other.name = "zo";
  refused(&other, "program zoo");
  other.name = "zoo2";
  refused(&other, "program zoo");
  other = zoo_program;
  other.task_count--;
  refused(&other, "damaged");
  resumes();
}

static uint64_t checksum_of(const struct pm_region_header *h) {
  struct pm_region_header c = *h;
  c.magic = c.checksum = 0;
  c.state = c.session = 0;
  return XXH3_64bits(&c, sizeof c);
}
static struct pm_region_header read_header(void) {
  struct pm_region_header h;
  int fd = open(path, O_RDONLY);
  assert_int_equal(read(fd, &h, sizeof h), sizeof h);
  close(fd);
  return h;
}
static void write_header(struct pm_region_header h) {
  h.checksum = checksum_of(&h);
  int fd = open(path, O_RDWR);
  assert_int_equal(write(fd, &h, sizeof h), sizeof h);
  close(fd);
}

static void another_executable(void **state) {
  (void)state;
  const struct pm_region_header sound = read_header();
  for (unsigned at = 0; at < 20; at += 19) {
    struct pm_region_header h = sound;
    h.build_id[at] ^= 1;
    write_header(h);
    struct pm_peek p;
    assert_int_equal(pm_region_peek(path, &p), 0);
    assert_false(p.same_executable);
    refused(&zoo_program, "another executable");
  }
  write_header(sound);
  resumes();
}

static void kept_nothing(void **state) {
  (void)state;
  const struct pm_region_header sound = read_header();
  struct pm_region_header h = sound;
  h.policy = PM_POLICY_NONE;
  write_header(h);
  refused(&zoo_program, "nothing was committed");
  write_header(sound);
  resumes();
}

static void damaged(void **state) {
  (void)state;
  struct pm_region_header sound = read_header(), h = sound;
  h.seed ^= 1;
  int fd = open(path, O_RDWR);
  assert_int_equal(pwrite(fd, &h, sizeof h, 0), sizeof h);
  close(fd);
  refused(&zoo_program, "checksum");
  h = sound;
  h.magic = 0;
  fd = open(path, O_RDWR);
  assert_int_equal(pwrite(fd, &h, sizeof h, 0), sizeof h);
  close(fd);
  refused(&zoo_program, "magic");
  write_header(sound);
  assert_int_equal(truncate(path, (off_t)sound.region_bytes - 1), 0);
  refused(&zoo_program, "truncated");
}

/* What the supervisor and the report read of the run: a word of it changed, and nothing is run, and the region stays as it is. */
static void damaged_run(void **state) {
  (void)state;
  const struct pm_region_header h = read_header();
  const uint64_t at = h.section[PM_SECTION_RUN].offset;
#define FIELD(f) at + offsetof(struct pm_run_block, f), sizeof((struct pm_run_block *)0)->f
  const struct { uint64_t at, bytes, value; } change[] = {
      {FIELD(procs), 0}, {FIELD(procs), 9}, {FIELD(procs_most), 256}, {FIELD(last), 3}, {FIELD(lost), 4},
      {FIELD(log_count), PM_LOG_MAX + 1},
      {FIELD(log_count), UINT64_C(1) << 40}, {FIELD(log[0].kind), 99}, {FIELD(log[0].state), 99}, {FIELD(log[0].place), 1000},
      {FIELD(log[0].taken_by), UINT32_MAX - 1}, {FIELD(bin_count), PM_BINS + 1}, {FIELD(bin_ns), 0}, {FIELD(beat_ns), 0},
      {FIELD(live_ns), UINT64_C(1) << 63}, {FIELD(segment_alive_ns), UINT64_MAX}};
  int fd = open(path, O_RDWR);
  for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
    uint64_t sound = 0;
    assert_int_equal(pread(fd, &sound, change[i].bytes, (off_t)change[i].at), change[i].bytes);
    assert_int_equal(pwrite(fd, &change[i].value, change[i].bytes, (off_t)change[i].at), change[i].bytes);
    refused(&zoo_program, "damaged: the run: its ");
    assert_int_equal(pwrite(fd, &sound, change[i].bytes, (off_t)change[i].at), change[i].bytes);
  }
  close(fd);
  resumes();
}

/* ---- what the power took ---------------------------------------------------------------------------------------------------------- */

/* The crashed region's run block and header, to make of them what a power failure leaves. */
struct opened { char *base; size_t bytes; struct pm_region_header *header; struct pm_run_block *block; };
static struct opened open_region(void) {
  struct opened o;
  struct stat s;
  int fd = open(path, O_RDWR);
  assert_true(fd >= 0);
  assert_int_equal(fstat(fd, &s), 0);
  o.bytes = (size_t)s.st_size;
  o.base = mmap(NULL, o.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  assert_true(o.base != MAP_FAILED);
  close(fd);
  o.header = (struct pm_region_header *)o.base;
  o.block = (struct pm_run_block *)(o.base + o.header->section[PM_SECTION_RUN].offset);
  return o;
}
static void close_region(struct opened *o) { munmap(o->base, o->bytes); }

struct told { bool incomplete, down_unknown; uint64_t done; uint32_t faults; enum pm_fault_state state; };
/* It is right, whatever was lost; and says what, in one warning or none. */
static void finished_and_told(const struct told *t) {
  struct pm_report r;
  unsigned said = 0;
  int error = pm_resume(path, &zoo_program, &ordinary, NULL, &r);
  if (error || !r.correct || !r.checked) fail_msg("%d, %s", error, r.error_text);
  for (unsigned i = 0; i < r.warning_count; i++) said += strstr(r.warnings[i], "started anew") != NULL;
  assert_int_equal(said, t->incomplete || t->down_unknown);
  assert_int_equal(r.log_incomplete, t->incomplete);
  assert_int_equal(r.down_unknown, t->down_unknown);
  if (t->down_unknown) assert_int_equal(r.down_ns, 0);
  else assert_true(r.down_ns > 0);
  assert_int_equal(r.faults_done, t->done);
  assert_int_equal(r.fault_count, t->faults);
  if (t->faults) assert_int_equal(r.faults[0].state, t->state);
  pm_report_free(&r);
}

/* The neighbour: a crash is none. */
static void power_stayed(void **state) {
  (void)state;
  struct opened o = open_region();
  assert_int_equal(o.block->last, PM_LAST_CUT);
  assert_int_equal(o.block->session, o.header->session);
  assert_int_equal(o.block->log_count, 1);
  assert_int_equal(o.block->log[0].state, PM_FAULT_DONE);
  close_region(&o);
  finished_and_told(&(struct told){.done = 1, .faults = 1, .state = PM_FAULT_DONE});
}
/* Everybody killed at once, the command too: on the same boot nothing that was stored is lost. */
static void all_killed(void **state) {
  (void)state;
  struct opened o = open_region();
  o.block->last = PM_LAST_ON;
  o.block->log[0].state = PM_FAULT_SENT;
  o.block->faults_done = 0;
  close_region(&o);
  finished_and_told(&(struct told){.done = 1, .faults = 1, .state = PM_FAULT_DONE});
}
static void a_later_boot(void **state) {
  (void)state;
  struct opened o = open_region();
  o.block->boot[3] ^= 1;
  close_region(&o);
  finished_and_told(&(struct told){.down_unknown = true, .done = 1, .faults = 1, .state = PM_FAULT_DONE});
}
/* The session was on: that it did not end does not show that the crash was done. */
static void power_failed(void **state) {
  (void)state;
  struct opened o = open_region();
  o.block->last = PM_LAST_ON;
  o.block->log[0].state = PM_FAULT_SENT;
  o.block->faults_done = 0;
  o.block->boot[3] ^= 1;
  close_region(&o);
  finished_and_told(&(struct told){.incomplete = true, .down_unknown = true, .faults = 1, .state = PM_FAULT_SENT});
}
/* Nobody says which boot it is; the clock of this one has not come so far. */
static void a_clock_that_went_back(void **state) {
  (void)state;
  struct opened o = open_region();
  memset(o.block->boot, 0, sizeof o.block->boot);
  o.block->last = PM_LAST_ON;
  o.block->segment_alive_ns += UINT64_C(1000000000) * 86400 * 365;
  o.block->segment_begin_ns += UINT64_C(1000000000) * 86400 * 365;
  close_region(&o);
  finished_and_told(&(struct told){.incomplete = true, .down_unknown = true, .done = 1, .faults = 1, .state = PM_FAULT_DONE});
}
static void an_older_block(void **state) {
  (void)state;
  struct opened o = open_region();
  atomic_store(&o.header->session, 2);
  close_region(&o);
  finished_and_told(&(struct told){.incomplete = true, .down_unknown = true, .done = 1, .faults = 1, .state = PM_FAULT_DONE});
}
/* A session that was about to begin: the block is first. */
static void a_newer_block(void **state) {
  (void)state;
  struct opened o = open_region();
  o.block->session++;
  close_region(&o);
  finished_and_told(&(struct told){.done = 1, .faults = 1, .state = PM_FAULT_DONE});
}
static void an_entry_that_is_not_there(void **state) {
  (void)state;
  struct opened o = open_region();
  memset(&o.block->log[0], 0, sizeof o.block->log[0]);
  close_region(&o);
  finished_and_told(&(struct told){.incomplete = true, .done = 1});
}
static void an_entry_of_another_time(void **state) {
  (void)state;
  struct opened o = open_region();
  o.block->log[1] = o.block->log[0];
  o.block->log_count = 2;
  close_region(&o);
  finished_and_told(&(struct told){.incomplete = true, .done = 1, .faults = 1, .state = PM_FAULT_DONE});
}
/* Its signal was not sent: the count comes before it. */
static void an_entry_without_its_count(void **state) {
  (void)state;
  struct opened o = open_region();
  o.block->log[0].state = PM_FAULT_SENT;
  o.block->log_count = o.block->faults_done = 0;
  close_region(&o);
  finished_and_told(&(struct told){.faults = 1, .state = PM_FAULT_MISSED});
}

static void missing(void **state) {
  (void)state;
  struct pm_report r;
  assert_int_equal(pm_resume("/dev/shm/no/such/region", &zoo_program, &ordinary, NULL, &r), PM_E_REGION);
  assert_text_has(r.error_text, "/dev/shm/no/such/region");
  pm_report_free(&r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, crashed, clean)
int main(void) {
  const struct CMUnitTest tests[] = {TEST(finishes), TEST(peek), TEST(another_program), TEST(another_executable),
                                     TEST(kept_nothing), TEST(damaged), TEST(damaged_run),
                                     TEST(power_stayed), TEST(all_killed), TEST(a_later_boot), TEST(power_failed),
                                     TEST(a_clock_that_went_back), TEST(an_older_block), TEST(a_newer_block),
                                     TEST(an_entry_that_is_not_there), TEST(an_entry_of_another_time), TEST(an_entry_without_its_count),
                                     cmocka_unit_test(missing)};
  return cmocka_run_group_tests_name("resume", tests, NULL, NULL);
}
