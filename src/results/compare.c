/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const verdict_names[] = {"~", "slower", "faster", "too few runs to tell", "nothing to compare with", "no ratio: it is 0"};

static const double level = 0.95;
static const uint64_t seed = 1;
static const double disturbed = 0.05;       /* share of the cores that others took: above it, times are theirs, too */

/* Keys that follow from another one: whoever compares by it means them, too. */
static const struct { const char *by, *follows; } following[] = {
    {"backend", "granularity"}, {"backend", "forced"}, {"backend", "fs"}, {"granularity", "backend"}, {"granularity", "forced"},
    {"granularity", "fs"}, {"forced", "backend"}, {"forced", "granularity"}, {"forced", "fs"}, {"fs", "backend"},
    {"fs", "granularity"}, {"fs", "forced"}, {"fault_plan", "mode"}, {"mode", "fault_plan"}, {"capsule", "settings"}};
static const char *const of_machine[] = {"cpu", "cores", "threads", "memory_bytes", "kernel", "governor", "smt"};

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- what belongs together ------------------------------------------------------------------- */

static bool follows(const char *by, const char *key) {
  if (!by) return false;
  if (!strcmp(by, key)) return true;
  for (size_t i = 0; i < COUNT(following); i++)
    if (!strcmp(following[i].by, by) && !strcmp(following[i].follows, key)) return true;
  return false;
}

/* The first key but `by` in which two runs differ; NULL: they belong together. */
static const char *difference(const json_t *x, const json_t *y, const char *by) {
  for (size_t i = 0; dataset_keys[i]; i++)
    if (!follows(by, dataset_keys[i]) && !value_same(json_object_get(x, dataset_keys[i]), json_object_get(y, dataset_keys[i])))
      return dataset_keys[i];
  return NULL;
}

static void text_of(const json_t *value, char *text, size_t bytes) {
  char *dumped = NULL;
  text[0] = 0;
  if (json_is_array(value))
    for (size_t i = 0; i < json_array_size(value); i++) {
      const char *one = json_string_value(json_array_get(value, i));
      size_t used = strlen(text);
      snprintf(text + used, bytes - used, "%s%s", used ? " + " : "", one ? one : "?");
    }
  else if (json_is_string(value)) snprintf(text, bytes, "%s", json_string_value(value));
  else if (value && !json_is_null(value) && (dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT)))
    snprintf(text, bytes, "%s", dumped);
  free(dumped);
}

static void append(char *text, size_t bytes, const char *separator, const char *more) {
  size_t used = strlen(text);
  snprintf(text + used, bytes - used, "%s%s", separator, more);
}

/* Never a plain `dax` for what was forced, nor `emulated` without saying so; a file is as fast as what it lies on. */
static void backend_of(const json_t *run, char *text, size_t bytes) {
  text_of(json_object_get(run, "backend"), text, bytes);
  if (json_is_true(json_object_get(run, "forced"))) append(text, bytes, " ", "(forced)");
  if (strcmp(text, "file") || !*run_text(run, "fs")) return;
  append(text, bytes, " on ", run_text(run, "fs"));
}

static void label_of(const json_t *run, const char *by, char *text, size_t bytes) {
  if (!strcmp(by, "backend")) backend_of(run, text, bytes);
  else text_of(json_object_get(run, by), text, bytes);
  if (!text[0]) snprintf(text, bytes, "%s", !strcmp(by, "fault_plan") ? "no faults" : "none");
  if (!strcmp(by, "capsule") && *run_text(run, "settings")) append(text, bytes, ", ", run_text(run, "settings"));
  if (strcmp(by, "backend") && follows(by, "backend")) {
    char backend[64];
    backend_of(run, backend, sizeof backend);
    append(text, bytes, ", ", backend);
  }
}

