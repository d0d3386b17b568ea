/* SPDX-License-Identifier: BSD-3-Clause */
#include "supervised.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/tunables.h"
#include "pm/shadow.h"
#include "proc/audit.h"
#include "proc/data.h"
#include "proc/fault_kind.h"
#include "region.h"

enum { PLANS = 3, TIMES = 6, SESSIONS_MAX = 200 };

struct plan {
  struct pm_options options;
  struct pm_fault_plan fault[PLANS];
  uint64_t at_ns[PLANS][TIMES];
  int place[PLANS][TIMES];
  struct tree_block args;
  struct sim_chances chances;
  unsigned listed;
};
struct supervised {
  struct plan plan;
  struct pm_options calm;
  struct pm_run run;
  struct pm_shared shared;
  struct sim_machine machine;
  struct supervised_result *result;
};

static struct pm_shadow medium;           /* what of the supervisor's own would outlast the power */

/* ---- what a seed asks for ----------------------------------------------------------------------------------------------------------- */

static void plan_faults(struct plan *p, struct pm_random *r) {
  p->options.fault_count = pm_random_below(r, PLANS + 1);
  for (unsigned i = 0; i < p->options.fault_count; i++) {
    struct pm_fault_plan *f = &p->fault[i];
    f->kind = (enum pm_fault_kind)pm_random_below(r, PM_FAULT_KINDS);
    if (pm_random_below(r, 2)) {
      f->rate_hz = pm_fault_kind(f->kind)->hits_all ? 4 : 2 + pm_random_below(r, 60);
      continue;
    }
    f->count = 1 + pm_random_below(r, pm_fault_kind(f->kind)->hits_all ? 2 : TIMES);
    f->at_ns = p->at_ns[i];
    f->place = p->place[i];
    p->listed += f->count;
    uint64_t at = 0;
    for (unsigned k = 0; k < f->count; k++) {
      p->at_ns[i][k] = at += pm_random_below(r, 40000000);
      p->place[i][k] = (int)pm_random_below(r, 5) - 1;
    }
  }
  p->options.faults = p->fault;
}

static void plan_of(struct plan *p, uint64_t seed) {
  struct pm_random r = {seed * 0x2545F4914F6CDD1D + 1};
  static const uint64_t point_ns[] = {30000, 100000, 400000};
  static const struct tree_block deepest = {5};
  *p = (struct plan){.options = {.backend = "dram", .args = &deepest, .stack_bytes = 4096}};
  p->options.procs = 1 + pm_random_below(&r, SIM_PLACES);
  p->options.watchdog_ns = 20000000 + pm_random_below(&r, 100000000);
  if (pm_random_below(&r, 2)) p->options.respawn_delay_ns = pm_random_below(&r, 30000000);
  p->args.depth = 1 + pm_random_below(&r, 4);
  p->chances.point_ns = point_ns[pm_random_below(&r, 3)];
  if (pm_random_below(&r, 2)) p->chances.refuse_signal = 0.2;
  if (pm_random_below(&r, 2)) p->chances.refuse_spawn = 0.3;
  if (pm_random_below(&r, 3) == 0) p->chances.end = 0.001;
  if (pm_random_below(&r, 8) == 0) p->chances.end = 0.02;
  if (pm_random_below(&r, 4) == 0) p->chances.trap = 0.01;
  if (pm_random_below(&r, 4) == 0) p->chances.halt = 0.0005;
  if (pm_random_below(&r, 4) == 0) {
    p->chances.dearth_at_ns = pm_random_below(&r, 60000000);
    p->chances.dearth_ns = pm_random_below(&r, 4) ? pm_random_below(&r, 400000000) : UINT64_C(60000000000);
  }
  plan_faults(p, &r);
}

/* ---- judging ---------------------------------------------------------------------------------------------------------------------------- */

static void wrong(struct supervised *s, const char *what, uint64_t is, uint64_t should) {
  if (s->result->error[0]) return;
  if (is == should) snprintf(s->result->error, sizeof s->result->error, "%s", what);
  else snprintf(s->result->error, sizeof s->result->error, "%s: %llu and %llu", what, (unsigned long long)is, (unsigned long long)should);
}
static void equal(struct supervised *s, const char *what, uint64_t is, uint64_t should) {
  if (is != should) wrong(s, what, is, should);
}

static uint64_t restarts_by_exn(const struct supervised *s) {
  const struct pm_tally *t = s->run.block->tally;
  uint64_t n = 0;
  for (unsigned p = 0; p < s->run.slots; p++) n += t[p].count[PM_N_RESTARTS] - t[p].traps;
  return n;
}

