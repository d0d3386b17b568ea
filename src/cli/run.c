/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `pmbench run`: a workload, as often as was asked. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/attempt.h"
#include "cli/commands.h"
#include "cli/orphans.h"
#include "cli/run_options.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "proc/pin.h"
#include "results/machine.h"
#include "results/serial.h"

struct plan {                             /* what all runs of one command share */
  struct run_options options;
  struct fault_set faults;
  _Alignas(64) unsigned char args[PM_PROGRAM_ARGS_MAX];
  char args_text[4096], host[HOST_NAME_MAX + 1], directory[PATH_MAX], out[PATH_MAX],
      replay[PATH_MAX];
  struct workload_serial twin;
  struct description description;
  uint64_t *wall_ns;                      /* of the right runs */
  unsigned right, done;
};

/* ---- before the first run -------------------------------------------------------------------- */

static const char *backend_path(const char *backend) {
  const char *colon = backend ? strchr(backend, ':') : NULL;
  return colon ? colon + 1 : NULL;
}

/* A region's file may be new; its directory may not. */
static int check_path(const char *backend, char *error) {
  const char *path = backend_path(backend);
  char copy[PATH_MAX];
  struct stat s;
  if (!path || !*path || !stat(path, &s)) return 0;
  int code = errno;
  if (code == ENOENT && snprintf(copy, sizeof copy, "%s", path) < (int)sizeof copy && !stat(dirname(copy), &s)) return 0;
  snprintf(error, PM_TEXT_MAX, "--backend %.300s: %s", backend, strerror(code));
  return PM_E_USAGE;
}

static int prepare_out(struct plan *p) {
  char warning[PM_TEXT_MAX] = "", error[PM_TEXT_MAX] = "";
  const char *out = p->options.out;
  if (!out) return EXIT_RIGHT;
  if ((mkdir(out, 0777) && errno != EEXIST) || !realpath(out, p->out)) {
    say_error("--out %s: %s", out, strerror(errno));
    return EXIT_USAGE;
  }
  int code = machine_keep(p->out, warning, error);
  if (warning[0]) say_warning("%s", warning);
  if (code) say_error("--out: %s", error);
  return code ? EXIT_USAGE : EXIT_RIGHT;
}

static int prepare_faults(struct plan *p, char *error) {
  const struct run_options *o = &p->options;
  int code = 0;
  for (unsigned i = 0; !code && i < o->fault_count; i++)
    code = fault_parse(&p->faults, o->fault_texts[i], error);
  if (!code && o->fault_replay) code = fault_replay(&p->faults, o->fault_replay, error);
  if (!code && o->fault_replay && !realpath(o->fault_replay, p->replay)) {
    snprintf(error, PM_TEXT_MAX, "--fault-replay %.300s: %s", o->fault_replay, strerror(errno));
    code = PM_E_USAGE;
  }
  return code;
}

/* The library looks at these too, but only after the serial twin has run. */
static int check_places(const struct run_options *o, char *error) {
  struct pm_pin pin;
  struct pm_error_line e = {0};
  int code = pm_pin_open(&pin, o->pin, (unsigned)o->procs, &e);
  snprintf(error, PM_TEXT_MAX, "%s", e.text);
  if (code) return code;
  unsigned procs = o->procs ? (unsigned)o->procs : pin.cores;
  pm_pin_close(&pin);
  if (!o->slots || o->slots >= procs) return 0;
  snprintf(error, PM_TEXT_MAX, "--slots %u: fewer than the %u workers; a worker needs a slot, so lower --procs", (unsigned)o->slots,
           procs);
  return PM_E_USAGE;
}

/* A memory that is too small shows before the serial twin has run; the library looks more closely.
 */
