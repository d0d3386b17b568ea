/* SPDX-License-Identifier: BSD-3-Clause */
#include "proc/life.h"

#include "base/check.h"
#include "proc/supervisor.h"

static const bool legal[PM_LIVES][PM_LIVES] = {
    [PM_LIFE_EMPTY] = {[PM_LIFE_RUNNING] = true, [PM_LIFE_DEAD] = true},
    [PM_LIFE_RUNNING] = {[PM_LIFE_DYING] = true, [PM_LIFE_STOPPED] = true, [PM_LIFE_DEAD] = true, [PM_LIFE_LEFT] = true},
    [PM_LIFE_STOPPED] = {[PM_LIFE_RUNNING] = true, [PM_LIFE_DYING] = true, [PM_LIFE_DEAD] = true, [PM_LIFE_LEFT] = true},
    [PM_LIFE_DYING] = {[PM_LIFE_DEAD] = true, [PM_LIFE_GONE] = true, [PM_LIFE_LEFT] = true},
    [PM_LIFE_DEAD] = {[PM_LIFE_RUNNING] = true},
};

void pm_life_move(struct pm_supervisor *s, unsigned place, enum pm_life from, enum pm_life to) {
  PM_CHECK(s->ward[place].life == from);
  PM_CHECK(legal[from][to]);
  s->ward[place].life = to;
}

unsigned pm_life_count(const struct pm_supervisor *s, enum pm_life life) {
  unsigned n = 0;
  for (unsigned p = 0; p < s->run->procs; p++) n += s->ward[p].life == life;
  return n;
}