/* The log agrees with what the machine really did, in each entry as far as it can tell, and in the sums. */
static void judge_log(struct supervised *s) {
  const struct pm_run_block *b = s->run.block;
  if (b->lost) wrong(s, "the log says that it is incomplete, and the power did not fail", 0, 0);
  const struct sim_truth *t = &s->machine.truth;
  uint64_t by_state[PM_FAULT_STATES] = {0}, last_worker = 0, exns = restarts_by_exn(s), others = t->killed + t->stopped + t->crashes;
  for (uint64_t i = 0; i < b->log_count; i++) {
    const struct pm_log_entry *e = &b->log[i];
    by_state[e->state]++;
    last_worker += e->state == PM_FAULT_SPARED && e->place >= 0;
    if (e->state == PM_FAULT_SENT && !t->crashes) wrong(s, "a fault of which nothing is known, and there was no crash", i, i);
  }
  uint64_t done = by_state[PM_FAULT_DONE] + by_state[PM_FAULT_IDLE_VICTIM], unplanned = b->died + b->stood_still;
  bool full = b->log_count == PM_LOG_MAX;
  if (!t->crashes) equal(s, "faults counted as done, and what the machine did", b->faults_done, others + exns);
  else if (b->faults_done < others || b->faults_done > others + exns) wrong(s, "faults counted as done, and at most", b->faults_done, others + exns);
  if (full ? done > b->faults_done : done != b->faults_done) wrong(s, "entries that are done, and the count", done, b->faults_done);
  equal(s, "ends that nobody injured", unplanned, t->unplanned);
  uint64_t traps = pm_run_traps(&s->run);
  if (!full && !t->crashes) equal(s, "entries that are unplanned", by_state[PM_FAULT_UNPLANNED], unplanned + traps);
  bool all_listed = true;
  for (unsigned i = 0; i < s->plan.options.fault_count; i++) all_listed &= s->plan.fault[i].rate_hz <= 0;
  if (all_listed && !full && !t->crashes && !s->result->ended)
    equal(s, "listed faults that are accounted for", b->faults_done + last_worker + atomic_load(&s->shared.missed), s->plan.listed);
  s->result->done = b->faults_done, s->result->exns = exns, s->result->missed = by_state[PM_FAULT_MISSED];
  s->result->spared = by_state[PM_FAULT_SPARED], s->result->traps = traps, s->result->watchdog = b->stood_still;
  s->result->log_full = full;
}

/* Nobody was busy for longer than the run took. A crash cuts off the run's time at the last tick, the workers' at their last word. */
static void judge_times(struct supervised *s) {
  const struct pm_run_block *b = s->run.block;
  uint64_t most = b->live_ns + (s->machine.truth.crashes + 1) * (pm_tick_ns + 20 * s->plan.chances.point_ns);
  for (unsigned p = 0; p < s->run.procs; p++) {
    uint64_t sum = 0;
    for (int i = 0; i < PM_ACTIVITIES; i++) sum += b->tally[p].ns[i];
    if (sum > most) wrong(s, "the times of a place sum up to more than the run's", sum, most);
  }
  if (b->bin_count > PM_BINS) wrong(s, "more bins than there are", b->bin_count, PM_BINS);
  for (uint64_t i = 1; i < b->bin_count; i++)
    if (b->bin[i].faults < b->bin[i - 1].faults || b->bin[i].commits < b->bin[i - 1].commits) wrong(s, "bins go back", i, i);
  if (b->bin_count && b->bin[b->bin_count - 1].faults > b->faults_done) wrong(s, "bins count faults that were not", 0, 0);
}

static void judge_result(struct supervised *s) {
  struct pm_audit a;
  struct pm_error_line e = {0};
  struct pm_data d;
  struct pm_data_core core;
  pm_data_open(&d, &core, &s->run.region);
  if (tree_program.check(&d, &s->plan.args)) snprintf(s->result->error, sizeof s->result->error, "WRONG RESULT: %.400s", d.error);
  if (pm_audit_borrow(&a, s->run.region.view.base, s->run.region.bytes, &e)) {
    snprintf(s->result->error, sizeof s->result->error, "audit: %.400s", e.text);
    return;
  }
  pm_audit_check(&a);
  if (a.findings) snprintf(s->result->error, sizeof s->result->error, "audit: %.400s", a.finding[0]);
  pm_audit_close(&a);
}

/* A session that ended without the result says one of the documented errors, and there was a reason for it. */
static void judge_error(struct supervised *s) {
  const struct sim_truth *t = &s->machine.truth;
  const struct pm_session *n = s->run.session;
  int code = atomic_load(&n->error_state) == 2 ? n->error.code : 0;
  bool reason = (code == PM_E_MACHINE && t->spawns_refused >= PM_RESPAWN_TRIES) || (code == PM_E_DIED && t->unplanned >= PM_UNPLANNED_MAX) ||
                (code == PM_E_PROGRAM && pm_run_traps(&s->run) >= PM_POISONED - 1) || code == PM_E_STUCK;
  if (!reason && !s->machine.truth.error[0])
    snprintf(s->result->error, sizeof s->result->error, "ended without a reason: %d %.400s", code, n->error.text);
  s->result->ended = code;
}

/* The power could fail now. Each fault that was begun is on the medium, with its count; of a session that ended in order all is, and
 * so is what was concluded before the last tick but one. */
