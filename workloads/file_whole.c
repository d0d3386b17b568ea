/* SPDX-License-Identifier: BSD-3-Clause */
#include "file_whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "path.h"
#include "workload.h"

static int fail(const struct file_whole *f, int code, char *error) {
  snprintf(error, PM_TEXT_MAX, "%.380s: cannot be written: %s", f->path, strerror(code));
  return -1;
}

int file_whole_begin(struct file_whole *f, const char *path, char *error) {
  struct stat s;
  f->fd = -1;
  if (snprintf(f->path, sizeof f->path, "%s", path) >= (int)sizeof f->path) return fail(f, ENAMETOOLONG, error);
  bool old = !stat(path, &s);
  if (old && !S_ISREG(s.st_mode)) return fail(f, S_ISDIR(s.st_mode) ? EISDIR : EINVAL, error);
  snprintf(f->fresh, sizeof f->fresh, "%s.%d.part", f->path, (int)getpid());
  mode_t mode = old ? s.st_mode & 0777 : 0644;
  char directory[sizeof f->path];
  f->fd = open(path_directory(f->path, directory, sizeof directory), O_WRONLY | O_TMPFILE | O_CLOEXEC, mode);
  f->nameless = f->fd >= 0;
  if (!f->nameless) f->fd = open(f->fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
  return f->fd < 0 ? fail(f, errno, error) : 0;
}

int file_whole_write(struct file_whole *f, const void *data, size_t bytes, char *error) {
  for (const char *at = data; bytes;) {
    ssize_t done = write(f->fd, at, bytes);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return fail(f, errno, error);
    at += done;
    bytes -= (size_t)done;
  }
  return 0;
}

/* The new name is durable when the directory is. */
static int sync_directory(const char *path) {
  char directory[4096];
  int fd = open(path_directory(path, directory, sizeof directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC), code = 0;
  if (fd < 0) return errno;
  if (fsync(fd) && errno != EINVAL) code = errno;
  close(fd);
  return code;
}

/* A file without a name gets one, for the moment until it is renamed. */
static int give_name(struct file_whole *f) {
  char self[64];
  if (!f->nameless) return 0;
  snprintf(self, sizeof self, "/proc/self/fd/%d", f->fd);
  unlink(f->fresh);
  return linkat(AT_FDCWD, self, AT_FDCWD, f->fresh, AT_SYMLINK_FOLLOW) ? errno : 0;
}

int file_whole_end(struct file_whole *f, char *error) {
  int code = fsync(f->fd) && errno != EINVAL ? errno : 0;
  if (!code) code = give_name(f);
  if (close(f->fd) && !code) code = errno;
  f->fd = -1;
  if (!code && rename(f->fresh, f->path)) code = errno;
  if (code) unlink(f->fresh);
  else code = sync_directory(f->path);
  return code ? fail(f, code, error) : 0;
}

void file_whole_drop(struct file_whole *f) {
  if (f->fd < 0) return;
  close(f->fd);
  f->fd = -1;
  if (!f->nameless) unlink(f->fresh);
}
