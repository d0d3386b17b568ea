/* SPDX-License-Identifier: BSD-3-Clause */
#include "pm/view.h"

#include <string.h>

#include "base/clock.h"
#ifdef PM_POINTS
#include "pm/shadow.h"
uint64_t pm_clock_steps, pm_clock_step_ns;
#endif

const char *const pm_site_names[PM_SITES] = {
#define X(id, name) [PM_SITE_##id] = name,
    PM_SITE_LIST(X)
#undef X
};

/* Queues a range for msync; joins it to one it touches. A full queue is written at once: earlier than asked is always right. */
static void queue_range(struct pm_view *v, char *from, char *to) {
  for (unsigned i = 0; i < v->queued; i++) {
    if (from > v->queue[i].to || to < v->queue[i].from) continue;
    if (from < v->queue[i].from) v->queue[i].from = from;
    if (to > v->queue[i].to) v->queue[i].to = to;
    return;
  }
  if (v->queued == PM_QUEUE) {
    for (unsigned i = 0; i < v->queued; i++) v->flush(v->queue[i].from, (size_t)(v->queue[i].to - v->queue[i].from));
    v->queued = 0;
  }
  v->queue[v->queued].from = from;
  v->queue[v->queued++].to = to;
}

void pm_view_writeback(struct pm_view *v, enum pm_site site, const void *ptr, size_t bytes) {
  PM_POINT(v, pm_site_names[site]);
#ifdef PM_POINTS
  if (v->shadow) pm_shadow_writeback(v->shadow, v, site, ptr, bytes);
#endif
  if (v->persist == PM_PERSIST_NONE || !bytes) return;
  uint64_t begin = pm_clock_ns();
  char *from = (char *)((uintptr_t)ptr & ~(uintptr_t)(PM_LINE - 1));
  char *to = (char *)(((uintptr_t)ptr + bytes + PM_LINE - 1) & ~(uintptr_t)(PM_LINE - 1));
  if (v->persist == PM_PERSIST_LINE) v->flush(from, (size_t)(to - from));
  else if (v->persist == PM_PERSIST_PAGE) queue_range(v, from, to);
  v->pending = true;
  struct pm_site_count *count = &v->sites[site];
  count->calls++;
  if (v->persist != PM_PERSIST_BYTE) count->lines += (uint64_t)(to - from) / PM_LINE;
  count->ns += pm_clock_ns() - begin;
}

enum { PAST_CACHES = 512 };

void pm_view_copy(struct pm_view *v, enum pm_site site, void *to, const void *from, size_t bytes) {
#ifndef PM_POINTS
  if (v->persist == PM_PERSIST_LINE && bytes >= PAST_CACHES) {
    uint64_t begin = pm_clock_ns();
    v->copy(to, from, bytes, v->copy_flags);
    v->pending = true;
    v->sites[site].calls++;
    v->sites[site].lines += (bytes + PM_LINE - 1) / PM_LINE;
    v->sites[site].ns += pm_clock_ns() - begin;
    return;
  }
#endif
  memcpy(to, from, bytes);
  pm_view_writeback(v, site, to, bytes);
}

void pm_view_fence(struct pm_view *v) {
  PM_POINT(v, "fence");
#ifdef PM_POINTS
  if (v->shadow) pm_shadow_fence(v->shadow, v);
#endif
  if (!v->pending) return;
  uint64_t begin = pm_clock_ns();
  for (unsigned i = 0; i < v->queued; i++) v->flush(v->queue[i].from, (size_t)(v->queue[i].to - v->queue[i].from));
  v->queued = 0;
  v->drain();
  v->pending = false;
  v->sites[PM_SITE_FENCE].calls++;
  v->sites[PM_SITE_FENCE].ns += pm_clock_ns() - begin;
  ++*v->fences;
}

void pm_view_cam(struct pm_view *v, _Atomic uint64_t *word, uint64_t expected, uint64_t desired) {
  (void)v;
  PM_POINT(v, "cam");
  atomic_compare_exchange_strong_explicit(word, &expected, desired, memory_order_seq_cst, memory_order_seq_cst);
}

uint64_t pm_view_load(struct pm_view *v, const _Atomic uint64_t *word) {
  PM_POINT(v, "load");
  (void)v;
  return atomic_load_explicit(word, memory_order_acquire);
}
