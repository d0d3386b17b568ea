/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: a region is created and found again as it was; and whatever is not a whole, free region of ours is refused: no
 * byte of it changes, and nothing is left behind.
 */
#include "pm/region.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "base/random.h"
#include "unit.h"

static char folder[64];
static struct pm_error_line e;
static struct pm_site_count sites[PM_SITES];
static uint64_t fences;

static int make_folder(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "/dev/shm/region_test-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}
static unsigned files_in_folder(void) {
  unsigned n = 0;
  DIR *d = opendir(folder);
  for (struct dirent *entry; (entry = readdir(d));) n += entry->d_name[0] != '.';
  closedir(d);
  return n;
}
static int remove_folder(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  return system(command);
}
static char *in_folder(const char *name) {
  static char path[16][128];
  static unsigned turn;
  char *p = path[turn++ % 16];
  snprintf(p, sizeof path[0], "%s/%s", folder, name);
  return p;
}

static struct pm_region_plan plan_of(uint64_t arena) {
  struct pm_region_plan plan = {.program = "region_test", .slots = 3, .joins = 5, .stack_bytes = 8192, .tasks = 2,
                                .policy = PM_POLICY_FORK, .seed = 77};
  for (int i = 0; i < PM_SECTION_ARENA; i++) plan.section_bytes[i] = 1000 * (uint64_t)(i + 1);
  plan.section_bytes[PM_SECTION_ARENA] = arena;
  return plan;
}
static int create(struct pm_region *r, enum pm_backend backend, const char *path, uint64_t arena, bool force) {
  struct pm_region_plan plan = plan_of(arena);
  plan.force = force;
  e = (struct pm_error_line){0};
  int error = pm_region_create(r, backend, path, &plan, &e);
  if (error) return error;
  r->view.sites = sites;
  r->view.fences = &fences;
  return 0;
}
static int attach(struct pm_region *r, const char *path) {
  e = (struct pm_error_line){0};
  return pm_region_open(r, path, LOCK_SH, &e);
}
/* A sealed region of a file of that name, closed again. */
static char *sealed(const char *name, enum pm_region_state state) {
  struct pm_region r;
  char *path = in_folder(name);
  if (create(&r, PM_BACKEND_FILE, path, 10000, false)) fail_msg("%s", e.text);
  pm_region_seal(&r);
  r.header->state = state;
  pm_region_close(&r);
  return path;
}

struct content { char *bytes; size_t size; struct stat stat; };
static struct content content_of(const char *path) {
  struct content c;
  int fd = open(path, O_RDONLY);
  assert_true(fd >= 0);
  assert_int_equal(fstat(fd, &c.stat), 0);
  c.size = (size_t)c.stat.st_size;
  c.bytes = malloc(c.size + 1);
  assert_int_equal(read(fd, c.bytes, c.size), c.size);
  close(fd);
  return c;
}
static void is_unchanged(const char *path, struct content *before) {
  struct content now = content_of(path);
  assert_int_equal(now.size, before->size);
  assert_memory_equal(now.bytes, before->bytes, now.size);
  assert_int_equal(now.stat.st_ino, before->stat.st_ino);
  assert_int_equal(now.stat.st_mode, before->stat.st_mode);
  free(now.bytes);
  free(before->bytes);
}
static char *file_of(const char *name, const void *bytes, size_t size) {
  char *path = in_folder(name);
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0644);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, bytes, size), size);
  close(fd);
  return path;
}

/* ---- what works ---------------------------------------------------------------------------------------------------------- */

static void create_and_attach(void **state) {
  (void)state;
  char *path = in_folder("a");
  struct pm_region r, again;
  assert_int_equal(create(&r, PM_BACKEND_FILE, path, 123456, false), 0);
  assert_true(r.named);
  struct pm_region_plan plan = plan_of(123456);
  for (int i = 0; i < PM_SECTIONS; i++) {
    const char *section = pm_region_section(&r, (enum pm_section_name)i);
    for (uint64_t k = 0; k < plan.section_bytes[i]; k++) assert_int_equal(section[k], 0);
  }
  for (int i = 0; i < PM_SECTIONS; i++) memset(pm_region_section(&r, (enum pm_section_name)i), 'a' + i, plan.section_bytes[i]);
  r.header->handle[3] = 42;
  pm_region_seal(&r);
  pm_region_close(&r);
  if (attach(&again, path)) fail_msg("%s", e.text);
  const struct pm_region_header *h = again.header;
  assert_int_equal(h->slots, 3);
  assert_int_equal(h->joins, 5);
  assert_int_equal(h->stack_bytes, 8192);
  assert_int_equal(h->tasks, 2);
  assert_int_equal(h->policy, PM_POLICY_FORK);
  assert_int_equal(h->seed, 77);
  assert_int_equal(h->handle[3], 42);
  assert_int_equal(h->state, PM_REGION_UNFINISHED);
  assert_string_equal(h->program, "region_test");
  assert_int_equal(again.backend, PM_BACKEND_FILE);
  for (int i = 0; i < PM_SECTIONS; i++) {
    const char *section = pm_region_section(&again, (enum pm_section_name)i);
    assert_true(h->section[i].bytes >= plan.section_bytes[i]);
    for (uint64_t k = 0; k < plan.section_bytes[i]; k++) assert_int_equal(section[k], 'a' + i);
  }
  pm_region_close(&again);
}

