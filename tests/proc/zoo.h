/* SPDX-License-Identifier: BSD-3-Clause */
/* A program that uses each macro of pmsched.h, its options, and what its tests ask of the files it leaves. */
#ifndef TESTS_ZOO_H
#define TESTS_ZOO_H

#include "pmrun.h"

struct zoo_args {
  int64_t length;                       /* of the arrays */
  int64_t work;                         /* turns of a loop in each leaf */
  int64_t rounds;                       /* of read and overwrite in each counter */
};
extern const struct pm_program zoo_program;

/* Regions in /dev/shm that this process made. */
unsigned zoo_files_left(void);

#endif
