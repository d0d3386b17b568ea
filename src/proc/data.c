/* SPDX-License-Identifier: BSD-3-Clause */
/* The region as setup, check and output see it: struct pm_data of pmsched.h. */
#include "proc/data.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "sched/join_layout.h"

void pm_data_open(struct pm_data *d, struct pm_data_core *core, struct pm_region *r) {
  *d = (struct pm_data){.region = r->view.base, .core = core};
  *core = (struct pm_data_core){.region = r};
  memcpy(d->handle, r->header->handle, sizeof d->handle);
  d->result = pm_join_at(r->header, PM_JOIN_ROOT)->result;
}

pm_ptr pm_alloc(struct pm_data *d, uint64_t bytes) {
  struct pm_region_header *h = d->core->region->header;
  const struct pm_section *arena = &h->section[PM_SECTION_ARENA];
  if (bytes > arena->bytes - h->arena_cursor) {
    snprintf(d->error, sizeof d->error, "the region has %llu bytes for data and needs more; give --region-size a larger one",
             (unsigned long long)arena->bytes);
    d->core->refused = true;
    return 0;
  }
  pm_ptr p = arena->offset + h->arena_cursor;
  uint64_t next = h->arena_cursor + ((bytes + 63) & ~(uint64_t)63);
  h->arena_cursor = next < arena->bytes ? next : arena->bytes;
  return p;
}

void pm_root(struct pm_data *d, uint32_t task, const void *args, size_t bytes) {
  struct pm_join_record *j = pm_join_at(d->core->region->header, PM_JOIN_ROOT);
  j->task = (uint16_t)task;
  memcpy(j->args, args, bytes);
  j->closure_sum = pm_closure_sum(j, PM_JOIN_ROOT, PM_JOIN_ROOT_GEN);
  atomic_store(&j->word, pm_word_make(PM_JOIN_FREE, PM_JOIN_ROOT_GEN, 0));
}
