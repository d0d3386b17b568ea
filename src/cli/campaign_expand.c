/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a configuration to its combinations. The command line's own parser reads each of them, so
 * that its rules and errors hold here too; an error's line in the file is that of the value it
 * begins with.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "cli/campaign.h"
#include "proc/pin.h"

enum { COMMAND_BYTES_MAX = 12288, PRODUCT_MAX = 4 * COMBINATIONS_MAX };
#define SAFE_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@+%"

struct expansion {
  struct campaign *c;
  const struct config_block *block;
  const struct config_workload *workload;
  const struct config_axis *axes[WORKLOAD_OPTIONS_MAX + CONFIG_OPTIONS]; /* the workload's first */
  unsigned axis_count, at[WORKLOAD_OPTIONS_MAX + CONFIG_OPTIONS];
  const struct workload_option *options;
  char *words[COMBINATION_WORDS_MAX];
  unsigned word_count;
  const char *unavailable;
  char *error;
};

#define FAIL(x, line, ...) config_fail(&(x)->c->config, line, (x)->error, __VA_ARGS__)

static int no_memory(struct expansion *x) {
  snprintf(x->error, PM_TEXT_MAX, "no memory for the combinations of %.200s", x->c->config.path);
  return -ENOMEM;
}

static char *keep_text(struct config *config, const char *text) {
  char *copy = config_keep(config, strlen(text) + 1, 1);
  if (copy) strcpy(copy, text);
  return copy;
}

/* ---- words ----------------------------------------------------------------------------------- */

static int add_word(struct expansion *x, const char *text) {
  if (x->word_count == COMBINATION_WORDS_MAX)
    return FAIL(x, x->workload->line, "more than %d words on a command line",
                COMBINATION_WORDS_MAX);
  x->words[x->word_count] = keep_text(&x->c->config, text);
  return x->words[x->word_count++] ? 0 : no_memory(x);
}

static int add_option(struct expansion *x, const char *name) {
  char text[128];
  snprintf(text, sizeof text, "%s%.100s", name[1] ? "--" : "-", name);
  return add_word(x, text);
}

static char *quote(char *to, const char *word) {
  if (*word && !word[strspn(word, SAFE_BYTES)]) return stpcpy(to, word);
  *to++ = '\'';
  for (; *word; word++)
    if (*word == '\'') to = stpcpy(to, "'\\''");
    else *to++ = *word;
  return stpcpy(to, "'");
}

char *campaign_command(const char *const *words, size_t count) {
  size_t bytes = sizeof "pmbench";
  for (size_t i = 0; i < count; i++) bytes += 4 * strlen(words[i]) + 3;
  char *text = malloc(bytes), *to = text;
  if (!text) return NULL;
  to = stpcpy(to, "pmbench");
  for (size_t i = 0; i < count; i++) {
    *to++ = ' ';
    to = quote(to, words[i]);
  }
  return text;
}

/* ---- workers --------------------------------------------------------------------------------- */

/* 4, all, 2x (of the cores). */
static bool workers_of(struct expansion *x, const char *text, uint64_t *workers) {
  char reason[PM_TEXT_MAX], number[32];
  size_t length = strlen(text);
  if (!strcmp(text, "all")) {
    *workers = x->c->cores;
    return true;
  }
  bool times = length > 1 && length < sizeof number && text[length - 1] == 'x';
  snprintf(number, sizeof number, "%.*s", (int)(length - times), text);
  if (length >= sizeof number || pm_units_count("procs:", number, workers, reason)) return false;
  if (times) *workers *= x->c->cores;
  return *workers > 0 && *workers <= PM_SLOTS_MAX;
}

static int add_workers(struct expansion *x, struct config_axis *axis,
                       const struct config_choice *from) {
  char first[64], digits[32];
  const char *text = from->texts[0], *dots = strstr(text, "..");
  uint64_t low, high;
  snprintf(first, sizeof first, "%.*s", dots ? (int)(dots - text) : 63, text);
  if (!workers_of(x, first, &low) || !workers_of(x, dots ? dots + 2 : first, &high) || low > high)
    return FAIL(x, from->line,
                "procs: %.60s: not a number of workers; write 4, all (one a core), 2x (two a "
                "core) or 1..all, at most %d",
                text, PM_SLOTS_MAX);
  for (uint64_t n = low; n <= high; n++) {
    const char **texts = config_keep(&x->c->config, 1, sizeof *texts);
    if (axis->count == CONFIG_CHOICES_MAX)
      return FAIL(x, from->line, "procs: more than %d values", CONFIG_CHOICES_MAX);
    snprintf(digits, sizeof digits, "%u", (unsigned)n);
    if (!texts || !(*texts = keep_text(&x->c->config, digits))) return no_memory(x);
    axis->choices[axis->count++] = (struct config_choice){texts, 1, from->line};
  }
  return 0;
}

