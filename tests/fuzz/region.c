/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzzing what reads a region that somebody else wrote: the header's validation, the seal, the audit, what `inspect` prints, and
 * the scheduler that goes on with it. A case is a list of edits of a region that a run really left (a simulated one, stopped at
 * some point), and which sums are made right afterwards, so that damage gets behind them. What must hold:
 *
 *   - nothing reads or writes where it must not, loops, or aborts, whatever the bytes;
 *   - where the audit finds nothing, a new session comes to an end: it is done, or an error is told, or nobody has work;
 *   - and if it is done, the check, which counts every cell, finds that everything happened once, or says that not.
 *
 * Frames and arguments are the program's own: under a sum that was made right they may lead anywhere, so those cases are read only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/inspect.h"
#include "pm/region.h"
#include "proc/audit.h"
#include "sim.h"
#include "task/capsule.h"

enum { IMAGES = 16, EDIT_BYTES = 5, EDITS_MAX = 64 };
enum fix { FIX_HEADER = 1, FIX_SEAL = 2, FIX_RECORDS = 4, FIX_CLOSURES = 8, FIX_RESULTS = 16, FIX_CONTS = 32, FIX_INSTALLED = 64 };
static char *image[IMAGES], *work, *left;
static uint64_t bytes;
static uint64_t session_runs;

static void make_images(void) {
  bytes = sim_region_bytes();
  work = malloc(bytes);
  left = malloc(bytes);
  for (unsigned i = 0; i < IMAGES; i++) {
    image[i] = malloc(bytes);
    struct sim_result r;
    struct sim_plan p = {.seed = i + 1, .workers = 2 + i % 3, .depth = 4, .kill = 0.001, .beat = 0.2, .kill_max = 3, .image = image[i],
                         .stop_at = 100 + 50 * i};
    sim_run(&p, &r);
    if (strcmp(r.error, "stopped")) {
      fprintf(stderr, "no image %u: %s\n", i, r.error);
      abort();
    }
  }
}

/* ---- a case ------------------------------------------------------------------------------------------------------------------ */

/* Where an edit goes: first the part, so that a small one is hit as often as a large one. */
static char *place(uint8_t part, uint16_t at) {
  struct pm_region_header *h = (struct pm_region_header *)work;
  const struct pm_region_header *sound = (const void *)image[0];
  unsigned section = part % (PM_SECTIONS + 1);
  if (section == PM_SECTIONS) return (char *)h + 8 + at % (sizeof *h - 8);
  uint64_t used = sound->section[section].bytes;
  if (section == PM_SECTION_JOINS) used = sound->joins * sizeof(struct pm_join_record);
  if (section == PM_SECTION_SLOTS) used = sound->slots * sizeof(struct pm_slot);
  if (section == PM_SECTION_LINKS) used = sound->joins * sizeof(uint32_t);
  return work + sound->section[section].offset + at % used;
}

static void edit(const uint8_t *e) {
  uint16_t at = (uint16_t)(e[1] | e[2] << 8);
  char *to = place(e[0], at);
  uint64_t room = (uint64_t)(work + bytes - to);
  switch (e[0] / (PM_SECTIONS + 1) % 4) {
  case 0: *to = (char)e[3]; break;
  case 1: *to ^= (char)(1 << e[3] % 8); break;
  case 2: {                                       /* a word, aligned, of a small number: a join, a count, a generation */
    uint32_t value = e[4] == 255 ? UINT32_MAX : e[3];
    to = work + ((to - work) & ~3);
    memcpy(to, &value, sizeof value);
    break;
  }
  default: {                                      /* a line of elsewhere */
    const char *from = place((uint8_t)(e[0] + e[4]), (uint16_t)(at + e[3] * 64));
    uint64_t n = 64;
    if (n > room) n = room;
    if (n > (uint64_t)(work + bytes - from)) n = (uint64_t)(work + bytes - from);
    memmove(to, from, n);
  }
  }
}

