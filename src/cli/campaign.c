/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Makes the runs of a campaign in rounds: each round holds every combination that still wants a run
 * once, in an order drawn from the configuration's seed, so that what drifts with time (heat,
 * neighbours) does not become a difference between combinations. Warm-ups are rounds of their own
 * before the others. A serial twin is measured in each round, too.
 */
#include "cli/campaign.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "cli/deadline.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "results/stats.h"

/* What does not even return so long after its timeout ends the campaign, which --resume takes up again. */
static const uint64_t campaign_patience_ns = 30000000000;

struct step { struct combination *one; unsigned rep; bool warmup; };

/* ---- the order ------------------------------------------------------------------------------- */

static bool is_complete(const struct campaign *c, const struct combination *one) {
  for (unsigned rep = 0; rep < one->runs; rep++)
    if (!c->done[one->first + rep]) return false;
  return true;
}

static void shuffle(struct step *round, unsigned count, struct pm_random *random) {
  for (unsigned i = count; i > 1; i--) {
    unsigned other = pm_random_below(random, i);
    struct step last = round[i - 1];
    round[i - 1] = round[other];
    round[other] = last;
  }
}

/* All of the campaign's, also those that are done: the order is the same after --resume. */
static unsigned plan_rounds(const struct campaign *c, struct step *steps, bool warmup,
                            struct pm_random *random) {
  unsigned total = 0, first;
  for (unsigned rep = 0;; rep++) {
    first = total;
    for (unsigned i = 0; i < c->count; i++) {
      struct combination *one = &c->list[i];
      if (rep < (warmup ? one->warmup : one->runs))
        steps[total++] = (struct step){one, rep, warmup};
    }
    if (total == first) return total;
    shuffle(steps + first, total - first, random);
  }
}

/* What is to be done now. Returns how many. */
static unsigned plan_steps(const struct campaign *c, struct step *steps) {
  struct pm_random random = {c->config.seed};
  unsigned total = plan_rounds(c, steps, true, &random), left = 0;
  total += plan_rounds(c, steps + total, false, &random);
  for (unsigned i = 0; i < total; i++) {
    const struct step *s = &steps[i];
    bool done = s->warmup ? is_complete(c, s->one) : c->done[s->one->first + s->rep];
    if (!done && !s->one->skipped) steps[left++] = *s;
  }
  return left;
}

/* ---- one run --------------------------------------------------------------------------------- */

struct progress_of_all { unsigned at, count, round; uint64_t began_ns; };

/* A round says how long the others will take. */
static void title(const struct progress_of_all *all, const struct step *s, char *text) {
  char left[SAY_TEXT_MAX], eta[64] = "";
  uint64_t took = pm_clock_ns() - all->began_ns;
  if (all->at >= all->round)
    snprintf(eta, sizeof eta, " (about %s left)",
             say_time((uint64_t)((double)took / all->at * (all->count - all->at)), left));
  snprintf(text, PM_TEXT_MAX, "%u of %u%s: %s %.200s%s", all->at + 1, all->count, eta,
           s->one->argv[1], s->one->args_text, s->warmup ? ", warm-up" : "");
}

static bool said_of_backend(const struct campaign *c, const struct combination *one,
                            const char *backend) {
  for (const struct combination *other = c->list; other < c->list + c->count; other++) {
    if (other == one || !other->skipped) continue;
    for (unsigned i = 2; i < other->argc; i++)
      if (!strcmp(other->argv[i - 1], "--backend") && !strcmp(other->argv[i], backend)) return true;
  }
  return false;
}

static enum exit_code skip(struct campaign *c, struct combination *one, const struct plan *p,
                           const char *reason) {
  const char *backend = p->options.backend ? p->options.backend : "dram";
  if (!said_of_backend(c, one, backend))
    say_warning("%s: skipped, since this machine cannot do it: %s", backend, reason);
  snprintf(one->reason, sizeof one->reason, "%s", reason);
  one->skipped = true;
  return campaign_keep_skipped(c, one, p) ? EXIT_INTERNAL : EXIT_RIGHT;
}

static void fail(struct combination *one, const char *reason) {
  say_error("%s: %s; its other runs are left out", one->command, reason);
  one->failed = true;
}

/* The twin is measured once a round, for all that share it: what drifts with time meets both. */
static bool wants_twin(struct campaign *c, const struct step *s) {
  if (s->warmup || s->one->twins > s->rep) return false;
  for (struct combination *one = c->list; one < c->list + c->count; one++)
    if (!strcmp(one->args_text, s->one->args_text) && !strcmp(one->argv[1], s->one->argv[1])) one->twins = s->rep + 1;
  return true;
}

