/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who took work from whom, and when. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "results/figure.h"
#include "results/figure_cells.h"

/* ---- the rate, over one run's time ----------------------------------------------------------- */

enum { BINS_MAX = 100, BINS_FEW = 10, FAULTS_FEW = 3 };

static size_t bins_of(const json_t *run) { return json_array_size(json_object_get(run, "bins")); }

/* Long enough to show a course; injured; on a core a worker; with much to see: the first that two
 * runs differ in decides. */
static bool shows_more(const json_t *a, const json_t *b) {
  bool long_a = bins_of(a) >= BINS_FEW, long_b = bins_of(b) >= BINS_FEW;
  double faults_a = fmin(FAULTS_FEW, run_number(a, "faults")),
         faults_b = fmin(FAULTS_FEW, run_number(b, "faults"));
  if (long_a != long_b) return long_a;
  if (faults_a != faults_b) return faults_a > faults_b;
  if (run_hollow(a) != run_hollow(b)) return run_hollow(b);
  return run_number(a, "steals") > run_number(b, "steals");
}

static const json_t *most_telling(const struct dataset *d) {
  const json_t *run, *best = NULL;
  size_t i;
  json_array_foreach(d->runs, i, run)
    if (run_ended(run) && bins_of(run) > 1 && run_number(run, "steals") > 0 &&
        (!best || shows_more(run, best)))
      best = run;
  return best;
}

/* Where bin i ends: the last one with the run. */
static double end_of(const json_t *bins, size_t i, double wall_ns) {
  return i + 1 < json_array_size(bins) ? run_number(json_array_get(bins, i + 1), "from_ns")
                                       : wall_ns;
}

/* Cut so short by the run's end that a steal in it would be a high rate: it counts with the bin
 * before. */
static bool is_stump(const json_t *bins, size_t i, double wall_ns) {
  double from = run_number(json_array_get(bins, i), "from_ns"),
         width = i ? from - run_number(json_array_get(bins, i - 1), "from_ns") : 0;
  return i + 1 == json_array_size(bins) && wall_ns - from < width / 2;
}

static void write_bin(FILE *csv, double from_ns, double to_ns, double steals, double live) {
  fputs("\"bin\",\"\",0", csv);
  csv_number(csv, from_ns / 1e9);
  csv_number(csv, to_ns / 1e9);
  csv_number(csv, steals / ((to_ns - from_ns) / 1e9));
  csv_number(csv, live);
  putc('\n', csv);
}

/* Bins as they were counted, several together where there are more than can be told apart. */
static size_t write_bins(const json_t *run, FILE *csv) {
  const json_t *bins = json_object_get(run, "bins");
  size_t n = json_array_size(bins), together = (n + BINS_MAX - 1) / BINS_MAX, points = 0;
  double wall = run_number(run, "wall_ns");
  for (size_t i = 0, end; i < n; i = end) {
    double steals = 0, live = INFINITY, from = run_number(json_array_get(bins, i), "from_ns");
    end = i + together < n ? i + together : n;
    if (end + 1 == n && is_stump(bins, end, wall)) end = n;
    double to = end_of(bins, end - 1, wall);
    for (size_t k = i; k < end; k++) {
      steals += run_number(json_array_get(bins, k), "steals");
      live = fmin(live, run_number(json_array_get(bins, k), "live"));
    }
    if (!(to > from)) continue;
    write_bin(csv, from, to, steals, live);
    points++;
  }
  return points;
}

static void write_faults(const json_t *run, FILE *csv) {
  const json_t *fault;
  size_t i;
  json_array_foreach(json_object_get(run, "fault_log"), i, fault) {
    if (strcmp(run_text(fault, "state"), "done")) continue;
    const char *kind = run_text(fault, "kind");
    csv_text(csv, true, "fault");
    csv_text(csv, false, kind);
    fprintf(csv, ",%d", fault_kind_hue(kind));
    csv_number(csv, run_number(fault, "when_ns") / 1e9);
    fputs(",nan,nan,nan\n", csv);
  }
}

size_t figure_steal_rate(const struct dataset *d, FILE *csv, char *remark) {
  const json_t *run = most_telling(d);
  char name[RUN_NAME_MAX], setup[RUN_NAME_MAX];
  fputs("what,kind,hue,from_s,to_s,steals_per_s,live\n", csv);
  if (!run) return 0;
  size_t points = write_bins(run, csv);
  write_faults(run, csv);
  snprintf(remark, PM_TEXT_MAX, "%s The run shown: %s, %s%s.",
           run_number(run, "faults") > 0
               ? "Lines and marks: faults that took effect; look for what "
                 "follows them."
               : "No run that stole was injured.",
           run_workload_name(run, name), run_setup_name(run, SHOW_ALL, setup),
           run_hollow(run) ? ", on fewer cores than workers" : "");
  return points;
}

