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

static bool add_line(struct dataset *d, json_t *object) {
  const char *schema = json_string_value(json_object_get(object, "schema"));
  if (schema && !strcmp(schema, "pmbench-run-1")) return !json_array_append(d->runs, object);
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
      if (!add_line(d, object)) code = fail(error, path, number, "neither a run of pmbench's nor one that was skipped");
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

const char *const dataset_keys[] = {"workload", "args", "procs", "pin", "backend", "granularity", "forced",
                                    "capsule", "sched", "mode", "fault_plan", NULL};

bool run_same(const json_t *a, const json_t *b, const char *but) {
  for (size_t i = 0; dataset_keys[i]; i++) {
    if (but && !strcmp(but, dataset_keys[i])) continue;
    const json_t *x = json_object_get(a, dataset_keys[i]), *y = json_object_get(b, dataset_keys[i]);
    if (x != y && !json_equal(x, y)) return false;
  }
  return true;
}

size_t dataset_groups(const struct dataset *d, size_t *group) {
  size_t n = json_array_size(d->runs), groups = 0;
  for (size_t i = 0; i < n; i++) {
    group[i] = groups;
    for (size_t k = 0; k < i && group[i] == groups; k++)
      if (run_same(json_array_get(d->runs, i), json_array_get(d->runs, k), NULL)) group[i] = group[k];
    if (group[i] == groups) groups++;
  }
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
  json_array_foreach(plan, i, fault) add(text, bytes, ", ", json_string_value(fault) ? json_string_value(fault) : "?");
  return text;
}
