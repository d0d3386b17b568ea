/* SPDX-License-Identifier: BSD-3-Clause */
#include "pm/region.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "pm/backend.h"
#include "pm/build_id.h"
#include "pm/gone.h"
#include "pm/source.h"
#include "pm/space.h"

static void close_files(struct pm_region *r) {
  if (r->fd >= 0) close(r->fd);
  if (r->directory >= 0) close(r->directory);
  r->fd = r->directory = -1;
}

/* ---- create ------------------------------------------------------------------------------------------------------------ */

/* A device always exists. Where it is not blank, it holds what somebody else may need. */
static int may_take_device(const struct pm_source *s, const char *path, bool force, struct pm_error_line *e) {
  int blank = pm_source_is_blank(s, PM_SOURCE_LOOK);
  if (blank < 0) return pm_error_set(e, PM_E_MACHINE, "%s: cannot be read: %s", path, strerror(-blank));
  if (blank || force) return 0;
  return pm_error_set(e, PM_E_REGION, "%s: holds something that is not a region of pmbench; if nobody needs it, overwrite it with "
                      "--force", path);
}

/* A file the user named that exists already: ours to take only if it is a finished region that nobody has open, under this one
 * name. It is locked. */
static int may_overwrite(struct pm_region *r, bool force, struct pm_error_line *e) {
  struct stat s;
  if (fstat(r->fd, &s)) return pm_error_set(e, PM_E_REGION, "%s: %s", r->path, strerror(errno));
  bool device = S_ISCHR(s.st_mode);
  if (device && r->backend != PM_BACKEND_DAX) return pm_error_set(e, PM_E_REGION, "%s: %s", r->path, pm_file_text(-EINVAL));
  if (!device && s.st_size == 0)
    return pm_error_set(e, PM_E_REGION, "%s: exists and is empty; remove it if nobody needs it, or name another", r->path);
  if (!device && s.st_nlink > 1)
    return pm_error_set(e, PM_E_REGION, "%s: has other names (hard links), under which it would change as well; remove this one, or "
                        "name another file", r->path);
  struct pm_region_header h = {0};
  struct pm_source source;
  if (pm_source_measure(&source, r->fd)) return pm_error_set(e, PM_E_REGION, "%s: neither a file nor a device-DAX", r->path);
  ssize_t got = pm_source_read(&source, 0, &h, sizeof h);
  if (got < 0) return pm_error_set(e, PM_E_MACHINE, "%s: cannot be read: %s", r->path, strerror((int)-got));
  if (device && h.magic != PM_MAGIC && h.magic != PM_MAGIC_MAKING) return may_take_device(&source, r->path, force, e);
  if (got >= (ssize_t)sizeof h.magic && h.magic == PM_MAGIC_MAKING)
    return force ? 0 : pm_region_validate(&h, source.bytes, r->path, e);
  if (got != sizeof h || h.magic != PM_MAGIC)
    return pm_error_set(e, PM_E_REGION, "%s: exists and is not a region; it is not overwritten", r->path);
  if (h.state != PM_REGION_FINISHED && !force)
    return pm_error_set(e, PM_E_REGION,
                        "%s: holds an unfinished run; finish it with `pmbench resume %s`, or overwrite it with --force",
                        r->path, r->path);
  return 0;
}

enum { AGAIN = 1, TRIES = 16 };                 /* a file that lost its name before it was locked: once more from the beginning */

/* A name nobody has. From the moment the file is locked, whoever cleans up knows by that lock that it is in use; before, it is
 * empty, and may be taken away: then it has no name, and another is made. */
