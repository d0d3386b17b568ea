/* SPDX-License-Identifier: BSD-3-Clause */
/* The run block on the medium, and what is missing of it after the power failed (run_layout.h says what is there when). */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sum.h"
#include "proc/mutant.h"
#include "proc/run.h"

/* Zeros where the kernel does not say. */
static void boot_now(uint8_t id[16]) {
  char text[40] = "";
  memset(id, 0, 16);
  int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
  if (fd >= 0) close(fd);
  unsigned digits = 0;
  for (ssize_t i = 0; i < got && digits < 32; i++) {
    const char *hex = "0123456789abcdef", *digit = text[i] ? strchr(hex, text[i]) : NULL;
    if (!digit) continue;
    id[digits / 2] = (uint8_t)(id[digits / 2] << 4 | (digit - hex));
    digits++;
  }
}

/* By the kernel's word; where there is none, only a clock that has gone back shows it. */
static bool is_this_boot(const struct pm_run_block *b) {
  static const uint8_t unknown[16];
  uint8_t id[16];
  boot_now(id);
  if (!memcmp(id, unknown, sizeof id) || !memcmp(b->boot, unknown, sizeof id)) return b->segment_alive_ns <= pm_clock_ns();
  return !memcmp(id, b->boot, sizeof id);
}

uint32_t pm_log_sum(const struct pm_log_entry *e, uint64_t index) {
  const struct { uint64_t when_ns, index; int32_t pid, place, kind, one; } fixed = {e->when_ns, index, e->pid, e->place, e->kind, 1};
  return (uint32_t)pm_sum(&fixed, sizeof fixed);
}

void pm_run_save(struct pm_run *run) {
  const struct pm_run_block *b = run->block;
  pm_view_writeback(&run->region.view, PM_SITE_SETUP, b, offsetof(struct pm_run_block, bin));
  pm_view_fence(&run->region.view);
}

void pm_run_save_all(struct pm_run *run) {
  const struct pm_run_block *b = run->block;
  pm_view_writeback(&run->region.view, PM_SITE_SETUP, b->log, b->log_count * sizeof *b->log);
  pm_view_writeback(&run->region.view, PM_SITE_SETUP, b->bin, sizeof b->bin);
  pm_view_writeback(&run->region.view, PM_SITE_SETUP, b->tally, run->slots * sizeof *b->tally);
  pm_run_save(run);
}

uint32_t pm_run_begin_session(struct pm_run *run) {
  struct pm_region_header *h = run->region.header;
  struct pm_run_block *b = run->block;
  uint32_t number = atomic_load(&h->session) + 1;
  b->session = number;
  b->last = PM_LAST_ON;
  b->sessions++;
  b->command_pid = getpid();
  boot_now(b->boot);
  if (PM_LEFT_OUT(NOTE_SAVE)) pm_run_save(run);
  else pm_run_save_all(run);            /* with what was found out of the session before */
  atomic_store(&h->session, number);
  pm_view_writeback(&run->region.view, PM_SITE_SETUP, h, PM_PAGE);
  pm_view_fence(&run->region.view);
  return number;
}

/* Entries that are not there. */
static bool drop_lost_entries(struct pm_run_block *b) {
  uint64_t kept = 0, count = b->log_count;
  for (uint64_t i = 0; i < count; i++) {
    if (b->log[i].sum != pm_log_sum(&b->log[i], i)) continue;
    if (kept != i) {
      b->log[kept] = b->log[i];
      b->log[kept].sum = pm_log_sum(&b->log[kept], kept);
    }
    kept++;
  }
  b->log_count = kept;
  return kept < count;
}

/* An entry that nobody counted is of a fault that was about to be sent and was not: the count comes first. */
static void take_uncounted_entry(struct pm_run_block *b) {
  struct pm_log_entry *e = &b->log[b->log_count];
  if (b->log_count == PM_LOG_MAX || e->sum != pm_log_sum(e, b->log_count)) return;
  if (e->kind >= PM_FAULT_KINDS || e->state != PM_FAULT_SENT) return;
  e->state = PM_FAULT_MISSED;
  b->log_count++;
}

bool pm_run_find_losses(struct pm_run *run) {
  struct pm_run_block *b = run->block;
  uint32_t number = atomic_load(&run->region.header->session);
  bool stale = b->session != number && b->session != number + 1;      /* or the one that was about to begin */
  bool other_boot = b->last != PM_LAST_CLOSED && !is_this_boot(b);
  if (stale || (other_boot && b->last == PM_LAST_ON)) b->lost |= PM_LOST_PART;
  if (stale || other_boot) b->lost |= PM_LOST_DOWN;
  if (drop_lost_entries(b)) b->lost |= PM_LOST_PART;
  take_uncounted_entry(b);
  return !stale && !other_boot;
}
