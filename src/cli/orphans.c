/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/orphans.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/say.h"
#include "pm/region_layout.h"
#include "pmrun.h"

enum {
  PATH_BYTES = 4096,
  LIST_BYTES = 1024,
  FRESH_S = 2
}; /* a run that begins has its lock after this long */
static const char shared_memory[] = "/dev/shm";

/* The maker's, of pmbench-NAME-PID-NONCE.region; 0 of any other name. The name may hold dashes. */
static pid_t maker_of(const char *name) {
  static const char prefix[] = "pmbench-", suffix[] = ".region";
  const char *nonce = strrchr(name, '-'), *pid = nonce;
  if (strncmp(name, prefix, sizeof prefix - 1) || nonce < name + sizeof prefix) return 0;
  while (pid[-1] >= '0' && pid[-1] <= '9') pid--;
  size_t digits = strspn(nonce + 1, "0123456789abcdef");
  if (pid == nonce || pid[-1] != '-' || pid < name + sizeof prefix || !digits || strcmp(nonce + 1 + digits, suffix)) return 0;
  long maker = strtol(pid, NULL, 10);
  return maker > 1 && maker <= INT_MAX ? (pid_t)maker : 0;
}

static bool lives(pid_t maker) { return !kill(maker, 0) || errno == EPERM; }

/* A region, or one that was never completed. */
static bool is_region(int fd) {
  uint64_t magic = 0;
  ssize_t bytes = pread(fd, &magic, sizeof magic, 0);
  return bytes == 0 || (bytes == sizeof magic && (magic == PM_MAGIC_MAKING || magic == PM_MAGIC));
}

static bool is_left(int directory, const char *name) {
  pid_t maker = maker_of(name);
  if (!maker || lives(maker)) return false;
  int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return false;
  struct stat s;
  bool left = !fstat(fd, &s) && S_ISREG(s.st_mode) && s.st_uid == geteuid() &&
              s.st_ctime + FRESH_S < time(NULL) && is_region(fd) &&
              !flock(fd, LOCK_EX | LOCK_NB);
  close(fd);
  return left;
}

static bool is_finished(const char *path) {
  struct pm_peek *peek = malloc(sizeof *peek);
  bool finished = peek && !pm_region_peek(path, peek) && peek->finished;
  free(peek);
  return finished;
}

struct orphans {
  bool clean;
  int code;
  unsigned count;
  char names[LIST_BYTES];                 /* of the first ones */
};

static void handle_one(struct orphans *o, const char *path) {
  size_t length = strlen(o->names);
  o->count++;
  if (!o->clean) {
    if (length + strlen(path) + 2 < sizeof o->names) {
      if (length) strcat(o->names, ", ");
      strcat(o->names, path);
    }
  } else if (unlink(path)) {
    o->code = -errno;
    say_error("%s: cannot be removed: %s", path, strerror(errno));
  } else {
    say_error("removed %s", path);
  }
}

static void handle_directory(struct orphans *o, const char *directory) {
  DIR *open_directory = opendir(directory);
  if (!open_directory) return;            /* the run itself will say what is wrong with it */
  struct dirent *entry;
  while ((entry = readdir(open_directory))) {
    char path[PATH_BYTES];
    if (is_left(dirfd(open_directory), entry->d_name) &&
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name) < (int)sizeof path &&
        !is_finished(path))
      handle_one(o, path);
  }
  closedir(open_directory);
}

int orphans_handle(const char *directory, bool clean) {
  struct orphans o = {.clean = clean};
  struct stat s;
  char name[PATH_BYTES];
  handle_directory(&o, shared_memory);
  if (directory) {
    snprintf(name, sizeof name, "%s", directory);
    const char *place = !stat(name, &s) && S_ISDIR(s.st_mode) ? name : dirname(name);
    struct stat shared;
    bool again = !stat(place, &s) && !stat(shared_memory, &shared) && s.st_dev == shared.st_dev && s.st_ino == shared.st_ino;
    if (!again) handle_directory(&o, place);
  }
  if (o.count && !clean)
    say_warning("%u region%s left by earlier crashes: %s; finish with `pmbench resume REGION`, or "
                "remove with --clean",
                o.count, o.count == 1 ? "" : "s", o.names);
  return o.code;
}
