/* SPDX-License-Identifier: BSD-3-Clause */
#include "mutate.h"

#include <stdio.h>
#include <string.h>

#include "pm/region.h"
#include "proc/run_layout.h"
#include "sched/join_layout.h"
#include "task/capsule.h"

struct target {
  char *base;
  struct pm_region_header *h;
  struct pm_random *random;
  struct mutation *m;
};

static uint32_t below(struct target *t, uint64_t n) {
  return pm_random_below(t->random, n > UINT32_MAX ? UINT32_MAX : n ? (uint32_t)n : 1);
}

/* Changes bytes for certain; one as often as more. */
static void flip(struct target *t, void *at, uint64_t bytes) {
  unsigned char *byte = at;
  uint64_t n = below(t, 2) ? 1 : 1 + below(t, bytes < 8 ? bytes : 8), from = below(t, bytes - n + 1);
  for (uint64_t i = 0; i < n; i++) byte[from + i] ^= (unsigned char)(1 + below(t, 255));
  t->m->at = (uint64_t)((char *)at + from - t->base);
  size_t used = strlen(t->m->what);
  snprintf(t->m->what + used, sizeof t->m->what - used, " (%llu bytes at %llu)", (unsigned long long)n,
           (unsigned long long)t->m->at);
}
#define FLIP(t, field) flip((t), &(field), sizeof(field))

static struct pm_slot *some_slot(struct target *t, struct pm_record **record) {
  uint32_t first = below(t, t->h->slots), k = first;
  do {                                            /* one with a record that matters, if there is one */
    struct pm_slot *slot = pm_slot_at(t->h, k);
    *record = &slot->record[pm_slot_seq(slot) & 1];
    if ((*record)->intent != PM_INTENT_IDLE) break;
    k = (k + 1) % t->h->slots;
  } while (k != first);
  struct pm_slot *slot = pm_slot_at(t->h, k);
  *record = &slot->record[pm_slot_seq(slot) & 1];
  snprintf(t->m->what, sizeof t->m->what, "slot %u", k);
  return slot;
}
static uint32_t slot_number(struct target *t, const struct pm_slot *slot) { return (uint32_t)(slot - pm_slot_at(t->h, 0)); }
static char *image_of(struct target *t, const struct pm_slot *slot) {
  return pm_image_at(t->h, slot_number(t, slot), pm_slot_seq(slot) & 1);
}
static void sum_up(struct target *t, const struct pm_slot *slot, struct pm_record *r) {
  if (r->pool.limbo_count <= PM_LIMBO && r->stack_bytes <= t->h->stack_bytes)
    r->sum = pm_record_sum(r, slot_number(t, slot), pm_slot_seq(slot), image_of(t, slot));
}

static uint32_t some_join(struct target *t, bool (*is)(uint64_t word)) {
  uint32_t first = below(t, t->h->joins), j = first;
  do {
    if (is(atomic_load(&pm_join_at(t->h, j)->word))) break;
    j = (j + 1) % t->h->joins;
  } while (j != first);
  snprintf(t->m->what, sizeof t->m->what, "join %u", j);
  return j;
}
static bool is_used(uint64_t word) { return pm_word_state(word) != PM_JOIN_NEVER; }
static bool is_taken(uint64_t word) { return pm_word_state(word) == PM_JOIN_TAKEN || pm_word_state(word) == PM_JOIN_WAIT; }
static bool is_waited_for(uint64_t word) { return pm_word_state(word) == PM_JOIN_WAIT; }
static bool is_done(uint64_t word) { return pm_word_state(word) == PM_JOIN_DONE; }
static bool is_free(uint64_t word) { return pm_word_state(word) == PM_JOIN_FREE; }

static struct pm_origin *origin(struct target *t) { return (void *)(t->base + t->h->section[PM_SECTION_ORIGIN].offset); }
static struct pm_run_block *block(struct target *t) { return (void *)(t->base + t->h->section[PM_SECTION_RUN].offset); }

/* ---- kinds ---------------------------------------------------------------------------------------------------------------------- */