static struct attempt_end make(struct campaign *c, const struct step *s, const char *text) {
  struct combination *one = s->one;
  char reason[PM_TEXT_MAX] = "";
  struct plan *p;
  struct attempt_end end = {.code = EXIT_INTERNAL};
  int code = campaign_plan(c, one, &p, reason);
  if (!code && one->unavailable) {
    snprintf(reason, sizeof reason, "%s", one->unavailable);
    code = PM_E_MACHINE;
  }
  if (p) deadline_begin(p->options.timeout_ns, campaign_patience_ns);
  if (p && code != PM_E_MACHINE) plan_describe(p, (int)one->argc, one->argv);
  if (!code && (code = plan_check_space(p, reason)) && exit_code_of(code) == EXIT_USAGE) code = PM_E_MACHINE; /* no region there */
  if (!code) {
    p->title = text;
    p->campaign = one->command;
    p->obstacle = reason;
    p->said = &c->said;
    plan_measure_serial(p, wants_twin(c, s));
    deadline_begin(p->options.timeout_ns, campaign_patience_ns);      /* the twin is many runs' */
    end = plan_run_once(p, s->rep, s->warmup);
    if (!end.ran && (end.code == EXIT_MACHINE || end.code == EXIT_USAGE)) code = PM_E_MACHINE; /* no region there */
    else if (!end.ran && !end.interrupted) fail(one, reason);
  } else if (code != PM_E_MACHINE) {
    fail(one, reason);
    end.code = exit_code_of(code);
  }
  deadline_end();
  if (code == PM_E_MACHINE) end.code = skip(c, one, p, reason);
  plan_free(p);
  return end;
}

/* ---- all runs -------------------------------------------------------------------------------- */

static enum exit_code make_all(struct campaign *c, const struct step *steps, unsigned count) {
  struct progress_of_all all = {.count = count, .began_ns = pm_clock_ns()};
  enum exit_code worst = EXIT_RIGHT;
  struct signals signals;
  char text[PM_TEXT_MAX];
  signals_hold(&signals, true);
  while (all.round < count && steps[all.round].warmup == steps[0].warmup &&
         steps[all.round].rep == steps[0].rep)
    all.round++;
  for (; all.at < count; all.at++) {
    const struct step *s = &steps[all.at];
    if (s->one->skipped || s->one->failed) continue;
    title(&all, s, text);
    struct attempt_end end = make(c, s, text);
    bool stop = end.interrupted || signals_waiting(&signals);
    worst = exit_code_worse(worst, stop ? EXIT_INTERRUPTED : end.code);
    if ((c->stopped = stop)) break;
  }
  signals_release(&signals);
  return worst;
}

static unsigned count_made(const struct campaign *c) {
  unsigned made = 0;
  for (unsigned i = 0; i < c->count; i++) made += c->list[i].made;
  return made;
}

static void say_how_to_go_on(const struct campaign *c) {
  const struct run_options *o = c->options;
  const char *words[9] = {"run", c->config.path, "--out", c->out, "--resume"};
  size_t count = 5;
  if (o->dax) words[count++] = "--dax", words[count++] = o->dax;
  if (o->path) words[count++] = "--path", words[count++] = o->path;
  char *command = campaign_command(words, count);
  say_error("%s; go on with `%s`", count_made(c) ? "what was measured is kept" : "nothing has been measured yet", command ? command : "--resume");
  free(command);
}

/* Of right runs. */
static uint64_t median_of(const struct campaign *c, const struct combination *one) {
  double *wall_ns = calloc(one->runs, sizeof *wall_ns);
  unsigned count = 0;
  for (unsigned rep = 0; wall_ns && rep < one->runs; rep++)
    if (c->wall_ns[one->first + rep]) wall_ns[count++] = (double)c->wall_ns[one->first + rep];
  double median = count ? stats_median(wall_ns, count, 0.95).middle : 0;
  free(wall_ns);
  return (uint64_t)median;
}

static void print_results(const struct campaign *c) {
  char median[SAY_TEXT_MAX];
  for (unsigned i = 0; i < c->count; i++) {
    const struct combination *one = &c->list[i];
    if (one->skipped && !one->made) {
      printf("%s: skipped\n", one->command + strlen("pmbench run "));
      continue;
    }
    printf("%s: %u of %u right", one->command + strlen("pmbench run "), one->right, one->runs);
    if (one->right) printf(", median %s", say_time(median_of(c, one), median));
    putchar('\n');
  }
  printf("results in %s\n", c->out);
}

static bool all_skipped(const struct campaign *c) {
  for (unsigned i = 0; i < c->count; i++)
    if (!c->list[i].skipped || c->list[i].made) return false;
  return true;
}

