/* SPDX-License-Identifier: BSD-3-Clause */
/* Workers begun, ended, and begun again: what proc/life.h calls start, respawn, reaped. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "proc/supervisor.h"

/* ---- begun --------------------------------------------------------------------------------------------------------------------- */

static unsigned workers_there(const struct pm_supervisor *s) {
  unsigned n = 0;
  for (unsigned p = 0; p < s->run->procs; p++) n += pm_life_is_there(s->ward[p].life);
  return n;
}

/* The machine has no process, file or memory to give: later it may. Only where nobody is left who could get on meanwhile, or
 * where everybody waits for this one, so many refusals in a row end the run. */
static void refused(struct pm_supervisor *s, unsigned place, int error) {
  struct pm_ward *w = &s->ward[place];
  uint64_t wait = pm_respawn_least_ns;
  for (unsigned i = 0; i < w->refusals && wait < pm_respawn_most_ns; i++) wait *= 2;
  if (wait > pm_respawn_most_ns) wait = pm_respawn_most_ns;
  if (w->life == PM_LIFE_RUNNING) pm_life_move(s, place, PM_LIFE_RUNNING, PM_LIFE_DEAD);
  if (w->life == PM_LIFE_EMPTY && !PM_LEFT_OUT(TRY_AGAIN)) pm_life_move(s, place, PM_LIFE_EMPTY, PM_LIFE_DEAD);
  w->respawn_ns = pm_supervisor_now(s) + wait;
  w->refusals++;
  bool needed = !workers_there(s) || !atomic_load(&s->run->session->go);
  if (needed && w->refusals >= PM_RESPAWN_TRIES)
    pm_session_fail(s->run->session, PM_E_MACHINE, "cannot start a worker, tried %u times: %s", w->refusals, strerror(-error));
}

void pm_ward_start(struct pm_supervisor *s, unsigned place, bool first) {
  struct pm_ward *w = &s->ward[place];
  int pid = s->machine->spawn(s->machine, place, first);
  if (pid < 0) {
    refused(s, place, pid);
    return;
  }
  pm_life_move(s, place, w->life, PM_LIFE_RUNNING);
  *w = (struct pm_ward){.life = PM_LIFE_RUNNING, .pid = pid, .refusals = w->refusals, .injury.entry = -1, .alive_ns = pm_supervisor_now(s)};
}

void pm_ward_respawn(struct pm_supervisor *s, uint64_t now) {
  if (PM_LEFT_OUT(RESPAWN)) return;
  for (unsigned p = 0; p < s->run->procs && !pm_run_is_over(s->run); p++)
    if (s->ward[p].life == PM_LIFE_DEAD && now >= s->ward[p].respawn_ns) pm_ward_start(s, p, !atomic_load(&s->run->session->go));
}

/* ---- ended ----------------------------------------------------------------------------------------------------------------------- */

int pm_ward_kill(struct pm_supervisor *s, unsigned place) {
  int error = s->machine->signal(s->machine, place, SIGKILL, 0);
  if (!error) pm_life_move(s, place, s->ward[place].life, PM_LIFE_DYING);
  return error;
}

enum pm_verdict pm_ward_judge_kill(int status) {
  if (WIFSTOPPED(status) || WIFCONTINUED(status)) return PM_VERDICT_OPEN;
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? PM_VERDICT_HAPPENED : PM_VERDICT_MISSED;
}

/* What the dead worker did since its last account, up to its injury, goes to what it was doing. */
static void account_life(struct pm_supervisor *s, unsigned place, uint64_t now) {
  struct pm_place *p = &s->run->session->place[place];
  const struct pm_injury *injury = &s->ward[place].injury;
  uint64_t died = injury->happened ? injury->at_ns : now, since = atomic_load(&p->activity_since_ns);
  uint32_t activity = atomic_load(&p->activity);
  if (activity < PM_DEAD && since) s->run->block->tally[place].ns[activity] += pm_session_counted(s->run->session, since, died);
  atomic_store(&p->activity, PM_DEAD);
  atomic_store(&p->activity_since_ns, died);
}

