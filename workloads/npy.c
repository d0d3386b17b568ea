/* SPDX-License-Identifier: BSD-3-Clause */
#include "npy.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file_whole.h"
#include "path.h"
#include "workload.h"

enum { HEADER_MAX = 65536, ALIGN = 64, AT_ONCE = 4096 };

static int fail(const char *path, const char *what, char *error) {
  snprintf(error, PM_TEXT_MAX, "%.300s: %s", path, what);
  return -1;
}

/* ---- header ---------------------------------------------------------------------------------------------------------------- */

/* What stands behind 'KEY': in a literal dictionary of Python's; NULL where it is not there, or twice. */
static const char *value_of(const char *header, const char *key) {
  const char *at = strstr(header, key);
  if (!at || strstr(at + 1, key)) return NULL;
  at += strlen(key);
  at += strspn(at, " ");
  return *at == ':' ? at + 1 + strspn(at + 1, " ") : NULL;
}

/* A whole number, or why not. Too large ones are cut to one that is too large. */
static const char *number_at(const char **at, int64_t *value) {
  char *end;
  errno = 0;
  if (**at < '0' || **at > '9') return "damaged: its shape is not of whole numbers";
  *value = strtoll(*at, &end, 10);
  if (*end == 'L') end++;               /* Python 2 wrote it so */
  *at = end + strspn(end, " ");
  return errno || *value > INT64_C(1) << 31 ? "too large: at most 2147483648 rows or columns" : NULL;
}

/* "(3, 4)"; (3,) and (3, 4, 5) are of other dimensions. Returns what is wrong, or NULL. */
static const char *shape_at(const char *at, struct npy *shape) {
  static const char other[] = "not of two dimensions; reshape it to rows and columns";
  if (!at || *at++ != '(') return "damaged: its header does not say its shape, once";
  at += strspn(at, " ");
  if (*at == ')') return other;
  const char *wrong = number_at(&at, &shape->rows);
  if (wrong) return wrong;
  if (*at++ != ',') return other;
  at += strspn(at, " ");
  if (*at == ')') return other;
  wrong = number_at(&at, &shape->columns);
  if (wrong) return wrong;
  at += *at == ',';
  at += strspn(at, " ");
  return *at == ')' ? NULL : other;
}

/* One dictionary, and blanks behind it. */
static bool ends_well(const char *header) {
  const char *end = strchr(header, '}');
  return end && !end[1 + strspn(end + 1, " \n")];
}

static int parse(const char *path, const char *header, struct npy *shape, char *error) {
  const char *type = value_of(header, "'descr'"), *order = value_of(header, "'fortran_order'");
  if (!type || !order) return fail(path, "damaged: its header is not that of a .npy file", error);
  if (strncmp(type, "'<f8'", 5) && strncmp(type, "'=f8'", 5))
    return fail(path, "not of doubles ('<f8'); save it with .astype('<f8')", error);
  shape->fortran = !strncmp(order, "True", 4);
  if (!shape->fortran && strncmp(order, "False", 5))
    return fail(path, "damaged: its header does not say in which order the numbers are", error);
  const char *wrong = shape_at(value_of(header, "'shape'"), shape);
  if (!wrong && !ends_well(header)) wrong = "damaged: something follows in its header";
  return wrong ? fail(path, wrong, error) : 0;
}

static FILE *open_file(const char *path, struct npy *shape, char *error) {
  FILE *file = path_open(path, error);
  if (!file) return NULL;
  unsigned char start[12];
  char *header = NULL;
  struct stat s;
  int code = -1;
  if (fstat(fileno(file), &s)) fail(path, strerror(errno), error);
  else if (fread(start, 1, 10, file) != 10 || memcmp(start, "\x93NUMPY", 6) || start[6] < 1 || start[6] > 3 || start[7])
    fail(path, "not a .npy file (version 1.0 to 3.0)", error);
  else if (start[6] > 1 && fread(start + 10, 1, 2, file) != 2) fail(path, "damaged: cut off in its header", error);
  else {
    uint32_t bytes = (uint32_t)start[8] | (uint32_t)start[9] << 8;
    if (start[6] > 1) bytes |= (uint32_t)start[10] << 16 | (uint32_t)start[11] << 24;
    header = bytes <= HEADER_MAX ? calloc(1, bytes + 1) : NULL;
    shape->data = (start[6] > 1 ? 12 : 10) + (int64_t)bytes;
    if (!header || fread(header, 1, bytes, file) != bytes) fail(path, "damaged: cut off in its header", error);
    else code = parse(path, header, shape, error);
  }
  free(header);
  int64_t want = 0;
  if (!code && (__builtin_mul_overflow(shape->rows, shape->columns * 8, &want) || s.st_size - shape->data != want))
    code = fail(path, "damaged: its size does not fit its shape", error);
  if (!code) return file;
  fclose(file);
  return NULL;
}

/* ---- numbers ------------------------------------------------------------------------------------------------------------------ */

int npy_look(const char *path, struct npy *shape, char *error) {
  FILE *file = open_file(path, shape, error);
  if (!file) return -1;
  double some[AT_ONCE];
  int64_t seen = 0, count = shape->rows * shape->columns;
  int code = 0;
  shape->largest = 0;
  for (size_t n; !code && (n = fread(some, sizeof *some, AT_ONCE, file)); seen += (int64_t)n)
    for (size_t i = 0; i < n && !code; i++) {
      shape->largest = fmax(shape->largest, fabs(some[i]));
      if (!isfinite(some[i])) {
        snprintf(error, PM_TEXT_MAX, "%.300s: number %" PRId64 " is not finite; a product with it cannot be checked", path,
                 seen + (int64_t)i);
        code = -1;
      }
    }
  if (!code && seen != count) code = fail(path, "cannot be read", error);
  fclose(file);
  return code;
}

int npy_read(const char *path, int64_t rows, int64_t columns, double *numbers, char *error) {
  struct npy shape;
  FILE *file = open_file(path, &shape, error);
  if (!file) return -1;
  int code = shape.rows == rows && shape.columns == columns ? 0 : fail(path, "has changed since it was looked at", error);
  if (!code && !shape.fortran) {
    if (fread(numbers, sizeof *numbers, (size_t)(rows * columns), file) != (size_t)(rows * columns))
      code = fail(path, "cannot be read", error);
  } else if (!code) {
    double x;
    for (int64_t c = 0; !code && c < columns; c++)
      for (int64_t r = 0; r < rows; r++) {
        if (fread(&x, sizeof x, 1, file) != 1) {
          code = fail(path, "cannot be read", error);
          break;
        }
        numbers[r * columns + c] = x;
      }
  }
  fclose(file);
  return code;
}

int npy_write(const char *path, int64_t rows, int64_t columns, const double *numbers, char *error) {
  char start[2 * ALIGN];
  memset(start, ' ', sizeof start);
  memcpy(start, "\x93NUMPY\x01\x00", 8);
  start[8] = (char)(sizeof start - 10);
  start[9] = 0;
  int used = snprintf(start + 10, sizeof start - 10, "{'descr': '<f8', 'fortran_order': False, 'shape': (%" PRId64 ", %" PRId64 "), }",
                      rows, columns);
  start[10 + used] = ' ';
  start[sizeof start - 1] = '\n';
  struct file_whole f;
  if (file_whole_begin(&f, path, error)) return -1;
  if (file_whole_write(&f, start, sizeof start, error) ||
      file_whole_write(&f, numbers, (size_t)(rows * columns) * sizeof *numbers, error)) {
    file_whole_drop(&f);
    return -1;
  }
  return file_whole_end(&f, error);
}
