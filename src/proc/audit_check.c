/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What must hold between the parts of a region whenever everybody who worked on it may have died, or the power may have failed
 * (PROTOCOL 8). It reads what says where the work is - slots, records, stacks, join records, links - and never the arena.
 *
 *   1. Restart points, closures, results and continuations are what their sums say.
 *   2. A join record is in one free list or limbo, once; or a stack that lives waits for it, exactly one; never both. Such a
 *      stack is the image of a RUN record; or the continuation of a join that is WAIT, or that a SUSPEND record names while it
 *      is TAKEN or DONE.
 *   3. A join that is TAKEN or WAIT has exactly one that works on it: a stack that lives and has it as its root; a COMPLETE record
 *      that names it; or the slot of its witness, if that has committed nothing since (a theft that no record tells of).
 *   4. The root is FREE, DONE, or whoever works on it, or works on what that waits for, and so on, is in a slot and not in a circle.
 *
 * tests/sim looks for all of it after every fault it injects, and between faults.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "proc/audit.h"
#include "task/capsule.h"

enum { BY_NOBODY = -1, BY_SLOT = -2 };          /* or the join in whose continuation it lies */

struct mark { uint8_t free, waiting, working; int32_t by; };
struct check {
  struct pm_audit *a;
  const struct pm_region_header *h;
  struct mark *mark;                              /* one a join */
  uint32_t *offset;                               /* frames of a stack */
  uint32_t inline_joins;                          /* children that run inside of a join, below the top of a stack that lives */
  char where[48];                                 /* what is looked at, for a finding */
};

