/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The supervisor: single-threaded, one loop around what became of the workers and the next thing due.
 *
 * It decides nothing about the result: that lies in the region. It starts, injures, reaps, respawns, and writes down.
 */
#include "proc/supervisor.h"

#include <errno.h>
#include <stdlib.h>

static void tick(struct pm_supervisor *s, uint64_t now) {
  struct pm_run_block *b = s->run->block;
  b->segment_alive_ns = now;
  pm_log_read_events(s);
  if (!pm_run_is_over(s->run)) pm_bins_sample(s, now);
  pm_watch(s, now);
  pm_watch_dead_end(s->run);
  struct pm_error_line late = {0};
  if (!pm_run_is_over(s->run) && pm_late_is_over(s->run, now) && pm_late_error(s->run, &late))
    pm_session_fail(s->run->session, late.code, "%s", late.text);
  pm_log_save(s);
  s->last_tick_ns = now;
  s->tick_at_ns = now + pm_tick_ns;
}

static void wait_for_something(struct pm_supervisor *s, uint64_t now) {
  uint64_t until = s->tick_at_ns;
  bool over = pm_run_is_over(s->run);
  for (unsigned p = 0; p < s->run->procs && !over; p++) {
    const struct pm_ward *w = &s->ward[p];
    if (w->life == PM_LIFE_DEAD && w->respawn_ns < until) until = w->respawn_ns;
  }
  const struct pm_run_block *b = s->run->block;
  uint64_t next = pm_faults_next_ns(&s->faults);
  if (b->segment_begin_ns && next != UINT64_MAX && !over) {
    uint64_t at = b->segment_begin_ns + (next > b->live_ns ? next - b->live_ns : 0);
    if (at < until) until = at;
  }
  if (!b->segment_begin_ns && until > now + pm_first_look_ns) until = now + pm_first_look_ns;   /* the first task is about to begin */
  s->machine->wait(s->machine, until);
}

static bool all_gone(const struct pm_supervisor *s) {
  for (unsigned p = 0; p < s->run->procs; p++) {
    enum pm_life l = s->ward[p].life;
    if (pm_life_is_there(l) || (l == PM_LIFE_DEAD && !pm_run_is_over(s->run))) return false;
  }
  return true;
}

/* Who takes the root notes when. Dead between the two, it left the note to nobody; then it is when this was seen. */
static uint64_t first_task_ns(struct pm_supervisor *s) {
  struct pm_session *session = s->run->session;
  uint64_t none = 0;
  enum pm_join_state root = pm_word_state(atomic_load(&pm_join_at(s->run->region.header, PM_JOIN_ROOT)->word));
  if (root != PM_JOIN_FREE) atomic_compare_exchange_strong(&session->first_task_ns, &none, pm_supervisor_now(s));
  return atomic_load(&session->first_task_ns);
}

/* All first workers are ready: from here the run is live. */
static void begin(struct pm_supervisor *s) {
  struct pm_run_block *b = s->run->block;
  struct pm_session *session = s->run->session;
  if (atomic_load(&session->go)) {
    if (b->segment_begin_ns) return;
    b->segment_begin_ns = first_task_ns(s);
    if (b->segment_begin_ns) pm_run_save(s->run);
    return;
  }
  for (unsigned p = 0; p < s->run->procs; p++)
    if (!atomic_load(&session->place[p].ready)) return;
  s->machine->watch_others(s->machine);
  if (s->run->resumed) {
    b->segment_begin_ns = pm_supervisor_now(s);
    atomic_store(&session->first_task_ns, b->segment_begin_ns);
    pm_run_save(s->run);
  }
  atomic_store(&session->go, 1);
  pm_session_ring(session, UINT32_MAX >> 1);
}

/* Workers that do not leave when told to (stopped, or in a long leaf) are ended. */
static void hurry(struct pm_supervisor *s, uint64_t *since, uint64_t now) {
  if (!pm_run_is_over(s->run) || !s->machine->kills) return;
  if (!*since) *since = now;
  for (unsigned p = 0; p < s->run->procs; p++) {
    struct pm_ward *w = &s->ward[p];
    bool late = now - *since > pm_leave_ns;
    if ((w->life == PM_LIFE_RUNNING || w->life == PM_LIFE_STOPPED) && (late || w->stopped)) pm_ward_kill(s, p);
  }
}

static void injure_what_is_due(struct pm_supervisor *s) {
  struct pm_run_block *b = s->run->block;
  struct pm_due due;
  while (!s->crashed && b->segment_begin_ns && pm_faults_take(&s->faults, pm_run_clock(s->run, pm_supervisor_now(s)), &due)) {
    if (due.listed && pm_injury_has_to_wait(s, &due)) {
      pm_faults_put_back(&s->faults, &due, pm_run_clock(s->run, pm_supervisor_now(s)) + pm_injury_again_ns);
      continue;
    }
    if (due.listed) b->faults_taken_ns = due.when_ns + 1;
    pm_injure(s, &due);
    pm_log_read_often(s);
  }
  b->rng = s->faults.random.state;
  atomic_store(&s->run->session->faults_logged, b->log_count);
}

static void close_session(struct pm_supervisor *s) {
  struct pm_run *run = s->run;
  struct pm_run_block *b = run->block;
  pm_log_read_events(s);
  uint64_t done = atomic_load(&run->session->done_ns), end = done && pm_run_is_done(run) ? done : pm_supervisor_now(s);
  if (!b->segment_begin_ns) b->segment_begin_ns = first_task_ns(s);
  pm_bins_sample(s, end);
  b->live_ns = pm_run_clock(run, end);
  b->down_ns += atomic_load(&run->session->stopped_ns);
  b->segment_begin_ns = 0;
  b->last = PM_LAST_CLOSED;
  pm_run_save_all(run);
  run->shared->foreign_cpu = s->machine->others_share(s->machine);
  atomic_store(&run->shared->missed, pm_faults_left(&s->faults) + (uint32_t)b->missed);
}

int pm_supervise(struct pm_run *run, struct pm_machine *machine) {
  struct pm_supervisor *s = machine ? calloc(1, sizeof *s) : NULL;
  if (!s) return -ENOMEM;
  struct pm_run_block *b = run->block;
  s->run = run;
  s->machine = machine;
  s->started_ns = s->last_tick_ns = pm_supervisor_now(s);
  pm_faults_begin(&s->faults, run->options, b->rng, run->fault_base_ns, b->live_ns, b->faults_taken_ns);
  for (unsigned p = 0; p < run->procs; p++) pm_ward_start(s, p, true);
  uint64_t over_since = 0;
  while (!s->crashed && !all_gone(s)) {
    uint64_t now = pm_supervisor_now(s);
    if (now >= s->tick_at_ns) tick(s, now);
    begin(s);
    wait_for_something(s, now);
    pm_ward_reap(s);
    now = pm_supervisor_now(s);
    pm_ward_respawn(s, now);
    injure_what_is_due(s);
    hurry(s, &over_since, now);
  }
  bool crashed = s->crashed;
  if (!crashed) close_session(s);
  machine->close(machine);
  free(s);
  return crashed ? PM_E_CRASHED : 0;
}
