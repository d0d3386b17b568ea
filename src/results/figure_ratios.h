/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times of like runs that differ in one thing, one over the other. */
#ifndef RESULTS_FIGURE_RATIOS_H
#define RESULTS_FIGURE_RATIOS_H

#include "results/dataset.h"
#include "results/stats.h"

enum ratio_kind {
  RATIO_CAPSULE, /* timed runs of a capsule, over `none` */
  RATIO_BACKEND, /* timed runs on a backend, over dram */
  RATIO_FAULTS,  /* injured runs, over timed ones */
  RATIO_KINDS
};
struct ratio {
  const json_t *run, *base; /* one of each */
  struct interval x;        /* of the wall times */
  size_t runs, base_runs;
  double faults_per_s; /* that took effect, in all of `runs` */
  size_t unhurt;       /* of `runs`: those in which none did, though they were planned */
  double
      foreign; /* the share of the cores that other programs took: the median of the worse side */
};
/* In the order of cells_order; to be freed. Returns how many. */
size_t ratios_find(const struct dataset *d, enum ratio_kind kind, struct ratio **list);

#endif
