/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/dataset.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TITLE_BYTES = 1024 };

static int fail(char *error, const char *path, size_t line, const char *what) {
  if (line) snprintf(error, PM_TEXT_MAX, "%.400s:%zu: %.80s", path, line, what);
  else snprintf(error, PM_TEXT_MAX, "%.400s: %.80s", path, what);
  return -1;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool add_line(struct dataset *d, json_t *object, size_t line) {
  const char *schema = json_string_value(json_object_get(object, "schema"));
  if (schema && !strcmp(schema, "pmbench-run-1"))
    return !json_object_set_new(object, "run", json_integer((json_int_t)line)) && !json_array_append(d->runs, object);
  if (schema && !strcmp(schema, "pmbench-skipped-1")) return !json_array_append(d->skipped, object);
  return false;
}

/* The last line may have been cut off by a crash while it was written: everything before it counts. */
static int read_lines(struct dataset *d, FILE *file, const char *path, char *error) {
  char *text = NULL;
  size_t room = 0, number = 0;
  ssize_t length;
  int code = 0;
  while (!code && (length = getline(&text, &room, file)) >= 0) {
    bool whole = length && text[length - 1] == '\n';
    number++;
    json_t *object = json_loadb(text, (size_t)length, 0, NULL);
    if (object && json_is_object(object)) {
      if (!add_line(d, object, number)) code = fail(error, path, number, "neither a run of pmbench's nor one that was skipped");
    } else if (!whole) {
      snprintf(d->warning, sizeof d->warning, "%.400s:%zu: cut off by an earlier crash; left out", path, number);
    } else if (strspn(text, " \t\r\n") != (size_t)length) {
      code = fail(error, path, number, "not a JSON object; remove the line, or restore the file");
    }
    json_decref(object);
  }
  free(text);
  return code;
}

int dataset_load(struct dataset *d, const char *directory, char *error) {
  char path[sizeof d->directory + 32];
  *d = (struct dataset){.runs = json_array(), .skipped = json_array()};
  if (snprintf(d->directory, sizeof d->directory, "%s", directory) >= (int)sizeof d->directory)
    return fail(error, directory, 0, strerror(ENAMETOOLONG));
  snprintf(path, sizeof path, "%s/runs.jsonl", directory);
  FILE *file = fopen(path, "re");
  if (!file)
    return fail(error, path, 0, errno == ENOENT ? "no results there; `pmbench run ... --out DIR` makes them" : strerror(errno));
  int code = read_lines(d, file, path, error);
  fclose(file);
  snprintf(path, sizeof path, "%s/machine.json", directory);
  d->machine = json_load_file(path, 0, NULL);
  if (!code && !json_array_size(d->runs) && !json_array_size(d->skipped))
    code = fail(error, directory, 0, "holds no run; `pmbench run ... --out DIR` makes some");
  return code;
}

void dataset_free(struct dataset *d) {
  json_decref(d->runs);
  json_decref(d->skipped);
  json_decref(d->machine);
  *d = (struct dataset){.runs = NULL};
}

/* ---- values ---------------------------------------------------------------------------------- */

double run_number(const json_t *run, const char *key) {
  const json_t *value = json_object_get(run, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

const char *run_text(const json_t *run, const char *key) {
  const char *text = json_string_value(json_object_get(run, key));
  return text ? text : "";
}

/* ---- groups ---------------------------------------------------------------------------------- */

const char *const dataset_keys[] = {"workload", "args", "procs", "cores", "pin", "backend", "fs", "granularity", "forced",
                                    "capsule", "sched", "mode", "fault_plan", "settings", NULL};

/* A key that older records do not have is as if it were empty. */
static bool is_nothing(const json_t *x) {
  return !x || json_is_null(x) || (json_is_string(x) && !*json_string_value(x)) || (json_is_array(x) && !json_array_size(x));
}

bool value_same(const json_t *x, const json_t *y) {
  return x == y || (is_nothing(x) && is_nothing(y)) || (x && y && json_equal(x, y));
}

bool run_same(const json_t *a, const json_t *b, const char *but) {
  for (size_t i = 0; dataset_keys[i]; i++)
    if (!(but && !strcmp(but, dataset_keys[i])) &&
        !value_same(json_object_get(a, dataset_keys[i]), json_object_get(b, dataset_keys[i])))
      return false;
  return true;
}

/* Where a value stands among its like: as people expect it, where the alphabet would not have it so. */
static int rank_of(const char *text) {
  static const char *const ranked[] = {"timed", "injured", "dram", "file", "emulated", "dax", "none", "beat", "fork"};
  int count = sizeof ranked / sizeof *ranked;
  for (int i = 0; i < count; i++)
    if (!strcmp(text, ranked[i])) return i;
  return count;
}

/* Numbers inside a text count as numbers: kill@5 before kill@100. */
static int text_order(const char *a, const char *b) { return rank_of(a) != rank_of(b) ? rank_of(a) - rank_of(b) : strverscmp(a, b); }

int value_order(const json_t *x, const json_t *y) {
  if (is_nothing(x) || is_nothing(y)) return is_nothing(y) - is_nothing(x);
  if (json_is_number(x) && json_is_number(y)) return (json_number_value(x) > json_number_value(y)) - (json_number_value(x) < json_number_value(y));
  if (json_is_boolean(x) && json_is_boolean(y)) return json_is_true(x) - json_is_true(y);
  if (json_is_array(x) && json_is_array(y)) {
    size_t n = json_array_size(x), m = json_array_size(y);
    for (size_t i = 0; i < n && i < m; i++) {
      int order = value_order(json_array_get(x, i), json_array_get(y, i));
      if (order) return order;
    }
    return (n > m) - (n < m);
  }
  const char *a = json_string_value(x), *b = json_string_value(y);
  return a && b ? text_order(a, b) : (int)json_typeof(x) - (int)json_typeof(y);
}

int run_order(const json_t *a, const json_t *b) {
  for (size_t i = 0; dataset_keys[i]; i++) {
    int order = value_order(json_object_get(a, dataset_keys[i]), json_object_get(b, dataset_keys[i]));
    if (order) return order;
  }
  return 0;
}

static int by_order(const void *a, const void *b) { return run_order(*(const json_t *const *)a, *(const json_t *const *)b); }

size_t dataset_groups(const struct dataset *d, size_t *group) {
  size_t n = json_array_size(d->runs), groups = 0;
  const json_t **first = calloc(n + 1, sizeof *first);     /* of each group */
  if (!first) return 0;
  for (size_t i = 0; i < n; i++) {
    const json_t *run = json_array_get(d->runs, i);
    size_t g = 0;
    while (g < groups && !run_same(run, first[g], NULL)) g++;
    if (g == groups) first[groups++] = run;
  }
  qsort(first, groups, sizeof *first, by_order);
  for (size_t i = 0; i < n; i++)
    for (group[i] = 0; !run_same(json_array_get(d->runs, i), first[group[i]], NULL);) group[i]++;
  free(first);
  return groups;
}

static void add(char *text, size_t bytes, const char *separator, const char *more) {
  size_t used = strlen(text);
  if (used < bytes) snprintf(text + used, bytes - used, "%s%s", used ? separator : "", more);
}

const char *run_title(const json_t *run, char *text, size_t bytes) {
  char part[TITLE_BYTES];
  const json_t *plan = json_object_get(run, "fault_plan"), *fault;
  int procs = (int)json_integer_value(json_object_get(run, "procs"));
  size_t i;
  text[0] = 0;
  snprintf(part, sizeof part, "%.200s %.600s", run_text(run, "workload"), run_text(run, "args"));
  add(text, bytes, "", part);
  snprintf(part, sizeof part, "%d worker%s", procs, procs == 1 ? "" : "s");
  add(text, bytes, ", ", part);
  add(text, bytes, ", ", run_text(run, "backend"));
  add(text, bytes, ", ", run_text(run, "capsule"));
  if (*run_text(run, "settings")) add(text, bytes, ", ", run_text(run, "settings"));
  json_array_foreach(plan, i, fault) add(text, bytes, ", ", json_string_value(fault) ? json_string_value(fault) : "?");
  return text;
}