static int check_space(const struct plan *p) {
  const struct pm_program *program = p->options.workload->program;
  const char *path = backend_path(p->options.backend);
  struct statvfs v;
  char copy[PATH_MAX];
  if (!path) path = "/dev/shm";
  uint64_t need = program->bytes ? program->bytes(p->args) : 0;
  if (need < p->options.region_bytes) need = p->options.region_bytes;
  snprintf(copy, sizeof copy, "%s", path);
  if (statvfs(path, &v) && errno == ENOENT) path = dirname(copy); /* where a new file will be */
  if (statvfs(path, &v) || need / v.f_frsize <= v.f_bavail) return EXIT_RIGHT;
  char needed[SAY_TEXT_MAX], free_text[SAY_TEXT_MAX];
  struct stat s;
  if (!stat(path, &s) && !S_ISDIR(s.st_mode))
    return EXIT_RIGHT; /* its own blocks count too: the library knows */
  say_error("%s: this run needs %s and %s is free there; make it larger, name another place with "
            "--backend file:PATH, or "
            "use a smaller problem",
            path, say_bytes(need, needed), say_bytes(v.f_bavail * v.f_frsize, free_text));
  return EXIT_MACHINE;
}

static void measure_serial(struct plan *p) {
  char error[PM_TEXT_MAX] = "";
  struct serial_key key = {p->args_text, p->host, p->options.seed};
  if (p->options.no_serial) return;
  if (serial_find(p->options.workload, p->args, &key, p->options.out ? p->out : NULL, false,
                  &p->twin, error)) {
    say_warning("the serial twin: %s", error);
    p->twin = (struct workload_serial){0};
  }
}

static void describe(struct plan *p, int argc, char **argv) {
  const struct run_options *o = &p->options;
  const struct workload *w = o->workload;
  w->describe(p->args, p->args_text, sizeof p->args_text);
  gethostname(p->host, sizeof p->host - 1);
  if (!getcwd(p->directory, sizeof p->directory)) p->directory[0] = 0;
  p->description = (struct description){.workload = w->program->name,
                                        .args = p->args_text,
                                        .host = p->host,
                                        .directory = p->directory,
                                        .backend = o->backend,
                                        .pin = o->pin,
                                        .capsule = o->capsule,
                                        .out = o->out ? p->out : NULL,
                                        .fault_replay = o->fault_replay ? p->replay : NULL,
                                        .argv = (const char *const *)argv,
                                        .argc = (unsigned)argc,
                                        .faults = o->fault_texts,
                                        .fault_count = o->fault_count,
                                        .n = w->n ? w->n(p->args) : 0,
                                        .tasks = w->tasks ? w->tasks(p->args) : 0,
                                        .seed = o->seed,
                                        .respawn_delay_ns = o->respawn_delay_ns,
                                        .timeout_ns = o->timeout_ns,
                                        .watchdog_ns = o->watchdog_ns,
                                        .procs = (unsigned)o->procs,
                                        .json = o->json,
                                        .keep = o->keep,
                                        .no_check = o->no_check,
                                        .auto_resume = o->auto_resume};
}

/* ---- the runs
 * ---------------------------------------------------------------------------------------- */

static uint64_t expected_ns(const struct plan *p) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  uint64_t workers = p->options.procs;
  if (!workers || (cores > 0 && workers > (uint64_t)cores))
    workers = cores > 0 ? (uint64_t)cores : 1;
  return p->twin.ns / workers;
}

