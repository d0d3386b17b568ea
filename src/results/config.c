/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From YAML to struct config, by a table of keys.
 *
 * libyaml's document tree and no libcyaml: that one, tried, takes an empty file and all documents
 * after the first for success, gives a misspelt or repeated key the line of what stands before it,
 * and none to the values it returns, so that a walk of this size would be needed beside it in any
 * case. Here each node has its line.
 */
#include "results/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/units.h"
#include "pmrun.h"

enum { DEPTH_MAX = 100 };

#define NAME_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

/* ---- what a configuration owns --------------------------------------------------------------- */

struct chunk { struct chunk *next; _Alignas(16) char bytes[]; };
struct config_store {
  struct chunk *chunks;
  yaml_document_t document;               /* owns the texts */
  bool loaded;
};

struct reader {
  struct config *c;
  yaml_document_t *document;
  char *error;
};

void *config_keep(struct config *c, size_t n, size_t size) {
  struct chunk *chunk = calloc(1, sizeof *chunk + (n ? n : 1) * size);
  if (!chunk) return NULL;
  chunk->next = c->store->chunks;
  c->store->chunks = chunk;
  return chunk->bytes;
}

void config_free(struct config *c) {
  for (struct chunk *chunk = c->store ? c->store->chunks : NULL, *next; chunk; chunk = next) {
    next = chunk->next;
    free(chunk);
  }
  if (c->store && c->store->loaded) yaml_document_delete(&c->store->document);
  free(c->store);
  free(c->text);
  *c = (struct config){0};
}

/* ---- errors ---------------------------------------------------------------------------------- */

int config_fail(const struct config *c, unsigned line, char *error, const char *format, ...) {
  va_list list;
  int used = line ? snprintf(error, PM_TEXT_MAX, "%.200s:%u: ", c->path, line)
                  : snprintf(error, PM_TEXT_MAX, "%.200s: ", c->path);
  va_start(list, format);
  vsnprintf(error + used, PM_TEXT_MAX - (size_t)used, format, list);
  va_end(list);
  return PM_E_USAGE;
}

static unsigned line_of(const yaml_node_t *node) { return (unsigned)node->start_mark.line + 1; }

#define FAIL(r, node, ...) config_fail((r)->c, line_of(node), (r)->error, __VA_ARGS__)

