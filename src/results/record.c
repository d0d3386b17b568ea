/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/record.h"
#include "results/json_text.h"

#include <math.h>
#include <stdlib.h>

#include "version.h"

const char *const record_fault_states[] = {
    [PM_FAULT_DONE] = "done", [PM_FAULT_SPARED] = "spared", [PM_FAULT_IDLE_VICTIM] = "idle-victim",
    [PM_FAULT_UNPLANNED] = "unplanned", [PM_FAULT_MISSED] = "missed", [PM_FAULT_SENT] = "sent"};
static const char *const policy_names[] = {
    [PM_POLICY_BEAT] = "beat", [PM_POLICY_FORK] = "fork", [PM_POLICY_NONE] = "none"};

/* ---- values ---------------------------------------------------------------------------------- */

static json_t *number(uint64_t value) { return json_integer((json_int_t)value); }
static json_t *known(uint64_t value) { return value ? number(value) : json_null(); }
static json_t *real(double value) {
  return isfinite(value) && value >= 0 ? json_real(value) : json_null();
}
static json_t *index_or_null(int64_t value) {
  return value >= 0 ? json_integer(value) : json_null();
}

static json_t *text(const char *value) {
  json_t *string = value && *value ? json_text(value) : NULL;
  return string ? string : json_null();
}

static void put(json_t *object, const char *name, json_t *value) {
  json_object_set_new(object, name, value);
}

static json_t *strings(const char *const *list, unsigned count) {
  json_t *array = json_array();
  for (unsigned i = 0; i < count; i++) json_array_append_new(array, text(list[i]));
  return array;
}

/* ---- parts ----------------------------------------------------------------------------------- */

static json_t *sites(const struct pm_report *r) {
  json_t *object = json_object();
  for (uint32_t i = 0; r->sites && i < r->site_count; i++) {
    json_t *site = json_object();
    put(site, "calls", number(r->sites[i].calls));
    put(site, "lines", number(r->sites[i].lines));
    put(site, "ns", number(r->sites[i].ns));
    put(object, r->sites[i].name, site);
  }
  return object;
}

static json_t *workers(const struct pm_report *r) {
  json_t *array = json_array();
  for (unsigned p = 0; r->workers && p < r->worker_count; p++) {
    const struct pm_report_worker *w = &r->workers[p];
    json_t *worker = json_object(), *times = json_object(), *counts = json_object();
    for (int i = 0; i < PM_ACTIVITIES; i++) put(times, pm_activity_names[i], number(w->ns[i]));
    for (int i = 0; i < PM_COUNTERS; i++) put(counts, pm_counter_names[i], number(w->count[i]));
    put(worker, "place", number(p));
    put(worker, "core", index_or_null(w->core));
    put(worker, "lives", number(w->lives));
    put(worker, "time_ns", times);
    put(worker, "counts", counts);
    json_array_append_new(array, worker);
  }
  return array;
}

static json_t *pairs(const struct pm_report *r) {
  json_t *array = json_array();
  for (uint32_t i = 0; r->pairs && i < r->pair_count; i++) {
    const struct pm_report_pair *q = &r->pairs[i];
    json_t *pair = json_object();
    put(pair, "thief", number(q->thief));
    put(pair, "victim", index_or_null(q->victim < r->slots ? (int64_t)q->victim : -1));
    put(pair, "thefts", number(q->thefts));
    put(pair, "adoptions", number(q->adoptions));
    json_array_append_new(array, pair);
  }
  return array;
}

static json_t *bins(const struct pm_report *r) {
  json_t *array = json_array();
  for (uint32_t i = 0; r->bins && i < r->bin_count; i++) {
    const struct pm_report_bin *b = &r->bins[i];
    json_t *bin = json_object();
    put(bin, "from_ns", number(b->from_ns));
    put(bin, "steals", number(b->steals));
    put(bin, "commits", number(b->commits));
    put(bin, "live", number(b->live));
    put(bin, "faults", number(b->faults));
    json_array_append_new(array, bin);
  }
  return array;
}

static json_t *fault_log(const struct pm_report *r) {
  json_t *array = json_array();
  for (uint32_t i = 0; r->faults && i < r->fault_count; i++) {
    const struct pm_report_fault *f = &r->faults[i];
    json_t *fault = json_object();
    put(fault, "kind", text(pm_fault_names[f->kind]));
    put(fault, "state", text(record_fault_states[f->state]));
    put(fault, "when_ns", number(f->when_ns));
    put(fault, "place", index_or_null(f->place));
    put(fault, "pid", index_or_null(f->pid > 0 ? f->pid : -1));
    put(fault, "slot", index_or_null(f->slot));
    put(fault, "taken_by", index_or_null(f->taken_by));
    put(fault, "detected_ns", known(f->detected_ns));
    put(fault, "running_ns", known(f->running_ns));
    put(fault, "caught_up_ns", known(f->caught_up_ns));
    put(fault, "lost_ns", number(f->lost_ns));
    json_array_append_new(array, fault);
  }
  return array;
}

/* ---- recovery -------------------------------------------------------------------------------- */

static struct quantiles over_faults(const struct pm_report *r, size_t field, uint64_t *space) {
  size_t n = 0;
  for (uint32_t i = 0; r->faults && i < r->fault_count; i++) {
    uint64_t ns = *(const uint64_t *)((const char *)&r->faults[i] + field);
    bool ours = r->faults[i].state == PM_FAULT_DONE || r->faults[i].state == PM_FAULT_IDLE_VICTIM;
    if (ours && ns) space[n++] = ns;
  }
  return quantiles_of(space, n);
}

