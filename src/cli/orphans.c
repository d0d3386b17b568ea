/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/orphans.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/say.h"
#include "pm/region.h"

enum { PATH_BYTES = 4096, LIST_BYTES = 1024 };
static const char shared_memory[] = "/dev/shm";

/* The name of a region that was not given one: pmbench-NAME-PID-NONCE.region, where the program's name may hold dashes. Who has
 * that process number by now says nothing: in a container it is 1, and after a reboot anybody's. */
static bool is_made_up(const char *name) {
  static const char prefix[] = "pmbench-", suffix[] = ".region";
  const char *nonce = strrchr(name, '-'), *pid = nonce;
  if (strncmp(name, prefix, sizeof prefix - 1) || nonce < name + sizeof prefix) return false;
  while (pid[-1] >= '0' && pid[-1] <= '9') pid--;
  size_t digits = strspn(nonce + 1, "0123456789abcdef");
  return pid != nonce && pid[-1] == '-' && pid >= name + sizeof prefix && digits && !strcmp(nonce + 1 + digits, suffix);
}

/* What a region was called while it was removed. */
static bool is_removed(const char *name) {
  static const char prefix[] = "pmbench-";
  size_t digits = strncmp(name, prefix, sizeof prefix - 1) ? 0 : strspn(name + sizeof prefix - 1, "0123456789abcdef");
  return digits == 16 && !strcmp(name + sizeof prefix - 1 + digits, PM_FILE_REMOVED);
}

/* What it is, by its first bytes. Whoever makes a region locks it before it writes the first of them: an empty file may be one
 * that is about to be locked. It is not told, and can be removed: then its maker makes another. */
enum kind { NOTHING_OF_OURS, EMPTY, UNFINISHED, FINISHED };
static enum kind kind_of(int fd) {
  struct pm_region_header h = {0};
  ssize_t bytes = pread(fd, &h, sizeof h, 0);
  if (!bytes) return EMPTY;
  if (bytes >= (ssize_t)sizeof h.magic && h.magic == PM_MAGIC_MAKING) return UNFINISHED;
  if (bytes != sizeof h || h.magic != PM_MAGIC) return NOTHING_OF_OURS;
  return h.state == PM_REGION_FINISHED ? FINISHED : UNFINISHED;
}

/* Open and locked, if it is left: nobody else has it, and nobody comes to it until it is closed. Else -1. */
static int take_left(int directory, const char *name, bool clean) {
  bool removed = is_removed(name);
  if (!removed && !is_made_up(name)) return -1;
  struct stat s;
  int fd = pm_file_open(directory, name, O_RDONLY);
  if (fd < 0) return -1;
  bool ours = !fstat(fd, &s) && S_ISREG(s.st_mode) && s.st_uid == geteuid() && !flock(fd, LOCK_EX | LOCK_NB) &&
              pm_file_is(directory, name, fd);
  enum kind kind = ours ? kind_of(fd) : NOTHING_OF_OURS;
  if (kind == UNFINISHED || (kind == FINISHED && removed) || (kind == EMPTY && clean)) return fd;
  close(fd);
  return -1;
}

struct orphans {
  bool clean;
  int code;
  unsigned count;
  char names[LIST_BYTES];                 /* of the first ones */
};

static void tell(struct orphans *o, const char *path) {
  size_t length = strlen(o->names);
  o->count++;
  if (length + strlen(path) + 2 >= sizeof o->names) return;
  if (length) strcat(o->names, ", ");
  strcat(o->names, path);
}

static void remove_one(struct orphans *o, int directory, const char *name, int fd, const char *path) {
  int error = pm_file_remove(directory, name, fd);
  if (error == -ESTALE) return;           /* somebody gave the name to another file meanwhile, or took it away */
  if (error) o->code = error;
  if (error) say_error("%s: cannot be removed: %s", path, strerror(-error));
  else say_error("removed %s", path);
}

static void handle_directory(struct orphans *o, const char *directory) {
  DIR *open_directory = opendir(directory);
  if (!open_directory) return;            /* the run itself will say what is wrong with it */
  struct dirent *entry;
  while ((entry = readdir(open_directory))) {
    char path[PATH_BYTES];
    if (snprintf(path, sizeof path, "%s/%s", directory, entry->d_name) >= (int)sizeof path) continue;
    int fd = take_left(dirfd(open_directory), entry->d_name, o->clean);
    if (fd < 0) continue;
    if (o->clean) remove_one(o, dirfd(open_directory), entry->d_name, fd, path);
    else tell(o, path);
    close(fd);
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
