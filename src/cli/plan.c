/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/plan.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/deadline.h"
#include "cli/say.h"
#include "path.h"
#include "proc/pin.h"
#include "proc/room.h"
#include "results/jsonl.h"
#include "results/machine.h"
#include "results/serial.h"

const char *plan_backend_path(const char *backend) {
  const char *colon = backend ? strchr(backend, ':') : NULL;
  return colon ? colon + 1 : NULL;
}

/* A region's file may be new; its directory may not. */
int plan_check_path(const struct plan *p, char *error) {
  const char *backend = p->options.backend;
  const char *path = plan_backend_path(backend);
  char copy[PATH_MAX];
  struct stat s;
  if (!path || !*path || !stat(path, &s)) return 0;
  int code = errno;
  bool fits = snprintf(copy, sizeof copy, "%s", path) < (int)sizeof copy;
  if (code == ENOENT && fits && !stat(dirname(copy), &s)) return 0;
  snprintf(error, PM_TEXT_MAX, "--backend %.300s: %s", backend, strerror(code));
  return PM_E_USAGE;
}

enum exit_code plan_prepare_out(struct plan *p) {
  char warning[PM_TEXT_MAX] = "", error[PM_TEXT_MAX] = "";
  const char *out = p->options.out;
  if (!out) return EXIT_RIGHT;
  struct stat s;
  int wrong = (mkdir(out, 0777) && errno != EEXIST) || !realpath(out, p->out) || stat(p->out, &s) ? errno : 0;
  if (!wrong && !S_ISDIR(s.st_mode)) wrong = ENOTDIR;
  if (wrong) {
    say_error("--out %s: %s", out, strerror(wrong));
    return EXIT_USAGE;
  }
  int code = jsonl_check(p->out, "runs.jsonl", error);
  if (!code) code = machine_keep(p->out, warning, error);
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

/* What a directory of results holds (README), but for what a report makes of it. */
static bool results_file(const char *name) {
  static const char *const names[] = {"runs.jsonl", "serial.json", "machine.json", "machine.hwloc.xml", "config.yaml", "config.json"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(name, names[i])) return true;
  return false;
}

/* The output would take the place of something that this command needs, or makes. */
static int check_output(const struct plan *p, char *error) {
  const struct run_options *o = &p->options;
  const struct workload *w = o->workload;
  const char *output = w->output_path ? w->output_path(p->args) : "", *region = plan_backend_path(o->backend);
  const char *slash = strrchr(output, '/'), *what = NULL;
  char directory[PATH_MAX];
  if (!*output) return 0;
  if (region && path_same(output, region)) what = "the region's own file (--backend)";
  else if (o->fault_replay && path_same(output, o->fault_replay)) what = "the record that --fault-replay reads";
  else if (o->out && path_same(path_directory(output, directory, sizeof directory), o->out) &&
           results_file(slash ? slash + 1 : output))
    what = "one of the files of results that --out names";
  if (!what) return 0;
  snprintf(error, PM_TEXT_MAX, "--output %.300s: that is %s; give another one", output, what);
  return PM_E_USAGE;
}

int plan_check(struct plan *p, char *error) {
  int code = run_options_args(&p->options, p->args, error);
  if (!code) code = check_output(p, error);
  return code ? code : prepare_faults(p, error);
}

/* The library looks at these too, but only after the serial twin has run. */
int plan_check_places(const struct run_options *o, char *error) {
  struct pm_pin pin;
  struct pm_error_line e = {0};
  int code = pm_pin_open(&pin, o->pin, (unsigned)o->procs, &e);
  snprintf(error, PM_TEXT_MAX, "%s", e.text);
  if (code) return code;
  unsigned procs = o->procs ? (unsigned)o->procs : pin.cores;
  pm_pin_close(&pin);
  if (!o->slots || o->slots >= procs) return 0;
  snprintf(error, PM_TEXT_MAX,
           "--slots %u: fewer than the %u workers; a worker needs a slot, so lower --procs",
           (unsigned)o->slots, procs);
  return PM_E_USAGE;
}

int plan_check_space(const struct plan *p, char *error) {
  const struct run_options *o = &p->options;
  const struct pm_options wanted = {.backend = o->backend,
                                    .procs = (unsigned)o->procs,
                                    .slots = (unsigned)o->slots,
                                    .pin = o->pin,
                                    .policy = o->policy,
                                    .way = o->ways,
                                    .stack_bytes = o->stack_bytes,
                                    .region_bytes = o->region_bytes,
                                    .force = o->force,
                                    .args = p->args};
  return pm_run_check(o->workload->program, &wanted, error);
}

/* Whoever takes more memory than a limit leaves is killed without a word: the twin is then left out, as where it fails. */
static int check_twin(const struct plan *p, char *error) {
  const struct workload *w = p->options.workload;
  struct pm_error_line e = {0};
  if (!pm_room_check_private(w->serial_bytes ? w->serial_bytes(p->args) : 0, w->program->address_bytes, &e)) return 0;
  snprintf(error, PM_TEXT_MAX, "%.500s", e.text);
  return -1;
}

void plan_measure_serial(struct plan *p, bool again) {
  char error[PM_TEXT_MAX] = "";
  struct serial_key key = {p->args_text, p->host, p->options.seed};
  if (p->options.no_serial) return;
  if (check_twin(p, error) || serial_find(p->options.workload, p->args, &key, p->options.out ? p->out : NULL, again,
                  &p->twin, error)) {
    say_warning("the serial twin: %s", error);
    p->twin = (struct workload_serial){0};
  }
}

/* In the largest unit of which it is a whole number. */
static void add_setting(char *text, size_t bytes, const char *name, uint64_t value, bool time) {
  static const struct { uint64_t factor; const char *name; } times[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}, {1, "ns"}},
                                                             sizes[] = {{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}, {1, ""}};
  size_t used = strlen(text);
  int i = 0;
  if (!value) return;
  while (value % (time ? times : sizes)[i].factor) i++;
  snprintf(text + used, bytes - used, "%s%s=%llu%s", used ? " " : "", name,
           (unsigned long long)(value / (time ? times : sizes)[i].factor), (time ? times : sizes)[i].name);
}

