/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A campaign's directory: config.yaml as it was, config.json as it was understood (written last of
 * the two: with it the directory holds a campaign), machine.json, and runs.jsonl, which says what
 * has been made. A run is found again by its command line and its number.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/campaign.h"
#include "cli/say.h"
#include "file_whole.h"
#include "results/dataset.h"
#include "results/jsonl.h"
#include "results/machine.h"

/* ---- what was understood --------------------------------------------------------------------- */

static json_t *words_of(const struct combination *one) {
  json_t *words = json_array();
  for (unsigned i = 0; i < one->argc; i++) json_array_append_new(words, json_string(one->argv[i]));
  return words;
}

static json_t *understood(const struct campaign *c) {
  json_t *list = json_array();
  for (unsigned i = 0; i < c->count; i++)
    json_array_append_new(list, json_pack("{so si si}", "argv", words_of(&c->list[i]), "runs",
                                          (int)c->list[i].runs, "warmup", (int)c->list[i].warmup));
  return json_pack("{ss ss sI so}", "schema", "pmbench-config-1", "name", c->config.name, "seed",
                   (json_int_t)c->config.seed, "combinations", list);
}

static char *combination_text(const json_t *one) {
  const json_t *argv = json_object_get(one, "argv");
  const char *words[COMBINATION_WORDS_MAX];
  size_t count = json_array_size(argv);
  for (size_t i = 0; i < count && i < COMBINATION_WORDS_MAX; i++) {
    words[i] = json_string_value(json_array_get(argv, i));
    if (!words[i]) words[i] = "?";
  }
  char *command = campaign_command(words, count < COMBINATION_WORDS_MAX ? count : 0), *text = NULL;
  if (asprintf(&text, "`%s`, %d runs, %d warm-ups", command ? command : "?",
               (int)json_integer_value(json_object_get(one, "runs")),
               (int)json_integer_value(json_object_get(one, "warmup"))) < 0)
    text = NULL;
  free(command);
  return text;
}

/* The first thing that differs; NULL: nothing does. To be freed. */
static char *difference(const json_t *was, const json_t *is) {
  static const char *const keys[] = {"schema", "name", "seed"};
  const json_t *old = json_object_get(was, "combinations");
  const json_t *new = json_object_get(is, "combinations");
  char *text = NULL;
  if (json_equal(was, is)) return NULL;
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (!json_equal(json_object_get(was, keys[i]), json_object_get(is, keys[i])))
      return asprintf(&text, "its %s differs", keys[i]) < 0 ? NULL : text;
  for (size_t i = 0; i < json_array_size(old) && i < json_array_size(new); i++) {
    const json_t *a = json_array_get(old, i), *b = json_array_get(new, i);
    if (json_equal(a, b)) continue;
    char *before = combination_text(a), *now = combination_text(b);
    if (asprintf(&text, "combination %zu was %s and is %s", i + 1, before, now) < 0) text = NULL;
    free(before);
    free(now);
    return text;
  }
  return asprintf(&text, "it had %zu combinations and has %zu", json_array_size(old),
                  json_array_size(new)) < 0 ? NULL : text;
}

/* ---- what is done ---------------------------------------------------------------------------- */

static json_t *index_of(const struct campaign *c) {
  json_t *index = json_object();
  for (unsigned i = 0; i < c->count; i++)
    json_object_set_new(index, c->list[i].command, json_integer(i));
  return index;
}

static struct combination *find(const struct campaign *c, const json_t *index, const json_t *run) {
  const json_t *argv = json_object_get(run, "argv");
  const char *words[COMBINATION_WORDS_MAX];
  size_t count = json_array_size(argv);
  if (count > COMBINATION_WORDS_MAX) return NULL;
  for (size_t i = 0; i < count; i++)
    if (!(words[i] = json_string_value(json_array_get(argv, i)))) return NULL;
  char *command = campaign_command(words, count);
  const json_t *at = command ? json_object_get(index, command) : NULL;
  free(command);
  return at ? &c->list[json_integer_value(at)] : NULL;
}

static uint64_t time_of(const json_t *run, const char *key) {
  double ns = run_number(run, key);
  return ns > 0 ? (uint64_t)ns : 0;
}

