/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/inspect.h"
#include "pm/region.h"
#include "task/capsule.h"

enum { TEXT_BYTES = 512, FRAMES_MAX = 65536 };

static const char *const states[] = {
    [PM_REGION_UNFINISHED] = "unfinished", [PM_REGION_FINISHED] = "finished"};
static const char *const policies[] = {[PM_POLICY_BEAT] = "beat", [PM_POLICY_FORK] = "fork", [PM_POLICY_NONE] = "none"};
static const char *const sections[PM_SECTIONS] = {"origin", "tasks", "run", "slots", "images", "joins", "continuations", "links", "arena"};
static const char *const intents[PM_INTENTS] = {"IDLE", "RUN", "COMPLETE", "SUSPEND"};
static const char *const join_states[PM_JOIN_STATES] = {"NEVER", "FREE", "OWN", "TAKEN", "DONE", "WAIT"};

static void put(json_t *object, const char *name, json_t *value) { json_object_set_new(object, name, value); }
static json_t *number(uint64_t value) { return json_integer((json_int_t)value); }
static json_t *text(const char *value) {
  json_t *string = json_string(value);
  return string ? string : json_string("(not UTF-8)");
}
static json_t *named(const char *const *names, uint32_t count, uint32_t value) {
  return value < count && names[value] ? text(names[value]) : json_null();
}
static json_t *fixed(const char *field, size_t bytes) {      /* text that may fill its field */
  char copy[TEXT_BYTES];
  snprintf(copy, sizeof copy, "%.*s", (int)bytes, field);
  return text(copy);
}

/* ---- stacks ---------------------------------------------------------------------------------- */

static json_t *task_name(const struct pm_audit *a, uint32_t task) {
  return task < a->h->tasks ? text(a->tasks[task].name) : json_null();
}

static json_t *task_args(const struct pm_audit *a, uint32_t task, const void *bytes) {
  char line[TEXT_BYTES];
  if (task >= a->h->tasks) return json_null();
  inspect_args(a->tasks[task].args, bytes, a->tasks[task].args_bytes, line, sizeof line);
  return text(line);
}

static json_t *reference(uint32_t join, uint32_t gen) {
  return json_pack("{sI sI}", "join", (json_int_t)join, "generation", (json_int_t)gen);
}

struct fork_list { const struct pm_audit *a; json_t *frames; };

/* The walk gives frames oldest first, so the last object with this frame's offset is the one. */
static void add_fork(void *context, struct pm_head *frame, struct pm_fork *note) {
  struct fork_list *l = context;
  json_t *object = NULL, *found = NULL;
  size_t i;
  json_array_foreach(l->frames, i, object)
    if (json_integer_value(json_object_get(object, "address")) == (json_int_t)(intptr_t)frame) found = object;
  if (!found) return;
  json_t *fork = json_object();
  put(fork, "task", task_name(l->a, note->task));
  pm_word ref = *pm_fork_ref(note);
  if (note->promoted) put(fork, "promoted", reference((uint32_t)ref, (uint32_t)(ref >> 32)));
  else put(fork, "args", task_args(l->a, note->task, pm_fork_args(note)));
  json_array_append_new(json_object_get(found, "forks"), fork);
}

/* Null where the bytes are no stack; the audit says so. */
static json_t *stack(const struct pm_audit *a, const char *base, uint32_t bytes) {
  static uint32_t offset[FRAMES_MAX];
  int n = bytes <= a->h->stack_bytes ? pm_stack_frames(base, bytes, a->tasks, a->h->tasks, offset, FRAMES_MAX) : -1;
  if (n < 0) return json_null();
  struct fork_list l = {a, json_array()};
  for (int i = 0; i < n; i++) {
    const struct pm_head *h = (const void *)(base + offset[i]);
    json_t *frame = json_object();
    put(frame, "task", task_name(a, h->task));
    put(frame, "line", number(h->pc & 0x7fff));
    put(frame, "args", task_args(a, h->task, h + 1));
    put(frame, "forks", json_array());
    put(frame, "address", number((uint64_t)(uintptr_t)h));
    json_array_append_new(l.frames, frame);
  }
  pm_stack_forks((char *)(uintptr_t)base, bytes, a->tasks, a->h->tasks, add_fork, &l);
  for (size_t i = 0; i < json_array_size(l.frames); i++) json_object_del(json_array_get(l.frames, i), "address");
  return l.frames;
}

/* ---- slots, joins, memory -------------------------------------------------------------------- */

static uint32_t free_length(const struct pm_audit *a, uint32_t head) {
  const uint32_t *links = (const void *)(a->base + a->h->section[PM_SECTION_LINKS].offset);
  uint32_t n = 0;
  for (uint32_t j = head; j < a->h->joins && n <= a->h->joins; j = links[j]) n++;
  return n;
}

static json_t *slot(const struct pm_audit *a, uint32_t k) {
  const struct pm_slot *s = pm_slot_at(a->h, k);
  uint64_t seq = pm_slot_seq(s);
  const struct pm_record *r = &s->record[seq & 1];
  json_t *object = json_object();
  put(object, "slot", number(k));
  put(object, "commit", number(seq));
  put(object, "intent", named(intents, PM_INTENTS, r->intent));
  put(object, "stack_bytes", number(r->stack_bytes));
  put(object, "root", r->intent == PM_INTENT_IDLE ? json_null() : reference(r->ref.join, r->ref.gen));
  put(object, "free_joins", number(free_length(a, r->pool.head)));
  put(object, "limbo", number(r->pool.limbo_count));
  put(object, "frames", r->intent == PM_INTENT_RUN ? stack(a, pm_image_at(a->h, k, seq & 1), r->stack_bytes) : json_array());
  return object;
}

