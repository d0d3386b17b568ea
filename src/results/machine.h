/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machine a result was made on, and the executable that made it: machine.json beside
 * runs.jsonl. */
#ifndef RESULTS_MACHINE_H
#define RESULTS_MACHINE_H

#include <jansson.h>

/* A new reference; what cannot be found out is null. */
json_t *machine_describe(void);
/* Writes DIRECTORY/machine.json, and what hwloc knows into machine.hwloc.xml, unless it is there. If another machine or another build made it,
 * `warning` (PM_TEXT_MAX bytes) says so. Returns 0, or -errno and a line in `error` (PM_TEXT_MAX
 * bytes). */
int machine_keep(const char *directory, char *warning, char *error);

#endif
