/* SPDX-License-Identifier: BSD-3-Clause */
/* The header of a region as it lies in its file: read, and checked without trusting any field. */
#include <stdlib.h>
#include <string.h>

#include "base/sum.h"
#include "pm/region.h"
#include "pm/source.h"

uint64_t pm_region_checksum(const struct pm_region_header *h) {
  struct pm_region_header c = *h;
  c.magic = c.checksum = 0;
  c.state = c.session = 0;
  return pm_sum(&c, sizeof c);
}

uint64_t pm_region_sealed_sum(const struct pm_region_header *h) {
  uint64_t from = h->section[0].offset, to = h->section[PM_SECTIONS_SEALED].offset;
  return pm_sum((const char *)h + from, to - from);
}

static int broken_seal(const char *path, struct pm_error_line *e) {
  return pm_error_set(e, PM_E_REGION, "%s: damaged: its note, its arguments or its table of tasks are not what the run was begun "
                      "with", path);
}

int pm_region_check_seal(const struct pm_region_header *h, const char *path, struct pm_error_line *e) {
  return h->sealed == pm_region_sealed_sum(h) ? 0 : broken_seal(path, e);
}

static bool read_range(int fd, uint64_t from, uint64_t bytes, char *to) {
  struct pm_source s;
  return !pm_source_measure(&s, fd) && pm_source_read(&s, from, to, bytes) == (ssize_t)bytes;
}

void *pm_region_read_sealed(int fd, const struct pm_region_header *h, const char *path, struct pm_error_line *e) {
  uint64_t from = h->section[0].offset, bytes = h->section[PM_SECTIONS_SEALED].offset - from;
  char *text = malloc(bytes ? bytes : 1);
  if (text && read_range(fd, from, bytes, text) && pm_sum(text, bytes) == h->sealed) return text;
  if (text) broken_seal(path, e);
  else pm_error_set(e, PM_E_MACHINE, "%s: no memory for %llu bytes of it", path, (unsigned long long)bytes);
  free(text);
  return NULL;
}

int pm_region_validate(const struct pm_region_header *h, uint64_t file_bytes, const char *path, struct pm_error_line *e) {
  if (file_bytes >= sizeof h->magic && h->magic == PM_MAGIC_MAKING)
    return pm_error_set(e, PM_E_REGION, "%s: its run ended while it made the region; there is nothing to resume: remove it, or "
                        "overwrite it with --force", path);
  if (file_bytes < PM_PAGE || h->magic != PM_MAGIC)
    return pm_error_set(e, PM_E_REGION, "%s: not a region of pmbench (no magic number)", path);
  if (h->layout != PM_LAYOUT || h->header_bytes != sizeof *h)
    return pm_error_set(e, PM_E_REGION, "%s: layout %u of another version of pmbench; resume it with that", path, h->layout);
  if (h->checksum != pm_region_checksum(h))
    return pm_error_set(e, PM_E_REGION, "%s: damaged: the checksum of its header is wrong", path);
  if (h->region_bytes > file_bytes)
    return pm_error_set(e, PM_E_REGION, "%s: truncated: %llu bytes of %llu are left", path,
                        (unsigned long long)file_bytes, (unsigned long long)h->region_bytes);
  bool sound = h->slots && h->slots <= PM_SLOTS_MAX && h->joins && h->stack_bytes >= PM_PAGE && h->tasks <= PM_TASKS_MAX &&
               h->backend < PM_BACKENDS && h->policy <= PM_POLICY_NONE && h->program[sizeof h->program - 1] == 0 &&
               h->arena_cursor <= h->section[PM_SECTION_ARENA].bytes && h->state <= PM_REGION_FINISHED;
  uint64_t at = PM_PAGE;
  for (int i = 0; sound && i < PM_SECTIONS; i++) {
    sound = h->section[i].offset == at && h->section[i].bytes <= h->region_bytes - at && h->section[i].bytes % PM_PAGE == 0;
    at += h->section[i].bytes;
  }
  if (!sound || at != h->region_bytes)
    return pm_error_set(e, PM_E_REGION, "%s: damaged: a field of its header is out of range", path);
  return 0;
}

int pm_region_look(int fd, const char *path, struct pm_region_header *h, struct pm_error_line *e) {
  struct pm_source s;
  if (pm_source_measure(&s, fd)) return pm_error_set(e, PM_E_REGION, "%s: neither a file nor a device-DAX", path);
  ssize_t got = pm_source_read(&s, 0, h, sizeof *h);
  if (got < 0) return pm_error_set(e, PM_E_REGION, "%s: cannot be read: %s", path, strerror((int)-got));
  if (got != sizeof *h) return pm_error_set(e, PM_E_REGION, "%s: too short to be a region of pmbench", path);
  return pm_region_validate(h, s.bytes, path, e);
}
