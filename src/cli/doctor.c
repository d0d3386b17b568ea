/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `pmbench doctor`: what this machine can do, what a path grants, and what to change. */
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/say.h"
#include "proc/run.h"
#include "results/machine.h"
#include "workload.h"

enum { CLOCK_CALLS = 100000 };

/* ---- the machine
 * ----------------------------------------------------------------------------------- */

static uint64_t clock_cost_ns(void) {
  uint64_t begin = pm_clock_ns(), last = begin;
  for (int i = 0; i < CLOCK_CALLS; i++) last = pm_clock_ns();
  return (last - begin + CLOCK_CALLS / 2) / CLOCK_CALLS;
}

/* As a worker does it. */
static bool can_pin(void) {
  struct pm_pin pin;
  cpu_set_t before;
  if (pm_pin_open(&pin, NULL, 1, NULL)) return false;
  bool known = !sched_getaffinity(0, sizeof before, &before);
  bool refused = pm_pin_bind(&pin, 0);
  if (known) sched_setaffinity(0, sizeof before, &before);
  pm_pin_close(&pin);
  return !refused;
}

static const char *word(const json_t *machine, const char *name) {
  const char *text = json_string_value(json_object_get(machine, name));
  return text ? text : "unknown";
}

static void print_machine(void) {
  json_t *machine = machine_describe(), *smt = json_object_get(machine, "smt"), *cache;
  char bytes[SAY_TEXT_MAX];
  size_t i;
  const char *governor = json_string_value(json_object_get(machine, "governor"));
  printf("machine     %s, %s\n", word(machine, "host"), word(machine, "cpu"));
  printf("kernel      %s\n", word(machine, "kernel"));
  printf("cores       %d, threads %d, NUMA nodes %d, memory %s\n",
         (int)json_integer_value(json_object_get(machine, "cores")),
         (int)json_integer_value(json_object_get(machine, "threads")),
         (int)json_integer_value(json_object_get(machine, "numa_nodes")),
         say_bytes((uint64_t)json_integer_value(json_object_get(machine, "memory_bytes")), bytes));
  json_array_foreach(json_object_get(machine, "caches"), i, cache)
    printf("cache       %s: %s, shared by %d threads\n", word(cache, "name"),
           say_bytes((uint64_t)json_integer_value(json_object_get(cache, "bytes")), bytes),
           (int)json_integer_value(json_object_get(cache, "shared_by")));
  printf("threads     two a core: %s\n", json_is_true(smt)    ? "yes (times vary less with it off)"
                                         : json_is_false(smt) ? "no"
                                                              : "unknown");
  printf("governor    %s%s\n", governor ? governor : "unknown",
         governor && strcmp(governor, "performance") ? " (times vary less with `performance`)"
                                                     : "");
  printf("clock       %s, %" PRIu64 " ns a call\n", word(machine, "clock"), clock_cost_ns());
  printf("pinning     %s\n",
         can_pin() ? "allowed" : "refused here (a container may forbid it); use --pin none");
  json_decref(machine);
}

/* ---- a path
 * ---------------------------------------------------------------------------------------- */

static void print_granularity(const char *path, enum pm_persist granted) {
  switch (granted) {
  case PM_PERSIST_BYTE:
    printf("granularity byte: stores are durable once visible (eADR); use --backend dax:%s\n", path);
    return;
  case PM_PERSIST_LINE:
    printf("granularity cache line; use --backend dax:%s\n", path);
    return;
  default:
    printf("granularity page: durable by msync only; use --backend file:%s\n", path);
    printf("            for cache lines: a DAX file system on persistent memory (mount -o dax), or "
           "a device-DAX;\n"
           "            for what they would cost: --backend emulated:%s\n",
           path);
  }
}

static void print_place(const char *path, bool device, const char *fs) {
  struct statvfs v;
  char space[SAY_TEXT_MAX];
  printf("path        %s on %s", path, fs);
  if (!device && !statvfs(path, &v)) {
    uint64_t block = v.f_frsize ? v.f_frsize : v.f_bsize;
    if (v.f_blocks) printf(", %s free", say_bytes((uint64_t)v.f_bavail * block, space));
    else printf(", which does not say how much is free");
  }
  putchar('\n');
}

/* A whole run, which ends in some milliseconds: whatever a run finds wrong here, this finds. */
static int try_run(const struct pm_options *options) {
  struct pm_report r;
  int code = pm_run(workload_fib.program, options, NULL, &r);
  for (unsigned i = 0; i < r.warning_count; i++) say_warning("%s", r.warnings[i]);
  if (code) say_error("%s", r.error_text);
  else printf("a run       is right there: %u worker%s, a commit at every beat\n", r.procs, r.procs == 1 ? "" : "s");
  pm_report_free(&r);
  return code;
}

/* What `run` does there, by the same calls: a file that exists is looked at as one that would be overwritten, and never is. */
static int print_path(const char *backend, const char *path) {
  _Alignas(64) unsigned char args[PM_PROGRAM_ARGS_MAX] = {0};
  const char *const small[] = {"10"};
  char error[PM_TEXT_MAX] = "", text[PATH_MAX + 16];
  struct pm_region tried;
  struct stat s;
  bool there = !stat(path, &s), device = there && S_ISCHR(s.st_mode);
  workload_fib.defaults(args, 1);
  if (workload_fib.set(args, "n", small, error) || workload_fib.ready(args, error)) return EXIT_INTERNAL;
  snprintf(text, sizeof text, "%s:%s", device ? "dax" : "file", path);
  struct pm_options options = {.backend = backend ? backend : text, .args = args, .seed = 1};
  int code = pm_run_check_place(workload_fib.program, &options, &tried, error);
  if (!code) print_place(path, device, tried.fs);
  if (code) say_error("%s", error);
  else if (!there || S_ISDIR(s.st_mode)) code = try_run(&options);
  else printf("a run       may take it: it would be overwritten\n");
  if (!code) print_granularity(path, tried.granted);
  return exit_code_of(code);
}

int command_doctor(int argc, char **argv) {
  if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
    puts("Usage: pmbench doctor [PATH...]\n\n"
         "Says what this machine can do; of each PATH (/dev/shm if none is named): its file "
         "system, whether a run can\n"
         "have its region there (a small one is made, by all that `pmbench run` does), the granularity that\n"
         "libpmem2 grants, and what to change. A file that exists is not changed.");
    return EXIT_RIGHT;
  }
  for (int i = 1; i < argc; i++)
    if (argv[i][0] == '-') {
      say_error("%s: not an option of `pmbench doctor`; --help lists them", argv[i]);
      return EXIT_USAGE;
    }
  print_machine();
  enum exit_code code = EXIT_RIGHT;
  if (argc == 1) return print_path("dram", "/dev/shm");
  for (int i = 1; i < argc; i++) code = exit_code_worse(code, (enum exit_code)print_path(NULL, argv[i]));
  return (int)code;
}
