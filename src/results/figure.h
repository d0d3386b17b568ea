/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The report's figures: a row a figure, a file a figure's data, a gnuplot script a figure's looks.
 * DIR/figures keeps what they were drawn from: NAME.csv, NAME.gp, style.gp; `gnuplot NAME.gp` there
 * draws NAME.svg again.
 */
#ifndef RESULTS_FIGURE_H
#define RESULTS_FIGURE_H

#include <stdio.h>

#include "results/dataset.h"

struct figure {
  const char *name, *title;
  const char *caption; /* what to see, and how it was measured */
  const char *alt;     /* what a reader who does not see the picture is told */
  const char *missing; /* why there is no picture, and what would give one */
  /* Writes NAME.csv's rows, the header's first, and in `remark` (PM_TEXT_MAX bytes) "" or what is
   * to be said of this data; without points it stands instead of `missing`. Returns how many points
   * there are to draw. */
  size_t (*rows)(const struct dataset *d, FILE *csv, char *remark);
};
enum { FIGURES = 9 };
extern const struct figure figures[FIGURES];

struct figure_drawn {
  size_t points; /* 0: no data, not drawn */
  char remark[PM_TEXT_MAX];
  char error[PM_TEXT_MAX]; /* "", or why gnuplot could not draw it */
};
static inline bool figure_is_there(const struct figure_drawn *drawn) {
  return drawn->points && !*drawn->error;
}
/* Why it is not. */
const char *figure_why(const struct figure *figure, const struct figure_drawn *drawn);

/* Writes OUT/figures; what an earlier report left there of figures without data is removed. Returns
 * 0, also where one figure could not be drawn (drawn[i].error); PM_E_MACHINE where gnuplot or the
 * scripts are missing (the CSVs are there all the same), else -errno, and a line in `error`
 * (PM_TEXT_MAX bytes). */
int figures_draw(const struct dataset *d, const char *out, struct figure_drawn drawn[FIGURES],
                 char *error);
size_t figure_speedup(const struct dataset *d, FILE *csv, char *remark);
size_t figure_steal_rate(const struct dataset *d, FILE *csv, char *remark);
size_t figure_steal_matrix(const struct dataset *d, FILE *csv, char *remark);
size_t figure_flush(const struct dataset *d, FILE *csv, char *remark);
size_t figure_recovery(const struct dataset *d, FILE *csv, char *remark);
size_t figure_cost(const struct dataset *d, FILE *csv, char *remark);
size_t figure_fault_rate(const struct dataset *d, FILE *csv, char *remark);
size_t figure_backends(const struct dataset *d, FILE *csv, char *remark);
size_t figure_time(const struct dataset *d, FILE *csv, char *remark);

#endif
