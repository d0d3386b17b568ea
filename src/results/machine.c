/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/machine.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <gsl/gsl_version.h>
#include <hwloc.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <yaml.h>

#include "pmrun.h"
#include "results/jsonl.h"
#include "results/text_file.h"
#include "version.h"

enum { FILE_SYSTEMS_MAX = 32 };

static void put(json_t *object, const char *name, json_t *value) {
  json_object_set_new(object, name, value);
}

static json_t *text(const char *value) {
  json_t *string = value && *value ? json_string(value) : NULL;
  return string ? string : json_null();
}

/* The first line of a small file of /sys or /proc; null where there is none. */
static json_t *line_of(const char *path) {
  char line[256] = "";
  FILE *file = fopen(path, "re");
  if (file && fgets(line, sizeof line, file)) line[strcspn(line, "\n")] = 0;
  if (file) fclose(file);
  return text(line);
}

static json_t *cpu_model(void) {
  char line[512];
  json_t *model = NULL;
  FILE *file = fopen("/proc/cpuinfo", "re");
  while (file && !model && fgets(line, sizeof line, file)) {
    char *value = strchr(line, ':');
    if (strncmp(line, "model name", 10) || !value) continue;
    line[strcspn(line, "\n")] = 0;
    model = text(value + 1 + strspn(value + 1, " "));
  }
  if (file) fclose(file);
  return model ? model : json_null();
}

static json_t *smt(void) {
  json_t *line = line_of("/sys/devices/system/cpu/smt/active");
  const char *value = json_string_value(line);
  json_t *on = value ? json_boolean(value[0] == '1') : json_null();
  json_decref(line);
  return on;
}

/* One row a level and kind of cache: how large, how many threads share one. */
static json_t *caches(hwloc_topology_t topology) {
  static const hwloc_obj_type_t types[] = {HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L3CACHE,
                                           HWLOC_OBJ_L4CACHE};
  json_t *array = json_array();
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    hwloc_obj_t cache = hwloc_get_obj_by_type(topology, types[i], 0);
    if (!cache) continue;
    json_t *row = json_object();
    put(row, "name", text(hwloc_obj_type_string(types[i])));
    put(row, "bytes", json_integer((json_int_t)cache->attr->cache.size));
    put(row, "line_bytes", json_integer(cache->attr->cache.linesize));
    put(row, "shared_by", json_integer(hwloc_bitmap_weight(cache->cpuset)));
    put(row, "count", json_integer(hwloc_get_nbobjs_by_type(topology, types[i])));
    json_array_append_new(array, row);
  }
  return array;
}

static void put_topology(json_t *object) {
  static const char *const names[] = {"threads", "cores", "numa_nodes", "caches", "memory_bytes"};
  hwloc_topology_t topology;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) put(object, names[i], json_null());
  if (hwloc_topology_init(&topology)) return;
  if (!hwloc_topology_load(topology)) {
    put(object, "threads", json_integer(hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU)));
    put(object, "cores", json_integer(hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE)));
    put(object, "numa_nodes", json_integer(hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE)));
    put(object, "caches", caches(topology));
    put(object, "memory_bytes",
        json_integer((json_int_t)hwloc_get_root_obj(topology)->total_memory));
  }
  hwloc_topology_destroy(topology);
}

/* All that hwloc knows, for its own tools: lstopo -i machine.hwloc.xml. Where it knows nothing, there is no such file. */
static int keep_topology(const char *directory, char *error) {
  hwloc_topology_t topology;
  struct text_file whole;
  char *xml = NULL;
  int bytes = 0;
  if (hwloc_topology_init(&topology)) return 0;
  bool known = !hwloc_topology_load(topology) && !hwloc_topology_export_xmlbuffer(topology, &xml, &bytes, 0);
  int code = known ? text_file_begin(&whole, directory, "machine.hwloc.xml", error) : 0;
  if (known && !code) {
    fwrite(xml, 1, strlen(xml), whole.file);
    code = text_file_end(&whole, error);
  }
  if (xml) hwloc_free_xmlbuffer(topology, xml);
  hwloc_topology_destroy(topology);
  return code;
}

