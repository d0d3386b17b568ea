/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Injuring a worker, as the plan of faults says (proc/fault.c), or all of them and the supervisor at once.
 *
 * The moment is written to the log, and for the victim's accounts, before the signal is sent. The last worker is never taken
 * for good.
 */
#include "proc/supervisor.h"

static int choose(struct pm_supervisor *s, int wanted) {
  if (wanted >= 0 && (unsigned)wanted < s->run->procs && s->ward[wanted].life == PM_LIFE_RUNNING) return wanted;
  unsigned live = pm_life_count(s, PM_LIFE_RUNNING);
  if (!live) return -1;
  unsigned k = pm_random_below(&s->faults.random, live);
  for (unsigned p = 0; p < s->run->procs; p++)
    if (s->ward[p].life == PM_LIFE_RUNNING && k-- == 0) return (int)p;
  return -1;
}

/* A seat's holder works until now, or worked until it was injured. */
static uint64_t worked_until(const struct pm_supervisor *s, const struct pm_seat *seat, uint64_t now) {
  uint32_t place = atomic_load(&seat->place);
  const struct pm_ward *w = &s->ward[place];
  return w->life == PM_LIFE_RUNNING && w->pid == atomic_load(&seat->pid) ? now : atomic_load(&s->run->session->place[place].injured_ns);
}

/* What everybody did since their last commits. */
static uint64_t work_at_stake(const struct pm_supervisor *s, uint64_t now) {
  uint64_t ns = 0;
  for (uint32_t k = 0; k < s->run->slots; k++) {
    const struct pm_seat *seat = &s->run->session->seat[k];
    if (atomic_load(&seat->state) != PM_SEAT_HELD || !atomic_load(&seat->busy)) continue;
    uint64_t committed = atomic_load(&seat->committed_at_ns), began = atomic_load(&seat->began_ns);
    uint64_t since = committed > began ? committed : began, until = worked_until(s, seat, now);
    if (until > since) ns += until - since;
  }
  return ns;
}

/* Workers that are there or will be again. */
static unsigned workers_left(const struct pm_supervisor *s) {
  unsigned left = 0;
  for (unsigned p = 0; p < s->run->procs; p++) {
    const struct pm_ward *w = &s->ward[p];
    bool for_good = w->life == PM_LIFE_DYING && w->injury.sent && pm_fault_kind(w->injury.kind)->for_good;
    left += w->life != PM_LIFE_GONE && !for_good;
  }
  return left;
}

static void conclude(struct pm_supervisor *s, int entry, enum pm_fault_state state) {
  if (entry < 0) return;
  s->run->block->log[entry].state = (uint8_t)state;
  pm_log_changed(s, &s->run->block->log[entry]);
}

void pm_injury_happened(struct pm_supervisor *s, int entry) {
  s->run->block->faults_done++;
  conclude(s, entry, PM_FAULT_DONE);
}

void pm_injury_missed(struct pm_supervisor *s, int entry, bool listed) {
  s->run->block->missed += listed && !PM_LEFT_OUT(MISSED);
  conclude(s, entry, PM_FAULT_MISSED);
}

void pm_injury_judge(struct pm_supervisor *s, unsigned place, int status) {
  struct pm_injury *i = &s->ward[place].injury;
  if (i->happened) return;
  enum pm_verdict verdict = PM_LEFT_OUT(STATUS) ? PM_VERDICT_HAPPENED : pm_fault_kind(i->kind)->judge(status);
  if (verdict == PM_VERDICT_HAPPENED) {
    i->happened = true;
    pm_injury_happened(s, i->entry);
  } else if (verdict == PM_VERDICT_MISSED) {
    pm_injury_missed(s, i->entry, i->listed);
    *i = (struct pm_injury){.entry = -1};
  }
}

/* Every process ends of it: whether it happened is for whoever finds the session cut off. Where the log is full nobody would. */
static void hit_all(struct pm_supervisor *s, const struct pm_due *due, uint64_t now) {
  struct pm_run_block *b = s->run->block;
  struct pm_log_entry *e = pm_log_add(s, due->kind, PM_FAULT_SENT, -1, now);
  if (e) e->lost_ns = work_at_stake(s, now);
  else b->faults_done++;
  if (!pm_fault_kind(due->kind)->strike(s, 0, &(struct pm_injury){.entry = -1})) return;
  if (e) e->lost_ns = 0;
  else b->faults_done--;
  pm_injury_missed(s, e ? (int)(e - b->log) : -1, due->listed);
}

static void hit(struct pm_supervisor *s, unsigned place, const struct pm_due *due, uint64_t now) {
  struct pm_run_block *b = s->run->block;
  struct pm_ward *w = &s->ward[place];
  const struct pm_fault_kind_row *kind = pm_fault_kind(due->kind);
  struct pm_log_entry *e = pm_log_add(s, due->kind, PM_FAULT_SENT, (int)place, now);
  if (s->run->region.view.persist != PM_PERSIST_NONE) {        /* what the log's way to the medium took is not the victim's */
    now = pm_supervisor_now(s);
    if (e) e->injured_ns = now;
  }
  struct pm_injury i = {.sent = true, .kind = due->kind, .listed = due->listed, .entry = e ? (int)(e - b->log) : -1, .at_ns = now};
  if (!kind->survived) atomic_store(&s->run->session->place[place].injured_ns, now);
  if (kind->strike(s, place, &i) && !PM_LEFT_OUT(REFUSED)) pm_injury_missed(s, i.entry, i.listed);
  else if (kind->survived && PM_LEFT_OUT(EXN_EVENT)) pm_exn_happened(s, s->exn_number);
  else if (!kind->survived) w->injury = i;
}

static bool comes_back(enum pm_life life) {
  return life == PM_LIFE_EMPTY || life == PM_LIFE_DYING || life == PM_LIFE_STOPPED || life == PM_LIFE_DEAD;
}

bool pm_injury_has_to_wait(const struct pm_supervisor *s, const struct pm_due *due) {
  if (pm_run_is_over(s->run) || pm_fault_kind(due->kind)->hits_all) return false;
  if (due->place >= 0 && (unsigned)due->place < s->run->procs) {
    enum pm_life life = s->ward[due->place].life;
    if (life == PM_LIFE_RUNNING || comes_back(life)) return life != PM_LIFE_RUNNING;
  }
  if (pm_life_count(s, PM_LIFE_RUNNING)) return false;
  for (unsigned p = 0; p < s->run->procs; p++)
    if (comes_back(s->ward[p].life)) return true;
  return false;
}

void pm_injure(struct pm_supervisor *s, const struct pm_due *due) {
  const struct pm_fault_kind_row *kind = pm_fault_kind(due->kind);
  if (pm_run_is_over(s->run)) {
    s->run->block->missed += due->listed;
    return;
  }
  uint64_t now = pm_supervisor_now(s);
  int place = choose(s, due->place);
  if (kind->hits_all) {
    hit_all(s, due, now);
  } else if (place < 0 || (kind->for_good && workers_left(s) <= 1)) {
    pm_log_add(s, due->kind, PM_FAULT_SPARED, place, now);
    s->run->block->missed += due->listed && place < 0;
  } else {
    hit(s, (unsigned)place, due, now);
  }
}