static int no_memory(struct reader *r) {
  return config_fail(r->c, 0, r->error, "no memory to read it");
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static yaml_node_t *node_at(struct reader *r, int index) {
  return yaml_document_get_node(r->document, index);
}

static size_t item_count(const yaml_node_t *list) {
  return (size_t)(list->data.sequence.items.top - list->data.sequence.items.start);
}

static yaml_node_t *item(struct reader *r, const yaml_node_t *list, size_t i) {
  return node_at(r, list->data.sequence.items.start[i]);
}

static const char *kind_of(const yaml_node_t *node) {
  return node->type == YAML_SEQUENCE_NODE  ? "a list"
         : node->type == YAML_MAPPING_NODE ? "a group of keys"
                                           : "a value";
}

static int wrong_kind(struct reader *r, const char *key, const yaml_node_t *node,
                      const char *wanted) {
  return FAIL(r, node, "%.60s: %s; write %s", key, kind_of(node), wanted);
}

static int take_text(struct reader *r, const char *key, const yaml_node_t *node,
                     const char **text) {
  if (node->type != YAML_SCALAR_NODE) return wrong_kind(r, key, node, "one value");
  const char *value = (const char *)node->data.scalar.value;
  if (strlen(value) != node->data.scalar.length)
    return FAIL(r, node, "%.60s: a zero byte in its value", key);
  if (!*value) return FAIL(r, node, "%.60s: its value is missing", key);
  *text = value;
  return 0;
}

/* ---- values ---------------------------------------------------------------------------------- */

static int take_choice(struct reader *r, const char *key, const yaml_node_t *node,
                       struct config_choice *choice) {
  bool list = node->type == YAML_SEQUENCE_NODE;
  size_t count = list ? item_count(node) : 1;
  if (!count) return FAIL(r, node, "%.60s: a list without values", key);
  if (count > CONFIG_CHOICES_MAX)
    return FAIL(r, node, "%.60s: more than %d values", key, CONFIG_CHOICES_MAX);
  const char **texts = config_keep(r->c, count, sizeof *texts);
  if (!texts) return no_memory(r);
  *choice = (struct config_choice){texts, (unsigned)count, line_of(node)};
  int code = 0;
  for (size_t i = 0; !code && i < count; i++)
    code = take_text(r, key, list ? item(r, node, i) : node, &texts[i]);
  return code;
}

/* A value, or a list of them, of which each may be a list again. */
static int take_axis(struct reader *r, const char *key, const yaml_node_t *node,
                     struct config_axis *axis) {
  bool list = node->type == YAML_SEQUENCE_NODE;
  size_t count = list ? item_count(node) : 1;
  if (!count) return FAIL(r, node, "%.60s: a list without values", key);
  if (count > CONFIG_CHOICES_MAX)
    return FAIL(r, node, "%.60s: more than %d values", key, CONFIG_CHOICES_MAX);
  struct config_choice *choices = config_keep(r->c, count, sizeof *choices);
  *axis = (struct config_axis){key, choices, (unsigned)count, line_of(node)};
  if (!choices) return no_memory(r);
  int code = 0;
  for (size_t i = 0; !code && i < count; i++)
    code = take_choice(r, key, list ? item(r, node, i) : node, &axis->choices[i]);
  return code;
}

/* ---- keys ------------------------------------------------------------------------------------ */

enum place { IN_FILE = 1, IN_BLOCK = 2, IN_MATRIX = 4, IN_WORKLOAD = 8 };

struct key {
  const char *name;
  int places;
  int (*take)(struct reader *, const struct key *, const yaml_node_t *, void *target);
  size_t offset;                          /* in the target, a block or a workload */
  uint64_t least;
};

static int take_keys(struct reader *r, enum place place, const yaml_node_t *node, void *target);

static int take_name(struct reader *r, const struct key *key, const yaml_node_t *node,
                     void *target) {
  const char **name = (const char **)((char *)target + key->offset);
  int code = take_text(r, key->name, node, name);
  if (code) return code;
  if (**name != '.' && !(*name)[strspn(*name, NAME_BYTES)] && strlen(*name) < CONFIG_NAME_MAX)
    return 0;
  return FAIL(r, node,
              "%s: %.80s: a name is of letters, digits, \"-\", \"_\" and \".\", %d at most", key->name, *name, CONFIG_NAME_MAX - 1);
}

static int take_workload_name(struct reader *r, const struct key *key, const yaml_node_t *node,
                              void *target) {
  return take_text(r, key->name, node, &((struct config_workload *)target)->name);
}

static int take_count(struct reader *r, const struct key *key, const yaml_node_t *node,
                      void *target) {
  uint64_t *value = (uint64_t *)((char *)target + key->offset);
  const char *text = NULL;
  char option[64], reason[PM_TEXT_MAX];
  int code = take_text(r, key->name, node, &text);
  if (code) return code;
  snprintf(option, sizeof option, "%s:", key->name);
  if (pm_units_count(option, text, value, reason)) return FAIL(r, node, "%s", reason);
  if (*value >= key->least) return 0;
  return FAIL(r, node, "%s: %s: must be greater than 0", key->name, text);
}

static int take_option(struct reader *r, const struct key *key, const yaml_node_t *node,
                       void *target) {
  return take_axis(r, key->name, node, (struct config_axis *)((char *)target + key->offset));
}

static int take_timeout(struct reader *r, const struct key *key, const yaml_node_t *node,
                        void *target) {
  if (node->type != YAML_SCALAR_NODE) return wrong_kind(r, key->name, node, "one value");
  return take_option(r, key, node, target);
}

static int take_arg(struct reader *r, const yaml_node_pair_t *pair, struct config_workload *w) {
  const char *name = NULL;
  const yaml_node_t *key = node_at(r, pair->key);
  int code = take_text(r, "args", key, &name);
  if (code) return code;
  for (unsigned i = 0; i < w->arg_count; i++)
    if (!strcmp(w->args[i].name, name)) return FAIL(r, key, "%.60s: given twice", name);
  return take_axis(r, name, node_at(r, pair->value), &w->args[w->arg_count++]);
}

static int take_args(struct reader *r, const struct key *key, const yaml_node_t *node,
                     void *target) {
  struct config_workload *w = target;
  if (node->type != YAML_MAPPING_NODE)
    return wrong_kind(r, key->name, node, "the workload's options: args: {n: [35, 40]}");
  const yaml_node_pair_t *from = node->data.mapping.pairs.start, *to = node->data.mapping.pairs.top;
  w->args = config_keep(r->c, (size_t)(to - from), sizeof *w->args);
  if (!w->args) return no_memory(r);
  int code = 0;
  for (const yaml_node_pair_t *pair = from; !code && pair < to; pair++)
    code = take_arg(r, pair, w);
  return code;
}

/* Its name alone, or {name: ..., args: ...}. */
static int take_workload(struct reader *r, const yaml_node_t *node, struct config_workload *w) {
  w->line = line_of(node);
  if (node->type == YAML_SCALAR_NODE) return take_text(r, "workload", node, &w->name);
  if (node->type != YAML_MAPPING_NODE)
    return wrong_kind(r, "workload", node, "a name, or {name: fib, args: {n: 35}}");
  int code = take_keys(r, IN_WORKLOAD, node, w);
  if (!code && !w->name) code = FAIL(r, node, "workload: its name is missing; write {name: fib}");
  return code;
}

static int take_workloads(struct reader *r, const struct key *key, const yaml_node_t *node,
                          void *target) {
  struct config_block *b = target;
  bool list = node->type == YAML_SEQUENCE_NODE;
  size_t count = list ? item_count(node) : 1;
  if (!count) return FAIL(r, node, "%s: a list without values", key->name);
  if (count > CONFIG_CHOICES_MAX)
    return FAIL(r, node, "%s: more than %d values", key->name, CONFIG_CHOICES_MAX);
  b->workloads = config_keep(r->c, count, sizeof *b->workloads);
  b->workload_count = (unsigned)count;
  if (!b->workloads) return no_memory(r);
  int code = 0;
  for (size_t i = 0; !code && i < count; i++)
    code = take_workload(r, list ? item(r, node, i) : node, &b->workloads[i]);
  return code;
}

static int take_matrix(struct reader *r, const struct key *key, const yaml_node_t *node,
                       void *target) {
  (void)key;
  return take_keys(r, IN_MATRIX, node, target);
}

/* Read once the rest of the file is. */
static int skip_blocks(struct reader *r, const struct key *key, const yaml_node_t *node,
                       void *target) {
  (void)target;
  if (node->type != YAML_SEQUENCE_NODE) return wrong_kind(r, key->name, node, "a list of blocks");
  return item_count(node) ? 0 : FAIL(r, node, "%s: a list without values", key->name);
}

#define AT(field) offsetof(struct config_block, field)
#define OPTION(text, where, id) \
  {text, where, take_option, AT(axes) + (id) * sizeof(struct config_axis), 0}
static const struct key keys[] = {
    {"name", IN_FILE | IN_BLOCK, take_name, AT(name), 0},
    {"runs", IN_FILE | IN_BLOCK, take_count, AT(runs), 1},
    {"warmup", IN_FILE | IN_BLOCK, take_count, AT(warmup), 0},
    {"seed", IN_FILE | IN_BLOCK, take_count, AT(seed), 0},
    {"timeout", IN_FILE | IN_BLOCK, take_timeout,
     AT(axes) + CONFIG_TIMEOUT * sizeof(struct config_axis), 0},
    {"matrix", IN_FILE | IN_BLOCK, take_matrix, 0, 0},
    {"blocks", IN_FILE, skip_blocks, 0, 0},
    {"workload", IN_MATRIX, take_workloads, 0, 0},
    OPTION("backend", IN_MATRIX, CONFIG_BACKEND),
    OPTION("capsule", IN_MATRIX, CONFIG_CAPSULE),
    OPTION("procs", IN_MATRIX, CONFIG_PROCS),
    OPTION("pin", IN_MATRIX, CONFIG_PIN),
    OPTION("fault", IN_MATRIX, CONFIG_FAULT),
    OPTION("slots", IN_MATRIX, CONFIG_SLOTS),
    OPTION("stack", IN_MATRIX, CONFIG_STACK),
    OPTION("region-size", IN_MATRIX, CONFIG_REGION_SIZE),
    OPTION("respawn-delay", IN_MATRIX, CONFIG_RESPAWN_DELAY),
    OPTION("watchdog", IN_MATRIX, CONFIG_WATCHDOG),
    {"name", IN_WORKLOAD, take_workload_name, 0, 0},
    {"args", IN_WORKLOAD, take_args, 0, 0},
};
enum { KEYS = sizeof keys / sizeof *keys };
_Static_assert(KEYS <= 64, "one bit of `seen` each");

static int unknown_key(struct reader *r, enum place place, const yaml_node_t *node,
                       const char *name) {
  char known[256] = "";
  size_t used = 0;
  for (int i = 0; i < KEYS; i++)
    if (keys[i].places & (int)place)
      used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "",
                               keys[i].name);
  return FAIL(r, node, "%.60s: no such key here; there are %s", name, known);
}

