/* SPDX-License-Identifier: BSD-3-Clause */
#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "workload.h"

enum { BYTES = 4096 };

const char *path_directory(const char *path, char *directory, size_t bytes) {
  snprintf(directory, bytes, "%s", path);
  char *slash = strrchr(directory, '/');
  if (slash) slash[slash == directory] = 0;
  else snprintf(directory, bytes, ".");
  return directory;
}

bool path_same(const char *a, const char *b) {
  struct stat s, t;
  bool there = !stat(a, &s);
  if (there != !stat(b, &t)) return false;
  if (there) return s.st_dev == t.st_dev && s.st_ino == t.st_ino;
  char of_a[BYTES], of_b[BYTES];
  const char *name_a = strrchr(a, '/'), *name_b = strrchr(b, '/');
  if (strcmp(name_a ? name_a + 1 : a, name_b ? name_b + 1 : b)) return false;
  return path_same(path_directory(a, of_a, sizeof of_a), path_directory(b, of_b, sizeof of_b));
}

int path_apart(const char *output, const char *input, char *error) {
  if (!output[0] || !input[0] || !path_same(output, input)) return 0;
  snprintf(error, PM_TEXT_MAX, "--output %.380s: that is the input, which is never changed; give another file", output);
  return -1;
}

int path_absolute(const char *path, char *absolute, size_t bytes, char *error) {
  char here[BYTES] = "";
  int code = path[0] == '/' || getcwd(here, sizeof here) ? 0 : errno;
  if (!code && snprintf(absolute, bytes, "%s%s%s", here, here[0] ? "/" : "", path) >= (int)bytes) code = ENAMETOOLONG;
  if (path[0] && !code) return 0;
  if (path[0]) snprintf(error, PM_TEXT_MAX, "%.380s: %s", path, strerror(code));
  else snprintf(error, PM_TEXT_MAX, "--input, --output: its value is empty");
  return -1;
}

int path_input(const char *given, char *absolute, size_t bytes, char *error) {
  if (strcmp(given, "-")) return path_absolute(given, absolute, bytes, error);
  snprintf(error, PM_TEXT_MAX, "--input -: an input is a file, which is read more than once; name one (./- is a file of that name)");
  return -1;
}

FILE *path_open(const char *path, char *error) {
  struct stat s;
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);       /* a pipe would wait for its writer */
  bool regular = fd >= 0 && !fstat(fd, &s) && S_ISREG(s.st_mode);
  FILE *file = regular ? fdopen(fd, "r") : NULL;
  if (file) return file;
  snprintf(error, PM_TEXT_MAX, "%.380s: %s", path, fd >= 0 && !regular ? "not a regular file" : strerror(errno));
  if (fd >= 0) close(fd);
  return NULL;
}