/* Nobody injured it: the watchdog ended it (a log entry of the kind `stop`), or somebody else. So many, and the run is given up. */
static void note_unplanned(struct pm_supervisor *s, unsigned place, int status, uint64_t now) {
  bool stood_still = s->ward[place].stood_still;
  struct pm_run_block *b = s->run->block;
  if (PM_LEFT_OUT(UNPLANNED)) return;
  if (stood_still) b->stood_still++;
  else b->died++;
  atomic_store(&s->run->session->place[place].injured_ns, now);
  pm_log_add(s, stood_still ? PM_FAULT_STOP : PM_FAULT_KILL, PM_FAULT_UNPLANNED, (int)place, now);
  if (pm_run_is_over(s->run)) return;
  if (s->run->session->policy == PM_POLICY_NONE) {
    pm_session_fail(s->run->session, PM_E_DIED, "a worker died that nobody injured, and with --capsule none nothing was committed");
    return;
  }
  unsigned unplanned = atomic_fetch_add(&s->run->shared->unplanned, 1) + 1;        /* in all sessions of this command */
  if (unplanned < PM_UNPLANNED_MAX) return;
  char how[128];
  if (stood_still) snprintf(how, sizeof how, "ended by the watchdog: its beats stood still; give a longer --watchdog, or fewer workers");
  else if (WIFSIGNALED(status)) snprintf(how, sizeof how, "of signal %d", WTERMSIG(status));
  else snprintf(how, sizeof how, "with exit code %d", WEXITSTATUS(status));
  pm_session_fail(s->run->session, PM_E_DIED, "%u workers died that nobody injured, the last %s", unplanned, how);
}

/* Nobody injured it, and it was no part of leaving. One that the watchdog ended counts even where another adopted its work and
 * finished the run before it was reaped. */
static bool is_unplanned(const struct pm_supervisor *s, const struct pm_ward *w, int status) {
  return !w->injury.happened && (!pm_run_is_over(s->run) || (w->stood_still && WIFSIGNALED(status)));
}

static void ended(struct pm_supervisor *s, unsigned place, int status, uint64_t now) {
  struct pm_ward *w = &s->ward[place];
  struct pm_run *run = s->run;
  bool over = pm_run_is_over(run), ours = w->injury.happened;
  int want = atomic_exchange(&run->session->place[place].refused, 0);
  account_life(s, place, now);
  pm_log_read_events(s);                /* what it still told */
  if (!PM_LEFT_OUT(EXN_ENDED)) pm_exn_settle(s, place, 0, true);
  if (want && w->life == PM_LIFE_RUNNING && WIFEXITED(status) && WEXITSTATUS(status) == PM_WORKER_REFUSED && !over) {
    refused(s, place, -want);
    return;
  }
  if (ours && w->injury.entry >= 0) pm_log_detected(s, &run->block->log[w->injury.entry], now);
  if (is_unplanned(s, w, status)) note_unplanned(s, place, status, now);
  bool for_good = ours && pm_fault_kind(w->injury.kind)->for_good;
  pm_life_move(s, place, w->life, for_good ? PM_LIFE_GONE : over ? PM_LIFE_LEFT : PM_LIFE_DEAD);
  w->respawn_ns = now + run->options->respawn_delay_ns;
  w->refusals = 0;
  pm_session_ring(run->session, UINT32_MAX >> 1);          /* idle workers: there is a slot to adopt */
}

static void reaped(struct pm_supervisor *s, unsigned place, int status) {
  struct pm_ward *w = &s->ward[place];
  uint64_t now = pm_supervisor_now(s);
  if (w->injury.sent) pm_injury_judge(s, place, status);
  if (WIFSTOPPED(status)) {
    w->stopped = true;
  } else if (WIFCONTINUED(status)) {
    w->stopped = false;
    w->alive_ns = now;
    if (w->life == PM_LIFE_STOPPED) {
      pm_life_move(s, place, PM_LIFE_STOPPED, PM_LIFE_RUNNING);
      w->injury = (struct pm_injury){.entry = -1};
    }
  } else {
    ended(s, place, status, now);
  }
}

void pm_ward_reap(struct pm_supervisor *s) {
  int status;
  for (unsigned p = 0; p < s->run->procs; p++)
    while (pm_life_is_there(s->ward[p].life) && s->machine->reap(s->machine, p, &status)) reaped(s, p, status);
}
