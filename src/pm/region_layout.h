/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The first page of a region: what it is, whose it is, and where each layer's section lies. What is in a section is declared
 * by the layer that owns it (task/slot_layout.h, sched/join_layout.h, proc/run_layout.h). No address lies in a region.
 */
#ifndef PM_REGION_LAYOUT_H
#define PM_REGION_LAYOUT_H

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>

#include "pmsched.h"

#define PM_MAGIC 0x3130686373626d70u            /* "pmbsch01", little-endian: written last */
#define PM_MAGIC_MAKING 0x676e696b616d6d70u     /* "pmmaking": written first; whoever began to make it has not ended */
enum { PM_LAYOUT = 7, PM_PAGE = 4096, PM_SLOTS_MAX = 255, PM_TASKS_MAX = 1024, PM_STACK_MAX = 64 << 20 };

enum pm_section_name {
  PM_SECTION_ORIGIN,                            /* proc: note and arguments of the run */
  PM_SECTION_TASKS,                             /* task: names and arguments' types */
  PM_SECTIONS_SEALED,                           /* those before here never change once the region is sealed */
  PM_SECTION_RUN = PM_SECTIONS_SEALED,          /* proc: what the end of the run needs to know */
  PM_SECTION_SLOTS, PM_SECTION_IMAGES,          /* task: seq, records; two stack images a slot */
  PM_SECTION_JOINS, PM_SECTION_CONTS,           /* sched: join records; a continuation buffer each */
  PM_SECTION_LINKS,                             /* mem: free lists of join records */
  PM_SECTION_ARENA,                             /* mem: the program's arrays */
  PM_SECTIONS
};
struct pm_section { uint64_t offset, bytes; };

enum pm_region_state { PM_REGION_UNFINISHED, PM_REGION_FINISHED };

struct pm_region_header {
  uint64_t magic;                               /* PM_MAGIC_MAKING first, PM_MAGIC last */
  uint32_t layout, header_bytes;
  uint64_t region_bytes;
  uint8_t id[16], build_id[32];                 /* of this region; of the executable that made it */
  uint32_t slots, joins, stack_bytes, tasks;
  uint32_t policy, backend;                     /* enum pm_policy, enum pm_backend */
  uint64_t seed;
  _Atomic uint32_t state, session;              /* enum pm_region_state; how often it was opened for work */
  uint64_t arena_cursor;                        /* next free byte, from the beginning of the arena */
  uint64_t handle[PM_HANDLES];
  uint64_t sealed;                              /* checksum of the sealed sections; this and the next, of the moment of the seal */
  uint64_t checksum;                            /* of the whole header but magic, state, session and itself */
  char program[64];
  struct pm_section section[PM_SECTIONS];
};
static_assert(sizeof(struct pm_region_header) <= PM_PAGE, "the header is one page");

#endif
