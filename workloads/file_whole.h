/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file that appears whole or not at all: written without a name (where that cannot be done, or no /proc is there to name it by
 * at the end: under another name in the same directory), synced, named, and renamed. Who is killed while he writes leaves nothing.
 * What was in its place goes, a symbolic link too; nobody may read the new file who could not read the old one.
 */
#ifndef WORKLOADS_FILE_WHOLE_H
#define WORKLOADS_FILE_WHOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_whole {
  int fd, directory;
  bool nameless, derived;                 /* derived, the caller's to set after begin: it can be made again, and is not synced */
  char path[4096], fresh[64];             /* fresh: its name in the directory until it is whole */
};

/* Each returns 0, or -1 and a line in `error` (PM_TEXT_MAX bytes). After begin: end or drop, once; end drops where it fails. */
int file_whole_begin(struct file_whole *f, const char *path, char *error);
int file_whole_write(struct file_whole *f, const void *data, size_t bytes, char *error);
int file_whole_end(struct file_whole *f, char *error);
void file_whole_drop(struct file_whole *f);
/* For a signal's handler that ends the process: what was begun and is not whole goes. */
void file_whole_abandon(void);
/* All of it but the last step, the renaming, with a first page of zeros: whether `path` can be written; nothing is left of it.
 * `bytes` is the least that the file will have: is there room for as much, as far as the file system tells? */
int file_whole_try(const char *path, uint64_t bytes, char *error);

#endif