static int take_keys(struct reader *r, enum place place, const yaml_node_t *node, void *target) {
  if (node->type != YAML_MAPPING_NODE)
    return FAIL(r, node, "%s; write keys and their values, like `runs: 10`", kind_of(node));
  uint64_t seen = 0;
  int code = 0;
  const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
  for (; !code && pair < node->data.mapping.pairs.top; pair++) {
    const yaml_node_t *key = node_at(r, pair->key);
    const char *name = NULL;
    if ((code = take_text(r, "a key", key, &name))) return code;
    int i = 0;
    while (i < KEYS && (!(keys[i].places & (int)place) || strcmp(keys[i].name, name))) i++;
    if (i == KEYS) return unknown_key(r, place, key, name);
    if (seen >> i & 1) return FAIL(r, key, "%s: given twice", name);
    seen |= UINT64_C(1) << i;
    code = keys[i].take(r, &keys[i], node_at(r, pair->value), target);
  }
  return code;
}

/* ---- the file -------------------------------------------------------------------------------- */

static const yaml_node_t *value_of(struct reader *r, const yaml_node_t *node, const char *name) {
  const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
  for (; pair < node->data.mapping.pairs.top; pair++)
    if (!strcmp((const char *)node_at(r, pair->key)->data.scalar.value, name))
      return node_at(r, pair->value);
  return NULL;
}