/* Always given: `one a core` is another number on another machine. */
static int count_workers(struct expansion *x, const struct config_axis *given,
                         struct config_axis *counted) {
  static const char *const everything[] = {"all"};
  struct config_choice all = {everything, 1, x->block->line};
  *counted = (struct config_axis){"procs", config_keep(&x->c->config, CONFIG_CHOICES_MAX,
                                                       sizeof *counted->choices), 0, given->line};
  if (!counted->choices) return no_memory(x);
  int code = given->count ? 0 : add_workers(x, counted, &all);
  for (unsigned i = 0; !code && i < given->count; i++)
    code = add_workers(x, counted, &given->choices[i]);
  return code;
}

/* ---- places of regions ----------------------------------------------------------------------- */

/* A backend's name alone, and what it stands for. */
static const char *backend_place(struct expansion *x, const char *name) {
  const struct run_options *o = x->c->options;
  const struct { const char *name, *option, *variable, *otherwise; } places[] = {
      {"file", o->path, "PMBENCH_PATH", "."},
      {"dax", o->dax, "PMBENCH_DAX", ""},
      {"emulated", NULL, NULL, "/dev/shm"}};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    if (strcmp(places[i].name, name)) continue;
    const char *set = places[i].variable ? getenv(places[i].variable) : NULL;
    return places[i].option ? places[i].option : set && *set ? set : places[i].otherwise;
  }
  return NULL;
}

static int add_backend(struct expansion *x, const char *name) {
  char text[2 * PATH_MAX], path[PATH_MAX];
  const char *place = backend_place(x, name);
  if (!place) return add_word(x, name);
  if (!*place) {
    x->unavailable = "dax: no path is known; name one with --dax PATH or in PMBENCH_DAX";
    place = "PATH";
  } else if (realpath(place, path)) {
    place = path;
  }
  snprintf(text, sizeof text, "%.32s:%s", name, place);
  return add_word(x, text);
}

/* ---- one combination ------------------------------------------------------------------------- */

static const struct config_choice *chosen(const struct expansion *x, unsigned axis) {
  return &x->axes[axis]->choices[x->at[axis]];
}

static bool is_none(const struct config_choice *choice) {
  return choice->count == 1 && !strcmp(choice->texts[0], "none");
}

static int add_axis(struct expansion *x, unsigned axis) {
  const char *name = x->axes[axis]->name;
  const struct config_choice *choice = chosen(x, axis);
  bool own = axis < x->workload->arg_count, fault = !own && !strcmp(name, "fault");
  int code = 0;
  if (fault && is_none(choice)) return 0;
  for (unsigned i = 0; !code && i < choice->count; i++) {
    if (!i || fault) code = add_option(x, name);
    if (!code && !own && !strcmp(name, "backend")) code = add_backend(x, choice->texts[i]);
    else if (!code) code = add_word(x, choice->texts[i]);
  }
  return code;
}

/* A crash takes the supervisor with it: somebody must go on. */
static bool has_crash(const struct expansion *x) {
  for (unsigned i = 1; i < x->word_count; i++)
    if (!strcmp(x->words[i - 1], "--fault") && !strncmp(x->words[i], "crash", 5)) return true;
  return false;
}

static int write_words(struct expansion *x) {
  char seed[32];
  x->word_count = 0;
  x->unavailable = NULL;
  int code = add_word(x, "run");
  if (!code) code = add_word(x, x->workload->name);
  for (unsigned i = 0; !code && i < x->axis_count; i++) code = add_axis(x, i);
  if (!code && x->block->seed != 1) {
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)x->block->seed);
    code = add_option(x, "seed");
    if (!code) code = add_word(x, seed);
  }
  if (!code && has_crash(x)) code = add_option(x, "auto-resume");
  return code;
}

/* Nothing is committed, so no fault can be survived. */
static bool is_hopeless(const struct expansion *x) {
  bool none = false, faults = false;
  for (unsigned i = x->workload->arg_count; i < x->axis_count; i++) {
    const struct config_choice *choice = chosen(x, i);
    none |= !strcmp(x->axes[i]->name, "capsule") && is_none(choice);
    faults |= !strcmp(x->axes[i]->name, "fault") && !is_none(choice);
  }
  return none && faults;
}

/* The line of the value that an error of the command line begins with. */
static unsigned line_of(const struct expansion *x, const char *error) {
  char option[128];
  for (unsigned i = 0; i < x->axis_count; i++) {
    const char *name = x->axes[i]->name;
    size_t length = (size_t)snprintf(option, sizeof option, "%s%.100s", name[1] ? "--" : "-", name);
    if (!strncmp(error, option, length) && (error[length] == ' ' || error[length] == ':'))
      return chosen(x, i)->line;
  }
  return x->workload->line;
}

