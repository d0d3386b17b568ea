/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The header of a .npy file: a literal dictionary of Python's, with the keys descr, fortran_order and shape in any order. What
 * Python reads as that is read: either kind of quotes, u'' and L of Python 2, blanks, tabs and ends of lines between its parts.
 */
#ifndef WORKLOADS_NPY_HEADER_H
#define WORKLOADS_NPY_HEADER_H

#include <stddef.h>

#include "npy.h"

/* `header` ends with a zero, and `bytes` is how many came before it. Fills rows, columns and fortran; returns 0, or -1 and in
 * `wrong` (`room` bytes) what is wrong, without the file's name. */
int npy_header_read(const char *header, size_t bytes, struct npy *shape, char *wrong, size_t room);

#endif
