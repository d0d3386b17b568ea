/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Join records (PROTOCOL 4) and the word that every theft, join and completion is decided on.
 *
 *   word: FREE(g) -> OWN(g) | TAKEN(g,w)      TAKEN(g,w) -> DONE(g,w) | WAIT(g,w)
 *
 * 3 bits state, 16 generation, 8 slot, 37 commit number; w = (slot, seq) of the thief when it tried. In FREE and OWN the low
 * 45 bits are the (slot, seq) of the promotion: the protocol asks only that no value of the word comes back, and 16 bits of
 * generation alone would come round under a thief that was stopped for a minute between its read and its CAM.
 */
#ifndef SCHED_JOIN_LAYOUT_H
#define SCHED_JOIN_LAYOUT_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sum.h"
#include "pm/region_layout.h"
#include "task/slot_layout.h"

enum pm_join_state { PM_JOIN_NEVER, PM_JOIN_FREE, PM_JOIN_OWN, PM_JOIN_TAKEN, PM_JOIN_DONE, PM_JOIN_WAIT, PM_JOIN_STATES };

struct pm_join_record {
  _Atomic uint64_t word;
  uint64_t result;                      /* shares the word's line: a line keeps the order of its stores */
  uint16_t task, result_sum;            /* task: of the closure */
  uint32_t closure_sum;
  unsigned char args[PM_ARGS_MAX];      /* the closure never changes after promote's commit made it durable */
};
static_assert(sizeof(struct pm_join_record) == 128, "a join record is two lines");
static_assert(PM_TASKS_MAX <= UINT16_MAX, "a task's number fits");

/* A suspended stack; `bytes` bytes of it follow in the next line. */
struct pm_cont {
  uint32_t bytes, pad;
  struct pm_ref root;
  uint64_t sum;                         /* of both, of the join it waits for, and of the stack */
  uint8_t pad2[32];
};
static_assert(sizeof(struct pm_cont) == 64, "the head of a continuation is one line");

enum { PM_GEN_BITS = 16, PM_SEQ_BITS = 37 };
#define PM_GEN_MASK ((1u << PM_GEN_BITS) - 1)
#define PM_WITNESS_MASK ((UINT64_C(1) << 45) - 1)

static inline uint64_t pm_witness(uint32_t slot, uint64_t seq) {
  return (uint64_t)slot << PM_SEQ_BITS | (seq & ((UINT64_C(1) << PM_SEQ_BITS) - 1));
}
static inline uint64_t pm_word_make(enum pm_join_state state, uint32_t gen, uint64_t w) {
  return (uint64_t)state << 61 | (uint64_t)(gen & PM_GEN_MASK) << 45 | (w & PM_WITNESS_MASK);
}
static inline enum pm_join_state pm_word_state(uint64_t word) { return (enum pm_join_state)(word >> 61); }
static inline uint32_t pm_word_gen(uint64_t word) { return (uint32_t)(word >> 45) & PM_GEN_MASK; }
static inline uint64_t pm_word_witness(uint64_t word) { return word & PM_WITNESS_MASK; }
static inline uint32_t pm_word_slot(uint64_t word) { return (uint32_t)(pm_word_witness(word) >> PM_SEQ_BITS); }

static inline struct pm_join_record *pm_join_at(const struct pm_region_header *h, uint32_t j) {
  return (struct pm_join_record *)((char *)h + h->section[PM_SECTION_JOINS].offset) + j;
}
static inline struct pm_cont *pm_cont_at(const struct pm_region_header *h, uint32_t j) {
  return (struct pm_cont *)((char *)h + h->section[PM_SECTION_CONTS].offset +
                            (uint64_t)j * (sizeof(struct pm_cont) + h->stack_bytes));
}

/* Whose closure it is stands in the sum, so a closure of another join record, or of an earlier use of this one, is noticed. */
static inline uint32_t pm_closure_sum(const struct pm_join_record *j, uint32_t join, uint32_t gen) {
  uint64_t whose = (uint64_t)join << 32 | (uint64_t)(gen & PM_GEN_MASK) << 16 | j->task;
  return (uint32_t)pm_sum_on(whose, j->args, sizeof j->args);
}
/* Of a result and the DONE that goes with it. A remainder by a prime: a change of one byte of either never leaves it as it was,
 * which 16 bits of a hash could not promise. */
static inline uint16_t pm_result_sum(uint64_t done, uint64_t result) {
  enum { PRIME = 65521 };
  return (uint16_t)((result % PRIME + 3 * (done % PRIME)) % PRIME);
}
static inline uint64_t pm_cont_sum(const struct pm_cont *cont, struct pm_ref waits_for) {
  struct { struct pm_ref waits_for, root; uint64_t bytes; } head = {waits_for, cont->root, cont->bytes};
  return pm_sum_on(pm_sum(cont + 1, cont->bytes), &head, sizeof head);
}

/* Join 0 is the run's own first task: FREE(1) in a fresh region, DONE when the run is finished. Nobody owns it. */
enum { PM_JOIN_ROOT = 0, PM_JOIN_ROOT_GEN = 1 };

#endif
