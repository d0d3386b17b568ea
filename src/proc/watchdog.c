/* SPDX-License-Identifier: BSD-3-Clause */
/* Standing still: a worker (stopped, or without a core), and the whole run (faults that outrun the beats). */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/tunables.h"
#include "proc/supervisor.h"

static uint64_t watchdog_ns(const struct pm_options *o) { return o->watchdog_ns ? o->watchdog_ns : pm_watchdog_ns; }

/* Stopped by a signal, as the kernel sees it; false also where it cannot be told. */
static bool is_stopped(pid_t pid) {
  char path[64], text[512] = "";
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  FILE *file = fopen(path, "re");
  size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
  if (file) fclose(file);
  text[n] = 0;
  const char *name_end = strrchr(text, ')');
  return name_end && name_end[1] == ' ' && (name_end[2] == 'T' || name_end[2] == 't');
}

/* A worker whose beats stand still is killed: soon if it is stopped, and much later if not, for then it may be that it gets
 * no core - more workers than cores, or others at work. After a gap in its own time (the whole job was stopped and went on) it gives
 * everybody a new chance. */
void pm_watch(struct pm_supervisor *s, uint64_t now) {
  uint64_t patience = watchdog_ns(s->run->options);
  bool gap = now > s->last_tick_ns + PM_GAP_TICKS * pm_tick_ns;
  for (unsigned p = 0; p < s->run->procs; p++) {
    struct pm_ward *w = &s->ward[p];
    if (w->life != PM_LIFE_RUNNING && w->life != PM_LIFE_STOPPED) continue;
    uint64_t beats = atomic_load(&s->run->session->place[p].beats);
    if (beats != w->beats || gap) {
      w->beats = beats;
      w->alive_ns = now;
    } else if (now - w->alive_ns > patience && s->run->session->policy != PM_POLICY_NONE && s->ways->can_be_killed &&
               (is_stopped(w->pid) || (beats && now - w->alive_ns > PM_STARVED_TIMES * patience))) {
      kill(w->pid, SIGKILL);
      if (w->life == PM_LIFE_STOPPED) w->life = PM_LIFE_DYING;
      else w->stood_still = true;
    }
  }
}

void pm_watch_stuck(struct pm_supervisor *s, uint64_t now) {
  struct pm_session *session = s->run->session;
  uint64_t commit = atomic_load(&session->last_commit_ns);
  if (!s->last_fault_ns || !s->faults.count) return;
  if (commit < s->started_ns) commit = s->started_ns;
  /* Nobody commits while everybody waits to be respawned or for the watchdog. */
  const struct pm_options *o = s->run->options;
  uint64_t patience = 10 * session->beat_ns + 1000000000 + 2 * o->respawn_delay_ns;
  for (unsigned i = 0; i < o->fault_count; i++)
    if (o->faults[i].kind == PM_FAULT_STOP) patience += watchdog_ns(o);
  if (s->last_fault_ns > commit && now > commit + patience)
    pm_session_fail(session, PM_E_STUCK, "faults outrun the beats: no commit for %.1f s; use a lower rate of faults, a "
                    "shorter beat (--capsule beat=500us), or a smaller leaf%s", (double)(now - commit) / 1e9,
                    o->respawn_delay_ns ? ", or a shorter --respawn-delay" : "");
}
