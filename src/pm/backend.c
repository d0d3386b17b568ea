/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mapping through libpmem2. PMEM2_FORCE_GRANULARITY in the user's environment would override every mapping and make `dax`
 * lie, so it is taken out of the environment around each, and set only for `emulated`.
 */
#include "pm/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/sanitizer.h"
#include "pm/gone.h"
#include "pm/source.h"

const struct pm_backend_row pm_backend_rows[PM_BACKENDS] = {
    [PM_BACKEND_DRAM] = {"dram", PMEM2_GRANULARITY_PAGE, NULL, false, "/dev/shm"},
    [PM_BACKEND_FILE] = {"file", PMEM2_GRANULARITY_PAGE, NULL, true, NULL},
    [PM_BACKEND_DAX] = {"dax", PMEM2_GRANULARITY_CACHE_LINE, NULL, true, NULL},
    [PM_BACKEND_EMULATED] = {"emulated", PMEM2_GRANULARITY_CACHE_LINE, "CACHE_LINE", true, NULL},
};
const char *const pm_backend_names[PM_BACKENDS] = {"dram", "file", "dax", "emulated"};
const char *const pm_granularity_names[] = {"none", "byte", "cache-line", "page"};
static const enum pm_persist persist_of[] = {
    [PMEM2_GRANULARITY_BYTE] = PM_PERSIST_BYTE,
    [PMEM2_GRANULARITY_CACHE_LINE] = PM_PERSIST_LINE,
    [PMEM2_GRANULARITY_PAGE] = PM_PERSIST_PAGE,
};
static pthread_mutex_t environment = PTHREAD_MUTEX_INITIALIZER;
static const char force_name[] = "PMEM2_FORCE_GRANULARITY";

void pm_backend_fs(int fd, char *text, size_t bytes) {
  static const struct { long magic; const char *name; } known[] = {
      {TMPFS_MAGIC, "tmpfs"}, {EXT4_SUPER_MAGIC, "ext4"}, {XFS_SUPER_MAGIC, "xfs"}, {BTRFS_SUPER_MAGIC, "btrfs"},
      {OVERLAYFS_SUPER_MAGIC, "overlay"}, {HUGETLBFS_MAGIC, "hugetlbfs"}, {NFS_SUPER_MAGIC, "nfs"}};
  struct statfs s;
  struct pm_source source;
  if (!pm_source_measure(&source, fd) && source.device) {
    snprintf(text, bytes, "device-dax");
    return;
  }
  snprintf(text, bytes, "unknown");
  if (fstatfs(fd, &s)) return;
  snprintf(text, bytes, "0x%lx", (unsigned long)s.f_type);
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if ((long)s.f_type == known[i].magic) snprintf(text, bytes, "%s", known[i].name);
}

/* A reservation at a random place of the lower half of the address space; a few tries, then wherever libpmem2 likes.
 * libpmem2 1.12 keeps a large page of address space (no memory) of every reservation after its deletion. */
static int reserve(struct pmem2_vm_reservation **reservation, uint64_t bytes) {
  for (int i = 0; i < 8; i++) {
    uint64_t at;
    if (getrandom(&at, sizeof at, GRND_NONBLOCK) != sizeof at) break;
    at = (UINT64_C(1) << pm_sanitizer_place_bits()) + (at & ((UINT64_C(1) << pm_sanitizer_places_bits()) - 1));
    if (!pmem2_vm_reservation_new(reservation, (void *)(uintptr_t)(at & ~(uint64_t)0x3fffffff), bytes)) return 0;
  }
  return pmem2_vm_reservation_new(reservation, NULL, bytes);
}

/* libpmem2's own words; it has none for a device that is no device-DAX. */
static const char *message(int error) {
  const char *text = pmem2_errormsg();
  if (text && *text) return text;
  return error < 0 && error > -4096 ? strerror(-error) : "cannot be mapped: neither a file nor a device-DAX";
}

/* libpmem2 grants lines where the kernel took MAP_SYNC; an emulator of the system's calls may drop that flag. So the file system is
 * asked as well. True where it is an old kernel that cannot tell. */
static bool is_direct(int fd) {
  struct statx s;
  if (statx(fd, "", AT_EMPTY_PATH, 0, &s) || !S_ISREG(s.stx_mode) || !(s.stx_attributes_mask & STATX_ATTR_DAX)) return true;
  return s.stx_attributes & STATX_ATTR_DAX;
}

