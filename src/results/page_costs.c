/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the runs say of costs: of commits, of faults, of memory. A headline says what was shown, and
 * only where something was shown are there numbers in it; where nothing was, how much it may be. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/figure_cells.h"
#include "results/figure_ratios.h"
#include "results/page_parts.h"

enum { LINES_MAX = 12 };

/* ---- what a ratio says ----------------------------------------------------------------------- */

enum verdict { SLOWER, FASTER, NOT_SHOWN, TOO_FEW, VERDICTS };
static const char *const verdicts[] = {[SLOWER] = "slower", [FASTER] = "faster"};

static enum verdict verdict_of(const struct interval *x) {
  if (!isfinite(x->low) || !isfinite(x->high)) return TOO_FEW;
  return x->low > 1 ? SLOWER : x->high < 1 ? FASTER : NOT_SHOWN;
}
static bool is_shown(const struct ratio *r) { return verdict_of(&r->x) < NOT_SHOWN; }

/* ---- which are meant ------------------------------------------------------------------------- */

struct claim {
  const struct ratio *list;
  size_t n;
  const char *key, *value; /* of their runs; NULL: all */
  const char *base;        /* "the time on dram" */
};

static bool is_wanted(const struct claim *c, const json_t *run) {
  return !c->key || !strcmp(run_text(run, c->key), c->value);
}

/* Runs on fewer cores than workers say little: left out where there are others. */
static const struct ratio *wanted(const struct claim *c, size_t i) {
  const struct ratio *r = &c->list[i];
  if (!is_wanted(c, r->run)) return NULL;
  for (size_t k = 0; run_hollow(r->run) && k < c->n; k++)
    if (is_wanted(c, c->list[k].run) && !run_hollow(c->list[k].run)) return NULL;
  return r;
}

struct summed {
  size_t all, of[VERDICTS];
  double low, high;       /* medians of those where a difference was shown */
  double least, greatest; /* that intervals allow where none was */
};

static struct summed sum_of(const struct claim *c) {
  struct summed s = {.low = INFINITY, .least = INFINITY};
  for (size_t i = 0; i < c->n; i++) {
    const struct ratio *r = wanted(c, i);
    if (!r) continue;
    s.all++;
    s.of[verdict_of(&r->x)]++;
    if (is_shown(r)) s.low = fmin(s.low, r->x.middle), s.high = fmax(s.high, r->x.middle);
    if (verdict_of(&r->x) != NOT_SHOWN) continue;
    s.least = fmin(s.least, r->x.low);
    s.greatest = fmax(s.greatest, r->x.high);
  }
  return s;
}

/* ---- how it is said -------------------------------------------------------------------------- */

static const char *mark_of(const struct ratio *r) {
  return r->foreign > FOREIGN_MUCH ? " \u2020" : "";
}

static void line(struct page *p, const struct ratio *r) {
  char name[RUN_NAME_MAX], setup[RUN_NAME_MAX], times[PAGE_NUMBER_MAX];
  fputs("<li>", p->html);
  html_say(p->html, "%s, %s: ", run_workload_name(r->run, name),
           run_setup_name(r->run, SHOW_ALL, setup));
  fprintf(p->html, "<strong>%s</strong>%s%s%s%s</li>\n", page_times(&r->x, times),
          is_shown(r) ? ", " : "", is_shown(r) ? verdicts[verdict_of(&r->x)] : "",
          run_hollow(r->run) ? ", more workers than cores" : "", mark_of(r));
}

static void lines(struct page *p, const struct claim *c, bool shown, size_t most) {
  size_t said = 0;
  fputs("<ul>\n", p->html);
  for (size_t i = 0; i < c->n; i++) {
    const struct ratio *r = wanted(c, i);
    if (r && is_shown(r) == shown && said++ < most) line(p, r);
  }
  if (said > most) fprintf(p->html, "<li>and %zu more: see the figures</li>\n", said - most);
  fputs("</ul>\n", p->html);
}

static void range(struct page *p, double low, double high) {
  char a[PAGE_NUMBER_MAX], b[PAGE_NUMBER_MAX];
  page_digits(low, a);
  page_digits(high, b);
  fprintf(p->html, "%s%s%s", a, strcmp(a, b) ? " to " : "", strcmp(a, b) ? b : "");
}

static void headline(struct page *p, const struct claim *c, const struct summed *s,
                     const char *what) {
  size_t shown = s->of[SLOWER] + s->of[FASTER];
  fprintf(p->html, "<p>%s: ", what);
  if (shown) {
    fprintf(p->html, "<strong>");
    range(p, s->low, s->high);
    fprintf(p->html, "</strong> times %s in %zu of %zu configuration%s", c->base, shown, s->all,
            s->all == 1 ? "" : "s");
    if (s->of[NOT_SHOWN])
      fprintf(p->html, "; no difference shown in %s", s->of[TOO_FEW] ? "" : "the other ");
    if (s->of[NOT_SHOWN]) fprintf(p->html, "%zu", s->of[NOT_SHOWN]);
  } else if (s->of[NOT_SHOWN]) {
    fputs("no difference shown in ", p->html);
    if (s->of[NOT_SHOWN] == 1) fputs("the one configuration; its interval allows ", p->html);
    else fprintf(p->html, "any of %zu configurations; the intervals allow ", s->of[NOT_SHOWN]);
    range(p, s->least, s->greatest);
    fprintf(p->html, " times %s", c->base);
  }
  if (s->of[TOO_FEW])
    fprintf(p->html, "%stoo few runs to tell in %zu", s->of[TOO_FEW] < s->all ? "; " : "",
            s->of[TOO_FEW]);
  fputs(".</p>\n", p->html);
}

