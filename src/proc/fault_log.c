/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The log of faults, in the region's run block: an entry when somebody is injured, completed from what the workers tell in
 * the session's ring of events.
 */
#include <string.h>

#include "proc/mutant.h"
#include "proc/supervisor.h"

struct pm_log_entry *pm_log_add(struct pm_supervisor *s, enum pm_fault_kind kind, enum pm_fault_state state, int place,
                                    uint64_t now) {
  struct pm_run_block *b = s->run->block;
  if (b->log_count == PM_LOG_MAX) return NULL;
  struct pm_log_entry *e = &b->log[b->log_count];
  *e = (struct pm_log_entry){.kind = (uint8_t)kind, .state = (uint8_t)state, .place = (int16_t)place, .slot = -1, .taken_by = -1,
                             .when_ns = pm_run_clock(s->run, now), .injured_ns = now};
  if (place >= 0) {
    e->pid = s->ward[place].pid;
    e->slot = (int16_t)atomic_load(&s->run->session->place[place].slot);
  }
  e->sum = pm_log_sum(e, b->log_count);
  /* The entry is on the medium before the count that says it is one; both before the signal is sent. */
  struct pm_view *v = &s->run->region.view;
  if (!PM_LEFT_OUT(LOG_ENTRY)) pm_view_writeback(v, PM_SITE_SETUP, e, sizeof *e);
  pm_view_fence(v);
  b->log_count++;
  pm_run_save(s->run);
  return e;
}

void pm_log_changed(struct pm_supervisor *s, const struct pm_log_entry *e) {
  uint64_t i = (uint64_t)(e - s->run->block->log);
  if (s->log_from == s->log_to) s->log_from = i, s->log_to = i + 1;
  if (i < s->log_from) s->log_from = i;
  if (i >= s->log_to) s->log_to = i + 1;
}

void pm_log_save(struct pm_supervisor *s) {
  if (s->log_from == s->log_to || PM_LEFT_OUT(LOG_SAVE)) return;
  const struct pm_log_entry *e = &s->run->block->log[s->log_from];
  pm_view_writeback(&s->run->region.view, PM_SITE_SETUP, e, (s->log_to - s->log_from) * sizeof *e);
  s->log_from = s->log_to = 0;
  pm_run_save(s->run);
}

void pm_log_detected(struct pm_supervisor *s, struct pm_log_entry *e, uint64_t at) {
  uint64_t after = at > e->injured_ns ? at - e->injured_ns : 1;
  if (e->detected_ns && after >= e->detected_ns) return;
  e->detected_ns = after;
  pm_log_changed(s, e);
}

static struct pm_log_entry *death_of(struct pm_supervisor *s, int32_t pid) {
  struct pm_run_block *b = s->run->block;
  for (uint64_t i = b->log_count; i-- > 0 && i + PM_EVENTS > b->log_count;)
    if (b->log[i].pid == pid && !pm_fault_kind((enum pm_fault_kind)b->log[i].kind)->survived) return &b->log[i];
  return NULL;
}

/* An event seen for the first time: an exn has happened; or a real fault did, which nobody meant. */
static int count_event(struct pm_supervisor *s, const struct pm_event *v) {
  if (v->exn) return pm_exn_happened(s, v->exn);
  if (!v->trap) return -1;
  struct pm_log_entry *e = pm_log_add(s, PM_FAULT_EXN, PM_FAULT_UNPLANNED, (int)v->place, v->detected_ns);
  return e ? (int)(e - s->run->block->log) : -1;
}

static struct pm_log_entry *entry_of(struct pm_supervisor *s, uint64_t number, const struct pm_event *v) {
  unsigned i = number % PM_EVENTS;
  if (s->event_seen[i] != number + 1) {
    s->event_seen[i] = number + 1;
    s->event_entry[i] = count_event(s, v);
  }
  if (v->victim_pid) return death_of(s, v->victim_pid);
  return s->event_entry[i] >= 0 ? &s->run->block->log[s->event_entry[i]] : NULL;
}

static void complete(struct pm_log_entry *e, struct pm_event *v) {
  e->taken_by = (int16_t)v->place;
  e->slot = (int16_t)v->slot;
  if (!v->busy && e->state == PM_FAULT_DONE) e->state = PM_FAULT_IDLE_VICTIM;
  if (!v->busy) return;
  uint64_t running = atomic_load(&v->running_ns), caught = atomic_load(&v->caught_up_ns);
  if (e->injured_ns > v->committed_at_ns) e->lost_ns = e->injured_ns - v->committed_at_ns;
  if (running > e->injured_ns) e->running_ns = running - e->injured_ns;
  if (caught > e->injured_ns) e->caught_up_ns = caught - e->injured_ns;
}

/* Events are told as they happen and completed later, so the latest few are read at every tick. How far a worker is past what
 * was sent to it is read before them: then the event of what happened up to there is among them. */
void pm_log_read_events(struct pm_supervisor *s) {
  struct pm_session *session = s->run->session;
  uint32_t settled[PM_SLOTS_MAX];
  for (unsigned p = 0; p < s->run->procs; p++) settled[p] = atomic_load(&session->place[p].exn_settled);
  uint64_t top = atomic_load(&session->event_top), from = top > PM_EVENTS ? top - PM_EVENTS : 0;
  for (uint64_t i = from; i < top; i++) {
    struct pm_event *v = &session->event[i % PM_EVENTS];
    if (atomic_load_explicit(&v->ready, memory_order_acquire) != (uint32_t)(i + 1)) continue;
    struct pm_log_entry *e = entry_of(s, i, v);
    if (!e) continue;
    const struct pm_log_entry before = *e;
    pm_log_detected(s, e, v->detected_ns);
    complete(e, v);
    if (memcmp(&before, e, sizeof before)) pm_log_changed(s, e);
  }
  s->events_read = top;
  for (unsigned p = 0; p < s->run->procs && s->exn_count; p++) pm_exn_settle(s, p, settled[p], false);
}

void pm_log_read_often(struct pm_supervisor *s) {
  if (atomic_load(&s->run->session->event_top) - s->events_read > PM_EVENTS / 4) pm_log_read_events(s);
}
