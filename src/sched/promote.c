/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * promote(F, k), PROTOCOL 4: the owner, at a stop, makes of its oldest fork a join record that others can take. The commit
 * that records it is the caller's; only after that commit may the hint be pushed. A fault before the commit returns the join
 * record with the allocator's state, and nobody has heard of it.
 */
#include <string.h>

#include "base/check.h"
#include "sched/core.h"

enum { PROMOTED_MAX = PM_LIMBO - 4 };   /* so that limbo has room for all that one capsule can free: what the stack holds */

bool pm_promote(struct pm_core *c, uint32_t stack_bytes, uint64_t *hint) {
  unsigned promoted;
  struct pm_fork_at at = pm_stack_oldest_fork(&c->cap.stack, stack_bytes, c->cap.tasks, c->cap.task_count, &promoted);
  if (!at.note || promoted >= PROMOTED_MAX) return false;
  uint32_t j = pm_pool_alloc(&c->cap.pool);
  if (j == PM_POOL_NONE) return false;            /* the fork stays a note: its parent will run it */
  struct pm_join_record *join = pm_join_at(c->cap.header, j);
  uint32_t gen = (pm_word_gen(atomic_load_explicit(&join->word, memory_order_relaxed)) + 1) & PM_GEN_MASK;
  PM_CHECK(at.note->bytes <= PM_ARGS_MAX);
  memcpy(join->args, pm_fork_args(at.note), at.note->bytes);
  join->task = at.note->task;
  join->closure_sum = pm_closure_sum(join, j, gen);
  join->result = 0;
  /* Release: pairs with the acquire of whoever reads the word, who may then read the closure. */
  PM_POINT(c->cap.view, "promote");
  atomic_store_explicit(&join->word, pm_word_make(PM_JOIN_FREE, gen, pm_witness(c->cap.slot_number, c->cap.seq)),
                        memory_order_release);
  pm_view_writeback(c->cap.view, PM_SITE_JOIN_FILL, join, sizeof *join);
  at.note->promoted = 1;
  *pm_fork_ref(at.note) = pm_fork_ref_of(j, gen);
  *hint = pm_fork_ref_of(j, gen);
  c->tally->count[PM_N_PROMOTIONS]++;
  return true;
}
