/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Damage to a region that lies in memory, drawn from a seed. A kind of damage is a row: single bytes and long stretches anywhere,
 * fields where it is known what they mean, and what a check of sums alone would let pass - a field that cannot be true under a
 * sum that is right. What they change is in use, as far as that can be told.
 */
#ifndef DAMAGE_MUTATE_H
#define DAMAGE_MUTATE_H

#include "base/random.h"
#include "pm/region_layout.h"

struct mutation {
  const char *kind;
  bool data;                            /* of the program's own data: no sum of the library's covers it */
  uint64_t at;                          /* where the last change was */
  bool log;                             /* of what the report says of faults and times */
  char what[160];
};

unsigned mutation_kinds(void);
/* Changes `bytes` bytes of a sound region; `number` % mutation_kinds() says how. */
void mutate(char *base, uint64_t bytes, unsigned number, struct pm_random *random, struct mutation *m);

#endif
