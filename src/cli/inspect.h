/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is in a region, read only. */
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include <stdbool.h>
#include <stdio.h>

/* Prints the region at `path` to `out`, in words or as one JSON object, and checks it. Returns 0,
 * or a code of pmrun.h and a line in `error`. */
int pm_inspect(const char *path, bool json, FILE *out, char error[512]);

#endif
