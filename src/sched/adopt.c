/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * adopt, PROTOCOL 4: a worker without work moves to a slot whose holder the kernel ended, or that nobody has attached to
 * since the seats were made. It unlocks its own first held slot only after it has the other one's lock; dead in between, it
 * leaves two slots without a holder, of which its own holds nothing.
 */
#include "sched/core.h"

bool pm_adopt(struct pm_core *c) {
  struct pm_session *s = c->session;
  if (s->policy == PM_POLICY_NONE) return false;
  for (uint32_t i = 1; i < s->slots; i++) {
    uint32_t k = (c->cap.slot_number + i) % s->slots;
    struct pm_seat *seat = &s->seat[k];
    uint32_t state = atomic_load_explicit(&seat->state, memory_order_relaxed);
    if (state == PM_SEAT_LEFT || (state == PM_SEAT_FRESH && s->fresh)) continue;
    uint32_t victim = state == PM_SEAT_FRESH ? PM_SLOTS_MAX : atomic_load(&seat->place);
    int got = pm_seat_trylock(seat);
    if (got < 0) continue;
    c->seated = false;
    atomic_store(&c->seat->state, PM_SEAT_LEFT);
    pm_seat_unlock(c->seat);
    if (pm_attach(c, k, got == 1)) pm_core_again(c, PM_AGAIN_LEAVE);
    if (!c->has_stack && !c->has_closure) {
      pm_account(c, PM_SEARCH);
      pm_seat_hands(c->seat, true);
      continue;
    }
    c->tally->count[PM_N_ADOPTIONS]++;
    c->tally->adoptions[victim]++;
    return true;
  }
  return false;
}
