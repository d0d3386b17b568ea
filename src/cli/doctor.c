/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `pmbench doctor`: what this machine can do, what a path grants, and what to change. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <libpmem2.h>
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
#include "pm/backend.h"
#include "results/machine.h"

enum { PROBE_BYTES = 2 << 20, CLOCK_CALLS = 100000 };

/* ---- the machine
 * ----------------------------------------------------------------------------------- */

static uint64_t clock_cost_ns(void) {
  uint64_t begin = pm_clock_ns(), last = begin;
  for (int i = 0; i < CLOCK_CALLS; i++) last = pm_clock_ns();
  return (last - begin + CLOCK_CALLS / 2) / CLOCK_CALLS;
}

static bool can_pin(void) {
  cpu_set_t allowed;
  return !sched_getaffinity(0, sizeof allowed, &allowed) &&
         !sched_setaffinity(0, sizeof allowed, &allowed);
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

/* What libpmem2 grants unforced where page granularity is enough; -1 and its message if it maps
 * nothing. */
static int granted(int fd, bool device) {
  struct pmem2_config *config = NULL;
  struct pmem2_source *source = NULL;
  struct pmem2_map *map = NULL;
  int result = -1;
  if (!pmem2_config_new(&config) && !pmem2_source_from_fd(&source, fd) &&
      !pmem2_config_set_required_store_granularity(config, PMEM2_GRANULARITY_PAGE) &&
      (device || !pmem2_config_set_length(config, PROBE_BYTES)) &&
      !pmem2_map_new(&map, config, source))
    result = (int)pmem2_map_get_store_granularity(map);
  if (map) pmem2_map_delete(&map);
  if (source) pmem2_source_delete(&source);
  if (config) pmem2_config_delete(&config);
  return result;
}

static void print_granularity(const char *path, int granularity) {
  switch (granularity) {
  case PMEM2_GRANULARITY_BYTE:
    printf("granularity byte: stores are durable once visible (eADR); use --backend dax:%s\n",
           path);
    return;
  case PMEM2_GRANULARITY_CACHE_LINE:
    printf("granularity cache line; use --backend dax:%s\n", path);
    return;
  case PMEM2_GRANULARITY_PAGE:
    printf("granularity page: durable by msync only; use --backend file:%s\n", path);
    printf("            for cache lines: a DAX file system on persistent memory (mount -o dax), or "
           "a device-DAX;\n"
           "            for what they would cost: --backend emulated:%s\n",
           path);
    return;
  default: printf("granularity none: %s\n", pmem2_errormsg());
  }
}

static int print_path(const char *path) {
  struct stat s;
  struct statvfs v;
  char name[32], space[SAY_TEXT_MAX];
  if (stat(path, &s)) {
    say_error("%s: %s; name a directory, a file or a device-DAX", path, strerror(errno));
    return EXIT_USAGE;
  }
  bool directory = S_ISDIR(s.st_mode), device = S_ISCHR(s.st_mode);
  int fd = open(path, directory ? O_RDWR | O_TMPFILE | O_CLOEXEC : O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) {
    say_error("%s: %s", path, strerror(errno));
    return errno == EACCES || errno == EROFS || errno == EOPNOTSUPP ? EXIT_MACHINE : EXIT_USAGE;
  }
  pm_backend_fs(fd, name, sizeof name);
  printf("path        %s on %s", path, name);
  if (!device && !statvfs(path, &v))
    printf(", %s free", say_bytes((uint64_t)v.f_bavail * v.f_frsize, space));
  putchar('\n');
  int granularity = -1;
  if (directory && ftruncate(fd, PROBE_BYTES)) say_error("%s: %s", path, strerror(errno));
  else if (!directory && !device && s.st_size < PROBE_BYTES)
    say_warning("%s: too short to be mapped; name its directory", path);
  else granularity = granted(fd, device);
  if (granularity >= 0 || device || directory) print_granularity(path, granularity);
  close(fd);
  return granularity < 0 ? EXIT_MACHINE : EXIT_RIGHT;
}

int command_doctor(int argc, char **argv) {
  if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
    puts("Usage: pmbench doctor [PATH...]\n\n"
         "Says what this machine can do; of each PATH (/dev/shm if none is named): its file "
         "system, the granularity\n"
         "that libpmem2 grants there, and what to change.");
    return EXIT_RIGHT;
  }
  for (int i = 1; i < argc; i++)
    if (argv[i][0] == '-') {
      say_error("%s: not an option of `pmbench doctor`; --help lists them", argv[i]);
      return EXIT_USAGE;
    }
  print_machine();
  enum exit_code code = EXIT_RIGHT;
  if (argc == 1) return print_path("/dev/shm");
  for (int i = 1; i < argc; i++) code = exit_code_worse(code, (enum exit_code)print_path(argv[i]));
  return (int)code;
}
