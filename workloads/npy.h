/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Matrices of doubles in NumPy's file format: two dimensions, '<f8', rows first or (Fortran) columns first. Functions return
 * 0, or -1 and a line in `error` (PM_TEXT_MAX bytes) that names the file. Format: numpy.lib.format, versions 1.0 to 3.0.
 */
#ifndef WORKLOADS_NPY_H
#define WORKLOADS_NPY_H

#include <stdbool.h>
#include <stdint.h>

struct npy { int64_t rows, columns, data; double largest; bool fortran; };   /* data: where the numbers begin in the file */

/* Reads the header, and looks at every number: one that is not finite is an error; the largest size of one is kept. */
int npy_look(const char *path, struct npy *shape, char *error);
/* Reads the numbers, rows first. A file whose shape is no longer rows x columns is an error. */
int npy_read(const char *path, int64_t rows, int64_t columns, double *numbers, char *error);
/* Whole or not at all; rows first. */
int npy_write(const char *path, int64_t rows, int64_t columns, const double *numbers, char *error);

#endif
