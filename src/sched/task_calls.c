/* SPDX-License-Identifier: BSD-3-Clause */
/* What tasks call, beside forks and joins: writing to the region, private memory, the shield. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "sched/core.h"

static bool is_written_back(const struct pm_core *c) {
#ifdef PM_POINTS
  (void)c;
  return true;                          /* the shadow copy hears of it whatever the backend */
#else
  return c->region->view.persist != PM_PERSIST_NONE;
#endif
}

/* A program's data lie in the arena; a null or a foreign pm_ptr would overwrite what the run itself lives on. */
static void check_range(struct pm_core *c, const char *call, pm_ptr p, size_t bytes) {
  const struct pm_region_header *h = c->cap.header;
  uint64_t from = h->section[PM_SECTION_ARENA].offset, given = h->arena_cursor;
  if (p >= from && p - from <= given && bytes <= given - (p - from)) return;
  pm_core_enter(c);
  pm_core_fail(c, PM_E_PROGRAM, "%s: %zu bytes at offset %llu are not in the program's data (%llu to %llu): a bug in the program", call,
               bytes, (unsigned long long)p, (unsigned long long)from, (unsigned long long)(from + given));
}

void pm_wrote(struct pm_worker *w, pm_ptr p, size_t bytes) {
  struct pm_core *c = w->core;
  check_range(c, "pm_wrote", p, bytes);
  if (!is_written_back(c)) return;
  pm_core_enter(c);
  pm_view_writeback(&c->region->view, PM_SITE_USER, w->region + p, bytes);
  pm_core_leave(c);
}

void pm_write(struct pm_worker *w, pm_ptr to, const void *from, size_t bytes) {
  struct pm_core *c = w->core;
  check_range(c, "pm_write", to, bytes);
  if (!is_written_back(c)) {
    memcpy(w->region + to, from, bytes);
    return;
  }
  pm_core_enter(c);
  pm_view_copy(&c->region->view, PM_SITE_USER, w->region + to, from, bytes);
  pm_core_leave(c);
}

void *pm_scratch(struct pm_worker *w, size_t bytes) {
  struct pm_core *c = w->core;
  if (bytes <= c->scratch_bytes) return c->scratch;
  pm_core_enter(c);
  size_t want = (bytes + (bytes >> 2) + PM_PAGE - 1) & ~(size_t)(PM_PAGE - 1);
  if (c->scratch) munmap(c->scratch, c->scratch_bytes);
  c->scratch = mmap(NULL, want, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (c->scratch == MAP_FAILED) {
    c->scratch = NULL;
    c->scratch_bytes = 0;
    pm_core_fail(c, PM_E_PROGRAM, "no memory for %zu bytes of a task's private memory", bytes);
  }
  c->scratch_bytes = want;
  pm_core_leave(c);
  return c->scratch;
}

void pm_shield(struct pm_worker *w) { w->core->shield++; }

void pm_unshield(struct pm_worker *w) {
  struct pm_core *c = w->core;
  if (--c->shield) return;
  atomic_signal_fence(memory_order_seq_cst);
  if (atomic_load_explicit(&c->seat->wants, memory_order_relaxed) & PM_WANT_RESTART) c->keep = true;
}

uint64_t pm_faults_logged(const struct pm_worker *w) { return atomic_load(&w->core->session->faults_logged); }

void pm_mistaken(struct pm_worker *w, enum pm_mistake mistake, uint32_t task, unsigned line) {
  static const char *const words[] = {
      [PM_FORKS_LEFT] = "returned before it joined all of its forks",
      [PM_NOT_YOUNGEST] = "joins a fork that is not the youngest of those not yet joined",
      [PM_NO_LABEL] = "has no place to be resumed at: a macro of pmsched.h stands in a switch of the task's own"};
  struct pm_core *c = w->core;
  char where[32] = "";
  pm_core_enter(c);
  if (line) snprintf(where, sizeof where, " (line %u)", line & (PM_SLOW_ - 1));
  pm_core_fail(c, PM_E_PROGRAM, "task %s %s%s: a bug in the program",
               task < c->cap.task_count && c->cap.tasks[task].name ? c->cap.tasks[task].name : "?", words[mistake], where);
}
