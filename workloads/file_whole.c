/* SPDX-License-Identifier: BSD-3-Clause */
#include "file_whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "path.h"
#include "workload.h"

enum { SELF = 64, PAGE = 4096, TRIES = 100 };

/* The one being written, for file_whole_abandon. */
static struct file_whole *_Atomic under_way;

static int fail_as(const struct file_whole *f, const char *what, char *error) {
  snprintf(error, PM_TEXT_MAX, "%.380s: cannot be written: %.100s", f->path, what);
  return -1;
}
static int fail(const struct file_whole *f, int code, char *error) { return fail_as(f, strerror(code), error); }

static const char *name_of(const struct file_whole *f) {
  const char *slash = strrchr(f->path, '/');
  return slash ? slash + 1 : f->path;
}

static void self(const struct file_whole *f, char text[SELF]) { snprintf(text, SELF, "/proc/self/fd/%d", f->fd); }

/* A name that nobody can have put something under on purpose; whoever has it by chance keeps it, since it is only made and never
 * replaced. */
static void make_up_name(struct file_whole *f) {
  uint64_t nonce;
  struct timespec t;
  if (getrandom(&nonce, sizeof nonce, GRND_NONBLOCK) != sizeof nonce) {
    clock_gettime(CLOCK_REALTIME, &t);
    nonce = (uint64_t)t.tv_nsec << 32 ^ (uint64_t)t.tv_sec << 20 ^ (uint64_t)getpid();
  }
  snprintf(f->fresh, sizeof f->fresh, ".pmbench-%016llx.part", (unsigned long long)nonce);
}

static int open_named(struct file_whole *f, mode_t mode) {
  for (int i = 0; i < TRIES; i++) {
    make_up_name(f);
    f->fd = openat(f->directory, f->fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (f->fd >= 0) return 0;
    if (errno != EEXIST) break;
  }
  return errno;
}

/* Without a name, if it can be given one in the end. */
static bool open_nameless(struct file_whole *f, mode_t mode) {
  char text[SELF];
  struct stat s, t;
  f->fd = openat(f->directory, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, mode);
  if (f->fd < 0) return false;
  self(f, text);
  if (!fstat(f->fd, &s) && !stat(text, &t) && s.st_dev == t.st_dev && s.st_ino == t.st_ino) return true;
  close(f->fd);
  f->fd = -1;
  return false;
}

int file_whole_begin(struct file_whole *f, const char *path, char *error) {
  struct stat s;
  char directory[sizeof f->path];
  f->fd = f->directory = -1;
  f->derived = false;
  f->fresh[0] = 0;
  if (snprintf(f->path, sizeof f->path, "%s", path) >= (int)sizeof f->path) return fail(f, ENAMETOOLONG, error);
  f->directory = open(path_directory(f->path, directory, sizeof directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (f->directory < 0 && errno == EACCES) f->directory = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);   /* cannot be synced */
  if (f->directory < 0) return fail(f, errno, error);
  bool old = !fstatat(f->directory, name_of(f), &s, 0);
  int code = old || errno == ENOENT ? 0 : errno;          /* a name that is too long shows here */
  if (old && !S_ISREG(s.st_mode)) code = S_ISDIR(s.st_mode) ? EISDIR : EINVAL;
  if (!*name_of(f)) code = EISDIR;
  mode_t mode = old ? s.st_mode & 0777 : 0644;
  f->nameless = !code && open_nameless(f, mode);
  under_way = f;
  if (!code && !f->nameless) code = open_named(f, mode);
  if (code) file_whole_drop(f);
  return code ? fail(f, code, error) : 0;
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

void file_whole_abandon(void) {
  const struct file_whole *f = under_way;
  if (f && f->directory >= 0 && !f->nameless) unlinkat(f->directory, f->fresh, 0);
}

/* A file without a name gets one, for the moment until it is renamed. */
static int give_name(struct file_whole *f) {
  char text[SELF];
  if (!f->nameless) return 0;
  self(f, text);
  for (int i = 0; i < TRIES && f->nameless; i++) {
    make_up_name(f);
    f->nameless = false;                  /* before it has the name, so that a signal's handler takes it away */
    if (!linkat(AT_FDCWD, text, f->directory, f->fresh, AT_SYMLINK_FOLLOW)) return 0;
    int code = errno;
    f->nameless = true;
    if (code != EEXIST) return code;
  }
  return EEXIST;
}

/* Some file systems cannot, and a directory may be one that this process may not read. */
static int sync_file(int fd) { return fsync(fd) && errno != EINVAL && errno != EBADF ? errno : 0; }

int file_whole_end(struct file_whole *f, char *error) {
  int code = f->derived ? 0 : sync_file(f->fd);
  if (!code) code = give_name(f);
  if (close(f->fd) && !code) code = errno;
  f->fd = -1;
  if (!code && renameat(f->directory, f->fresh, f->directory, name_of(f))) code = errno;
  if (code && !f->nameless) unlinkat(f->directory, f->fresh, 0);
  else if (!code && !f->derived) code = sync_file(f->directory);                    /* the new name is durable when the directory is */
  file_whole_drop(f);
  return code ? fail(f, code, error) : 0;
}

void file_whole_drop(struct file_whole *f) {
  if (f->fd >= 0) {
    close(f->fd);
    if (!f->nameless) unlinkat(f->directory, f->fresh, 0);
  }
  if (under_way == f) under_way = NULL;
  if (f->directory >= 0) close(f->directory);
  f->fd = f->directory = -1;
}

/* ---- beforehand -------------------------------------------------------------------------------------------------------------- */

/* What the limits allow. A file system that says nothing of its blocks is not full. */
static int check_room(const struct file_whole *f, uint64_t bytes, char *error) {
  char text[96];
  struct statvfs v;
  struct rlimit limit;
  if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur != RLIM_INFINITY && bytes > limit.rlim_cur) {
    snprintf(text, sizeof text, "it needs %llu bytes, and a file may have %llu (ulimit -f)", (unsigned long long)bytes,
             (unsigned long long)limit.rlim_cur);
    return fail_as(f, text, error);
  }
  if (fstatvfs(f->directory, &v) || !v.f_blocks) return 0;
  uint64_t block = v.f_frsize ? v.f_frsize : v.f_bsize;
  if (!block || bytes / block <= v.f_bavail) return 0;
  snprintf(text, sizeof text, "it needs %llu MiB, and %llu MiB are left on its file system", (unsigned long long)(bytes >> 20),
           (unsigned long long)(v.f_bavail * block >> 20));
  return fail_as(f, text, error);
}

int file_whole_try(const char *path, uint64_t bytes, char *error) {
  static const char page[PAGE];
  struct file_whole f;
  if (file_whole_begin(&f, path, error)) return -1;
  int code = check_room(&f, bytes, error);
  if (!code) code = file_whole_write(&f, page, bytes < PAGE ? bytes : PAGE, error);
  int named = code ? 0 : give_name(&f);
  if (named) code = fail(&f, named, error);
  file_whole_drop(&f);
  return code;
}