static void title_of(const json_t *run, const char *by, char *text, size_t bytes) {
  static const struct { const char *key, *format; } parts[] = {
      {"workload", "%s"}, {"args", " %s"}, {"procs", ", %s workers"}, {"pin", ", pinned %s"}, {"backend", ", %s"},
      {"capsule", ", %s"}, {"fault_plan", ", %s"}, {"settings", ", %s"}};
  text[0] = 0;
  for (size_t i = 0; i < COUNT(parts); i++) {
    char value[256];
    size_t used = strlen(text);
    if (follows(by, parts[i].key)) continue;
    if (!strcmp(parts[i].key, "pin") && !strcmp(run_text(run, "pin"), "compact")) continue;
    if (value_same(json_object_get(run, parts[i].key), NULL)) continue;
    if (!strcmp(parts[i].key, "backend")) backend_of(run, value, sizeof value);
    else text_of(json_object_get(run, parts[i].key), value, sizeof value);
    snprintf(text + used, bytes - used, !strcmp(parts[i].key, "procs") && !strcmp(value, "1") ? ", %s worker" : parts[i].format,
             value);
  }
  for (char *c = text; *c; c++)
    if ((unsigned char)*c < ' ') *c = ' ';             /* it is one line of a table */
}

/* ---- numbers --------------------------------------------------------------------------------- */

struct sample { double *x; size_t n, wrong; double foreign; };

static void sample_add(struct sample *s, const json_t *run, const char *metric) {
  double x = run_number(run, metric), foreign = run_number(run, "foreign_cpu");
  if (foreign > s->foreign) s->foreign = foreign;
  if (json_is_false(json_object_get(run, "correct")) || json_is_string(json_object_get(run, "error"))) {
    s->wrong++;
    return;
  }
  double *grown = isnan(x) ? NULL : realloc(s->x, (s->n + 1) * sizeof *grown);
  if (!grown) return;
  s->x = grown;
  s->x[s->n++] = x;
}

static enum verdict judge(const struct comparison *c) {
  if (!c->a.n || !c->b.n) return VERDICT_ALONE;
  if (!isfinite(c->ratio.middle) || isnan(c->ratio.low)) return c->a.n < 5 || c->b.n < 5 ? VERDICT_FEW : VERDICT_NOTHING;
  if ((c->ratio.low <= 1 && c->ratio.high >= 1) || c->p >= 1 - level) return VERDICT_SAME;
  return c->ratio.middle > 1 ? VERDICT_SLOWER : VERDICT_FASTER;
}

static void measure(struct comparison *c, struct sample *a, struct sample *b) {
  c->ratio = stats_ratio(b->x, b->n, a->x, a->n, level, seed);
  c->p = stats_rank_sum(a->x, a->n, b->x, b->n);
  c->a.n = a->n, c->b.n = b->n;
  c->a.wrong = a->wrong, c->b.wrong = b->wrong;
  c->foreign = a->foreign > b->foreign ? a->foreign : b->foreign;
  c->a.median = stats_median(a->x, a->n, level);
  c->b.median = stats_median(b->x, b->n, level);
  c->verdict = judge(c);
  free(a->x);
  free(b->x);
}

/* ---- the rows -------------------------------------------------------------------------------- */

/* Runs of `d` that agree with `like` in every key. */
static struct sample sample_of(const struct dataset *d, const json_t *like, const char *metric) {
  struct sample s = {0};
  json_t *run;
  size_t i;
  json_array_foreach(d->runs, i, run)
    if (run_same(run, like, NULL)) sample_add(&s, run, metric);
  return s;
}

static struct comparison *row_add(struct comparisons *out) {
  struct comparison *grown = realloc(out->row, (out->count + 1) * sizeof *grown);
  if (!grown) return NULL;
  out->row = grown;
  out->row[out->count] = (struct comparison){.p = NAN};
  return &out->row[out->count++];
}

/* One run of each configuration, in the order of the summary; to be freed. */
static const json_t **configurations(const struct dataset *d, const struct dataset *more, size_t *count) {
  size_t n = json_array_size(d->runs), m = more ? json_array_size(more->runs) : 0, k = 0;
  const json_t **list = calloc(n + m + 1, sizeof *list);
  for (size_t i = 0; list && i < n + m; i++) {
    const json_t *run = i < n ? json_array_get(d->runs, i) : json_array_get(more->runs, i - n);
    size_t at = 0;
    while (at < k && run_order(list[at], run) < 0) at++;
    if (at < k && run_same(list[at], run, NULL)) continue;
    memmove(list + at + 1, list + at, (k++ - at) * sizeof *list);
    list[at] = run;
  }
  *count = list ? k : 0;
  return list;
}

