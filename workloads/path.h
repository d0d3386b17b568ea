/* SPDX-License-Identifier: BSD-3-Clause */
/* Paths of input and output lie in the region, and whoever resumes the run may stand in another directory. */
#ifndef WORKLOADS_PATH_H
#define WORKLOADS_PATH_H

#include <stddef.h>

/* Returns 0, or -1 and a line in `error` (PM_TEXT_MAX bytes) if the path is too long. The file need not exist. */
int path_absolute(const char *path, char *absolute, size_t bytes, char *error);

/* Whether a file can be made there: said before the work, not after it. Names the option. */
int path_writable(const char *option, const char *path, char *error);

#endif
