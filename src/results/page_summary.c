/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One table of what ran, one of what could not; the machine; how to have it again. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "results/columns.h"
#include "results/figure_cells.h"
#include "results/page_parts.h"

/* ---- groups of like runs --------------------------------------------------------------------- */

struct group {
  const json_t *run;
  size_t runs, right, wrong, failed, faults;
  double *wall;
  size_t walls;
  double *serial;
  size_t serials;
};

static void add_run(struct group *g, const json_t *run) {
  const json_t *correct = json_object_get(run, "correct");
  if (!g->run) g->run = run;
  g->runs++;
  g->right += json_is_true(correct);
  g->wrong += json_is_false(correct);
  g->failed += !json_is_false(correct) && *run_text(run, "error");
  if (run_number(run, "faults") > 0) g->faults += (size_t)run_number(run, "faults");
  if (!run_ended(run)) return;
  g->wall[g->walls++] = run_number(run, "wall_ns");
  if (run_number(run, "serial_ns") > 0)
    g->serial[g->serials++] = run_number(run, "serial_ns") / run_number(run, "wall_ns");
}

static int by_run(const void *a, const void *b) {
  return cells_order(((const struct group *)a)->run, ((const struct group *)b)->run);
}

static size_t groups_of(const struct dataset *d, struct group **groups) {
  size_t n = json_array_size(d->runs), *index = calloc(n + 1, sizeof *index), i;
  const json_t *run;
  PM_CHECK(index);
  size_t count = dataset_groups(d, index);
  PM_CHECK(*groups = calloc(count + 1, sizeof **groups));
  for (i = 0; i < n; i++) (*groups)[index[i]].runs++;
  for (i = 0; i < count; i++) {
    struct group *g = &(*groups)[i];
    PM_CHECK(g->wall = calloc(g->runs, sizeof *g->wall));
    PM_CHECK(g->serial = calloc(g->runs, sizeof *g->serial));
    g->runs = 0;
  }
  json_array_foreach(d->runs, i, run) add_run(&(*groups)[index[i]], run);
  qsort(*groups, count, sizeof **groups, by_run);
  free(index);
  return count;
}

static void groups_free(struct group *groups, size_t n) {
  for (size_t i = 0; i < n; i++) {
    free(groups[i].wall);
    free(groups[i].serial);
  }
  free(groups);
}

/* ---- the table ------------------------------------------------------------------------------- */

static void cell(struct page *p, bool is_number, const char *text) {
  fputs(is_number ? "<td class=\"number\">" : "<td>", p->html);
  html_text(p->html, text);
  fputs("</td>", p->html);
}

static void plan_cell(struct page *p, const json_t *run) {
  const json_t *plan = json_object_get(run, "fault_plan"), *text;
  size_t i;
  fputs("<td>", p->html);
  json_array_foreach(plan, i, text) {
    if (i) fputs(", ", p->html);
    html_text(p->html, json_is_string(text) ? json_string_value(text) : "?");
  }
  if (!json_array_size(plan))
    html_text(p->html, strcmp(run_text(run, "mode"), "timed") ? run_text(run, "mode") : "none");
  fputs("</td>", p->html);
}

static void right_cell(struct page *p, const struct group *g) {
  if (g->wrong) fprintf(p->html, "<td class=\"bad\">%zu wrong</td>", g->wrong);
  else if (g->right == g->runs) fputs("<td>all</td>", p->html);
  else if (g->failed) fprintf(p->html, "<td>%zu, %zu failed</td>", g->right, g->failed);
  else fprintf(p->html, "<td>%zu, %zu not checked</td>", g->right, g->runs - g->right);
}

static void interval_cell(struct page *p, const struct interval *x) {
  char low[PAGE_NUMBER_MAX], high[PAGE_NUMBER_MAX], text[3 * PAGE_NUMBER_MAX] = "\u2013";
  if (isfinite(x->low) && isfinite(x->high)) {
    page_time(x->low, low);
    page_time(x->high, high);
    snprintf(text, sizeof text, "%s to %s", low, high);
  }
  cell(p, true, text);
}

