/* SPDX-License-Identifier: BSD-3-Clause */
/* A count on the command line: 40, 10k, 1M, 2G (decimal), 2Ki, 1Mi (binary). Anything else is an error. */
#ifndef WORKLOADS_NUMBER_H
#define WORKLOADS_NUMBER_H

#include <stdint.h>

/* Returns 0, or -1 and one line in `error` (PM_TEXT_MAX bytes) that names the option. */
int number_option(const char *option, const char *text, int64_t least, int64_t most, int64_t *value, char *error);

#endif
