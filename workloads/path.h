/* SPDX-License-Identifier: BSD-3-Clause */
/* Paths of input and output lie in the region, and whoever resumes the run may stand in another directory. */
#ifndef WORKLOADS_PATH_H
#define WORKLOADS_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Those that return an int: 0, or -1 and a line in `error` (PM_TEXT_MAX bytes). */
int path_absolute(const char *path, char *absolute, size_t bytes, char *error);       /* the file need not exist */
/* The same of an --input as it was given: `-` is refused. */
int path_input(const char *given, char *absolute, size_t bytes, char *error);
/* Refuses an output that is the input, under whatever name; "" is none. */
int path_apart(const char *output, const char *input, char *error);

/* Whether both name one file, or would if it were made. */
bool path_same(const char *a, const char *b);
/* The directory it lies in, "." for a name alone; returns `directory`. */
const char *path_directory(const char *path, char *directory, size_t bytes);
/* Opens a regular file for reading; NULL and a line in `error` otherwise. */
FILE *path_open(const char *path, char *error);

#endif
