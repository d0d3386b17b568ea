/* SPDX-License-Identifier: BSD-3-Clause */
/* A fresh region for a run: sections sized, filled, the program's setup done, and only then sealed. */
#include "proc/create.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/tunables.h"
#include "proc/data.h"

static uint64_t data_bytes(const struct pm_run *run) {
  const struct pm_options *o = run->options;
  uint64_t bytes = run->program->bytes ? run->program->bytes(o->args) : 0;
  return bytes + PM_PAGE;
}

/* Where they run out, a fork becomes a plain call. */
static uint32_t joins_a_slot(uint64_t stack) {
  uint64_t fit = PM_JOINS_BYTES / stack;
  return fit > PM_JOINS_MOST ? PM_JOINS_MOST : fit < PM_JOINS_LEAST ? PM_JOINS_LEAST : (uint32_t)fit;
}

static int plan_sections(struct pm_run *run, struct pm_region_plan *plan) {
  const struct pm_options *o = run->options;
  uint64_t stack = o->stack_bytes ? o->stack_bytes : pm_stack_default_bytes;
  if (stack < PM_PAGE || stack > PM_STACK_MAX)
    return pm_error_set(&run->error, PM_E_USAGE, "--stack: between 4KiB and 64MiB");
  stack = (stack + PM_PAGE - 1) & ~(uint64_t)(PM_PAGE - 1);
  *plan = (struct pm_region_plan){.program = run->program->name, .slots = run->slots, .joins = run->slots * joins_a_slot(stack) + 1,
                                  .stack_bytes = (uint32_t)stack, .tasks = run->program->task_count, .policy = o->policy,
                                  .seed = o->seed, .force = o->force};
  uint64_t *bytes = plan->section_bytes;
  bytes[PM_SECTION_ORIGIN] = sizeof(struct pm_origin);
  bytes[PM_SECTION_RUN] = sizeof(struct pm_run_block) + run->slots * sizeof(struct pm_tally);
  bytes[PM_SECTION_TASKS] = plan->tasks * sizeof(struct pm_task_row);
  bytes[PM_SECTION_SLOTS] = plan->slots * sizeof(struct pm_slot);
  bytes[PM_SECTION_IMAGES] = 2 * plan->slots * stack;
  bytes[PM_SECTION_JOINS] = plan->joins * sizeof(struct pm_join_record);
  bytes[PM_SECTION_CONTS] = plan->joins * (sizeof(struct pm_cont) + stack);
  bytes[PM_SECTION_LINKS] = plan->joins * sizeof(uint32_t);
  uint64_t fixed = PM_PAGE, need = data_bytes(run);
  for (int i = 0; i < PM_SECTION_ARENA; i++) fixed += (bytes[i] + PM_PAGE - 1) & ~(uint64_t)(PM_PAGE - 1);
  if (o->region_bytes && o->region_bytes < fixed + need)
    return pm_error_set(&run->error, PM_E_USAGE, "--region-size: this run needs %llu bytes",
                        (unsigned long long)(fixed + need));
  bytes[PM_SECTION_ARENA] = o->region_bytes ? o->region_bytes - fixed : need;
  return 0;
}

uint64_t pm_run_region_bytes(struct pm_run *run) {
  struct pm_region_plan plan;
  return plan_sections(run, &plan) ? 0 : pm_region_plan_bytes(&plan);
}

static void fill_tasks(struct pm_run *run) {
  struct pm_task_row *row = pm_region_section(&run->region, PM_SECTION_TASKS);
  for (uint32_t i = 0; i < run->program->task_count; i++) {
    const struct pm_task *t = &run->program->tasks[i];
    if (!t->name) continue;
    snprintf(row[i].name, sizeof row[i].name, "%s", t->name);
    snprintf(row[i].result, sizeof row[i].result, "%s", t->result);
    snprintf(row[i].args, sizeof row[i].args, "%s", t->args);
    row[i].frame_bytes = t->frame_bytes;
    row[i].args_bytes = t->args_bytes;
  }
}

