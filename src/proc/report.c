/* SPDX-License-Identifier: BSD-3-Clause */
/* The report of a run, from what lies in its region. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm/medium.h"
#include "proc/run.h"

const char *const pm_activity_names[PM_ACTIVITIES] = {"work", "search", "commit", "wait", "recover", "idle", "dead"};
const char *const pm_counter_names[PM_COUNTERS] = {
    "promotions", "steal_attempts", "steals", "suspends", "adoptions", "commits", "commit_ns", "stack_bytes", "lines",
    "fences", "restarts"};

static void warn(struct pm_report *r, const char *text) {
  if (r->warning_count < sizeof r->warnings / sizeof *r->warnings)
    snprintf(r->warnings[r->warning_count++], PM_TEXT_MAX, "%s", text);
}

static void fill_workers(const struct pm_run *run, struct pm_report *r) {
  const struct pm_run_block *b = run->block;
  uint32_t places = b->procs_most ? b->procs_most : run->procs;
  r->workers = calloc(places, sizeof *r->workers);
  r->sites = calloc(PM_SITES, sizeof *r->sites);
  r->pairs = calloc((size_t)places * (places + 1), sizeof *r->pairs);
  if (!r->workers || !r->sites || !r->pairs) return;
  r->worker_count = places;
  r->site_count = PM_SITES;
  for (int i = 0; i < PM_SITES; i++) r->sites[i].name = pm_site_names[i];
  for (uint32_t p = 0; p < places; p++) {
    const struct pm_tally *t = &b->tally[p];
    struct pm_report_worker *w = &r->workers[p];
    uint64_t seen = 0;
    w->core = run->session ? run->session->place[p].core : -1;
    w->lives = t->lives;
    memcpy(w->ns, t->ns, sizeof w->ns);
    memcpy(w->count, t->count, sizeof w->count);
    for (int i = 0; i < PM_SITES; i++) {
      r->sites[i].calls += t->site[i].calls;
      r->sites[i].lines += t->site[i].lines;
      r->sites[i].ns += t->site[i].ns;
      w->count[PM_N_LINES] += t->site[i].lines;
    }
    for (int i = 0; i < PM_ACTIVITIES; i++) seen += w->ns[i];
    w->ns[PM_DEAD] += b->live_ns > seen ? b->live_ns - seen : 0;    /* what no life of this worker saw */
    for (int i = 0; i < PM_COUNTERS; i++) r->count[i] += w->count[i];
    for (uint32_t v = 0; v <= places; v++) {
      uint32_t victim = v < places ? v : PM_SLOTS_MAX;
      if (!t->thefts[victim] && !t->adoptions[victim]) continue;
      r->pairs[r->pair_count++] = (struct pm_report_pair){p, victim, t->thefts[victim], t->adoptions[victim]};
    }
  }
}

static void fill_faults(const struct pm_run *run, struct pm_report *r) {
  const struct pm_run_block *b = run->block;
  r->faults_done = b->faults_done;
  r->unplanned = b->died + b->stood_still + pm_run_traps(run);
  r->faults = calloc(b->log_count ? b->log_count : 1, sizeof *r->faults);
  if (!r->faults) return;
  r->fault_count = (uint32_t)b->log_count;
  for (uint64_t i = 0; i < b->log_count; i++) {
    const struct pm_log_entry *e = &b->log[i];
    r->faults[i] = (struct pm_report_fault){
        .kind = (enum pm_fault_kind)e->kind, .state = (enum pm_fault_state)e->state, .place = e->place, .pid = e->pid,
        .slot = e->slot, .taken_by = e->taken_by, .when_ns = e->when_ns, .detected_ns = e->detected_ns,
        .running_ns = e->running_ns, .caught_up_ns = e->caught_up_ns, .lost_ns = e->lost_ns};
    r->lost_ns += e->lost_ns;
  }
}

static void fill_bins(const struct pm_run *run, struct pm_report *r) {
  const struct pm_run_block *b = run->block;
  r->bins = calloc(PM_BINS, sizeof *r->bins);
  if (!r->bins) return;
  r->bin_ns = b->bin_ns;
  r->bin_count = (uint32_t)b->bin_count;
  struct pm_bin before = {0};
  for (uint64_t i = 0; i < b->bin_count; i++) {
    const struct pm_bin *n = &b->bin[i];
    r->bins[i] = (struct pm_report_bin){i * b->bin_ns, n->steals - before.steals, n->commits - before.commits,
                                        n->faults - before.faults, n->live};
    before = *n;
  }
}

static void warn_unplanned(const struct pm_run *run, struct pm_report *r) {
  const struct pm_run_block *b = run->block;
  char text[PM_TEXT_MAX];
  uint64_t traps = pm_run_traps(run);
  if (!r->unplanned) return;
  snprintf(text, sizeof text, "nobody injected this: %llu worker%s died, %llu ended by the watchdog, %llu signal%s of the machine in task "
           "code; fault_log has them as unplanned", (unsigned long long)b->died, b->died == 1 ? "" : "s",
           (unsigned long long)b->stood_still, (unsigned long long)traps, traps == 1 ? "" : "s");
  warn(r, text);
}