static void fix_joins(struct pm_region_header *h, unsigned fix) {
  for (uint32_t j = 0; j < h->joins; j++) {
    struct pm_join_record *r = pm_join_at(h, j);
    struct pm_cont *c = pm_cont_at(h, j);
    uint64_t w = atomic_load(&r->word);
    if (fix & FIX_CLOSURES) r->closure_sum = pm_closure_sum(r, j, pm_word_gen(w));
    if (fix & FIX_RESULTS) r->result_sum = pm_result_sum(w, r->result);
    if (fix & FIX_CONTS && c->bytes <= h->stack_bytes)
      c->sum = pm_cont_sum(c, (struct pm_ref){j, pm_word_gen(w), pm_word_witness(w)});
  }
}

static void fix_sums(unsigned fix) {
  struct pm_region_header *h = (struct pm_region_header *)work;
  const struct pm_region_header *sound = (const void *)image[0];
  bool same = !memcmp(h->section, sound->section, sizeof h->section) && h->slots == sound->slots && h->joins == sound->joins &&
              h->stack_bytes == sound->stack_bytes;
  for (uint32_t k = 0; same && k < h->slots; k++) {
    struct pm_slot *slot = pm_slot_at(h, k);
    uint64_t seq = pm_slot_seq(slot);
    struct pm_record *r = &slot->record[seq & 1];
    if (fix & FIX_INSTALLED) atomic_store(&slot->installed, pm_installed_make(k, seq));
    if (fix & FIX_RECORDS && r->pool.limbo_count <= PM_LIMBO && r->stack_bytes <= h->stack_bytes)
      r->sum = pm_record_sum(r, k, seq, pm_image_at(h, k, seq & 1));
  }
  if (same) fix_joins(h, fix);
  if (same && fix & FIX_SEAL) h->sealed = pm_region_sealed_sum(h);
  if (fix & FIX_HEADER) h->checksum = pm_region_checksum(h);
}

static void print(const struct pm_audit *a) {
  static FILE *nowhere;
  if (!nowhere) nowhere = fopen("/dev/null", "w");
  json_t *object = inspect_object(a, "region");
  json_dumpf(object, nowhere, JSON_COMPACT);
  inspect_print(object, nowhere);
  json_decref(object);
}

/* Returns whether the audit found nothing. */
static bool read_it(void) {
  struct pm_error_line e = {0};
  struct pm_audit a;
  const struct pm_region_header *h = (const void *)work;
  if (pm_region_validate(h, bytes, "region", &e) || !pm_audit_fits(h) || pm_region_check_seal(h, "region", &e)) return false;
  if (pm_audit_borrow(&a, work, bytes, &e)) return false;
  pm_audit_check(&a);
  bool sound = a.findings == 0;
  print(&a);
  pm_audit_close(&a);
  return sound;
}

static void go_on(const char *origin) {
  struct sim_result r;
  const struct pm_region_header *h = (const void *)work, *before = (const void *)origin;
  uint64_t sealed = h->section[0].offset, sealed_bytes = h->section[PM_SECTIONS_SEALED].offset - sealed;
  if (h->policy != before->policy || memcmp(h->handle, before->handle, sizeof h->handle) ||
      memcmp(work + sealed, origin + sealed, sealed_bytes))
    return;
  memcpy(left, work, bytes);
  struct sim_plan p = {.seed = 1, .workers = 3, .depth = 3, .beat = 0.1, .image = left, .from_image = true, .points_max = 100000};
  session_runs++;
  sim_run(&p, &r);
  if (strcmp(r.error, sim_endless)) return;
  fprintf(stderr, "the audit found nothing, and a session came to no end\n");
  abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!bytes) make_images();
  if (size < 2) return 0;
  const char *origin = image[data[0] % IMAGES];
  unsigned fix = data[1];
  memcpy(work, origin, bytes);
  for (size_t i = 0; i < EDITS_MAX && 2 + (i + 1) * EDIT_BYTES <= size; i++) edit(data + 2 + i * EDIT_BYTES);
  fix_sums(fix);
  if (read_it() && !(fix & (FIX_RECORDS | FIX_CLOSURES | FIX_CONTS))) go_on(origin);
  return 0;
}

/* For a loop without libFuzzer: how many cases came as far as a session. */
uint64_t fuzz_session_runs(void);
uint64_t fuzz_session_runs(void) { return session_runs; }
