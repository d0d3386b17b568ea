/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

const char *const bench_unit_names[BENCH_UNITS] = {"ns", "GB/s", "count"};
static const double scale_least = 2;

bool bench_wanted(struct bench *b, struct bench_case *c) {
  bool wanted = !b->options.only;
  const char *key;
  json_t *value;
  if (!wanted) json_object_foreach(c->keys, key, value) {
    char text[32];
    if (json_is_integer(value)) snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
    wanted |= !strcmp(json_is_integer(value) ? text : json_is_string(value) ? json_string_value(value) : "", b->options.only);
  }
  if (wanted && bench_stopped(b)) wanted = false;
  else if (wanted) b->matched++;
  if (!wanted) json_decref(c->keys);
  return wanted;
}

static void put(json_t *o, const char *name, json_t *value) { json_object_set_new(o, name, value); }
static json_t *real(double x) { return isfinite(x) ? json_real(x) : json_null(); }

static struct bench_row *add(struct bench *b, const struct bench_case *c) {
  static struct bench_row lost;
  if (b->row_count == b->row_room) {
    size_t room = b->row_room ? 2 * b->row_room : 64;
    struct bench_row *rows = realloc(b->rows, room * sizeof *rows);
    if (!rows) return &lost;              /* the table has a hole; the object is written all the same */
    b->rows = rows;
    b->row_room = room;
  }
  struct bench_row *r = &b->rows[b->row_count++];
  *r = (struct bench_row){.kind = b->kind, .unit = c->unit};
  snprintf(r->heading, sizeof r->heading, "%s", c->heading);
  snprintf(r->label, sizeof r->label, "%s", c->label);
  snprintf(r->column, sizeof r->column, "%s", c->column);
  return r;
}

/* Its own keys first, then what every row has, then the numbers. */
static json_t *object_of(const struct bench *b, const struct bench_case *c) {
  json_t *o = json_object(), *value;
  const char *key;
  put(o, "schema", json_string("pmbench-bench-1"));
  json_object_foreach(b->about, key, value) json_object_set(o, key, value);
  put(o, "bench", json_string(b->kind->name));
  put(o, "path", json_string(b->options.path));
  put(o, "fs", json_string(b->fs));
  put(o, "granularity", json_string(b->granularity));
  put(o, "cores", json_integer(b->cores));
  put(o, "quick", json_boolean(b->options.quick));
  put(o, "clock_ns", json_real(b->clock_ns));
  put(o, "procs", json_integer(1));
  json_object_foreach(c->keys, key, value) json_object_set(o, key, value);
  put(o, "oversubscribed", json_boolean((unsigned)json_integer_value(json_object_get(o, "procs")) > b->cores));
  put(o, "unit", json_string(bench_unit_names[c->unit]));
  return o;
}

static void finish(struct bench *b, struct bench_case *c, const struct bench_row *r, json_t *o) {
  put(o, "suspect", json_boolean(r->suspect));
  put(o, "skipped", r->skipped[0] ? json_string(r->skipped) : json_null());
  if (b->options.row) b->options.row(b->options.context, o);
  json_decref(o);
  json_decref(c->keys);
}

void bench_skip_wanted(struct bench *b, struct bench_case *c, const char *why) {
  static const char *const numbers[] = {"median", "low", "high", "count", "scale"};
  struct bench_row *r = add(b, c);
  json_t *o = object_of(b, c);
  snprintf(r->skipped, sizeof r->skipped, "%s", why);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) put(o, numbers[i], json_null());
  put(o, "n", json_integer(0));
  put(o, "samples", json_array());
  finish(b, c, r, o);
}

void bench_record(struct bench *b, struct bench_case *c, double *samples, size_t n, uint64_t count, double scale) {
  if (!n) {                               /* nothing happened that could be measured */
    bench_skip_wanted(b, c, "no sample");
    return;
  }
  struct bench_row *r = add(b, c);
  json_t *o = object_of(b, c), *list = json_array();
  for (size_t i = 0; i < n; i++) json_array_append_new(list, real(samples[i]));
  r->n = n;
  r->value = stats_median(samples, n, 0.95);
  r->suspect = scale < scale_least;       /* not known: not suspect */
  put(o, "median", real(r->value.middle));
  put(o, "low", real(r->value.low));
  put(o, "high", real(r->value.high));
  put(o, "n", json_integer((json_int_t)n));
  put(o, "count", count ? json_integer((json_int_t)count) : json_null());
  put(o, "scale", real(scale));
  put(o, "samples", list);
  finish(b, c, r, o);
}

void bench_skip(struct bench *b, struct bench_case *c, const char *format, ...) {
  char why[160];
  va_list list;
  if (!bench_wanted(b, c)) return;
  va_start(list, format);
  vsnprintf(why, sizeof why, format, list);
  va_end(list);
  bench_skip_wanted(b, c, why);
}
