/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * attach(k), PROTOCOL 3: whoever holds slot k's lock makes of its record what its intent says.
 *
 *   IDLE                     nothing
 *   RUN       has stack      resume its frames
 *   COMPLETE                 pm_complete_redo: a continuation to go on with, or nothing
 *   SUSPEND                  pm_suspend_redo: its own continuation back, or nothing
 *   nothing, and a join TAKEN or WAIT with w = (k, seq): a theft that no record tells of: its closure is the work
 *
 * A fault anywhere in here leaves the record as it was; whoever comes next does the same again.
 */
#include <errno.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/tunables.h"
#include "sched/core.h"

static bool unrecorded_theft(struct pm_core *c, uint32_t j) {
  struct pm_join_record *join = pm_join_at(c->cap.header, j);
  uint64_t word = pm_view_load(c->cap.view, &join->word);
  enum pm_join_state state = pm_word_state(word);
  if ((state != PM_JOIN_TAKEN && state != PM_JOIN_WAIT) ||
      pm_word_witness(word) != pm_witness(c->cap.slot_number, c->cap.seq))
    return false;
  pm_view_writeback(c->cap.view, PM_SITE_JOIN_TAKEN, &join->word, PM_LINE);
  c->root = (struct pm_ref){j, pm_word_gen(word), pm_word_witness(word)};
  c->has_closure = true;
  return true;
}

static void look_for_theft(struct pm_core *c) {
  uint32_t trying = atomic_load(&c->seat->trying);
  if (trying == PM_TRYING_NONE) return;
  if (trying != PM_TRYING_UNKNOWN) {
    if (trying < c->cap.header->joins) unrecorded_theft(c, trying);
    return;
  }
  for (uint32_t j = 0; j < c->cap.header->joins; j++)
    if (unrecorded_theft(c, j)) return;
  atomic_store(&c->seat->trying, PM_TRYING_NONE);
}

/* What happened to whom, for the log of faults. */
static void note_event(struct pm_core *c, bool died, uint32_t exn, int trap, uint64_t detected_ns) {
  struct pm_session *s = c->session;
  uint64_t number = atomic_fetch_add(&s->event_top, 1);
  struct pm_event *e = &s->event[number % PM_EVENTS];
  atomic_store_explicit(&e->ready, 0, memory_order_relaxed);
  atomic_thread_fence(memory_order_release);
  e->place = c->place_number;
  e->slot = c->cap.slot_number;
  e->busy = atomic_load(&c->seat->busy);
  e->victim_pid = died ? atomic_load(&c->seat->pid) : 0;
  e->exn = exn;
  e->trap = (uint32_t)trap;
  uint64_t committed = atomic_load(&c->seat->committed_at_ns), began = atomic_load(&c->seat->began_ns);
  e->committed_at_ns = committed > began ? committed : began;
  e->detected_ns = detected_ns;
  atomic_store(&e->running_ns, 0);
  atomic_store(&e->caught_up_ns, 0);
  atomic_store_explicit(&e->ready, (uint32_t)(number + 1), memory_order_release);
  uint64_t injured = died ? atomic_load(&s->place[atomic_load(&c->seat->place)].injured_ns) : detected_ns;
  c->event = e;
  c->running_ns = 0;
  c->lost_ns = e->busy && injured > e->committed_at_ns ? injured - e->committed_at_ns : 0;
}

/* What the capsule that was lost had promoted, and not committed: one at most, since a commit follows each, and it is the block that
 * the next promotion will get. Its word must not stay FREE, for after this slot's next commit a thief would believe it. */
static void retract(struct pm_core *c) {
  uint32_t j = c->cap.pool.head;
  if (j >= c->cap.header->joins) return;
  struct pm_join_record *join = pm_join_at(c->cap.header, j);
  uint64_t word = pm_view_load(c->cap.view, &join->word), w = pm_witness(c->cap.slot_number, c->cap.seq);
  if (pm_word_state(word) != PM_JOIN_FREE || pm_word_witness(word) != w) return;
  pm_view_cam(c->cap.view, &join->word, word, pm_word_make(PM_JOIN_OWN, pm_word_gen(word), w));
  pm_view_writeback(c->cap.view, PM_SITE_JOIN_OWN, join, PM_LINE);
}