static int take_block(struct reader *r, const yaml_node_t *node, struct config_block *block) {
  block->line = line_of(node);
  block->name = NULL;
  int code = take_keys(r, IN_BLOCK, node, block);
  if (!code && !block->workload_count)
    code = FAIL(r, node, "no workload; write `matrix: {workload: fib}`");
  return code;
}

/* The file's own name without its folder and ending, as far as a name may be of it. */
static void default_name(struct config *c) {
  const char *slash = strrchr(c->path, '/'), *from = slash ? slash + 1 : c->path;
  snprintf(c->name, sizeof c->name, "%.*s", (int)strcspn(from, "."), from);
  for (char *at = c->name; *(at += strspn(at, NAME_BYTES)); at++) *at = '-';
  if (!c->name[0]) snprintf(c->name, sizeof c->name, "campaign");
}

static int take_file(struct reader *r, const yaml_node_t *root) {
  struct config *c = r->c;
  struct config_block base = {.runs = 1, .seed = 1, .line = line_of(root)};
  int code = take_keys(r, IN_FILE, root, &base);
  if (code) return code;
  if (base.name) snprintf(c->name, sizeof c->name, "%s", base.name);
  else default_name(c);
  c->seed = base.seed;
  const yaml_node_t *list = value_of(r, root, "blocks");
  c->block_count = list ? (unsigned)item_count(list) : 1;
  c->blocks = config_keep(c, c->block_count, sizeof *c->blocks);
  if (!c->blocks) return no_memory(r);
  if (!list && !base.workload_count)
    return FAIL(r, root, "no workload; write `matrix: {workload: fib}`");
  for (unsigned i = 0; !code && i < c->block_count; i++) {
    c->blocks[i] = base;
    if (list) code = take_block(r, item(r, list, i), &c->blocks[i]);
  }
  return code;
}

