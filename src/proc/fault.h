/* SPDX-License-Identifier: BSD-3-Clause */
/* The plan of faults of one session: when the next is due. Seeded; a resumed run goes on where the plan stood. */
#ifndef PROC_FAULT_H
#define PROC_FAULT_H

#include "base/random.h"
#include "proc/run_layout.h"

enum { PM_PLANS_MAX = 32 };
struct pm_faults {
  struct pm_random random;
  uint64_t base_ns;                     /* what a list's times count from */
  unsigned count;
  struct { const struct pm_fault_plan *plan; uint64_t next_ns; uint32_t index; } at[PM_PLANS_MAX];
};
struct pm_due { enum pm_fault_kind kind; int place; uint64_t when_ns; bool listed; unsigned plan; };

/* All times on the run's own clock. What a list has before `taken_ns` was taken by an earlier session; what became due and was
 * not, since a crash came first, is due at once: no planned fault is lost between sessions. */
void pm_faults_begin(struct pm_faults *f, const struct pm_options *o, uint64_t rng, uint64_t base_ns, uint64_t now_ns,
                     uint64_t taken_ns);
/* The time of the next fault, UINT64_MAX if there is none. */
uint64_t pm_faults_next_ns(const struct pm_faults *f);
bool pm_faults_take(struct pm_faults *f, uint64_t now_ns, struct pm_due *due);
/* The one taken last of its plan, a listed one, was not done: it is due again at `again_ns`. */
void pm_faults_put_back(struct pm_faults *f, const struct pm_due *due, uint64_t again_ns);
/* Listed faults that are still to come. */
uint32_t pm_faults_left(const struct pm_faults *f);

#endif
