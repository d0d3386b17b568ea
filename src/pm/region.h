/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A region file: created, opened, mapped and validated. Every process maps it by itself, at a random address, so that an
 * address that strays into it shows. Whoever has it open for work holds a shared file lock on its own open file; creation,
 * the beginning of a session and the removal hold the exclusive one.
 */
#ifndef PM_REGION_H
#define PM_REGION_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "pm/file.h"
#include "pm/region_layout.h"
#include "pm/view.h"

enum pm_backend { PM_BACKEND_DRAM, PM_BACKEND_FILE, PM_BACKEND_DAX, PM_BACKEND_EMULATED, PM_BACKENDS };
extern const char *const pm_backend_names[PM_BACKENDS];
extern const char *const pm_granularity_names[];        /* by enum pm_persist */

struct pm_region {
  int fd;
  enum pm_backend backend;
  bool named;                                   /* the user named this very file: it is kept after a crash or a signal */
  bool forced;
  enum pm_persist requested, granted;
  char path[PM_FILE_PATH], fs[32];              /* path: as it was named, or where it was found since */
  int directory;                                /* where its name is, held open: see pm/file.h; -1 none */
  char name[PM_FILE_NAME];
  uint8_t id[16];                               /* what its header said when it was opened; and the session that this run began */
  uint32_t session;
  struct pm_region_header *header;
  uint64_t bytes;
  struct pm_view view;                          /* counters are the opener's to set */
  void *map, *reservation;                      /* libpmem2's */
};

/* What a new region shall be; sections get their bytes, offsets are found. */
struct pm_region_plan {
  const char *program;
  uint64_t section_bytes[PM_SECTIONS];
  uint32_t slots, joins, stack_bytes, tasks, policy;
  uint64_t seed;
  bool force;                                   /* overwrite an unfinished region */
  bool trial;                                   /* all up to the mapping, of its first bytes, and then as if it had failed: nothing is
                                                 * changed, and granted and fs say what would be */
};

enum { PM_TRIAL_BYTES = 2 << 20 };              /* what a device-DAX can be mapped by */
/* The size of the file that will be. */
uint64_t pm_region_plan_bytes(const struct pm_region_plan *plan);
/* Parses "dram", "file:PATH", ... into backend and path ("" for dram). */
int pm_backend_parse(const char *text, enum pm_backend *backend, char path[4096], struct pm_error_line *e);
/* Creates the file (or takes one that the user named), reserves its space, maps it, writes all of the header but the magic
 * number; holds the exclusive lock. A failure leaves no file behind that was not there, and none changed that was. */
int pm_region_create(struct pm_region *r, enum pm_backend backend, const char *path, const struct pm_region_plan *plan,
                     struct pm_error_line *e);
/* Checksums and the magic number: from here on it is a region. */
void pm_region_seal(struct pm_region *r);
/* Opens, locks (LOCK_EX or LOCK_SH; waits two seconds for killed processes that still exit), maps and validates. */
int pm_region_open(struct pm_region *r, const char *path, int lock, struct pm_error_line *e);
/* The same file once more, for a worker of its run: with a shared lock and a mapping of its own, whatever became of its name. */
int pm_region_reopen(struct pm_region *r, const struct pm_region *held, struct pm_error_line *e);
int pm_region_lock(struct pm_region *r, int lock, struct pm_error_line *e);
/* The error line of a lock that could not be had, after pm_file_lock. */
int pm_region_lock_failed(const char *path, int error, struct pm_error_line *e);
void pm_region_close(struct pm_region *r);
/* The memory of it is gone, in this process (pm/gone.h): 0, or PM_E_REGION and what happened to its file. */
int pm_region_check_there(const struct pm_region *r, struct pm_error_line *e);
int pm_region_truncated(const struct pm_region *r, uint64_t left_bytes, struct pm_error_line *e);
/* Nobody made another region of the file, or began another session. Only under a lock does that stay so. */
bool pm_region_is_ours(const struct pm_region *r);
/* Where its file is now; MOVED: `path` says where to. SOMEWHERE: it has a name that cannot be found; GONE: it has none. */
enum pm_region_where { PM_REGION_THERE, PM_REGION_MOVED, PM_REGION_SOMEWHERE, PM_REGION_GONE };
enum pm_region_where pm_region_locate(struct pm_region *r);
/* Takes the exclusive lock and removes its file: 0 or -errno. -EWOULDBLOCK: somebody else has it in use; -ESTALE: it is another's
 * by now, or its name is not to be found. A device stays, and a file that is gone already is no error. */
int pm_region_remove(struct pm_region *r);
/* File and directory are on the disk, where the backend is meant to outlive a power failure: 0 or -errno. */
int pm_region_sync(const struct pm_region *r);
/* Checks a header against the size of its file, without trusting any field. */
int pm_region_validate(const struct pm_region_header *h, uint64_t file_bytes, const char *path, struct pm_error_line *e);
uint64_t pm_region_checksum(const struct pm_region_header *h);
/* The sealed sections of an open file whose header is sound, to be freed; NULL and an error where they are not what was sealed. */
void *pm_region_read_sealed(int fd, const struct pm_region_header *h, const char *path, struct pm_error_line *e);
/* Of a mapped region: the sum of its sealed sections; and whether it is still the one of the seal. */
uint64_t pm_region_sealed_sum(const struct pm_region_header *h);
int pm_region_check_seal(const struct pm_region_header *h, const char *path, struct pm_error_line *e);
/* Reads and checks; `path` for the error. */
int pm_region_look(int fd, const char *path, struct pm_region_header *h, struct pm_error_line *e);
/* Touches every page for writing, so that a run does not pay for the first touch. */
void pm_region_populate(struct pm_region *r);

static inline void *pm_region_section(const struct pm_region *r, enum pm_section_name s) {
  return r->view.base + r->header->section[s].offset;
}

#endif