static void recall_run(struct campaign *c, struct combination *one, const json_t *run) {
  double rep = run_number(run, "rep");
  if (!(rep >= 0 && rep < one->runs) || c->done[one->first + (unsigned)rep]) return;
  uint64_t wall = time_of(run, "wall_ns");
  bool right = json_is_true(json_object_get(run, "correct"));
  c->done[one->first + (unsigned)rep] = true;
  c->wall_ns[one->first + (unsigned)rep] = right ? wall : 0;
  one->made++;
  one->right += right;
  one->took_ns += wall + time_of(run, "setup_ns") + time_of(run, "check_ns");
}

/* Of the same workload and arguments, whatever else differs. */
static void recall_serial(struct campaign *c, const json_t *run) {
  uint64_t serial_ns = time_of(run, "serial_ns");
  for (unsigned i = 0; serial_ns && i < c->count; i++)
    if (!c->list[i].serial_ns && !strcmp(c->list[i].args_text, run_text(run, "args")) &&
        !strcmp(c->list[i].argv[1], run_text(run, "workload")))
      c->list[i].serial_ns = serial_ns;
}

static void forget(struct campaign *c) {
  memset(c->done, 0, c->runs * sizeof *c->done);
  for (unsigned i = 0; i < c->count; i++) {
    struct combination *one = &c->list[i];
    one->made = one->right = 0;
    one->took_ns = 0;
  }
}

static json_t *skipped_row(const struct combination *one, const struct plan *p,
                           const char *reason) {
  static const char *const policies[] = {
      [PM_POLICY_BEAT] = "beat", [PM_POLICY_FORK] = "fork", [PM_POLICY_NONE] = "none"};
  const struct run_options *o = &p->options;
  const char *backend = o->backend ? o->backend : "dram";
  json_t *faults = json_array();
  for (unsigned i = 0; i < o->fault_count; i++)
    json_array_append_new(faults, json_string(o->fault_texts[i]));
  return json_pack("{ss ss ss ss% ss si ss so ss*}", "schema", "pmbench-skipped-1", "workload",
                   one->argv[1], "args", one->args_text, "backend", backend,
                   strcspn(backend, ":"), "capsule", policies[o->policy], "procs", (int)o->procs,
                   "pin", o->pin ? o->pin : "compact", "fault_plan", faults, "reason", reason);
}

static int recall_skipped(struct campaign *c, const json_t *rows) {
  char error[PM_TEXT_MAX];
  for (unsigned i = 0; json_array_size(rows) && i < c->count; i++) {
    struct combination *one = &c->list[i];
    struct plan *p;
    size_t at;
    const json_t *row;
    int code = campaign_plan(c, one, &p, error);
    json_t *mine = code ? NULL : skipped_row(one, p, NULL);
    json_array_foreach(rows, at, row) {
      json_t *theirs = json_copy((json_t *)row);
      json_object_del(theirs, "reason");
      if (mine && json_equal(mine, theirs)) {
        snprintf(one->reason, sizeof one->reason, "%s", run_text(row, "reason"));
        one->skipped = true;
      }
      json_decref(theirs);
    }
    json_decref(mine);
    plan_free(p);
    if (code) return code;
  }
  return 0;
}

int campaign_recall(struct campaign *c, const char *directory, char *error) {
  char path[PATH_MAX + 16];
  struct stat s;
  struct dataset d;
  forget(c);
  snprintf(path, sizeof path, "%s/runs.jsonl", directory);
  if (stat(path, &s) || !s.st_size) return 0;
  int code = dataset_load(&d, directory, error);
  if (code && d.warning[0] && !json_array_size(d.runs)) code = 0; /* cut off in its first line */
  json_t *index = index_of(c), *run;
  size_t i;
  if (!code) json_array_foreach(d.runs, i, run) {
    struct combination *one = find(c, index, run);
    if (one) recall_run(c, one, run);
    recall_serial(c, run);
  }
  if (!code) code = recall_skipped(c, d.skipped);
  json_decref(index);
  dataset_free(&d);
  return code;
}

int campaign_keep_skipped(struct campaign *c, const struct combination *one,
                          const struct plan *plan) {
  char warning[PM_TEXT_MAX] = "", error[PM_TEXT_MAX] = "";
  json_t *row = skipped_row(one, plan, one->reason);
  int code = row ? jsonl_append(c->directory, "runs.jsonl", row, warning, error) : -ENOMEM;
  json_decref(row);
  if (warning[0]) say_warning("%s", warning);
  if (code) say_error("--out: %s", error[0] ? error : "no memory");
  return code;
}

/* ---- the directory --------------------------------------------------------------------------- */

