/* SPDX-License-Identifier: BSD-3-Clause */
#include "pm/space.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/units.h"

int pm_space_check(int file, const char *path, uint64_t bytes, uint64_t held, struct pm_error_line *e) {
  struct statvfs v;
  if (file >= 0 ? fstatvfs(file, &v) : statvfs(path, &v)) return 0;
  uint64_t block = v.f_frsize ? v.f_frsize : v.f_bsize;
  if (!v.f_blocks || !block || bytes <= held || (bytes - held) / block <= v.f_bavail) return 0;
  char need[PM_UNITS_TEXT_MAX], left[PM_UNITS_TEXT_MAX];
  return pm_error_set(e, PM_E_MACHINE, "%.300s: this run needs %s and %s is free there; make it larger, name another place with "
                      "--backend file:PATH, or use a smaller problem", path, pm_units_bytes_text(bytes - held, need),
                      pm_units_bytes_text(v.f_bavail * block, left));
}

int pm_space_reserve(int file, const char *path, uint64_t bytes, struct pm_error_line *e) {
  int error;
  do error = posix_fallocate(file, 0, (off_t)bytes);
  while (error == EINTR);
  if (!error) return 0;
  char need[PM_UNITS_TEXT_MAX];
  return pm_error_set(e, PM_E_MACHINE, "%.300s: cannot reserve %s: %s", path, pm_units_bytes_text(bytes, need), strerror(error));
}
