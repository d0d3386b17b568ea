/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of a mapped file that is gone: the file was cut off under the mapping, its device failed, or its file system has no
 * block for it. The kernel says so with SIGBUS, at whatever instruction happens to touch it. Zeros are laid in its place, from
 * there to the end of the mapping, and the instruction goes on: so the process can end in order, and say what happened. Whoever
 * read from a mapping that has gone believes nothing of it, and asks before it reports.
 */
#ifndef PM_GONE_H
#define PM_GONE_H

#include <stdbool.h>
#include <stdint.h>

/* From now on, in this process, until unwatch; both as often as there are mappings. */
void pm_gone_watch(const char *base, uint64_t bytes);
void pm_gone_unwatch(const char *base);
/* From a handler of SIGBUS: whether `address` lay in a watched mapping; then there are zeros now. */
bool pm_gone_mend(const void *address);
/* Whether that happened in the mapping that begins at `base`. */
bool pm_gone_seen(const char *base);

#endif
