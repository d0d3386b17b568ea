/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /proc/self/cgroup says in which group this process is, /proc/self/mountinfo where the groups can be seen. A container may see
 * its own part only: the path then begins above what is mounted (version 1 without a namespace of its own), or is "/" or
 * "/../.." (a namespace); what is mounted is then the nearest that can be read.
 */
#include "proc/memory_limit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 4096, LINE = 8192 };
static const uint64_t none = UINT64_MAX / 4;              /* version 1 writes a number near 2^63 for no limit */

/* ---- small files ------------------------------------------------------------------------------------------------------------- */

static FILE *open_below(const char *root, const char *directory, const char *name) {
  char path[PATH];
  if (snprintf(path, sizeof path, "%s%s/%s", root, directory, name) >= (int)sizeof path) return NULL;
  return fopen(path, "re");
}

/* The number in a file of one; `max` and what cannot be read: none. */
static uint64_t number_in(const char *root, const char *directory, const char *name) {
  char text[64] = "", *end;
  FILE *file = open_below(root, directory, name);
  bool read = file && fgets(text, sizeof text, file);
  if (file) fclose(file);
  errno = 0;
  uint64_t value = read && *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : none;
  return errno || value > none ? none : value;
}

/* The sum of the lines "NAME NUMBER" or "NAME: NUMBER kB" whose names are given; *found says whether there was any. */
static uint64_t sum_of_lines(const char *root, const char *directory, const char *file_name, const char *const names[], bool *found) {
  char line[256];
  uint64_t sum = 0;
  FILE *file = open_below(root, directory, file_name);
  *found = false;
  while (file && fgets(line, sizeof line, file))
    for (int i = 0; names[i]; i++) {
      size_t length = strlen(names[i]);
      if (strncmp(line, names[i], length) || !strchr(" :", line[length]) || !line[length]) continue;
      sum += strtoull(line + length + 1, NULL, 10) * (strstr(line, " kB") ? 1024 : 1);
      *found = true;
    }
  if (file) fclose(file);
  return sum;
}

/* ---- one group --------------------------------------------------------------------------------------------------------------- */

static const struct version {
  const char *limit[3];                   /* each is one; NULL ends them */
  const char *usage, *swap_limit, *swap_usage;
  bool swap_with_memory;                  /* the swap's limit and usage count the memory, too */
  const char *reclaimable[4];             /* in memory.stat */
} versions[] = {
    {{"memory.limit_in_bytes"}, "memory.usage_in_bytes", "memory.memsw.limit_in_bytes", "memory.memsw.usage_in_bytes", true,
     {"total_inactive_file", "total_active_file"}},
    {{"memory.max", "memory.high"}, "memory.current", "memory.swap.max", "memory.swap.current", false,
     {"inactive_file", "active_file", "slab_reclaimable"}}};

static uint64_t above_zero(uint64_t a, uint64_t b) { return a > b ? a - b : 0; }
static uint64_t lesser(uint64_t a, uint64_t b) { return a < b ? a : b; }

static void keep(struct pm_memory_limit *tightest, const char *directory, const char *name, uint64_t bytes, uint64_t left) {
  if (tightest->file[0] && left >= tightest->left_bytes) return;
  snprintf(tightest->file, sizeof tightest->file, "%.4000s%s%.60s", directory, *name ? "/" : "", name);
  tightest->bytes = bytes;
  tightest->left_bytes = left;
}

/* What swap adds to a group that has `left` of its memory. */
static uint64_t with_swap(const char *root, const char *directory, const struct version *v, uint64_t left, uint64_t swap_free,
                          uint64_t reclaimable) {
  uint64_t limit = number_in(root, directory, v->swap_limit), usage = number_in(root, directory, v->swap_usage);
  if (limit == none || usage == none) return left + swap_free;
  if (v->swap_with_memory) return lesser(left + swap_free, above_zero(limit, above_zero(usage, reclaimable)));
  return left + lesser(swap_free, above_zero(limit, usage));
}

static void read_group(const char *root, const char *directory, const struct version *v, uint64_t swap_free,
                       struct pm_memory_limit *tightest) {
  for (int i = 0; v->limit[i]; i++) {
    bool found;
    uint64_t limit = number_in(root, directory, v->limit[i]), usage = number_in(root, directory, v->usage);
    if (limit == none || usage == none) continue;
    uint64_t reclaimable = sum_of_lines(root, directory, "memory.stat", v->reclaimable, &found);
    uint64_t left = above_zero(limit, above_zero(usage, reclaimable));
    keep(tightest, directory, v->limit[i], limit, with_swap(root, directory, v, left, swap_free, reclaimable));
  }
}

