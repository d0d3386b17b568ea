/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the figures and the page's answers are made of: times of like runs together, in an order
 * that people expect. */
#ifndef RESULTS_FIGURE_CELLS_H
#define RESULTS_FIGURE_CELLS_H

#include <stdbool.h>
#include <stdio.h>

#include "results/dataset.h"
#include "results/stats.h"

struct cell {
  char *key;
  const json_t *run; /* the first that came here */
  const char *label; /* whatever the maker needs to name it; lives as long as the dataset */
  double *x;
  size_t n;
  struct interval median; /* of x, once cells_medians was called */
  double rank;            /* where it stands, if cells_rank is to sort: highest first */
};
struct cells {
  struct cell *cell;
  size_t count;
};
/* The cell of `key`, made if need be with `run` as its first. Valid until the next one is made. */
struct cell *cells_at(struct cells *cells, const json_t *run, const char *key);
struct cell *cells_find(const struct cells *cells, const char *key);
void cell_add(struct cell *cell, double x);
void cells_medians(struct cells *cells); /* sorts each cell's x */
void cells_sort(struct cells *cells);    /* by cells_order of their runs */
void cells_rank(struct cells *cells);    /* by rank, then label, then backend */
void cells_free(struct cells *cells);

/* By workload, arguments, workers, backend, capsule, scheduler, faults: names as people count ("-n
 * 4" before "-n 30"), dram and `none` first. */
int cells_order(const json_t *a, const json_t *b);

/* It came to its end, the result was not wrong, and how long it took is known. */
bool run_ended(const json_t *run);
/* Of those, the ones in mode `timed`: without faults, without tracing. */
bool run_timed(const json_t *run);
bool run_hollow(const json_t *run); /* more workers than cores */

/* Names for pictures and tables. `text` holds RUN_NAME_MAX bytes and is returned. */
#define RUN_NAME_MAX 192
/* "fib -n 40", "quicksort -n 8M": defaults left out, shortened in the middle if need be. */
char *run_workload_name(const json_t *run, char *text);
enum shown { SHOW_BACKEND = 1, SHOW_CAPSULE = 2, SHOW_FAULTS = 4, SHOW_ALL = 7 };
/* "2 workers, emulated, beat, kill@20". */
char *run_setup_name(const json_t *run, enum shown shown, char *text);
/* "dax" only where it was granted without being forced. */
char *run_backend_name(const json_t *run, char *text);
/* "beat", "beat, lock". */
char *run_capsule_name(const json_t *run, char *text);
/* 1 on: the colour a capsule or a kind of fault or a backend has in every figure; those not known
 * get the last. */
enum { HUE_NONE = 1, HUE_BEAT = 2, HUE_FORK = 3 };
int run_capsule_hue(const json_t *run);
int run_backend_hue(const json_t *run);
int fault_kind_hue(const char *kind);

/* A field of a figure's CSV, a comma before it unless it is the first of its line. Texts lose what
 * gnuplot would trip over. */
void csv_text(FILE *csv, bool first, const char *text);
void csv_number(FILE *csv, double x);

#endif
