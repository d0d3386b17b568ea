/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A simulation: workers as coroutines of one thread, which stop at every primitive of src/pm; what happens next is drawn from
 * a seed. Workers run the scheduler's own code, each through a view of its own, on one mapping of one region; so a seed is a
 * schedule with kills at any primitive, in-process restarts, beats, and power failures that lose lines.
 */
#ifndef SIM_H
#define SIM_H

#include "pmrun.h"

struct sim_plan {
  uint64_t seed, drop;                  /* drop: sites whose write-backs are left out (pm/shadow.h) */
  enum pm_policy policy;                /* beat or fork */
  unsigned workers;
  int64_t depth;                        /* of the tree */
  double kill, restart, power, beat;    /* chance of each at a point */
  unsigned power_max, kill_max;         /* so that the end can be reached */
  char *image;                          /* sim_region_bytes() bytes, with one of: */
  uint64_t stop_at;                     /* the run stops after so many points, and image is the region as it is then */
  bool from_image;                      /* image is the region that workers of a new session find; it may be damaged */
  uint64_t points_max;                  /* 0: many */
  uint64_t damage_at;                   /* after so many points, at the next chance, a TAKEN join is TAKEN by nobody; 0: never */
};
struct sim_result {
  char error[512];                      /* "" right */
  uint64_t points, kills, restarts, powers, steals, suspends, adoptions, audits, hints;  /* hints: of joins that were FREE, whoever made them */
  bool damaged, dead_end;               /* it was done; the run was ended, because nobody had work */
};
uint64_t sim_region_bytes(void);
extern const char sim_endless[];        /* result.error of a run that came to no end */
void sim_run(const struct sim_plan *plan, struct sim_result *result);

#endif