static int map_source(struct pm_region *r, struct pmem2_config *config, struct pmem2_source *source, uint64_t bytes,
                      struct pm_error_line *e) {
  const struct pm_backend_row *row = &pm_backend_rows[r->backend];
  struct pmem2_vm_reservation *reservation = NULL;
  struct pmem2_map *map = NULL;
  char *kept = NULL;
  int error = pmem2_config_set_required_store_granularity(config, row->required);
  if (!error) error = pmem2_config_set_sharing(config, PMEM2_SHARED);
  if (!error) error = pmem2_config_set_length(config, bytes);
  if (!error) error = reserve(&reservation, bytes);
  if (!error) error = pmem2_config_set_vm_reservation(config, reservation, 0);
  if (!error) {
    pthread_mutex_lock(&environment);   /* workers may be threads, and libpmem2 reads the variable when it maps */
    const char *found = getenv(force_name);
    if (found) kept = strdup(found);
    if (row->force) setenv(force_name, row->force, 1);
    else unsetenv(force_name);
    error = pmem2_map_new(&map, config, source);
    if (kept) setenv(force_name, kept, 1);
    else unsetenv(force_name);
    pthread_mutex_unlock(&environment);
  }
  free(kept);
  bool direct = error || row->force || pmem2_map_get_store_granularity(map) == PMEM2_GRANULARITY_PAGE || is_direct(r->fd);
  if (!direct) pmem2_map_delete(&map);
  if (error || !direct) {
    const char *hint = r->backend == PM_BACKEND_DAX
        ? "; a DAX file system (mount -o dax) or a device-DAX grants it, and emulated:PATH forces it for a cost model" : "";
    pm_error_set(e, PM_E_MACHINE, "%s: %s%s", r->path, direct ? message(error)
                 : "its file system does not map it directly, though libpmem2 grants cache lines", hint);
    if (reservation) pmem2_vm_reservation_delete(&reservation);
    return PM_E_MACHINE;
  }
  enum pmem2_granularity granted = pmem2_map_get_store_granularity(map);
  r->map = map;
  r->reservation = reservation;
  r->requested = persist_of[row->required];
  r->granted = persist_of[granted];
  r->forced = row->force != NULL;
  r->view.base = pmem2_map_get_address(map);
  r->view.flush = pmem2_get_flush_fn(map);
  r->view.drain = pmem2_get_drain_fn(map);
  r->view.copy = pmem2_get_memcpy_fn(map);
  r->view.copy_flags = PMEM2_F_MEM_NONTEMPORAL | PMEM2_F_MEM_NODRAIN;
  r->view.persist = row->writes_back ? r->granted : PM_PERSIST_NONE;
  return 0;
}

int pm_backend_map(struct pm_region *r, struct pm_error_line *e) {
  struct pmem2_config *config = NULL;
  struct pmem2_source *source = NULL;
  struct pm_source measured;
  if (pm_source_measure(&measured, r->fd)) return pm_error_set(e, PM_E_MACHINE, "%s: neither a file nor a device-DAX", r->path);
  uint64_t bytes = pm_source_reach(&measured, r->bytes);
  int error = pmem2_config_new(&config);
  if (!error) error = pmem2_source_from_fd(&source, r->fd);
  if (error) pm_error_set(e, PM_E_MACHINE, "%s: %s", r->path, message(error));
  else error = map_source(r, config, source, bytes, e);
  if (source) pmem2_source_delete(&source);
  if (config) pmem2_config_delete(&config);
  if (error) return PM_E_MACHINE;
  pm_gone_watch(r->view.base, r->bytes);
  madvise(r->view.base, bytes, MADV_DONTDUMP);
  pm_backend_fs(r->fd, r->fs, sizeof r->fs);
  return 0;
}

void pm_backend_unmap(struct pm_region *r) {
  struct pmem2_map *map = r->map;
  struct pmem2_vm_reservation *reservation = r->reservation;
  if (map) pm_gone_unwatch(r->view.base);
  if (map) pmem2_map_delete(&map);
  if (reservation) pmem2_vm_reservation_delete(&reservation);
  r->map = r->reservation = NULL;
}

int pm_backend_parse(const char *text, enum pm_backend *backend, char path[4096], struct pm_error_line *e) {
  size_t name = strcspn(text, ":");
  path[0] = 0;
  for (int i = 0; i < PM_BACKENDS; i++) {
    const struct pm_backend_row *row = &pm_backend_rows[i];
    if (strlen(row->name) != name || strncmp(text, row->name, name)) continue;
    const char *rest = text[name] ? text + name + 1 : "";
    if (!*rest && !row->directory)
      return pm_error_set(e, PM_E_USAGE, "backend %s needs a path: %s:PATH", row->name, row->name);
    if (strlen(rest) >= 4000) return pm_error_set(e, PM_E_USAGE, "backend %s: the path is too long", row->name);
    *backend = (enum pm_backend)i;
    strcpy(path, rest);
    return 0;
  }
  return pm_error_set(e, PM_E_USAGE, "backend %s: none of dram, dram:PATH, file:PATH, dax:PATH, emulated:PATH", text);
}