/* ---- the matrix, over like runs -------------------------------------------------------------- */

enum { PLACES_MAX = 64 };
struct matrix {
  double count[PLACES_MAX][PLACES_MAX];
  unsigned places;
  size_t runs;
};

static double steals_in(const struct dataset *d, const size_t *group, size_t which,
                        const json_t **first) {
  const json_t *run;
  double steals = 0;
  size_t i;
  *first = NULL;
  json_array_foreach(d->runs, i, run) {
    if (group[i] != which || !run_timed(run) || run_number(run, "procs") > PLACES_MAX) continue;
    if (!*first) *first = run;
    steals += run_number(run, "steals");
  }
  return steals;
}

/* Of two workers, who steals from whom is no question. */
enum { PLACES_FEW = 3 };

/* More workers say more about who meets whom; but not more than there are cores, if that can be had
 * with enough of them. */
static bool tells_more(const json_t *run, double steals, const json_t *than, double than_steals) {
  double procs = run_number(run, "procs"), than_procs = run_number(than, "procs");
  bool enough = procs >= PLACES_FEW, than_enough = than_procs >= PLACES_FEW;
  if (enough != than_enough) return enough;
  if (run_hollow(run) != run_hollow(than)) return run_hollow(than);
  return procs != than_procs ? procs > than_procs : steals > than_steals;
}

static const json_t *best_group(const struct dataset *d, const size_t *group, size_t groups,
                                size_t *best) {
  const json_t *found = NULL, *first;
  double found_steals = 0;
  for (size_t g = 0; g < groups; g++) {
    double steals = steals_in(d, group, g, &first);
    if (!first || !(steals > 0)) continue;
    if (found && !tells_more(first, steals, found, found_steals)) continue;
    found = first;
    found_steals = steals;
    *best = g;
  }
  return found;
}

static void add_pairs(struct matrix *m, const json_t *run) {
  const json_t *pair;
  size_t i;
  json_array_foreach(json_object_get(run, "pairs"), i, pair) {
    double thief = run_number(pair, "thief"), victim = run_number(pair, "victim"),
           thefts = run_number(pair, "thefts");
    if (thief >= 0 && victim >= 0 && thief < m->places && victim < m->places && thefts > 0)
      m->count[(unsigned)thief][(unsigned)victim] += thefts;
  }
  m->runs++;
}

static void write_matrix(FILE *csv, const struct matrix *m) {
  for (unsigned t = 0; t < m->places; t++)
    for (unsigned v = 0; v < m->places; v++) {
      if (t == v && m->count[t][v] == 0)
        fprintf(csv, "%u,%u,nan\n", t, v); /* nobody steals from itself */
      else fprintf(csv, "%u,%u,%.6g\n", t, v, m->count[t][v] / (double)m->runs);
    }
}

static void say_matrix(const struct matrix *m, const json_t *run, char *remark) {
  char name[RUN_NAME_MAX], setup[RUN_NAME_MAX];
  run_workload_name(run, name);
  run_setup_name(run, SHOW_ALL, setup);
  if (m->places < PLACES_FEW)
    snprintf(remark, PM_TEXT_MAX,
             "No run had more than two workers, who can only steal from each other: worker 0 did "
             "%.3g times a run, worker 1 %.3g times, on average of %zu runs of %.80s, %.80s.",
             m->count[0][1] / (double)m->runs, m->count[1][0] / (double)m->runs, m->runs, name,
             setup);
  else
    snprintf(remark, PM_TEXT_MAX, "The runs shown, on average of %zu: %s, %s%s.", m->runs, name,
             setup, run_hollow(run) ? ", on fewer cores than workers" : "");
}

size_t figure_steal_matrix(const struct dataset *d, FILE *csv, char *remark) {
  size_t n = json_array_size(d->runs), which = 0, i;
  size_t *group = calloc(n + 1, sizeof *group);
  struct matrix *m = calloc(1, sizeof *m);
  PM_CHECK(group && m);
  const json_t *run, *first = best_group(d, group, dataset_groups(d, group), &which);
  fputs("thief,victim,thefts\n", csv);
  if (first) {
    m->places = (unsigned)run_number(first, "procs");
    json_array_foreach(d->runs, i, run)
      if (group[i] == which && run_timed(run)) add_pairs(m, run);
    write_matrix(csv, m);
    say_matrix(m, first, remark);
  }
  size_t points = m->places < PLACES_FEW ? 0 : (size_t)m->places * m->places;
  free(m);
  free(group);
  return points;
}
