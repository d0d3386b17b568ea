/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A slot in the region: the durable place to work in (PROTOCOL 3). `seq` is the installed restart point; record and image
 * numbered seq & 1 are the valid ones. Also the table of tasks, for whoever reads a region without its program.
 */
#ifndef TASK_SLOT_LAYOUT_H
#define TASK_SLOT_LAYOUT_H

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/pool.h"

enum pm_intent { PM_INTENT_IDLE, PM_INTENT_RUN, PM_INTENT_COMPLETE, PM_INTENT_SUSPEND, PM_INTENTS };

/* A join record as somebody holds it: which one, which generation, and the thief's witness. */
struct pm_ref { uint32_t join, gen; uint64_t w; };

struct pm_record {
  uint64_t sum;                         /* of slot, seq, the rest of the record and its image: the commit that wrote it */
  uint32_t intent, stack_bytes;         /* of the image; 0 but with RUN */
  struct pm_ref ref;                    /* RUN: the root of the stack. COMPLETE, SUSPEND: the join of the step */
  uint64_t result;                      /* COMPLETE */
  struct pm_pool_record pool;
  uint8_t pad[320 - 8 - 8 - 16 - 8 - sizeof(struct pm_pool_record)];
};
static_assert(sizeof(struct pm_record) == 320, "a record is five lines");

struct pm_slot {
  _Atomic uint64_t installed;           /* pm_installed_make(): seq, one word for one store, with a check of its own above */
  /* Losses of a restart point (PROTOCOL 3), on its line so that they are written back with it. */
  uint64_t point;                       /* its seq; another one's counts are zero */
  uint64_t everybody;                   /* all slots' seq added up, when lost_alone began to count */
  uint32_t lost, lost_alone;            /* how often; since anybody's last commit */
  uint32_t poison;                      /* those in a row that nobody injected */
  uint8_t pad[64 - 36];
  struct pm_record record[2];
};
static_assert(offsetof(struct pm_slot, record) == 64 && sizeof(struct pm_slot) == 704, "a slot is eleven lines");

/* A number that is off by one would be another true restart point of the slot, and no sum over the record could tell. */
enum { PM_INSTALLED_BITS = 48 };
static inline uint64_t pm_installed_make(uint32_t slot, uint64_t seq) {
  uint64_t check = ((seq << 8 | slot) + 1) * UINT64_C(0x9E3779B97F4A7C15) >> PM_INSTALLED_BITS;
  return check << PM_INSTALLED_BITS | seq;
}
static inline uint64_t pm_installed_seq(uint64_t installed) { return installed & ((UINT64_C(1) << PM_INSTALLED_BITS) - 1); }
/* The installed restart point of a slot. Acquire: pairs with the commit's store, so who sees the number sees the record. */
static inline uint64_t pm_slot_seq(const struct pm_slot *slot) {
  return pm_installed_seq(atomic_load_explicit(&slot->installed, memory_order_acquire));
}

struct pm_task_row {
  char name[64], result[64], args[224];
  uint32_t frame_bytes, args_bytes;
  uint8_t pad[24];
};
static_assert(sizeof(struct pm_task_row) == 384, "");

#endif
