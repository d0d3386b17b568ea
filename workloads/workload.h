/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A workload: a program of pmsched.h, and what the tool must know to offer it on a command line. One file each, and a row
 * in workloads/table.c. Functions return 0 or a negative number with one line in `error` (PM_TEXT_MAX bytes) that says
 * what, where and what to do.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <pmsched.h>

struct workload_option {
  const char *name;               /* "input": --input; a name of one letter is a short option: "n": -n */
  const char *value;              /* what stands in the help: "N", "FILE", "A.npy B.npy" */
  const char *help;
  unsigned values;                /* how many arguments it takes; 0 ends the table */
};

struct workload_serial {          /* what the serial twin did */
  uint64_t ns;
  pm_word result;
  char answer[64];                /* to compare with struct pm_data's, character by character; "" where it cannot be */
};

struct workload {
  const struct pm_program *program;
  const char *summary;            /* one line for `pmbench list` */
  bool hidden;                    /* for tests: it can be run, and is not listed */
  const struct workload_option *options;
  /* Fills the block of arguments with defaults. The run's seed is in it, so that generated input is the same again. */
  void (*defaults)(void *args, uint64_t seed);
  int (*set)(void *args, const char *option, const char *const *values, char *error);
  /* After the last set: consistent? Reads enough of an input file to know n. */
  int (*ready)(void *args, char *error);
  uint64_t (*n)(const void *args);
  uint64_t (*tasks)(const void *args);          /* how many tasks a run has, from arithmetic; 0 unknown */
  void (*describe)(const void *args, char *text, size_t bytes);   /* "-n 40": the arguments in canonical form */
  uint64_t (*serial_bytes)(const void *args);   /* of memory that the serial twin takes; may be NULL: not worth counting */
  int (*serial)(const void *args, struct workload_serial *twin, char *error);  /* on private memory; times the twin only */
  const char *(*output_path)(const void *args); /* where output writes; "" nowhere; may be NULL, as output */
  const char *(*library)(void);   /* that does its work, as it was loaded: version and kernels; static. May be NULL: none */
  /* Whether that can be written, before the work; the path may become another name of the same place. May be NULL, as output. */
  int (*output_check)(void *args, char *error);
  int (*output)(struct pm_data *d, const void *args, char *error);  /* writes the output file whole or not at all; may be NULL */
};

extern const struct workload *const workloads[];   /* ends with NULL */
extern const struct workload workload_fib, workload_quicksort, workload_matrix, workload_spin;

#endif
