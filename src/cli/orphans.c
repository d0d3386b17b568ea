/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/orphans.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <libgen.h>
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
#include "pmrun.h"

enum {
  PATH_BYTES = 4096,
  LIST_BYTES = 1024,
  FRESH_S = 2
}; /* a run that begins has its lock after this long */
static const char shared_memory[] = "/dev/shm";

/* pmbench-NAME-PID-NONCE.region; the name may hold dashes. */
static bool maker_lives(const char *name) {
  const char *nonce = strrchr(name, '-'), *pid = nonce;
  while (pid && pid > name && pid[-1] != '-') pid--;
  long maker = pid ? strtol(pid, NULL, 10) : 0;
  return maker > 1 && (!kill((pid_t)maker, 0) || errno == EPERM);
}

static bool is_left(int directory, const char *name) {
  int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return false;
  struct stat s;
  bool left = !fstat(fd, &s) && S_ISREG(s.st_mode) && s.st_uid == geteuid() &&
              s.st_ctime + FRESH_S < time(NULL) && !maker_lives(name) &&
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
    if (!fnmatch("pmbench-*-*-*.region", entry->d_name, 0) &&
        is_left(dirfd(open_directory), entry->d_name) &&
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
  if (directory && strcmp(directory, shared_memory)) {
    snprintf(name, sizeof name, "%s", directory);
    handle_directory(&o, !stat(name, &s) && S_ISDIR(s.st_mode) ? name : dirname(name));
  }
  if (o.count && !clean)
    say_warning("%u region%s left by earlier crashes: %s; finish with `pmbench resume REGION`, or "
                "remove with --clean",
                o.count, o.count == 1 ? "" : "s", o.names);
  return o.code;
}