static void header_byte(struct target *t) { flip(t, &t->h->layout, sizeof *t->h - offsetof(struct pm_region_header, layout)); }
static void header_field(struct target *t) {
  struct pm_region_header *h = t->h;
  uint32_t *counts[] = {&h->slots, &h->joins, &h->stack_bytes, &h->tasks, &h->policy, &h->backend};
  uint32_t i = below(t, 9);
  if (i == 4) h->policy += PM_POLICY_NONE + 1;   /* another policy is another run, and a right one */
  else if (i < 6) *counts[i] = below(t, 2) ? *counts[i] + 1 + below(t, 3) : (uint32_t)pm_random_next(t->random);
  else if (i == 6) h->section[below(t, PM_SECTIONS)].bytes += PM_PAGE * (1 + below(t, 3));
  else if (i == 7) h->arena_cursor += 1 + below(t, 63);
  else h->region_bytes -= PM_PAGE;
  h->checksum = pm_region_checksum(h);
  snprintf(t->m->what, sizeof t->m->what, "field %u, with a right checksum", i);
}
static void session(struct target *t) { FLIP(t, t->h->session); }
static void state(struct target *t) { FLIP(t, t->h->state); }
static void handle(struct target *t) { FLIP(t, t->h->handle); }
static void note(struct target *t) { flip(t, origin(t)->note, strlen(origin(t)->note) + 1); }
static void note_digit(struct target *t) {        /* another problem, well described */
  char *digit = strstr(origin(t)->note, "-n ");
  digit = digit ? digit + 3 : origin(t)->note;
  *digit = (char)(*digit == '1' ? '2' : *digit - 1);
}
static void arguments(struct target *t) { flip(t, origin(t)->args, 64); }
static void arguments_end(struct target *t) { FLIP(t, origin(t)->args); }
static void tasks(struct target *t) { flip(t, t->base + t->h->section[PM_SECTION_TASKS].offset, t->h->tasks * sizeof(struct pm_task_row)); }
static void installed(struct target *t) {
  struct pm_record *r;
  FLIP(t, some_slot(t, &r)->installed);
}
static void rolled_back(struct target *t) {       /* a number that is well formed, of the other record */
  struct pm_record *r;
  struct pm_slot *slot = some_slot(t, &r);
  uint64_t seq = pm_slot_seq(slot);
  atomic_store(&slot->installed, pm_installed_make(slot_number(t, slot), seq + 1 + below(t, 4)));
}
static void record(struct target *t) {
  struct pm_record *r;
  some_slot(t, &r);
  flip(t, r, offsetof(struct pm_record, pool.limbo) + r->pool.limbo_count * sizeof(uint32_t));
}
static void reference(struct target *t) {         /* one byte of it, nothing else */
  struct pm_record *r;
  some_slot(t, &r);
  *(below(t, 2) ? &r->ref.join : &r->ref.gen) ^= 1u << below(t, 8);
}
static void reference_summed(struct target *t) {
  struct pm_record *r;
  struct pm_slot *slot = some_slot(t, &r);
  switch (below(t, 4)) {
  case 0: r->ref.join = below(t, t->h->joins); break;
  case 1: r->ref.gen++; break;
  case 2: r->ref.w ^= UINT64_C(1) << below(t, 40); break;
  default: r->intent = (r->intent + 1 + below(t, PM_INTENTS - 1)) % PM_INTENTS;
  }
  sum_up(t, slot, r);
}
static void pool_summed(struct target *t) {
  struct pm_record *r;
  struct pm_slot *slot = some_slot(t, &r);
  if (below(t, 2)) r->pool.head = below(t, t->h->joins);
  else r->pool.limbo[r->pool.limbo_count++ % PM_LIMBO] = below(t, t->h->joins);
  sum_up(t, slot, r);
}
static void image(struct target *t) {
  struct pm_record *r;
  struct pm_slot *slot = some_slot(t, &r);
  flip(t, image_of(t, slot), r->stack_bytes ? r->stack_bytes : 64);
}
/* A frame holds the program's data, too, and the sum is right: what it computes is then another thing. */
/* A frame's head, not its arguments: other ones that are summed up are another program's, which may last for ever. */
static void frame_summed(struct target *t) {
  struct pm_record *r;
  t->m->data = true;
  struct pm_slot *slot = some_slot(t, &r);
  if (r->stack_bytes) {
    uint64_t *word = (uint64_t *)image_of(t, slot);
    *word ^= UINT64_C(1) << below(t, 64);
  }
  sum_up(t, slot, r);
}
static void slots_swapped(struct target *t) {
  struct pm_slot *a = pm_slot_at(t->h, 0), *b = pm_slot_at(t->h, 1 % t->h->slots), kept = *a;
  *a = *b;
  *b = kept;
}
static void word(struct target *t) { FLIP(t, pm_join_at(t->h, some_join(t, is_used))->word); }
static void word_state(struct target *t) {
  uint32_t j = some_join(t, is_used);
  uint64_t old = atomic_load(&pm_join_at(t->h, j)->word);
  atomic_store(&pm_join_at(t->h, j)->word, old ^ (uint64_t)(1 + below(t, 7)) << 61);
}
static void word_free(struct target *t) {
  uint32_t j = some_join(t, is_free);
  uint64_t old = atomic_load(&pm_join_at(t->h, j)->word);
  atomic_store(&pm_join_at(t->h, j)->word, pm_word_make(1 + below(t, 5), pm_word_gen(old), pm_word_witness(old) + below(t, 3)));
}
static void witness(struct target *t) {
  uint32_t j = some_join(t, is_taken);
  uint64_t old = atomic_load(&pm_join_at(t->h, j)->word);
  atomic_store(&pm_join_at(t->h, j)->word, old ^ UINT64_C(1) << below(t, 61));
}
static void closure(struct target *t) {
  struct pm_join_record *j = pm_join_at(t->h, some_join(t, is_taken));
  if (below(t, 4) == 0) FLIP(t, j->task);
  else flip(t, j->args, 16);
}
static void root_args(struct target *t) { flip(t, pm_join_at(t->h, PM_JOIN_ROOT)->args, 8); }
static void result(struct target *t) {
  struct pm_join_record *j = pm_join_at(t->h, some_join(t, is_done));
  FLIP(t, j->result);
}
static void joins_swapped(struct target *t) {
  uint32_t j = some_join(t, is_taken);
  struct pm_join_record *a = pm_join_at(t->h, j), *b = pm_join_at(t->h, some_join(t, is_used)), kept;
  memcpy(&kept, a, sizeof kept);
  memcpy((void *)a, b, sizeof *a);
  memcpy((void *)b, &kept, sizeof *b);
}
static void continuation(struct target *t) {
  struct pm_cont *c = pm_cont_at(t->h, some_join(t, is_waited_for));
  if (below(t, 2)) FLIP(t, *c);
  else flip(t, c + 1, c->bytes && c->bytes <= t->h->stack_bytes ? c->bytes : 64);
}
static void continuation_summed(struct target *t) {
  uint32_t j = some_join(t, is_waited_for);
  uint64_t w = atomic_load(&pm_join_at(t->h, j)->word);
  struct pm_cont *c = pm_cont_at(t->h, j);
  if (below(t, 2)) c->root.join = below(t, t->h->joins);
  else c->root.gen++;
  if (c->bytes <= t->h->stack_bytes) c->sum = pm_cont_sum(c, (struct pm_ref){j, pm_word_gen(w), pm_word_witness(w)});
}
static void link_byte(struct target *t) { flip(t, t->base + t->h->section[PM_SECTION_LINKS].offset, t->h->joins * sizeof(uint32_t)); }
static void link(struct target *t) {
  uint32_t *links = (void *)(t->base + t->h->section[PM_SECTION_LINKS].offset);
  links[below(t, t->h->joins)] = below(t, 4) ? below(t, t->h->joins) : PM_POOL_NONE;
}
static void run_block(struct target *t) { t->m->log = true; flip(t, block(t), offsetof(struct pm_run_block, bin)); }
static void log_entry(struct target *t) { t->m->log = true; flip(t, block(t)->log, 4 * sizeof *block(t)->log); }
static void tally(struct target *t) { t->m->log = true; flip(t, block(t)->tally, t->h->slots * sizeof *block(t)->tally); }
static void arena_begin(struct target *t) { t->m->data = true; flip(t, t->base + t->h->section[PM_SECTION_ARENA].offset, 64); }
static void arena(struct target *t) { t->m->data = true; flip(t, t->base + t->h->section[PM_SECTION_ARENA].offset, t->h->arena_cursor + 8); }
static void anywhere(struct target *t) {
  t->m->log = true;
  flip(t, t->base + PM_PAGE, t->h->section[PM_SECTION_ARENA].offset - PM_PAGE);
}
static void page_of_zeros(struct target *t) {
  t->m->log = true;
  uint64_t page = below(t, t->h->section[PM_SECTION_ARENA].offset / PM_PAGE);
  memset(t->base + page * PM_PAGE, 0, PM_PAGE);
  snprintf(t->m->what, sizeof t->m->what, "page %llu", (unsigned long long)page);
}
static void page_of_another(struct target *t) {
  t->m->log = true;
  uint64_t pages = t->h->section[PM_SECTION_ARENA].offset / PM_PAGE, to = below(t, pages), from = below(t, pages);
  memmove(t->base + to * PM_PAGE, t->base + from * PM_PAGE, PM_PAGE);
  snprintf(t->m->what, sizeof t->m->what, "page %llu is page %llu", (unsigned long long)to, (unsigned long long)from);
}

