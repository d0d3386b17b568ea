/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A view: the region as one worker has it mapped, and the few primitives that touch what others share or a fault keeps.
 *
 *   writeback   schedules lines for the medium, under a site's name; durable after the next fence
 *   fence       what was written back is on the medium
 *   cam         compare-and-modify: a compare-and-swap whose answer is thrown away; read the word to know who won
 *   load        reads a word that others change
 *
 * Orders: cam is sequentially consistent, load is acquire; a load that sees what a cam wrote sees all that its writer wrote
 * before. On a cache-line backend writeback issues the instruction at once: a later store to the line is written back by
 * its own writer. On a page backend it queues the range, and fence calls msync on it. `dram` needs neither.
 *
 * In a build with PM_POINTS every primitive is a point at which a test can stop the worker for good, and a shadow copy
 * receives only what was written back and fenced: what a power failure leaves.
 */
#ifndef PM_VIEW_H
#define PM_VIEW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pm/site.h"

enum pm_persist { PM_PERSIST_NONE, PM_PERSIST_BYTE, PM_PERSIST_LINE, PM_PERSIST_PAGE };
enum { PM_LINE = 64, PM_QUEUE = 64 };

typedef void pm_flush_fn(const void *ptr, size_t bytes);
typedef void pm_drain_fn(void);
typedef void *pm_copy_fn(void *to, const void *from, size_t bytes, unsigned flags);

struct pm_shadow;
struct pm_view {
  char *base;
  enum pm_persist persist;
  bool pending;                                   /* something was written back since the last fence */
  unsigned queued;
  struct { char *from, *to; } queue[PM_QUEUE];    /* PM_PERSIST_PAGE */
  pm_flush_fn *flush;                             /* libpmem2's */
  pm_drain_fn *drain;
  pm_copy_fn *copy;                               /* and its flags for a copy past the caches, to be fenced */
  unsigned copy_flags;
  struct pm_site_count *sites;                    /* this worker's row of counters; PM_SITES of them */
  uint64_t *fences;
#ifdef PM_POINTS
  void (*point)(void *context, const char *what);
  void *point_context;
  struct pm_shadow *shadow;
#endif
};

void pm_view_writeback(struct pm_view *v, enum pm_site site, const void *ptr, size_t bytes);
/* Copies into the region and writes back: with cache lines, what is large goes past the caches, which spares both reading
 * the lines first and writing them back after (quicksort and matrix on `emulated`: a third of what their data cost). */
void pm_view_copy(struct pm_view *v, enum pm_site site, void *to, const void *from, size_t bytes);
void pm_view_fence(struct pm_view *v);
void pm_view_cam(struct pm_view *v, _Atomic uint64_t *word, uint64_t expected, uint64_t desired);
uint64_t pm_view_load(struct pm_view *v, const _Atomic uint64_t *word);

#ifdef PM_POINTS
#define PM_POINT(v, what) ((v)->point ? (v)->point((v)->point_context, what) : (void)0)
#else
#define PM_POINT(v, what) ((void)0)
#endif

#endif
