/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a region lies in: a file, or a device-DAX. A device can neither be read nor mapped privately, only mapped shared, and by its
 * own alignment (4 KiB, 2 MiB or 1 GiB) alone. Whoever reads or maps what is not a region yet, or not his own, does it through here.
 */
#ifndef PM_SOURCE_H
#define PM_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pm_source {
  int fd;                                       /* the opener's */
  bool device;
  uint64_t bytes, alignment;                    /* of the file or the whole device; what a mapping's length is a multiple of */
};

/* 0; or -errno; or -ENODEV for what is neither a file nor a device-DAX. */
int pm_source_measure(struct pm_source *s, int fd);
/* The length of a mapping that holds so many bytes. */
uint64_t pm_source_reach(const struct pm_source *s, uint64_t bytes);
/* Copies out what lies there; how much of it there was, or -errno. */
ssize_t pm_source_read(const struct pm_source *s, uint64_t from, void *to, uint64_t bytes);
/* The first bytes, mapped to be looked at: nothing can be written through it. NULL and errno; unview takes the same number. */
void *pm_source_view(const struct pm_source *s, uint64_t bytes);
void pm_source_unview(const struct pm_source *s, const void *view, uint64_t bytes);
/* Whether the first so many bytes are all 0, as nobody's device is: 1, 0, or -errno. What others leave begins anywhere in the first
 * 2 MiB: ext4 after 1 KiB, btrfs after 64 KiB. */
enum { PM_SOURCE_LOOK = 2 << 20 };
int pm_source_is_blank(const struct pm_source *s, uint64_t bytes);

#endif
