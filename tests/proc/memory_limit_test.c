/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: the limit that leaves the least is found, wherever it stands on the way from a process's own control group up to the
 * root, in both versions, with and without namespaces; what the kernel can take back does not count as used, swap counts as
 * room; and what is not there, or cannot be understood, is no limit.
 */
#include "proc/memory_limit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "unit.h"

static char root[64];

static int make_root(void **state) {
  (void)state;
  snprintf(root, sizeof root, "/tmp/memory_limit_test-XXXXXX");
  return mkdtemp(root) ? 0 : -1;
}
static int remove_root(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", root);
  return system(command);
}

/* A file of the fake machine, with its directories. */
static void put(const char *path, const char *text) {
  char whole[4096];
  snprintf(whole, sizeof whole, "%s%s", root, path);
  for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
    *slash = 0;
    mkdir(whole, 0755);
  }
  FILE *f = fopen(whole, "we");
  assert_non_null(f);
  fputs(text, f);
  assert_int_equal(fclose(f), 0);
}

static void anew(void) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'/*", root);
  assert_int_equal(system(command), 0);
}

#define SECOND_MOUNT "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
#define FIRST_MOUNT "24 23 0:20 / /sys rw - sysfs sysfs rw\n36 31 0:33 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n" \
                    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
#define MEMINFO "MemTotal:       4194304 kB\nMemFree: 1 kB\nMemAvailable:    2097152 kB\nSwapTotal: 0 kB\nSwapFree:  0 kB\n"
enum { KIB = 1024, MIB = 1 << 20 };

static void tightest_is(const char *file, uint64_t bytes, uint64_t left) {
  struct pm_memory_limit limit;
  pm_memory_limit_read(root, &limit);
  assert_string_equal(limit.file, file);
  if (!*file) return;
  assert_int_equal(limit.bytes, bytes);
  assert_int_equal(limit.left_bytes, left);
}

static void nothing_to_read(void **state) {
  (void)state;
  anew();
  tightest_is("", 0, 0);
  put("/proc/self/cgroup", "garbage\n:::\n\n0\n");
  put("/proc/self/mountinfo", "garbage - \n- - -\n");
  put("/proc/meminfo", "");
  tightest_is("", 0, 0);
  put("/proc/self/cgroup", "0::/a\n");
  put("/proc/self/mountinfo", SECOND_MOUNT);
  tightest_is("", 0, 0);
  put("/sys/fs/cgroup/a/memory.max", "64 elephants");                /* a limit without a usage */
  tightest_is("", 0, 0);
  put("/sys/fs/cgroup/a/memory.max", "max\n");
  put("/sys/fs/cgroup/a/memory.current", "5\n");
  tightest_is("", 0, 0);
  put("/sys/fs/cgroup/a/memory.max", "99999999999999999999999999\n");
  tightest_is("", 0, 0);
}

static void the_machine(void **state) {
  (void)state;
  anew();
  put("/proc/meminfo", MEMINFO);
  tightest_is("/proc/meminfo", 4096ul * MIB, 2048ul * MIB);
  put("/proc/meminfo", "MemTotal: 4194304 kB\nMemAvailable: 1024 kB\nSwapFree: 2048 kB\n");
  tightest_is("/proc/meminfo", 4096ul * MIB, 3 * MIB);
}

static void second_version(void **state) {
  (void)state;
  anew();
  put("/proc/meminfo", MEMINFO);
  put("/proc/self/cgroup", "0::/slice/job/step\n");
  put("/proc/self/mountinfo", SECOND_MOUNT);
  put("/sys/fs/cgroup/slice/job/step/memory.max", "max\n");
  put("/sys/fs/cgroup/slice/job/step/memory.current", "1048576\n");
  put("/sys/fs/cgroup/slice/job/memory.max", "104857600\n");
  put("/sys/fs/cgroup/slice/job/memory.current", "52428800\n");
  tightest_is("/sys/fs/cgroup/slice/job/memory.max", 100 * MIB, 50 * MIB);
  /* The page cache and what the kernel can shrink come back; shared memory, which `file` counts too, does not. */
  put("/sys/fs/cgroup/slice/job/memory.stat", "anon 1\nfile 41943040\nactive_file 10485760\ninactive_file 10485760\nslab_reclaimable 1048576\n"
                                              "inactive_file_more 99999999\n");
  tightest_is("/sys/fs/cgroup/slice/job/memory.max", 100 * MIB, 71 * MIB);
  put("/sys/fs/cgroup/slice/job/memory.high", "83886080\n");         /* from here on it would only crawl */
  tightest_is("/sys/fs/cgroup/slice/job/memory.high", 80 * MIB, 51 * MIB);
  put("/sys/fs/cgroup/slice/memory.max", "62914560\n");              /* further up and tighter */
  put("/sys/fs/cgroup/slice/memory.current", "52428800\n");
  tightest_is("/sys/fs/cgroup/slice/memory.max", 60 * MIB, 10 * MIB);
  put("/sys/fs/cgroup/slice/memory.current", "99999999\n");          /* already above it */
  tightest_is("/sys/fs/cgroup/slice/memory.max", 60 * MIB, 0);
  put("/proc/meminfo", "MemTotal: 4194304 kB\nMemAvailable: 4194304 kB\nSwapFree: 30720 kB\n");
  tightest_is("/sys/fs/cgroup/slice/memory.max", 60 * MIB, 30 * MIB);
  put("/sys/fs/cgroup/slice/memory.swap.max", "20971520\n");
  put("/sys/fs/cgroup/slice/memory.swap.current", "10485760\n");
  tightest_is("/sys/fs/cgroup/slice/memory.max", 60 * MIB, 10 * MIB);
  put("/sys/fs/cgroup/slice/memory.swap.max", "0\n");
  tightest_is("/sys/fs/cgroup/slice/memory.max", 60 * MIB, 0);
}

