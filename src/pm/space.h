/* SPDX-License-Identifier: BSD-3-Clause */
/* Room on a file system, as far as it tells. Some count no blocks (ramfs, FUSE, some of a network): these are not full, and
 * whether there is room shows when it is reserved. */
#ifndef PM_SPACE_H
#define PM_SPACE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Whether there is room for a file of `bytes`, `held` of which it has already. `file`: what is open there, or -1: `path`, which
 * is also what the error names. 0 where nothing is known. */
int pm_space_check(int file, const char *path, uint64_t bytes, uint64_t held, struct pm_error_line *e);
/* Makes the file so long, its blocks reserved. Where the file system has no call for it, they are written. */
int pm_space_reserve(int file, const char *path, uint64_t bytes, struct pm_error_line *e);

#endif
