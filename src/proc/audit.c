/* SPDX-License-Identifier: BSD-3-Clause */
#include "proc/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pm/region.h"
#include "task/capsule.h"

static void find(struct pm_audit *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void find(struct pm_audit *a, const char *format, ...) {
  if (a->findings++ >= sizeof a->finding / sizeof *a->finding) return;
  va_list list;
  va_start(list, format);
  vsnprintf(a->finding[a->findings - 1], sizeof *a->finding, format, list);
  va_end(list);
}

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
  return h->slots && (h->joins - 1) / h->slots && s[PM_SECTION_RUN].bytes >= sizeof(struct pm_run_block) + h->slots * sizeof(struct pm_tally) &&
         s[PM_SECTION_SLOTS].bytes >= h->slots * sizeof(struct pm_slot) &&
         s[PM_SECTION_IMAGES].bytes >= 2ull * h->slots * h->stack_bytes &&
         s[PM_SECTION_JOINS].bytes >= (uint64_t)h->joins * sizeof(struct pm_join_record) &&
         s[PM_SECTION_CONTS].bytes >= h->joins * (sizeof(struct pm_cont) + (uint64_t)h->stack_bytes) &&
         s[PM_SECTION_LINKS].bytes >= h->joins * 4ull;
}

static bool entry_is_sound(const struct pm_log_entry *e) {
  return e->kind < PM_FAULT_KINDS && e->state <= PM_FAULT_UNPLANNED && e->place >= -1 && e->place < PM_SLOTS_MAX && e->slot >= -1 &&
         e->slot <= PM_SLOTS_MAX && e->taken_by >= -1 && e->taken_by < PM_SLOTS_MAX;
}