static void first_version(void **state) {
  (void)state;
  anew();
  put("/proc/meminfo", MEMINFO);
  put("/proc/self/cgroup", "12:cpu,cpuacct:/elsewhere\n5:hugetlb,memory:/slurm/job_1\n3:name=systemd:/x\n0::/\n");
  put("/proc/self/mountinfo", FIRST_MOUNT);
  put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "123456789\n");
  tightest_is("/proc/meminfo", 4096ul * MIB, 2048ul * MIB);
  put("/sys/fs/cgroup/memory/slurm/job_1/memory.limit_in_bytes", "67108864\n");
  put("/sys/fs/cgroup/memory/slurm/job_1/memory.usage_in_bytes", "33554432\n");
  put("/sys/fs/cgroup/memory/slurm/job_1/memory.stat", "inactive_file 1\ntotal_inactive_file 1048576\ntotal_active_file 1048576\n");
  tightest_is("/sys/fs/cgroup/memory/slurm/job_1/memory.limit_in_bytes", 64 * MIB, 34 * MIB);
  put("/proc/meminfo", "MemTotal: 4194304 kB\nMemAvailable: 4194304 kB\nSwapFree: 1048576 kB\n");
  tightest_is("/sys/fs/cgroup/memory/slurm/job_1/memory.limit_in_bytes", 64 * MIB, 1058ul * MIB);
  put("/sys/fs/cgroup/memory/slurm/job_1/memory.memsw.limit_in_bytes", "68157440\n");      /* with swap: a mebibyte more */
  put("/sys/fs/cgroup/memory/slurm/job_1/memory.memsw.usage_in_bytes", "33554432\n");
  tightest_is("/sys/fs/cgroup/memory/slurm/job_1/memory.limit_in_bytes", 64 * MIB, 35 * MIB);
  put("/sys/fs/cgroup/memory/slurm/memory.limit_in_bytes", "33554432\n");
  put("/sys/fs/cgroup/memory/slurm/memory.usage_in_bytes", "33554432\n");
  put("/sys/fs/cgroup/memory/slurm/memory.memsw.limit_in_bytes", "33554432\n");
  put("/sys/fs/cgroup/memory/slurm/memory.memsw.usage_in_bytes", "33554432\n");
  tightest_is("/sys/fs/cgroup/memory/slurm/memory.limit_in_bytes", 32 * MIB, 0);
}

static void containers(void **state) {
  (void)state;
  anew();
  /* Without a namespace: the path is the host's, and what is mounted is the container's own part. */
  put("/proc/self/cgroup", "4:memory:/docker/0123\n");
  put("/proc/self/mountinfo", "35 31 0:32 /docker/0123 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
  put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "67108864\n");
  put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "0\n");
  tightest_is("/sys/fs/cgroup/memory/memory.limit_in_bytes", 64 * MIB, 64 * MIB);
  /* A group below it. */
  put("/proc/self/cgroup", "4:memory:/docker/0123/inner\n");
  put("/sys/fs/cgroup/memory/inner/memory.limit_in_bytes", "33554432\n");
  put("/sys/fs/cgroup/memory/inner/memory.usage_in_bytes", "0\n");
  tightest_is("/sys/fs/cgroup/memory/inner/memory.limit_in_bytes", 32 * MIB, 32 * MIB);
  /* A name that only begins like the part that is mounted. */
  put("/proc/self/cgroup", "4:memory:/docker/01234/inner\n");
  tightest_is("/sys/fs/cgroup/memory/memory.limit_in_bytes", 64 * MIB, 64 * MIB);
  /* A namespace: the path begins at its root, or above it where the mount is of another one. */
  anew();
  put("/proc/self/cgroup", "0::/\n");
  put("/proc/self/mountinfo", SECOND_MOUNT);
  put("/sys/fs/cgroup/memory.max", "67108864\n");
  put("/sys/fs/cgroup/memory.current", "0\n");
  tightest_is("/sys/fs/cgroup/memory.max", 64 * MIB, 64 * MIB);
  put("/proc/self/cgroup", "0::/../../other\n");
  tightest_is("/sys/fs/cgroup/memory.max", 64 * MIB, 64 * MIB);
  /* Both versions at once, the controller with the first; a blank in the name of the place. */
  anew();
  put("/proc/self/cgroup", "4:memory:/a\n0::/b\n");
  put("/proc/self/mountinfo", "41 31 0:38 / /mnt/two rw - cgroup2 none rw\n35 31 0:32 / /mnt/one\\040memory rw - cgroup none rw,memory\n");
  put("/mnt/one memory/a/memory.limit_in_bytes", "67108864\n");
  put("/mnt/one memory/a/memory.usage_in_bytes", "4096\n");
  put("/mnt/two/b/cgroup.procs", "");
  tightest_is("/mnt/one memory/a/memory.limit_in_bytes", 64 * MIB, 64 * MIB - 4 * KIB);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_to_read), cmocka_unit_test(the_machine), cmocka_unit_test(second_version),
                                     cmocka_unit_test(first_version), cmocka_unit_test(containers)};
  return cmocka_run_group_tests_name("memory_limit", tests, make_root, remove_root);
}
