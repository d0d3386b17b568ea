/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a worker's time goes, and when a recovery has caught up: when the worker has been busy since it went on for as long
 * as what was lost, or has nothing left to do.
 */
#include "base/clock.h"
#include "sched/core.h"

uint64_t pm_session_counted(struct pm_session *s, uint64_t from, uint64_t to) {
  uint64_t first = atomic_load(&s->first_task_ns), done = atomic_load(&s->done_ns);
  if (from < first) from = first;
  if (done && to > done) to = done;
  return first && to > from ? to - from : 0;
}

void pm_account(struct pm_core *c, enum pm_activity next) {
  if (next == c->activity) return;
  uint64_t now = pm_clock_ns(), stopped = atomic_load_explicit(&c->session->stopped_ns, memory_order_relaxed);
  if (c->activity < PM_ACTIVITIES)
    c->tally->ns[c->activity] += pm_session_counted(c->session, c->since_ns + stopped - c->stopped_seen_ns, now);
  c->stopped_seen_ns = stopped;
  c->activity = next;
  c->since_ns = now;
  atomic_store_explicit(&c->place->activity, next, memory_order_relaxed);
  atomic_store_explicit(&c->place->activity_since_ns, now, memory_order_relaxed);
}

void pm_account_recovered(struct pm_core *c) {
  if (!c->event || c->running_ns) return;
  c->running_ns = pm_clock_ns();
  atomic_store_explicit(&c->event->running_ns, c->running_ns, memory_order_release);
}

void pm_account_progress(struct pm_core *c, bool idle) {
  if (!c->event) return;
  if (!c->running_ns) {                 /* it held nothing to go on with */
    if (idle) c->event = NULL;
    return;
  }
  uint64_t now = pm_clock_ns();
  if (now < c->running_ns + c->lost_ns && !idle) return;
  uint64_t caught = now < c->running_ns + c->lost_ns ? now : c->running_ns + c->lost_ns;
  atomic_store_explicit(&c->event->caught_up_ns, caught, memory_order_release);
  c->event = NULL;
}
