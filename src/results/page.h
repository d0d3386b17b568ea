/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report: one HTML file that needs nothing else, and loads nothing. */
#ifndef RESULTS_PAGE_H
#define RESULTS_PAGE_H

#include "results/dataset.h"
#include "results/figure.h"

/* Writes OUT/index.html, whole or not at all, with the pictures that lie in OUT/figures. The same
 * data gives the same bytes. Returns 0, PM_E_MACHINE where the template is missing, or -errno, and
 * a line in `error` (PM_TEXT_MAX bytes). */
int page_write(const struct dataset *d, const struct figure_drawn drawn[FIGURES], const char *out,
               char *error);

#endif
