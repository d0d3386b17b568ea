/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/text_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "file_whole.h"
#include "pmrun.h"

static int fail(const struct text_file *t, int code, char *error) {
  snprintf(error, PM_TEXT_MAX, "%.400s: cannot be written: %s", t->path, strerror(code));
  return -code;
}

int text_file_begin(struct text_file *t, const char *directory, const char *name, char *error) {
  *t = (struct text_file){.file = NULL};
  if (snprintf(t->path, sizeof t->path, "%s/%s", directory, name) >= (int)sizeof t->path) return fail(t, ENAMETOOLONG, error);
  t->file = open_memstream(&t->text, &t->bytes);
  return t->file ? 0 : fail(t, errno, error);
}

int text_file_end(struct text_file *t, char *error) {
  struct file_whole f;
  bool bad = ferror(t->file);
  int code = 0;
  if (fclose(t->file) || bad) code = fail(t, ENOMEM, error); /* nothing else can fail in memory */
  if (!code) code = file_whole_begin(&f, t->path, error);
  if (!code) {
    f.derived = true;
    code = file_whole_write(&f, t->text, t->bytes, error);
    if (code) file_whole_drop(&f);
    else code = file_whole_end(&f, error);
  }
  free(t->text);
  return code;
}
