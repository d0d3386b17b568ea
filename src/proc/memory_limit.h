/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much memory this process may still have, as far as the machine tells: the limits of its control group and of every one
 * above it (both versions), and the machine's own memory. A limit that is passed kills without a word, so it is read before
 * anything is mapped. What cannot be read is no limit.
 */
#ifndef PROC_MEMORY_LIMIT_H
#define PROC_MEMORY_LIMIT_H

#include <stdint.h>

struct pm_memory_limit {
  char file[4096];                        /* where it stands; "" there is none */
  uint64_t bytes, left_bytes;             /* left: what is in use counts, but for what the kernel can take back, and swap is added */
};

/* The limit that leaves the least. `root` is put before every path: "" but in tests. */
void pm_memory_limit_read(const char *root, struct pm_memory_limit *tightest);

#endif
