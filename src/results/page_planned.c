/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was planned and is not here, with the reason where there is one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "results/figure_cells.h"
#include "results/page_parts.h"

/* ---- what a campaign planned ----------------------------------------------------------------- */

struct plan {
  const json_t *argv;
  size_t runs, made;
};
struct plans {
  json_t *config; /* owns the argv */
  struct plan *plan;
  size_t count, runs;
};

static void count_made(struct plans *plans, const struct dataset *d) {
  const json_t *run;
  size_t i;
  json_array_foreach(d->runs, i, run)
    for (size_t k = 0; k < plans->count; k++)
      if (json_equal(json_object_get(run, "argv"), plans->plan[k].argv)) {
        plans->plan[k].made++;
        break;
      }
}

/* A campaign's directory says what was to be run. */
static struct plans plans_of(const struct dataset *d) {
  struct plans plans = {0};
  char path[4352];
  const json_t *one, *list;
  size_t i;
  snprintf(path, sizeof path, "%s/config.json", d->directory);
  plans.config = json_load_file(path, 0, NULL);
  list = json_object_get(plans.config, "combinations");
  PM_CHECK(plans.plan = calloc(json_array_size(list) + 1, sizeof *plans.plan));
  json_array_foreach(list, i, one) {
    double runs = run_number(one, "runs");
    if (!(runs > 0)) continue;
    plans.plan[plans.count++] = (struct plan){json_object_get(one, "argv"), (size_t)runs, 0};
    plans.runs += (size_t)runs;
  }
  count_made(&plans, d);
  return plans;
}

static void plans_free(struct plans *plans) {
  free(plans->plan);
  json_decref(plans->config);
}

/* ---- why ------------------------------------------------------------------------------------- */

static const char *option_of(const json_t *argv, const char *name) {
  const json_t *word;
  size_t i;
  json_array_foreach(argv, i, word)
    if (json_is_string(word) && !strcmp(json_string_value(word), name)) {
      const char *value = json_string_value(json_array_get(argv, i + 1));
      return value ? value : "";
    }
  return NULL;
}

/* What could not be run says so in a record of its own, which is not told by a command line. */
static bool is_of(const json_t *skipped, const json_t *argv) {
  const char *workload = json_string_value(json_array_get(argv, 1)),
             *backend = option_of(argv, "--backend"), *capsule = option_of(argv, "--capsule"),
             *procs = option_of(argv, "--procs");
  const char *meant = run_text(skipped, "backend");
  size_t length = strcspn(backend ? backend : "dram", ":");
  return workload && !strcmp(workload, run_text(skipped, "workload")) && strlen(meant) == length &&
         !strncmp(meant, backend ? backend : "dram", length) &&
         (!capsule ||
          !strncmp(capsule, run_text(skipped, "capsule"), strlen(run_text(skipped, "capsule")))) &&
         (!procs || strtod(procs, NULL) == run_number(skipped, "procs"));
}

static bool has_reason(const struct dataset *d, const struct plan *plan) {
  const json_t *skipped;
  size_t i;
  json_array_foreach(d->skipped, i, skipped)
    if (!plan->made && is_of(skipped, plan->argv)) return true;
  return false;
}

static size_t unexplained(const struct dataset *d, const struct plan *plan) {
  return plan->made < plan->runs && !has_reason(d, plan) ? plan->runs - plan->made : 0;
}

/* ---- on the page ----------------------------------------------------------------------------- */

void page_missing(struct page *p) {
  struct plans plans = plans_of(p->d);
  size_t runs = json_array_size(p->d->runs), unknown = 0;
  for (size_t i = 0; i < plans.count; i++) unknown += unexplained(p->d, &plans.plan[i]);
  if (plans.runs > runs)
    fprintf(p->html,
            "<p class=\"bad\">Of %zu planned runs %zu are here%s: <a href=\"#not-run\">what is "
            "not</a>.</p>\n",
            plans.runs, runs,
            unknown ? "; the campaign was interrupted, or still runs"
                    : "; the others could not run");
  plans_free(&plans);
}

static void row(struct page *p, const char *what, const char *missing, const char *reason) {
  fputs("<tr><td class=\"long\">", p->html);
  html_text(p->html, what);
  fprintf(p->html, "</td><td>%s</td><td class=\"long\">", missing);
  html_text(p->html, reason);
  fputs("</td></tr>\n", p->html);
}

static void rows_skipped(struct page *p) {
  const json_t *run;
  char title[2 * RUN_NAME_MAX + 2], name[RUN_NAME_MAX], setup[RUN_NAME_MAX];
  size_t i;
  json_array_foreach(p->d->skipped, i, run) {
    const char *reason = run_text(run, "reason");
    snprintf(title, sizeof title, "%s, %s", run_workload_name(run, name),
             run_setup_name(run, SHOW_ALL, setup));
    row(p, title, "all", *reason ? reason : "no reason was recorded");
  }
}

static void row_unexplained(struct page *p, const struct plan *plan, size_t missing) {
  const json_t *word;
  char what[PM_TEXT_MAX] = "", number[64];
  size_t i;
  json_array_foreach(plan->argv, i, word) {
    size_t used = strlen(what);
    if (i && json_is_string(word))
      snprintf(what + used, sizeof what - used, "%s%s", used ? " " : "", json_string_value(word));
  }
  snprintf(number, sizeof number, "%zu of %zu", missing, plan->runs);
  row(p, what, number, "not made: the campaign was interrupted, or still runs");
}

void page_not_run(struct page *p) {
  struct plans plans = plans_of(p->d);
  size_t rows = json_array_size(p->d->skipped);
  for (size_t i = 0; i < plans.count; i++) rows += unexplained(p->d, &plans.plan[i]) > 0;
  if (rows) {
    fputs("<h3 id=\"not-run\">Planned and not run</h3>\n<div class=\"box\" tabindex=\"0\" "
          "role=\"region\" aria-label=\"Planned and not run\"><table>\n<thead><tr><th "
          "scope=\"col\">configuration</th><th scope=\"col\">runs missing</th><th "
          "scope=\"col\">because</th></tr></thead>\n<tbody>\n",
          p->html);
    rows_skipped(p);
    for (size_t i = 0; i < plans.count; i++) {
      size_t missing = unexplained(p->d, &plans.plan[i]);
      if (missing) row_unexplained(p, &plans.plan[i], missing);
    }
    fputs("</tbody></table></div>\n", p->html);
  }
  plans_free(&plans);
}
