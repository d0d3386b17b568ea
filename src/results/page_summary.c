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
  double *foreign; /* the share of the cores that other programs took */
  size_t foreigns;
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
  if (run_number(run, "foreign_cpu") >= 0)
    g->foreign[g->foreigns++] = run_number(run, "foreign_cpu");
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
    PM_CHECK(g->foreign = calloc(g->runs, sizeof *g->foreign));
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
    free(groups[i].foreign);
  }
  free(groups);
}

/* ---- the table ------------------------------------------------------------------------------- */

static void cell(struct page *p, const char *class, const char *text) {
  fprintf(p->html, *class ? "<td class=\"%s\">" : "<td>", class);
  html_text(p->html, text);
  fputs("</td>", p->html);
}

static void plan_of(const json_t *run, char *text, size_t bytes) {
  const json_t *plan = json_object_get(run, "fault_plan"), *fault;
  size_t i;
  *text = 0;
  json_array_foreach(plan, i, fault) {
    size_t used = strlen(text);
    snprintf(text + used, bytes - used, "%s%s", i ? ", " : "",
             json_is_string(fault) ? json_string_value(fault) : "?");
  }
  if (!json_array_size(plan))
    snprintf(text, bytes, "%s",
             strcmp(run_text(run, "mode"), "timed") ? run_text(run, "mode") : "none");
  size_t used = strlen(text);
  if (*run_text(run, "settings")) snprintf(text + used, bytes - used, "; %s", run_text(run, "settings"));
}

/* On a phone one cell says it all. */
static void name_cells(struct page *p, const json_t *run) {
  char name[RUN_NAME_MAX], setup[RUN_NAME_MAX], plan[PM_TEXT_MAX], procs[32];
  snprintf(procs, sizeof procs, "%.0f%s", run_number(run, "procs"),
           run_hollow(run) ? " \u25cb" : "");
  fputs("<td class=\"name\">", p->html);
  html_text(p->html, run_workload_name(run, name));
  fputs("<span class=\"narrow\">", p->html);
  html_say(p->html, "%s%s", run_setup_name(run, SHOW_ALL, setup), run_hollow(run) ? " \u25cb" : "");
  fputs("</span></td>", p->html);
  cell(p, "number wide", procs);
  cell(p, "wide", run_backend_name(run, name));
  cell(p, "wide", run_capsule_name(run, name));
  plan_of(run, plan, sizeof plan);
  cell(p, "wide", plan);
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
  cell(p, "number", text);
}

static void foreign_cell(struct page *p, const struct interval *foreign) {
  char text[64] = "\u2013";
  if (isfinite(foreign->middle))
    snprintf(text, sizeof text, "%s%.0f %%", foreign->middle > FOREIGN_MUCH ? "\u2020 " : "",
             100 * foreign->middle);
  cell(p, "number", text);
}

static void row(struct page *p, struct group *g) {
  char number[PAGE_NUMBER_MAX];
  struct interval wall = stats_median(g->wall, g->walls, 0.95),
                  speed = stats_median(g->serial, g->serials, 0.95),
                  foreign = stats_median(g->foreign, g->foreigns, 0.95);
  fputs("<tr>", p->html);
  name_cells(p, g->run);
  cell(p, "number", g->walls ? page_time(wall.middle, number) : "\u2013");
  interval_cell(p, &wall);
  cell(p, "number", g->serials ? page_digits(speed.middle, number) : "\u2013");
  fprintf(p->html, "<td class=\"number\">%zu</td>", g->runs);
  right_cell(p, g);
  fprintf(p->html, "<td class=\"number\">%zu</td>", g->faults);
  foreign_cell(p, &foreign);
  fputs("</tr>\n", p->html);
}

static const struct {
  const char *name, *class;
} columns[] = {{"workload", ""},
               {"workers", "number wide"},
               {"memory", "wide"},
               {"capsule", "wide"},
               {"planned faults", "wide"},
               {"median time", "number"},
               {"95\u00a0% interval", "number"},
               {"speed-up", "number"},
               {"runs", "number"},
               {"right", ""},
               {"faults", "number"},
               {"other programs", "number"}};

static void head(struct page *p) {
  fputs("<div class=\"box\" tabindex=\"0\" role=\"region\" aria-label=\"All "
        "configurations\"><table>\n<thead><tr>",
        p->html);
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    fprintf(p->html, "<th scope=\"col\"%s%s%s>%s</th>", *columns[i].class ? " class=\"" : "",
            columns[i].class, *columns[i].class ? "\"" : "", columns[i].name);
  fputs("</tr></thead>\n<tbody>\n", p->html);
}
static void foot(struct page *p) { fputs("</tbody></table></div>\n", p->html); }

void page_summary(struct page *p) {
  struct group *groups;
  size_t n = groups_of(p->d, &groups);
  bool hollow = false;
  if (n) {
    head(p);
    for (size_t i = 0; i < n; i++) {
      row(p, &groups[i]);
      hollow |= run_hollow(groups[i].run);
    }
    foot(p);
    fprintf(
        p->html,
        "<p class=\"faint\">A row is all runs of one configuration. Times are wall times of "
        "the computation, without set-up and check; speed-up is over the serial twin; "
        "faults: how many took effect; other programs: the share of the cores that they took, "
        "median (\u2020: so much that the times say little). An interval needs six runs.%s</p>\n",
        hollow ? " \u25cb: more workers than cores." : "");
  }
  groups_free(groups, n);
  page_not_run(p);
  fputs("<p class=\"faint\">All of it as tables:", p->html);
  for (const struct table *t = tables; t->file; t++)
    fprintf(p->html, "%s <a href=\"%s\">%s</a>", t == tables ? "" : ",", t->file, t->file);
  fputs(".</p>\n", p->html);
}
