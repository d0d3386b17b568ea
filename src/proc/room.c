/* SPDX-License-Identifier: BSD-3-Clause */
#include "proc/room.h"

#include <errno.h>
#include <libgen.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/tunables.h"
#include "base/units.h"
#include "pm/backend.h"
#include "pm/space.h"
#include "proc/create.h"
#include "proc/memory_limit.h"

enum { PATH = 4096 };

/* ---- memory and address space ------------------------------------------------------------------------------------------------ */

static int check_memory(uint64_t need, bool region, struct pm_error_line *e) {
  struct pm_memory_limit limit;
  char all[PM_UNITS_TEXT_MAX], left[PM_UNITS_TEXT_MAX], needed[PM_UNITS_TEXT_MAX];
  pm_memory_limit_read("", &limit);
  if (!limit.file[0] || need <= limit.left_bytes) return 0;
  return pm_error_set(e, PM_E_MACHINE, "%.200s: %s of memory, of which %s is left, and this needs %s; raise it, use a smaller "
                      "problem%s", limit.file, pm_units_bytes_text(limit.bytes, all), pm_units_bytes_text(limit.left_bytes, left),
                      pm_units_bytes_text(need, needed), region ? ", or a region on a disk (--backend file:PATH)" : "");
}

/* What this process has: all of its address space, and the private and writable part of it. Without /proc: nothing. */
static void own_bytes(uint64_t *all, uint64_t *data) {
  unsigned long pages = 0, data_pages = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (file && fscanf(file, "%lu %*u %*u %*u %*u %lu", &pages, &data_pages) != 2) pages = data_pages = 0;
  if (file) fclose(file);
  *all = pages * (uint64_t)sysconf(_SC_PAGESIZE);
  *data = data_pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int check_limit(int which, uint64_t need, const char *what, const char *option, struct pm_error_line *e) {
  struct rlimit limit;
  char most[PM_UNITS_TEXT_MAX], needed[PM_UNITS_TEXT_MAX];
  if (getrlimit(which, &limit) || limit.rlim_cur == RLIM_INFINITY || need <= limit.rlim_cur) return 0;
  return pm_error_set(e, PM_E_MACHINE, "ulimit %s: %s of %s, and this needs %s; raise it (ulimit %s unlimited), or use a smaller problem",
                      option, pm_units_bytes_text(limit.rlim_cur, most), what, pm_units_bytes_text(need, needed), option);
}

/* One process that maps `shared` and takes `private` beside what it has. */
static int check_address_space(uint64_t shared, uint64_t private, struct pm_error_line *e) {
  uint64_t all, data;
  own_bytes(&all, &data);
  int error = check_limit(RLIMIT_AS, all + shared + private, "address space a process", "-v", e);
  return error ? error : check_limit(RLIMIT_DATA, data + private, "data a process", "-d", e);
}

int pm_room_check_private(uint64_t memory_bytes, uint64_t address_bytes, struct pm_error_line *e) {
  int error = check_address_space(0, memory_bytes + address_bytes, e);
  return error ? error : check_memory(memory_bytes, false, e);
}

/* ---- a run ------------------------------------------------------------------------------------------------------------------- */

/* Where a new region's blocks will be taken from: `place` names it, and `held` is what the file there has already. False: a
 * device, or a path that cannot be, which is told where the region is opened. */
static bool find_place(enum pm_backend backend, const char *path, char place[PATH], uint64_t *held) {
  struct stat s;
  char copy[PATH];
  snprintf(place, PATH, "%s", *path ? path : pm_backend_rows[backend].directory);
  *held = 0;
  if (!stat(place, &s)) {
    if (S_ISREG(s.st_mode)) *held = (uint64_t)s.st_blocks * 512;
    return S_ISREG(s.st_mode) || S_ISDIR(s.st_mode);
  }
  snprintf(copy, sizeof copy, "%s", place);
  snprintf(place, PATH, "%s", dirname(copy));
  return !stat(place, &s);
}

static bool is_memory(const char *place) {
  struct statfs s;
  return !statfs(place, &s) && (s.f_type == TMPFS_MAGIC || (unsigned long)s.f_type == RAMFS_MAGIC);
}

/* Beside the region. Every process has page tables of its own for all of it: eight bytes a page frame. */
static uint64_t processes_bytes(const struct pm_run *run, uint64_t region) {
  uint64_t more = run->options->way == PM_THREADS ? 0 : run->procs + 1;
  return (more + 1) * (region / PM_PAGE * 8) + more * pm_process_bytes;
}

/* A worker inherits the command's mapping of the region and makes one of its own; a thread shares everybody's. */
static int check_workers(struct pm_run *run, uint64_t region) {
  uint64_t stack = run->options->stack_bytes;
  uint64_t private = pm_cstack_bytes(stack ? stack : pm_stack_default_bytes) + run->program->address_bytes;
  if (run->options->way != PM_THREADS) return check_address_space(2 * region, private, &run->error);
  return check_address_space((run->procs + 1) * region, run->procs * (private + PM_THREAD_STACK_BYTES), &run->error);
}

/* Each worker's beats take a signal that may be pending: as many as there will be are made at once. */
static int check_timers(struct pm_run *run) {
  if (run->options->policy == PM_POLICY_NONE) return 0;
  timer_t timers[PM_SLOTS_MAX];
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = PM_SIGNAL_BEAT};
  unsigned made = 0;
  int error = 0;
  for (; !error && made < run->procs; made += !error)
    if (timer_create(CLOCK_MONOTONIC, &event, &timers[made])) error = errno;
  for (unsigned i = 0; i < made; i++) timer_delete(timers[i]);
  if (!error) return 0;
  return pm_error_set(&run->error, PM_E_MACHINE, "no timer for the beats of %u workers: %s; raise the limit of pending signals "
                      "(ulimit -i), or use fewer workers", run->procs, strerror(error));
}

int pm_room_check(struct pm_run *run) {
  const struct pm_options *o = run->options;
  struct pm_error_line *e = &run->error;
  enum pm_backend backend;
  char path[PATH], place[PATH];
  uint64_t bytes = pm_run_region_bytes(run), held;
  if (!bytes) return e->code;
  int error = pm_backend_parse(o->backend ? o->backend : "dram", &backend, path, e);
  if (!error && find_place(backend, path, place, &held)) {
    error = check_limit(RLIMIT_FSIZE, bytes, "a file", "-f", e);
    if (!error) error = pm_space_check(-1, place, bytes, held, e);
    bool memory = is_memory(place);
    uint64_t region = memory && bytes > held ? bytes - held : 0;
    if (!error) error = check_memory(region + processes_bytes(run, bytes), memory, e);
  }
  if (!error) error = check_workers(run, bytes);
  return error ? error : check_timers(run);
}
