/* SPDX-License-Identifier: BSD-3-Clause */
#include "sort_input.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "file_whole.h"
#include "path.h"
#include "workload.h"

const char *const sort_dist_names[SORT_DISTS] = {"uniform", "sorted", "reverse", "equal", "zipf"};
const char *const sort_format_names[SORT_FORMATS] = {"text", "raw64"};

/* ---- generated ----------------------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t z) {                         /* splitmix64's */
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

int64_t sort_generate(enum sort_dist dist, uint64_t seed, int64_t n, int64_t i) {
  uint64_t word = mix(mix(seed + 1) + (uint64_t)i * 0x9E3779B97F4A7C15u);
  switch (dist) {
  case SORT_SORTED: return i - n / 2;
  case SORT_REVERSE: return n / 2 - i;
  case SORT_EQUAL: return (int64_t)mix(seed);
  case SORT_ZIPF: return (int64_t)exp((double)(word >> 11) * 0x1p-53 * log((double)n + 1));
  default: return (int64_t)word;
  }
}

/* ---- text ------------------------------------------------------------------------------------------------------------------ */

struct text {
  FILE *file;
  const char *path;
  int64_t line;
  char *error;
};

static int text_fail(const struct text *t, const char *what) {
  snprintf(t->error, PM_TEXT_MAX, "%.380s:%" PRId64 ": %s", t->path, t->line, what);
  return -1;
}

static int skip_blanks(FILE *file) {
  int c;
  do c = getc_unlocked(file);
  while (c == ' ' || c == '\t' || c == '\r');
  return c;
}

/* A character that does not belong where it stands, by the name that people know it by. */
static int unexpected(const struct text *t, int c, const char *what) {
  static const struct { int c; const char *name; } known[] = {
      {EOF, "the end of the file"}, {'\n', "the end of the line"}, {0, "a NUL byte"},
      {0xef, "a byte order mark, or another character that is not ASCII"}, {0x1a, "Ctrl-Z, the end of a DOS file"}};
  char name[96];
  snprintf(name, sizeof name, c > ' ' && c < 0x7f ? "'%c'" : "byte 0x%02x", c);
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i].c == c) snprintf(name, sizeof name, "%s", known[i].name);
  snprintf(t->error, PM_TEXT_MAX, "%.300s:%" PRId64 ": %.100s: %.90s", t->path, t->line, what, name);
  return -1;
}

/* Counts down, as there is one negative number more than positive ones. */
static int digits(struct text *t, int c, bool negative, int64_t *value) {
  int64_t number = 0;
  if (c < '0' || c > '9') return unexpected(t, c, "not a number; a line is blanks, a sign if you like, and digits, not");
  for (; c >= '0' && c <= '9'; c = getc_unlocked(t->file))
    if (__builtin_mul_overflow(number, 10, &number) || __builtin_sub_overflow(number, c - '0', &number))
      return text_fail(t, "does not fit 64 bits");
  bool returned = c == '\r';
  if (c == ' ' || c == '\t' || c == '\r') c = skip_blanks(t->file);
  if (returned && c != '\n' && c != EOF)
    return text_fail(t, "something follows the number behind a carriage return; end lines with a newline");
  if (c != '\n' && c != EOF) return unexpected(t, c, "something follows the number; write one number a line");
  if (!negative && number == INT64_MIN) return text_fail(t, "does not fit 64 bits");
  *value = negative ? number : -number;
  return 1;
}

/* Lines with nothing on them end a file, however many, and stand nowhere else. `c` begins what follows the first one. */
static int end_of_blank_lines(struct text *t, int c) {
  while (c == '\n' || c == ' ' || c == '\t' || c == '\r') c = getc_unlocked(t->file);
  if (c == EOF && !ferror(t->file)) return 0;
  return c == EOF ? text_fail(t, strerror(errno)) : text_fail(t, "an empty line between numbers; write one number a line");
}

/* UTF-8's byte order mark is no part of the text; UTF-16's says that the text cannot be read here. Returns what follows. */
static int skip_mark(struct text *t) {
  unsigned char mark[3];
  size_t bytes = fread(mark, 1, sizeof mark, t->file);
  if (ferror(t->file)) return text_fail(t, strerror(errno));
  if (bytes == sizeof mark && !memcmp(mark, "\xef\xbb\xbf", sizeof mark)) return 0;
  t->line = 1;
  if (bytes >= 2 && (!memcmp(mark, "\xff\xfe", 2) || !memcmp(mark, "\xfe\xff", 2)))
    return text_fail(t, "a byte order mark of UTF-16; save it as UTF-8 or ASCII");
  t->line = 0;
  if (fseeko(t->file, 0, SEEK_SET)) return text_fail(t, strerror(errno));
  return 0;
}

