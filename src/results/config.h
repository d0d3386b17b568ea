/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A configuration: which runs a campaign makes. YAML; every value is text with the line it stands
 * on, since what it may be is the command line's to say.
 *
 *   name: example            # letters, digits, "-", "_", "."; default: the file's own name
 *   runs: 10                 # of each combination (1)
 *   warmup: 1                # as many before them, not recorded (0)
 *   seed: 1                  # of the runs, as --seed, and of their order
 *   matrix:                  # options of `pmbench run`, a value or a list each: all are crossed
 *     workload:
 *       - {name: fib, args: {n: [35, 40]}}
 *     backend: [dram, emulated]
 *     procs: [1, all, 2x, 1..4]
 *     fault: [none, kill@20, [kill@20, stop@1]]
 *   timeout: 1m              # of a run
 *   blocks:                  # several matrices; what a block does not say, the file says
 *     - name: first
 *       matrix: ...
 */
#ifndef RESULTS_CONFIG_H
#define RESULTS_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONFIG_NAME_MAX = 64, CONFIG_BYTES_MAX = 1 << 20, CONFIG_CHOICES_MAX = 1024 };

struct config_choice {                    /* one value; a list where an option takes several */
  const char *const *texts;
  unsigned count, line;
};
struct config_axis {                      /* an option and its values; no values: not given */
  const char *name;
  struct config_choice *choices;
  unsigned count, line;
};
struct config_workload {
  const char *name;
  struct config_axis *args;
  unsigned arg_count, line;
};

enum config_option {
  CONFIG_BACKEND, CONFIG_CAPSULE, CONFIG_PROCS, CONFIG_PIN, CONFIG_FAULT, CONFIG_SLOTS,
  CONFIG_STACK, CONFIG_REGION_SIZE, CONFIG_RESPAWN_DELAY, CONFIG_WATCHDOG, CONFIG_TIMEOUT, CONFIG_OPTIONS
};

struct config_block {
  const char *name;                       /* NULL: none */
  uint64_t runs, warmup, seed;
  struct config_workload *workloads;
  unsigned workload_count, line;
  struct config_axis axes[CONFIG_OPTIONS];
};

struct config {                           /* owns everything that its blocks point to */
  const char *path;                       /* the caller's */
  char *text;                             /* the file as it is, `bytes` long */
  size_t bytes;
  char name[CONFIG_NAME_MAX];
  uint64_t seed;
  struct config_block *blocks;
  unsigned block_count;
  struct config_store *store;
};

/* Returns 0, or PM_E_USAGE and one line in `error` (PM_TEXT_MAX bytes) that begins with
 * "PATH:LINE: ". config_free() in any case. */
int config_load(struct config *c, const char *path, char *error);
void config_free(struct config *c);
/* n x size bytes of zeros that config_free() gives back; NULL: no memory. */
void *config_keep(struct config *c, size_t n, size_t size);
/* Writes such a line; returns PM_E_USAGE. */
int config_fail(const struct config *c, unsigned line, char *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
