/* SPDX-License-Identifier: BSD-3-Clause */
/* What a region says of itself, read only: to find the program that resumes it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "pm/build_id.h"
#include "pm/region.h"
#include "proc/run_layout.h"

/* Believed only if it is what was sealed. */
static int read_origin(int fd, const struct pm_region_header *h, struct pm_peek *peek, const char *path,
                       struct pm_error_line *e) {
  const struct pm_origin *origin = pm_region_read_sealed(fd, h, path, e);
  if (!origin) return PM_E_REGION;
  memcpy(peek->note, origin->note, sizeof peek->note);
  memcpy(peek->args, origin->args, sizeof peek->args);
  peek->note[sizeof peek->note - 1] = 0;
  free((void *)(uintptr_t)origin);
  return 0;
}

int pm_region_peek(const char *path, struct pm_peek *peek) {
  struct pm_error_line e = {0};
  struct pm_region_header h;
  memset(peek, 0, sizeof *peek);
  char name[PM_FILE_NAME];
  int directory = pm_file_directory(path, name), fd = directory < 0 ? directory : pm_file_open(directory, name, O_RDONLY), error = 0;
  /* What is read while somebody holds it may be out of date. Where locks cannot be had, that is for whoever wants to work on it to say. */
  bool in_use = fd >= 0 && pm_file_lock(fd, LOCK_EX) == -EWOULDBLOCK;
  if (fd < 0) error = pm_error_set(&e, PM_E_REGION, "%s: %s", path, pm_file_text(fd));
  else error = pm_region_look(fd, path, &h, &e);
  if (!error) error = read_origin(fd, &h, peek, path, &e);
  if (!error) {
    uint8_t id[32];
    pm_build_id(id);
    memcpy(peek->program, h.program, sizeof peek->program);
    peek->finished = h.state == PM_REGION_FINISHED;
    peek->same_executable = !memcmp(id, h.build_id, sizeof id);
    peek->slots = h.slots;
    peek->in_use = in_use;
  }
  if (fd >= 0) close(fd);
  if (directory >= 0) close(directory);
  snprintf(peek->error, sizeof peek->error, "%s", e.text);
  return error;
}
