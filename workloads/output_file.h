/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --output, before the run: an output is an ordinary file that appears whole or not at all, and everything that would keep it
 * from appearing is said before the work, not after it. Streams are none: `-`, /dev/stdout and other names of what a process
 * has open would be replaced by the file instead of written to.
 */
#ifndef WORKLOADS_OUTPUT_FILE_H
#define WORKLOADS_OUTPUT_FILE_H

#include <stddef.h>
#include <stdint.h>

/* As given on the command line, to an absolute path. Each returns 0, or -1 and a line in `error` (PM_TEXT_MAX bytes). */
int output_file_name(const char *given, char *absolute, size_t bytes, char *error);
/* Symbolic links are followed, into `path` itself (`room` bytes); then, whether a file of at least `bytes` bytes can be made
 * there, and would not take the place of what this process writes to. Nothing is changed. */
int output_file_check(char *path, size_t room, uint64_t bytes, char *error);

#endif
