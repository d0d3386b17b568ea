/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One number of runs that differ in one thing: of two directories, or of two values of a key inside one. Medians with intervals
 * from order statistics, the ratio of medians with a bootstrap interval, and a verdict that says so where there is none.
 */
#ifndef RESULTS_COMPARE_H
#define RESULTS_COMPARE_H

#include <stdbool.h>

#include "results/dataset.h"
#include "results/stats.h"

enum verdict { VERDICT_SAME, VERDICT_SLOWER, VERDICT_FASTER, VERDICT_FEW, VERDICT_ALONE, VERDICT_NOTHING };
extern const char *const verdict_names[];   /* "~", "slower", "faster", "too few runs to tell", "nothing to compare with", "no ratio: it is 0" */

struct side { char label[96]; size_t n, wrong; struct interval median; };   /* n: right runs, with the number */
struct comparison {
  char title[512];                        /* what both sides have in common */
  struct side a, b;
  struct interval ratio;                  /* b over a */
  double p;                               /* of the rank-sum test */
  enum verdict verdict;
  bool oversubscribed;
  double foreign;                         /* largest share of the cores that others took during any of the runs; 0: not known */
};
struct comparisons {
  struct comparison *row;
  size_t count;
  char by[64], metric[64];                /* by: the key, or "directory" */
  json_t *skipped;                        /* what could not run, of all */
};
struct compare_options {
  const char *by;                         /* NULL: two directories */
  const char *metric;                     /* a number of the run object */
  bool across_machines;
};

/* `b` is NULL with options->by. Returns 0, or -1 and a line in `error` (PM_TEXT_MAX bytes): what does not belong together. */
int compare(const struct dataset *a, const struct dataset *b, const struct compare_options *options, struct comparisons *out,
            char *error);
void comparisons_free(struct comparisons *c);

enum compare_format { COMPARE_TEXT, COMPARE_MARKDOWN, COMPARE_CSV, COMPARE_JSON };
void compare_print(const struct comparisons *c, enum compare_format format, FILE *out);
/* Other programs took so much that nothing can be told; a disturbed row is no regression. */
bool compare_disturbed(const struct comparison *c);
/* How many rows are slower than `share` (0.05) with the whole interval agreeing. */
size_t compare_regressions(const struct comparisons *c, double share);

#endif