static bool same_places(const struct run_options *a, const struct run_options *b) {
  return a->procs == b->procs && a->slots == b->slots &&
         !strcmp(a->pin ? a->pin : "", b->pin ? b->pin : "");
}

static int check_one(struct expansion *x, struct combination *one, struct run_options *places) {
  char reason[PM_TEXT_MAX] = "", args[sizeof(((struct plan *)0)->args_text)] = "";
  struct plan *p;
  int code = campaign_plan(x->c, one, &p, reason);
  if (!code && !same_places(&p->options, places)) {
    code = plan_check_places(&p->options, reason);
    *places = p->options;
  }
  if (!code && !one->unavailable && plan_check_path(p, reason)) {
    one->unavailable = keep_text(&x->c->config, reason);
    if (!one->unavailable) code = no_memory(x);
  }
  if (!code) p->options.workload->describe(p->args, args, sizeof args);
  plan_free(p);
  one->args_text = keep_text(&x->c->config, args);
  if (!code) return one->args_text ? 0 : no_memory(x);
  FAIL(x, line_of(x, reason), "%s", reason);
  return code;
}

static struct combination *find(const struct campaign *c, const char *command) {
  for (unsigned i = 0; i < c->count; i++)
    if (!strcmp(c->list[i].command, command)) return &c->list[i];
  return NULL;
}

static int add_one(struct expansion *x, struct run_options *places) {
  struct campaign *c = x->c;
  if (is_hopeless(x)) {
    c->without_commits++;
    return 0;
  }
  int code = write_words(x);
  if (code) return code;
  char *command = campaign_command((const char *const *)x->words, x->word_count);
  struct combination *one = command ? find(c, command) : NULL;
  unsigned runs = (unsigned)x->block->runs, warmup = (unsigned)x->block->warmup;
  if (one) {                              /* in an earlier block, or twice in a list */
    c->repeated++;
    if (runs > one->runs) one->runs = runs;
    if (warmup > one->warmup) one->warmup = warmup;
    free(command);
    return 0;
  }
  if (c->count == COMBINATIONS_MAX)
    code = FAIL(x, x->block->line, "more than %d combinations; shorten a list", COMBINATIONS_MAX);
  else if (command && strlen(command) > COMMAND_BYTES_MAX)
    code = FAIL(x, x->workload->line, "a command line of more than %d bytes", COMMAND_BYTES_MAX);
  if (!code) {
    one = &c->list[c->count];
    char **argv = config_keep(&c->config, x->word_count + 1, sizeof *argv);
    *one = (struct combination){.argv = argv,
                                .argc = x->word_count,
                                .command = command ? keep_text(&c->config, command) : NULL,
                                .unavailable = x->unavailable,
                                .block = x->block->name,
                                .runs = runs,
                                .warmup = warmup};
    if (!one->argv || !one->command) code = no_memory(x);
  }
  free(command);
  if (code) return code;
  memcpy(one->argv, x->words, x->word_count * sizeof *x->words);
  c->count++;
  return check_one(x, one, places);
}

/* ---- all of a block -------------------------------------------------------------------------- */

static int find_options(struct expansion *x) {
  const struct config_workload *w = x->workload;
  for (int i = 0; workloads[i]; i++)
    if (!strcmp(workloads[i]->program->name, w->name)) {
      x->options = workloads[i]->options;
      return 0;
    }
  return FAIL(x, w->line, "workload: %.60s: no such workload; `pmbench list workloads` names them",
              w->name);
}

static int check_arg(struct expansion *x, const struct config_axis *arg) {
  char known[256] = "";
  size_t used = 0;
  const struct workload_option *o = x->options;
  for (; o && o->values && strcmp(o->name, arg->name); o++)
    if (used < sizeof known)
      used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "",
                               o->name);
  if (!o || !o->values)
    return FAIL(x, arg->line, "args: %.60s: not an option of %s; it has %s", arg->name,
                x->workload->name, known);
  for (unsigned i = 0; i < arg->count; i++)
    if (arg->choices[i].count != o->values)
      return FAIL(x, arg->choices[i].line, "%s: %u of its %u values; write %s", arg->name,
                  arg->choices[i].count, o->values,
                  o->values > 1 ? "them as a list in a list" : "one list, not a list in a list");
  return 0;
}

static int check_single(struct expansion *x, const struct config_axis *axis) {
  for (unsigned i = 0; i < axis->count; i++)
    if (axis->choices[i].count != 1)
      return FAIL(x, axis->choices[i].line, "%s: a list in a list; write one list", axis->name);
  return 0;
}

/* Also of those that will be left out: looking at them takes its time. */
static int check_product(struct expansion *x) {
  uint64_t product = 1;
  for (unsigned i = 0; i < x->axis_count && product <= PRODUCT_MAX; i++)
    product *= x->axes[i]->count;
  if (product <= PRODUCT_MAX) return 0;
  return FAIL(x, x->workload->line, "more than %d combinations; shorten a list", COMBINATIONS_MAX);
}

