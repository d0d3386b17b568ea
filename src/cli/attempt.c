/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/attempt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/say.h"
#include "cli/standard_output.h"
#include "cli/summary.h"
#include "results/jsonl.h"
#include "results/record.h"
#include "results/serial.h"

struct context {                          /* pm_options' */
  struct attempt *attempt;
  bool differs;                           /* the run's answer from its twin's */
  bool recorded;                          /* or it was tried */
  int code;                               /* of that */
};

static void show(void *context, const struct pm_progress *now) {
  progress_show(&((struct context *)context)->attempt->progress, now);
}

static bool agrees(const char *answer, const char *twins) {
  return !answer[0] || !twins || !twins[0] || !strcmp(answer, twins);
}

/* The twin's answer may be of an input file that was different then: before a run is called wrong,
 * the twin runs again. */
static bool still_differs(struct attempt *a, const struct pm_data *d, const void *args) {
  struct description *description = a->description;
  char error[PM_TEXT_MAX] = "";
  if (agrees(d->answer, description->serial_answer)) return false;
  struct serial_key key = {description->args, description->host, description->seed};
  if (serial_find(a->workload, args, &key, description->out, true, &a->twin, error)) {
    say_warning("the serial twin cannot be asked again: %s", error);
    return true;
  }
  description->serial_ns = a->twin.ns;
  description->serial_answer = a->twin.answer;
  return !agrees(d->answer, a->twin.answer);
}

static int finished(struct pm_data *d, const void *args, void *context) {
  struct context *c = context;
  struct attempt *a = c->attempt;
  if (still_differs(a, d, args)) {
    c->differs = true;
    snprintf(d->error, sizeof d->error, "%s: WRONG RESULT: %s, and the serial twin found %s",
             a->workload->program->name, d->answer, a->description->serial_answer);
    return -1;
  }
  if (a->warmup || !a->workload->output) return 0;
  return a->workload->output(d, args, d->error) ? -1 : 0;
}

/* Where nobody reads any more, there is nobody to keep it for. */
static int print_json(const json_t *record, char *error) {
  errno = 0;
  if (!json_dumpf(record, stdout, JSON_COMPACT) && putchar('\n') != EOF && !fflush(stdout)) return 0;
  int code = errno;
  standard_output_flush();
  if (code == EPIPE || standard_output_is_deserted()) return 0;
  standard_output_told();
  snprintf(error, PM_TEXT_MAX, "standard output: cannot be written: %s", code ? strerror(code) : "the reason is not known");
  return -1;
}

/* Of a run that is resumed the record may be there: the power failed before its region said that it is finished. */
static int keep_record(const struct workload *w, const struct description *d, const struct pm_report *r, bool resumed, char *error) {
  static const char *const keys[] = {"run_id", "session", NULL};
  char warning[PM_TEXT_MAX] = "", text[PM_TEXT_MAX] = "";
  json_t *record = record_build(d, r);
  if (!record) {
    snprintf(error, PM_TEXT_MAX, "no memory for the record of the run");
    return -1;
  }
  if (w->library) json_object_set_new(record, "library", json_string(w->library()));
  int code = d->out ? jsonl_append_once(d->out, "runs.jsonl", record, resumed ? keys : NULL, warning, text) : 0;
  if (warning[0]) say_warning("%s", warning);
  if (code) snprintf(error, PM_TEXT_MAX, "--out: %.500s", text);
  if (d->json && print_json(record, error)) code = -1;      /* the result is said even where it could not be kept */
  json_decref(record);
  return code;
}

/* What the tool makes of a report: of a run whose twin has another answer, it is the result that is wrong. */
static struct pm_report verdict(const struct context *c, const struct pm_report *report) {
  struct pm_report r = *report;
  if (c->differs && r.error == PM_E_OUTPUT) {
    r.error = PM_E_WRONG;
    r.correct = r.resumable = false;
  }
  return r;
}

/* While the region is still there. A run that waits to be resumed gets its record when it is over. Of a warm-up there is none; nor, in a campaign, of a run that a signal ended; nor of a region
 * that is damaged or gone, since it would be read from there. */
static int recorded(void *context, const struct pm_report *report, char *error) {
  struct context *c = context;
  const struct attempt *a = c->attempt;
  struct pm_report r = verdict(c, report);
  if (a->warmup || r.resumable || r.error == PM_E_REGION || (a->campaign && r.error == PM_E_INTERRUPTED)) return 0;
  c->recorded = true;
  return c->code = keep_record(a->workload, a->description, &r, a->region != NULL, error);
}

static bool is_news(struct said *said, const char *warning) {
  for (unsigned i = 0; i < said->count; i++)
    if (!strcmp(said->text[i], warning)) return false;
  if (said->count < sizeof said->text / sizeof *said->text)
    snprintf(said->text[said->count++], PM_TEXT_MAX, "%s", warning);
  return true;
}

static void say_end(const struct attempt *a, const struct pm_report *r) {
  const char *text = r->error_text[0] ? r->error_text : pm_error_text(r->error);
  for (unsigned i = 0; i < r->warning_count; i++)
    if (!a->campaign) say_warning("%s", r->warnings[i]);
    else if (is_news(a->said, r->warnings[i])) say_warning("%s: %s", a->campaign, r->warnings[i]);
  if (r->error && a->campaign && !r->path[0]) snprintf(a->obstacle, PM_TEXT_MAX, "%s", text);
  else if (r->error && a->campaign) say_error("%s: %s", a->campaign, text);
  else if (r->error) say_error("%s", text);
  if (r->resumable) say_error("finish it with `pmbench resume %s`", r->path);
  else if (r->error == PM_E_WRONG && r->region_kept)
    say_error("its region is kept; look at it with `pmbench inspect %s`", r->path);
}

struct attempt_end attempt_make(struct attempt *a) {
  struct description *d = a->description;
  struct context context = {.attempt = a};
  struct pm_report report;
  a->options->progress = show;
  a->options->context = &context;
  a->options->record = recorded;
  if (a->campaign) progress_show(&a->progress, &(struct pm_progress){0});
  if (a->region) pm_resume(a->region, a->workload->program, a->options, finished, &report);
  else pm_run(a->workload->program, a->options, finished, &report);
  progress_end(&a->progress);
  struct pm_report r = verdict(&context, &report);
  struct attempt_end end = {.code = exit_code_of(r.error),
                            .ran = r.path[0] != 0,
                            .wall_ns = r.wall_ns,
                            .interrupted = r.error == PM_E_INTERRUPTED,
                            .right = r.checked && r.correct};
  if (context.recorded && !d->json && !a->campaign) summary_print(d, &r, stdout);
  if (context.code) end.code = exit_code_worse(end.code, EXIT_INTERNAL);
  say_end(a, &r);
  pm_report_free(&report);
  return end;
}
