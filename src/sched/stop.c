/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The slow path of a task's beginning: somebody lowered `limit`, or the stack is full. The stop sets `limit` first and reads
 * the reasons after it; both are sequentially consistent, and whoever asks sets the reason first and lowers `limit` after
 * it, so no request is lost.
 */
#include <string.h>

#include "base/clock.h"
#include "base/tunables.h"
#include "sched/core.h"

static void check_room(struct pm_core *c, uint32_t bytes) {
  if (bytes <= c->cap.stack.capacity) return;
  pm_core_fail(c, PM_E_PROGRAM, "the stack of %u bytes is too small for the depth of this program; give --stack a larger size",
               c->cap.stack.capacity);
}

/* T follows what a beat costs. */
static void adapt_beat(struct pm_core *c) {
  struct pm_session *s = c->session;
  if (!s->beat_max_ns || c->lost) return;         /* after losses T is another one (loss.c) */
  uint64_t t = PM_BEAT_TIMES * (s->beat_signal_ns + c->beat_commit_ns);
  if (t > s->beat_max_ns) t = s->beat_max_ns;
  if (t < pm_beat_least_ns) t = pm_beat_least_ns;
  if (t > c->beat_ns + c->beat_ns / 4 || t < c->beat_ns - c->beat_ns / 4) {
    c->beat_ns = t;
    if (c->way->beat_set) c->way->beat_set(c, t);
  }
}

/* A frame that had not begun stops again in the state that was loaded: to commit it once more would look like progress. */
static bool is_restart_point(struct pm_core *c, uint32_t bytes) {
  if (!c->attached || !c->cap.durable || bytes != c->cap.stack.bytes || c->cap.pool.freed_count) return false;
  const struct pm_record *r = &c->cap.slot->record[c->cap.seq & 1];
  return r->intent == PM_INTENT_RUN && r->stack_bytes == bytes &&
         !memcmp(c->cap.stack.base, c->cap.image[c->cap.seq & 1], bytes);
}

/* What is not in the table cannot be resumed, whoever commits it. */
static void check_listed(struct pm_core *c, const struct pm_head *h, size_t frame_bytes) {
  const struct pm_task *t = h->task < c->cap.task_count ? &c->cap.tasks[h->task] : NULL;
  if (t && t->resume && t->frame_bytes == frame_bytes) return;
  pm_core_fail(c, PM_E_PROGRAM, "the %uth task of the program, in the order of PM_TASK and PM_DECLARE, is not in its table: list every "
               "task with PM_ENTRY, and let task_count be sizeof tasks / sizeof *tasks", (unsigned)h->task + 1);
}

static void stop(struct pm_core *c, void *frame, size_t frame_bytes, bool must_commit) {
  atomic_exchange(&c->w->limit, pm_core_limit(c));
  uint32_t wants = atomic_fetch_and(&c->seat->wants, (uint32_t)PM_WANT_LEAVE);
  if (wants & PM_WANT_LEAVE) pm_core_again(c, PM_AGAIN_LEAVE);
  bool restart = wants & PM_WANT_RESTART;
  if (restart && !c->keep) pm_core_again(c, PM_AGAIN_RESTART);
  uint32_t bytes = (uint32_t)((char *)frame + frame_bytes - c->cap.stack.base);
  check_room(c, bytes);
  check_listed(c, frame, frame_bytes);
  bool beat = wants & PM_WANT_BEAT || c->session->policy == PM_POLICY_FORK || must_commit || restart;
  uint64_t hint = 0;
  bool promoted = (beat || wants & PM_WANT_THIEF) && pm_promote(c, bytes, &hint);
  if (beat && !must_commit && !promoted && is_restart_point(c, bytes)) beat = false;
  c->attached = false;
  if (beat || promoted) pm_core_commit(c, PM_INTENT_RUN, c->root, 0, bytes);
  if (promoted) {
    pm_hint_push(c->seat, hint);
    pm_session_ring(c->session, 1);
  }
  if (restart) pm_core_again(c, PM_AGAIN_RESTART);         /* what the shielded call did is in the commit */
  if (wants & PM_WANT_BEAT) adapt_beat(c);
}

void pm_stop(struct pm_worker *w, void *frame, size_t bytes) {
  struct pm_core *c = w->core;
  pm_core_enter(c);
  stop(c, frame, bytes, false);
  pm_core_leave(c);
}

void pm_commit_here(struct pm_worker *w, void *frame, size_t bytes) {
  struct pm_core *c = w->core;
  pm_core_enter(c);
  stop(c, frame, bytes, true);
  pm_core_leave(c);
}