static int make_file(struct pm_region *r, const char *program, struct pm_error_line *e) {
  uint64_t nonce;
  if (!r->named) {
    if (getrandom(&nonce, sizeof nonce, 0) != sizeof nonce) nonce = pm_clock_ns();
    snprintf(r->name, sizeof r->name, "pmbench-%.32s-%d-%06x.region", program, (int)getpid(), (unsigned)(nonce & 0xffffff));
    snprintf(strrchr(r->path, '/') + 1, PM_FILE_NAME, "%s", r->name);
  }
  r->fd = openat(r->directory, r->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (r->fd < 0 && errno == EEXIST && !r->named) return AGAIN;
  if (r->fd < 0) return -errno;
  int error = pm_file_lock(r->fd, LOCK_EX);
  if (error) {
    if (error != -EWOULDBLOCK) pm_file_remove(r->directory, r->name, r->fd);
    return pm_region_lock_failed(r->path, error, e);
  }
  if (!pm_file_is(r->directory, r->name, r->fd)) return AGAIN;
  const uint64_t making = PM_MAGIC_MAKING;
  if (pwrite(r->fd, &making, sizeof making, 0) == sizeof making) return 0;
  error = pm_error_set(e, PM_E_MACHINE, "%s: cannot be written: %s", r->path, strerror(errno));
  pm_file_remove(r->directory, r->name, r->fd);
  return error;
}

static int take_file(struct pm_region *r, bool force, struct pm_error_line *e) {
  r->fd = pm_file_open(r->directory, r->name, O_RDWR);
  if (r->fd == -ENOENT) return AGAIN;
  if (r->fd < 0) return r->fd;
  int error = pm_file_lock(r->fd, LOCK_EX);
  if (error) return pm_region_lock_failed(r->path, error, e);
  return pm_file_is(r->directory, r->name, r->fd) ? may_overwrite(r, force, e) : AGAIN;
}

static int name_file(struct pm_region *r, const char *path, const char *program, struct pm_error_line *e) {
  struct stat s;
  const char *asked = *path ? path : pm_backend_rows[r->backend].directory;
  bool directory = !stat(asked, &s) && S_ISDIR(s.st_mode);
  r->named = !directory;
  if (!*path && !directory) return pm_error_set(e, PM_E_MACHINE, "%s: not a directory on this machine; name another: %s:PATH", asked,
                                                pm_backend_rows[r->backend].name);
  int bytes = snprintf(r->path, sizeof r->path, directory ? "%s/pmbench-%.32s.region" : "%s", asked, program);
  if (bytes + PM_FILE_NAME >= (int)sizeof r->path) return pm_error_set(e, PM_E_USAGE, "%.200s...: the path is too long", asked);
  r->directory = pm_file_directory(r->path, r->name);
  if (r->directory >= 0) return 0;
  return pm_error_set(e, PM_E_REGION, "%s: %s", asked, pm_file_text(r->directory));
}

static int open_new(struct pm_region *r, const char *path, const struct pm_region_plan *plan, bool *created,
                    struct pm_error_line *e) {
  int error = name_file(r, path, plan->program, e);
  for (int i = 0; !error && i < TRIES; i++) {
    *created = true;
    error = make_file(r, plan->program, e);
    if (error == -EEXIST) {
      *created = false;
      error = take_file(r, plan->force, e);
    }
    if (error != AGAIN) break;
    if (r->fd >= 0) close(r->fd);
    r->fd = -1;
    error = i + 1 < TRIES ? 0 : -ESTALE;
  }
  return error < 0 && error > -4096 ? pm_error_set(e, PM_E_REGION, "%s: %s", r->path, pm_file_text(error)) : error;
}

static int device_holds(const struct pm_region *r, struct pm_error_line *e) {
  struct pm_source s;
  if (pm_source_measure(&s, r->fd)) return pm_error_set(e, PM_E_REGION, "%s: neither a file nor a device-DAX", r->path);
  if (pm_source_reach(&s, r->bytes) <= s.bytes) return 0;
  return pm_error_set(e, PM_E_MACHINE, "%s: the region needs %llu MiB and the device has %llu MiB; name a larger one, or use a "
                      "smaller problem", r->path, (unsigned long long)(r->bytes >> 20), (unsigned long long)(s.bytes >> 20));
}

/* What is in the file stays as it is: it may be a finished region, and creating the new one may still fail. */
static int reserve_space(struct pm_region *r, off_t *old_bytes, struct pm_error_line *e) {
  struct stat s;
  if (fstat(r->fd, &s)) return pm_error_set(e, PM_E_REGION, "%s: %s", r->path, strerror(errno));
  *old_bytes = s.st_size;
  if (S_ISCHR(s.st_mode)) return device_holds(r, e);
  int error = pm_space_check(r->fd, r->path, r->bytes, (uint64_t)s.st_blocks * 512, e);
  return error ? error : pm_space_reserve(r->fd, r->path, r->bytes, e);
}

/* The file's old content: no longer a region, durably, before the rest of it goes. */
static void empty(struct pm_region *r, off_t old_bytes) {
  struct pm_site_count sites[PM_SITES] = {0};             /* the caller has none yet */
  uint64_t fences = 0;
  r->view.sites = sites;
  r->view.fences = &fences;
  r->header->magic = PM_MAGIC_MAKING;
  pm_view_writeback(&r->view, PM_SITE_SETUP, r->header, PM_LINE);
  pm_view_fence(&r->view);
  r->view.sites = NULL;
  r->view.fences = NULL;
  memset(r->view.base + PM_LINE, 0, r->bytes - PM_LINE);
  if (old_bytes > (off_t)r->bytes && ftruncate(r->fd, (off_t)r->bytes)) {}   /* longer than needed is no harm */
}

static void write_header(struct pm_region *r, const struct pm_region_plan *plan) {
  struct pm_region_header *h = r->header;
  h->magic = PM_MAGIC_MAKING;
  memset((char *)h + sizeof h->magic, 0, sizeof *h - sizeof h->magic);
  h->layout = PM_LAYOUT;
  h->header_bytes = sizeof *h;
  h->region_bytes = r->bytes;
  if (getrandom(h->id, sizeof h->id, 0) != sizeof h->id) memcpy(h->id, &(uint64_t){pm_clock_ns()}, 8);
  memcpy(r->id, h->id, sizeof r->id);
  pm_build_id(h->build_id);
  h->slots = plan->slots;
  h->joins = plan->joins;
  h->stack_bytes = plan->stack_bytes;
  h->tasks = plan->tasks;
  h->policy = plan->policy;
  h->backend = r->backend;
  h->seed = plan->seed;
  snprintf(h->program, sizeof h->program, "%s", plan->program);
  uint64_t at = PM_PAGE;
  for (int i = 0; i < PM_SECTIONS; i++) {
    uint64_t bytes = (plan->section_bytes[i] + PM_PAGE - 1) & ~(uint64_t)(PM_PAGE - 1);
    h->section[i] = (struct pm_section){at, bytes};
    at += bytes;
  }
}

uint64_t pm_region_plan_bytes(const struct pm_region_plan *plan) {
  uint64_t bytes = PM_PAGE;
  for (int i = 0; i < PM_SECTIONS; i++) bytes += (plan->section_bytes[i] + PM_PAGE - 1) & ~(uint64_t)(PM_PAGE - 1);
  return bytes;
}

int pm_region_create(struct pm_region *r, enum pm_backend backend, const char *path, const struct pm_region_plan *plan,
                     struct pm_error_line *e) {
  *r = (struct pm_region){.fd = -1, .directory = -1, .backend = backend, .bytes = pm_region_plan_bytes(plan)};
  if (plan->trial && r->bytes > PM_TRIAL_BYTES) r->bytes = PM_TRIAL_BYTES;
  bool created = false;
  off_t old_bytes = -1;
  int error = open_new(r, path, plan, &created, e);
  if (error) goto err_open;
  error = reserve_space(r, &old_bytes, e);
  if (error) goto err_file;
  error = pm_backend_map(r, e);
  if (error || plan->trial) goto err_file;
  r->header = (struct pm_region_header *)r->view.base;
  if (!created) empty(r, old_bytes);
  write_header(r, plan);
  return 0;

err_file:
  pm_backend_unmap(r);
  if (created) pm_file_remove(r->directory, r->name, r->fd);
  else if (old_bytes >= 0 && ftruncate(r->fd, old_bytes)) {}
err_open:
  close_files(r);
  return error;
}

void pm_region_seal(struct pm_region *r) {
  r->header->sealed = pm_region_sealed_sum(r->header);
  r->header->checksum = pm_region_checksum(r->header);
  pm_view_writeback(&r->view, PM_SITE_SETUP, r->view.base, r->header->section[PM_SECTION_ARENA].offset +
                                                               r->header->arena_cursor);
  pm_view_fence(&r->view);
  atomic_thread_fence(memory_order_release);
  r->header->magic = PM_MAGIC;
  pm_view_writeback(&r->view, PM_SITE_SETUP, r->header, PM_LINE);
  pm_view_fence(&r->view);
}

/* ---- open ---------------------------------------------------------------------------------------------------------------- */

/* What is locked is what the name leads to: while this waited, the run that had it may have ended, and another come to its name. */
static int open_locked(struct pm_region *r, int lock, struct pm_error_line *e) {
  struct stat s;
  for (int i = 0; i < TRIES; i++) {
    r->fd = pm_file_open(r->directory, r->name, O_RDWR);
    if (r->fd < 0) return pm_error_set(e, PM_E_REGION, "%s: %s", r->path, pm_file_text(r->fd));
    int error = pm_file_lock(r->fd, lock);
    if (error) return pm_region_lock_failed(r->path, error, e);
    if (pm_file_is(r->directory, r->name, r->fd) || fstatat(r->directory, r->name, &s, AT_SYMLINK_NOFOLLOW)) return 0;
    close(r->fd);
    r->fd = -1;
  }
  return pm_error_set(e, PM_E_REGION, "%s: %s", r->path, pm_file_text(-ESTALE));
}

/* An open, locked file. */
static int map_and_check(struct pm_region *r, struct pm_error_line *e) {
  struct pm_region_header h;
  int error = pm_region_look(r->fd, r->path, &h, e);
  if (error) return error;
  r->bytes = h.region_bytes;
  r->backend = (enum pm_backend)h.backend;
  memcpy(r->id, h.id, sizeof r->id);
  r->session = h.session;
  error = pm_backend_map(r, e);
  if (error) return error;
  r->header = (struct pm_region_header *)r->view.base;
  error = pm_region_check_seal(r->header, r->path, e);
  if (error) pm_backend_unmap(r);
  return error;
}

int pm_region_open(struct pm_region *r, const char *path, int lock, struct pm_error_line *e) {
  *r = (struct pm_region){.fd = -1};
  int bytes = snprintf(r->path, sizeof r->path, "%s", path);
  r->directory = bytes < (int)sizeof r->path ? pm_file_directory(path, r->name) : -ENAMETOOLONG;
  int error = r->directory < 0 ? pm_error_set(e, PM_E_REGION, "%s: %s", path, pm_file_text(r->directory)) : 0;
  if (!error) error = open_locked(r, lock, e);
  if (!error) error = map_and_check(r, e);
  if (error) close_files(r);
  return error;
}

int pm_region_reopen(struct pm_region *r, const struct pm_region *held, struct pm_error_line *e) {
  *r = (struct pm_region){.fd = -1, .directory = -1};
  snprintf(r->path, sizeof r->path, "%s", held->path);
  int error = 0;
  r->fd = pm_file_reopen(held->fd, held->directory, held->name);
  if (r->fd < 0)
    error = pm_error_set(e, PM_E_REGION, "%s: a worker cannot open it again: %s", r->path, pm_file_text(r->fd));
  if (!error) error = pm_region_lock(r, LOCK_SH, e);
  if (!error) error = map_and_check(r, e);
  if (!error && memcmp(r->id, held->id, sizeof r->id)) {
    error = pm_error_set(e, PM_E_REGION, "%s: another run has overwritten it", r->path);
    pm_backend_unmap(r);
  }
  if (error) close_files(r);
  return error;
}

int pm_region_truncated(const struct pm_region *r, uint64_t left_bytes, struct pm_error_line *e) {
  return pm_error_set(e, PM_E_REGION, "%s: truncated under the run: %llu bytes of %llu are left", r->path,
                      (unsigned long long)left_bytes, (unsigned long long)r->bytes);
}

int pm_region_check_there(const struct pm_region *r, struct pm_error_line *e) {
  struct stat s;
  if (!pm_gone_seen(r->view.base)) return 0;
  if ((!fstat(r->fd, &s) || !stat(r->path, &s)) && S_ISREG(s.st_mode) && (uint64_t)s.st_size < r->bytes)
    return pm_region_truncated(r, (uint64_t)s.st_size, e);
  return pm_error_set(e, PM_E_REGION, "%s: cannot be read or written any more: its device failed, or its file system is full", r->path);
}

void pm_region_close(struct pm_region *r) {
  pm_backend_unmap(r);
  if (r->fd >= 0) close_files(r);
}

void pm_region_populate(struct pm_region *r) {
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
  madvise(r->view.base, r->bytes, MADV_POPULATE_WRITE);
}
