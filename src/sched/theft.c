/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * theft(J, g), PROTOCOL 4, and the search for a job: hints of the own seat, of the others (nearest first), the run's own
 * first task; ask a busy victim by lowering its limit; adopt; park. Whatever fails, the search begins again.
 */
#include "base/clock.h"
#include "base/tunables.h"
#include "sched/core.h"

/* The promotion that made the word FREE is in a restart point: its slot has committed since. A hint does not say so, as it may be of
 * another time. What was read of the slot is written back before the theft can be durable: its holder may have died between
 * storing the number and its fence, and a promotion that the power takes back must not have been stolen. The root's closure is
 * part of the region's seal. */
static bool is_committed(struct pm_core *c, uint32_t j, uint64_t word) {
  const uint64_t mask = (UINT64_C(1) << PM_SEQ_BITS) - 1;
  if (j == PM_JOIN_ROOT) return true;
  uint32_t k = pm_word_slot(word);
  if (k >= c->cap.header->slots) return false;
  const struct pm_slot *slot = pm_slot_at(c->cap.header, k);
  uint64_t since = (pm_slot_seq(slot) - (pm_word_witness(word) & mask)) & mask;
  if (!since || since > mask / 2) return false;
  pm_view_writeback(c->cap.view, PM_SITE_SEQ_ATTACH, &slot->installed, sizeof slot->installed);
  return true;
}

/* A fault after the CAM leaves a word with our witness and no record of it: attach finds it, because `trying` names it. */
bool pm_theft(struct pm_core *c, uint32_t j, uint32_t gen) {
  struct pm_join_record *join = pm_join_at(c->cap.header, j);
  uint64_t word = pm_view_load(c->cap.view, &join->word);
  if (pm_word_state(word) != PM_JOIN_FREE || pm_word_gen(word) != gen || !is_committed(c, j, word)) return false;
  uint64_t w = pm_witness(c->cap.slot_number, c->cap.seq);
  pm_seat_hands(c->seat, false);
  pm_view_fence(c->cap.view);                     /* lines pending from the step before */
  atomic_store(&c->seat->trying, j);
  pm_view_cam(c->cap.view, &join->word, word, pm_word_make(PM_JOIN_TAKEN, gen, w));
  pm_view_writeback(c->cap.view, PM_SITE_JOIN_TAKEN, join, PM_LINE);
  word = pm_view_load(c->cap.view, &join->word);
  enum pm_join_state state = pm_word_state(word);
  if ((state != PM_JOIN_TAKEN && state != PM_JOIN_WAIT) || pm_word_gen(word) != gen || pm_word_witness(word) != w) {
    pm_seat_hands(c->seat, true);
    return false;
  }
  c->root = (struct pm_ref){j, gen, w};
  c->has_closure = true;
  return true;
}

static bool steal_from(struct pm_core *c, uint32_t k) {
  struct pm_seat *seat = &c->session->seat[k];
  uint64_t at = 0, hint;
  while ((hint = pm_hint_next(c, seat, &at))) {
    c->tally->count[PM_N_STEAL_ATTEMPTS]++;
    if (!pm_theft(c, (uint32_t)hint, (uint32_t)(hint >> 32))) continue;
    if (seat != c->seat) {
      uint32_t victim = atomic_load(&seat->state) == PM_SEAT_FRESH ? PM_SLOTS_MAX : atomic_load(&seat->place);
      c->tally->count[PM_N_STEALS]++;
      c->tally->thefts[victim]++;
    }
    return true;
  }
  return false;
}

static bool steal_root(struct pm_core *c) {
  if (!pm_theft(c, PM_JOIN_ROOT, PM_JOIN_ROOT_GEN)) return false;
  uint64_t none = 0;
  atomic_compare_exchange_strong(&c->session->first_task_ns, &none, pm_clock_ns());
  return true;
}

static bool steal(struct pm_core *c) {
  struct pm_session *s = c->session;
  if (steal_from(c, c->cap.slot_number)) return true;
  for (uint32_t i = 0; i < c->place->near_count; i++) {
    uint32_t k = atomic_load_explicit(&s->place[c->place->near[i]].slot, memory_order_relaxed);
    if (k < s->slots && steal_from(c, k)) return true;
  }
  for (uint32_t k = 0; k < s->slots; k++)         /* what a dead or departed holder offered */
    if (atomic_load_explicit(&s->seat[k].hint_top, memory_order_relaxed) && steal_from(c, k)) return true;
  return steal_root(c);
}

/* One request open at a time: a victim that has not stopped since is not asked again. */
static void ask(struct pm_core *c, uint64_t now) {
  struct pm_session *s = c->session;
  if (now < c->ask_again_ns) return;
  uint32_t first = pm_random_below(&c->random, s->slots);
  for (uint32_t i = 0; i < s->slots; i++) {
    uint32_t k = (first + i) % s->slots;
    struct pm_seat *seat = &s->seat[k];
    if (seat == c->seat || !atomic_load_explicit(&seat->busy, memory_order_relaxed) ||
        atomic_load_explicit(&seat->state, memory_order_relaxed) != PM_SEAT_HELD)
      continue;
    if (atomic_load_explicit(&seat->wants, memory_order_relaxed) & PM_WANT_THIEF) continue;
    atomic_fetch_or(&seat->wants, PM_WANT_THIEF);
    atomic_store(&seat->worker.limit, NULL);
    c->tally->count[PM_N_STEAL_ATTEMPTS]++;
    break;
  }
  c->ask_wait_ns *= 2;
  if (c->ask_wait_ns < pm_ask_least_ns) c->ask_wait_ns = pm_ask_least_ns;
  if (c->ask_wait_ns > pm_ask_most_ns) c->ask_wait_ns = pm_ask_most_ns;
  c->ask_again_ns = now + c->ask_wait_ns;
}

static bool run_is_over(struct pm_core *c) {
  uint64_t word = pm_view_load(c->cap.view, &pm_join_at(c->cap.header, PM_JOIN_ROOT)->word);
  return pm_word_state(word) == PM_JOIN_DONE || atomic_load_explicit(&c->session->stop, memory_order_relaxed);
}

static void found(struct pm_core *c) {
  c->ask_wait_ns = c->ask_again_ns = 0;
  pm_account(c, PM_WORK);
}

bool pm_search(struct pm_core *c) {
  struct pm_session *s = c->session;
  uint64_t since = pm_clock_ns();
  pm_account(c, PM_SEARCH);
  for (;;) {
    if (run_is_over(c)) return false;
    pm_seat_hands(c->seat, true);
    if (atomic_load_explicit(&c->seat->wants, memory_order_relaxed) & PM_WANT_RESTART) pm_core_again(c, PM_AGAIN_RESTART);
    uint32_t bell = atomic_load(&s->bell);
    if (steal(c)) {
      found(c);
      return true;
    }
    uint64_t now = pm_clock_ns();
    ask(c, now);
    if (now - since > pm_adopt_after_ns && pm_adopt(c)) {
      found(c);
      return true;
    }
    if (now - since > pm_park_after_ns) {
      if (c->way->beat_set) c->way->beat_set(c, 0);
      pm_account(c, PM_IDLE);
      atomic_fetch_add_explicit(&c->place->beats, 1, memory_order_relaxed);
      pm_core_park(c, bell, pm_park_ns);          /* bounded: the owner of a job may die without a bell */
      pm_account(c, PM_SEARCH);
    }
    __builtin_ia32_pause();
  }
}
