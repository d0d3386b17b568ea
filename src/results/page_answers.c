/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the runs say, in words: right or wrong, faults survived, what that cost, how long it took,
 * what memory costs. */
#include <stdio.h>
#include <string.h>

#include "results/figure_cells.h"
#include "results/figure_faults.h"
#include "results/page_parts.h"

enum { LINES_MAX = 12 };

static void question(struct page *p, const char *text) { fprintf(p->html, "<h3>%s</h3>\n", text); }

static void sentence(struct page *p, const char *text) {
  fputs("<p>", p->html);
  html_text(p->html, text);
  fputs("</p>\n", p->html);
}

static const char *plural(size_t n) { return n == 1 ? "" : "s"; }

/* ---- was every result right? ----------------------------------------------------------------- */

struct outcome {
  size_t runs, right, wrong, unchecked, failed;
};

static struct outcome outcome_of(const struct dataset *d) {
  struct outcome o = {0};
  const json_t *run;
  size_t i;
  json_array_foreach(d->runs, i, run) {
    const json_t *correct = json_object_get(run, "correct");
    o.runs++;
    if (json_is_false(correct)) o.wrong++;
    else if (*run_text(run, "error")) o.failed++;
    else if (json_is_true(correct)) o.right++;
    else o.unchecked++;
  }
  return o;
}

static void list_failures(struct page *p) {
  const json_t *run;
  char title[PM_TEXT_MAX];
  size_t i, said = 0;
  fputs("<ul>\n", p->html);
  json_array_foreach(p->d->runs, i, run) {
    bool wrong = json_is_false(json_object_get(run, "correct"));
    if ((!wrong && !*run_text(run, "error")) || said++ >= LINES_MAX) continue;
    fputs("<li>", p->html);
    html_say(p->html, "%s, seed %.0f, run %.0f: %s%s%s", run_title(run, title, sizeof title),
             run_number(run, "seed"), run_number(run, "rep"), wrong ? "wrong result" : "",
             wrong && *run_text(run, "error") ? "; " : "", run_text(run, "error"));
    fputs("</li>\n", p->html);
  }
  if (said > LINES_MAX) fprintf(p->html, "<li>and %zu more</li>\n", said - LINES_MAX);
  fputs("</ul>\n", p->html);
}

static void answer_right(struct page *p) {
  struct outcome o = outcome_of(p->d);
  question(p, "Was every result right?");
  if (!o.runs) {
    sentence(p, "Nothing ran.");
    return;
  }
  if (o.right == o.runs)
    fprintf(p->html, "<p><span class=\"good\">Yes.</span> %zu run%s, %s right.</p>\n", o.runs,
            plural(o.runs), o.runs == 1 ? "and it was" : "all");
  else {
    fprintf(p->html, "<p><span class=\"%s\">%s</span> Of %zu run%s %zu gave the right result",
            o.wrong ? "bad" : "faint", o.wrong ? "No." : "Not all of them are known to be.", o.runs,
            plural(o.runs), o.right);
    if (o.wrong) fprintf(p->html, ", <strong>%zu a wrong one</strong>", o.wrong);
    if (o.failed) fprintf(p->html, ", %zu ended with an error", o.failed);
    if (o.unchecked) fprintf(p->html, ", %zu not checked", o.unchecked);
    fputs(".</p>\n", p->html);
  }
  if (o.wrong || o.failed) list_failures(p);
}

/* ---- faults ---------------------------------------------------------------------------------- */

struct faults {
  size_t done[PM_FAULT_KINDS], all, idle, spared, unplanned;
  size_t in_vain; /* in runs that failed or were wrong */
  size_t injured; /* runs that were to have some */
};

static int kind_of(const json_t *fault) {
  int kind = 0;
  while (kind < PM_FAULT_KINDS && strcmp(run_text(fault, "kind"), pm_fault_names[kind])) kind++;
  return kind;
}

static void add_fault(struct faults *f, const json_t *fault, bool ended) {
  const char *state = run_text(fault, "state");
  int kind = kind_of(fault);
  bool happened = fault_happened(fault);
  if (kind == PM_FAULT_KINDS) return;
  if (!ended) f->in_vain += happened;
  else if (happened) {
    f->done[kind]++, f->all++;
    f->idle += !strcmp(state, "idle-victim");
  } else if (!strcmp(state, "spared")) f->spared++;
  else if (!strcmp(state, "unplanned")) f->unplanned++;
}

