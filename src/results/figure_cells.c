/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/figure_cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* ---- cells ----------------------------------------------------------------------------------- */

struct cell *cells_find(const struct cells *cells, const char *key) {
  for (size_t i = 0; i < cells->count; i++)
    if (!strcmp(cells->cell[i].key, key)) return &cells->cell[i];
  return NULL;
}

struct cell *cells_at(struct cells *cells, const json_t *run, const char *key) {
  struct cell *cell = cells_find(cells, key);
  if (cell) return cell;
  cells->cell = realloc(cells->cell, (cells->count + 1) * sizeof *cells->cell);
  PM_CHECK(cells->cell);
  cell = &cells->cell[cells->count++];
  *cell = (struct cell){.key = strdup(key), .run = run};
  PM_CHECK(cell->key);
  return cell;
}

void cell_add(struct cell *cell, double x) {
  if (!(cell->n & (cell->n - 1))) { /* full at the powers of two */
    cell->x = realloc(cell->x, (cell->n ? 2 * cell->n : 1) * sizeof *cell->x);
    PM_CHECK(cell->x);
  }
  cell->x[cell->n++] = x;
}

void cells_free(struct cells *cells) {
  for (size_t i = 0; i < cells->count; i++) {
    free(cells->cell[i].key);
    free(cells->cell[i].x);
  }
  free(cells->cell);
  *cells = (struct cells){0};
}

/* ---- order ----------------------------------------------------------------------------------- */

static const char *const capsules[] = {"none", "beat", "fork", NULL};
static const char *const backends[] = {"dram", "file", "emulated", "dax", "image", NULL};
static const char *const kinds[] = {"kill", "hard", "exn", "stop", "crash", NULL};

static int place_in(const char *const *list, const char *name) {
  int i = 0;
  while (list[i] && strcmp(list[i], name)) i++;
  return i;
}

static int by_list(const json_t *a, const json_t *b, const char *key, const char *const *list) {
  const char *x = run_text(a, key), *y = run_text(b, key);
  int order = place_in(list, x) - place_in(list, y);
  return order ? order : strcmp(x, y);
}

static int by_plan(const json_t *a, const json_t *b) {
  const json_t *p = json_object_get(a, "fault_plan"), *q = json_object_get(b, "fault_plan");
  size_t n = json_array_size(p), m = json_array_size(q);
  for (size_t i = 0; i < n && i < m; i++) {
    const char *x = json_string_value(json_array_get(p, i)),
               *y = json_string_value(json_array_get(q, i));
    int order = strverscmp(x ? x : "", y ? y : "");
    if (order) return order;
  }
  return (n > m) - (n < m);
}

int cells_order(const json_t *a, const json_t *b) {
  double p = run_number(a, "procs"), q = run_number(b, "procs");
  int order = strverscmp(run_text(a, "workload"), run_text(b, "workload"));
  if (!order) order = strverscmp(run_text(a, "args"), run_text(b, "args"));
  if (!order) order = (p > q) - (p < q);
  if (!order) order = by_list(a, b, "backend", backends);
  if (!order) order = by_list(a, b, "capsule", capsules);
  if (!order) order = strcmp(run_text(b, "sched"), run_text(a, "sched")); /* steal before lock */
  return order ? order : by_plan(a, b);
}

static int by_run(const void *a, const void *b) {
  const struct cell *x = a, *y = b;
  int order = cells_order(x->run, y->run);
  return order ? order : strcmp(x->key, y->key);
}

void cells_sort(struct cells *cells) {
  if (cells->count) qsort(cells->cell, cells->count, sizeof *cells->cell, by_run);
}

static int by_rank(const void *a, const void *b) {
  const struct cell *x = a, *y = b;
  if (x->rank != y->rank) return x->rank < y->rank ? 1 : -1;
  int order = strcmp(x->label, y->label);
  return order ? order : run_backend_hue(x->run) - run_backend_hue(y->run);
}

void cells_rank(struct cells *cells) {
  if (cells->count) qsort(cells->cell, cells->count, sizeof *cells->cell, by_rank);
}

void cells_medians(struct cells *cells) {
  for (size_t i = 0; i < cells->count; i++)
    cells->cell[i].median = stats_median(cells->cell[i].x, cells->cell[i].n, 0.95);
}

/* ---- runs ------------------------------------------------------------------------------------ */

bool run_ended(const json_t *run) {
  return !*run_text(run, "error") && !json_is_false(json_object_get(run, "correct")) &&
         run_number(run, "wall_ns") > 0;
}
bool run_timed(const json_t *run) {
  return run_ended(run) && !strcmp(run_text(run, "mode"), "timed");
}
bool run_hollow(const json_t *run) { return json_is_true(json_object_get(run, "oversubscribed")); }

/* ---- names ----------------------------------------------------------------------------------- */

static bool continues(char c) { return ((unsigned char)c & 0xc0) == 0x80; }

/* The bytes of `text` that are whole characters and no more than `most`. */
static int whole(const char *text, size_t most) {
  size_t bytes = strnlen(text, most + 1);
  if (bytes > most)
    for (bytes = most; bytes && continues(text[bytes]);) bytes--;
  return (int)bytes;
}