/* Returns how many there were to say something of. */
static size_t tell(struct page *p, const struct claim *c, const char *what) {
  struct summed s = sum_of(c);
  size_t shown = s.of[SLOWER] + s.of[FASTER];
  if (!s.all) return 0;
  headline(p, c, &s, what);
  if (shown) lines(p, c, true, LINES_MAX);
  if (shown == s.all) return s.all;
  fprintf(p->html, "<details><summary>%s (%zu)</summary>\n", shown ? "The others" : "One by one",
          s.all - shown);
  lines(p, c, false, SIZE_MAX);
  fputs("</details>\n", p->html);
  return s.all;
}

static void nothing(struct page *p, const char *text) {
  fputs("<p>", p->html);
  html_text(p->html, text);
  fputs("</p>\n", p->html);
}

/* ---- commits --------------------------------------------------------------------------------- */

void page_commit_costs(struct page *p) {
  struct ratio *list;
  size_t n = ratios_find(p->d, RATIO_CAPSULE, &list);
  struct claim beat = {list, n, "capsule", "beat", "the time of <code>none</code>"},
               fork = {list, n, "capsule", "fork", "the time of <code>none</code>"};
  if (!tell(p, &beat,
            "Committing at every beat, without faults (medians; in brackets 95 % intervals)"))
    nothing(p, "There are no like runs with and without durability to compare: run with "
               "--capsule beat and --capsule none.");
  tell(p, &fork, "Committing at every fork instead");
  free(list);
}

/* ---- faults ---------------------------------------------------------------------------------- */

/* Of each workload the configuration that was hit most often; a tenth more is not more. */
static const struct ratio *hardest(const struct claim *c, size_t first) {
  const struct ratio *most = wanted(c, first), *r;
  for (size_t i = 0; i < c->n && most; i++) {
    if (!(r = wanted(c, i)) ||
        strcmp(run_text(r->run, "workload"), run_text(most->run, "workload")))
      continue;
    if (i < first) return NULL; /* said before */
    if (r->faults_per_s > 1.1 * most->faults_per_s) most = r;
  }
  return most && most->faults_per_s > 0 ? most : NULL;
}

static void say_hardest(struct page *p, const struct claim *c) {
  char name[RUN_NAME_MAX], setup[RUN_NAME_MAX], times[PAGE_NUMBER_MAX], rate[PAGE_NUMBER_MAX];
  size_t said = 0;
  for (size_t i = 0; i < c->n; i++) {
    const struct ratio *r = hardest(c, i);
    if (!r) continue;
    if (!said++) fputs("<p>Where most faults fell:</p>\n<ul>\n", p->html);
    fputs("<li>", p->html);
    html_say(p->html, "At %s faults a second %s (%s) took ", page_digits(r->faults_per_s, rate),
             run_workload_name(r->run, name), run_setup_name(r->run, SHOW_ALL, setup));
    fprintf(p->html, "<strong>%s</strong> times as long as without%s%s.</li>\n",
            page_times(&r->x, times), verdict_of(&r->x) == NOT_SHOWN ? ": no difference shown" : "",
            mark_of(r));
  }
  if (said) fputs("</ul>\n", p->html);
}

/* ---- the three questions --------------------------------------------------------------------- */

void page_fault_costs(struct page *p) {
  struct ratio *list;
  struct claim faults = {.base = "the time without faults"};
  faults.n = ratios_find(p->d, RATIO_FAULTS, &list);
  faults.list = list;
  say_hardest(p, &faults);
  if (!tell(p, &faults, "Runs with faults"))
    nothing(p, "Nothing can be said: there are no like runs with and without faults.");
  free(list);
}

static void say_emulated(struct page *p, const char *backend) {
  if (strcmp(backend, "emulated")) return;
  nothing(p, "emulated: ordinary memory whose cache lines are written back on purpose. A model of "
             "what persistent memory would cost, not a measurement of it.");
}

static bool is_first(const struct ratio *list, size_t i) {
  for (size_t k = 0; k < i; k++)
    if (!strcmp(run_text(list[k].run, "backend"), run_text(list[i].run, "backend"))) return false;
  return true;
}

void page_memory_costs(struct page *p) {
  struct ratio *list;
  size_t n = ratios_find(p->d, RATIO_BACKEND, &list);
  for (size_t i = 0; i < n; i++) {
    const char *backend = run_text(list[i].run, "backend");
    char what[RUN_NAME_MAX], name[RUN_NAME_MAX], *safe = NULL;
    size_t bytes = 0;
    if (!is_first(list, i)) continue;
    snprintf(what, sizeof what, "On %.80s", run_backend_name(list[i].run, name));
    FILE *text = open_memstream(&safe, &bytes);
    if (!text) continue;
    html_text(text, what);
    fclose(text);
    tell(p, &(struct claim){list, n, "backend", backend, "the time on dram"}, safe);
    free(safe);
    say_emulated(p, backend);
  }
  if (!n) nothing(p, "Nothing can be said: there are no like runs on dram and on another backend.");
  free(list);
}