/* Each slot begins with a free list of its own. Join 0 is the run's first task. */
static void fill_slots(struct pm_run *run) {
  const struct pm_region_header *h = run->region.header;
  uint32_t *links = pm_region_section(&run->region, PM_SECTION_LINKS);
  for (uint32_t k = 0; k < h->slots; k++) {
    struct pm_record *r = &pm_slot_at(h, k)->record[0];
    r->intent = PM_INTENT_IDLE;
    atomic_store(&pm_slot_at(h, k)->installed, pm_installed_make(k, 0));
    uint32_t own = (h->joins - 1) / h->slots, first = 1 + k * own;
    r->pool.head = first;
    r->sum = pm_record_sum(r, k, 0, NULL);
    for (uint32_t i = 0; i < own; i++) links[first + i] = i + 1 < own ? first + i + 1 : PM_POOL_NONE;
  }
}

static int set_up(struct pm_run *run) {
  struct pm_data d;
  struct pm_data_core core;
  pm_data_open(&d, &core, &run->region);
  int error = run->program->setup(&d, run->origin->args);
  memcpy(run->region.header->handle, d.handle, sizeof d.handle);
  if (error || core.refused)            /* a setup that does not look at what pm_alloc returned would work with null */
    return pm_error_set(&run->error, PM_E_PROGRAM, "%s: %s", run->program->name, d.error[0] ? d.error : "setup failed");
  if (pm_word_state(pm_join_at(run->region.header, PM_JOIN_ROOT)->word) != PM_JOIN_FREE)
    return pm_error_set(&run->error, PM_E_PROGRAM, "%s: setup named no root task (PM_ROOT)", run->program->name);
  uint32_t task = pm_join_at(run->region.header, PM_JOIN_ROOT)->task;
  if (task >= run->program->task_count || !run->program->tasks[task].start)
    return pm_error_set(&run->error, PM_E_PROGRAM, "%s: its root task is not in its table of %u tasks; list every task with "
                        "PM_ENTRY, and let task_count be sizeof tasks / sizeof *tasks", run->program->name,
                        run->program->task_count);
  return 0;
}

void pm_run_make_durable(struct pm_run *run) {
  pm_view_writeback(&run->region.view, PM_SITE_SETUP, pm_join_at(run->region.header, PM_JOIN_ROOT), PM_LINE);
  pm_view_fence(&run->region.view);
}

int pm_run_try(struct pm_run *run) {
  const struct pm_options *o = run->options;
  enum pm_backend backend;
  char path[4096];
  struct pm_region_plan plan;
  int error = pm_backend_parse(o->backend ? o->backend : "dram", &backend, path, &run->error);
  if (!error) error = plan_sections(run, &plan);
  plan.trial = true;
  return error ? error : pm_region_create(&run->region, backend, path, &plan, &run->error);
}

int pm_run_create(struct pm_run *run) {
  const struct pm_options *o = run->options;
  enum pm_backend backend;
  char path[4096];
  struct pm_region_plan plan;
  static struct pm_site_count sites[PM_SITES];
  static uint64_t fences;
  int error = pm_backend_parse(o->backend ? o->backend : "dram", &backend, path, &run->error);
  if (!error) error = plan_sections(run, &plan);
  if (!error) error = pm_region_create(&run->region, backend, path, &plan, &run->error);
  if (error) return error;
  run->region.view.sites = sites;
  run->region.view.fences = &fences;
  struct pm_run_block *b = run->block = pm_region_section(&run->region, PM_SECTION_RUN);
  struct pm_origin *origin = pm_region_section(&run->region, PM_SECTION_ORIGIN);
  run->origin = origin;
  uint64_t begin = pm_clock_ns();
  pm_region_populate(&run->region);
  if (o->note) snprintf(origin->note, sizeof origin->note, "%s", o->note);
  if (run->program->args_bytes) memcpy(origin->args, o->args, run->program->args_bytes);
  b->procs = run->procs;
  b->beats_fixed = o->beat_ns != 0;
  b->beat_ns = o->beat_ns ? o->beat_ns : pm_beat_default_ns;
  b->bin_ns = pm_bin_ns;
  b->rng = o->seed ^ 0x66617564u;
  fill_tasks(run);
  fill_slots(run);
  error = set_up(run);
  if (error) return error;
  pm_region_seal(&run->region);
  error = pm_region_sync(&run->region);         /* its blocks and its name are the file system's, not the mapping's */
  if (error) return pm_error_set(&run->error, PM_E_MACHINE, "%s: cannot be brought to the disk: %s", run->region.path, strerror(-error));
  b->setup_ns = pm_clock_ns() - begin;
  return 0;
}
