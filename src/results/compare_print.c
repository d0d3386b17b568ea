/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A comparison as text, Markdown, CSV, JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "results/compare.h"

enum { CELL = 160 };

/* ---- cells ----------------------------------------------------------------------------------- */

static bool is_time(const struct comparisons *c) {
  size_t length = strlen(c->metric);
  return length > 3 && !strcmp(c->metric + length - 3, "_ns");
}

static void number(const struct comparisons *c, double x, char text[32]) {
  static const struct { double least, unit; const char *name; } times[] = {
      {1e9, 1e9, "s"}, {1e6, 1e6, "ms"}, {1e3, 1e3, "us"}, {0, 1, "ns"}};
  if (!is_time(c)) {
    snprintf(text, 32, "%.4g", x);
    return;
  }
  int i = 0;
  while (x < times[i].least) i++;
  double value = x / times[i].unit;
  snprintf(text, 32, "%.*f %s", value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, value, times[i].name);
}

static void median_cell(const struct comparisons *c, const struct side *s, char text[CELL]) {
  char middle[32], low[32], high[32];
  if (!s->n) {
    snprintf(text, CELL, "-");
    return;
  }
  number(c, s->median.middle, middle);
  if (isnan(s->median.low)) {
    snprintf(text, CELL, "%s (n = %zu)", middle, s->n);
    return;
  }
  number(c, s->median.low, low);
  number(c, s->median.high, high);
  snprintf(text, CELL, "%s (%s to %s)", middle, low, high);
}

static void ratio_cell(const struct comparison *c, char text[CELL]) {
  if (c->verdict == VERDICT_ALONE || !isfinite(c->ratio.middle)) snprintf(text, CELL, "-");
  else if (isnan(c->ratio.low)) snprintf(text, CELL, "%.3f", c->ratio.middle);
  else snprintf(text, CELL, "%.3f (%.3f to %.3f)", c->ratio.middle, c->ratio.low, c->ratio.high);
}

static void verdict_cell(const struct comparison *c, char text[CELL]) {
  size_t wrong = c->a.wrong + c->b.wrong;
  snprintf(text, CELL, "%s", verdict_names[c->verdict]);
  if (wrong) snprintf(text + strlen(text), CELL - strlen(text), "; %zu wrong run%s left out", wrong, wrong == 1 ? "" : "s");
  if (c->oversubscribed) snprintf(text + strlen(text), CELL - strlen(text), "; more workers than cores");
  if (compare_disturbed(c)) snprintf(text + strlen(text), CELL - strlen(text), "; others took %.0f %% of the cores", 100 * c->foreign);
}

/* ---- text and Markdown ----------------------------------------------------------------------- */

static int width_of(int width, const char *text) { return (int)strlen(text) > width ? (int)strlen(text) : width; }

static void print_text(const struct comparisons *c, FILE *out) {
  int w[5] = {0};
  char cell[CELL], pair[2 * CELL + 8];
  for (size_t i = 0; i < c->count; i++) {
    const struct comparison *r = &c->row[i];
    w[0] = width_of(w[0], r->title);
    snprintf(pair, sizeof pair, "%s: ", r->a.label);
    median_cell(c, &r->a, cell);
    w[1] = width_of(w[1], strcat(pair, cell));
    snprintf(pair, sizeof pair, "%s: ", r->b.label);
    median_cell(c, &r->b, cell);
    w[2] = width_of(w[2], strcat(pair, cell));
    ratio_cell(r, cell);
    w[3] = width_of(w[3], cell);
  }
  fprintf(out, "%s by %s: medians with 95 %% intervals, and the ratio of the second to the first\n\n", c->metric, c->by);
  for (size_t i = 0; i < c->count; i++) {
    const struct comparison *r = &c->row[i];
    char first[2 * CELL + 8], second[2 * CELL + 8], ratio[CELL], verdict[CELL];
    snprintf(first, sizeof first, "%s: ", r->a.label);
    median_cell(c, &r->a, cell);
    strcat(first, cell);
    if (r->b.label[0]) snprintf(second, sizeof second, "%s: ", r->b.label);
    else second[0] = 0;
    median_cell(c, &r->b, cell);
    if (r->b.label[0]) strcat(second, cell);
    ratio_cell(r, ratio);
    verdict_cell(r, verdict);
    fprintf(out, "%-*s  %-*s  %-*s  %-*s  %s\n", w[0], r->title, w[1], first, w[2], second, w[3], ratio, verdict);
  }
}

/* Text in a cell: a bar would end it. */
static void markdown(const char *text, FILE *out) {
  for (; *text; text++) {
    if (*text == '|' || *text == '\\' || *text == '<' || *text == '`') putc('\\', out);
    putc(*text == '\n' || *text == '\r' ? ' ' : *text, out);
  }
}

