/* SPDX-License-Identifier: BSD-3-Clause */
#include "pm/source.h"

#include <errno.h>
#include <libpmem2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pm/region_layout.h"

int pm_source_measure(struct pm_source *s, int fd) {
  struct stat st;
  struct pmem2_source *source = NULL;
  size_t bytes = 0, alignment = 0;
  if (fstat(fd, &st)) return -errno;
  *s = (struct pm_source){.fd = fd, .device = S_ISCHR(st.st_mode), .bytes = (uint64_t)st.st_size, .alignment = PM_PAGE};
  if (S_ISREG(st.st_mode)) return 0;
  if (!s->device) return -ENODEV;
  int error = pmem2_source_from_fd(&source, fd);
  if (!error) error = pmem2_source_size(source, &bytes);
  if (!error) error = pmem2_source_alignment(source, &alignment);
  if (source) pmem2_source_delete(&source);
  if (error || !alignment || alignment % PM_PAGE) return -ENODEV;
  s->bytes = bytes;
  s->alignment = alignment;
  return 0;
}

uint64_t pm_source_reach(const struct pm_source *s, uint64_t bytes) {
  return (bytes + s->alignment - 1) / s->alignment * s->alignment;
}

static void *map(const struct pm_source *s, uint64_t from, uint64_t bytes) {
  void *base = mmap(NULL, pm_source_reach(s, bytes), PROT_READ, MAP_SHARED | MAP_NORESERVE, s->fd, (off_t)from);
  return base == MAP_FAILED ? NULL : base;
}

ssize_t pm_source_read(const struct pm_source *s, uint64_t from, void *to, uint64_t bytes) {
  if (!s->device) {
    ssize_t got = pread(s->fd, to, bytes, (off_t)from);
    return got < 0 ? -errno : got;
  }
  if (from >= s->bytes) return 0;
  if (bytes > s->bytes - from) bytes = s->bytes - from;
  uint64_t begin = from / s->alignment * s->alignment;
  const char *base = map(s, begin, from - begin + bytes);
  if (!base) return -errno;
  memcpy(to, base + (from - begin), bytes);
  pm_source_unview(s, base, from - begin + bytes);
  return (ssize_t)bytes;
}

void *pm_source_view(const struct pm_source *s, uint64_t bytes) { return map(s, 0, bytes); }

void pm_source_unview(const struct pm_source *s, const void *view, uint64_t bytes) {
  munmap((void *)(uintptr_t)view, pm_source_reach(s, bytes));
}

int pm_source_is_blank(const struct pm_source *s, uint64_t bytes) {
  if (bytes > s->bytes) bytes = s->bytes;
  if (!bytes) return 1;
  const char *base = map(s, 0, bytes);
  if (!base) return -errno;
  int blank = !base[0] && !memcmp(base, base + 1, bytes - 1);
  pm_source_unview(s, base, bytes);
  return blank;
}
