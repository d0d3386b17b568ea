/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Capsules: the commit that makes the worker's present state its restart point, and the restart from it (PROTOCOL 3).
 *
 *   state of a slot: seq = s; record[s & 1], image[s & 1] hold the restart point; the other pair is scratch.
 *   commit s -> s+1: pm_capsule_commit. Before its second fence nobody outside may learn of what the capsule did.
 *   restart:         pm_capsule_load, by whoever holds the slot's lock.
 *
 * A record carries a checksum over itself, its image, its slot and its number: a load refuses what no commit has written.
 *
 * What a fault leaves behind: before `seq = s+1` is stored, a half-written scratch pair, which nobody reads; after it, in a
 * process that died, seq = s+1 in the cache but perhaps not on the medium, which is why a load writes `seq` back first.
 */
#ifndef TASK_CAPSULE_H
#define TASK_CAPSULE_H

#include "mem/pool.h"
#include "pm/region.h"
#include "task/slot_layout.h"
#include "task/stack.h"

struct pm_capsule {
  struct pm_view *view;
  const struct pm_region_header *header;
  const struct pm_task *tasks;
  uint32_t task_count;
  bool durable;                         /* false under policy none: seq goes up, nothing else is written */
  uint32_t slot_number;
  struct pm_slot *slot;
  char *image[2];
  uint64_t seq;
  struct pm_pool pool;
  struct pm_stack stack;
  uint32_t untimed;                     /* of the commits, those whose numbers have one of these bits: they count as the last one timed */
  uint64_t commits, commit_ns, stack_copied;                    /* counters */
  uint64_t commit_last_ns, committed_at_ns;                     /* what the last timed commit took; when it was */
};

void pm_capsule_open(struct pm_capsule *c, struct pm_region *r, const struct pm_task *tasks, uint32_t task_count);
/* Commits: `bytes` of the working stack with RUN, else none. `ref` and `result` as in struct pm_record. */
void pm_capsule_commit(struct pm_capsule *c, enum pm_intent intent, struct pm_ref ref, uint64_t result, uint32_t bytes);
/* Attaches to a slot whose lock is held: seq is durable, the working stack and the pool are what the record says, and
 * *record is a copy of it. PM_E_REGION if it cannot be true. */
int pm_capsule_load(struct pm_capsule *c, uint32_t slot, struct pm_record *record);

/* The checksum of a record whose counts are in range, and of the stack that belongs to it, as commit `seq` of that slot. */
uint64_t pm_record_sum(const struct pm_record *r, uint32_t slot, uint64_t seq, const char *image);
/* Why the restart point of a slot cannot be one that a commit wrote, or NULL. */
const char *pm_slot_wrong(const struct pm_region_header *h, uint32_t slot);

static inline struct pm_slot *pm_slot_at(const struct pm_region_header *h, uint32_t k) {
  return (struct pm_slot *)((char *)h + h->section[PM_SECTION_SLOTS].offset) + k;
}
static inline char *pm_image_at(const struct pm_region_header *h, uint32_t k, unsigned parity) {
  return (char *)h + h->section[PM_SECTION_IMAGES].offset + (uint64_t)(2 * k + parity) * h->stack_bytes;
}

#endif
