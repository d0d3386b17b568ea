/* SPDX-License-Identifier: BSD-3-Clause */
#include "path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "workload.h"

int path_absolute(const char *path, char *absolute, size_t bytes, char *error) {
  char here[4096] = "";
  int code = path[0] == '/' || getcwd(here, sizeof here) ? 0 : errno;
  if (!path[0]) code = ENOENT;
  if (!code && snprintf(absolute, bytes, "%s%s%s", here, here[0] ? "/" : "", path) >= (int)bytes) code = ENAMETOOLONG;
  if (!code) return 0;
  snprintf(error, PM_TEXT_MAX, "%.380s: %s", path, strerror(code));
  return -1;
}
