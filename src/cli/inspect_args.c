/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A task's arguments lie in the region as bytes, and their declaration beside them as C: "(int64_t n; double x, y;)". */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/inspect.h"

enum reading { SIGNED, UNSIGNED, REAL, TRUTH };

static const struct { const char *name; enum reading reading; unsigned bytes; } types[] = {
    {"int64_t", SIGNED, 8},    {"uint64_t", UNSIGNED, 8},    {"int32_t", SIGNED, 4},
    {"uint32_t", UNSIGNED, 4}, {"int16_t", SIGNED, 2},       {"uint16_t", UNSIGNED, 2},
    {"int8_t", SIGNED, 1},     {"uint8_t", UNSIGNED, 1},     {"pm_ptr", UNSIGNED, 8},
    {"pm_word", UNSIGNED, 8},  {"pm_mark", UNSIGNED, 8},     {"pm_none", UNSIGNED, 1},
    {"size_t", UNSIGNED, 8},   {"long long", SIGNED, 8},     {"unsigned long", UNSIGNED, 8},
    {"long", SIGNED, 8},       {"unsigned int", UNSIGNED, 4}, {"unsigned", UNSIGNED, 4},
    {"int", SIGNED, 4},        {"short", SIGNED, 2},         {"char", SIGNED, 1},
    {"double", REAL, 8},       {"float", REAL, 4},           {"bool", TRUTH, 1}};
enum { TYPES = sizeof types / sizeof *types, WORD_BYTES = 64 };

struct reader {
  const char *at;                         /* in the declaration */
  const unsigned char *bytes;
  size_t size, offset, used, room;
  char *text;
};

static void put(struct reader *r, const char *name, const char *value) {
  if (r->used >= r->room) return;
  r->used += (size_t)snprintf(r->text + r->used, r->room - r->used, "%s%s=%s", r->used ? " " : "", name, value);
}

/* Parentheses, and the macro's name that PM_FOR leaves, separate nothing. */
static void skip(struct reader *r) {
  static const char leftover[] = "PM_UNPAREN_";
  for (;;) {
    r->at += strspn(r->at, " \t\n();");
    if (strncmp(r->at, leftover, sizeof leftover - 1)) return;
    r->at += sizeof leftover - 1;
  }
}

static int type_at(struct reader *r) {
  skip(r);
  if (!strncmp(r->at, "const ", 6)) r->at += 6;
  for (int i = 0; i < TYPES; i++) {
    size_t length = strlen(types[i].name);
    if (strncmp(r->at, types[i].name, length) || !strchr(" \t", r->at[length])) continue;
    r->at += length;
    return i;
  }
  return -1;
}

static bool name_at(struct reader *r, char name[WORD_BYTES]) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  r->at += strspn(r->at, " \t");
  size_t length = strspn(r->at, letters);
  if (!length || length >= WORD_BYTES) return false;
  memcpy(name, r->at, length);
  name[length] = 0;
  r->at += length + strspn(r->at + length, " \t");
  return *r->at == ',' || *r->at == ';';
}

static void value_text(int type, const unsigned char *bytes, char text[WORD_BYTES]) {
  unsigned size = types[type].bytes;
  uint64_t word = 0;
  memcpy(&word, bytes, size);
  double real = 0;
  switch (types[type].reading) {
  case SIGNED: snprintf(text, WORD_BYTES, "%" PRId64, (int64_t)(word << (64 - 8 * size)) >> (64 - 8 * size)); return;
  case UNSIGNED: snprintf(text, WORD_BYTES, "%" PRIu64, word); return;
  case TRUTH: snprintf(text, WORD_BYTES, "%s", word ? "true" : "false"); return;
  case REAL:
    if (size == 4) {
      float narrow;
      memcpy(&narrow, bytes, 4);
      real = (double)narrow;
    } else memcpy(&real, bytes, 8);
    snprintf(text, WORD_BYTES, "%g", real);
  }
}

/* One declaration of one type: `double x, y;`. */
static bool declaration(struct reader *r) {
  char name[WORD_BYTES], value[WORD_BYTES];
  int type = type_at(r);
  if (type < 0) return false;
  unsigned size = types[type].bytes;
  do {
    if (*r->at == ',') r->at++;
    if (!name_at(r, name)) return false;
    r->offset = (r->offset + size - 1) / size * size;
    if (r->offset + size > r->size) return false;
    value_text(type, r->bytes + r->offset, value);
    put(r, name, value);
    r->offset += size;
  } while (*r->at == ',');
  return true;
}

static void hexadecimal(struct reader *r) {
  char digits[2 * PM_ARGS_MAX + 1] = "";
  for (size_t i = r->offset; i < r->size && i < PM_ARGS_MAX; i++) snprintf(digits + 2 * (i - r->offset), 3, "%02x", r->bytes[i]);
  if (digits[0]) put(r, "bytes", digits);
}

void inspect_args(const char *text_of_types, const void *bytes, size_t size, char *text, size_t room) {
  struct reader r = {.at = text_of_types, .bytes = bytes, .size = size, .text = text, .room = room};
  text[0] = 0;
  for (skip(&r); *r.at; skip(&r))
    if (!declaration(&r)) {
      hexadecimal(&r);
      return;
    }
}
