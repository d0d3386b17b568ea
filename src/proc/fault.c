/* SPDX-License-Identifier: BSD-3-Clause */
#include "proc/fault.h"

#include "base/tunables.h"

void pm_faults_begin(struct pm_faults *f, const struct pm_options *o, uint64_t rng, uint64_t base_ns, uint64_t now_ns,
                     uint64_t taken_ns) {
  *f = (struct pm_faults){.random.state = rng, .base_ns = base_ns};
  for (unsigned i = 0; i < o->fault_count && i < PM_PLANS_MAX; i++) {
    const struct pm_fault_plan *p = &o->faults[i];
    uint64_t next = UINT64_MAX;
    uint32_t index = 0;
    if (p->rate_hz > 0) next = now_ns + pm_random_wait_ns(&f->random, p->rate_hz);
    else if (p->count) {
      while (index < p->count && base_ns + p->at_ns[index] < taken_ns) index++;
      if (index < p->count) next = base_ns + p->at_ns[index];
    }
    f->at[f->count].plan = p;
    f->at[f->count].next_ns = next;
    f->at[f->count++].index = index;
  }
}

uint64_t pm_faults_next_ns(const struct pm_faults *f) {
  uint64_t next = UINT64_MAX;
  for (unsigned i = 0; i < f->count; i++)
    if (f->at[i].next_ns < next) next = f->at[i].next_ns;
  return next;
}

bool pm_faults_take(struct pm_faults *f, uint64_t now_ns, struct pm_due *due) {
  unsigned first = f->count;
  for (unsigned i = 0; i < f->count; i++)
    if (f->at[i].next_ns <= now_ns && (first == f->count || f->at[i].next_ns < f->at[first].next_ns)) first = i;
  if (first == f->count) return false;
  const struct pm_fault_plan *p = f->at[first].plan;
  uint32_t index = f->at[first].index++;
  *due = (struct pm_due){p->kind, -1, f->at[first].next_ns, p->rate_hz <= 0, first};
  if (p->rate_hz > 0) {
    /* From when it was due, so that being late does not lower the rate; but no flood after a long stop. */
    uint64_t due_ns = now_ns - due->when_ns > pm_fault_late_ns ? now_ns : due->when_ns;
    f->at[first].next_ns = due_ns + pm_random_wait_ns(&f->random, p->rate_hz);
  } else {
    if (p->place) due->place = p->place[index];
    f->at[first].next_ns = index + 1 < p->count ? f->base_ns + p->at_ns[index + 1] : UINT64_MAX;
  }
  return true;
}

void pm_faults_put_back(struct pm_faults *f, const struct pm_due *due, uint64_t again_ns) {
  f->at[due->plan].index--;
  f->at[due->plan].next_ns = again_ns;
}

uint32_t pm_faults_left(const struct pm_faults *f) {
  uint32_t left = 0;
  for (unsigned i = 0; i < f->count; i++)
    if (f->at[i].plan->rate_hz <= 0) left += f->at[i].plan->count - f->at[i].index;
  return left;
}