static json_t *slots(const struct pm_audit *a) {
  json_t *array = json_array();
  for (uint32_t k = 0; a->h->policy != PM_POLICY_NONE && k < a->h->slots; k++) json_array_append_new(array, slot(a, k));
  return array;
}

static json_t *join(const struct pm_audit *a, uint32_t j, uint64_t word) {
  const struct pm_join_record *record = pm_join_at(a->h, j);
  const struct pm_cont *cont = pm_cont_at(a->h, j);
  enum pm_join_state state = pm_word_state(word);
  json_t *object = json_object();
  put(object, "join", number(j));
  put(object, "state", named(join_states, PM_JOIN_STATES, state));
  put(object, "generation", number(pm_word_gen(word)));
  put(object, "slot", number(pm_word_slot(word)));
  put(object, "commit", number(pm_word_witness(word) & ((UINT64_C(1) << PM_SEQ_BITS) - 1)));
  put(object, "task", task_name(a, record->task));
  put(object, "args", task_args(a, record->task, record->args));
  put(object, "result", state == PM_JOIN_DONE ? number(record->result) : json_null());
  put(object, "waiting", state == PM_JOIN_WAIT ? stack(a, (const char *)(cont + 1), cont->bytes) : json_null());
  return object;
}

/* Those that a stack may still need: a FREE or DONE one that is in a free list is only counted. */
static json_t *joins(const struct pm_audit *a, json_t *count) {
  uint64_t n[PM_JOIN_STATES] = {0};
  json_t *array = json_array();
  for (uint32_t j = 0; j < a->h->joins; j++) {
    uint64_t word = atomic_load(&pm_join_at(a->h, j)->word);
    enum pm_join_state state = pm_word_state(word);
    if (state >= PM_JOIN_STATES) continue;
    n[state]++;
    if (j == PM_JOIN_ROOT || state == PM_JOIN_TAKEN || state == PM_JOIN_WAIT || state == PM_JOIN_OWN)
      json_array_append_new(array, join(a, j, word));
  }
  for (int i = 0; i < PM_JOIN_STATES; i++) put(count, join_states[i], number(n[i]));
  return array;
}

static json_t *memory(const struct pm_region_header *h) {
  json_t *array = json_array();
  for (int i = 0; i < PM_SECTIONS; i++)
    json_array_append_new(array, json_pack("{ss sI sI}", "section", sections[i], "offset",
                                           (json_int_t)h->section[i].offset, "bytes", (json_int_t)h->section[i].bytes));
  return array;
}

static json_t *tasks(const struct pm_audit *a) {
  json_t *array = json_array();
  for (uint32_t i = 0; i < a->h->tasks; i++) {
    const struct pm_task *t = &a->tasks[i];
    if (t->name[0])
      json_array_append_new(array, json_pack("{sI ss ss ss sI}", "id", (json_int_t)i, "name", t->name, "result", t->result,
                                             "args", t->args, "frame_bytes", (json_int_t)t->frame_bytes));
  }
  return array;
}

/* The tool's note is an object; a program of the user's own may have left any text. */
static json_t *note(const struct pm_origin *origin) {
  char *copy = strndup(origin->note, sizeof origin->note);
  json_t *object = copy ? json_loads(copy, 0, NULL) : NULL;
  if (!object) object = copy && copy[0] ? text(copy) : json_null();
  free(copy);
  return object;
}

static json_t *findings(const struct pm_audit *a) {
  unsigned most = sizeof a->finding / sizeof *a->finding;
  json_t *array = json_array();
  for (unsigned i = 0; i < a->findings && i < most; i++) json_array_append_new(array, text(a->finding[i]));
  return array;
}

json_t *inspect_object(const struct pm_audit *a, const char *path) {
  const struct pm_region_header *h = a->h;
  json_t *object = json_object(), *count = json_object();
  uint32_t state = atomic_load(&((struct pm_region_header *)(uintptr_t)h)->state);
  put(object, "schema", json_string("pmbench-region-1"));
  put(object, "path", text(path));
  put(object, "program", fixed(h->program, sizeof h->program));
  put(object, "state", named(states, sizeof states / sizeof *states, state));
  put(object, "in_use", json_boolean(a->live));
  put(object, "backend", named(pm_backend_names, PM_BACKENDS, h->backend));
  put(object, "capsule", named(policies, sizeof policies / sizeof *policies, h->policy));
  put(object, "seed", number(h->seed));
  put(object, "region_bytes", number(h->region_bytes));
  put(object, "stack_bytes", number(h->stack_bytes));
  put(object, "sessions", number(atomic_load(&((struct pm_region_header *)(uintptr_t)h)->session)));
  put(object, "faults", number(a->block->faults_done));
  put(object, "arena_used_bytes", number(h->arena_cursor));
  put(object, "slots", slots(a));
  put(object, "joins", joins(a, count));
  put(object, "join_states", count);
  put(object, "memory", memory(h));
  put(object, "tasks", tasks(a));
  put(object, "note", note(a->origin));
  put(object, "findings", findings(a));
  put(object, "finding_count", number(a->findings));
  return object;
}
