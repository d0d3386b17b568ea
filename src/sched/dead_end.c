/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Nobody has work, and the run is not over: what damage can leave, and no fault. A search for a job would have no end. It is told
 * by evidence, not by time:
 *
 *   seat.hands   odd: its holder, alive or dead, has nothing in hand and is not about to get something. The holder counts it up,
 *                to odd where a search begins, to even before the CAM of a theft, before it shows as the holder of a seat whose
 *                record may hold work, and at a restart. So a holder that died with work left it even.
 *   LEFT         likewise: who leaves a seat while the session lasts moves to another one, from a search.
 *   FRESH        nobody looked into its record yet: no evidence, but in a new region, where it holds nothing.
 *
 * If every seat says so, and says the same a second time, nobody had work at any instant in between; all of it is sequentially
 * consistent. Then the root is FREE, and will be taken; or DONE; or what it waits for is done by nobody, ever.
 */
#include "sched/core.h"

static bool is_empty_handed(const struct pm_session *s, const struct pm_seat *seat, uint64_t *hands) {
  uint32_t state = atomic_load(&seat->state);
  *hands = atomic_load(&seat->hands) << 2 | state;
  return state == PM_SEAT_FRESH ? s->fresh : *hands >> 2 & 1;
}

bool pm_dead_end(const struct pm_session *s, const struct pm_region_header *h) {
  uint64_t hands[PM_SLOTS_MAX], again;
  if (!atomic_load(&s->go) || atomic_load(&s->stop)) return false;
  for (uint32_t k = 0; k < s->slots; k++)
    if (!is_empty_handed(s, &s->seat[k], &hands[k])) return false;
  enum pm_join_state root = pm_word_state(atomic_load(&pm_join_at(h, PM_JOIN_ROOT)->word));
  for (uint32_t k = 0; k < s->slots; k++)
    if (!is_empty_handed(s, &s->seat[k], &again) || again != hands[k]) return false;
  return root != PM_JOIN_FREE && root != PM_JOIN_DONE && !atomic_load(&s->stop);
}
