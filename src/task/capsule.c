/* SPDX-License-Identifier: BSD-3-Clause */
#include "task/capsule.h"

#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/sum.h"
#include "base/tunables.h"

void pm_capsule_open(struct pm_capsule *c, struct pm_region *r, const struct pm_task *tasks, uint32_t task_count) {
  char *stack = c->stack.base;
  *c = (struct pm_capsule){.view = &r->view, .header = r->header, .tasks = tasks, .task_count = task_count,
                           .durable = r->header->policy != PM_POLICY_NONE,
                           .untimed = r->header->policy == PM_POLICY_FORK ? PM_COMMITS_A_TIMING - 1 : 0};
  c->stack = (struct pm_stack){.base = stack, .capacity = r->header->stack_bytes};
  pm_pool_open(&c->pool, c->view, pm_region_section(r, PM_SECTION_LINKS), r->header->joins);
}

/* Only what is used of limbo is written, so only that is written back. */
static uint32_t record_bytes(const struct pm_record *r) {
  return (uint32_t)(offsetof(struct pm_record, pool.limbo) + r->pool.limbo_count * sizeof(uint32_t));
}

uint64_t pm_record_sum(const struct pm_record *r, uint32_t slot, uint64_t seq, const char *image) {
  uint64_t whose = (seq << 8 | slot) * UINT64_C(0x9E3779B97F4A7C15);        /* odd: no two restart points share it */
  if (r->stack_bytes) whose ^= pm_sum(image, r->stack_bytes);
  return pm_sum_on(whose, &r->intent, record_bytes(r) - offsetof(struct pm_record, intent));
}

const char *pm_slot_wrong(const struct pm_region_header *h, uint32_t k) {
  const struct pm_slot *slot = pm_slot_at(h, k);
  uint64_t seq = pm_slot_seq(slot);
  const struct pm_record *r = &slot->record[seq & 1];
  if (atomic_load_explicit(&slot->installed, memory_order_relaxed) != pm_installed_make(k, seq))
    return "the number of its last commit cannot be true";
  if (r->intent >= PM_INTENTS || r->stack_bytes > h->stack_bytes || (r->intent != PM_INTENT_RUN) != !r->stack_bytes ||
      r->ref.join >= h->joins || r->pool.limbo_count > PM_LIMBO)
    return "its record cannot be true";
  if (r->sum != pm_record_sum(r, k, seq, pm_image_at(h, k, seq & 1))) return "its record and its stack are not what its last commit wrote";
  return NULL;
}

void pm_capsule_commit(struct pm_capsule *c, enum pm_intent intent, struct pm_ref ref, uint64_t result, uint32_t bytes) {
  PM_CHECK(bytes <= c->stack.capacity);
  bool timed = !(c->commits & c->untimed);
  uint64_t begin = timed ? pm_clock_ns() : 0, next = c->seq + 1;
  unsigned parity = next & 1;
  if (c->durable) {
    if (bytes) {                                                            /* 1: the stack, all of it */
      memcpy(c->image[parity], c->stack.base, bytes);
      pm_view_writeback(c->view, PM_SITE_IMAGE, c->image[parity], bytes);
      c->stack_copied += bytes;
    }
    struct pm_record *r = &c->slot->record[parity];                         /* 2: the record */
    r->intent = intent;
    r->stack_bytes = bytes;
    r->ref = ref;
    r->result = result;
    pm_pool_save(&c->pool, &r->pool);
    r->sum = pm_record_sum(r, c->slot_number, next, c->stack.base);
    pm_view_writeback(c->view, PM_SITE_RECORD, r, record_bytes(r));         /* 3: all else was written back where it was */
    pm_view_fence(c->view);                                                 /*    written, tried, or read and acted upon */
  }
  /* 4. Release: the kernel hands the slot to another process only after this one ended, but a thread or a reader of a live
   * region must not see seq before its record; pairs with the acquire in pm_capsule_load. */
  PM_POINT(c->view, "seq=");
  atomic_store_explicit(&c->slot->installed, pm_installed_make(c->slot_number, next), memory_order_release);
  if (c->durable) {
    pm_view_writeback(c->view, PM_SITE_SEQ, &c->slot->installed, sizeof c->slot->installed);
    pm_view_fence(c->view);
  }
  c->seq = next;
  pm_pool_committed(&c->pool);
  if (timed) {
    c->committed_at_ns = pm_clock_ns();
    c->commit_last_ns = c->committed_at_ns - begin;
  }
  c->commits++;
  c->commit_ns += c->commit_last_ns;
}

int pm_capsule_load(struct pm_capsule *c, uint32_t slot, struct pm_record *record) {
  const struct pm_region_header *h = c->header;
  c->slot_number = slot;
  c->slot = pm_slot_at(h, slot);
  c->image[0] = pm_image_at(h, slot, 0);
  c->image[1] = pm_image_at(h, slot, 1);
  c->seq = pm_slot_seq(c->slot);
  pm_view_writeback(c->view, PM_SITE_SEQ_ATTACH, &c->slot->installed, sizeof c->slot->installed);
  pm_view_fence(c->view);
  c->stack.bytes = 0;
  c->committed_at_ns = pm_clock_ns();
  if (!c->durable) {                              /* nothing to go back to: its only attach is the first */
    *record = (struct pm_record){.intent = PM_INTENT_IDLE};
    return pm_pool_load(&c->pool, &c->slot->record[0].pool) ? 0 : PM_E_REGION;
  }
  *record = c->slot->record[c->seq & 1];
  if (pm_slot_wrong(h, slot)) return PM_E_REGION;
  if (!pm_pool_load(&c->pool, &record->pool)) return PM_E_REGION;
  memcpy(c->stack.base, c->image[c->seq & 1], record->stack_bytes);
  c->stack.bytes = record->stack_bytes;
  return 0;
}
