/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is in a region, as an object (schema pmbench-region-1). */
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include <jansson.h>

#include "proc/audit.h"

/* A new reference: the run, slots with their stacks, joins in use, memory, findings. */
json_t *inspect_object(const struct pm_audit *a, const char *path);
/* The same in words. */
void inspect_print(const json_t *region, FILE *out);
/* The values of a task's arguments, read by their declaration: "n=12 lo=0". What it cannot read, in hexadecimal. */
void inspect_args(const char *declaration, const void *bytes, size_t size, char *text, size_t room);

#endif
