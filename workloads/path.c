/* SPDX-License-Identifier: BSD-3-Clause */
#include "path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "workload.h"

int path_writable(const char *option, const char *path, char *error) {
  char directory[4096];
  struct stat s;
  snprintf(directory, sizeof directory, "%s", path);
  char *slash = strrchr(directory, '/');
  if (slash) slash[slash == directory] = 0;
  int code = access(slash ? directory : ".", W_OK | X_OK) ? errno : 0;
  if (!code && !stat(path, &s) && !S_ISREG(s.st_mode)) code = S_ISDIR(s.st_mode) ? EISDIR : EINVAL;
  if (!code) return 0;
  snprintf(error, PM_TEXT_MAX, "--%s %.380s: cannot be written: %s", option, path, strerror(code));
  return -1;
}

int path_absolute(const char *path, char *absolute, size_t bytes, char *error) {
  char here[4096] = "";
  int code = path[0] == '/' || getcwd(here, sizeof here) ? 0 : errno;
  if (!path[0]) code = ENOENT;
  if (!code && snprintf(absolute, bytes, "%s%s%s", here, here[0] ? "/" : "", path) >= (int)bytes) code = ENAMETOOLONG;
  if (!code) return 0;
  snprintf(error, PM_TEXT_MAX, "%.380s: %s", path, strerror(code));
  return -1;
}