static void row(struct page *p, struct group *g) {
  char text[RUN_NAME_MAX], number[PAGE_NUMBER_MAX];
  struct interval wall = stats_median(g->wall, g->walls, 0.95),
                  speed = stats_median(g->serial, g->serials, 0.95);
  fputs("<tr>", p->html);
  cell(p, false, run_workload_name(g->run, text));
  snprintf(number, sizeof number, "%.0f%s", run_number(g->run, "procs"),
           run_hollow(g->run) ? " \u25cb" : "");
  cell(p, true, number);
  cell(p, false, run_backend_name(g->run, text));
  cell(p, false, run_capsule_name(g->run, text));
  plan_cell(p, g->run);
  fprintf(p->html, "<td class=\"number\">%zu</td>", g->runs);
  right_cell(p, g);
  cell(p, true, g->walls ? page_time(wall.middle, number) : "\u2013");
  interval_cell(p, &wall);
  cell(p, true, g->serials ? page_digits(speed.middle, number) : "\u2013");
  fprintf(p->html, "<td class=\"number\">%zu</td></tr>\n", g->faults);
}

static void head(struct page *p, const char *label, const char *const *names) {
  fputs("<div class=\"box\" tabindex=\"0\" role=\"region\" aria-label=\"", p->html);
  html_text(p->html, label);
  fputs("\"><table>\n<thead><tr>", p->html);
  for (; *names; names++) {
    bool is_number = **names == '#';
    fprintf(p->html, "<th scope=\"col\"%s>%s</th>", is_number ? " class=\"number\"" : "",
            *names + is_number);
  }
  fputs("</tr></thead>\n<tbody>\n", p->html);
}
static void foot(struct page *p) { fputs("</tbody></table></div>\n", p->html); }

static const char *const columns[] = {"workload",       "#workers",  "memory", "capsule",
                                      "faults",         "#runs",     "right",  "#median time",
                                      "#95 % interval", "#speed-up", "#hit",   NULL};
static const char *const skipped_columns[] = {"not run", "because", NULL};

static void skipped(struct page *p) {
  const json_t *run;
  char title[PM_TEXT_MAX];
  size_t i;
  if (!json_array_size(p->d->skipped)) return;
  fputs("<h3>What could not run</h3>\n", p->html);
  head(p, "What could not run", skipped_columns);
  json_array_foreach(p->d->skipped, i, run) {
    fputs("<tr>", p->html);
    cell(p, false, run_title(run, title, sizeof title));
    fputs("<td class=\"long\">", p->html);
    html_text(p->html,
              *run_text(run, "reason") ? run_text(run, "reason") : "no reason was recorded");
    fputs("</td></tr>\n", p->html);
  }
  foot(p);
}

void page_summary(struct page *p) {
  struct group *groups;
  size_t n = groups_of(p->d, &groups);
  bool hollow = false;
  if (n) {
    head(p, "All configurations", columns);
    for (size_t i = 0; i < n; i++) {
      row(p, &groups[i]);
      hollow |= run_hollow(groups[i].run);
    }
    foot(p);
    fprintf(p->html,
            "<p class=\"faint\">A row is all runs of one configuration. Times are wall times of "
            "the computation, without set-up and check; speed-up is over the serial twin; hit: "
            "faults that took effect. An "
            "interval needs six runs.%s</p>\n",
            hollow ? " \u25cb: more workers than cores." : "");
  }
  groups_free(groups, n);
  skipped(p);
  fputs("<p class=\"faint\">All of it as tables:", p->html);
  for (const struct table *t = tables; t->file; t++)
    fprintf(p->html, "%s <a href=\"%s\">%s</a>", t == tables ? "" : ",", t->file, t->file);
  fputs(".</p>\n", p->html);
}