/* 1: a number; 0: the end; -1: an error. */
static int text_next(struct text *t, int64_t *value) {
  int c = getc_unlocked(t->file);
  if (c == EOF) return ferror(t->file) ? text_fail(t, strerror(errno)) : 0;
  t->line++;
  if (c == ' ' || c == '\t' || c == '\r') c = skip_blanks(t->file);
  if (c == '\n' || c == EOF) return end_of_blank_lines(t, c);
  bool negative = c == '-';
  if (negative || c == '+') c = getc_unlocked(t->file);
  return digits(t, c, negative, value);
}

static int changed(const char *path, char *error) {
  snprintf(error, PM_TEXT_MAX, "%.380s: has changed since it was counted; run again when nobody writes to it", path);
  return -1;
}

/* `items` NULL: counts only. */
static int read_text(FILE *file, const char *path, int64_t *items, int64_t *n, char *error) {
  struct text t = {file, path, 0, error};
  int64_t count = 0, value = 0, most = items ? *n : INT64_MAX;
  int more = skip_mark(&t);
  if (more) return more;
  while ((more = text_next(&t, &value)) > 0) {
    if (count == most) return changed(path, error);
    if (items) items[count] = value;
    count++;
  }
  if (!more && items && count != *n) return changed(path, error);
  *n = count;
  return more;
}

static int write_text(struct file_whole *f, const int64_t *items, int64_t n, char *error) {
  enum { BUFFER = 1 << 16, NUMBER = 24 };
  char buffer[BUFFER];
  size_t used = 0;
  for (int64_t i = 0; i < n; i++) {
    char number[NUMBER], *at = number + NUMBER;
    uint64_t left = items[i] < 0 ? -(uint64_t)items[i] : (uint64_t)items[i];
    *--at = '\n';
    do *--at = (char)('0' + left % 10);
    while (left /= 10);
    if (items[i] < 0) *--at = '-';
    size_t bytes = (size_t)(number + NUMBER - at);
    if (used + bytes > BUFFER) {
      if (file_whole_write(f, buffer, used, error)) return -1;
      used = 0;
    }
    memcpy(buffer + used, at, bytes);
    used += bytes;
  }
  return file_whole_write(f, buffer, used, error);
}

/* ---- raw64, and both --------------------------------------------------------------------------------------------------------- */

static int raw_count(FILE *file, const char *path, int64_t *n, char *error) {
  struct stat s;
  int code = fstat(fileno(file), &s) ? errno : 0;
  if (code || s.st_size % 8) {
    snprintf(error, PM_TEXT_MAX, "%.380s: %s", path,
             code ? strerror(code) : "its size is not a multiple of 8; raw64 is 8 bytes a number");
    return -1;
  }
  *n = s.st_size / 8;
  return 0;
}

int sort_count(const char *path, enum sort_format format, int64_t *n, char *error) {
  FILE *file = path_open(path, error);
  if (!file) return -1;
  int code = format == SORT_TEXT ? read_text(file, path, NULL, n, error) : raw_count(file, path, n, error);
  fclose(file);
  return code;
}

int sort_read(const char *path, enum sort_format format, int64_t *items, int64_t n, char *error) {
  FILE *file = path_open(path, error);
  if (!file) return -1;
  int code = 0;
  if (format == SORT_TEXT) code = read_text(file, path, items, &n, error);
  else if (fread(items, sizeof *items, (size_t)n, file) != (size_t)n || getc(file) != EOF) {
    code = changed(path, error);
    if (ferror(file)) snprintf(error, PM_TEXT_MAX, "%.380s: %s", path, strerror(errno));
  }
  fclose(file);
  return code;
}

int sort_write(const char *path, enum sort_format format, const int64_t *items, int64_t n, char *error) {
  struct file_whole f;
  if (file_whole_begin(&f, path, error)) return -1;
  int code = format == SORT_TEXT ? write_text(&f, items, n, error)
                                 : file_whole_write(&f, items, (size_t)n * sizeof *items, error);
  if (code) file_whole_drop(&f);
  return code ? code : file_whole_end(&f, error);
}
