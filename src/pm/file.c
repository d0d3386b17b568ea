/* SPDX-License-Identifier: BSD-3-Clause */
#include "pm/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/tunables.h"

static bool is_same(const struct stat *a, const struct stat *b) { return a->st_dev == b->st_dev && a->st_ino == b->st_ino; }
static int kind_of(const struct stat *s) {
  return S_ISREG(s->st_mode) || S_ISCHR(s->st_mode) ? 0 : S_ISLNK(s->st_mode) ? -ELOOP : S_ISDIR(s->st_mode) ? -EISDIR : -EINVAL;
}
static int self(int fd, char text[64]) { return snprintf(text, 64, "/proc/self/fd/%d", fd); }

int pm_file_directory(const char *path, char name[PM_FILE_NAME]) {
  char directory[PM_FILE_PATH];
  const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;
  size_t bytes = slash ? (size_t)(slash - path) : 0;
  if (bytes >= sizeof directory || strlen(last) >= PM_FILE_NAME) return -ENAMETOOLONG;
  struct stat s;
  if (!*last) return !*path ? -ENOENT : stat(path, &s) ? -errno : -EISDIR;
  memcpy(directory, path, bytes);
  directory[bytes] = 0;
  strcpy(name, last);
  const char *where = bytes ? directory : slash ? "/" : ".";
  int fd = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 && errno == EACCES) fd = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int pm_file_open(int directory, const char *name, int flags) {
  struct stat s;
  if (fstatat(directory, name, &s, AT_SYMLINK_NOFOLLOW)) return -errno;
  int error = kind_of(&s);                        /* opening a terminal, or a tape, does something to it */
  if (error) return error;
  int fd = openat(directory, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return -errno;
  error = fstat(fd, &s) ? -errno : kind_of(&s);
  if (!error) return fd;
  close(fd);
  return error;
}

const char *pm_file_text(int error) {
  return error == -ELOOP    ? "a symbolic link; name the file itself"
         : error == -EISDIR ? "a directory; name the region's file in it"
         : error == -EINVAL ? "neither a file nor a device-DAX"
         : error == -ESTALE ? "replaced or removed while it was in use"
                            : strerror(-error);
}

int pm_file_reopen(int held, int directory, const char *name) {
  char text[64];
  struct stat s, t;
  if (fstat(held, &s)) return -errno;
  self(held, text);
  for (int i = 0; i < 2; i++) {
    int fd = i ? openat(directory, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : open(text, O_RDWR | O_CLOEXEC);
    if (fd < 0) continue;
    if (!fstat(fd, &t) && is_same(&s, &t)) return fd;
    close(fd);
    errno = ESTALE;
  }
  return errno == ENOENT || errno == ELOOP ? -ESTALE : -errno;
}

bool pm_file_is(int directory, const char *name, int fd) {
  struct stat s, t;
  return !fstat(fd, &s) && !fstatat(directory, name, &t, AT_SYMLINK_NOFOLLOW) && is_same(&s, &t);
}

/* Between a look at a name and its removal another file can come under it. So the name is first changed to one that nobody
 * knows, looked at there, and only then removed; what was caught by mistake gets its name back. Where the file system cannot
 * rename without replacing, that moment remains. */
int pm_file_remove(int directory, const char *name, int fd) {
  char private[PM_FILE_NAME];
  uint64_t nonce;
  if (!pm_file_is(directory, name, fd)) return -ESTALE;
  if (getrandom(&nonce, sizeof nonce, 0) != sizeof nonce) nonce = pm_clock_ns();
  snprintf(private, sizeof private, "pmbench-%016llx" PM_FILE_REMOVED, (unsigned long long)nonce);
  if (renameat2(directory, name, directory, private, RENAME_NOREPLACE)) {
    if (errno == ENOENT) return -ESTALE;
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return -errno;
    return unlinkat(directory, name, 0) ? -errno : 0;
  }
  if (pm_file_is(directory, private, fd)) return unlinkat(directory, private, 0) ? -errno : 0;
  return renameat2(directory, private, directory, name, RENAME_NOREPLACE) ? -errno : -ESTALE;
}

bool pm_file_where(int fd, char path[PM_FILE_PATH]) {
  char text[64];
  struct stat s, t;
  self(fd, text);
  ssize_t bytes = readlink(text, path, PM_FILE_PATH - 1);
  if (bytes <= 0 || bytes == PM_FILE_PATH - 1) return false;
  path[bytes] = 0;
  return !fstat(fd, &s) && !lstat(path, &t) && is_same(&s, &t);
}

int pm_file_lock(int fd, int lock) {
  uint64_t until = pm_clock_ns() + pm_exit_wait_ns;
  while (flock(fd, lock | LOCK_NB)) {
    int error = errno;
    if ((error != EWOULDBLOCK && error != EINTR) || pm_clock_ns() > until) return -error;
    struct timespec t = pm_clock_span(pm_exit_look_ns);
    nanosleep(&t, NULL);
  }
  return 0;
}

int pm_file_sync(int fd) { return fsync(fd) && errno != EINVAL && errno != EBADF && errno != ENOTSUP && errno != EROFS ? -errno : 0; }
