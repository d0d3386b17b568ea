/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/region_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "pmrun.h"

int region_file_check(const char *path, char *error) {
  struct stat s;
  const char *what = !*path                ? "the region's name is empty"
                     : lstat(path, &s)       ? strerror(errno)
                     : S_ISLNK(s.st_mode)  ? "a symbolic link; name the file itself"
                     : S_ISDIR(s.st_mode)  ? "a directory; name the region's file in it"
                     : !S_ISREG(s.st_mode) && !S_ISCHR(s.st_mode) ? "neither a file nor a device-DAX"
                                                                  : NULL;
  if (!what) return 0;
  snprintf(error, PM_TEXT_MAX, "%.300s%s%s", path, *path ? ": " : "", what);
  return PM_E_REGION;
}
