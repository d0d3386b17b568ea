/* SPDX-License-Identifier: BSD-3-Clause */
#ifdef PM_POINTS
#include "pm/shadow.h"

#include <stdlib.h>
#include <string.h>

int pm_shadow_open(struct pm_shadow *s, uint64_t bytes) {
  *s = (struct pm_shadow){.bytes = bytes, .copy = calloc(1, bytes), .version = calloc(bytes / PM_LINE, sizeof *s->version)};
  return s->copy && s->version ? 0 : -1;
}

void pm_shadow_close(struct pm_shadow *s) {
  free(s->copy);
  free(s->version);
  free(s->pending);
}

void pm_shadow_writeback(struct pm_shadow *s, const struct pm_view *v, enum pm_site site, const void *ptr, size_t bytes) {
  if (s->drop >> site & 1 || !bytes) return;
  uint64_t first = (uint64_t)((const char *)ptr - v->base) / PM_LINE;
  uint64_t last = (uint64_t)((const char *)ptr + bytes - 1 - v->base) / PM_LINE;
  for (uint64_t line = first; line <= last; line++) {
    if (s->pending_count == s->pending_max) {
      s->pending_max = s->pending_max ? 2 * s->pending_max : 1024;
      s->pending = realloc(s->pending, s->pending_max * sizeof *s->pending);
      if (!s->pending) abort();
    }
    struct pm_shadow_line *p = &s->pending[s->pending_count++];
    *p = (struct pm_shadow_line){.view = v, .line = line, .version = ++s->now};
    memcpy(p->bytes, v->base + line * PM_LINE, PM_LINE);
  }
}

static void arrive(struct pm_shadow *s, const struct pm_shadow_line *p) {
  if (p->version < s->version[p->line]) return;
  s->version[p->line] = p->version;
  memcpy(s->copy + p->line * PM_LINE, p->bytes, PM_LINE);
}

void pm_shadow_fence(struct pm_shadow *s, const struct pm_view *v) {
  if (s->drop >> 63) return;
  size_t kept = 0;
  for (size_t i = 0; i < s->pending_count; i++) {
    if (s->pending[i].view == v) arrive(s, &s->pending[i]);
    else s->pending[kept++] = s->pending[i];
  }
  s->pending_count = kept;
}

void pm_shadow_power(struct pm_shadow *s, char *base, double luck, uint64_t (*random)(void *), void *context) {
  for (uint64_t line = 0; line < s->bytes / PM_LINE; line++) {
    char *now = base + line * PM_LINE, *kept = s->copy + line * PM_LINE;
    if (!memcmp(now, kept, PM_LINE)) continue;
    if ((double)(random(context) >> 11) * 0x1p-53 < luck) memcpy(kept, now, PM_LINE);
  }
  memcpy(base, s->copy, s->bytes);
  s->pending_count = 0;
  memset(s->version, 0, s->bytes / PM_LINE * sizeof *s->version);
  s->now = 0;
}
#endif
