/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CSV file as RFC 4180 has it: commas, quotes doubled, lines ended by CRLF. It appears whole or not at all. */
#ifndef RESULTS_CSV_H
#define RESULTS_CSV_H

#include <jansson.h>
#include <stdio.h>

#include "results/text_file.h"

struct csv_file {
  struct text_file whole;
  FILE *file;                             /* its */
  size_t fields;                          /* in this line */
};

/* Return 0, or -errno and a line in `error` (PM_TEXT_MAX bytes). After begin: end, once. */
int csv_file_begin(struct csv_file *c, const char *directory, const char *name, char *error);
int csv_file_end(struct csv_file *c, char *error);

/* One field each; NULL and NAN are empty ones. */
void csv_file_text(struct csv_file *c, const char *text);
void csv_file_number(struct csv_file *c, double value);
/* Text, numbers, true and false as they are; lists of texts joined by " + "; null, objects and NULL empty. */
void csv_file_value(struct csv_file *c, const json_t *value);
void csv_file_line(struct csv_file *c);

#endif