static enum exit_code refuse(const struct campaign *c, const char *reason) {
  say_error("--out %s: %s", c->out, reason);
  return EXIT_USAGE;
}

static bool holds(const struct campaign *c, const char *name) {
  char path[PATH_MAX + 32];
  snprintf(path, sizeof path, "%s/%s", c->directory, name);
  return !access(path, F_OK);
}

/* results/NAME-TIME, where no --out was given. */
static enum exit_code name_directory(struct campaign *c) {
  struct tm utc;
  time_t now = time(NULL);
  char when[32];
  c->out = c->options->out;
  if (c->out) return EXIT_RIGHT;
  strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
  snprintf(c->out_text, sizeof c->out_text, "results/%s-%s", c->config.name, when);
  c->out = c->out_text;
  if (mkdir("results", 0777) && errno != EEXIST) return refuse(c, strerror(errno));
  say_error("results go to %s", c->out);
  return EXIT_RIGHT;
}

static enum exit_code lock_directory(struct campaign *c) {
  if (!realpath(c->out, c->directory)) return refuse(c, strerror(errno));
  c->lock = open(c->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (c->lock < 0) return refuse(c, strerror(errno));
  if (!flock(c->lock, LOCK_EX | LOCK_NB)) return EXIT_RIGHT;
  if (errno != EWOULDBLOCK) {
    say_error("%s: cannot be locked: %s; without locks (flock) two campaigns could work there: name a directory on another file system",
              c->directory, strerror(errno));
    return EXIT_MACHINE;
  }
  return refuse(c, "another campaign is working there; wait for it, or name another directory");
}

static enum exit_code write_config(struct campaign *c) {
  char path[PATH_MAX + 32], error[PM_TEXT_MAX] = "";
  struct file_whole file;
  snprintf(path, sizeof path, "%s/config.yaml", c->directory);
  int code = file_whole_begin(&file, path, error);
  if (!code && (code = file_whole_write(&file, c->config.text, c->config.bytes, error)))
    file_whole_drop(&file);
  else if (!code) code = file_whole_end(&file, error);
  json_t *config = understood(c);
  if (!code) code = json_replace(c->directory, "config.json", config, error);
  json_decref(config);
  if (code) say_error("--out: %s", error);
  return code ? EXIT_USAGE : EXIT_RIGHT;
}

static enum exit_code begin(struct campaign *c) {
  if (holds(c, "config.json"))
    return refuse(c, "a campaign is there already; go on with it with --resume, or name another "
                     "directory");
  if (holds(c, "runs.jsonl"))
    return refuse(c, "runs are there already; name another directory");
  return write_config(c);
}

static enum exit_code go_on(struct campaign *c) {
  char path[PATH_MAX + 32], error[PM_TEXT_MAX] = "";
  snprintf(path, sizeof path, "%s/config.json", c->directory);
  if (!holds(c, "config.json")) return refuse(c, "no campaign is there; leave --resume out");
  json_t *was = json_load_file(path, 0, NULL), *is = understood(c);
  char *differs = was ? difference(was, is) : strdup("its config.json cannot be read");
  json_decref(was);
  json_decref(is);
  if (differs) {
    say_error("--resume: %s is not the campaign in %s: %s; begin another one in another directory",
              c->config.path, c->out, differs);
    free(differs);
    return EXIT_USAGE;
  }
  int code = campaign_recall(c, c->directory, error);
  if (code) say_error("--resume: %s", error);
  return code ? EXIT_USAGE : EXIT_RIGHT;
}

enum exit_code campaign_open(struct campaign *c) {
  char warning[PM_TEXT_MAX] = "", error[PM_TEXT_MAX] = "";
  enum exit_code code = name_directory(c);
  if (code != EXIT_RIGHT) return code;
  if (!c->options->resume && mkdir(c->out, 0777) && errno != EEXIST)
    return refuse(c, strerror(errno));
  code = lock_directory(c);
  if (code == EXIT_RIGHT) code = c->options->resume ? go_on(c) : begin(c);
  if (code != EXIT_RIGHT) return code;
  int kept = machine_keep(c->directory, warning, error);
  if (warning[0]) say_warning("%s", warning);
  if (kept) say_error("--out: %s", error);
  return kept ? EXIT_USAGE : EXIT_RIGHT;
}

void campaign_close(struct campaign *c) {
  if (c->lock >= 0) close(c->lock);
  c->lock = -1;
}
