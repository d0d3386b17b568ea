/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables: one a heading, a line a label, a column each. A cell is "median low-high" in the unit of the median. */
#include <math.h>
#include <string.h>

#include "bench.h"

enum { CELL = 64, COLUMNS_MAX = 16, REASON_SHORT = 24, REASONS_MAX = 8 };

static void digits(double x, char text[16]) {
  snprintf(text, 16, "%.*f", fabs(x) >= 99.95 ? 0 : fabs(x) >= 9.995 ? 1 : 2, x);
}

/* What a number of this size is shown in. */
static double scaled(enum bench_unit unit, double x, const char **name) {
  static const struct { double factor; const char *name; } times[] = {{1e9, " s"}, {1e6, " ms"}, {1e3, " us"}, {1, " ns"}};
  *name = unit == BENCH_GB_S ? " GB/s" : "";
  if (unit != BENCH_NS) return 1;
  for (int i = 0; i < 3; i++)
    if (fabs(x) >= times[i].factor * 0.9995) {
      *name = times[i].name;
      return times[i].factor;
    }
  *name = times[3].name;
  return 1;
}

static void cell_of(const struct bench_row *r, char text[CELL]) {
  char middle[16], low[16], high[16];
  const char *unit;
  if (r->skipped[0]) {
    snprintf(text, CELL, "%.*s", REASON_SHORT, strlen(r->skipped) > REASON_SHORT ? "-" : r->skipped);
    return;
  }
  double factor = scaled(r->unit, r->value.middle, &unit);
  if (r->unit == BENCH_COUNT && floor(r->value.middle) >= r->value.middle) snprintf(middle, sizeof middle, "%.0f", r->value.middle);
  else digits(r->value.middle / factor, middle);
  digits(r->value.low / factor, low);
  digits(r->value.high / factor, high);
  const char *mark = r->suspect ? " (!)" : "";
  if (isnan(r->value.low)) snprintf(text, CELL, "%s%s%s", middle, unit, mark);
  else snprintf(text, CELL, "%s%s %s-%s%s", middle, unit, low, high, mark);
}

void bench_print_head(const struct bench *b, FILE *out) {
  fprintf(out, "%s: %s, granularity %s; %u core%s; a look at the clock takes %.1f ns with its fence, which is subtracted\n", b->options.path, b->fs,
          b->granularity, b->cores, b->cores == 1 ? "" : "s", b->clock_ns);
  fprintf(out, "Cells: median, and its 95 %% interval from order statistics.\n");
}

/* Below the table, what was too long for its cells; each once. */
static void print_reasons(const struct bench_row *rows, size_t n, FILE *out) {
  const char *said[REASONS_MAX];
  size_t count = 0;
  for (size_t i = 0; i < n && count < REASONS_MAX; i++) {
    bool again = strlen(rows[i].skipped) <= REASON_SHORT;
    for (size_t k = 0; k < count; k++) again |= !strcmp(said[k], rows[i].skipped);
    if (again) continue;
    said[count++] = rows[i].skipped;
    fprintf(out, "    -: %s\n", rows[i].skipped);
  }
}

/* One table: rows[0 .. n-1] have one heading. */
static void print_table(const struct bench_row *rows, size_t n, FILE *out) {
  const char *columns[COLUMNS_MAX];
  size_t width[COLUMNS_MAX], count = 0, label = 0;
  char cell[CELL];
  for (size_t i = 0; i < n; i++) {
    size_t k = 0;
    while (k < count && strcmp(columns[k], rows[i].column)) k++;
    if (k == COLUMNS_MAX) continue;
    if (k == count) {
      columns[count] = rows[i].column;
      width[count++] = strlen(rows[i].column);
    }
    cell_of(&rows[i], cell);
    if (strlen(cell) > width[k]) width[k] = strlen(cell);
    if (strlen(rows[i].label) > label) label = strlen(rows[i].label);
  }
  fprintf(out, "\n  %s\n    %-*s", rows[0].heading, (int)label, "");
  for (size_t k = 0; k < count; k++) fprintf(out, "  %*s", (int)width[k], columns[k]);
  for (size_t i = 0; i < n; i++) {
    bool first = true;
    for (size_t j = 0; j < i; j++) first &= strcmp(rows[j].label, rows[i].label) != 0;
    if (!first) continue;
    fprintf(out, "\n    %-*s", (int)label, rows[i].label);
    for (size_t k = 0; k < count; k++) {
      cell[0] = 0;
      for (size_t j = i; j < n; j++)
        if (!strcmp(rows[j].label, rows[i].label) && !strcmp(rows[j].column, columns[k])) {
          cell_of(&rows[j], cell);
          break;
        }
      fprintf(out, "  %*s", (int)width[k], cell);
    }
  }
  fputc('\n', out);
  print_reasons(rows, n, out);
}

void bench_print_rows(const struct bench *b, size_t first, FILE *out) {
  if (first == b->row_count) return;
  fprintf(out, "\n%s: %s\n", b->rows[first].kind->name, b->rows[first].kind->title);
  size_t suspect = 0;
  for (size_t end = first; first < b->row_count; first = end) {
    for (; end < b->row_count && !strcmp(b->rows[end].heading, b->rows[first].heading); end++) suspect += b->rows[end].suspect;
    print_table(b->rows + first, end - first, out);
  }
  if (suspect) fprintf(out, "\n  (!) the time does not grow with the work: something else was timed; do not trust it\n");
}
