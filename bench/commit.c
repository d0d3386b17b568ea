/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a commit of a capsule costs (pm_capsule_commit, the one that runs use), by the bytes of the stack and the lines of data that
 * were written since the last one; and how far that is from what the instructions alone take: the floor writes back as many lines,
 * dirty, at the same places, with the same two fences, and does nothing else.
 *
 * Lines and fences of a commit are counted beside it, by the counters that runs report. By hand: the stack's lines, one of the
 * record, one of `seq`, and the data's; two fences.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "task/capsule.h"

enum { SLOTS = 1, JOINS = 16, STACK_MOST = 64 << 10, DATA_MOST = 256 };
static const struct pm_task tasks[] = {{.name = "commit", .frame_bytes = 64}};
static const struct { uint32_t stack, lines; } sizes_full[] = {{0, 0}, {64, 0}, {256, 0}, {1024, 0}, {4096, 0}, {16384, 0}, {65536, 0},
                                                               {1024, 1}, {1024, 4}, {1024, 16}, {1024, 64}, {1024, 256}},
                                               sizes_quick[] = {{64, 0}, {1024, 0}, {65536, 0}, {1024, 16}};

struct commit {
  struct pm_region region;
  struct pm_site_count sites[PM_SITES];
  uint64_t fences;
  struct pm_capsule capsule;
  uint32_t stack, lines;
  char *data;
  uint64_t value;
};

/* ---- a region with one slot ------------------------------------------------------------------------------------------------ */

static void close_it(struct commit *c) {
  free(c->capsule.stack.base);
  c->capsule.stack.base = NULL;
  pm_region_close(&c->region);
}

static int open_it(struct bench *b, struct commit *c, const char *backend_text, enum pm_policy policy) {
  enum pm_backend backend;
  char path[4096];
  struct pm_record record;
  struct pm_region_plan plan = {.program = "bench", .slots = SLOTS, .joins = JOINS, .stack_bytes = STACK_MOST, .tasks = 1,
                                .policy = policy};
  plan.section_bytes[PM_SECTION_SLOTS] = SLOTS * sizeof(struct pm_slot);
  plan.section_bytes[PM_SECTION_IMAGES] = 2 * SLOTS * STACK_MOST;
  plan.section_bytes[PM_SECTION_LINKS] = JOINS * sizeof(uint32_t);
  plan.section_bytes[PM_SECTION_ARENA] = DATA_MOST * BENCH_LINE;
  *c = (struct commit){.region = {.fd = -1}};
  int code = bench_device_clear(b);
  if (!code) code = pm_backend_parse(backend_text, &backend, path, &b->error);
  if (!code) code = pm_region_create(&c->region, backend, path, &plan, &b->error);
  if (code) return code;
  pm_region_remove(&c->region);           /* mapped it stays; in the directory it is gone, whatever happens now */
  pm_region_populate(&c->region);
  c->region.view.sites = c->sites;
  c->region.view.fences = &c->fences;
  c->data = pm_region_section(&c->region, PM_SECTION_ARENA);
  uint32_t *links = pm_region_section(&c->region, PM_SECTION_LINKS);
  for (uint32_t i = 0; i < JOINS; i++) links[i] = i + 1 < JOINS ? i + 1 : PM_POOL_NONE;
  struct pm_record *first = &pm_slot_at(c->region.header, 0)->record[0];
  first->sum = pm_record_sum(first, 0, 0, NULL);
  atomic_store(&pm_slot_at(c->region.header, 0)->installed, pm_installed_make(0, 0));
  c->capsule.stack.base = aligned_alloc(BENCH_LINE, STACK_MOST);
  if (!c->capsule.stack.base) code = pm_error_set(&b->error, PM_E_MACHINE, "no memory");
  else memset(c->capsule.stack.base, 1, STACK_MOST);
  if (!code) {
    pm_capsule_open(&c->capsule, &c->region, tasks, 1);
    code = pm_capsule_load(&c->capsule, 0, &record);
  }
  if (code) {
    pm_error_set(&b->error, code, "a fresh region cannot be loaded: this is a bug");
    close_it(c);
  }
  return code;
}

/* ---- the work -------------------------------------------------------------------------------------------------------------- */

static void store(struct commit *c) {
  for (uint32_t i = 0; i < c->lines; i++) *(volatile uint64_t *)(c->data + (size_t)i * BENCH_LINE) = ++c->value;
}

static uint64_t commit(void *context, uint64_t count) {
  struct commit *c = context;
  enum pm_intent intent = c->stack ? PM_INTENT_RUN : PM_INTENT_COMPLETE;
  for (uint64_t i = 0; i < count; i++) {
    store(c);
    if (c->lines) pm_view_writeback(&c->region.view, PM_SITE_USER, c->data, (size_t)c->lines * BENCH_LINE);
    pm_capsule_commit(&c->capsule, intent, (struct pm_ref){0}, 0, c->stack);
  }
  return c->capsule.seq;
}

