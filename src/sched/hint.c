/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hints: a ring a seat of promoted forks that somebody may take (the deque). Entries may be lost, stale or doubled: the truth
 * is the join's word, so nothing here needs an order; relaxed throughout. Thieves look from the oldest, the largest piece.
 */
#include "sched/core.h"
#include "task/stack.h"

void pm_hint_push(struct pm_seat *seat, uint64_t hint) {
  uint64_t top = atomic_load_explicit(&seat->hint_top, memory_order_relaxed);
  atomic_store_explicit(&seat->hint[top % PM_HINTS], hint, memory_order_relaxed);
  atomic_store_explicit(&seat->hint_top, top + 1, memory_order_release);   /* a thief that sees top sees the entry */
}

static void push_free(void *context, struct pm_head *frame, struct pm_fork *note) {
  struct pm_core *c = context;
  (void)frame;
  if (!note->promoted) return;
  pm_word ref = *pm_fork_ref(note);
  if ((uint32_t)ref >= c->cap.header->joins) return;
  uint64_t word = pm_view_load(c->cap.view, &pm_join_at(c->cap.header, (uint32_t)ref)->word);
  if (pm_word_state(word) == PM_JOIN_FREE && pm_word_gen(word) == (uint32_t)(ref >> 32)) pm_hint_push(c->seat, ref);
}

void pm_hint_all(struct pm_core *c) {
  pm_stack_forks(c->cap.stack.base, c->cap.stack.bytes, c->cap.tasks, c->cap.task_count, push_free, c);
  pm_session_ring(c->session, 1);
}

uint64_t pm_hint_next(struct pm_core *c, struct pm_seat *seat, uint64_t *at) {
  uint64_t top = atomic_load_explicit(&seat->hint_top, memory_order_acquire);
  if (top > PM_HINTS && *at < top - PM_HINTS) *at = top - PM_HINTS;
  for (; *at < top; ++*at) {
    _Atomic uint64_t *entry = &seat->hint[*at % PM_HINTS];
    uint64_t hint = atomic_load_explicit(entry, memory_order_relaxed);
    if (!hint || (uint32_t)hint >= c->cap.header->joins) continue;
    uint64_t word = pm_view_load(c->cap.view, &pm_join_at(c->cap.header, (uint32_t)hint)->word);
    if (pm_word_state(word) == PM_JOIN_FREE && pm_word_gen(word) == (uint32_t)(hint >> 32)) {
      ++*at;
      return hint;
    }
    atomic_compare_exchange_strong_explicit(entry, &hint, 0, memory_order_relaxed, memory_order_relaxed);
  }
  return 0;
}
