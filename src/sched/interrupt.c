/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a signal's handler does, on the worker's own thread: a beat, an injected fault inside the process, a real one.
 *
 * In task code a fault throws the C stack away at once; inside the scheduler (in_core) or a library that a task shielded it
 * leaves a wish, which pm_core_leave grants.
 */
#include <string.h>

#include "base/tunables.h"
#include "sched/core.h"

void pm_core_beat(struct pm_core *c) {
  atomic_fetch_add_explicit(&c->place->beats, 1, memory_order_relaxed);
  if (!c->seated) return;
  atomic_fetch_or(&c->seat->wants, PM_WANT_BEAT);
  atomic_store_explicit(&c->w->limit, NULL, memory_order_relaxed);
}

void pm_core_exn(struct pm_core *c, uint32_t number) {
  if (!c->seated) {                     /* between two slots there is nothing to lose: it did not happen */
    atomic_store(&c->place->exn_settled, number);
    return;
  }
  atomic_store_explicit(&c->exn_number, number, memory_order_relaxed);    /* one that still waits becomes one with this */
  atomic_fetch_or(&c->seat->wants, PM_WANT_RESTART);
  if (c->in_core || c->shield) {
    atomic_store_explicit(&c->w->limit, NULL, memory_order_relaxed);
    return;
  }
  c->in_core = 1;
  pm_core_again(c, PM_AGAIN_RESTART);
}

const char *pm_core_restart_task(const struct pm_core *c) {
  const struct pm_record *r = &c->cap.slot->record[c->cap.seq & 1];
  uint32_t task = c->cap.task_count;
  int n = c->cap.durable ? pm_stack_frames(c->cap.image[c->cap.seq & 1], r->stack_bytes, c->cap.tasks, c->cap.task_count,
                                           c->frames, c->frames_max) : 0;
  if (n > 0) task = ((struct pm_head *)(c->cap.image[c->cap.seq & 1] + c->frames[n - 1]))->task;
  else if (c->root.join < c->cap.header->joins) task = pm_join_at(c->cap.header, c->root.join)->task;
  return task < c->cap.task_count && c->cap.tasks[task].name ? c->cap.tasks[task].name : "?";
}

void pm_core_trap(struct pm_core *c, int signo, bool overrun) {
  if (!c->seated || ((c->in_core || c->shield) && !overrun)) return;
  c->in_core = 1;
  if (overrun)
    pm_core_fail(c, PM_E_PROGRAM, "the C stack ran over, in or below task %s: give a larger --stack (stack_bytes), or keep large "
                 "locals in pm_scratch", pm_core_restart_task(c));
  if (++pm_loss_point(c)->poison < PM_POISONED && c->cap.durable) {
    c->tally->traps++;
    c->trap = signo;
    pm_core_again(c, PM_AGAIN_RESTART);
  }
  pm_core_fail(c, PM_E_PROGRAM, "a task failed again and again at the same place (signal %d, %s), in or below task %s: "
               "a bug in the program", signo, strsignal(signo), pm_core_restart_task(c));
}
