/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const verdict_names[] = {"~", "slower", "faster", "too few runs to tell", "nothing to compare with"};

static const double level = 0.95;
static const uint64_t seed = 1;

/* Keys that follow from another one: whoever compares by it means them, too. */
static const struct { const char *by, *follows; } following[] = {
    {"backend", "granularity"}, {"backend", "forced"}, {"granularity", "backend"}, {"granularity", "forced"},
    {"forced", "backend"}, {"forced", "granularity"}, {"fault_plan", "mode"}, {"mode", "fault_plan"}};
/* What the other side is measured against, where it is there. */
static const struct { const char *by, *value; } bases[] = {
    {"backend", "dram"}, {"capsule", "none"}, {"fault_plan", ""}, {"mode", "timed"}, {"procs", "1"}};
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

static bool alike(const json_t *x, const json_t *y) { return x == y || (x && y && json_equal(x, y)); }

/* The first key but `by` in which two runs differ; NULL: they belong together. */
static const char *difference(const json_t *x, const json_t *y, const char *by) {
  for (size_t i = 0; dataset_keys[i]; i++)
    if (!follows(by, dataset_keys[i]) && !alike(json_object_get(x, dataset_keys[i]), json_object_get(y, dataset_keys[i])))
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

/* Never a plain `dax` for what was forced, nor `emulated` without saying so. */
static void label_of(const json_t *run, const char *by, char *text, size_t bytes) {
  text_of(json_object_get(run, by), text, bytes);
  if (!strcmp(by, "backend") && json_is_true(json_object_get(run, "forced"))) {
    size_t used = strlen(text);
    snprintf(text + used, bytes - used, " (forced)");
  }
  if (!text[0]) snprintf(text, bytes, "%s", !strcmp(by, "fault_plan") ? "no faults" : "none");
}

static void title_of(const json_t *run, const char *by, char *text, size_t bytes) {
  static const struct { const char *key, *format; } parts[] = {
      {"workload", "%s"}, {"args", " %s"}, {"procs", ", %s workers"}, {"pin", ", pinned %s"}, {"backend", ", %s"},
      {"capsule", ", %s"}, {"fault_plan", ", %s"}};
  text[0] = 0;
  for (size_t i = 0; i < COUNT(parts); i++) {
    char value[256];
    size_t used = strlen(text);
    if (follows(by, parts[i].key)) continue;
    if (!strcmp(parts[i].key, "pin") && !strcmp(run_text(run, "pin"), "compact")) continue;
    label_of(run, parts[i].key, value, sizeof value);
    if (!strcmp(parts[i].key, "fault_plan") && !json_array_size(json_object_get(run, "fault_plan"))) continue;
    snprintf(text + used, bytes - used, !strcmp(parts[i].key, "procs") && !strcmp(value, "1") ? ", %s worker" : parts[i].format,
             value);
  }
  for (char *c = text; *c; c++)
    if ((unsigned char)*c < ' ') *c = ' ';             /* it is one line of a table */
}

/* ---- numbers --------------------------------------------------------------------------------- */

struct sample { double *x; size_t n, wrong; };

static void sample_add(struct sample *s, const json_t *run, const char *metric) {
  double x = run_number(run, metric);
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
  if (isnan(c->ratio.low)) return VERDICT_FEW;
  if ((c->ratio.low <= 1 && c->ratio.high >= 1) || c->p >= 1 - level) return VERDICT_SAME;
  return c->ratio.middle > 1 ? VERDICT_SLOWER : VERDICT_FASTER;
}

static void measure(struct comparison *c, struct sample *a, struct sample *b) {
  c->ratio = stats_ratio(b->x, b->n, a->x, a->n, level, seed);
  c->p = stats_rank_sum(a->x, a->n, b->x, b->n);
  c->a.n = a->n, c->b.n = b->n;
  c->a.wrong = a->wrong, c->b.wrong = b->wrong;
  c->a.median = stats_median(a->x, a->n, level);
  c->b.median = stats_median(b->x, b->n, level);
  c->verdict = judge(c);
  free(a->x);
  free(b->x);
}

/* ---- the rows -------------------------------------------------------------------------------- */

/* Runs of `d` that agree with `like` in all but `by`, and whose `by` is that of `value`. */
static struct sample sample_of(const struct dataset *d, const json_t *like, const json_t *value, const char *by,
                               const char *metric) {
  struct sample s = {0};
  json_t *run;
  size_t i;
  json_array_foreach(d->runs, i, run)
    if (!difference(run, like, by) && (!by || alike(json_object_get(run, by), json_object_get(value, by))))
      sample_add(&s, run, metric);
  return s;
}

static struct comparison *row_add(struct comparisons *out) {
  struct comparison *grown = realloc(out->row, (out->count + 1) * sizeof *grown);
  if (!grown) return NULL;
  out->row = grown;
  out->row[out->count] = (struct comparison){.p = NAN};
  return &out->row[out->count++];
}

static bool is_first(const json_t *runs, size_t i, const char *by, bool with_value) {
  const json_t *run = json_array_get(runs, i);
  for (size_t k = 0; k < i; k++) {
    const json_t *earlier = json_array_get(runs, k);
    if (!difference(run, earlier, by) && (!with_value || alike(json_object_get(run, by), json_object_get(earlier, by)))) return false;
  }
  return true;
}

/* Of the runs like runs[i]: the one that the others are measured against. */
static const json_t *base_of(const json_t *runs, size_t i, const char *by) {
  const json_t *like = json_array_get(runs, i), *run;
  size_t k;
  char value[128];
  const char *wanted = NULL;
  for (size_t b = 0; b < COUNT(bases); b++)
    if (!strcmp(bases[b].by, by)) wanted = bases[b].value;
  json_array_foreach(runs, k, run) {
    text_of(json_object_get(run, by), value, sizeof value);
    if (wanted && !strcmp(value, wanted) && !difference(run, like, by)) return run;
  }
  return like;
}

static void rows_by(const struct dataset *d, const char *by, const char *metric, struct comparisons *out) {
  const json_t *run, *other;
  size_t i, k;
  json_array_foreach(d->runs, i, run) {
    if (!is_first(d->runs, i, by, false)) continue;
    const json_t *base = base_of(d->runs, i, by);
    size_t before = out->count;
    json_array_foreach(d->runs, k, other) {
      if (difference(other, run, by) || alike(json_object_get(other, by), json_object_get(base, by)) ||
          !is_first(d->runs, k, by, true))
        continue;
      struct comparison *c = row_add(out);
      if (!c) return;
      struct sample a = sample_of(d, run, base, by, metric), b = sample_of(d, run, other, by, metric);
      title_of(run, by, c->title, sizeof c->title);
      label_of(base, by, c->a.label, sizeof c->a.label);
      label_of(other, by, c->b.label, sizeof c->b.label);
      c->oversubscribed = json_is_true(json_object_get(other, "oversubscribed"));
      measure(c, &a, &b);
    }
    if (out->count > before) continue;
    struct comparison *c = row_add(out);                   /* alone */
    if (!c) return;
    struct sample a = sample_of(d, run, base, by, metric), b = {0};
    title_of(run, by, c->title, sizeof c->title);
    label_of(base, by, c->a.label, sizeof c->a.label);
    measure(c, &a, &b);
  }
}

static void rows_of(const struct dataset *a, const struct dataset *b, const struct dataset *from, const char *metric, bool only_new,
                    struct comparisons *out) {
  const json_t *run, *other;
  size_t i, k;
  json_array_foreach(from->runs, i, run) {
    bool seen = !is_first(from->runs, i, NULL, false);
    if (only_new)
      json_array_foreach(a->runs, k, other) seen |= !difference(run, other, NULL);
    struct comparison *c = seen ? NULL : row_add(out);
    if (!c) continue;
    struct sample x = sample_of(a, run, NULL, NULL, metric), y = sample_of(b, run, NULL, NULL, metric);
    title_of(run, "", c->title, sizeof c->title);
    snprintf(c->a.label, sizeof c->a.label, "%.90s", a->directory);
    snprintf(c->b.label, sizeof c->b.label, "%.90s", b->directory);
    c->oversubscribed = json_is_true(json_object_get(run, "oversubscribed"));
    measure(c, &x, &y);
  }
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
    if (!alike(x, y)) return refuse(error, of_machine[i], x, y, "another machine; --across-machines compares them all the same");
  }
  return 0;
}