static void judge_medium(struct supervised *s, bool crashed) {
  const struct pm_run_block *b = s->run.block;
  const struct pm_run_block *m = (const struct pm_run_block *)(medium.copy + ((const char *)b - s->run.region.view.base));
  equal(s, "entries of the log, and on the medium", m->log_count, b->log_count);
  for (uint64_t i = 0; i < b->log_count && i < m->log_count; i++) {
    const struct pm_log_entry *e = &b->log[i], *n = &m->log[i];
    if (n->sum != pm_log_sum(n, i) || n->sum != e->sum) wrong(s, "an entry is not on the medium", i, i);
    bool old = b->segment_begin_ns && b->segment_alive_ns > e->injured_ns && e->detected_ns &&
               b->segment_alive_ns > e->injured_ns + e->detected_ns + 2 * pm_tick_ns;
    if ((!crashed || old) && n->state != e->state) wrong(s, "what became of a fault is not on the medium", i, i);
  }
  if (!crashed && memcmp(b, m, offsetof(struct pm_run_block, bin))) wrong(s, "counts and times are not on the medium", 0, 0);
  if (m->session != atomic_load(&s->run.region.header->session)) wrong(s, "the session is not on the medium", 0, 0);
}

/* ---- a run ---------------------------------------------------------------------------------------------------------------------------------- */

static void session_open(struct supervised *s) {
  struct pm_session *n = pm_session_create(s->run.slots);
  if (!n) abort();
  if (s->run.session) pm_session_destroy(s->run.session);
  s->run.session = n;
  n->number = pm_run_begin_session(&s->run);
  n->policy = PM_POLICY_BEAT;
  n->beat_ns = 1000000;
  n->fresh = !s->result->sessions++;
  for (unsigned p = 0; p < PM_SLOTS_MAX; p++) atomic_store(&n->place[p].slot, PM_SLOTS_MAX);
}

static bool work_on(struct supervised *s) {
  session_open(s);
  int error = pm_supervise(&s->run, &s->machine.machine);
  for (unsigned p = 0; !error && p < SIM_PLACES; p++)
    if (s->machine.worker[p].state != SIM_EMPTY) wrong(s, "the supervisor left a worker behind", p, p);
  sim_machine_clear(&s->machine);
  if (!error || error == PM_E_CRASHED) judge_medium(s, error != 0);
  if (error && error != PM_E_CRASHED) wrong(s, "the supervisor failed", 0, 0);
  if (s->result->error[0] || s->machine.truth.error[0]) return false;
  if (error == PM_E_CRASHED) {
    pm_run_close_segment(&s->run);
  } else if (!pm_run_is_done(&s->run)) {
    judge_error(s);
    s->machine.chances = (struct sim_chances){.point_ns = s->plan.chances.point_ns};      /* what a user does: resume it, on a better day */
    s->run.options = &s->calm;
    atomic_store(&s->shared.unplanned, 0);
  }
  s->run.resumed = true;
  return !pm_run_is_done(&s->run) && s->result->sessions < SESSIONS_MAX;
}

void supervised_run(uint64_t seed, struct supervised_result *result) {
  struct supervised *s = calloc(1, sizeof *s);
  if (!s) abort();
  *result = (struct supervised_result){.sessions = 0};
  s->result = result;
  plan_of(&s->plan, seed);
  s->calm = s->plan.options;
  s->calm.fault_count = 0;
  pm_clock_step_ns = 0;
  sim_region_fresh(&s->run, &s->plan.options, &s->plan.args);
  s->run.shared = &s->shared;
  s->run.block->rng = seed;
  if (!medium.copy && pm_shadow_open(&medium, s->run.region.bytes)) abort();
  memcpy(medium.copy, s->run.region.view.base, s->run.region.bytes);
  medium.pending_count = 0;
  s->run.region.view.shadow = &medium;
  pm_clock_steps = 1;
  pm_clock_step_ns = 100;
  sim_machine_open(&s->machine, &s->run, &s->plan.chances, seed);
  for (unsigned i = 0; i < s->plan.options.fault_count; i++) s->machine.may_stay_empty |= pm_fault_kind(s->plan.fault[i].kind)->for_good;
  s->machine.patience_ns = s->plan.options.respawn_delay_ns + pm_respawn_most_ns + 10 * pm_tick_ns;
  s->machine.watchdog_ns = s->plan.options.watchdog_ns + (PM_GAP_TICKS + 20) * pm_tick_ns;
  while (work_on(s)) {
  }
  result->truth = s->machine.truth;
  result->steps = s->machine.steps;
  if (s->machine.truth.error[0]) snprintf(result->error, sizeof result->error, "%s", s->machine.truth.error);
  if (!result->error[0] && !pm_run_is_done(&s->run)) wrong(s, "not done after so many sessions", 0, 0);
  if (!result->error[0]) judge_result(s);
  if (!result->error[0]) judge_log(s);
  if (!result->error[0]) judge_times(s);
  sim_machine_close(&s->machine);
  pm_clock_step_ns = 0;
  pm_session_destroy(s->run.session);
  free(s);
}