/* The next combination, the last axis fastest. */
static bool step(struct expansion *x) {
  for (unsigned i = x->axis_count; i-- > 0;) {
    if (++x->at[i] < x->axes[i]->count) return true;
    x->at[i] = 0;
  }
  return false;
}

static int cross(struct expansion *x, const struct config_axis *procs) {
  const struct config_workload *w = x->workload;
  struct run_options places = {.procs = UINT64_MAX};
  int code = find_options(x);
  x->axis_count = 0;
  if (!code && w->arg_count > WORKLOAD_OPTIONS_MAX)
    code = FAIL(x, w->line, "args: more than %d options", WORKLOAD_OPTIONS_MAX);
  for (unsigned i = 0; !code && i < w->arg_count; i++) {
    code = check_arg(x, &w->args[i]);
    x->axes[x->axis_count++] = &w->args[i];
  }
  for (int i = 0; !code && i < CONFIG_OPTIONS; i++) {
    const struct config_axis *axis = i == CONFIG_PROCS ? procs : &x->block->axes[i];
    if (axis->count) x->axes[x->axis_count++] = axis;
  }
  memset(x->at, 0, sizeof x->at);
  if (!code) code = check_product(x);
  if (code) return code;
  do code = add_one(x, &places);
  while (!code && step(x));
  return code;
}

static int expand_block(struct expansion *x) {
  const struct config_block *b = x->block;
  struct config_axis procs;
  int code = 0;
  if (b->runs > RUNS_MAX || b->warmup > RUNS_MAX)
    return FAIL(x, b->line, "runs, warmup: at most %d", RUNS_MAX);
  for (int i = 0; !code && i < CONFIG_OPTIONS; i++)
    if (i != CONFIG_FAULT) code = check_single(x, &b->axes[i]);
  if (!code) code = count_workers(x, &b->axes[CONFIG_PROCS], &procs);
  for (unsigned i = 0; !code && i < b->workload_count; i++) {
    x->workload = &b->workloads[i];
    code = cross(x, &procs);
  }
  return code;
}

/* ---- all ------------------------------------------------------------------------------------- */

static int number_runs(struct expansion *x) {
  struct campaign *c = x->c;
  uint64_t runs = 0, warmups = 0;
  for (unsigned i = 0; i < c->count; i++) {
    c->list[i].first = (unsigned)runs;
    runs += c->list[i].runs;
    warmups += c->list[i].warmup;
  }
  if (!c->count)
    return FAIL(x, c->config.blocks[0].line,
                "no combination is left: with capsule none, no fault can be survived");
  if (runs + warmups > RUNS_MAX)
    return FAIL(x, c->config.blocks[0].line, "%llu runs and warm-ups; at most %d",
                (unsigned long long)(runs + warmups), RUNS_MAX);
  c->runs = (unsigned)runs;
  c->warmups = (unsigned)warmups;
  c->done = config_keep(&c->config, runs, sizeof *c->done);
  c->wall_ns = config_keep(&c->config, runs, sizeof *c->wall_ns);
  return c->done && c->wall_ns ? 0 : no_memory(x);
}

static int count_cores(struct campaign *c, char *error) {
  struct pm_pin pin;
  struct pm_error_line e = {0};
  int code = pm_pin_open(&pin, NULL, 0, &e);
  if (code) {
    snprintf(error, PM_TEXT_MAX, "%s", e.text);
    return code;
  }
  c->cores = pin.cores;
  pm_pin_close(&pin);
  return 0;
}

int campaign_expand(struct campaign *c, char *error) {
  struct expansion x = {.c = c, .error = error};
  int code = count_cores(c, error);
  c->list = config_keep(&c->config, COMBINATIONS_MAX, sizeof *c->list);
  if (!code && !c->list) code = no_memory(&x);
  for (unsigned i = 0; !code && i < c->config.block_count; i++) {
    x.block = &c->config.blocks[i];
    code = expand_block(&x);
  }
  return code ? code : number_runs(&x);
}

int campaign_plan(const struct campaign *c, const struct combination *one, struct plan **plan,
                  char *error) {
  struct plan *p = *plan = calloc(1, sizeof *p);
  if (!p) {
    snprintf(error, PM_TEXT_MAX, "no memory for a run");
    return -ENOMEM;
  }
  int code = run_options_parse(&p->options, RUN_COMMAND, (int)one->argc, one->argv, error);
  if (!code) code = plan_check(p, error);
  p->options.json = c->options->json;
  if (c->directory[0]) {
    p->options.out = c->directory;
    snprintf(p->out, sizeof p->out, "%s", c->directory);
  }
  return code;
}
