/* SPDX-License-Identifier: BSD-3-Clause */
#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "file_whole.h"
#include "path.h"
#include "workload.h"

enum { BYTES = 4096, LINKS_MAX = 40 };

static int refuse(const char *path, const char *what, char *error) {
  snprintf(error, PM_TEXT_MAX, "--output %.300s: cannot be written: %.180s", path, what);
  return -1;
}

int output_file_name(const char *given, char *absolute, size_t bytes, char *error) {
  if (strcmp(given, "-")) return path_absolute(given, absolute, bytes, error);
  return refuse(given, "an output is a file, which appears whole or not at all; name one (./- is a file of that name)", error);
}

/* Links of /proc name what a process has open, and following them as text leads elsewhere, or nowhere. */
static bool is_of_proc(const char *path) {
  char directory[BYTES];
  struct statfs s;
  return !statfs(path_directory(path, directory, sizeof directory), &s) && s.f_type == PROC_SUPER_MAGIC;
}

/* One step: what the link says, from where it stands. Returns 0 or an errno. */
static int follow(char *path, size_t bytes) {
  char to[BYTES], directory[BYTES], whole[2 * BYTES + 2];
  ssize_t n = readlink(path, to, sizeof to - 1);
  if (n < 0) return errno;
  to[n] = 0;
  const char *from = path_directory(path, directory, sizeof directory);
  int used = to[0] == '/' ? snprintf(whole, sizeof whole, "%s", to) : snprintf(whole, sizeof whole, "%s/%s", from, to);
  if ((size_t)used >= bytes) return ENAMETOOLONG;
  memcpy(path, whole, (size_t)used + 1);
  return 0;
}

/* Why the file that is there cannot be replaced by another; NULL: it can. */
static const char *irreplaceable(const char *path, const struct stat *s) {
  char directory[BYTES];
  struct stat of_directory;
  struct statx x;
  if (S_ISDIR(s->st_mode)) return "it is a directory";
  if (!S_ISREG(s->st_mode)) return "it is not a regular file";
  for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
    struct stat own;
    if (!fstat(fd, &own) && own.st_dev == s->st_dev && own.st_ino == s->st_ino)
      return "standard output or error goes there, and would be lost";
  }
  if (!statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &x)) {
    uint64_t known = x.stx_attributes & x.stx_attributes_mask;
    if (known & STATX_ATTR_MOUNT_ROOT) return "it is a mount point, which cannot be replaced; name a file beside it";
    if (known & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) return "it is immutable or append-only (lsattr)";
  }
  bool sticky = !stat(path_directory(path, directory, sizeof directory), &of_directory) && of_directory.st_mode & S_ISVTX;
  uid_t me = geteuid();
  if (sticky && me && me != s->st_uid && me != of_directory.st_uid) return "it is another user's, in a directory with the sticky bit";
  return NULL;
}

int output_file_check(char *path, size_t room, uint64_t bytes, char *error) {
  struct stat s;
  const char *what = NULL;
  int code = 0;
  bool there = false;
  for (int i = 0; !code && !what; i++) {
    if (is_of_proc(path)) what = "it names what a process has open, or is a part of /proc; name a file";
    else if (!(there = !lstat(path, &s)) || !S_ISLNK(s.st_mode)) break;
    else code = i == LINKS_MAX ? ELOOP : follow(path, room);
  }
  if (!code && !what && there) what = irreplaceable(path, &s);
  if (code || what) return refuse(path, what ? what : strerror(code), error);
  char wrong[PM_TEXT_MAX];
  if (!file_whole_try(path, bytes, wrong)) return 0;
  snprintf(error, PM_TEXT_MAX, "--output %.500s", wrong);
  return -1;
}