/* The middle goes: a path says most at its end, a workload at its beginning. */
static void shorten(char *text) {
  enum { LONGEST = 44, HEAD = 18, TAIL = 24 };
  size_t bytes = strlen(text), tail = bytes - TAIL;
  if (bytes <= LONGEST) return;
  while (continues(text[tail])) tail++;
  char cut[LONGEST + 8];
  snprintf(cut, sizeof cut, "%.*s\u2026%s", whole(text, HEAD), text, text + tail);
  strcpy(text, cut);
}

/* What a workload does without being told need not be said. */
static const char *const defaults[] = {" --dist uniform"};

static void drop_defaults(char *text) {
  for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
    size_t bytes = strlen(defaults[i]);
    char *at = strstr(text, defaults[i]);
    if (at && (!at[bytes] || at[bytes] == ' ')) memmove(at, at + bytes, strlen(at + bytes) + 1);
  }
}

/* "8000000" as it would be typed: "8M". */
static void abbreviate(char *text) {
  static const struct { const char *zeros, *letter; } ends[] = {{"000000", "M"}, {"000", "k"}};
  for (char *word = text; *word;) {
    size_t length = strcspn(word, " "), digits = strspn(word, "0123456789"), i = 0;
    for (; i < 2 && digits == length && length > 4; i++) {
      size_t zeros = strlen(ends[i].zeros);
      if (length <= zeros || memcmp(word + length - zeros, ends[i].zeros, zeros)) continue;
      word[length - zeros] = *ends[i].letter;
      memmove(word + length - zeros + 1, word + length, strlen(word + length) + 1);
      length -= zeros - 1;
      break;
    }
    word += length;
    word += strspn(word, " ");
  }
}

char *run_workload_name(const json_t *run, char *text) {
  const char *args = run_text(run, "args"), *workload = run_text(run, "workload");
  char long_text[4096];
  snprintf(long_text, sizeof long_text, "%.*s%s%.*s", whole(workload, 64), workload,
           *args ? " " : "", whole(args, 4000), args);
  drop_defaults(long_text);
  abbreviate(long_text);
  shorten(long_text);
  snprintf(text, RUN_NAME_MAX, "%s", long_text);
  return text;
}

static void say(char *text, const char *more) {
  size_t used = strlen(text);
  snprintf(text + used, RUN_NAME_MAX - used, "%s%s", used ? ", " : "", more);
}

char *run_setup_name(const json_t *run, enum shown shown, char *text) {
  const json_t *fault;
  char part[RUN_NAME_MAX];
  double procs = run_number(run, "procs");
  size_t i;
  snprintf(text, RUN_NAME_MAX, "%.0f worker%s", procs, procs == 1 ? "" : "s");
  if (shown & SHOW_BACKEND) say(text, run_backend_name(run, part));
  if (shown & SHOW_CAPSULE) say(text, run_capsule_name(run, part));
  if (!(shown & SHOW_FAULTS)) return text;
  json_array_foreach(json_object_get(run, "fault_plan"), i, fault) {
    const char *plan = json_string_value(fault);
    snprintf(part, sizeof part, "%.*s", whole(plan ? plan : "?", 60), plan ? plan : "?");
    say(text, part);
  }
  const char *settings = run_text(run, "settings");
  snprintf(part, sizeof part, "%.*s", whole(settings, 60), settings);
  if (*part) say(text, part);
  return text;
}

char *run_backend_name(const json_t *run, char *text) {
  const char *backend = run_text(run, "backend");
  bool claims = !strcmp(backend, "dax") && !json_is_false(json_object_get(run, "forced"));
  snprintf(text, RUN_NAME_MAX, "%.*s%s", whole(backend, 60), backend, claims ? " (forced)" : "");
  return text;
}

char *run_capsule_name(const json_t *run, char *text) {
  const char *capsule = run_text(run, "capsule"), *sched = run_text(run, "sched");
  bool steals = !*sched || !strcmp(sched, "steal");
  snprintf(text, RUN_NAME_MAX, "%.*s%s%.*s", whole(capsule, 40), capsule, steals ? "" : ", ",
           steals ? 0 : whole(sched, 40), sched);
  return text;
}

int run_capsule_hue(const json_t *run) {
  const char *sched = run_text(run, "sched");
  int hue = 1 + place_in(capsules, run_text(run, "capsule"));
  return *sched && strcmp(sched, "steal") ? hue + 4 : hue;
}
int run_backend_hue(const json_t *run) { return 1 + place_in(backends, run_text(run, "backend")); }
int fault_kind_hue(const char *kind) { return 2 + place_in(kinds, kind); }

/* ---- CSV ------------------------------------------------------------------------------------- */

/* gnuplot ends a field at a comma or a quote inside it, and leaves to its SVG what SVG does not
 * allow. */
static const struct {
  char from;
  const char *to;
} instead[] = {{',', " \u00b7"}, {'"', "'"}, {'\\', "/"}, {'>', "\u203a"}, {'&', "\uff06"}};

void csv_text(FILE *csv, bool first, const char *text) {
  fputs(first ? "\"" : ",\"", csv);
  for (const char *c = text; *c; c++) {
    size_t i = 0;
    while (i < sizeof instead / sizeof *instead && *c != instead[i].from) i++;
    if (i < sizeof instead / sizeof *instead) fputs(instead[i].to, csv);
    else putc((unsigned char)*c < 0x20 || *c == 0x7f ? ' ' : *c, csv);
  }
  putc('"', csv);
}

void csv_number(FILE *csv, double x) {
  if (isfinite(x)) fprintf(csv, ",%.6g", x);
  else fputs(",nan", csv);
}
