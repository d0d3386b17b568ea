/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whose a region is, and where. A command holds the file itself: its open descriptor, its device and inode, and the region's id
 * that it read there. The name it was given leads to that file only for as long as nobody renames it, puts another in its place,
 * or removes it; so nobody opens a region by its name twice, and no name is removed that leads elsewhere.
 *
 *   the file is           a run that holds it                        what it says at its end
 *   where it was          goes on                                    nothing
 *   renamed, or its       goes on                                    the new name; that one is removed, or named for `resume`
 *     directory is
 *   removed               goes on; it cannot be resumed              that it is gone
 *   replaced              the same, or renamed: the other file is none of its business
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pm/backend.h"
#include "pm/file.h"
#include "pm/region.h"

int pm_region_lock_failed(const char *path, int error, struct pm_error_line *e) {
  if (error == -EWOULDBLOCK || error == -EINTR)
    return pm_error_set(e, PM_E_REGION, "%s: in use by another run; wait for it or stop it", path);
  return pm_error_set(e, PM_E_MACHINE, "%s: cannot be locked: %s; without locks (flock) two runs could work on one region: name a "
                      "path on another file system", path, strerror(-error));
}

int pm_region_lock(struct pm_region *r, int lock, struct pm_error_line *e) {
  int error = pm_file_lock(r->fd, lock);
  return error ? pm_region_lock_failed(r->path, error, e) : 0;
}

bool pm_region_is_ours(const struct pm_region *r) {
  return !memcmp(r->header->id, r->id, sizeof r->id) && atomic_load(&r->header->session) == r->session;
}

/* Its name as of now, with its directory, as the kernel knows them. */
static bool find(struct pm_region *r) {
  char path[PM_FILE_PATH], name[PM_FILE_NAME];
  if (!pm_file_where(r->fd, path)) return false;
  int directory = pm_file_directory(path, name);
  if (directory < 0) return false;
  close(r->directory);
  r->directory = directory;
  strcpy(r->name, name);
  strcpy(r->path, path);
  return true;
}

enum pm_region_where pm_region_locate(struct pm_region *r) {
  struct stat s, t;
  if (fstat(r->fd, &s)) return PM_REGION_GONE;
  if (!lstat(r->path, &t) && s.st_dev == t.st_dev && s.st_ino == t.st_ino) return PM_REGION_THERE;
  if (!S_ISREG(s.st_mode)) return PM_REGION_THERE;
  if (!s.st_nlink) return PM_REGION_GONE;
  return find(r) ? PM_REGION_MOVED : PM_REGION_SOMEWHERE;
}

/* A lock for the moment: nobody may come to work on it between the look and the removal. */
int pm_region_remove(struct pm_region *r) {
  struct stat s;
  if (fstat(r->fd, &s)) return -errno;
  if (!S_ISREG(s.st_mode)) return 0;
  int error = pm_file_lock(r->fd, LOCK_EX);
  if (error) return error;
  if (r->header && !pm_region_is_ours(r)) return -ESTALE;
  for (int i = 0; i < 3; i++) {
    if (fstat(r->fd, &s) || !s.st_nlink) return 0;
    error = pm_file_is(r->directory, r->name, r->fd) || find(r) ? pm_file_remove(r->directory, r->name, r->fd) : -ESTALE;
    if (error != -ESTALE) return error;
  }
  return error;
}

int pm_region_sync(const struct pm_region *r) {
  struct stat s;
  if (!pm_backend_rows[r->backend].writes_back || fstat(r->fd, &s) || !S_ISREG(s.st_mode)) return 0;
  int error = pm_file_sync(r->fd), named = pm_file_sync(r->directory);
  return error ? error : named;
}
