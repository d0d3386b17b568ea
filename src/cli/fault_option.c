/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/fault_option.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "results/record.h"

enum { TIMES_MAX = 16384, TEXT_BYTES = 64 };
static const double rate_max_hz = 1e6;

static int kind_of(const char *name, size_t length) {
  for (int kind = 0; kind < PM_FAULT_KINDS; kind++)
    if (strlen(pm_fault_names[kind]) == length && !strncmp(pm_fault_names[kind], name, length))
      return kind;
  return -1;
}

static struct pm_fault_plan *plan_add(struct fault_set *set, int kind, char *error) {
  if (set->count == FAULT_PLANS_MAX) {
    snprintf(error, PM_TEXT_MAX,
             "--fault: at most %d of them; put the times of a kind into one list", FAULT_PLANS_MAX);
    return NULL;
  }
  struct pm_fault_plan *plan = &set->plans[set->count++];
  *plan = (struct pm_fault_plan){.kind = (enum pm_fault_kind)kind};
  return plan;
}

/* ---- --fault --------------------------------------------------------------------------------- */

static int compare_times(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static int parse_times(struct pm_fault_plan *plan, const char *text, const char *list, char *error) {
  size_t count = 1, n = 0;
  for (const char *c = list; *c; c++) count += *c == ',';
  uint64_t *times = calloc(count, sizeof *times);
  plan->at_ns = times;
  if (!times || count > TIMES_MAX) {
    snprintf(error, PM_TEXT_MAX, "--fault: at most %d times in a list", TIMES_MAX);
    return PM_E_USAGE;
  }
  for (const char *at = list; n < count; n++) {
    char one[TEXT_BYTES];
    size_t length = strcspn(at, ",");
    snprintf(one, sizeof one, "%.*s", (int)length, at);
    if (length >= sizeof one) one[0] = 0;
    if (pm_units_time("--fault", one, &times[n], error)) {
      snprintf(error, PM_TEXT_MAX, "--fault %.100s: '%s' is not a time; write it like 500us, 5ms, 1.2s or 2m",
               text, one);
      return PM_E_USAGE;
    }
    at += length + 1;
  }
  qsort(times, n, sizeof *times, compare_times);
  plan->count = (uint32_t)n;
  return 0;
}

int fault_parse(struct fault_set *set, const char *text, char *error) {
  size_t length = strcspn(text, "@=");
  int kind = kind_of(text, length);
  if (kind < 0 || !text[length]) {
    snprintf(
        error, PM_TEXT_MAX,
        "--fault %.100s: write KIND@RATE (kill@20: 20 a second) or KIND=TIMES (kill=0.5s,1.2s); "
        "kinds: kill, hard, exn, stop, crash",
        text);
    return PM_E_USAGE;
  }
  struct pm_fault_plan *plan = plan_add(set, kind, error);
  if (!plan) return PM_E_USAGE;
  if (text[length] == '=') return parse_times(plan, text, text + length + 1, error);
  if (pm_units_rate("--fault", text + length + 1, &plan->rate_hz, error)) {
    snprintf(error, PM_TEXT_MAX, "--fault %.100s: not a rate; write how many a second, like %s@20, %s@0.5 or %s@1k",
             text, pm_fault_names[kind], pm_fault_names[kind], pm_fault_names[kind]);
    return PM_E_USAGE;
  }
  if (plan->rate_hz <= rate_max_hz) return 0;
  snprintf(error, PM_TEXT_MAX, "--fault %.100s: at most 1M a second", text);
  return PM_E_USAGE;
}

/* ---- --fault-replay
 * ------------------------------------------------------------------------------ */

struct replayed { uint64_t when_ns; int place; };

static int compare_replayed(const void *a, const void *b) {
  const struct replayed *x = a, *y = b;
  return (x->when_ns > y->when_ns) - (x->when_ns < y->when_ns);
}

/* Whether it took effect: what was spared, or nobody asked for, is not repeated. */
static bool took_effect(const json_t *fault) {
  const char *state = json_string_value(json_object_get(fault, "state"));
  return state && (!strcmp(state, record_fault_states[PM_FAULT_DONE]) ||
                   !strcmp(state, record_fault_states[PM_FAULT_IDLE_VICTIM]));
}

static int replay_kind(struct fault_set *set, const json_t *log, int kind, char *error) {
  size_t n = 0, size = json_array_size(log);
  struct replayed *found = calloc(size + 1, sizeof *found);
  for (size_t i = 0; found && i < size; i++) {
    const json_t *fault = json_array_get(log, i), *place = json_object_get(fault, "place");
    const char *name = json_string_value(json_object_get(fault, "kind"));
    if (!name || kind_of(name, strlen(name)) != kind || !took_effect(fault)) continue;
    found[n++] = (struct replayed){(uint64_t)json_integer_value(json_object_get(fault, "when_ns")),
                                   json_is_integer(place) ? (int)json_integer_value(place) : -1};
  }
  struct pm_fault_plan *plan = n ? plan_add(set, kind, error) : NULL;
  int code = n && !plan ? PM_E_USAGE : 0;
  if (plan) {
    uint64_t *times = calloc(n, sizeof *times);
    int *places = calloc(n, sizeof *places);
    plan->at_ns = times;
    plan->place = places;
    qsort(found, n, sizeof *found, compare_replayed);
    for (size_t i = 0; times && places && i < n; i++) {
      times[i] = found[i].when_ns;
      places[i] = found[i].place;
    }
    plan->count = times && places ? (uint32_t)n : 0;
  }
  free(found);
  return code;
}

/* The last object of the file whose log of faults is not empty; a new reference, or NULL. */
static json_t *last_log(FILE *file) {
  json_t *log = NULL, *record;
  while ((record = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL))) {
    json_t *found = json_object_get(record, "fault_log");
    if (json_array_size(found)) {
      json_decref(log);
      log = json_incref(found);
    }
    json_decref(record);
  }
  return log;
}

int fault_replay(struct fault_set *set, const char *path, char *error) {
  FILE *file = fopen(path, "re");
  if (!file) {
    snprintf(error, PM_TEXT_MAX, "--fault-replay %.300s: %s", path, strerror(errno));
    return PM_E_USAGE;
  }
  json_t *log = last_log(file);
  fclose(file);
  int code = 0;
  for (int kind = 0; !code && kind < PM_FAULT_KINDS; kind++)
    code = replay_kind(set, log, kind, error);
  if (!code && !set->count) {
    snprintf(
        error, PM_TEXT_MAX,
        "--fault-replay %.300s: no record in it with a fault_log; name a runs.jsonl or what --json "
        "printed of a run with faults",
        path);
    code = PM_E_USAGE;
  }
  json_decref(log);
  return code;
}

void fault_set_free(struct fault_set *set) {
  for (unsigned i = 0; i < set->count; i++) {
    free((void *)set->plans[i].at_ns);
    free((void *)set->plans[i].place);
  }
  set->count = 0;
}
