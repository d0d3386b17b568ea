/* SPDX-License-Identifier: BSD-3-Clause */
#include "task/stack.h"

static const struct pm_task *task_of(const struct pm_head *h, uint32_t left, const struct pm_task *tasks, uint32_t count) {
  if (left < sizeof *h || h->task >= count || h->zero) return NULL;
  const struct pm_task *t = &tasks[h->task];
  if (t->frame_bytes < sizeof *h || t->frame_bytes > left) return NULL;
  return h->joining * 8 + sizeof(struct pm_fork) + sizeof(pm_word) <= t->frame_bytes || !h->joining ? t : NULL;
}

int pm_stack_frames(const char *base, uint32_t bytes, const struct pm_task *tasks, uint32_t task_count, uint32_t *offsets,
                    uint32_t max) {
  int n = 0;
  for (uint32_t at = 0; at < bytes;) {
    const struct pm_task *t = task_of((const struct pm_head *)(base + at), bytes - at, tasks, task_count);
    if (!t || (uint32_t)n == max) return -1;
    offsets[n++] = at;
    at += t->frame_bytes;
  }
  return n;
}

/* A chain goes from the youngest fork to the oldest; more links than words in the frame are a cycle. */
static bool frame_forks(struct pm_head *h, const struct pm_task *t, pm_fork_each *each, void *context) {
  uint32_t steps = t->frame_bytes / 8;
  for (uint32_t at = h->forks; at; steps--) {
    if (!steps || at * 8 + sizeof(struct pm_fork) + sizeof(pm_word) > t->frame_bytes) return false;
    struct pm_fork *note = (struct pm_fork *)((char *)h + at * 8);
    if (note->zero) return false;
    each(context, h, note);
    at = note->older;
  }
  return true;
}

bool pm_stack_forks(char *base, uint32_t bytes, const struct pm_task *tasks, uint32_t task_count, pm_fork_each *each,
                    void *context) {
  for (uint32_t at = 0; at < bytes;) {
    struct pm_head *h = (struct pm_head *)(base + at);
    const struct pm_task *t = task_of(h, bytes - at, tasks, task_count);
    if (!t || !frame_forks(h, t, each, context)) return false;
    at += t->frame_bytes;
  }
  return true;
}

struct oldest { struct pm_fork_at found; unsigned promoted; };

static void see_fork(void *context, struct pm_head *frame, struct pm_fork *note) {
  struct oldest *o = context;
  if (note->promoted) o->promoted++;
  else if (!o->found.note || o->found.frame == frame) o->found = (struct pm_fork_at){frame, note};
}

/* One walk for both: under the policy `fork` it is what a stop costs most. */
struct pm_fork_at pm_stack_oldest_fork(const struct pm_stack *s, uint32_t bytes, const struct pm_task *tasks,
                                       uint32_t task_count, unsigned *promoted) {
  struct oldest o = {.promoted = 0};
  for (uint32_t at = 0; at < bytes;) {
    struct pm_head *h = (struct pm_head *)(s->base + at);
    const struct pm_task *t = task_of(h, bytes - at, tasks, task_count);
    if (!t || !frame_forks(h, t, see_fork, &o)) break;
    o.promoted += (h->pc & PM_SLOW_) != 0;
    at += t->frame_bytes;
  }
  *promoted = o.promoted;
  return o.found;
}