/* What is not said by a key of its own, and was not left to its default. */
static void describe_settings(const struct run_options *o, char *text, size_t bytes) {
  text[0] = 0;
  add_setting(text, bytes, "beat", o->beat_ns, true);
  add_setting(text, bytes, "watchdog", o->watchdog_ns, true);
  add_setting(text, bytes, "respawn-delay", o->respawn_delay_ns, true);
  add_setting(text, bytes, "stack", o->stack_bytes, false);
  add_setting(text, bytes, "region-size", o->region_bytes, false);
  add_setting(text, bytes, "slots", o->slots, false);
}

void plan_describe(struct plan *p, int argc, char **argv) {
  const struct run_options *o = &p->options;
  const struct workload *w = o->workload;
  w->describe(p->args, p->args_text, sizeof p->args_text);
  describe_settings(o, p->settings, sizeof p->settings);
  gethostname(p->host, sizeof p->host - 1);
  if (!getcwd(p->directory, sizeof p->directory)) p->directory[0] = 0;
  p->description = (struct description){.workload = w->program->name,
                                        .args = p->args_text,
                                        .host = p->host,
                                        .directory = p->directory,
                                        .backend = o->backend,
                                        .pin = o->pin,
                                        .capsule = o->capsule,
                                        .settings = p->settings,
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

static uint64_t expected_ns(const struct plan *p) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  uint64_t workers = p->options.procs;
  if (!workers || (cores > 0 && workers > (uint64_t)cores))
    workers = cores > 0 ? (uint64_t)cores : 1;
  return p->twin.ns / workers;
}

static void run_title(const struct plan *p, uint64_t rep, bool warmup, char *title) {
  const struct description *d = &p->description;
  char which[64] = "";
  if (warmup) snprintf(which, sizeof which, ", warm-up");
  else if (p->options.runs > 1)
    snprintf(which, sizeof which, ", run %u of %u", (unsigned)rep + 1, (unsigned)p->options.runs);
  snprintf(title, PM_TEXT_MAX, "%s %.300s%s", d->workload, d->args, which);
}

struct attempt_end plan_run_once(struct plan *p, uint64_t rep, bool warmup) {
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
                               .timeout_from_ns = deadline_from_ns(),
                               .forget_late = p->campaign != NULL,
                               .watchdog_ns = o->watchdog_ns,
                               .keep = o->keep && !warmup,
                               .force = o->force,
                               .no_check = o->no_check,
                               .auto_resume = o->auto_resume};
  run_title(p, rep, warmup, title);
  struct attempt a = {.workload = o->workload,
                      .description = d,
                      .options = &options,
                      .warmup = warmup,
                      .campaign = p->campaign,
                      .obstacle = p->obstacle,
                      .said = p->said,
                      .progress = {.title = p->title ? p->title : title,
                                   .expected_ns = expected_ns(p)}};
  struct attempt_end end = attempt_make(&a);
  if (a.twin.ns) p->twin = a.twin;
  free(note);
  return end;
}

void plan_free(struct plan *p) {
  if (p) fault_set_free(&p->faults);
  free(p);
}
