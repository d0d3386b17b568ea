/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file that is derived from others, such as a table or a page: composed in memory, and then there whole or not at all. An
 * error is that of the call that failed. It can be made again, and is not synced. */
#ifndef RESULTS_TEXT_FILE_H
#define RESULTS_TEXT_FILE_H

#include <stdio.h>

struct text_file { FILE *file; char *text; size_t bytes; char path[4096]; };

/* Each returns 0, or -errno and a line in `error` (PM_TEXT_MAX bytes). After begin: end, once; in between, write to `file`. */
int text_file_begin(struct text_file *t, const char *directory, const char *name, char *error);
int text_file_end(struct text_file *t, char *error);

#endif
