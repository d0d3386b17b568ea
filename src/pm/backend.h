/* SPDX-License-Identifier: BSD-3-Clause */
/* A backend: which granularity is asked of libpmem2, whether it is forced, and what may come of it. A row each. */
#ifndef PM_BACKEND_H
#define PM_BACKEND_H

#include <libpmem2.h>

#include "pm/region.h"

struct pm_backend_row {
  const char *name;
  enum pmem2_granularity required;
  const char *force;                    /* PMEM2_FORCE_GRANULARITY around the mapping, or NULL */
  bool writes_back;                     /* dram: nothing is needed to survive killed processes */
  const char *directory;                /* where a region without a path goes; NULL: a path is needed */
};
extern const struct pm_backend_row pm_backend_rows[PM_BACKENDS];

/* Maps r->fd, r->bytes long, at a random address; fills view, granularity, forced. */
int pm_backend_map(struct pm_region *r, struct pm_error_line *e);
void pm_backend_unmap(struct pm_region *r);
/* The name of the file system that holds an open file: "tmpfs", "ext4", or its number. */
void pm_backend_fs(int fd, char *text, size_t bytes);

#endif