const char *pm_audit_block(const struct pm_run_block *b, uint32_t slots) {
  const uint64_t ages = UINT64_C(1) << 62;
  if (!b->procs || b->procs > slots || b->procs_most > slots) return "its number of workers cannot be true";
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
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), error = 0;
  struct pm_region_header h;
  if (fd < 0) return pm_error_set(e, PM_E_REGION, "%s: %s", path, errno == ELOOP ? "a symbolic link; name the file itself" : strerror(errno));
  error = pm_region_look(fd, path, &h, e);
  if (!error && !pm_audit_fits(&h)) error = pm_error_set(e, PM_E_REGION, "%s: damaged: a section is too small", path);
  if (!error) {
    /* Private and writable, so that walks that take a pointer to change things can be used; nothing reaches the file. */
    void *base = mmap(NULL, h.region_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
    if (base == MAP_FAILED) error = pm_error_set(e, PM_E_REGION, "%s: cannot map it: %s", path, strerror(errno));
    else a->base = base, a->bytes = h.region_bytes;
  }
  if (!error) {
    a->h = (const void *)a->base;
    a->block = (const void *)(a->base + a->h->section[PM_SECTION_RUN].offset);
    a->origin = (const void *)(a->base + a->h->section[PM_SECTION_ORIGIN].offset);
    a->live = flock(fd, LOCK_EX | LOCK_NB) != 0;
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
  return read_tasks(a, "region", e);
}

void pm_audit_close(struct pm_audit *a) {
  free(a->tasks);
  if (a->base && !a->borrowed) munmap((void *)(uintptr_t)a->base, a->bytes);
  a->tasks = NULL;
  a->base = NULL;
}

/* ---- the checks ------------------------------------------------------------------------------------------------------------ */

struct fork_check { struct pm_audit *a; unsigned slot; unsigned char *used; };

static void check_fork(void *context, struct pm_head *frame, struct pm_fork *note) {
  struct fork_check *c = context;
  (void)frame;
  if (!note->promoted) return;
  pm_word ref = *pm_fork_ref(note);
  uint32_t j = (uint32_t)ref;
  if (j >= c->a->h->joins) {
    find(c->a, "slot %u: a frame names join %u of %u", c->slot, j, c->a->h->joins);
    return;
  }
  uint64_t word = atomic_load(&pm_join_at(c->a->h, j)->word);
  if (pm_word_gen(word) != (uint32_t)(ref >> 32))
    find(c->a, "slot %u: a frame waits for generation %u of join %u, which is at %u", c->slot, (unsigned)(ref >> 32), j,
         pm_word_gen(word));
  c->used[j] |= 1;
}

static void check_stack(struct pm_audit *a, unsigned slot, const char *base, uint32_t bytes, unsigned char *used) {
  struct fork_check c = {a, slot, used};
  if (bytes > a->h->stack_bytes) find(a, "slot %u: a stack of %u bytes", slot, bytes);
  else if (!pm_stack_forks((char *)(uintptr_t)base, bytes, a->tasks, a->h->tasks, check_fork, &c))
    find(a, "slot %u: %u bytes that are no stack of this program", slot, bytes);
}

/* A block may be in one free list or limbo, and then no frame may name it. */
static void check_free(struct pm_audit *a, unsigned slot, const struct pm_pool_record *p, unsigned char *used) {
  const uint32_t *links = (const void *)(a->base + a->h->section[PM_SECTION_LINKS].offset);
  uint32_t steps = 0, j = p->head;
  for (; j != PM_POOL_NONE; j = links[j], steps++) {
    if (j >= a->h->joins || steps > a->h->joins) {
      find(a, "slot %u: its free list runs astray", slot);
      return;
    }
    if (used[j] & 2) find(a, "join %u is free twice", j);
    used[j] |= 2;
  }
  for (uint32_t i = 0; i < p->limbo_count && i < PM_LIMBO; i++) {
    if (p->limbo[i] >= a->h->joins) find(a, "slot %u: limbo names join %u", slot, p->limbo[i]);
    else if (used[p->limbo[i]] & 2) find(a, "join %u is free twice", p->limbo[i]);
    else used[p->limbo[i]] |= 2;
  }
}

static void check_slot(struct pm_audit *a, unsigned k, unsigned char *used) {
  const struct pm_slot *slot = pm_slot_at(a->h, k);
  uint64_t seq = pm_slot_seq(slot);
  const struct pm_record *r = &slot->record[seq & 1];
  const char *wrong = pm_slot_wrong(a->h, k);
  if (wrong) {
    find(a, "slot %u, commit %llu: %s", k, (unsigned long long)seq, wrong);
    return;
  }
  check_free(a, k, &r->pool, used);
  check_stack(a, k, pm_image_at(a->h, k, seq & 1), r->stack_bytes, used);
}

void pm_audit_check(struct pm_audit *a) {
  const struct pm_region_header *h = a->h;
  const char *wrong = pm_audit_block(a->block, h->slots);
  if (wrong) find(a, "the run: %s", wrong);
  if (h->policy == PM_POLICY_NONE) return;        /* nothing is committed: nothing to hold it against */
  unsigned char *used = calloc(h->joins, 1);
  if (!used) {                                    /* what was not looked at is not sound */
    find(a, "not checked: no memory for the marks of %u joins", h->joins);
    return;
  }
  for (unsigned k = 0; k < h->slots; k++) check_slot(a, k, used);
  for (uint32_t j = 0; j < h->joins; j++) {
    uint64_t word = atomic_load(&pm_join_at(h, j)->word);
    if (pm_word_state(word) >= PM_JOIN_STATES) find(a, "join %u: no state of a join", j);
    if (pm_word_state(word) != PM_JOIN_WAIT || used[j] & 2) continue;
    const struct pm_cont *cont = pm_cont_at(h, j);
    check_stack(a, pm_word_slot(word), (const char *)(cont + 1), cont->bytes, used);
  }
  bool done = pm_word_state(atomic_load(&pm_join_at(h, PM_JOIN_ROOT)->word)) == PM_JOIN_DONE;
  uint32_t lost = 0, both = 0;
  for (uint32_t j = 1; j < h->joins; j++) {
    lost += done && !(used[j] & 2);
    both += used[j] == 3;
  }
  if (both) find(a, "%u joins are free and in use at once", both);
  if (lost) find(a, "%u joins are neither free nor in use after the run", lost);
  free(used);
}
