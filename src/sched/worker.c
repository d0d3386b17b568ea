/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The worker's loop: run the stack it has, complete its root, or search for a job. Every step that throws the C stack away
 * (suspension, restart, the end) comes back to it by a jump.
 */
#include "base/clock.h"
#include "sched/core.h"

/* Runs the frames of a stack, youngest first, handing each result down; returns the root's. */
static pm_word run_stack(struct pm_core *c) {
  int n = pm_stack_frames(c->cap.stack.base, c->cap.stack.bytes, c->cap.tasks, c->cap.task_count, c->frames, c->frames_max);
  if (n <= 0) pm_core_fail(c, PM_E_REGION, "%s: damaged: slot %u holds no stack of this program", c->region->path,
                           c->cap.slot_number);
  pm_word r = c->pending;
  pm_core_leave(c);
  while (n--) {
    struct pm_head *h = (struct pm_head *)(c->cap.stack.base + c->frames[n]);
    r = c->cap.tasks[h->task].resume(c->w, h, r);
  }
  pm_core_enter(c);
  return r;
}

static pm_word run_closure(struct pm_core *c) {
  const struct pm_join_record *j = pm_closure(c, c->root.join, c->root.gen);
  pm_core_leave(c);
  pm_word r = c->cap.tasks[j->task].start(c->w, c->cap.stack.base, j->args);
  pm_core_enter(c);
  return r;
}

static void set_busy(struct pm_core *c, bool busy) {
  atomic_store_explicit(&c->seat->began_ns, busy ? pm_clock_ns() : 0, memory_order_relaxed);
  atomic_store_explicit(&c->seat->busy, busy, memory_order_relaxed);
}

/* One turn: a stack or a closure to its end, or a search. False: leave. */
static bool turn(struct pm_core *c) {
  if (c->has_stack || c->has_closure) {
    set_busy(c, true);
    pm_account(c, PM_WORK);
    pm_account_recovered(c);
    if (c->session->policy != PM_POLICY_NONE && c->way->beat_set) c->way->beat_set(c, pm_loss_beat_ns(c));
    pm_word r = c->has_stack ? run_stack(c) : run_closure(c);
    c->has_stack = c->has_closure = false;
    pm_complete(c, r);
    return true;
  }
  set_busy(c, false);
  pm_account_progress(c, true);
  return pm_search(c);
}

int pm_core_run(struct pm_core *c) {
  int error, why = sigsetjmp(c->top, 1);        /* with the mask: a jump may leave a signal's handler */
  error = 0;
  c->in_core = 1;
  if (why == 0 && !pm_seat_take(c)) why = PM_AGAIN_LEAVE;
  if (why == PM_AGAIN_RESTART) error = pm_restart(c);
  if (!error && why != PM_AGAIN_LEAVE)
    while (turn(c)) {
    }
  pm_account(c, PM_ACTIVITIES);
  if (c->way->beat_set) c->way->beat_set(c, 0);
  if (c->seated) {
    c->seated = false;
    set_busy(c, false);
    atomic_store(&c->seat->state, PM_SEAT_LEFT);
    pm_seat_unlock(c->seat);
  }
  return error ? error : atomic_load(&c->session->error_state) == 2 ? c->session->error.code : 0;
}
