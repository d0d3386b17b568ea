/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run in words. */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include <stdio.h>

#include "pmrun.h"
#include "results/description.h"

void summary_print(const struct description *d, const struct pm_report *r, FILE *out);
/* Of several runs: how many were right, and the median time of those. Sorts `wall_ns`. */
void summary_print_runs(uint64_t *wall_ns, unsigned right, unsigned runs, FILE *out);

#endif
