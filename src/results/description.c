/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/description.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "results/json_text.h"

static const char schema[] = "pmbench-description-1";

/* What is copied both ways, by name. */
static const struct { const char *name; size_t offset;
} texts[] = {{"workload", offsetof(struct description, workload)},
             {"args", offsetof(struct description, args)},
             {"host", offsetof(struct description, host)},
             {"directory", offsetof(struct description, directory)},
             {"backend", offsetof(struct description, backend)},
             {"pin", offsetof(struct description, pin)},
             {"capsule", offsetof(struct description, capsule)},
             {"settings", offsetof(struct description, settings)},
             {"out", offsetof(struct description, out)},
             {"fault_replay", offsetof(struct description, fault_replay)},
             {"serial_answer", offsetof(struct description, serial_answer)}};
static const struct { const char *name; size_t offset; } numbers[] = {
    {"n", offsetof(struct description, n)}, {"tasks", offsetof(struct description, tasks)},
    {"seed", offsetof(struct description, seed)}, {"rep", offsetof(struct description, rep)},
    {"serial_ns", offsetof(struct description, serial_ns)},
    {"respawn_delay_ns", offsetof(struct description, respawn_delay_ns)},
    {"timeout_ns", offsetof(struct description, timeout_ns)},
    {"watchdog_ns", offsetof(struct description, watchdog_ns)}};
static const struct { const char *name; size_t offset; } flags[] = {
    {"json", offsetof(struct description, json)}, {"keep", offsetof(struct description, keep)},
    {"no_check", offsetof(struct description, no_check)},
    {"auto_resume", offsetof(struct description, auto_resume)}};

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))
#define FIELD(d, type, offset) (*(type *)((char *)(d) + (offset)))
#define FIELD_OF_CONST(d, type, offset) (*(type const *)((const char *)(d) + (offset)))

void description_stamp(struct description *d) {
  struct timespec now;
  struct tm utc;
  char seconds[24];
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &utc);
  strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
  snprintf(d->started_at, sizeof d->started_at, "%s.%03dZ", seconds,
           (int)(now.tv_nsec / 1000000 % 1000));
}

static json_t *strings_json(const char *const *strings, unsigned count, unsigned keep) {
  json_t *array = json_array();
  for (unsigned i = 0; i < count && i < keep; i++) {
    json_array_append_new(array, json_text(strings[i]));
  }
  if (count > keep) json_array_append_new(array, json_string("..."));
  return array;
}

static char *text_with(const struct description *d, unsigned argv_keep) {
  json_t *object = json_pack("{ss ss si}", "schema", schema, "started_at", d->started_at, "procs",
                             (int)d->procs);
  if (!object) return NULL;
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    const char *text = FIELD_OF_CONST(d, char *, texts[i].offset);
    if (text) json_object_set_new(object, texts[i].name, json_text(text));
  }
  for (size_t i = 0; i < COUNT_OF(numbers); i++)
    json_object_set_new(object, numbers[i].name,
                        json_integer((json_int_t)FIELD_OF_CONST(d, uint64_t, numbers[i].offset)));
  for (size_t i = 0; i < COUNT_OF(flags); i++)
    json_object_set_new(object, flags[i].name,
                        json_boolean(FIELD_OF_CONST(d, bool, flags[i].offset)));
  json_object_set_new(object, "argv", strings_json(d->argv, d->argc, argv_keep));
  json_object_set_new(object, "faults", strings_json(d->faults, d->fault_count, d->fault_count));
  char *text = json_dumps(object, JSON_COMPACT);
  json_decref(object);
  return text;
}

char *description_text(const struct description *d) {
  unsigned keep = d->argc;
  for (;;) {
    char *text = text_with(d, keep);
    if (!text || strlen(text) < DESCRIPTION_TEXT_MAX) return text;
    free(text);
    if (!keep) return NULL;
    keep /= 2;
  }
}

/* NULL stays NULL. There is room for as many as the object has texts. */
static char *own(struct description *d, char *text) {
  if (text) d->owned[d->owned_count++] = text;
  return text;
}

static const char *const *strings_of(struct description *d, const json_t *array, unsigned *count) {
  size_t size = json_array_size(array);
  const char **strings = calloc(size + 1, sizeof *strings);
  *count = 0;
  for (size_t i = 0; strings && i < size; i++) {
    const char *text = json_string_value(json_array_get(array, i));
    if (text && (strings[*count] = own(d, json_text_bytes(text)))) ++*count;
  }
  return strings;
}

int description_parse(struct description *d, const char *text) {
  *d = (struct description){.parsed = json_loads(text, 0, NULL)};
  const json_t *object = d->parsed;
  const char *found = json_string_value(json_object_get(object, "schema"));
  if (!found || strcmp(found, schema)) return -1;
  const json_t *argv = json_object_get(object, "argv"), *faults = json_object_get(object, "faults");
  d->owned = calloc(COUNT_OF(texts) + json_array_size(argv) + json_array_size(faults), sizeof *d->owned);
  if (!d->owned) return -1;
  for (size_t i = 0; i < COUNT_OF(texts); i++)
    FIELD(d, const char *, texts[i].offset) = 
        own(d, json_text_bytes(json_string_value(json_object_get(object, texts[i].name))));
  for (size_t i = 0; i < COUNT_OF(numbers); i++)
    FIELD(d, uint64_t, numbers[i].offset) =
        (uint64_t)json_integer_value(json_object_get(object, numbers[i].name));
  for (size_t i = 0; i < COUNT_OF(flags); i++)
    FIELD(d, bool, flags[i].offset) = json_is_true(json_object_get(object, flags[i].name));
  d->procs = (unsigned)json_integer_value(json_object_get(object, "procs"));
  const char *started = json_string_value(json_object_get(object, "started_at"));
  snprintf(d->started_at, sizeof d->started_at, "%s", started ? started : "");
  d->argv = strings_of(d, argv, &d->argc);
  d->faults = strings_of(d, faults, &d->fault_count);
  return d->workload && d->args && d->argv && d->faults ? 0 : -1;
}

void description_free(struct description *d) {
  if (d->parsed) {
    free((void *)d->argv);
    free((void *)d->faults);
    for (size_t i = 0; i < d->owned_count; i++) free(d->owned[i]);
    free(d->owned);
    json_decref(d->parsed);
  }
  *d = (struct description){0};
}
