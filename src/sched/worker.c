/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The worker's loop: run the stack it has, complete its root, or search for a job. Every step that throws the C stack away
 * (suspension, restart, the end) comes back to it by a jump.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/clock.h"
#include "sched/core.h"

enum { FRAME_MAX = 4096 };              /* pmsched.h asserts it of every frame */

int pm_core_open(struct pm_core *c, struct pm_session *s, struct pm_region *r, const struct pm_way *way,
                 const struct pm_program *program, struct pm_tally *tally, uint32_t place) {
  *c = (struct pm_core){.session = s, .region = r, .way = way, .place = &s->place[place], .place_number = place,
                        .tally = tally, .in_core = 1, .asked = PM_SLOTS_MAX, .activity = PM_ACTIVITIES};
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
  if (atomic_load_explicit(&c->seat->wants, memory_order_relaxed) & PM_WANT_RESTART && !c->shield) {
    c->in_core = 1;
    pm_core_again(c, PM_AGAIN_RESTART);
  }
}

void pm_core_beat(struct pm_core *c) {
  atomic_fetch_add_explicit(&c->place->beats, 1, memory_order_relaxed);
  if (!c->seated) return;
  atomic_fetch_or(&c->seat->wants, PM_WANT_BEAT);
  atomic_store_explicit(&c->w->limit, NULL, memory_order_relaxed);
}

void pm_core_exn(struct pm_core *c, uint32_t number) {
  atomic_store_explicit(&c->exn_number, number, memory_order_relaxed);
  if (!c->seated) return;
  atomic_fetch_or(&c->seat->wants, PM_WANT_RESTART);
  if (c->in_core || c->shield) {
    atomic_store_explicit(&c->w->limit, NULL, memory_order_relaxed);
    return;
  }
  c->in_core = 1;
  pm_core_again(c, PM_AGAIN_RESTART);
}

/* The task that the restart point goes on with, for a message. */
static const char *restart_task(const struct pm_core *c) {
  const struct pm_record *r = &c->cap.slot->record[c->cap.seq & 1];
  uint32_t task = c->cap.task_count;
  int n = c->cap.durable ? pm_stack_frames(c->cap.image[c->cap.seq & 1], r->stack_bytes, c->cap.tasks, c->cap.task_count,
                                           c->frames, c->frames_max) : 0;
  if (n > 0) task = ((struct pm_head *)(c->cap.image[c->cap.seq & 1] + c->frames[n - 1]))->task;
  else if (c->root.join < c->cap.header->joins) task = pm_join_at(c->cap.header, c->root.join)->task;
  return task < c->cap.task_count && c->cap.tasks[task].name ? c->cap.tasks[task].name : "?";
}

/* What the restart point goes on with. Not its number: under the policy `fork` the task commits anew before it fails again. */
static uint64_t restart_point(const struct pm_core *c) {
  const struct pm_record *r = &c->cap.slot->record[c->cap.seq & 1];
  const char *image = c->cap.image[c->cap.seq & 1];
  uint64_t h = c->root.join + 1;
  for (uint32_t i = 0; c->cap.durable && i < r->stack_bytes; i++) h = (h ^ (unsigned char)image[i]) * 0x100000001B3u;
  return h;
}

void pm_core_trap(struct pm_core *c, int signo, bool overrun) {
  if (!c->seated || ((c->in_core || c->shield) && !overrun)) return;
  c->in_core = 1;
  if (overrun)
    pm_core_fail(c, PM_E_PROGRAM, "the C stack ran over, in or below task %s: give a larger --stack (stack_bytes), or keep large "
                 "locals in pm_scratch", restart_task(c));
  struct pm_slot *slot = c->cap.slot;
  uint64_t point = restart_point(c);
  if (slot->poison_point != point) slot->poison = 0;
  slot->poison_point = point;
  if (++slot->poison < 3 && c->cap.durable) pm_core_again(c, PM_AGAIN_RESTART);
  pm_core_fail(c, PM_E_PROGRAM, "a task failed again and again at the same place (signal %d, %s), in or below task %s: "
               "a bug in the program", signo, strsignal(signo), restart_task(c));
}

void pm_core_commit(struct pm_core *c, enum pm_intent intent, struct pm_ref ref, uint64_t result, uint32_t bytes) {
  uint64_t before = c->cap.commit_ns;
  pm_capsule_commit(&c->cap, intent, ref, result, bytes);
  uint64_t spent = c->cap.commit_ns - before, now = c->cap.committed_at_ns;
  c->w->capsule = pm_witness(c->cap.slot_number, c->cap.seq) | UINT64_C(1) << 63;
  c->tally->ns[PM_COMMIT] += spent;
  c->since_ns += spent;
  c->tally->count[PM_N_COMMITS]++;
  c->tally->count[PM_N_COMMIT_NS] += spent;
  c->tally->count[PM_N_STACK_BYTES] += c->cap.durable ? bytes : 0;
  c->beat_commit_ns = c->beat_commit_ns ? (7 * c->beat_commit_ns + spent) / 8 : spent;
  atomic_store_explicit(&c->seat->committed_at_ns, now, memory_order_relaxed);
  atomic_store_explicit(&c->session->last_commit_ns, now, memory_order_relaxed);
  pm_account_progress(c, false);
}

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
  const struct pm_join_record *j = pm_join_at(c->cap.header, c->root.join);
  if (j->task >= c->cap.task_count || !c->cap.tasks[j->task].start || j->args_bytes != c->cap.tasks[j->task].args_bytes)
    pm_core_fail(c, PM_E_REGION, "%s: damaged: join record %u holds no task of this program", c->region->path, c->root.join);
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
    if (c->session->policy != PM_POLICY_NONE && c->way->beat_set) c->way->beat_set(c, c->beat_ns);
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
  int error, why = sigsetjmp(c->top, 0);
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

/* ---- what tasks call ---------------------------------------------------------------------------------------------------- */

static bool is_written_back(const struct pm_core *c) {
#ifdef PM_POINTS
  (void)c;
  return true;                          /* the shadow copy hears of it whatever the backend */
#else
  return c->region->view.persist != PM_PERSIST_NONE;
#endif
}

void pm_wrote(struct pm_worker *w, pm_ptr p, size_t bytes) {
  struct pm_core *c = w->core;
  if (!is_written_back(c)) return;
  PM_CHECK(p <= c->region->bytes && bytes <= c->region->bytes - p);
  pm_core_enter(c);
  pm_view_writeback(&c->region->view, PM_SITE_USER, w->region + p, bytes);
  pm_core_leave(c);
}

void pm_write(struct pm_worker *w, pm_ptr to, const void *from, size_t bytes) {
  struct pm_core *c = w->core;
  if (!is_written_back(c)) {
    memcpy(w->region + to, from, bytes);
    return;
  }
  PM_CHECK(to <= c->region->bytes && bytes <= c->region->bytes - to);
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
  if (--c->shield == 0) {
    pm_core_enter(c);
    pm_core_leave(c);
  }
}

void pm_forks_left(struct pm_worker *w) {
  pm_core_enter(w->core);
  pm_core_fail(w->core, PM_E_PROGRAM, "a task returned before it joined all of its forks");
}
