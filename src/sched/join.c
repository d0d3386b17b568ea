/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * join, suspend, complete: PROTOCOL 4. Orders: every read of a word is an acquire and pairs with the CAM that wrote it, so
 * whoever sees DONE sees the result, whoever sees WAIT sees the continuation. A word that is read and acted upon is written
 * back before the next commit (JOIN_READ): whoever wrote it may have died before it was durable.
 */
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/tunables.h"
#include "sched/core.h"

/* Reads the word and writes its line back, whoever wrote it: `site` says which step depends on it. After a CAM of our own
 * this one write-back serves both, what we wrote and what we read. */
static uint64_t read_word(struct pm_core *c, struct pm_join_record *join, enum pm_site site) {
  uint64_t word = pm_view_load(c->cap.view, &join->word);
  pm_view_writeback(c->cap.view, site, join, PM_LINE);
  return word;
}

static bool word_is(uint64_t word, enum pm_join_state state, struct pm_ref ref) {
  return word == pm_word_make(state, ref.gen, ref.w);
}

const struct pm_join_record *pm_closure(struct pm_core *c, uint32_t join, uint32_t gen) {
  const struct pm_join_record *j = pm_join_at(c->cap.header, join);
  if (j->closure_sum != pm_closure_sum(j, join, gen) || j->task >= c->cap.task_count || !c->cap.tasks[j->task].start)
    pm_core_fail(c, PM_E_REGION, "%s: damaged: join record %u holds no closure of this run", c->region->path, join);
  return j;
}

/* The result of a join that is DONE. */
static pm_word result_of(struct pm_core *c, const struct pm_join_record *join, uint64_t done) {
  if (join->result_sum != pm_result_sum(done, join->result))
    pm_core_fail(c, PM_E_REGION, "%s: damaged: the result in a join record is not what its task returned", c->region->path);
  return join->result;
}

/* ---- join ------------------------------------------------------------------------------------------------------------------ */

/* The stack waits in the join record; this worker looks for something else. */
static _Noreturn void suspend(struct pm_core *c, uint32_t bytes, struct pm_ref ref) {
  struct pm_cont *cont = pm_cont_at(c->cap.header, ref.join);
  if (bytes > c->cap.stack.capacity)
    pm_core_fail(c, PM_E_PROGRAM, "the stack of %u bytes is too small for the depth of this program; give --stack a larger "
                 "size", c->cap.stack.capacity);
  cont->bytes = bytes;
  cont->root = c->root;
  memcpy(cont + 1, c->cap.stack.base, bytes);
  cont->sum = pm_cont_sum(cont, ref);
  pm_view_writeback(c->cap.view, PM_SITE_CONT, cont, sizeof *cont + bytes);
  /* That it is TAKEN is what this step acts upon: were it FREE again after a power failure, nobody would come. */
  pm_view_writeback(c->cap.view, PM_SITE_JOIN_READ, pm_join_at(c->cap.header, ref.join), PM_LINE);
  c->tally->count[PM_N_SUSPENDS]++;
  pm_core_commit(c, PM_INTENT_SUSPEND, ref, 0, 0);
  c->has_closure = false;
  c->has_stack = pm_suspend_redo(c, ref);
  if (c->has_stack) pm_hint_all(c);
  pm_core_again(c, PM_AGAIN_STACK);
}

bool pm_suspend_redo(struct pm_core *c, struct pm_ref ref) {
  struct pm_join_record *join = pm_join_at(c->cap.header, ref.join);
  pm_view_cam(c->cap.view, &join->word, pm_word_make(PM_JOIN_TAKEN, ref.gen, ref.w),
              pm_word_make(PM_JOIN_WAIT, ref.gen, ref.w));
  uint64_t word = read_word(c, join, PM_SITE_JOIN_WAIT);
  if (!word_is(word, PM_JOIN_DONE, ref)) return false;
  pm_cont_load(c, ref, result_of(c, join, word));
  return true;
}

/* OWN(g), FREE(g): the owner claims what nobody took. True: it is ours to run. */
static bool claim(struct pm_core *c, struct pm_join_record *join, uint64_t word) {
  uint64_t own = pm_word_make(PM_JOIN_OWN, pm_word_gen(word), pm_word_witness(word));
  if (word != own) pm_view_cam(c->cap.view, &join->word, word, own);
  return read_word(c, join, PM_SITE_JOIN_OWN) == own;
}