static void side_of(struct comparisons *out, const struct dataset *d, const char *by, const json_t *base, const json_t *other) {
  struct comparison *c = row_add(out);
  if (!c) return;
  struct sample a = sample_of(d, base, out->metric), b = {0};
  if (other) b = sample_of(d, other, out->metric);
  title_of(base, by, c->title, sizeof c->title);
  label_of(base, by, c->a.label, sizeof c->a.label);
  if (other) label_of(other, by, c->b.label, sizeof c->b.label);
  c->oversubscribed = json_is_true(json_object_get(base, "oversubscribed")) ||
                      (other && json_is_true(json_object_get(other, "oversubscribed")));
  measure(c, &a, &b);
}

/* Those that differ in `by`, and in what follows from it, from the first one: its value comes first in value_order(). */
static void rows_by(const struct dataset *d, const char *by, struct comparisons *out) {
  size_t n, before;
  const json_t **list = configurations(d, NULL, &n);
  for (size_t i = 0; i < n; i++) {
    const json_t *base = list[i];
    bool taken = false;
    for (size_t k = 0; k < n; k++) {
      if (difference(list[k], base, by)) continue;
      int order = value_order(json_object_get(list[k], by), json_object_get(base, by));
      taken |= order < 0 || (order == 0 && k < i);
    }
    if (taken) continue;                                   /* another one is the base of these */
    before = out->count;
    for (size_t k = 0; k < n; k++)
      if (!difference(list[k], base, by) && !value_same(json_object_get(list[k], by), json_object_get(base, by)))
        side_of(out, d, by, base, list[k]);
    if (out->count == before) side_of(out, d, by, base, NULL);
  }
  free(list);
}

static void rows_of(const struct dataset *a, const struct dataset *b, struct comparisons *out) {
  size_t n;
  const json_t **list = configurations(a, b, &n);
  for (size_t i = 0; i < n; i++) {
    struct comparison *c = row_add(out);
    if (!c) break;
    struct sample x = sample_of(a, list[i], out->metric), y = sample_of(b, list[i], out->metric);
    title_of(list[i], "", c->title, sizeof c->title);
    snprintf(c->a.label, sizeof c->a.label, "%.90s", a->directory);
    snprintf(c->b.label, sizeof c->b.label, "%.90s", b->directory);
    c->oversubscribed = json_is_true(json_object_get(list[i], "oversubscribed"));
    measure(c, &x, &y);
  }
  free(list);
}

/* ---- what does not --------------------------------------------------------------------------- */

static int refuse(char *error, const char *what, const json_t *x, const json_t *y, const char *advice) {
  char a[120], b[120];
  text_of(x, a, sizeof a);
  text_of(y, b, sizeof b);
  snprintf(error, PM_TEXT_MAX, "%s differs (%s; %s): %s", what, a[0] ? a : "nothing", b[0] ? b : "nothing", advice);
  return -1;
}

static int check_machines(const struct dataset *a, const struct dataset *b, char *error) {
  for (size_t i = 0; a->machine && b->machine && i < COUNT(of_machine); i++) {
    const json_t *x = json_object_get(a->machine, of_machine[i]), *y = json_object_get(b->machine, of_machine[i]);
    if (!value_same(x, y)) return refuse(error, of_machine[i], x, y, "another machine; --across-machines compares them all the same");
  }
  return 0;
}

/* Inside a directory and between two: one host, one build type. */
/* The first run of `workload` in either that says `key`, and what. A record that does not say it - of a program without such a
 * library, or an older one - is not another. */
static const json_t *first_said(const struct dataset *a, const struct dataset *b, const char *workload, const char *key) {
  const json_t *run;
  size_t i;
  for (int side = 0; side < 2; side++) {
    if (side && !b) break;
    json_array_foreach((side ? b : a)->runs, i, run)
      if (json_object_get(run, key) && !strcmp(run_text(run, "workload"), workload)) return json_object_get(run, key);
  }
  return NULL;
}

