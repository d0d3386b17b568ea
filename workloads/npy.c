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
#include "npy_header.h"
#include "path.h"
#include "workload.h"

enum { HEADER_MAX = 65536, ALIGN = 64, AT_ONCE = 4096 };

static int fail(const char *path, const char *what, char *error) {
  snprintf(error, PM_TEXT_MAX, "%.300s: %.200s", path, what);
  return -1;
}

/* ---- header ---------------------------------------------------------------------------------------------------------------- */

/* Fewer bytes were read than wanted: an error of reading is told as that, and else `what`. */
static int fail_read(FILE *file, const char *path, const char *what, char *error) {
  return fail(path, ferror(file) ? strerror(errno) : what, error);
}

static int read_header(FILE *file, const char *path, struct npy *shape, char *error) {
  unsigned char start[12];
  static const char cut[] = "damaged: cut off in its header";
  char *header, wrong[PM_TEXT_MAX / 2];
  if (fread(start, 1, 10, file) != 10) return fail_read(file, path, "not a .npy file (version 1.0 to 3.0)", error);
  if (memcmp(start, "\x93NUMPY", 6)) return fail(path, "not a .npy file (version 1.0 to 3.0)", error);
  if (start[6] < 1 || start[6] > 3 || start[7]) {
    snprintf(wrong, sizeof wrong, "a .npy file of version %u.%u, and 1.0 to 3.0 are known", start[6], start[7]);
    return fail(path, wrong, error);
  }
  if (start[6] > 1 && fread(start + 10, 1, 2, file) != 2) return fail_read(file, path, cut, error);
  uint32_t bytes = (uint32_t)start[8] | (uint32_t)start[9] << 8;
  if (start[6] > 1) bytes |= (uint32_t)start[10] << 16 | (uint32_t)start[11] << 24;
  shape->data = (start[6] > 1 ? 12 : 10) + (int64_t)bytes;
  if (bytes > HEADER_MAX) return fail(path, "damaged: its header is longer than 65536 bytes", error);
  if (!(header = calloc(1, bytes + 1))) return fail(path, strerror(ENOMEM), error);
  int code = 0;
  if (fread(header, 1, bytes, file) != bytes) code = fail_read(file, path, cut, error);
  else if (npy_header_read(header, bytes, shape, wrong, sizeof wrong)) code = fail(path, wrong, error);
  free(header);
  return code;
}

static int check_size(FILE *file, const char *path, const struct npy *shape, char *error) {
  struct stat s;
  int64_t want = 0;
  if (fstat(fileno(file), &s)) return fail(path, strerror(errno), error);
  bool fits = !__builtin_mul_overflow(shape->rows, shape->columns * 8, &want);
  if (fits && s.st_size - shape->data == want) return 0;
  return fail(path, fits && s.st_size - shape->data > want ? "damaged: its size does not fit its shape; something follows the numbers"
                                                           : "damaged: its size does not fit its shape; numbers are missing", error);
}

static FILE *open_file(const char *path, struct npy *shape, char *error) {
  FILE *file = path_open(path, error);
  if (!file) return NULL;
  if (!read_header(file, path, shape, error) && !check_size(file, path, shape, error)) return file;
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
  if (!code && seen != count) code = fail_read(file, path, "has become shorter", error);
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
      code = fail_read(file, path, "has become shorter", error);
  } else if (!code) {
    double x;
    for (int64_t c = 0; !code && c < columns; c++)
      for (int64_t r = 0; r < rows; r++) {
        if (fread(&x, sizeof x, 1, file) != 1) {
          code = fail_read(file, path, "has become shorter", error);
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
