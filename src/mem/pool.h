/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A slot's free list of type-stable blocks (join records), named by index. Its state is committed with the capsule: what an
 * unfinished capsule allocated is returned by the fault itself (PROTOCOL 3; the design's model has checked it).
 *
 *   allocated   popped from the list; the popped links stay as they are
 *   freed       noted in private memory; goes into `limbo` of the next record, and is threaded onto the list in the capsule
 *               after that, when no fault can bring back a capsule in which the block was in use
 *
 * Invariants: (1) links lie outside the blocks and only threading writes them; (2) a block is in one list or limbo at most;
 * (3) limbo has room for all that one capsule can free, because no stack holds more join records (sched/promote.c). pool_test checks each.
 */
#ifndef MEM_POOL_H
#define MEM_POOL_H

#include <stdbool.h>

#include "pm/view.h"

enum { PM_POOL_NONE = 0xffffffff, PM_LIMBO = 64 };

/* Part of a slot's record. */
struct pm_pool_record { uint32_t head, limbo_count, limbo[PM_LIMBO]; };

struct pm_pool {
  struct pm_view *view;
  uint32_t *links, blocks;                        /* in the region */
  uint32_t head, freed_count, freed[PM_LIMBO];    /* private, until the commit */
};

void pm_pool_open(struct pm_pool *p, struct pm_view *v, uint32_t *links, uint32_t blocks);
/* False if the record cannot be true: an index out of range. */
bool pm_pool_load(struct pm_pool *p, const struct pm_pool_record *r);
uint32_t pm_pool_alloc(struct pm_pool *p);        /* PM_POOL_NONE when empty */
void pm_pool_free(struct pm_pool *p, uint32_t block);
/* Before a commit, into its record; after it, what went into limbo joins the list. */
void pm_pool_save(const struct pm_pool *p, struct pm_pool_record *r);
void pm_pool_committed(struct pm_pool *p);

#endif
