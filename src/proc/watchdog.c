/* SPDX-License-Identifier: BSD-3-Clause */
/* A worker that stands still: stopped, or without a core. That a run does not get on is judged where its work is lost (sched/loss.c). */
#include "proc/supervisor.h"

static uint64_t watchdog_ns(const struct pm_options *o) { return o->watchdog_ns ? o->watchdog_ns : pm_watchdog_ns; }

/* A worker whose beats stand still is killed: soon if it is stopped, and much later if not, for then it may be that it gets
 * no core - more workers than cores, or others at work. After a gap in its own time (the whole job was stopped and went on) it gives
 * everybody a new chance. */
void pm_watch(struct pm_supervisor *s, uint64_t now) {
  uint64_t patience = watchdog_ns(s->run->options);
  bool gap = now > s->last_tick_ns + PM_GAP_TICKS * pm_tick_ns;
  for (unsigned p = 0; p < s->run->procs; p++) {
    struct pm_ward *w = &s->ward[p];
    if ((w->life != PM_LIFE_RUNNING && w->life != PM_LIFE_STOPPED) || PM_LEFT_OUT(WATCHDOG)) continue;
    uint64_t beats = atomic_load(&s->run->session->place[p].beats);
    if (beats != w->beats || gap) {
      w->beats = beats;
      w->alive_ns = now;
    } else if (now - w->alive_ns > patience && s->run->session->policy != PM_POLICY_NONE && s->machine->kills &&
               (w->stopped || (beats && now - w->alive_ns > PM_STARVED_TIMES * patience))) {
      bool over = pm_run_is_over(s->run);
      w->stood_still = !pm_ward_kill(s, p) && !over;
    }
  }
}
