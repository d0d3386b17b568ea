/* SPDX-License-Identifier: BSD-3-Clause */
/* A worker's private half: made and unmade; and what every step of the others uses: leave, commit, fail, begin again. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sched/core.h"

enum { FRAME_MAX = 4096 };              /* pmsched.h asserts it of every frame */

int pm_core_open(struct pm_core *c, struct pm_session *s, struct pm_region *r, const struct pm_way *way,
                 const struct pm_program *program, struct pm_tally *tally, uint32_t place) {
  *c = (struct pm_core){.session = s, .region = r, .way = way, .place = &s->place[place], .place_number = place,
                        .tally = tally, .in_core = 1, .activity = PM_ACTIVITIES};
  c->random.state = r->header->seed * 1000003 + place;
  c->beat_ns = s->beat_ns;
  r->view.sites = tally->site;
  r->view.fences = &tally->count[PM_N_FENCES];
  size_t bytes = r->header->stack_bytes;
  c->frames_max = (uint32_t)(bytes / sizeof(struct pm_head));
  c->frames = malloc(c->frames_max * sizeof *c->frames);
  /* A frame begins below the limit, and its stores and its child's leaf come before the compare: two frames of room. */
  c->cap.stack.base = aligned_alloc(PM_PAGE, (bytes + 2 * FRAME_MAX + PM_PAGE - 1) & ~(size_t)(PM_PAGE - 1));
  if (!c->frames || !c->cap.stack.base) return -1;
  memset(c->cap.stack.base, 0, bytes + 2 * FRAME_MAX);
  pm_capsule_open(&c->cap, r, program->tasks, program->task_count);
  return 0;
}

void pm_core_close(struct pm_core *c) {
  free(c->frames);
  free(c->cap.stack.base);
  if (c->scratch) munmap(c->scratch, c->scratch_bytes);
}

char *pm_core_limit(const struct pm_core *c) {
  return c->session->policy == PM_POLICY_FORK ? NULL : c->cap.stack.base + c->cap.stack.capacity;
}

_Noreturn void pm_core_again(struct pm_core *c, enum pm_again why) { siglongjmp(c->top, (int)why); }

_Noreturn void pm_core_fail(struct pm_core *c, int code, const char *format, ...) {
  char text[PM_TEXT_MAX];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  pm_session_fail(c->session, code, "%s", text);
  pm_core_again(c, PM_AGAIN_LEAVE);
}

void pm_core_leave(struct pm_core *c) {
  atomic_signal_fence(memory_order_seq_cst);
  c->in_core = 0;
  atomic_signal_fence(memory_order_seq_cst);
  if (atomic_load_explicit(&c->seat->wants, memory_order_relaxed) & PM_WANT_RESTART && !c->shield && !c->keep) {
    c->in_core = 1;
    pm_core_again(c, PM_AGAIN_RESTART);
  }
}

void pm_core_park(struct pm_core *c, uint32_t bell, uint64_t ns) {
  if (c->way->park) c->way->park(c, bell, ns);
  else pm_session_park(c->session, bell, ns);
}

void pm_core_commit(struct pm_core *c, enum pm_intent intent, struct pm_ref ref, uint64_t result, uint32_t bytes) {
  uint64_t before = c->cap.commit_ns;
  pm_capsule_commit(&c->cap, intent, ref, result, bytes);
  c->keep = false;
  if (c->lost) pm_loss_over(c);
  uint64_t spent = c->cap.commit_ns - before, now = c->cap.committed_at_ns;
  c->w->capsule = pm_witness(c->cap.slot_number, c->cap.seq) | UINT64_C(1) << 63;
  c->tally->ns[PM_COMMIT] += spent;
  c->since_ns += spent;
  atomic_store_explicit(&c->place->activity_since_ns, c->since_ns, memory_order_relaxed);
  c->tally->count[PM_N_COMMITS]++;
  c->tally->count[PM_N_COMMIT_NS] += spent;
  c->tally->count[PM_N_STACK_BYTES] += c->cap.durable ? bytes : 0;
  c->beat_commit_ns = c->beat_commit_ns ? (7 * c->beat_commit_ns + spent) / 8 : spent;
  atomic_store_explicit(&c->seat->committed_at_ns, now, memory_order_relaxed);
  pm_account_progress(c, false);
}