static void two_mappings(void **state) {
  (void)state;
  char *path = sealed("a", PM_REGION_UNFINISHED);
  struct pm_region a, b;
  assert_int_equal(attach(&a, path), 0);
  assert_int_equal(attach(&b, path), 0);
  assert_ptr_not_equal(a.view.base, b.view.base);
  ((char *)pm_region_section(&a, PM_SECTION_ARENA))[5] = 'x';
  assert_int_equal(((char *)pm_region_section(&b, PM_SECTION_ARENA))[5], 'x');
  pm_region_close(&a);
  pm_region_close(&b);
}

static void mode(void **state) {
  (void)state;
  struct pm_region named, unnamed;
  struct stat s;
  mode_t old = umask(0);
  assert_int_equal(create(&named, PM_BACKEND_FILE, in_folder("a"), 1, false), 0);
  assert_int_equal(create(&unnamed, PM_BACKEND_DRAM, "", 1, false), 0);
  umask(old);
  assert_int_equal(fstat(named.fd, &s), 0);
  assert_int_equal(s.st_mode & 07777, 0600);
  assert_int_equal(fstat(unnamed.fd, &s), 0);
  assert_int_equal(s.st_mode & 07777, 0600);
  assert_false(unnamed.named);
  assert_int_equal(unlink(unnamed.path), 0);
  pm_region_close(&named);
  pm_region_close(&unnamed);
}

/* A folder as path: a file of its own name in it; two at a time do not meet. */
static void in_a_folder(void **state) {
  (void)state;
  struct pm_region a, b;
  assert_int_equal(create(&a, PM_BACKEND_FILE, folder, 1, false), 0);
  assert_int_equal(create(&b, PM_BACKEND_FILE, folder, 1, false), 0);
  assert_string_not_equal(a.path, b.path);
  assert_false(a.named);
  assert_int_equal(files_in_folder(), 2);
  pm_region_close(&a);
  pm_region_close(&b);
}

static void finished_is_taken(void **state) {
  (void)state;
  struct pm_region r;
  char *path = sealed("a", PM_REGION_FINISHED);
  if (create(&r, PM_BACKEND_FILE, path, 50000, false)) fail_msg("%s", e.text);
  pm_region_close(&r);
}

static void ids_differ(void **state) {
  (void)state;
  struct pm_region a, b;
  assert_int_equal(attach(&a, sealed("a", PM_REGION_UNFINISHED)), 0);
  assert_int_equal(attach(&b, sealed("b", PM_REGION_UNFINISHED)), 0);
  assert_memory_not_equal(a.header->id, b.header->id, sizeof a.header->id);
  assert_memory_equal(a.header->build_id, b.header->build_id, sizeof a.header->build_id);
  pm_region_close(&a);
  pm_region_close(&b);
}

/* ---- what is refused ------------------------------------------------------------------------------------------------------- */

static void refused_to_attach(const char *path, const char *because) {
  struct content before = content_of(path);
  struct pm_region r;
  if (attach(&r, path) != PM_E_REGION) fail_msg("%s is taken for a region", path);
  assert_text_has(e.text, because);
  assert_text_has(e.text, path);
  assert_int_equal(r.fd, -1);
  is_unchanged(path, &before);
}
static void refused_to_create(const char *path, bool force, const char *because) {
  struct content before = content_of(path);
  struct pm_region r;
  if (create(&r, PM_BACKEND_FILE, path, 1000, force) != PM_E_REGION) fail_msg("%s is overwritten", path);
  assert_text_has(e.text, because);
  assert_text_has(e.text, path);
  assert_int_equal(r.fd, -1);
  is_unchanged(path, &before);
}

