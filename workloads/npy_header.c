/* SPDX-License-Identifier: BSD-3-Clause */
#include "npy_header.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 64 };
enum key { DESCR, ORDER, SHAPE, KEYS };
static const char *const keys[KEYS] = {"descr", "fortran_order", "shape"};

struct reader {
  const char *at;
  struct npy *shape;
  char *wrong;
  size_t room;
  unsigned seen;                          /* bits of the keys */
};

__attribute__((format(printf, 2, 3))) static int fail(struct reader *r, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(r->wrong, r->room, format, list);
  va_end(list);
  return -1;
}

/* ---- words ------------------------------------------------------------------------------------------------------------------- */

static void skip_blanks(struct reader *r) { r->at += strspn(r->at, " \t\r\n\f"); }

static bool take(struct reader *r, char c) {
  skip_blanks(r);
  if (*r->at != c) return false;
  r->at++;
  return true;
}

/* Letters, digits and _ from here on; how many. */
static size_t word_bytes(const char *at) {
  return strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

/* 'text' or "text", with u, U, b or B before it. No text that matters here has a backslash in it. */
static int take_text(struct reader *r, char text[TEXT]) {
  skip_blanks(r);
  if (strchr("uUbB", *r->at) && *r->at && (r->at[1] == '\'' || r->at[1] == '"')) r->at++;
  char quote = *r->at;
  if (quote != '\'' && quote != '"') return -1;
  const char *end = strchr(r->at + 1, quote);
  size_t bytes = end ? (size_t)(end - r->at) - 1 : TEXT;
  if (bytes >= TEXT || memchr(r->at + 1, '\\', bytes)) return -1;
  memcpy(text, r->at + 1, bytes);
  text[bytes] = 0;
  r->at = end + 1;
  return 0;
}

/* A whole number, or why not. Too large ones are cut to one that is too large. */
static int take_number(struct reader *r, int64_t *value) {
  char *end;
  skip_blanks(r);
  errno = 0;
  if (*r->at < '0' || *r->at > '9') return fail(r, "damaged: its shape is not of whole numbers");
  *value = strtoll(r->at, &end, 10);
  if (*end == 'L') end++;                 /* Python 2 wrote it so */
  if (*end == '.' || word_bytes(end)) return fail(r, "damaged: its shape is not of whole numbers in decimal digits");
  r->at = end;
  if (errno || *value > INT64_C(1) << 31) return fail(r, "too large: at most 2147483648 rows or columns");
  return 0;
}

/* ---- values ------------------------------------------------------------------------------------------------------------------ */

/* The names under which NumPy knows a double in the byte order of this machine, which is little-endian: '=' and none are it. */
static int take_descr(struct reader *r) {
  static const char *const doubles[] = {"f8", "d", "float64", "double", "float"};
  char text[TEXT];
  skip_blanks(r);
  if (*r->at == '[' || *r->at == '(' || *r->at == '{')
    return fail(r, "not of doubles ('<f8') but of records of several fields; save the field that is wanted");
  if (take_text(r, text)) return fail(r, "damaged: its header does not say its type ('descr')");
  const char *name = text + (*text && strchr("<=|", *text) ? 1 : 0);
  for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++)
    if (!strcmp(name, doubles[i])) return 0;
  if (!strcmp(text, ">f8") || !strcmp(text, "!f8") || !strcmp(text, ">d") || !strcmp(text, "!d"))
    return fail(r, "not of doubles ('<f8') but of big-endian ones ('%s'); save it with .astype('<f8')", text);
  return fail(r, "not of doubles ('<f8') but of '%s'; save it with .astype('<f8')", text);
}

static int take_order(struct reader *r) {
  skip_blanks(r);
  size_t bytes = word_bytes(r->at);
  r->shape->fortran = bytes == 4 && !strncmp(r->at, "True", 4);
  if (!r->shape->fortran && (bytes != 5 || strncmp(r->at, "False", 5)))
    return fail(r, "damaged: its header does not say in which order the numbers are ('fortran_order': True or False)");
  r->at += bytes;
  return 0;
}

/* "(3, 4)"; "(3,)" and "(3, 4, 5)" are of other dimensions, and "(3)" is a number, as "3". */
static int take_shape(struct reader *r) {
  int64_t sizes[2] = {0, 0}, other;
  unsigned n = 0;
  bool comma = false;
  if (!take(r, '(')) return fail(r, "damaged: its shape is not one, such as (3, 4)");
  while (!take(r, ')')) {
    if (n && !comma) return fail(r, "damaged: its shape is not one, such as (3, 4)");
    if (take_number(r, n < 2 ? &sizes[n] : &other)) return -1;
    n++;
    comma = take(r, ',');
  }
  if (n == 1 && !comma) return fail(r, "damaged: its shape is not one, such as (3, 4)");
  if (n != 2) return fail(r, "not of two dimensions but of %u; reshape it to rows and columns", n);
  r->shape->rows = sizes[0];
  r->shape->columns = sizes[1];
  return 0;
}

static int take_entry(struct reader *r) {
  static int (*const values[KEYS])(struct reader *) = {take_descr, take_order, take_shape};
  char text[TEXT];
  if (take_text(r, text)) return fail(r, "damaged: its header is not that of a .npy file");
  int key = 0;
  while (key < KEYS && strcmp(text, keys[key])) key++;
  if (key == KEYS) return fail(r, "damaged: its header says '%s', which a .npy file does not have", text);
  if (r->seen >> key & 1) return fail(r, "damaged: its header says '%s' twice", text);
  r->seen |= 1u << key;
  return take(r, ':') ? values[key](r) : fail(r, "damaged: its header says nothing of '%s'", text);
}

int npy_header_read(const char *header, size_t bytes, struct npy *shape, char *wrong, size_t room) {
  struct reader r = {header, shape, wrong, room, 0};
  if (!take(&r, '{')) return fail(&r, "damaged: its header is not that of a .npy file");
  bool comma = true;
  while (!take(&r, '}')) {
    if (!comma) return fail(&r, "damaged: something follows '%s' or its like in its header, and no comma", keys[SHAPE]);
    if (take_entry(&r)) return -1;
    comma = take(&r, ',');
  }
  for (int i = 0; i < KEYS; i++)
    if (!(r.seen >> i & 1)) return fail(&r, "damaged: its header does not say '%s'", keys[i]);
  skip_blanks(&r);
  return r.at == header + bytes ? 0 : fail(&r, "damaged: something follows in its header");
}