/* From a group up to what is mounted. `directory` is used up. */
static void read_groups(const char *root, char *directory, size_t mount, const struct version *v, uint64_t swap_free,
                        struct pm_memory_limit *tightest) {
  for (;;) {
    read_group(root, directory, v, swap_free, tightest);
    char *slash = strrchr(directory, '/');
    if (!slash || (size_t)(slash - directory) < mount) return;
    *slash = 0;
  }
}

/* ---- where it is ------------------------------------------------------------------------------------------------------------- */

static bool has_word(const char *list, const char *word) {
  size_t length = strlen(word);
  for (const char *at = list; (at = strstr(at, word)); at += length)
    if ((at == list || at[-1] == ',') && (!at[length] || at[length] == ',' || at[length] == '\n')) return true;
  return false;
}

/* This process's path in version 2's hierarchy ("0::PATH"), or in that of version 1 that has the controller. */
static bool own_path(const char *root, bool second, char path[PATH]) {
  char line[LINE];
  bool found = false;
  FILE *file = open_below(root, "/proc/self", "cgroup");
  while (file && !found && fgets(line, sizeof line, file)) {
    char *controllers = strchr(line, ':'), *at = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!at) continue;
    *at++ = 0;
    at[strcspn(at, "\n")] = 0;
    found = second ? !controllers[1] : has_word(controllers + 1, "memory");
    if (found) snprintf(path, PATH, "%s", at);
  }
  if (file) fclose(file);
  return found;
}

/* \040 and the like, as mountinfo writes blanks. */
static void unescape(char *text) {
  char *to = text;
  for (const char *at = text; *at; to++) {
    bool octal = *at == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' && at[3] >= '0' && at[3] <= '7';
    *to = octal ? (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + at[3] - '0') : *at;
    at += octal ? 4 : 1;
  }
  *to = 0;
}

/* Where the hierarchy is mounted, and which part of it: "ID PARENT DEVICE PART MOUNT OPTIONS ... - TYPE SOURCE SUPER". */
static bool find_mount(const char *root, bool second, char part[PATH], char mount[PATH]) {
  char line[LINE];
  bool found = false;
  FILE *file = open_below(root, "/proc/self", "mountinfo");
  while (file && !found && fgets(line, sizeof line, file)) {
    char type[32], super[1024] = "", *behind = strstr(line, " - ");
    if (!behind || sscanf(behind, " - %31s %*s %1023s", type, super) < 1) continue;
    if (strcmp(type, second ? "cgroup2" : "cgroup") || (!second && !has_word(super, "memory"))) continue;
    found = sscanf(line, "%*s %*s %*s %4095s %4095s", part, mount) == 2;
  }
  if (file) fclose(file);
  if (found) unescape(part), unescape(mount);
  return found;
}

static void read_hierarchy(const char *root, bool second, uint64_t swap_free, struct pm_memory_limit *tightest) {
  char path[PATH], part[PATH], mount[PATH], directory[2 * PATH];
  if (!own_path(root, second, path) || !find_mount(root, second, part, mount)) return;
  size_t length = strcmp(part, "/") ? strlen(part) : 0;
  bool below = !strncmp(path, part, length) && (!path[length] || path[length] == '/') && !strstr(path, "/..");
  snprintf(directory, sizeof directory, "%s%s", mount, below && strcmp(path + length, "/") ? path + length : "");
  read_groups(root, directory, strlen(mount), &versions[second], swap_free, tightest);
}

void pm_memory_limit_read(const char *root, struct pm_memory_limit *tightest) {
  static const char *const available[] = {"MemAvailable", NULL}, *const total[] = {"MemTotal", NULL}, *const swap[] = {"SwapFree", NULL};
  bool known, found;
  *tightest = (struct pm_memory_limit){.file = ""};
  uint64_t swap_free = sum_of_lines(root, "/proc", "meminfo", swap, &found);
  uint64_t left = sum_of_lines(root, "/proc", "meminfo", available, &known), all = sum_of_lines(root, "/proc", "meminfo", total, &found);
  if (known) keep(tightest, "/proc/meminfo", "", all, left + swap_free);
  read_hierarchy(root, false, swap_free, tightest);
  read_hierarchy(root, true, swap_free, tightest);
}