static void find(struct check *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void find(struct check *c, const char *format, ...) {
  struct pm_audit *a = c->a;
  if (a->findings++ >= sizeof a->finding / sizeof *a->finding) return;
  va_list list;
  va_start(list, format);
  vsnprintf(a->finding[a->findings - 1], sizeof *a->finding, format, list);
  va_end(list);
}

static uint64_t word_of(const struct check *c, uint32_t j) {
  return atomic_load_explicit(&pm_join_at(c->h, j)->word, memory_order_acquire);
}
static bool word_is(const struct check *c, struct pm_ref ref, enum pm_join_state state) {
  return word_of(c, ref.join) == pm_word_make(state, ref.gen, ref.w);
}
static const struct pm_record *record_of(const struct check *c, uint32_t k) {
  const struct pm_slot *slot = pm_slot_at(c->h, k);
  return &slot->record[pm_slot_seq(slot) & 1];
}
static void look_at(struct check *c, const char *what, uint32_t number) {
  snprintf(c->where, sizeof c->where, "%s %u", what, number);
}

/* ---- free lists ---------------------------------------------------------------------------------------------------------------- */

static bool is_freed(struct check *c, uint32_t j) {
  if (j == PM_JOIN_ROOT || j >= c->h->joins) find(c, "%s: its free list runs astray", c->where);
  else if (c->mark[j].free) find(c, "join %u is free twice", j);
  else c->mark[j].free = 1;
  return !c->a->findings;
}

static void check_free(struct check *c, const struct pm_pool_record *p) {
  const uint32_t *links = (const void *)(c->a->base + c->h->section[PM_SECTION_LINKS].offset);
  for (uint32_t j = p->head; j != PM_POOL_NONE; j = links[j])
    if (!is_freed(c, j)) return;
  for (uint32_t i = 0; i < p->limbo_count; i++)
    if (!is_freed(c, p->limbo[i])) return;
}

/* ---- join records -------------------------------------------------------------------------------------------------------------- */

/* A theft that its slot has committed nothing after. */
static bool is_fresh_theft(const struct check *c, uint64_t word) {
  uint64_t w = pm_word_witness(word);
  uint32_t k = (uint32_t)(w >> PM_SEQ_BITS);
  return k < c->h->slots && w == pm_witness(k, pm_slot_seq(pm_slot_at(c->h, k)));
}

/* A join that is free may be in any state, but one that attach would take for a theft. It may have been WAIT when it was freed, but
 * whoever worked on it has committed since. */
static void check_join(struct check *c, uint32_t j) {
  const struct pm_join_record *join = pm_join_at(c->h, j);
  uint64_t word = word_of(c, j);
  enum pm_join_state state = pm_word_state(word);
  bool root = j == PM_JOIN_ROOT;
  if (state >= PM_JOIN_STATES || (root && (pm_word_gen(word) != PM_JOIN_ROOT_GEN || state == PM_JOIN_NEVER ||
                                           state == PM_JOIN_OWN || state == PM_JOIN_WAIT)))
    find(c, "join %u: a word that no step writes", j);
  else if (c->mark[j].free) {
    if (state == PM_JOIN_TAKEN || (state == PM_JOIN_WAIT && is_fresh_theft(c, word))) find(c, "join %u is free, and taken", j);
  } else if (state == PM_JOIN_NEVER)
    find(c, "join %u is neither free nor in use", j);
  else if (join->closure_sum != pm_closure_sum(join, j, pm_word_gen(word)) || join->task >= c->h->tasks ||
           !c->a->tasks[join->task].name[0])
    find(c, "join %u holds no closure of this run", j);
  else if (state == PM_JOIN_DONE && join->result_sum != pm_result_sum(word, join->result))
    find(c, "join %u: its result is not what its task returned", j);
}

/* ---- stacks that live ---------------------------------------------------------------------------------------------------------- */

static void check_fork(void *context, struct pm_head *frame, struct pm_fork *note) {
  struct check *c = context;
  (void)frame;
  if (!note->promoted) return;
  pm_word ref = *pm_fork_ref(note);
  uint32_t j = (uint32_t)ref, gen = (uint32_t)(ref >> 32);
  if (j == PM_JOIN_ROOT || j >= c->h->joins) {
    find(c, "%s: a frame names join %u of %u", c->where, j, c->h->joins);
    return;
  }
  uint64_t word = word_of(c, j);
  if (pm_word_gen(word) != gen)
    find(c, "%s: a frame waits for generation %u of join %u, which is at %u", c->where, gen, j, pm_word_gen(word));
  else if (pm_word_state(word) == PM_JOIN_WAIT) find(c, "%s: a frame waits for join %u, and so does another stack", c->where, j);
  c->mark[j].waiting += c->mark[j].waiting < UINT8_MAX;
}

/* `by`: whose it is. That the topmost frame of a continuation, and of it alone, is inside of a join says its `pc`. */
static void check_stack(struct check *c, const char *base, uint32_t bytes, struct pm_ref root, int32_t by) {
  int n = pm_stack_frames(base, bytes, c->a->tasks, c->h->tasks, c->offset, c->h->stack_bytes / sizeof(struct pm_head));
  if (n <= 0 || !pm_stack_forks((char *)(uintptr_t)base, bytes, c->a->tasks, c->h->tasks, check_fork, c)) {
    find(c, "%s: %u bytes that are no stack of this program", c->where, bytes);
    return;
  }
  for (int i = 0; i < n; i++) {
    bool joins = ((const struct pm_head *)(base + c->offset[i]))->pc & PM_SLOW_;
    if (i + 1 < n) c->inline_joins += joins;
    else if (joins != (by != BY_SLOT)) find(c, "%s: its topmost frame cannot go on there", c->where);
  }
  if (root.join >= c->h->joins || c->mark[root.join].free || (!word_is(c, root, PM_JOIN_TAKEN) && !word_is(c, root, PM_JOIN_WAIT))) {
    find(c, "%s: its stack is for join %u, which does not wait for it", c->where, root.join);
    return;
  }
  struct mark *m = &c->mark[root.join];
  m->working += m->working < UINT8_MAX;
  m->by = by;
}

static void check_cont(struct check *c, struct pm_ref waits_for) {
  const struct pm_cont *cont = pm_cont_at(c->h, waits_for.join);
  look_at(c, "the continuation of join", waits_for.join);
  if (!cont->bytes || cont->bytes > c->h->stack_bytes || cont->sum != pm_cont_sum(cont, waits_for)) {
    find(c, "%s is not what was suspended", c->where);
    return;
  }
  struct mark *m = &c->mark[waits_for.join];
  m->waiting += m->waiting < UINT8_MAX;
  check_stack(c, (const char *)(cont + 1), cont->bytes, cont->root, (int32_t)waits_for.join);
}

static void check_slot_work(struct check *c, uint32_t k) {
  const struct pm_record *r = record_of(c, k);
  struct mark *m = &c->mark[r->ref.join];
  look_at(c, "slot", k);
  if (r->intent == PM_INTENT_RUN) {
    uint64_t seq = pm_slot_seq(pm_slot_at(c->h, k));
    check_stack(c, pm_image_at(c->h, k, seq & 1), r->stack_bytes, r->ref, BY_SLOT);
  } else if (r->intent == PM_INTENT_COMPLETE && !m->free &&
             (word_is(c, r->ref, PM_JOIN_TAKEN) || word_is(c, r->ref, PM_JOIN_WAIT))) {
    m->working += m->working < UINT8_MAX;
    m->by = BY_SLOT;
  } else if (r->intent == PM_INTENT_SUSPEND && !m->free &&
             (word_is(c, r->ref, PM_JOIN_TAKEN) || word_is(c, r->ref, PM_JOIN_DONE))) {
    check_cont(c, r->ref);
  }
}

/* ---- who works on what --------------------------------------------------------------------------------------------------------- */

/* A slot wins at most one theft a record, and none with a stack of its own. */
static void check_theft(struct check *c, uint32_t j, uint8_t *thefts) {
  uint64_t word = word_of(c, j);
  uint32_t k = pm_word_slot(word);
  if (!is_fresh_theft(c, word) || record_of(c, k)->intent == PM_INTENT_RUN || thefts[k]++) return;
  c->mark[j].working++;
  c->mark[j].by = BY_SLOT;
}

static void check_use(struct check *c) {
  static const char *const states[PM_JOIN_STATES] = {"NEVER", "FREE", "OWN", "TAKEN", "DONE", "WAIT"};
  uint32_t loose = 0;
  for (uint32_t j = 0; j < c->h->joins; j++) {
    const struct mark *m = &c->mark[j];
    enum pm_join_state state = pm_word_state(word_of(c, j));
    if (m->free) {
      if (m->waiting) find(c, "join %u is free and in use at once", j);
      continue;
    }
    bool taken = state == PM_JOIN_TAKEN || state == PM_JOIN_WAIT;
    if (taken && m->working != 1) find(c, "join %u is %s, and %s on it", j, states[state], m->working ? "more than one work" : "nobody works");
    if (j == PM_JOIN_ROOT) continue;
    if (state == PM_JOIN_OWN && !m->waiting) loose++;     /* its child runs, out of the chain of its parent's forks */
    else if (m->waiting != 1) find(c, "join %u is %s, and %s for it", j, states[state], m->waiting ? "more than one wait" : "nobody waits");
  }
  if (loose != c->inline_joins) find(c, "%u joins are OWN, and %u frames are in such a join", loose, c->inline_joins);
}

/* From the root to somebody who can go on. A continuation whose join is DONE is loaded by the slot that suspended it. */
static void check_path(struct check *c) {
  uint32_t j = PM_JOIN_ROOT;
  for (uint32_t steps = 0; steps <= c->h->joins; steps++) {
    enum pm_join_state state = pm_word_state(word_of(c, j));
    if ((state != PM_JOIN_TAKEN && state != PM_JOIN_WAIT) || c->mark[j].by < 0) return;
    j = (uint32_t)c->mark[j].by;
  }
  find(c, "the run's first task waits for itself");
}

static void check_header(struct check *c) {
  const struct pm_region_header *h = c->h;
  enum pm_join_state root = pm_word_state(word_of(c, PM_JOIN_ROOT));
  bool begun = root != PM_JOIN_FREE;
  for (uint32_t k = 0; k < h->slots; k++) begun |= pm_slot_seq(pm_slot_at(h, k)) != 0;
  if (atomic_load(&h->session) == 0 && begun) find(c, "nobody has worked on it, it says, and somebody has");
  if (atomic_load(&h->state) == PM_REGION_FINISHED && root != PM_JOIN_DONE) find(c, "it is finished, it says, and it is not");
}

/* Each step reads what the one before found in order; where that is not, it would only say the same in other words. */
static void check_work(struct check *c) {
  const struct pm_region_header *h = c->h;
  for (uint32_t k = 0; k < h->slots; k++) {
    const char *wrong = pm_slot_wrong(h, k);
    if (wrong) find(c, "slot %u: %s", k, wrong);
  }
  for (uint32_t k = 0; !c->a->findings && k < h->slots; k++) {
    look_at(c, "slot", k);
    check_free(c, &record_of(c, k)->pool);
  }
  if (c->a->findings) return;
  for (uint32_t j = 0; j < h->joins; j++) check_join(c, j);
  if (c->a->findings) return;
  for (uint32_t k = 0; k < h->slots; k++) check_slot_work(c, k);
  for (uint32_t j = 1; j < h->joins; j++) {
    uint64_t word = word_of(c, j);
    if (!c->mark[j].free && pm_word_state(word) == PM_JOIN_WAIT)
      check_cont(c, (struct pm_ref){j, pm_word_gen(word), pm_word_witness(word)});
  }
  uint8_t thefts[PM_SLOTS_MAX] = {0};
  for (uint32_t j = 0; j < h->joins; j++) {
    enum pm_join_state state = pm_word_state(word_of(c, j));
    if (!c->mark[j].free && !c->mark[j].working && (state == PM_JOIN_TAKEN || state == PM_JOIN_WAIT)) check_theft(c, j, thefts);
  }
  if (c->a->findings) return;
  check_use(c);
  check_path(c);
}

/* Nothing is committed, so nothing is held against anything but the end. */
static void check_result(struct check *c) {
  const struct pm_join_record *root = pm_join_at(c->h, PM_JOIN_ROOT);
  uint64_t word = word_of(c, PM_JOIN_ROOT);
  if (pm_word_state(word) == PM_JOIN_DONE && root->result_sum != pm_result_sum(word, root->result))
    find(c, "join %u: its result is not what its task returned", PM_JOIN_ROOT);
}

void pm_audit_check(struct pm_audit *a) {
  const struct pm_region_header *h = a->h;
  struct check c = {.a = a, .h = h};
  const char *wrong = pm_audit_block(a->block, h->slots);
  if (wrong) find(&c, "the run: %s", wrong);
  if (h->policy == PM_POLICY_NONE) {
    check_result(&c);
    return;
  }
  check_header(&c);
  c.mark = calloc(h->joins, sizeof *c.mark);
  c.offset = malloc(h->stack_bytes / sizeof(struct pm_head) * sizeof *c.offset);
  if (!c.mark || !c.offset) find(&c, "not checked: no memory for the marks of %u joins", h->joins);   /* then it is not sound */
  for (uint32_t j = 0; c.mark && j < h->joins; j++) c.mark[j].by = BY_NOBODY;
  if (c.mark && c.offset && !a->findings) check_work(&c);
  free(c.mark);
  free(c.offset);
}
