/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads a region as it lies in its file, without a lock and without changing it, and checks what must hold between its parts
 * (PROTOCOL 5): of a run that is live, what it finds may be torn; of a crashed or finished one, a fault is a finding.
 */
#ifndef PROC_AUDIT_H
#define PROC_AUDIT_H

#include "base/error.h"
#include "pm/source.h"
#include "proc/run_layout.h"
#include "sched/join_layout.h"
#include "task/stack.h"

struct pm_audit {
  struct pm_source source;
  const char *base;                     /* mapped for reading alone */
  uint64_t bytes;
  const struct pm_region_header *h;
  const struct pm_run_block *block;
  const struct pm_origin *origin;
  struct pm_task *tasks;                /* sizes and names from the region; no functions */
  bool live, borrowed;
  unsigned findings;
  char finding[16][256];
};

/* What in the run's block cannot be true, or NULL; `slots` of the header. Nothing in it decides the result, but the report reads
 * it, and the supervisor goes on with it. */
const char *pm_audit_block(const struct pm_run_block *b, uint32_t slots);
/* Whether the sections are as large as the header's counts ask for, to the page, and the counts go together. */
bool pm_audit_fits(const struct pm_region_header *h);
int pm_audit_open(struct pm_audit *a, const char *path, struct pm_error_line *e);
/* The same of a region that is mapped already. */
int pm_audit_borrow(struct pm_audit *a, const char *base, uint64_t bytes, struct pm_error_line *e);
void pm_audit_close(struct pm_audit *a);
/* Every record, stack, join, free list; fills finding[]. That there was no memory to check them is a finding, too. */
void pm_audit_check(struct pm_audit *a);

#endif
