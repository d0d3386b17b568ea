/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file without a name: whatever ends this process, nothing stays behind. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bench.h"
#include "pm/backend.h"

enum { PROBE_BYTES = 2 << 20 };

/* O_TMPFILE is not everywhere; a file that is removed at once is the next best. */
static int nameless(const char *directory) {
  int fd = open(directory, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return fd;
  char name[4200];
  snprintf(name, sizeof name, "%s/pmbench-bench-XXXXXX", directory);
  fd = mkostemp(name, O_CLOEXEC);
  if (fd >= 0) unlink(name);
  return fd;
}

static int refuse(struct bench *b, int code) {
  bool machine = code == EACCES || code == EPERM || code == EROFS || code == EOPNOTSUPP || code == ENOSPC;
  return pm_error_set(&b->error, machine ? PM_E_MACHINE : PM_E_USAGE, "--path %s: %s", b->options.path, strerror(code));
}

static int open_path(struct bench *b) {
  struct stat s;
  if (stat(b->options.path, &s)) {
    refuse(b, errno);
    return -1;
  }
  b->device = S_ISCHR(s.st_mode);
  if (!b->device && !S_ISDIR(s.st_mode)) {
    pm_error_set(&b->error, PM_E_USAGE, "--path %s: neither a directory nor a device-DAX; a benchmark makes a file of its own",
                 b->options.path);
    return -1;
  }
  int fd = b->device ? open(b->options.path, O_RDWR | O_CLOEXEC) : nameless(b->options.path);
  if (fd < 0) refuse(b, errno);
  return fd;
}

uint64_t bench_space(const struct bench *b) {
  struct statvfs v;
  return b->device || statvfs(b->options.path, &v) ? UINT64_MAX : (uint64_t)v.f_bavail * v.f_frsize;
}

/* What lies on a device is somebody's, unless it is zero. */
static int look_at_device(struct bench *b, const struct bench_place *p) {
  for (size_t i = 0; i < p->bytes && i < PM_PAGE; i++)
    if (p->base[i])
      return pm_error_set(&b->error, PM_E_REGION, "--path %s: something lies on this device, and a benchmark would overwrite it",
                          b->options.path);
  return 0;
}

int bench_place_open(struct bench *b, struct bench_place *p, size_t bytes) {
  bytes = (bytes + PROBE_BYTES - 1) & ~(size_t)(PROBE_BYTES - 1);
  *p = (struct bench_place){.region = {.fd = -1, .backend = PM_BACKEND_FILE, .bytes = bytes}, .bytes = bytes};
  snprintf(p->region.path, sizeof p->region.path, "%s", b->options.path);
  p->region.fd = open_path(b);
  if (p->region.fd < 0) return b->error.code;
  int code = b->device ? 0 : posix_fallocate(p->region.fd, 0, (off_t)bytes);
  if (code == ENOSPC || code == EDQUOT)
    code = pm_error_set(&b->error, PM_E_MACHINE, "--path %s: no room for %zu MiB; %llu MiB are left", b->options.path, bytes >> 20,
                        (unsigned long long)(bench_space(b) >> 20));
  else if (code) code = refuse(b, code);
  if (!code) code = pm_backend_map(&p->region, &b->error);
  if (code) goto err_fd;
  p->base = p->region.view.base;
  if (b->device && !b->ours) code = look_at_device(b, p);
  b->ours |= !code;
  if (code) goto err_map;
  pm_region_populate(&p->region);
  return 0;

err_map:
  pm_backend_unmap(&p->region);
err_fd:
  close(p->region.fd);
  p->region.fd = -1;
  return code;
}

void bench_place_close(struct bench_place *p) {
  if (p->region.fd < 0) return;
  struct stat s;
  if (!fstat(p->region.fd, &s) && S_ISCHR(s.st_mode)) memset(p->base, 0, p->bytes);
  pm_backend_unmap(&p->region);
  close(p->region.fd);
  p->region.fd = -1;
}

int bench_device_clear(struct bench *b) {
  struct bench_place p;
  int code = b->device ? bench_place_open(b, &p, PROBE_BYTES) : 0;
  if (b->device && !code) bench_place_close(&p);
  return code;
}

int bench_backends(const struct bench *b, struct bench_backend list[BENCH_BACKENDS]) {
  bool lines = strcmp(b->granularity, "page") != 0;
  const char *first = lines ? "dax" : !strcmp(b->fs, "tmpfs") ? "dram" : "file";
  const char *names[BENCH_BACKENDS] = {first, "emulated"};
  int n = lines ? 1 : BENCH_BACKENDS;     /* where cache lines are granted, nothing is to be emulated */
  for (int i = 0; i < n; i++) {
    list[i].name = names[i];
    list[i].forced = i > 0;
    snprintf(list[i].text, sizeof list[i].text, "%s:%s", names[i], b->options.path);
  }
  return n;
}

/* ---- a benchmark's beginning and end ------------------------------------------------------------------------------------ */

int bench_open(struct bench *b, const struct bench_options *options) {
  struct bench_place probe;
  *b = (struct bench){.options = *options, .cpu = bench_cpu_here()};
  int code = bench_place_open(b, &probe, PROBE_BYTES);
  if (code) return code;
  snprintf(b->fs, sizeof b->fs, "%s", b->device ? "device-dax" : probe.region.fs);
  snprintf(b->granularity, sizeof b->granularity, "%s", pm_granularity_names[probe.region.granted]);
  bench_place_close(&probe);
  code = pm_pin_open(&b->pin, "compact", BENCH_PROCS_MAX, &b->error);
  if (code) return code;
  b->cores = b->pin.cores;
  b->procs = options->procs ? options->procs : b->cores < BENCH_PROCS_MAX ? b->cores : BENCH_PROCS_MAX;
  bench_stay(b, true);
  b->clock_ns = bench_clock_cost_ns();
  bench_stay(b, false);
  b->about = json_object();
  return 0;
}

void bench_close(struct bench *b) {
  bench_device_clear(b);
  pm_pin_close(&b->pin);
  json_decref(b->about);
  free(b->rows);
}

int bench_run(struct bench *b, const struct bench_kind *kind) {
  b->kind = kind;
  int code = kind->run(b);
  return code ? code : bench_stopped(b) ? pm_error_set(&b->error, PM_E_INTERRUPTED, "interrupted") : 0;
}
