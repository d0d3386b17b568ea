/* SPDX-License-Identifier: BSD-3-Clause */
#include "pm/medium.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The first line of a file; "" where there is none, or nothing in it. False: there is no such file. */
static bool line_of(const char *directory, const char *name, char *text, int bytes) {
  char path[PATH_MAX];
  if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path) return false;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t got = fd < 0 ? -1 : read(fd, text, (size_t)bytes - 1);
  if (fd >= 0) close(fd);
  text[got > 0 ? got : 0] = 0;
  text[strcspn(text, "\n")] = 0;
  return got >= 0;
}

static bool begins(const char *text, const char *with) { return !strncmp(text, with, strlen(with)); }

/* A namespace's mode is the kind of the device that lies between it and its region: pfn0.1, dax0.0, btt0.0. The namespace itself
 * lies there if it is raw, or if its region has pages of memory without more (memmap=, virtio-pmem): then it says "memory". */
static const char *mode_of(const char *device, const char *path) {
  char mode[12];
  if (begins(device, "namespace")) return line_of(path, "mode", mode, sizeof mode) && !strcmp(mode, "memory") ? "fsdax" : "raw";
  return begins(device, "pfn") ? "fsdax" : begins(device, "dax") ? "devdax" : begins(device, "btt") ? "sector" : "";
}

void pm_medium_look_at(const char *directory, struct pm_medium *m) {
  char path[PATH_MAX], text[24];
  *m = (struct pm_medium){.numa_node = -1};
  snprintf(path, sizeof path, "%s", directory);
  for (char *slash; (slash = strrchr(path, '/')) && slash != path; *slash = 0) {
    const char *name = slash + 1;
    if (!begins(name, "region")) {
      const char *mode = mode_of(name, path);
      if (*mode) snprintf(m->mode, sizeof m->mode, "%s", mode);
      continue;
    }
    if (line_of(path, "numa_node", text, sizeof text)) m->numa_node = atoi(text);
    line_of(path, "persistence_domain", m->domain, sizeof m->domain);      /* no such file where none is stated */
    *slash = 0;
    if (!line_of(path, "provider", m->provider, sizeof m->provider)) snprintf(m->provider, sizeof m->provider, "cxl");
    return;
  }
  m->mode[0] = 0;                               /* a device of that name that lies in no region */
}

void pm_medium_look(int fd, struct pm_medium *m) {
  struct stat s;
  char path[64], real[PATH_MAX];
  *m = (struct pm_medium){.numa_node = -1};
  if (fstat(fd, &s)) return;
  bool device = S_ISCHR(s.st_mode);
  dev_t number = device ? s.st_rdev : s.st_dev;
  snprintf(path, sizeof path, "/sys/dev/%s/%u:%u", device ? "char" : "block", major(number), minor(number));
  if (realpath(path, real)) pm_medium_look_at(real, m);
}