static void other_files(void **state) {
  (void)state;
  static char zero[40960], random[40960];
  struct pm_random r = {5};
  for (unsigned i = 0; i < sizeof random; i++) random[i] = (char)pm_random_next(&r);
  const struct { const char *name; const void *bytes; size_t size; } rows[] = {
      {"text", "a letter to my mother\n", 22}, {"zero", zero, sizeof zero}, {"zero_page", zero, PM_PAGE},
      {"random", random, sizeof random}, {"one_byte", "x", 1}, {"short", random, PM_PAGE - 1}};
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
    char *path = file_of(rows[i].name, rows[i].bytes, rows[i].size);
    refused_to_attach(path, "region");
    refused_to_create(path, false, "not a region");
    refused_to_create(path, true, "not a region");
  }
  char *empty = file_of("empty", "", 0);
  refused_to_attach(empty, "too short");
  refused_to_create(empty, false, "is empty");
  refused_to_create(empty, true, "is empty");
}

static void truncated(void **state) {
  (void)state;
  char *path = sealed("a", PM_REGION_UNFINISHED);
  struct content whole = content_of(path);
  for (uint64_t bytes = whole.size - 1; bytes; bytes /= 2) {
    assert_int_equal(truncate(path, (off_t)bytes), 0);
    refused_to_attach(path, bytes < sizeof(struct pm_region_header) ? "too short" : bytes < PM_PAGE ? "region" : "truncated");
  }
  free(whole.bytes);
}

static void unsealed(void **state) {
  (void)state;
  struct pm_region r;
  char *path = in_folder("a");
  assert_int_equal(create(&r, PM_BACKEND_FILE, path, 1, false), 0);
  pm_region_close(&r);
  refused_to_attach(path, "ended while it made the region");
  refused_to_create(path, false, "overwrite it with --force");
  assert_int_equal(create(&r, PM_BACKEND_FILE, path, 1, true), 0);
  pm_region_close(&r);
}

static struct pm_region_header header_of(const char *path) {
  struct pm_region_header h;
  struct content c = content_of(path);
  memcpy(&h, c.bytes, sizeof h);
  free(c.bytes);
  return h;
}
static bool within(size_t at, size_t offset, size_t bytes) { return at >= offset && at < offset + bytes; }

/* Every bit of the header, but of the fields that a run changes. */
static void every_bit(void **state) {
  (void)state;
  char *path = sealed("a", PM_REGION_UNFINISHED);
  const struct pm_region_header sound = header_of(path);
  const uint64_t bytes = sound.region_bytes;
  e = (struct pm_error_line){0};
  assert_int_equal(pm_region_validate(&sound, bytes, path, &e), 0);
  unsigned free_bits = 0;
  for (size_t at = 0; at < sizeof sound; at++)
    for (int bit = 0; bit < 8; bit++) {
      struct pm_region_header h = sound;
      ((unsigned char *)&h)[at] ^= (unsigned char)(1 << bit);
      bool changes = within(at, offsetof(struct pm_region_header, session), sizeof h.session) ||
                     (at == offsetof(struct pm_region_header, state) && bit == 0);      /* finished */
      struct pm_error_line line = {0};
      int error = pm_region_validate(&h, bytes, "there", &line);
      if (error != (changes ? 0 : PM_E_REGION)) fail_msg("byte %zu, bit %d of the header: %d", at, bit, error);
      if (error) assert_text_has(line.text, "there: ");
      free_bits += changes;
    }
  assert_int_equal(free_bits, 32 + 1);
}

static uint64_t checksum_of(const struct pm_region_header *h) {
  struct pm_region_header c = *h;
  c.magic = c.checksum = 0;
  c.state = c.session = 0;
  return XXH3_64bits(&c, sizeof c);
}

/* Not chance but malice: the checksum is right, a field is not. */
static void impossible_fields(void **state) {
  (void)state;
  char *path = sealed("a", PM_REGION_UNFINISHED);
  const struct pm_region_header sound = header_of(path);
  assert_true(sound.checksum == checksum_of(&sound));
  enum { WRONG = 20 };
  struct pm_region_header h[WRONG];
  for (int i = 0; i < WRONG; i++) h[i] = sound;
  h[0].slots = 0;
  h[1].slots = PM_SLOTS_MAX + 1;
  h[2].joins = 0;
  h[3].stack_bytes = 0;
  h[4].stack_bytes = PM_PAGE - 1;
  h[5].tasks = PM_TASKS_MAX + 1;
  h[6].backend = PM_BACKENDS;
  h[7].policy = PM_POLICY_NONE + 1;
  h[8].arena_cursor = h[8].section[PM_SECTION_ARENA].bytes + 1;
  h[9].state = PM_REGION_FINISHED + 1;
  memset(h[10].program, 'x', sizeof h[10].program);
  h[11].section[PM_SECTION_SLOTS].offset += PM_PAGE;
  h[12].section[PM_SECTION_ARENA].bytes += PM_PAGE;
  h[13].section[PM_SECTION_ARENA].bytes = UINT64_MAX;
  h[14].section[PM_SECTION_RUN].bytes = (uint64_t)-PM_PAGE;
  h[15].section[PM_SECTION_RUN].offset = 0;
  h[16].region_bytes += PM_PAGE;
  h[17].region_bytes = 0;
  h[18].region_bytes -= PM_PAGE;
  h[19].section[PM_SECTION_LINKS].bytes -= 1;
  for (int i = 0; i < WRONG; i++) {
    h[i].checksum = checksum_of(&h[i]);
    struct pm_error_line line = {0};
    if (pm_region_validate(&h[i], sound.region_bytes, path, &line) != PM_E_REGION) fail_msg("header %d is taken for true", i);
  }
}

