/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the runs say, in words: right or wrong, faults survived, what that cost, how long it took,
 * what memory costs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/figure_cells.h"
#include "results/figure_faults.h"
#include "results/figure_ratios.h"
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
  size_t done[PM_FAULT_KINDS], missed, unplanned, all;
};

static int kind_of(const json_t *fault) {
  int kind = 0;
  while (kind < PM_FAULT_KINDS && strcmp(run_text(fault, "kind"), pm_fault_names[kind])) kind++;
  return kind;
}

static struct faults faults_of(const struct dataset *d) {
  struct faults f = {0};
  const json_t *run, *fault;
  size_t i, k;
  json_array_foreach(d->runs, i, run) {
    if (!run_ended(run)) continue;
    json_array_foreach(json_object_get(run, "fault_log"), k, fault) {
      const char *state = run_text(fault, "state");
      int kind = kind_of(fault);
      if (kind == PM_FAULT_KINDS) continue;
      if (!strcmp(state, "spared")) f.missed++;
      else if (!strcmp(state, "unplanned")) f.unplanned++;
      else if (fault_happened(fault)) f.done[kind]++, f.all++;
    }
  }
  return f;
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
  if (!f.all) sentence(p, "None happened: no run was injured, or each was over first.");
  else {
    fprintf(p->html, "<p><strong>%zu</strong>, in runs that ended and were not wrong:</p>\n<ul>\n",
            f.all);
    for (int k = 0; k < PM_FAULT_KINDS; k++)
      if (f.done[k])
        fprintf(p->html, "<li>%zu \u00d7 <code>%s</code> (%s)</li>\n", f.done[k], pm_fault_names[k],
                means[k]);
    fputs("</ul>\n", p->html);
  }
  if (f.missed)
    fprintf(p->html,
            "<p class=\"faint\">%zu planned fault%s spared: the victim was the last one alive, or "
            "the run was over.</p>\n",
            f.missed, f.missed == 1 ? " was" : "s were");
  if (f.unplanned)
    fprintf(p->html, "<p class=\"bad\">%zu worker%s died that nobody injured.</p>\n", f.unplanned,
            plural(f.unplanned));
}

/* ---- ratios ---------------------------------------------------------------------------------- */

static const char *verdict(const struct interval *x) {
  if (!isfinite(x->low) || !isfinite(x->high)) return "";
  return x->low > 1 ? ": slower" : x->high < 1 ? ": faster" : ": no difference to be told";
}

/* Runs on fewer cores than workers say little: left out where there are others. */
static bool leaves_out(const struct ratio *list, size_t n, bool (*wanted)(const json_t *),
                       const json_t *run) {
  if (!wanted(run)) return true;
  for (size_t i = 0; run_hollow(run) && i < n; i++)
    if (wanted(list[i].run) && !run_hollow(list[i].run)) return true;
  return false;
}

/* Returns how many were said. */
static size_t list_ratios(struct page *p, const struct ratio *list, size_t n,
                          bool (*wanted)(const json_t *), const char *base) {
  char name[RUN_NAME_MAX], backend[RUN_NAME_MAX], capsule[RUN_NAME_MAX], times[PAGE_NUMBER_MAX];
  size_t said = 0;
  for (size_t i = 0; i < n; i++) {
    if (leaves_out(list, n, wanted, list[i].run)) continue;
    if (!said) fputs("<ul>\n", p->html);
    if (said++ >= LINES_MAX) continue;
    double procs = run_number(list[i].run, "procs");
    fputs("<li>", p->html);
    html_say(p->html, "%s, %.0f worker%s, %s, %s: ", run_workload_name(list[i].run, name), procs,
             procs == 1 ? "" : "s", run_backend_name(list[i].run, backend),
             run_capsule_name(list[i].run, capsule));
    fprintf(p->html, "<strong>%s</strong> times %s%s", page_times(&list[i].x, times), base,
            verdict(&list[i].x));
    fputs(run_hollow(list[i].run) ? ", more workers than cores</li>\n" : "</li>\n", p->html);
  }
  if (said > LINES_MAX)
    fprintf(p->html, "<li>and %zu more: see the figures</li>\n", said - LINES_MAX);
  if (said) fputs("</ul>\n", p->html);
  return said;
}

static void range_of(const struct ratio *list, size_t n, bool (*wanted)(const json_t *),
                     double *low, double *high) {
  *low = INFINITY;
  *high = 0;
  for (size_t i = 0; i < n; i++) {
    if (leaves_out(list, n, wanted, list[i].run)) continue;
    *low = fmin(*low, list[i].x.middle);
    *high = fmax(*high, list[i].x.middle);
  }
}

static void say_range(struct page *p, const char *before, double low, double high,
                      const char *after) {
  char a[PAGE_NUMBER_MAX], b[PAGE_NUMBER_MAX];
  page_digits(low, a);
  page_digits(high, b);
  bool one = !strcmp(a, b);
  fprintf(p->html, "<p>%s <strong>%s%s%s</strong> times %s</p>\n", before, a, one ? "" : " to ",
          one ? "" : b, after);
}

static bool is_beat(const json_t *run) { return !strcmp(run_text(run, "capsule"), "beat"); }
static bool is_fork(const json_t *run) { return !strcmp(run_text(run, "capsule"), "fork"); }
static bool is_any(const json_t *run) { return run != NULL; }

static void answer_cost(struct page *p) {
  struct ratio *list;
  size_t n = ratios_find(p->d, RATIO_CAPSULE, &list);
  double low, high;
  question(p, "What did it cost to be able to survive them?");
  range_of(list, n, is_beat, &low, &high);
  if (high > 0) {
    say_range(p, "Committing at every beat took", low, high,
              "as long as committing nothing, without faults (medians; in brackets 95 % "
              "intervals):");
    list_ratios(p, list, n, is_beat, "the time of <code>none</code>");
  } else
    sentence(p, "There are no like runs with and without durability to compare: run with "
                "--capsule beat and --capsule none.");
  range_of(list, n, is_fork, &low, &high);
  if (high > 0)
    say_range(p, "Committing at every fork instead took", low, high,
              "as long as committing nothing.");
  free(list);
}

static void answer_memory(struct page *p) {
  struct ratio *list;
  size_t n = ratios_find(p->d, RATIO_BACKEND, &list);
  question(p, "How does DRAM compare with the other memory?");
  if (!list_ratios(p, list, n, is_any, "the time on dram"))
    sentence(p, "Nothing can be said: there are no like runs on dram and on another backend.");
  for (size_t i = 0; i < n; i++)
    if (!strcmp(run_text(list[i].run, "backend"), "emulated")) {
      sentence(p, "emulated: ordinary memory whose cache lines are written back on purpose. A "
                  "model of what persistent memory would cost, not a measurement of it.");
      break;
    }
  free(list);
}

void page_answers(struct page *p) {
  answer_right(p);
  answer_survived(p);
  answer_cost(p);
  question(p, "How long did recovery take?");
  page_recovery(p);
  answer_memory(p);
}