static enum exit_code run_steps(struct campaign *c) {
  char error[PM_TEXT_MAX] = "";
  struct step *steps = calloc(c->runs + c->warmups, sizeof *steps);
  if (!steps) {
    say_error("no memory for %u runs", c->runs);
    return EXIT_INTERNAL;
  }
  enum exit_code code = make_all(c, steps, plan_steps(c, steps));
  free(steps);
  if (campaign_recall(c, c->directory, error)) {
    say_error("%s", error);
    return exit_code_worse(code, EXIT_INTERNAL);
  }
  if (!c->options->json) print_results(c);
  if (c->stopped) say_how_to_go_on(c);
  return code == EXIT_RIGHT && all_skipped(c) ? EXIT_MACHINE : code;
}

/* ---- without running ------------------------------------------------------------------------- */

/* A run takes what its like took, else its twin's share of the cores; 0: nobody knows. */
static double expected_ns(const struct campaign *c, const struct combination *one) {
  if (one->made) return (double)one->took_ns / one->made;
  unsigned procs = c->cores;
  for (unsigned i = 2; i < one->argc; i++)
    if (!strcmp(one->argv[i - 1], "--procs")) procs = (unsigned)strtoul(one->argv[i], NULL, 10);
  return (double)one->serial_ns / (procs < c->cores ? procs : c->cores);
}

/* Of the runs alone: what starting one and writing it down takes is in no record. */
static void print_estimate(const struct campaign *c) {
  char text[SAY_TEXT_MAX];
  unsigned unknown = 0, possible = 0, left = 0;
  double ns = 0;
  for (unsigned i = 0; i < c->count; i++) {
    const struct combination *one = &c->list[i];
    double each = expected_ns(c, one);
    if (one->unavailable || one->skipped) continue;
    possible++;
    left += one->runs - one->made;
    unknown += each == 0 && one->made < one->runs;
    ns += each * (one->runs - one->made + (is_complete(c, one) ? 0 : one->warmup));
  }
  if (!left) {
    printf("# time: nothing is left to do\n");
    return;
  }
  if (unknown == possible) {
    printf("# time: not known before the first round has been run, into the directory that --out names\n");
    return;
  }
  printf("# time: %s%s of work still to do, by the runs in %s, beside what starting them takes",
         unknown ? "more than " : "", say_time((uint64_t)ns, text), c->options->out);
  if (unknown) printf("; nothing is known of %u combinations", unknown);
  putchar('\n');
}

static const char *plural(unsigned count) { return count == 1 ? "" : "s"; }

static enum exit_code dry_run(struct campaign *c) {
  char error[PM_TEXT_MAX] = "";
  if (c->options->out && campaign_recall(c, c->options->out, error)) {
    say_error("%s", error);
    return EXIT_USAGE;
  }
  for (unsigned i = 0; i < c->count; i++) {
    const struct combination *one = &c->list[i];
    if (one->block && (i == 0 || one->block != one[-1].block)) printf("# %s\n", one->block);
    printf("%s  # %u run%s, %u warm-up%s", one->command, one->runs, plural(one->runs), one->warmup,
           plural(one->warmup));
    if (one->unavailable || one->skipped)
      printf("; skipped: %s", one->skipped ? one->reason : one->unavailable);
    if (one->made) printf("; %u made", one->made);
    putchar('\n');
  }
  printf("# %u combination%s, %u run%s, %u warm-up%s\n", c->count, plural(c->count), c->runs,
         plural(c->runs), c->warmups, plural(c->warmups));
  print_estimate(c);
  return EXIT_RIGHT;
}

/* ---- the command ----------------------------------------------------------------------------- */

static void say_left_out(const struct campaign *c) {
  if (c->without_commits)
    say_warning("%u combinations of faults with capsule none are left out: nothing would survive",
                c->without_commits);
  if (c->repeated)
    say_warning("%u combinations stand in the configuration more than once; each is made once",
                c->repeated);
}

enum exit_code campaign_run(const struct run_options *options) {
  char error[PM_TEXT_MAX] = "";
  struct campaign *c = calloc(1, sizeof *c);
  if (!c) return EXIT_INTERNAL;
  c->options = options;
  c->lock = -1;
  int failed = config_load(&c->config, options->config, error);
  if (!failed) failed = campaign_expand(c, error);
  if (failed) say_error("%s", error);
  else say_left_out(c);
  enum exit_code code = exit_code_of(failed);
  if (!failed && options->dry_run) code = dry_run(c);
  else if (!failed && (code = campaign_open(c)) == EXIT_RIGHT) code = run_steps(c);
  campaign_close(c);
  config_free(&c->config);
  free(c);
  return code;
}
