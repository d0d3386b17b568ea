/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/columns.h"
#include "results/csv.h"
#include "results/quantiles.h"
#include "results/stats.h"

static void header(struct csv_file *c, const struct column *columns) {
  for (; columns->name; columns++) csv_file_text(c, columns->name);
}
static void fields(struct csv_file *c, const struct column *columns, const json_t *run, const json_t *row) {
  for (; columns->name; columns++) csv_file_value(c, column_value(columns, run, row));
}

/* ---- a row a run, or a row an item of it ----------------------------------------------------- */

static void line(struct csv_file *c, const struct table *t, const json_t *run, const json_t *row) {
  fields(c, identity, run, row);
  fields(c, t->columns, run, row);
  csv_file_line(c);
}

static void items(struct csv_file *c, const struct table *t, json_t *run) {
  json_t *list = json_object_get(run, t->rows), *row;
  const char *key;
  size_t i;
  json_array_foreach(list, i, row) line(c, t, run, row);
  json_object_foreach(list, key, row) {                /* an object: its key is a column, too */
    json_t *copy = json_copy(row);
    json_object_set_new(copy, "site", json_string(key));
    line(c, t, run, copy);
    json_decref(copy);
  }
}

static void runs_rows(struct csv_file *c, const struct dataset *d, const struct table *t) {
  json_t *run;
  size_t i;
  header(c, identity);
  header(c, t->columns);
  csv_file_line(c);
  json_array_foreach(d->runs, i, run) {
    if (t->rows) items(c, t, run);
    else line(c, t, run, run);
  }
}

/* ---- a row a group --------------------------------------------------------------------------- */

struct group_values {
  double *wall, *serial, *speedup;        /* of right runs; serial twins and quotients where they are known */
  uint64_t *running;                      /* of faults that took effect */
  size_t runs, right, serials, faults;
  double lost_ns, effects, foreign;
};

static void add_faults(struct group_values *v, const json_t *run) {
  const json_t *log = json_object_get(run, "fault_log"), *fault;
  size_t i, room = v->faults + json_array_size(log) + 1;
  uint64_t *grown = realloc(v->running, room * sizeof *grown);
  if (!grown) return;
  v->running = grown;
  json_array_foreach(log, i, fault) {
    json_int_t ns = json_integer_value(json_object_get(fault, "running_ns"));
    const char *state = json_string_value(json_object_get(fault, "state"));
    if (ns > 0 && state && !strcmp(state, "done")) v->running[v->faults++] = (uint64_t)ns;
  }
}

static void add_run(struct group_values *v, const json_t *run) {
  double foreign = run_number(run, "foreign_cpu"), wall = run_number(run, "wall_ns"), serial = run_number(run, "serial_ns");
  v->runs++;
  if (json_is_true(json_object_get(run, "correct"))) {
    v->wall[v->right++] = wall;
    if (serial > 0) {
      v->serial[v->serials] = serial;
      v->speedup[v->serials++] = serial / wall;
    }
  }
  v->effects += run_number(run, "faults");
  v->lost_ns += run_number(run, "lost_ns");
  if (foreign > v->foreign || isnan(v->foreign)) v->foreign = foreign;
  add_faults(v, run);
}

static void put(json_t *row, const char *key, double value) {
  json_object_set_new(row, key, isfinite(value) ? fabs(value) < 1e15 && floor(value) == value ? json_integer((json_int_t)value)
                                                                                             : json_real(value)
                                                : json_null());
}

json_t *summary_of_group(const struct dataset *d, const size_t *group, size_t number) {
  size_t room = json_array_size(d->runs) + 1, i;
  double *space = calloc(3 * room, sizeof *space);
  struct group_values v = {.wall = space, .serial = space + room, .speedup = space + 2 * room, .foreign = NAN};
  json_t *row = json_object(), *run;
  json_array_foreach(d->runs, i, run) {
    if (group[i] == number && space) add_run(&v, run);
  }
  struct interval wall = stats_median(v.wall, v.right, 0.95);
  struct quantiles running = v.running ? quantiles_of(v.running, v.faults) : (struct quantiles){0};
  put(row, "runs", (double)v.runs);
  put(row, "right", (double)v.right);
  put(row, "wall_median_ns", round(wall.middle));
  put(row, "wall_low_ns", wall.low);
  put(row, "wall_high_ns", wall.high);
  put(row, "serial_ns", round(stats_median(v.serial, v.serials, 0.95).middle));
  put(row, "speedup", stats_median(v.speedup, v.serials, 0.95).middle);
  put(row, "faults", v.effects);
  put(row, "running_p50_ns", running.n ? (double)running.p50_ns : NAN);
  put(row, "running_p99_ns", running.n ? (double)running.p99_ns : NAN);
  put(row, "lost_ns", v.lost_ns);
  put(row, "foreign_cpu", v.foreign);
  free(space);
  free(v.running);
  return row;
}

static void group_rows(struct csv_file *c, const struct dataset *d, const struct table *t) {
  size_t n = json_array_size(d->runs), *group = calloc(n + 1, sizeof *group);
  header(c, t->columns);
  csv_file_line(c);
  size_t groups = group ? dataset_groups(d, group) : 0;
  for (size_t g = 0; g < groups; g++) {
    size_t i = 0;
    while (group[i] != g) i++;
    json_t *row = summary_of_group(d, group, g);
    fields(c, t->columns, json_array_get(d->runs, i), row);
    csv_file_line(c);
    json_decref(row);
  }
  free(group);
}

int tables_write(const struct dataset *d, const char *directory, char *error) {
  for (const struct table *t = tables; t->file; t++) {
    struct csv_file c;
    int code = csv_file_begin(&c, directory, t->file, error);
    if (code) return code;
    if (t->rows && !*t->rows) group_rows(&c, d, t);
    else runs_rows(&c, d, t);
    code = csv_file_end(&c, error);
    if (code) return code;
  }
  return 0;
}
