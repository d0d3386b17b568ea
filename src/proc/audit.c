/* SPDX-License-Identifier: BSD-3-Clause */
#include "proc/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "pm/gone.h"
#include "pm/region.h"
#include "task/capsule.h"

/* The table of tasks as struct pm_task, so that the walks of task/stack.h read it; texts stay in the mapping. */
static int read_tasks(struct pm_audit *a, const char *path, struct pm_error_line *e) {
  const struct pm_region_header *h = a->h;
  const struct pm_task_row *row = (const void *)(a->base + h->section[PM_SECTION_TASKS].offset);
  bool sound = h->section[PM_SECTION_TASKS].bytes >= h->tasks * sizeof *row;
  a->tasks = calloc(h->tasks + 1, sizeof *a->tasks);
  if (!a->tasks) return pm_error_set(e, PM_E_MACHINE, "%s: no memory for its table of tasks", path);
  for (uint32_t i = 0; sound && i < h->tasks; i++) {
    sound = !row[i].name[sizeof row[i].name - 1] && !row[i].args[sizeof row[i].args - 1] && row[i].frame_bytes <= 4096 &&
            row[i].frame_bytes % 8 == 0 && row[i].args_bytes <= PM_ARGS_MAX;
    a->tasks[i] = (struct pm_task){row[i].name, row[i].result, row[i].args, row[i].frame_bytes, row[i].args_bytes, NULL, NULL};
  }
  return sound ? 0 : pm_error_set(e, PM_E_REGION, "%s: damaged: its table of tasks cannot be true", path);
}

bool pm_audit_fits(const struct pm_region_header *h) {
  const struct pm_section *s = h->section;
  const uint64_t need[PM_SECTION_ARENA] = {
      [PM_SECTION_ORIGIN] = sizeof(struct pm_origin),
      [PM_SECTION_TASKS] = h->tasks * sizeof(struct pm_task_row),
      [PM_SECTION_RUN] = sizeof(struct pm_run_block) + h->slots * sizeof(struct pm_tally),
      [PM_SECTION_SLOTS] = h->slots * sizeof(struct pm_slot),
      [PM_SECTION_IMAGES] = 2ull * h->slots * h->stack_bytes,
      [PM_SECTION_JOINS] = (uint64_t)h->joins * sizeof(struct pm_join_record),
      [PM_SECTION_CONTS] = h->joins * (sizeof(struct pm_cont) + (uint64_t)h->stack_bytes),
      [PM_SECTION_LINKS] = h->joins * (uint64_t)sizeof(uint32_t)};
  for (int i = 0; i < PM_SECTION_ARENA; i++)
    if (s[i].bytes != ((need[i] + PM_PAGE - 1) & ~(uint64_t)(PM_PAGE - 1))) return false;
  uint64_t used = h->arena_cursor, arena = s[PM_SECTION_ARENA].bytes;
  return h->slots && h->joins > h->slots && (h->joins - 1) % h->slots == 0 && h->stack_bytes % PM_PAGE == 0 &&
         h->stack_bytes <= PM_STACK_MAX && (used % PM_LINE == 0 || used == arena);
}

static bool entry_is_sound(const struct pm_log_entry *e) {
  return e->kind < PM_FAULT_KINDS && e->state < PM_FAULT_STATES && e->place >= -1 && e->place < PM_SLOTS_MAX && e->slot >= -1 &&
         e->slot <= PM_SLOTS_MAX && e->taken_by >= -1 && e->taken_by < PM_SLOTS_MAX;
}

const char *pm_audit_block(const struct pm_run_block *b, uint32_t slots) {
  const uint64_t ages = UINT64_C(1) << 62;
  if (!b->procs || b->procs > slots || b->procs_most > slots) return "its number of workers cannot be true";
  if (b->last >= PM_LASTS || b->lost > (PM_LOST_PART | PM_LOST_DOWN)) return "its state cannot be true";
  if (b->log_count > PM_LOG_MAX) return "its log of faults is longer than there is room for";
  for (uint64_t i = 0; i < b->log_count; i++)
    if (!entry_is_sound(&b->log[i])) return "its log of faults cannot be true";
  if (!b->bin_ns || b->bin_ns > ages || b->bin_count > PM_BINS) return "its rates over time cannot be true";
  if (!b->beat_ns || b->beat_ns > ages || b->setup_ns > ages || b->live_ns > ages || b->down_ns > ages || b->segment_begin_ns > ages ||
      b->segment_alive_ns > ages)
    return "its times cannot be true";
  return NULL;
}

int pm_audit_open(struct pm_audit *a, const char *path, struct pm_error_line *e) {
  memset(a, 0, sizeof *a);
  char name[PM_FILE_NAME];
  int directory = pm_file_directory(path, name), fd = directory < 0 ? directory : pm_file_open(directory, name, O_RDONLY), error = 0;
  struct pm_region_header h;
  if (directory >= 0) close(directory);
  if (fd < 0) return pm_error_set(e, PM_E_REGION, "%s: %s", path, pm_file_text(fd));
  error = pm_region_look(fd, path, &h, e);
  if (!error && !pm_audit_fits(&h)) error = pm_error_set(e, PM_E_REGION, "%s: damaged: a section is not as large as it must be", path);
  if (!error) {
    /* For reading alone: the walks of task/stack.h take pointers through which one could write, and the audit does not. */
    a->bytes = h.region_bytes;
    a->base = pm_source_measure(&a->source, fd) ? NULL : pm_source_view(&a->source, a->bytes);
    if (!a->base) error = pm_error_set(e, PM_E_REGION, "%s: cannot map it: %s", path, strerror(errno));
    else pm_gone_watch(a->base, a->bytes);
  }
  if (!error) {
    a->h = (const void *)a->base;
    a->block = (const void *)(a->base + a->h->section[PM_SECTION_RUN].offset);
    a->origin = (const void *)(a->base + a->h->section[PM_SECTION_ORIGIN].offset);
    a->live = flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
    error = pm_region_check_seal(a->h, path, e);
    if (!error) error = read_tasks(a, path, e);
  }
  close(fd);
  if (error) pm_audit_close(a);
  return error;
}

int pm_audit_borrow(struct pm_audit *a, const char *base, uint64_t bytes, struct pm_error_line *e) {
  *a = (struct pm_audit){.base = base, .bytes = bytes, .h = (const void *)base, .borrowed = true};
  a->block = (const void *)(base + a->h->section[PM_SECTION_RUN].offset);
  a->origin = (const void *)(base + a->h->section[PM_SECTION_ORIGIN].offset);
  int error = read_tasks(a, "region", e);
  if (error) pm_audit_close(a);
  return error;
}

void pm_audit_close(struct pm_audit *a) {
  free(a->tasks);
  if (a->base && !a->borrowed) pm_gone_unwatch(a->base);
  if (a->base && !a->borrowed) pm_source_unview(&a->source, a->base, a->bytes);
  a->tasks = NULL;
  a->base = NULL;
}