static unsigned line_at(const struct config *c, size_t offset) {
  unsigned line = 1;
  for (size_t i = 0; i < offset && i < c->bytes; i++) line += c->text[i] == '\n';
  return line;
}

static int yaml_error(struct config *c, const yaml_parser_t *p, char *error) {
  bool bytes = p->error == YAML_READER_ERROR; /* it knows where, and not on which line */
  unsigned line = bytes ? line_at(c, p->problem_offset) : (unsigned)p->problem_mark.line + 1;
  if (p->error == YAML_MEMORY_ERROR) return config_fail(c, 0, error, "no memory to read it");
  return config_fail(c, line, error, "not YAML: %.120s%s%.120s", p->context ? p->context : "",
                     p->context ? ", " : "", p->problem ? p->problem : "unreadable");
}

static int parse(struct config *c, char *error) {
  yaml_parser_t parser;
  yaml_document_t second;
  struct reader r = {c, &c->store->document, error};
  if (!yaml_parser_initialize(&parser)) return config_fail(c, 0, error, "no memory to read it");
  yaml_parser_set_input_string(&parser, (const unsigned char *)c->text, c->bytes);
  int code = 0;
  c->store->loaded = yaml_parser_load(&parser, r.document);
  yaml_node_t *root = c->store->loaded ? yaml_document_get_root_node(r.document) : NULL;
  if (!c->store->loaded) code = yaml_error(c, &parser, error);
  else if (!root)
    code = config_fail(c, 1, error, "empty; write at least `matrix: {workload: fib}`");
  else code = take_file(&r, root);
  if (!code && !yaml_parser_load(&parser, &second)) code = yaml_error(c, &parser, error);
  else if (!code) {
    root = yaml_document_get_root_node(&second);
    if (root) code = FAIL(&r, root, "a second document; a configuration is one, with `blocks:`");
    yaml_document_delete(&second);
  }
  yaml_parser_delete(&parser);
  return code;
}

/* libyaml takes time with the square of the depth. Brackets in texts count too: nobody has as many of them. */
static int check_depth(const struct config *c, char *error) {
  unsigned line = 1;
  int depth = 0;
  for (size_t i = 0; i < c->bytes; i++) {
    char at = c->text[i];
    line += at == '\n';
    depth += (at == '[' || at == '{') - (at == ']' || at == '}');
    if (depth > DEPTH_MAX) return config_fail(c, line, error, "more than %d brackets inside each other", DEPTH_MAX);
  }
  return 0;
}

static int read_file(struct config *c, char *error) {
  FILE *f = fopen(c->path, "re");
  int code = f ? 0 : errno;
  c->text = malloc(CONFIG_BYTES_MAX + 1);
  if (!c->text) code = ENOMEM;
  if (!code) c->bytes = fread(c->text, 1, CONFIG_BYTES_MAX + 1, f);
  if (!code && ferror(f)) code = errno;
  if (f) fclose(f);
  if (code) return config_fail(c, 0, error, "%s", strerror(code));
  if (c->bytes > CONFIG_BYTES_MAX)
    return config_fail(c, 0, error, "more than 1 MiB: not a configuration");
  return check_depth(c, error);
}

int config_load(struct config *c, const char *path, char *error) {
  *c = (struct config){.path = path, .store = calloc(1, sizeof *c->store)};
  if (!c->store) return config_fail(c, 0, error, "no memory to read it");
  int code = read_file(c, error);
  return code ? code : parse(c, error);
}