/* Where a commit stores, stored. */
static void dirty(void *context) {
  struct commit *c = context;
  store(c);
  for (uint32_t at = 0; at < c->stack; at += BENCH_LINE) *(volatile uint64_t *)(c->capsule.image[0] + at) = ++c->value;
  atomic_store(&c->capsule.slot->installed, atomic_load(&c->capsule.slot->installed));
  *(volatile uint64_t *)&c->capsule.slot->record[0].result = ++c->value;
}

static uint64_t flush_alone(void *context, uint64_t count) {
  struct commit *c = context;
  struct pm_view *v = &c->region.view;
  if (c->lines) v->flush(c->data, (size_t)c->lines * BENCH_LINE);
  if (c->stack) v->flush(c->capsule.image[0], c->stack);
  v->flush(&c->capsule.slot->record[0], BENCH_LINE);
  v->drain();
  v->flush(&c->capsule.slot->installed, sizeof c->capsule.slot->installed);
  v->drain();
  return count + c->value;
}

/* ---- cases ----------------------------------------------------------------------------------------------------------------- */

static const char *const parts[] = {"commit", "floor", "lines", "fences"};

static struct bench_case case_of(const struct commit *c, const char *backend, const char *policy, int part, char heading[96],
                                 char label[48]) {
  snprintf(heading, 96, "%s, capsule %s", backend, policy);
  if (c->stack < 1024) snprintf(label, 48, "stack %u B, data %u lines", c->stack, c->lines);
  else snprintf(label, 48, "stack %u KiB, data %u lines", c->stack / 1024, c->lines);
  struct bench_case k = {.heading = heading, .label = label, .column = parts[part], .unit = part < 2 ? BENCH_NS : BENCH_COUNT};
  k.keys = json_pack("{s:s,s:s,s:b,s:s,s:i,s:i}", "backend", backend, "capsule", policy, "forced", !strcmp(backend, "emulated"),
                     "part", parts[part], "bytes", (int)c->stack, "lines", (int)c->lines);
  return k;
}

/* What `times` commits write back, each. */
static void count(struct bench *b, struct commit *c, const char *backend, const char *policy) {
  enum { TIMES = 16 };
  char heading[96], label[48];
  memset(c->sites, 0, sizeof c->sites);
  c->fences = 0;
  commit(c, TIMES);
  double lines = 0, fences = (double)c->fences / TIMES;
  for (int site = 0; site < PM_SITES; site++) lines += (double)c->sites[site].lines / TIMES;
  struct bench_case k = case_of(c, backend, policy, 2, heading, label);
  if (bench_wanted(b, &k)) bench_record(b, &k, &lines, 1, TIMES, NAN);
  k = case_of(c, backend, policy, 3, heading, label);
  if (bench_wanted(b, &k)) bench_record(b, &k, &fences, 1, TIMES, NAN);
}

static int measure(struct bench *b, const struct bench_backend *backend, enum pm_policy policy) {
  static struct commit c;
  const char *name = policy == PM_POLICY_NONE ? "none" : "beat";
  int code = open_it(b, &c, backend->text, policy);
  if (code) return code;
  size_t n = b->options.quick ? sizeof sizes_quick / sizeof *sizes_quick : sizeof sizes_full / sizeof *sizes_full;
  for (size_t i = 0; i < n; i++) {
    char heading[96], label[48];
    c.stack = b->options.quick ? sizes_quick[i].stack : sizes_full[i].stack;
    c.lines = b->options.quick ? sizes_quick[i].lines : sizes_full[i].lines;
    struct bench_case k = case_of(&c, backend->name, name, 0, heading, label);
    bench_time(b, &k, &(struct bench_loop){&c, NULL, commit, 0});
    k = case_of(&c, backend->name, name, 1, heading, label);
    if (c.region.view.persist == PM_PERSIST_NONE) bench_skip(b, &k, "nothing to write back");
    else if (policy == PM_POLICY_NONE) bench_skip(b, &k, "no commits");
    else bench_time(b, &k, &(struct bench_loop){&c, dirty, flush_alone, 1});
    count(b, &c, backend->name, name);
  }
  close_it(&c);
  return 0;
}

static int run(struct bench *b) {
  struct bench_backend list[BENCH_BACKENDS];
  int n = bench_backends(b, list), code = 0;
  for (int i = 0; i < n && !code; i++) code = measure(b, &list[i], PM_POLICY_BEAT);
  return code ? code : measure(b, &list[0], PM_POLICY_NONE);
}

const struct bench_kind bench_commit = {
    "commit", "a capsule's commit, by bytes of stack and lines of data, beside the write-backs alone",
    "Time of a commit; the floor: its write-backs and fences alone; lines and fences of one", run};
