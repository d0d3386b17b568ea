/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the runs say of recovery: how many faults there were, and how long it took after them. */
#include <stdio.h>
#include <string.h>

#include "results/figure_cells.h"
#include "results/figure_faults.h"
#include "results/page_parts.h"

/* ---- the table ------------------------------------------------------------------------------- */

static void head(struct page *p) {
  static const char number[] = "<th class=\"number\" scope=\"col\">";
  fputs(
      "<div class=\"box\" tabindex=\"0\" role=\"region\" aria-label=\"Times of recovery\"><table>\n"
      "<thead><tr><th scope=\"col\">kind</th>",
      p->html);
  fprintf(p->html, "%sfaults</th>", number);
  for (int i = 0; i < PHASES; i++)
    fprintf(p->html, "%s%s</th>%sp50</th>%sp99</th>", number, recovery_phases[i], number, number);
  fputs("</tr></thead>\n<tbody>\n", p->html);
}

static void row(struct page *p, const struct recovery *r) {
  char text[PAGE_NUMBER_MAX];
  fputs("<tr><td><code>", p->html);
  html_text(p->html, r->kind);
  fprintf(p->html, "</code></td><td class=\"number\">%zu</td>", r->faults);
  for (int i = 0; i < PHASES; i++) {
    const struct quantiles *q = &r->q[i];
    fprintf(p->html, "<td class=\"number\">%zu</td>", q->n);
    fprintf(p->html, "<td class=\"number\">%s</td>",
            q->n ? page_time((double)q->p50_ns, text) : "\u2013");
    fprintf(p->html, "<td class=\"number\">%s</td>",
            q->n ? page_time((double)q->p99_ns, text) : "\u2013");
  }
  fputs("</tr>\n", p->html);
}

/* Whoever never came to run again: the victims without work, and the others. */
static void say_rest(struct page *p, const struct recovery *list, size_t n) {
  size_t faults = 0, idle = 0, running = 0;
  for (size_t i = 0; i < n; i++) {
    if (!list[i].q[PHASE_DETECTED].n) continue;
    faults += list[i].faults;
    idle += list[i].idle;
    running += list[i].q[PHASE_RUNNING].n;
  }
  fprintf(p->html, "<p class=\"faint\">p50, p99: of the faults that came so far.");
  if (idle) fprintf(p->html, " In %zu the victim was idle and had nothing to go on with.", idle);
  if (faults > idle + running)
    fprintf(p->html,
            " After %zu more nothing ran again: hit once more before, or the run was over.",
            faults - idle - running);
  fputs("</p>\n", p->html);
}

/* ---- sentences ------------------------------------------------------------------------------- */

/* Of the kind that there is most of. */
static void say_first(struct page *p, const struct recovery *list, size_t n) {
  const struct recovery *most = NULL;
  char p50[PAGE_NUMBER_MAX], p99[PAGE_NUMBER_MAX];
  for (size_t i = 0; i < n; i++)
    if (list[i].q[PHASE_RUNNING].n && (!most || list[i].faults > most->faults)) most = &list[i];
  if (!most) return;
  fprintf(p->html, "<p>After %zu of %zu <code>", most->q[PHASE_RUNNING].n, most->faults);
  html_text(p->html, most->kind);
  fprintf(
      p->html,
      "</code> the victim's work was taken up again: within <strong>%s</strong> in half of these "
      "cases and within <strong>%s</strong> in 99 of 100, from the injury on.</p>\n",
      page_time((double)most->q[PHASE_RUNNING].p50_ns, p50),
      page_time((double)most->q[PHASE_RUNNING].p99_ns, p99));
}

/* A crash takes the clock with it: what is known is how long nothing ran. */
static void say_down(struct page *p) {
  struct cells cells = {0};
  const json_t *run;
  char text[PAGE_NUMBER_MAX];
  size_t i;
  json_array_foreach(p->d->runs, i, run)
    if (run_ended(run) && run_number(run, "down_ns") > 0)
      cell_add(cells_at(&cells, run, ""), run_number(run, "down_ns"));
  cells_medians(&cells);
  if (cells.count)
    fprintf(p->html,
            "<p>Runs that crashed whole were down for %s in the median of %zu run%s, from the "
            "crash until they were resumed; their times leave that out.</p>\n",
            page_time(cells.cell[0].median.middle, text), cells.cell[0].n,
            cells.cell[0].n == 1 ? "" : "s");
  cells_free(&cells);
}

void page_recovery(struct page *p) {
  struct recovery *list;
  size_t n = recoveries_of(p->d, &list), rows = 0;
  say_first(p, list, n);
  for (size_t i = 0; i < n; i++) {
    if (!list[i].q[PHASE_DETECTED].n) continue;
    if (!rows++) head(p);
    row(p, &list[i]);
  }
  if (rows) {
    fputs("</tbody></table></div>\n", p->html);
    say_rest(p, list, n);
  } else
    fputs(n ? "<p>Of no fault is known how long it took.</p>\n"
            : "<p>Nothing had to be recovered from.</p>\n",
          p->html);
  say_down(p);
  recoveries_free(list, n);
}