static const struct { const char *name; void (*change)(struct target *); } kinds[] = {
    {"header", header_byte}, {"header field, summed", header_field}, {"session", session}, {"state", state}, {"handle", handle},
    {"note", note}, {"note's number", note_digit}, {"arguments", arguments}, {"end of arguments", arguments_end}, {"tasks", tasks},
    {"installed", installed}, {"rolled back", rolled_back}, {"record", record}, {"record's reference", reference},
    {"reference, summed", reference_summed}, {"pool, summed", pool_summed}, {"image", image}, {"frame, summed", frame_summed},
    {"slots swapped", slots_swapped}, {"word", word}, {"word's state", word_state}, {"free word", word_free}, {"witness", witness},
    {"closure", closure}, {"root's arguments", root_args}, {"result", result}, {"joins swapped", joins_swapped},
    {"continuation", continuation}, {"continuation, summed", continuation_summed}, {"link's byte", link_byte}, {"link", link},
    {"run block", run_block}, {"log", log_entry}, {"tally", tally}, {"arena's beginning", arena_begin}, {"arena", arena},
    {"anywhere", anywhere}, {"page of zeros", page_of_zeros}, {"page of another", page_of_another}};

unsigned mutation_kinds(void) { return sizeof kinds / sizeof *kinds; }

void mutate(char *base, uint64_t bytes, unsigned number, struct pm_random *random, struct mutation *m) {
  struct target t = {base, (struct pm_region_header *)base, random, m};
  (void)bytes;
  *m = (struct mutation){.kind = kinds[number % mutation_kinds()].name};
  kinds[number % mutation_kinds()].change(&t);
}
