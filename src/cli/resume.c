/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `pmbench resume`: finishes what a crash interrupted, as the run that began it would have. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/attempt.h"
#include "cli/commands.h"
#include "cli/deadline.h"
#include "cli/region_file.h"
#include "cli/run_options.h"
#include "cli/say.h"
#include "cli/signals.h"


struct resumption {
  struct run_options options;
  struct pm_peek peek;
  struct description description;
  struct fault_set faults;
  char region[PATH_MAX];
};

static const struct workload *workload_of(const char *program) {
  for (int i = 0; workloads[i]; i++)
    if (!strcmp(workloads[i]->program->name, program)) return workloads[i];
  return NULL;
}

/* What the region says of itself. */
static int look(struct resumption *r, const struct workload **workload, char *error) {
  const char *region = r->options.region;
  *workload = NULL;
  int code = region_file_check(region, error);
  if (code) return code;
  code = pm_region_peek(region, &r->peek);
  if (code) {
    snprintf(error, PM_TEXT_MAX, "%s", r->peek.error[0] ? r->peek.error : pm_error_text(code));
    return code;
  }
  *workload = workload_of(r->peek.program);
  if (!*workload || !r->peek.same_executable)
    snprintf(error, PM_TEXT_MAX,
             "%.300s: of another executable (program %s); resume it with the one that made it",
             region, r->peek.program);
  else if (r->peek.in_use)
    snprintf(error, PM_TEXT_MAX, "%.300s: in use by another run; wait for it or stop it", region);
  else if (r->peek.finished)
    snprintf(error, PM_TEXT_MAX, "%.300s: its run is over; there is nothing to resume", region);
  else if (description_parse(&r->description, r->peek.note))
    snprintf(error, PM_TEXT_MAX,
             "%.300s: it does not say how it was run; only the program that made it can resume it",
             region);
  else if (!realpath(region, r->region))
    snprintf(error, PM_TEXT_MAX, "%.300s: %s", region, strerror(errno));
  else return 0;
  return PM_E_REGION;
}

/* The faults of this command line, else those the run was begun with: of a list, what is still to
 * come. */
static int take_faults(struct resumption *r, char *error) {
  const struct run_options *o = &r->options;
  const struct description *d = &r->description;
  const char *const *texts = o->fault_count ? o->fault_texts : d->faults;
  unsigned count = o->fault_count ? o->fault_count : d->fault_count;
  int code = 0;
  if (o->fault_count == 1 && !strcmp(o->fault_texts[0], "none")) return 0;
  for (unsigned i = 0; !code && i < count; i++) code = fault_parse(&r->faults, texts[i], error);
  if (!code && !o->fault_count && d->fault_replay)
    code = fault_replay(&r->faults, d->fault_replay, error);
  return code;
}

/* The record says what it was begun with, and what was added here. */
static int describe_faults(struct resumption *r, char *error) {
  const struct run_options *o = &r->options;
  struct description *d = &r->description;
  const char **texts = calloc(d->fault_count + o->fault_count + 1, sizeof *texts);
  if (!texts) {
    snprintf(error, PM_TEXT_MAX, "no memory");
    return PM_E_MACHINE;
  }
  for (unsigned i = 0; i < d->fault_count; i++) texts[i] = d->faults[i];
  for (unsigned i = 0; i < o->fault_count; i++)
    if (strcmp(o->fault_texts[i], "none")) texts[d->fault_count++] = o->fault_texts[i];
  free((void *)d->faults);
  d->faults = texts;
  return 0;
}

/* Where the output goes may have changed since the run began: said before the work, as it was then. */
static int check_output(const struct resumption *r, const struct workload *workload, char *error) {
  _Alignas(64) unsigned char args[PM_PROGRAM_ARGS_MAX];
  memcpy(args, r->peek.args, sizeof args);
  return workload->output_check && workload->output_check(args, error) ? PM_E_USAGE : 0;
}

static enum exit_code finish(struct resumption *r, const struct workload *workload) {
  const struct run_options *o = &r->options;
  struct description *d = &r->description;
  char title[PM_TEXT_MAX];
  deadline_begin(o->timeout_ns ? o->timeout_ns : d->timeout_ns, 0);
  d->json |= o->json;
  if (d->directory && *d->directory && chdir(d->directory))
    say_warning("%s: %s; files that were named from there may not be found", d->directory,
                strerror(errno));
  struct pm_options options = {.procs = (unsigned)o->procs,
                               .pin = o->pin ? o->pin : d->pin,
                               .args = r->peek.args,
                               .faults = r->faults.plans,
                               .fault_count = r->faults.count,
                               .faults_anew = o->fault_count > 0,
                               .respawn_delay_ns =
                                   o->respawn_delay_ns ? o->respawn_delay_ns : d->respawn_delay_ns,
                               .timeout_ns = o->timeout_ns ? o->timeout_ns : d->timeout_ns,
                               .timeout_from_ns = deadline_from_ns(),
                               .watchdog_ns = o->watchdog_ns ? o->watchdog_ns : d->watchdog_ns,
                               .keep = o->keep || d->keep,
                               .no_check = d->no_check,
                               .auto_resume = o->auto_resume || d->auto_resume};
  snprintf(title, sizeof title, "%s %.300s, resumed", d->workload, d->args);
  struct attempt a = {.workload = workload,
                      .description = d,
                      .options = &options,
                      .region = r->region,
                      .progress = {.title = title}};
  struct signals signals;
  signals_hold(&signals, true);
  enum exit_code code = attempt_make(&a).code;
  if (signals_waiting(&signals)) code = exit_code_worse(code, EXIT_INTERRUPTED);
  signals_release(&signals);
  return code;
}

int command_resume(int argc, char **argv) {
  char error[PM_TEXT_MAX] = "";
  const struct workload *workload;
  struct resumption *r = calloc(1, sizeof *r);
  if (!r) return EXIT_INTERNAL;
  int code = run_options_parse(&r->options, RESUME_COMMAND, argc, argv, error);
  if (!code && r->options.help) {
    run_options_help(&r->options, RESUME_COMMAND, stdout);
  } else {
    if (!code) code = look(r, &workload, error);
    if (!code) code = take_faults(r, error);
    if (!code) code = describe_faults(r, error);
    if (!code) code = check_output(r, workload, error);
    if (code) say_error("%s", error);
    code = code ? exit_code_of(code) : finish(r, workload);
  }
  fault_set_free(&r->faults);
  description_free(&r->description);
  free(r);
  return code;
}
