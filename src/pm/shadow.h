/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A second copy of a region that receives only what was written back and fenced: what a power failure leaves. For tests, in
 * builds with PM_POINTS. A line is copied as it was at its write-back, and arrives at the fence of whoever asked for it; an
 * older write-back never overwrites a newer one. `drop` names sites whose write-backs do not happen: the mutants.
 */
#ifndef PM_SHADOW_H
#define PM_SHADOW_H

#include "pm/view.h"

struct pm_shadow_line { const struct pm_view *view; uint64_t line, version; char bytes[PM_LINE]; };
struct pm_shadow {
  char *copy;
  uint64_t bytes, *version, now, drop;        /* drop: bit a site; bit 63: fences do nothing */
  struct pm_shadow_line *pending;
  size_t pending_count, pending_max;
};

int pm_shadow_open(struct pm_shadow *s, uint64_t bytes);
void pm_shadow_close(struct pm_shadow *s);
void pm_shadow_writeback(struct pm_shadow *s, const struct pm_view *v, enum pm_site site, const void *ptr, size_t bytes);
void pm_shadow_fence(struct pm_shadow *s, const struct pm_view *v);
/* The power fails: each line not yet arrived arrives with probability `luck` (0 none, 1 all); then `base` is what is left. */
void pm_shadow_power(struct pm_shadow *s, char *base, double luck, uint64_t (*random)(void *), void *context);

#endif