/* Those that regions may lie on: of disks, of memory that is shared, and whatever is mounted for direct access. */
static json_t *file_systems(void) {
  static const char *const kinds[] = {"ext4", "xfs", "btrfs", "overlay", "zfs", "f2fs", "ext2", "nfs", "nfs4", "virtiofs"};
  json_t *array = json_array();
  FILE *file = setmntent("/proc/self/mounts", "re");
  struct mntent *m;
  while (file && (m = getmntent(file))) {
    bool ours = !strcmp(m->mnt_dir, "/dev/shm") || hasmntopt(m, "dax");
    for (size_t i = 0; !ours && i < sizeof kinds / sizeof *kinds; i++) ours = !strcmp(m->mnt_type, kinds[i]);
    if (!ours || json_array_size(array) == FILE_SYSTEMS_MAX) continue;
    json_t *row = json_object();
    put(row, "mounted_at", text(m->mnt_dir));
    put(row, "type", text(m->mnt_type));
    put(row, "options", text(m->mnt_opts));
    json_array_append_new(array, row);
  }
  if (file) endmntent(file);
  return array;
}

static json_t *versions(void) {
  json_t *object = json_object();
  char hwloc[32];
  unsigned api = hwloc_get_api_version();
  snprintf(hwloc, sizeof hwloc, "%u.%u.%u", api >> 16, api >> 8 & 255, api & 255);
#ifdef PMBENCH_PMEM2_VERSION              /* the library itself does not tell */
  put(object, "libpmem2", text(PMBENCH_PMEM2_VERSION));
#else
  put(object, "libpmem2", json_null());
#endif
  put(object, "hwloc", text(hwloc));
  put(object, "jansson", text(jansson_version_str()));
  put(object, "gsl", text(gsl_version));
  put(object, "libyaml", text(yaml_get_version_string()));
  put(object, "glibc", text(gnu_get_libc_version()));
  return object;
}

json_t *machine_describe(void) {
  struct utsname u = {0};
  uname(&u);
  char kernel[sizeof u.sysname + sizeof u.release + sizeof u.version + sizeof u.machine];
  snprintf(kernel, sizeof kernel, "%s %s %s %s", u.sysname, u.release, u.version, u.machine);
  json_t *object = json_object();
  put(object, "schema", json_string("pmbench-machine-1"));
  put(object, "host", text(u.nodename));
  put(object, "kernel", text(kernel));
  put(object, "cpu", cpu_model());
  put(object, "governor", line_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
  put(object, "smt", smt());
  put(object, "clock", line_of("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
  put(object, "page_bytes", json_integer(sysconf(_SC_PAGESIZE)));
#ifdef __clang__
  put(object, "compiler", text("clang " __clang_version__));
#else
  put(object, "compiler", text("gcc " __VERSION__));
#endif
  put(object, "versions", versions());
  put(object, "version", json_string(PMBENCH_VERSION));
  put(object, "commit", json_string(PMBENCH_COMMIT));
  put(object, "build_type", json_string(PMBENCH_BUILD_TYPE));
  put_topology(object);
  put(object, "file_systems", file_systems());
  return object;
}

int machine_keep(const char *directory, char *warning, char *error) {
  static const char *const same[] = {"host", "cpu", "version", "commit", "build_type"};
  char path[4096];
  warning[0] = 0;
  if (snprintf(path, sizeof path, "%s/machine.json", directory) >= (int)sizeof path)
    return snprintf(error, PM_TEXT_MAX, "%.380s: %s", directory, strerror(ENAMETOOLONG)), -ENAMETOOLONG;
  json_t *here = machine_describe(), *there = json_load_file(path, 0, NULL);
  int code = json_is_object(there) ? 0 : keep_topology(directory, error);
  if (!code && !json_is_object(there)) code = json_replace(directory, "machine.json", here, error);
  for (size_t i = 0; json_is_object(there) && i < sizeof same / sizeof *same; i++) {
    if (json_equal(json_object_get(here, same[i]), json_object_get(there, same[i]))) continue;
    snprintf(warning, PM_TEXT_MAX,
             "%.300s: made on another machine or build (%s differs); use a directory for each",
             path, same[i]);
    break;
  }
  json_decref(here);
  json_decref(there);
  return code;
}