static void print_markdown(const struct comparisons *c, FILE *out) {
  fprintf(out, "| %s by %s | first | second | ratio | |\n|---|---|---|---|---|\n", c->metric, c->by);
  for (size_t i = 0; i < c->count; i++) {
    const struct comparison *r = &c->row[i];
    char cell[CELL];
    fputs("| ", out);
    markdown(r->title, out);
    for (int side = 0; side < 2; side++) {
      const struct side *s = side ? &r->b : &r->a;
      fputs(" | ", out);
      markdown(s->label, out);
      median_cell(c, s, cell);
      if (s->label[0]) fprintf(out, ": %s", cell);
    }
    ratio_cell(r, cell);
    fprintf(out, " | %s | ", cell);
    verdict_cell(r, cell);
    fprintf(out, "%s |\n", cell);
  }
}

static void print_skipped(const struct comparisons *c, FILE *out) {
  const json_t *one;
  size_t i;
  char title[512];
  json_array_foreach(c->skipped, i, one)
    fprintf(out, "%sskipped: %s: %s\n", i ? "" : "\n", run_title(one, title, sizeof title), run_text(one, "reason"));
}

/* ---- for programs ---------------------------------------------------------------------------- */

static json_t *real(double x) { return isfinite(x) ? json_real(x) : json_null(); }

static json_t *side_json(const struct side *s) {
  json_t *label = json_string(s->label);
  return json_pack("{so sI sI so so so}", "label", label ? label : json_null(), "n", (json_int_t)s->n, "wrong",
                   (json_int_t)s->wrong, "median", real(s->median.middle), "low", real(s->median.low), "high",
                   real(s->median.high));
}

static json_t *row_json(const struct comparison *r) {
  json_t *title = json_string(r->title);
  return json_pack("{so so so so so so so ss sb so}", "title", title ? title : json_null(), "a", side_json(&r->a), "b",
                   side_json(&r->b), "ratio", real(r->ratio.middle), "ratio_low", real(r->ratio.low), "ratio_high",
                   real(r->ratio.high), "p", real(r->p), "verdict", verdict_names[r->verdict], "oversubscribed",
                   (int)r->oversubscribed, "foreign_cpu", real(r->foreign));
}

static void print_json(const struct comparisons *c, FILE *out) {
  json_t *rows = json_array();
  for (size_t i = 0; i < c->count; i++) json_array_append_new(rows, row_json(&c->row[i]));
  json_t *object = json_pack("{ss ss ss so sO}", "schema", "pmbench-compare-1", "metric", c->metric, "by", c->by, "rows", rows,
                             "skipped", c->skipped);
  json_dumpf(object, out, JSON_INDENT(2));
  putc('\n', out);
  json_decref(object);
}

static void csv_cell(const char *text, const char *end, FILE *out) {
  bool quoted = strpbrk(text, ",\"\r\n");
  if (quoted) putc('"', out);
  for (; *text; text++) {
    if (*text == '"') putc('"', out);
    putc(*text, out);
  }
  fprintf(out, "%s%s", quoted ? "\"" : "", end);
}

static void csv_real(double x, const char *end, FILE *out) {
  if (isfinite(x)) fprintf(out, "%.9g", x);
  fputs(end, out);
}

static void print_csv(const struct comparisons *c, FILE *out) {
  fputs("title,metric,by,a,a_runs,a_median,a_low,a_high,b,b_runs,b_median,b_low,b_high,ratio,ratio_low,ratio_high,p,verdict\r\n", out);
  for (size_t i = 0; i < c->count; i++) {
    const struct comparison *r = &c->row[i];
    csv_cell(r->title, ",", out);
    csv_cell(c->metric, ",", out);
    csv_cell(c->by, ",", out);
    for (int side = 0; side < 2; side++) {
      const struct side *s = side ? &r->b : &r->a;
      csv_cell(s->label, ",", out);
      fprintf(out, "%zu,", s->n);
      csv_real(s->median.middle, ",", out);
      csv_real(s->median.low, ",", out);
      csv_real(s->median.high, ",", out);
    }
    csv_real(r->ratio.middle, ",", out);
    csv_real(r->ratio.low, ",", out);
    csv_real(r->ratio.high, ",", out);
    csv_real(r->p, ",", out);
    csv_cell(verdict_names[r->verdict], "\r\n", out);
  }
}

void compare_print(const struct comparisons *c, enum compare_format format, FILE *out) {
  switch (format) {
  case COMPARE_TEXT: print_text(c, out); print_skipped(c, out); return;
  case COMPARE_MARKDOWN: print_markdown(c, out); print_skipped(c, out); return;
  case COMPARE_CSV: print_csv(c, out); return;
  case COMPARE_JSON: print_json(c, out);
  }
}