static int check_runs(const struct dataset *a, const struct dataset *b, char *error) {
  static const char *const keys[] = {"host", "build_type", "library"};
  static const char other[] = "not the same machine or build; --across-machines compares them all the same";
  const json_t *first = json_array_get(a->runs, 0), *run;
  for (int side = 0; side < 2; side++) {
    const struct dataset *d = side ? b : a;
    size_t i;
    if (!d) continue;
    json_array_foreach(d->runs, i, run)
      for (size_t k = 0; k < COUNT(keys); k++) {
        bool library = k + 1 == COUNT(keys);
        const json_t *x = library ? first_said(a, b, run_text(run, "workload"), keys[k]) : json_object_get(first, keys[k]);
        const json_t *y = json_object_get(run, keys[k]);
        if (!(library && !y) && !value_same(x, y)) return refuse(error, keys[k], x, y, other);
      }
  }
  return 0;
}

/* Two runs that differ in `by`, and the first other key in which they do. */
static const char *also_differs(const struct dataset *d, const char *by, const json_t **x, const json_t **y) {
  size_t n = json_array_size(d->runs);
  *x = json_array_get(d->runs, 0);
  for (size_t i = 1; i < n; i++) {
    *y = json_array_get(d->runs, i);
    if (!value_same(json_object_get(*x, by), json_object_get(*y, by))) return difference(*x, *y, by);
  }
  return NULL;
}

static int check_any_pair(const struct comparisons *c, const struct dataset *a, const struct dataset *b, const char *by, char *error) {
  for (size_t i = 0; i < c->count; i++)
    if (c->row[i].verdict != VERDICT_ALONE) return 0;
  const json_t *x = json_array_get(a->runs, 0), *y = b ? json_array_get(b->runs, 0) : NULL;
  const char *key = y ? difference(x, y, NULL) : NULL;
  if (key) {
    char advice[160];
    snprintf(advice, sizeof advice, "nothing in common; for one directory: `pmbench compare DIR --by %s`", key);
    return refuse(error, key, json_object_get(x, key), json_object_get(y, key), advice);
  }
  if (!by) {
    snprintf(error, PM_TEXT_MAX, "no run of both with this number");
    return -1;
  }
  const json_t *p, *q;
  char what[160];
  key = also_differs(a, by, &p, &q);
  snprintf(what, sizeof what, "--by %.40s: no two runs differ in it alone; %s", by, key ? key : "it");
  if (key) return refuse(error, what, json_object_get(p, key), json_object_get(q, key), "too; compare by that, or measure runs that agree in it");
  snprintf(error, PM_TEXT_MAX, "--by %.80s: all runs have the same one; compare by a key in which they differ", by);
  return -1;
}

static int check_key(const struct dataset *d, const char *by, const char *option, bool number, char *error) {
  const json_t *run;
  size_t i;
  json_array_foreach(d->runs, i, run) {
    const json_t *value = json_object_get(run, by);
    if (number ? json_is_number(value) : value && !json_is_object(value)) return 0;
  }
  snprintf(error, PM_TEXT_MAX, "--%s %.80s: no run has %s of that name; `pmbench list columns` names them", option, by,
           number ? "a number" : "a key");
  return -1;
}

int compare(const struct dataset *a, const struct dataset *b, const struct compare_options *options, struct comparisons *out,
            char *error) {
  const char *by = options->by;
  *out = (struct comparisons){.skipped = json_array()};
  snprintf(out->by, sizeof out->by, "%s", by ? by : "directory");
  snprintf(out->metric, sizeof out->metric, "%s", options->metric);
  int code = check_key(a, options->metric, "metric", true, error);
  if (!code && by) code = check_key(a, by, "by", false, error);
  if (!code && !options->across_machines && b) code = check_machines(a, b, error);
  if (!code && !options->across_machines) code = check_runs(a, b, error);
  if (code) return code;
  if (by) rows_by(a, by, out);
  else rows_of(a, b, out);
  json_array_extend(out->skipped, a->skipped);
  if (b) json_array_extend(out->skipped, b->skipped);
  return check_any_pair(out, a, b, by, error);
}

void comparisons_free(struct comparisons *c) {
  free(c->row);
  json_decref(c->skipped);
  *c = (struct comparisons){.row = NULL};
}

bool compare_disturbed(const struct comparison *c) { return c->foreign > disturbed; }

size_t compare_regressions(const struct comparisons *c, double share) {
  size_t n = 0;
  for (size_t i = 0; i < c->count; i++)
    n += c->row[i].verdict == VERDICT_SLOWER && c->row[i].ratio.low > 1 + share && !compare_disturbed(&c->row[i]);
  return n;
}
