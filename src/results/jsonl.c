/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/jsonl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_whole.h"
#include "pmrun.h"

enum { PATH_BYTES = 4096, BLOCK = 4096 };

static int fail(char *error, const char *path, int code) {
  snprintf(error, PM_TEXT_MAX, "%.400s: %s", path, strerror(code));
  return -code;
}

static int write_all(int fd, const char *text, size_t bytes) {
  while (bytes) {
    ssize_t done = write(fd, text, bytes);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return errno;
    text += done;
    bytes -= (size_t)done;
  }
  return 0;
}

/* Where the last whole line ends, or -errno. */
static off_t whole_lines(int fd, off_t size) {
  char block[BLOCK];
  while (size > 0) {
    size_t bytes = size < BLOCK ? (size_t)size : BLOCK;
    ssize_t got = pread(fd, block, bytes, size - (off_t)bytes);
    if (got != (ssize_t)bytes) return got < 0 ? -errno : -ESTALE;   /* cut shorter under our eyes */
    const char *newline = memrchr(block, '\n', bytes);
    if (newline) return size - (off_t)bytes + (newline - block) + 1;
    size -= (off_t)bytes;
  }
  return 0;
}

static bool is_object(int fd, off_t from, off_t to) {
  size_t bytes = (size_t)(to - from);
  char *line = malloc(bytes);
  bool whole = line && pread(fd, line, bytes, from) == (ssize_t)bytes;
  json_t *object = whole ? json_loadb(line, bytes, 0, NULL) : NULL;
  bool found = json_is_object(object);
  json_decref(object);
  free(line);
  return found;
}

/* A whole object without its newline is completed; anything less is cut off. */
static int mend_end(int fd, const char *path, char *warning) {
  struct stat s;
  if (fstat(fd, &s)) return errno;
  off_t end = whole_lines(fd, s.st_size);
  if (end < 0) return (int)-end;
  if (end == s.st_size) return 0;
  if (is_object(fd, end, s.st_size)) return write_all(fd, "\n", 1);
  if (ftruncate(fd, end)) return errno;
  snprintf(warning, PM_TEXT_MAX,
           "%.400s: its last line was cut off by an earlier crash; removed it", path);
  return 0;
}

static int sync_directory(const char *directory) {
  int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  int error = fsync(fd) ? errno : 0;
  close(fd);
  return error;
}

/* Whether the file system has locks at all; that somebody holds one, or that directories have none, is no obstacle. */
static int check_locks(const char *directory, char *error) {
  int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int code = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) ? errno : 0;
  if (fd >= 0) close(fd);
  if (code != ENOSYS && code != ENOLCK && code != EOPNOTSUPP) return 0;
  snprintf(error, PM_TEXT_MAX, "%.300s: cannot be locked: %s; without locks (flock) two runs could write at once: name a directory on "
           "another file system", directory, strerror(code));
  return -code;
}

int jsonl_check(const char *directory, const char *name, char *error) {
  char path[PATH_BYTES];
  struct stat s;
  if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path) return fail(error, directory, ENAMETOOLONG);
  bool there = !stat(path, &s);
  if (there && !S_ISREG(s.st_mode)) return fail(error, path, S_ISDIR(s.st_mode) ? EISDIR : EINVAL);
  if (access(there ? path : directory, W_OK)) return fail(error, path, errno);
  return check_locks(directory, error);
}

/* A line an object; NULL: no memory. */
static char *lines_of(const json_t *object, size_t *bytes) {
  char *text = NULL;
  FILE *out = open_memstream(&text, bytes);
  if (!out) return NULL;
  size_t count = json_is_array(object) ? json_array_size(object) : 1;
  int bad = 0;
  for (size_t i = 0; i < count; i++) {
    bad |= json_dumpf(json_is_array(object) ? json_array_get(object, i) : object, out, JSON_COMPACT);
    bad |= fputc('\n', out) == EOF;
  }
  if (!fclose(out) && !bad) return text;
  free(text);
  return NULL;
}

static bool is_same(const json_t *a, const json_t *b, const char *const *keys) {
  for (; *keys; keys++)
    if (!json_object_get(a, *keys) || !json_equal(json_object_get(a, *keys), json_object_get(b, *keys))) return false;
  return true;
}

/* 1 found, 0 not, or -errno. Only lines that hold the first key's value, a string, are taken apart. */
static int find_same(int fd, const json_t *object, const char *const *keys) {
  const char *wanted = json_string_value(json_object_get(object, *keys));
  char *line = NULL;
  size_t room = 0;
  int found = 0, own = dup(fd);
  FILE *in = own >= 0 ? fdopen(own, "r") : NULL;
  if (!in) {
    found = -errno;
    if (own >= 0) close(own);
    return found;
  }
  rewind(in);
  errno = 0;
  while (!found && getline(&line, &room, in) > 0) {
    json_t *there = !wanted || strstr(line, wanted) ? json_loads(line, 0, NULL) : NULL;
    found = there && is_same(there, object, keys);
    json_decref(there);
  }
  if (!found && ferror(in)) found = -errno;
  free(line);
  fclose(in);
  return found;
}

int jsonl_append(const char *directory, const char *name, const json_t *object, char *warning, char *error) {
  return jsonl_append_once(directory, name, object, NULL, warning, error);
}

int jsonl_append_once(const char *directory, const char *name, const json_t *object, const char *const *keys, char *warning,
                      char *error) {
  char path[PATH_BYTES];
  warning[0] = 0;
  if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
    return fail(error, directory, ENAMETOOLONG);
  size_t bytes = 0;
  char *text = lines_of(object, &bytes);
  if (!text) return fail(error, path, ENOMEM);
  int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644), code = 0;
  if (fd < 0) code = errno;
  if (!code && flock(fd, LOCK_EX)) code = errno;
  if (!code) code = mend_end(fd, path, warning);
  int there = !code && keys ? find_same(fd, object, keys) : 0;
  if (there < 0) code = -there;
  if (there > 0) snprintf(warning, PM_TEXT_MAX, "%.400s: has the record of this run already; it is not recorded twice", path);
  if (!code && !there) code = write_all(fd, text, bytes);
  if (!code && fsync(fd)) code = errno;
  if (!code) code = sync_directory(directory);
  if (fd >= 0) close(fd);
  free(text);
  return code ? fail(error, path, code) : 0;
}

int json_replace(const char *directory, const char *name, const json_t *object, char *error) {
  char path[PATH_BYTES];
  struct file_whole f;
  if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path) return fail(error, directory, ENAMETOOLONG);
  char *text = json_dumps(object, JSON_INDENT(2));
  if (!text) return fail(error, path, ENOMEM);
  size_t bytes = strlen(text);
  text[bytes] = '\n';
  int code = file_whole_begin(&f, path, error);
  if (!code && (code = file_whole_write(&f, text, bytes + 1, error))) file_whole_drop(&f);
  else if (!code) code = file_whole_end(&f, error);
  free(text);
  return code;
}