static struct attempt_end run_once(struct plan *p, uint64_t rep, bool warmup) {
  const struct run_options *o = &p->options;
  struct description *d = &p->description;
  char title[PM_TEXT_MAX];
  d->rep = rep;
  d->serial_ns = p->twin.ns;
  d->serial_answer = p->twin.answer;
  description_stamp(d);
  char *note = description_text(d);
  if (!note) {
    say_error("the command line is too long to be kept in the region (%d bytes)",
              DESCRIPTION_TEXT_MAX);
    return (struct attempt_end){.code = EXIT_USAGE};
  }
  struct pm_options options = {.backend = o->backend,
                               .procs = (unsigned)o->procs,
                               .slots = (unsigned)o->slots,
                               .pin = o->pin,
                               .policy = o->policy,
                               .beat_ns = o->beat_ns,
                               .way = o->ways,
                               .seed = o->seed + rep,
                               .stack_bytes = o->stack_bytes,
                               .region_bytes = o->region_bytes,
                               .args = p->args,
                               .note = note,
                               .faults = p->faults.plans,
                               .fault_count = warmup ? 0 : p->faults.count,
                               .respawn_delay_ns = o->respawn_delay_ns,
                               .timeout_ns = o->timeout_ns,
                               .watchdog_ns = o->watchdog_ns,
                               .keep = o->keep && !warmup,
                               .force = o->force,
                               .no_check = o->no_check,
                               .auto_resume = o->auto_resume};
  if (warmup) snprintf(title, sizeof title, "%s %.300s, warm-up", d->workload, d->args);
  else if (o->runs > 1)
    snprintf(title, sizeof title, "%s %.300s, run %u of %u", d->workload, d->args,
             (unsigned)rep + 1, (unsigned)o->runs);
  else snprintf(title, sizeof title, "%s %.300s", d->workload, d->args);
  struct attempt a = {.workload = o->workload,
                      .description = d,
                      .options = &options,
                      .warmup = warmup,
                      .progress = {.title = title, .expected_ns = expected_ns(p)}};
  struct attempt_end end = attempt_make(&a);
  if (a.twin.ns) p->twin = a.twin;
  free(note);
  return end;
}

static enum exit_code run_all(struct plan *p) {
  const struct run_options *o = &p->options;
  enum exit_code worst = EXIT_RIGHT;
  struct signals signals;
  signals_hold(&signals,
               o->ways ==
                   PM_PROCESSES); /* threads run in this process: it can be ended at any time */
  for (uint64_t i = 0; i < o->warmup + o->runs; i++) {
    bool warmup = i < o->warmup;
    struct attempt_end end = run_once(p, warmup ? i : i - o->warmup, warmup);
    worst = exit_code_worse(worst, end.code);
    if (!warmup && end.ran) p->done++;
    if (!warmup && end.right) p->wall_ns[p->right++] = end.wall_ns;
    bool stop = signals_waiting(&signals);
    if (stop) worst = exit_code_worse(worst, EXIT_INTERRUPTED);
    if (stop || !end.ran || end.code == EXIT_INTERRUPTED) break;
  }
  if (o->runs > 1 && p->done && !o->json) summary_print_runs(p->wall_ns, p->right, p->done, stdout);
  signals_release(&signals);
  return worst;
}

static enum exit_code clean_up(const struct plan *p) {
  const char *named = p->options.clean_directory, *place = named ? named : backend_path(p->options.backend);
  struct stat s;
  int code = named && stat(named, &s) ? errno : named && !S_ISDIR(s.st_mode) ? ENOTDIR : 0;
  if (code) {
    say_error("--clean=%s: %s", named, strerror(code));
    return EXIT_USAGE;
  }
  return orphans_handle(place, p->options.clean) ? EXIT_INTERNAL : EXIT_RIGHT;
}

static enum exit_code run_workload(struct plan *p, int argc, char **argv) {
  char error[PM_TEXT_MAX] = "";
  int code = run_options_args(&p->options, p->args, error);
  if (!code) code = prepare_faults(p, error);
  if (!code) code = check_places(&p->options, error);
  if (!code) code = check_path(p->options.backend, error);
  if (code) {
    say_error("%s", error);
    return exit_code_of(code);
  }
  code = prepare_out(p);
  if (code == EXIT_RIGHT) code = (int)clean_up(p);
  if (code == EXIT_RIGHT) code = check_space(p);
  p->wall_ns = calloc(p->options.runs, sizeof *p->wall_ns);
  if (code == EXIT_RIGHT && !p->wall_ns) {
    say_error("no memory for %u runs", (unsigned)p->options.runs);
    code = EXIT_INTERNAL;
  }
  if (code != EXIT_RIGHT) return (enum exit_code)code;
  describe(p, argc, argv);
  measure_serial(p);
  return run_all(p);
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
  } else {
    code = p->options.workload ? run_workload(p, argc, argv) : clean_up(p);
  }
  fault_set_free(&p->faults);
  free(p->wall_ns);
  free(p);
  return (int)code;
}
