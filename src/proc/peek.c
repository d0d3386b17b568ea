/* SPDX-License-Identifier: BSD-3-Clause */
/* What a region says of itself, read only: to find the program that resumes it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "pm/build_id.h"
#include "pm/region.h"
#include "proc/run_layout.h"

static int read_block(int fd, const struct pm_region_header *h, struct pm_peek *peek, const char *path,
                      struct pm_error_line *e) {
  off_t at = (off_t)h->section[PM_SECTION_RUN].offset;
  if (h->section[PM_SECTION_RUN].bytes < sizeof(struct pm_run_block) ||
      pread(fd, peek->note, sizeof peek->note, at + (off_t)offsetof(struct pm_run_block, note)) != sizeof peek->note ||
      pread(fd, peek->args, sizeof peek->args, at + (off_t)offsetof(struct pm_run_block, args)) != sizeof peek->args)
    return pm_error_set(e, PM_E_REGION, "%s: damaged: the run's own section is too short", path);
  peek->note[sizeof peek->note - 1] = 0;
  return 0;
}

int pm_region_peek(const char *path, struct pm_peek *peek) {
  struct pm_error_line e = {0};
  struct pm_region_header h;
  memset(peek, 0, sizeof *peek);
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), error = 0;
  bool in_use = fd >= 0 && pm_region_wait_lock(fd, LOCK_EX) != 0;     /* what is read while somebody holds it may be out of date */
  if (fd < 0) error = pm_error_set(&e, PM_E_REGION, "%s: %s", path, errno == ELOOP ? "a symbolic link; name the file itself" : strerror(errno));
  else error = pm_region_look(fd, path, &h, &e);
  if (!error) error = read_block(fd, &h, peek, path, &e);
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
  snprintf(peek->error, sizeof peek->error, "%s", e.text);
  return error;
}