static struct faults faults_of(const struct dataset *d) {
  struct faults f = {0};
  const json_t *run, *fault;
  size_t i, k;
  json_array_foreach(d->runs, i, run) {
    f.injured += !strcmp(run_text(run, "mode"), "injured");
    json_array_foreach(json_object_get(run, "fault_log"), k, fault)
      add_fault(&f, fault, run_ended(run));
  }
  return f;
}

static void say_none(struct page *p, const struct faults *f) {
  if (f->in_vain)
    fprintf(
        p->html,
        "<p>None is known to have been: %zu took effect, all in runs that failed or gave a wrong "
        "result.</p>\n",
        f->in_vain);
  else
    sentence(p, f->injured ? "None took effect: every run that was to be injured was over first, "
                             "or failed."
                           : "None happened: no run was injured.");
}

static void answer_survived(struct page *p) {
  static const char *const means[PM_FAULT_KINDS] = {
      [PM_FAULT_KILL] = "a worker killed and replaced",
      [PM_FAULT_HARD] = "a worker killed for good",
      [PM_FAULT_EXN] = "a fault inside a worker",
      [PM_FAULT_STOP] = "a worker that stopped answering",
      [PM_FAULT_CRASH] = "every process killed at once"};
  struct faults f = faults_of(p->d);
  question(p, "How many faults were survived?");
  if (!f.all) say_none(p, &f);
  else {
    fprintf(p->html, "<p><strong>%zu</strong>, in runs that ended and were not wrong:</p>\n<ul>\n",
            f.all);
    for (int k = 0; k < PM_FAULT_KINDS; k++)
      if (f.done[k])
        fprintf(p->html, "<li>%zu \u00d7 <code>%s</code> (%s)</li>\n", f.done[k], pm_fault_names[k],
                means[k]);
    fputs("</ul>\n", p->html);
  }
  if (f.idle)
    fprintf(p->html,
            "<p class=\"faint\">In %zu of them the victim was idle: it had no work to lose.</p>\n",
            f.idle);
  if (f.spared)
    fprintf(
        p->html,
        "<p class=\"faint\">%zu more planned fault%s spared, and %s not counted: the victim was "
        "the last one alive, or the run was over.</p>\n",
        f.spared, f.spared == 1 ? " was" : "s were", f.spared == 1 ? "is" : "are");
  if (f.all && f.in_vain)
    fprintf(p->html,
            "<p class=\"faint\">%zu more took effect in runs that failed or gave a wrong "
            "result.</p>\n",
            f.in_vain);
  if (f.unplanned)
    fprintf(p->html, "<p class=\"bad\">%zu worker%s died that nobody injured.</p>\n", f.unplanned,
            plural(f.unplanned));
}

/* ---- others on the machine ------------------------------------------------------------------- */

static void say_foreign(struct page *p) {
  struct cells cells = {0};
  const json_t *run;
  size_t i;
  json_array_foreach(p->d->runs, i, run) {
    double foreign = run_number(run, "foreign_cpu");
    if (foreign >= 0) cell_add(cells_at(&cells, run, ""), foreign);
  }
  cells_medians(&cells); /* sorts */
  const struct cell *all = cells.cell;
  if (all && all->x[all->n - 1] > FOREIGN_MUCH)
    fprintf(
        p->html,
        "<p><span class=\"bad\">Other programs took up to %.0f %% of the cores meanwhile</span>, "
        "%.0f %% in the median run: times and ratios below may say more about them. \u2020 marks "
        "what was "
        "measured while they took more than %.0f %% in the median.</p>\n",
        100 * all->x[all->n - 1], 100 * all->median.middle, 100 * FOREIGN_MUCH);
  cells_free(&cells);
}

void page_answers(struct page *p) {
  say_foreign(p);
  answer_right(p);
  answer_survived(p);
  question(p, "What did it cost to be able to survive them?");
  page_commit_costs(p);
  question(p, "What did surviving them cost?");
  page_fault_costs(p);
  question(p, "How long did recovery take?");
  page_recovery(p);
  question(p, "How does DRAM compare with the other memory?");
  page_memory_costs(p);
}
