/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `pmbench run`: a workload, as often as was asked; or a configuration's campaign. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/campaign.h"
#include "cli/commands.h"
#include "cli/deadline.h"
#include "cli/orphans.h"
#include "cli/plan.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/standard_output.h"
#include "cli/summary.h"

/* `wall_ns` has room for every run. */
static enum exit_code run_all(struct plan *p, uint64_t *wall_ns) {
  const struct run_options *o = &p->options;
  enum exit_code worst = EXIT_RIGHT;
  unsigned right = 0, done = 0;
  bool deserted = false;
  struct signals signals;
  signals_hold(&signals,
               o->ways ==
                   PM_PROCESSES); /* threads run in this process: it can be ended at any time */
  for (uint64_t i = 0; i < o->warmup + o->runs; i++) {
    bool warmup = i < o->warmup;
    struct attempt_end end = plan_run_once(p, warmup ? i : i - o->warmup, warmup);
    worst = exit_code_worse(worst, end.code);
    if (!warmup && end.ran) done++;
    if (!warmup && end.right) wall_ns[right++] = end.wall_ns;
    bool stop = signals_waiting(&signals);
    if (stop && !end.interrupted) say_error("interrupted");
    if (stop) worst = exit_code_worse(worst, EXIT_INTERRUPTED);
    if (stop || !end.ran || end.code == EXIT_INTERRUPTED) break;
    if (!o->out && (deserted = standard_output_is_deserted())) break; /* nobody would learn of another run */
  }
  if (o->runs > 1 && done < o->runs && !deserted) say_error("%u of %u runs were made", done, (unsigned)o->runs);
  if (o->runs > 1 && done && !o->json) summary_print_runs(wall_ns, right, done, stdout);
  signals_release(&signals);
  return worst;
}

static enum exit_code clean_up(const struct run_options *o) {
  const char *named = o->clean_directory;
  const char *place = named ? named : plan_backend_path(o->backend);
  struct stat s;
  int code = named && stat(named, &s) ? errno : named && !S_ISDIR(s.st_mode) ? ENOTDIR : 0;
  if (code) {
    say_error("--clean=%s: %s", named, strerror(code));
    return EXIT_USAGE;
  }
  return orphans_handle(place, o->clean) ? EXIT_INTERNAL : EXIT_RIGHT;
}

static enum exit_code check(struct plan *p) {
  char error[PM_TEXT_MAX] = "";
  int code = plan_check(p, error);
  if (!code) code = plan_check_path(p, error);
  if (!code) code = plan_check_places(&p->options, error);
  if (code) say_error("%s", error);
  return exit_code_of(code);
}

static enum exit_code check_space(const struct plan *p) {
  char error[PM_TEXT_MAX] = "";
  int code = plan_check_space(p, error);
  if (code) say_error("%s", error);
  return exit_code_of(code);
}

static enum exit_code run_workload(struct plan *p, int argc, char **argv) {
  deadline_begin(p->options.timeout_ns, 0);
  enum exit_code code = check(p);
  if (code == EXIT_RIGHT) code = plan_prepare_out(p);
  if (code == EXIT_RIGHT) code = clean_up(&p->options);
  if (code == EXIT_RIGHT) code = check_space(p);
  if (code != EXIT_RIGHT) return code;
  uint64_t *wall_ns = calloc(p->options.runs, sizeof *wall_ns);
  if (!wall_ns) {
    say_error("no memory for %u runs", (unsigned)p->options.runs);
    return EXIT_INTERNAL;
  }
  plan_describe(p, argc, argv);
  struct signals signals;
  signals_end_at_once(&signals, true);
  plan_measure_serial(p, false);
  signals_end_at_once(&signals, false);
  code = run_all(p, wall_ns);
  free(wall_ns);
  return code;
}

int command_run(int argc, char **argv) {
  char error[PM_TEXT_MAX] = "";
  struct plan *p = calloc(1, sizeof *p);
  if (!p) return EXIT_INTERNAL;
  enum exit_code code = EXIT_USAGE;
  if (run_options_parse(&p->options, RUN_COMMAND, argc, argv, error)) {
    say_error("%s", error);
  } else if (p->options.help) {
    run_options_help(&p->options, RUN_COMMAND, stdout);
    code = EXIT_RIGHT;
  } else if (p->options.workload) {
    code = run_workload(p, argc, argv);
  } else {
    code = p->options.dry_run ? EXIT_RIGHT : clean_up(&p->options);
    if (code == EXIT_RIGHT && p->options.config) code = campaign_run(&p->options);
  }
  plan_free(p);
  return (int)code;
}