static void unfinished(void **state) {
  (void)state;
  char *path = sealed("a", PM_REGION_UNFINISHED);
  refused_to_create(path, false, "--force");
  struct pm_region r;
  if (create(&r, PM_BACKEND_FILE, path, 1000, true)) fail_msg("%s", e.text);
  pm_region_close(&r);
}

/* A second process that holds the lock until its pipe is closed. */
static pid_t user_of(const char *path, int lock, int *until) {
  int ready[2], stop[2];
  char byte;
  assert_int_equal(pipe(ready) | pipe(stop), 0);
  pid_t pid = fork();
  if (!pid) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct pm_region r;
    close(stop[1]);
    if (pm_region_open(&r, path, lock, NULL)) _exit(1);
    (void)!write(ready[1], "r", 1);
    (void)!read(stop[0], &byte, 1);
    _exit(0);
  }
  close(ready[1]);
  close(stop[0]);
  assert_int_equal(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  *until = stop[1];
  return pid;
}

static void in_use(void **state) {
  (void)state;
  char *path = sealed("a", PM_REGION_FINISHED);
  int until;
  pid_t pid = user_of(path, LOCK_EX, &until);
  refused_to_create(path, false, "in use");
  refused_to_create(path, true, "in use");
  refused_to_attach(path, "in use");
  close(until);
  waitpid(pid, NULL, 0);
  pid = user_of(path, LOCK_SH, &until);
  refused_to_create(path, true, "in use");
  struct pm_region r;
  assert_int_equal(attach(&r, path), 0);          /* workers beside each other */
  pm_region_close(&r);
  close(until);
  waitpid(pid, NULL, 0);
  assert_int_equal(create(&r, PM_BACKEND_FILE, path, 1, false), 0);
  pm_region_close(&r);
}

/* Whoever waits for the lock gets it when its holder is killed. */
static void in_use_by_a_dying_one(void **state) {
  (void)state;
  char *path = sealed("a", PM_REGION_UNFINISHED);
  int until;
  pid_t pid = user_of(path, LOCK_EX, &until), killer = fork();
  if (!killer) {
    usleep(200000);
    kill(pid, SIGKILL);
    _exit(0);
  }
  struct pm_region r;
  if (attach(&r, path)) fail_msg("%s", e.text);
  pm_region_close(&r);
  waitpid(pid, NULL, 0);
  waitpid(killer, NULL, 0);
  close(until);
}

static void symbolic_link(void **state) {
  (void)state;
  char *target = sealed("target", PM_REGION_FINISHED), *link = in_folder("link"), *dangling = in_folder("dangling");
  assert_int_equal(symlink(target, link), 0);
  assert_int_equal(symlink(in_folder("nothing"), dangling), 0);
  struct content before = content_of(target);
  struct pm_region r;
  assert_int_equal(attach(&r, link), PM_E_REGION);
  assert_text_has(e.text, "symbolic link");
  assert_int_equal(create(&r, PM_BACKEND_FILE, link, 1, true), PM_E_REGION);
  assert_text_has(e.text, "symbolic link");
  assert_int_equal(create(&r, PM_BACKEND_FILE, dangling, 1, true), PM_E_REGION);
  assert_int_equal(access(in_folder("nothing"), F_OK), -1);
  is_unchanged(target, &before);
}

static void missing(void **state) {
  (void)state;
  struct pm_region r;
  assert_int_equal(attach(&r, in_folder("no_such_file")), PM_E_REGION);
  assert_text_has(e.text, "No such file");
  assert_int_equal(create(&r, PM_BACKEND_FILE, in_folder("no/such/file"), 1, false), PM_E_REGION);
  assert_text_has(e.text, "no/such/file");
  assert_int_equal(attach(&r, folder), PM_E_REGION);
  assert_int_equal(files_in_folder(), 0);
}

