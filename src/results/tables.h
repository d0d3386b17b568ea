/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tidy CSV files of a result directory, derived from its runs. */
#ifndef RESULTS_TABLES_H
#define RESULTS_TABLES_H

#include "results/dataset.h"

/* Writes every table of results/columns.h into `directory`, each whole or not at all. Returns 0, or a negative number and a
 * line in `error` (PM_TEXT_MAX bytes). */
int tables_write(const struct dataset *d, const char *directory, char *error);

/* The row of summary.csv for the runs i with group[i] == number: a new reference. */
json_t *summary_of_group(const struct dataset *d, const size_t *group, size_t number);

#endif