static void fill_warnings(const struct pm_run *run, struct pm_report *r) {
  warn_unplanned(run, r);
  if (r->log_incomplete)
    warn(r, "the power failed under a session of this run, or the machine was started anew: the log of faults, counts and times are what "
         "had come to the medium (log_incomplete), and how long it was down is not known; the result does not depend on them");
  else if (r->down_unknown) warn(r, "between a crash and its resumption the machine was started anew: how long the run was down is not known");
  unsigned refused = atomic_load(&run->shared->pin_refused);
  if (refused & 1) warn(r, "workers could not be pinned (a container may forbid it); use --pin none or allow it");
  if (refused & 2) warn(r, "memory could not be bound beside the workers; it lies where the kernel put it");
  uint64_t stopped = run->session ? atomic_load(&run->session->stopped_ns) : 0;
  if (stopped) {
    char text[PM_TEXT_MAX];
    snprintf(text, sizeof text, "stopped for %.3g s meanwhile, and continued; that is in down_ns, not in wall_ns", (double)stopped / 1e9);
    warn(r, text);
  }
  if (r->oversubscribed) warn(r, "more workers than cores: times say little about the scheduler");
  if (r->fault_count == PM_LOG_MAX) {
    char text[PM_TEXT_MAX];
    snprintf(text, sizeof text, "the log of faults is full: it holds the first %u; use a lower rate, or a shorter run", r->fault_count);
    warn(r, text);
  }
  bool listed = false;
  for (unsigned i = 0; i < run->options->fault_count; i++) listed |= run->options->faults[i].count > 0;
  if (run->options->fault_count && !listed && !r->faults_done && r->complete)
    warn(r, "no fault happened: the run was over first; use a larger problem or a higher rate");
}

/* Where the lines are durable by instructions alone, that holds only as far as the platform says so. */
static void fill_medium(const struct pm_region *region, struct pm_report *r) {
  struct pm_medium m;
  pm_medium_look(region->fd, &m);
  snprintf(r->domain, sizeof r->domain, "%s", m.domain);
  snprintf(r->provider, sizeof r->provider, "%s", m.provider);
  snprintf(r->namespace_mode, sizeof r->namespace_mode, "%s", m.mode);
  r->numa_node = m.numa_node;
  if (region->backend == PM_BACKEND_DAX && region->granted != PM_PERSIST_PAGE && !m.domain[0])
    warn(r, "the platform does not say that this memory survives a power failure (no persistence domain is stated)");
}

void pm_report_fill(struct pm_run *run, struct pm_report *r) {
  const struct pm_region *region = &run->region;
  const struct pm_region_header *h = region->header;
  const struct pm_run_block *b = run->block;
  snprintf(r->path, sizeof r->path, "%s", region->path);
  for (size_t i = 0; i < sizeof h->id; i++) snprintf(r->id + 2 * i, 3, "%02x", h->id[i]);
  r->session = atomic_load(&h->session);
  snprintf(r->fs, sizeof r->fs, "%s", region->fs);
  snprintf(r->backend, sizeof r->backend, "%s", pm_backend_names[h->backend]);
  snprintf(r->granularity_requested, sizeof r->granularity_requested, "%s", pm_granularity_names[region->requested]);
  snprintf(r->granularity, sizeof r->granularity, "%s", pm_granularity_names[region->granted]);
  snprintf(r->pin, sizeof r->pin, "%s", run->options->pin ? run->options->pin : "compact");
  r->forced = region->forced;
  fill_medium(region, r);
  r->resumed = b->sessions > 1;
  r->procs = run->procs;
  r->slots = run->slots;
  r->cores = run->pin.cores;
  r->oversubscribed = run->procs > run->pin.used;
  r->policy = (enum pm_policy)h->policy;
  r->beat_ns = r->policy == PM_POLICY_BEAT ? b->beat_ns : 0;
  r->seed = h->seed;
  r->stack_bytes = h->stack_bytes;
  r->region_bytes = region->bytes;
  r->wall_ns = b->live_ns;
  r->setup_ns = b->setup_ns;
  r->down_ns = b->down_ns;
  r->log_incomplete = b->lost & PM_LOST_PART;
  r->down_unknown = b->lost & PM_LOST_DOWN;
  r->foreign_cpu = run->shared ? run->shared->foreign_cpu : NAN;
  fill_workers(run, r);
  fill_faults(run, r);
  fill_bins(run, r);
  fill_warnings(run, r);
}

void pm_report_free(struct pm_report *r) {
  free(r->workers);
  free(r->sites);
  free(r->pairs);
  free(r->bins);
  free(r->faults);
  r->workers = NULL, r->sites = NULL, r->pairs = NULL, r->bins = NULL, r->faults = NULL;
}