static void pipe_or_device(void **state) {
  (void)state;
  struct pm_region r;
  char *path = in_folder("pipe");
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_int_equal(create(&r, PM_BACKEND_FILE, path, 1, true), PM_E_REGION);
  assert_int_equal(attach(&r, path), PM_E_REGION);
  assert_int_equal(files_in_folder(), 1);
}

static void too_little_space(void **state) {
  (void)state;
  struct pm_region r;
  assert_int_equal(create(&r, PM_BACKEND_FILE, in_folder("a"), UINT64_C(1) << 50, false), PM_E_MACHINE);
  assert_text_has(e.text, "is free there");
  assert_int_equal(files_in_folder(), 0);
  assert_int_equal(create(&r, PM_BACKEND_FILE, folder, UINT64_C(1) << 50, false), PM_E_MACHINE);
  assert_int_equal(files_in_folder(), 0);
  char *path = sealed("b", PM_REGION_FINISHED);
  struct content before = content_of(path);
  assert_int_equal(create(&r, PM_BACKEND_FILE, path, UINT64_C(1) << 50, true), PM_E_MACHINE);
  is_unchanged(path, &before);
}

static int create_limited(struct pm_region *r, const char *path) {
  struct rlimit old, small = {.rlim_cur = 65536};
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  small.rlim_max = old.rlim_max;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  int error = create(r, PM_BACKEND_FILE, path, 1 << 20, false);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  return error;
}

static void file_too_large(void **state) {
  (void)state;
  struct pm_region r;
  assert_true(create_limited(&r, in_folder("a")) < 0);
  assert_text_has(e.text, in_folder("a"));
  assert_int_equal(files_in_folder(), 0);
}

/* Granularity that the file system does not grant: known only after the file was mapped. */
static void not_granted(void **state) {
  (void)state;
  struct pm_region r;
  assert_int_equal(create(&r, PM_BACKEND_DAX, in_folder("a"), 1000, false), PM_E_MACHINE);
  assert_text_has(e.text, "DAX");
  assert_int_equal(files_in_folder(), 0);
}

static void failure_keeps_a_finished_region(void **state) {
  (void)state;
  struct pm_region r;
  char *path = sealed("a", PM_REGION_FINISHED);
  struct content before = content_of(path);
  assert_int_equal(create(&r, PM_BACKEND_DAX, path, 1000, false), PM_E_MACHINE);
  is_unchanged(path, &before);
  before = content_of(path);
  assert_true(create_limited(&r, path) < 0);
  is_unchanged(path, &before);
}

static void backends(void **state) {
  (void)state;
  enum pm_backend backend;
  char path[4096], text[5000];
  static const struct { const char *text; enum pm_backend backend; const char *path; } good[] = {
      {"dram", PM_BACKEND_DRAM, ""}, {"dram:", PM_BACKEND_DRAM, ""}, {"file:/a/b", PM_BACKEND_FILE, "/a/b"},
      {"dax:x", PM_BACKEND_DAX, "x"}, {"emulated:/a:b", PM_BACKEND_EMULATED, "/a:b"}};
  for (unsigned i = 0; i < sizeof good / sizeof *good; i++) {
    assert_int_equal(pm_backend_parse(good[i].text, &backend, path, NULL), 0);
    assert_int_equal(backend, good[i].backend);
    assert_string_equal(path, good[i].path);
  }
  memset(text, 'a', sizeof text);
  memcpy(text, "file:", 5);
  text[sizeof text - 1] = 0;
  const char *const bad[] = {"", "nvme", "file", "file:", "dax", "dax:", "emulated", "emulated:", "DRAM", "dra", "dramm", ":x",
                             "file /x", text};
  for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
    e = (struct pm_error_line){0};
    if (pm_backend_parse(bad[i], &backend, path, &e) != PM_E_USAGE) fail_msg("backend %.20s is accepted", bad[i]);
    assert_text_has(e.text, "backend");
  }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(create_and_attach), TEST(two_mappings), TEST(mode), TEST(in_a_folder), TEST(finished_is_taken), TEST(ids_differ),
      TEST(other_files), TEST(truncated), TEST(unsealed), TEST(every_bit), TEST(impossible_fields), TEST(unfinished), TEST(in_use),
      TEST(in_use_by_a_dying_one), TEST(symbolic_link), TEST(missing), TEST(pipe_or_device), TEST(too_little_space),
      TEST(file_too_large), TEST(not_granted), TEST(failure_keeps_a_finished_region), TEST(backends)};
  return cmocka_run_group_tests_name("region", tests, NULL, NULL);
}
