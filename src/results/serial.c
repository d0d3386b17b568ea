/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/serial.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "pmrun.h"
#include "results/json_text.h"
#include "results/jsonl.h"
#include "version.h"

enum { KEY_BYTES = 16384 };

/* Of this host and this build: another's time is no measure for ours. */
static void key_text(const struct workload *workload, const struct serial_key *key, char *name) {
  char text[KEY_BYTES];
  snprintf(text, sizeof text,
           "%s %s (seed %" PRIu64 ", %s, " PMBENCH_COMMIT " " PMBENCH_BUILD_TYPE ")",
           workload->program->name, key->args, key->seed, key->host);
  json_t *valid = json_text(text); /* names of files need not be UTF-8, as JSON's must */
  snprintf(name, KEY_BYTES, "%s", valid ? json_string_value(valid) : "");
  json_decref(valid);
}

static bool look_up(const json_t *kept, const char *name, struct workload_serial *twin) {
  const json_t *entry = json_object_get(kept, name);
  const char *answer = json_string_value(json_object_get(entry, "answer"));
  *twin =
      (struct workload_serial){.ns = (uint64_t)json_integer_value(json_object_get(entry, "ns"))};
  snprintf(twin->answer, sizeof twin->answer, "%s", answer ? answer : "");
  return twin->ns > 0;
}

int serial_find(const struct workload *workload, const void *args, const struct serial_key *key,
                const char *directory, bool again, struct workload_serial *twin, char *error) {
  char name[KEY_BYTES], path[4096];
  key_text(workload, key, name);
  json_t *kept = NULL;
  if (directory && snprintf(path, sizeof path, "%s/serial.json", directory) < (int)sizeof path)
    kept = json_load_file(path, 0, NULL);
  int code = 0;
  if (again || !look_up(kept, name, twin)) {
    *twin = (struct workload_serial){0};
    code = workload->serial ? workload->serial(args, twin, error) : -1;
    if (!workload->serial)
      snprintf(error, PM_TEXT_MAX, "%s has no serial twin", workload->program->name);
    if (!code && directory) {
      if (!json_is_object(kept)) {
        json_decref(kept);
        kept = json_object();
      }
      json_object_set_new(kept, name,
                          json_pack("{sI ss}", "ns", (json_int_t)twin->ns, "answer", twin->answer));
      code = json_replace(directory, "serial.json", kept, error);
    }
  }
  json_decref(kept);
  return code;
}
