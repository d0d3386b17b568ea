/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int csv_file_begin(struct csv_file *c, const char *directory, const char *name, char *error) {
  int code = text_file_begin(&c->whole, directory, name, error);
  c->file = c->whole.file;
  c->fields = 0;
  return code;
}

int csv_file_end(struct csv_file *c, char *error) { return text_file_end(&c->whole, error); }

void csv_file_text(struct csv_file *c, const char *text) {
  if (c->fields++) putc(',', c->file);
  if (!text) return;
  if (!strpbrk(text, ",\"\r\n")) {
    fputs(text, c->file);
    return;
  }
  putc('"', c->file);
  for (; *text; text++) {
    if (*text == '"') putc('"', c->file);
    putc(*text, c->file);
  }
  putc('"', c->file);
}

void csv_file_number(struct csv_file *c, double value) {
  char text[32];
  snprintf(text, sizeof text, "%.6g", value);
  csv_file_text(c, isfinite(value) ? text : NULL);
}

static char *joined(const json_t *list) {
  size_t i, bytes = 1;
  const json_t *item;
  json_array_foreach(list, i, item) bytes += json_string_length(item) + 3;
  char *text = calloc(1, bytes);
  json_array_foreach(list, i, item)
    if (text && json_is_string(item)) {
      if (*text) strcat(text, " + ");
      strcat(text, json_string_value(item));
    }
  return text;
}

void csv_file_value(struct csv_file *c, const json_t *value) {
  char text[32], *list = NULL;
  switch (value ? json_typeof(value) : JSON_NULL) {
  case JSON_STRING: csv_file_text(c, json_string_value(value)); return;
  case JSON_TRUE: csv_file_text(c, "true"); return;
  case JSON_FALSE: csv_file_text(c, "false"); return;
  case JSON_REAL: csv_file_number(c, json_real_value(value)); return;
  case JSON_INTEGER:
    snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    csv_file_text(c, text);
    return;
  case JSON_ARRAY:
    list = joined(value);
    csv_file_text(c, list);
    free(list);
    return;
  default: csv_file_text(c, NULL);
  }
}

void csv_file_line(struct csv_file *c) {
  fputs("\r\n", c->file);
  c->fields = 0;
}