/* Inside a directory and between two: one host, one build type. */
static int check_runs(const struct dataset *a, const struct dataset *b, char *error) {
  static const char *const keys[] = {"host", "build_type"};
  const json_t *first = json_array_get(a->runs, 0), *run;
  for (int side = 0; side < 2; side++) {
    const struct dataset *d = side ? b : a;
    size_t i;
    if (!d) continue;
    json_array_foreach(d->runs, i, run)
      for (size_t k = 0; k < COUNT(keys); k++)
        if (!alike(json_object_get(first, keys[k]), json_object_get(run, keys[k])))
          return refuse(error, keys[k], json_object_get(first, keys[k]), json_object_get(run, keys[k]),
                        "not the same machine or build; --across-machines compares them all the same");
  }
  return 0;
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
  snprintf(error, PM_TEXT_MAX, by ? "--by %s: no two runs differ in it and in nothing else" : "no run of both with this number%s",
           by ? by : "");
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
  if (by) rows_by(a, by, options->metric, out);
  else {
    rows_of(a, b, a, options->metric, false, out);
    rows_of(a, b, b, options->metric, true, out);
  }
  json_array_extend(out->skipped, a->skipped);
  if (b) json_array_extend(out->skipped, b->skipped);
  return check_any_pair(out, a, b, by, error);
}

void comparisons_free(struct comparisons *c) {
  free(c->row);
  json_decref(c->skipped);
  *c = (struct comparisons){.row = NULL};
}

size_t compare_regressions(const struct comparisons *c, double share) {
  size_t n = 0;
  for (size_t i = 0; i < c->count; i++) n += c->row[i].verdict == VERDICT_SLOWER && c->row[i].ratio.low > 1 + share;
  return n;
}
