/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Losses of a restart point, PROTOCOL 3: who attaches and finds work counts that the capsule begins once more. From the count
 * follow the beat (shorter, until a commit gets through), what a task may ask (pm_attempts), and when a run is given up.
 *
 * The count is of the restart point, not of a worker or a session: it lies in the slot, and a fault in here loses the one
 * loss that it was about to count.
 */
#include "base/tunables.h"
#include "sched/core.h"

static uint64_t everybody(const struct pm_core *c) {
  uint64_t sum = 0;
  for (uint32_t k = 0; k < c->cap.header->slots; k++)
    sum += pm_slot_seq(pm_slot_at(c->cap.header, k));
  return sum;
}

/* Counts that cannot be true (bytes of the region are input) are those of another point, too. */
struct pm_slot *pm_loss_point(struct pm_core *c) {
  struct pm_slot *slot = c->cap.slot;
  if (slot->point != c->cap.seq || slot->lost_alone > slot->lost || slot->lost_alone >= PM_STUCK_LOSSES)
    slot->lost = slot->lost_alone = slot->poison = 0;
  slot->point = c->cap.seq;
  return slot;
}

int pm_loss_note(struct pm_core *c) {
  c->lost = 0;
  if (!c->cap.durable || (!c->has_stack && !c->has_closure)) return 0;
  struct pm_slot *slot = pm_loss_point(c);
  uint64_t sum = everybody(c);
  if (slot->everybody != sum) slot->lost_alone = 0;
  slot->everybody = sum;
  if (slot->lost < UINT32_MAX) slot->lost++;
  uint32_t alone = ++slot->lost_alone;
  if (alone >= PM_STUCK_LOSSES) slot->lost_alone = 0;       /* whoever resumes has the same chance */
  pm_view_writeback(c->cap.view, PM_SITE_SEQ_ATTACH, slot, PM_LINE);
  c->lost = slot->lost;
  if (alone < PM_STUCK_LOSSES) return 0;
  pm_session_fail(c->session, PM_E_STUCK, "task %s cannot get through: what it did was lost %u times, and nobody committed in "
                  "between; use a lower rate of faults, or let it commit more often (PM_COMMIT_HERE, where pm_attempts says "
                  "that it was lost before)", pm_core_restart_task(c), alone);
  return PM_E_STUCK;
}

/* What one beat costs: its commit as this place has measured it, over all its lives, and the signal. */
static uint64_t beat_cost_ns(const struct pm_core *c) {
  const uint64_t *count = c->tally->count;
  uint64_t commit = c->beat_commit_ns ? c->beat_commit_ns : count[PM_N_COMMITS] ? count[PM_N_COMMIT_NS] / count[PM_N_COMMITS] : 0;
  return commit + (c->session->beat_signal_ns ? c->session->beat_signal_ns : pm_beat_signal_guess_ns);
}

uint64_t pm_loss_beat_ns(const struct pm_core *c) {
  if (c->lost < 2) return c->beat_ns;
  uint64_t least = PM_BEAT_TIMES_LEAST * beat_cost_ns(c), t = c->lost <= 64 ? c->beat_ns >> (c->lost - 1) : 0;
  if (least > c->beat_ns) least = c->beat_ns;
  return t > least ? t : least;
}

void pm_loss_over(struct pm_core *c) {
  c->lost = 0;
  if (c->way->beat_set && c->session->policy != PM_POLICY_NONE) c->way->beat_set(c, c->beat_ns);
}

unsigned pm_attempts(const struct pm_worker *w) {
  uint32_t lost = w->core->lost;
  return lost < UINT32_MAX ? lost + 1 : UINT32_MAX;
}