pm_word pm_join(struct pm_worker *w, void *frame, size_t frame_bytes, pm_word ref) {
  struct pm_core *c = w->core;
  uint32_t j = (uint32_t)ref, gen = (uint32_t)(ref >> 32);
  PM_CHECK(j < c->cap.header->joins);
  struct pm_join_record *join = pm_join_at(c->cap.header, j);
  uint32_t bytes = (uint32_t)((char *)frame + frame_bytes - c->cap.stack.base);
  uint64_t since = 0;
  pm_core_enter(c);
  for (;;) {
    if (atomic_load_explicit(&c->seat->wants, memory_order_relaxed) & PM_WANT_LEAVE) pm_core_again(c, PM_AGAIN_LEAVE);
    uint64_t word = pm_view_load(c->cap.view, &join->word);
    if (pm_word_gen(word) != gen)
      pm_core_fail(c, PM_E_REGION, "%s: damaged: a stack waits for join record %u, which serves another one", c->region->path, j);
    enum pm_join_state state = pm_word_state(word);
    if (state == PM_JOIN_DONE) {
      word = read_word(c, join, PM_SITE_JOIN_READ);
      if (since) pm_account(c, PM_WORK);
      pm_word r = result_of(c, join, word);
      pm_core_leave(c);
      return r;
    }
    if ((state == PM_JOIN_FREE || state == PM_JOIN_OWN) && claim(c, join, word)) {
      if (since) pm_account(c, PM_WORK);
      const struct pm_join_record *closure = pm_closure(c, j, gen);
      pm_core_leave(c);
      return c->cap.tasks[closure->task].start(w, (char *)frame + frame_bytes, closure->args);
    }
    if (state != PM_JOIN_TAKEN) continue;
    if (!since) {
      pm_account(c, PM_WAIT);
      since = pm_clock_ns();
    } else if (pm_clock_ns() - since > pm_join_spin_ns) {
      suspend(c, bytes, (struct pm_ref){j, gen, pm_word_witness(word)});
    }
    __builtin_ia32_pause();
  }
}

/* The label behind a join: the one place where a join record is freed, whichever way led to it. */
void pm_joined(struct pm_worker *w, void *frame) {
  struct pm_core *c = w->core;
  struct pm_head *h = frame;
  pm_core_enter(c);
  pm_pool_free(&c->cap.pool, (uint32_t)*pm_fork_ref(pm_fork_noted(h, h->joining)));
  pm_core_leave(c);
}

/* ---- complete ----------------------------------------------------------------------------------------------------------------- */

void pm_cont_load(struct pm_core *c, struct pm_ref ref, pm_word result) {
  const struct pm_cont *cont = pm_cont_at(c->cap.header, ref.join);
  if (!cont->bytes || cont->bytes > c->cap.stack.capacity || cont->root.join >= c->cap.header->joins ||
      cont->sum != pm_cont_sum(cont, ref))
    pm_core_fail(c, PM_E_REGION, "%s: damaged: the continuation of join record %u is not what was suspended", c->region->path,
                 ref.join);
  memcpy(c->cap.stack.base, cont + 1, cont->bytes);
  c->cap.stack.bytes = cont->bytes;
  c->root = cont->root;
  c->pending = result;
}

/* The run's own first task is done: durable before anybody reports it. */
static void finish(struct pm_core *c) {
  pm_view_fence(c->cap.view);
  atomic_store(&c->session->done_ns, pm_clock_ns());
  pm_session_ring(c->session, UINT32_MAX >> 1);
}

bool pm_complete_redo(struct pm_core *c, struct pm_ref ref, uint64_t result) {
  struct pm_join_record *join = pm_join_at(c->cap.header, ref.join);
  uint64_t word = read_word(c, join, PM_SITE_JOIN_READ);
  if (word_is(word, PM_JOIN_TAKEN, ref)) {
    PM_POINT(c->cap.view, "result=");
    join->result = result;
    join->result_sum = pm_result_sum(pm_word_make(PM_JOIN_DONE, ref.gen, ref.w), result);
    if (c->cap.view->persist == PM_PERSIST_PAGE) {          /* a page does not keep the order of its stores */
      pm_view_writeback(c->cap.view, PM_SITE_JOIN_DONE, join, PM_LINE);
      pm_view_fence(c->cap.view);
    }
    pm_view_cam(c->cap.view, &join->word, word, pm_word_make(PM_JOIN_DONE, ref.gen, ref.w));
    word = read_word(c, join, PM_SITE_JOIN_DONE);
  }
  if (ref.join == PM_JOIN_ROOT && word_is(word, PM_JOIN_DONE, ref)) finish(c);
  if (!word_is(word, PM_JOIN_WAIT, ref)) return false;
  pm_cont_load(c, ref, result);
  return true;
}

void pm_complete(struct pm_core *c, uint64_t result) {
  struct pm_ref ref = c->root;
  pm_core_commit(c, PM_INTENT_COMPLETE, ref, result, 0);
  c->has_stack = pm_complete_redo(c, ref, result);
  if (c->has_stack) pm_hint_all(c);
}