struct recovery recovery_of(const struct pm_report *r) {
  struct recovery recovery = {0};
  uint64_t *space = calloc(r->fault_count + 1u, sizeof *space);
  if (!space) return recovery;
  recovery.detected = over_faults(r, offsetof(struct pm_report_fault, detected_ns), space);
  recovery.running = over_faults(r, offsetof(struct pm_report_fault, running_ns), space);
  recovery.caught_up = over_faults(r, offsetof(struct pm_report_fault, caught_up_ns), space);
  free(space);
  return recovery;
}

static json_t *quantiles(const struct quantiles *q) {
  json_t *object = json_object();
  put(object, "n", number(q->n));
  put(object, "p50", q->n ? number(q->p50_ns) : json_null());
  put(object, "p90", q->n ? number(q->p90_ns) : json_null());
  put(object, "p99", q->n ? number(q->p99_ns) : json_null());
  put(object, "max", q->n ? number(q->max_ns) : json_null());
  return object;
}

static json_t *recovery_json(const struct pm_report *r) {
  struct recovery recovery = recovery_of(r);
  json_t *object = json_object();
  put(object, "detected_ns", quantiles(&recovery.detected));
  put(object, "running_ns", quantiles(&recovery.running));
  put(object, "caught_up_ns", quantiles(&recovery.caught_up));
  return object;
}

/* ---- the whole, in the order of the schema --------------------------------------------------- */

static void put_setting(json_t *o, const struct description *d, const struct pm_report *r) {
  put(o, "schema", json_string("pmbench-run-1"));
  put(o, "version", json_string(PMBENCH_VERSION " (" PMBENCH_COMMIT ")"));
  put(o, "build_type", json_string(PMBENCH_BUILD_TYPE));
  put(o, "started_at", text(d->started_at));
  put(o, "host", text(d->host));
  put(o, "argv", strings(d->argv, d->argc));
  put(o, "workload", text(d->workload));
  put(o, "args", text(d->args));
  put(o, "n", number(d->n));
  put(o, "procs", number(r->procs));
  put(o, "slots", number(r->slots));
  put(o, "cores", number(r->cores));
  put(o, "pin", text(r->pin));
  put(o, "backend", text(r->backend));
  put(o, "path", text(r->path));
  put(o, "fs", text(r->fs));
  put(o, "granularity_requested", text(r->granularity_requested));
  put(o, "granularity", text(r->granularity));
  put(o, "forced", json_boolean(r->forced));
  put(o, "domain", text(r->domain));
  put(o, "provider", text(r->provider));
  put(o, "namespace_mode", text(r->namespace_mode));
  put(o, "numa_node", index_or_null(r->numa_node));
  put(o, "capsule", text(policy_names[r->policy]));
  put(o, "beat_ns", r->policy == PM_POLICY_BEAT ? known(r->beat_ns) : json_null());
  put(o, "settings", json_string(d->settings ? d->settings : ""));
  put(o, "sched", json_string("steal"));
  put(o, "seed", number(d->seed));
  put(o, "rep", number(d->rep));
  put(o, "run_id", text(r->id));
  put(o, "session", known(r->session));
  json_t *plan = strings(d->faults, d->fault_count);
  if (d->fault_replay) json_array_append_new(plan, json_sprintf("replay %s", d->fault_replay));
  put(o, "fault_plan", plan);
  bool injured = d->fault_count || d->fault_replay || r->unplanned;
  put(o, "mode", json_string(injured ? "injured" : "timed"));
}

static void put_outcome(json_t *o, const struct description *d, const struct pm_report *r) {
  put(o, "correct", r->checked ? json_boolean(r->correct) : json_null());
  put(o, "result", text(r->answer));
  put(o, "error", r->error ? text(r->error_text) : json_null());
  put(o, "wall_ns", known(r->wall_ns));
  put(o, "setup_ns", known(r->setup_ns));
  put(o, "check_ns", r->checked ? number(r->check_ns) : json_null());
  put(o, "down_ns", r->down_unknown ? json_null() : number(r->down_ns));
  put(o, "serial_ns", known(d->serial_ns));
  put(o, "tasks", known(d->tasks));
}

/* RESTARTS is in the workers' counts alone: it counts what faults did, not what the run is compared
 * by. */
static void put_costs(json_t *o, const struct pm_report *r) {
  for (int i = 0; i < PM_N_RESTARTS; i++) put(o, pm_counter_names[i], number(r->count[i]));
  put(o, "sites", sites(r));
  put(o, "workers", workers(r));
  put(o, "pairs", pairs(r));
  put(o, "bins", bins(r));
  put(o, "faults", number(r->faults_done));
  put(o, "fault_log", fault_log(r));
  put(o, "log_incomplete", json_boolean(r->log_incomplete));
  put(o, "lost_ns", number(r->lost_ns));
  put(o, "recovery", recovery_json(r));
  put(o, "foreign_cpu", real(r->foreign_cpu));
  put(o, "oversubscribed", json_boolean(r->oversubscribed));
  json_t *warnings = json_array();
  for (unsigned i = 0; i < r->warning_count; i++)
    json_array_append_new(warnings, text(r->warnings[i]));
  put(o, "warnings", warnings);
}

json_t *record_build(const struct description *d, const struct pm_report *r) {
  json_t *object = json_object();
  if (!object) return NULL;
  put_setting(object, d, r);
  put_outcome(object, d, r);
  put_costs(object, r);
  return object;
}