static int load(struct pm_core *c, uint32_t slot) {
  struct pm_record record;
  c->has_stack = c->has_closure = false;
  c->pending = 0;
  c->shield = 0;
  c->keep = false;
  if (pm_capsule_load(&c->cap, slot, &record)) {
    const char *wrong = c->cap.durable ? pm_slot_wrong(c->cap.header, slot) : NULL;
    pm_session_fail(c->session, PM_E_REGION, "%s: damaged: slot %u: %s", c->region->path, slot, wrong ? wrong : "its free list runs astray");
    return PM_E_REGION;
  }
  retract(c);
  c->w->capsule = pm_witness(slot, c->cap.seq) | UINT64_C(1) << 63;
  switch ((enum pm_intent)record.intent) {
  case PM_INTENT_RUN:
    c->root = record.ref;
    c->has_stack = record.stack_bytes > 0;
    break;
  case PM_INTENT_COMPLETE: c->has_stack = pm_complete_redo(c, record.ref, record.result); break;
  case PM_INTENT_SUSPEND: c->has_stack = pm_suspend_redo(c, record.ref); break;
  default: break;
  }
  if (!c->has_stack) look_for_theft(c);
  else pm_hint_all(c);
  c->attached = true;
  return pm_loss_note(c);
}

int pm_attach(struct pm_core *c, uint32_t slot, bool died) {
  uint64_t detected = pm_clock_ns();
  struct pm_seat *seat = &c->session->seat[slot];
  pm_account(c, PM_RECOVER);
  c->seat = seat;
  c->w = &seat->worker;
  c->cap.slot_number = slot;
  if (died) note_event(c, true, 0, 0, detected);
  c->w->region = c->region->view.base;
  c->w->core = c;
  atomic_store(&seat->wants, 0);
  atomic_store(&c->w->limit, pm_core_limit(c));
  if (atomic_load(&c->session->stop)) {           /* it may have been said to the seat before the store above */
    atomic_fetch_or(&seat->wants, PM_WANT_LEAVE);
    atomic_store(&c->w->limit, NULL);
  }
  pm_seat_hands(seat, false);
  atomic_store(&seat->state, PM_SEAT_HELD);
  atomic_store(&seat->place, c->place_number);
  atomic_store(&seat->pid, atomic_load(&c->place->pid));
  atomic_store(&c->place->slot, slot);
  atomic_store(&seat->busy, 0);
  c->seated = true;
  int error = load(c, slot);
  if (!c->has_stack && !c->has_closure) c->event = NULL;
  return error;
}

/* A soft fault inside the process: the lock is kept, the rest is as if another had come. */
int pm_restart(struct pm_core *c) {
  uint64_t detected = pm_clock_ns();
  pm_account(c, PM_RECOVER);
  c->tally->count[PM_N_RESTARTS]++;
  pm_seat_hands(c->seat, false);
  /* An exn that comes between these two lines keeps its number and loses its wish: it never happened, and nobody says so. */
  uint32_t exn = c->trap ? 0 : atomic_exchange_explicit(&c->exn_number, 0, memory_order_relaxed);
  atomic_fetch_and(&c->seat->wants, ~(uint32_t)PM_WANT_RESTART);
  note_event(c, false, exn, c->trap, detected);
  if (exn) atomic_store(&c->place->exn_settled, exn);
  c->trap = 0;
  atomic_store(&c->w->limit, pm_core_limit(c));
  int error = load(c, c->cap.slot_number);
  if (!c->has_stack && !c->has_closure) c->event = NULL;
  return error;
}

/* Dead holders first: there is work to save. */
static int take_some_seat(struct pm_core *c) {
  struct pm_session *s = c->session;
  for (int round = 0; round < 2; round++)
    for (uint32_t i = 0; i < s->slots; i++) {
      uint32_t k = (c->place_number + i) % s->slots;
      struct pm_seat *seat = &s->seat[k];
      if (round == 0 && atomic_load(&seat->state) == PM_SEAT_LEFT) continue;
      if (round == 0 && s->fresh && atomic_load(&seat->state) == PM_SEAT_FRESH) continue;
      int got = pm_seat_trylock(seat);
      if (got < 0) continue;
      return pm_attach(c, k, got == 1);
    }
  return -EAGAIN;
}

/* With no more slots than workers there is none free for the moment in which an adopter holds two. */
bool pm_seat_take(struct pm_core *c) {
  struct pm_session *s = c->session;
  for (uint64_t until = pm_clock_ns() + pm_seat_wait_ns; !atomic_load(&s->stop);) {
    int error = take_some_seat(c);
    if (error != -EAGAIN) return error == 0;
    if (pm_clock_ns() > until) {
      pm_session_fail(s, PM_E_PROGRAM, "no free slot for worker %u: this is a bug", c->place_number);
      return false;
    }
    pm_core_park(c, atomic_load(&s->bell), pm_seat_retry_ns);
  }
  return false;
}
