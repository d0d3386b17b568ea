/* SPDX-License-Identifier: BSD-3-Clause */
#include "machine.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <string.h>

#include "base/clock.h"
#include "tree.h"

enum { STACK = 1 << 17, CONTINUED = 0xffff, STEPS_MAX = 400000 };

static struct sim_machine *of(struct pm_machine *m) { return (struct sim_machine *)m; }
static bool chance(struct sim_machine *m, double p) { return (double)(pm_random_next(&m->random) >> 11) * 0x1p-53 < p; }
static void complain(struct sim_machine *m, const char *what, unsigned place) {
  if (!m->truth.error[0]) snprintf(m->truth.error, sizeof m->truth.error, "%s (place %u)", what, place);
}

/* ---- workers ------------------------------------------------------------------------------------------------------------------- */

static void point(void *context, const char *what) {
  struct sim_worker *w = context;
  (void)what;
  swapcontext(&w->context, &w->machine->loop);
}
static void park(struct pm_core *c, uint32_t bell, uint64_t ns) {
  struct sim_worker *w = c->way_data;
  w->bell = bell;
  w->wake_ns = pm_clock_steps + ns;
  point(w, "park");
  w->wake_ns = 0;
}
static void beat_set(struct pm_core *c, uint64_t ns) {
  struct sim_worker *w = c->way_data;
  w->beat_ns = ns;
  w->beat_at_ns = pm_clock_steps + ns;
}
static const struct pm_way way = {.beat_set = beat_set, .park = park};

/* Signals come while the scheduler runs, or in task code: between two points there is nothing else. */
static void take_exns(struct sim_worker *w) {
  unsigned n = w->exns;
  w->exns = 0;
  for (unsigned i = 0; i < n; i++) pm_core_exn(w->core, w->exn[i]);      /* in task code the first one jumps, and takes the rest with it */
}
static void in_task(struct pm_worker *worker) {
  struct sim_worker *w = worker->core->way_data;
  if (w->machine->worker[w->place].core != worker->core) return;
  if (chance(w->machine, w->machine->chances.trap)) pm_core_trap(worker->core, SIGSEGV, false);
  if (w->exns == 1) take_exns(w);
}

static void worker_main(unsigned low, unsigned high) {
  struct sim_worker *w = (struct sim_worker *)((uintptr_t)high << 32 | low);
  struct pm_session *s = w->machine->machine.run->session;
  if (w->first) {
    atomic_store(&s->place[w->place].ready, 1);
    pm_session_ring(s, UINT32_MAX >> 1);
    while (!atomic_load(&s->go) && !atomic_load(&s->stop)) park(w->core, atomic_load(&s->bell), 1000000);
  }
  w->exit_code = pm_core_run(w->core) ? 1 : 0;
  w->returned = true;
  swapcontext(&w->context, &w->machine->loop);
}

/* What the kernel does at a process's end: its locks pass on. */
static void end(struct sim_machine *m, unsigned place, int status) {
  struct sim_worker *w = &m->worker[place];
  struct pm_session *s = m->machine.run->session;
  for (uint32_t k = 0; k < m->machine.run->slots && !w->returned; k++) {
    struct pm_seat *seat = &s->seat[k];
    if (seat->worker.core != w->core || atomic_load(&seat->state) != PM_SEAT_HELD) continue;
    seat->worker.core = NULL;
    seat->died = true;
    pthread_mutex_unlock(&seat->lock);
  }
  pm_core_close(w->core);
  free(w->core);
  w->core = NULL;
  w->state = SIM_ENDED;
  w->status = status;
  w->stop_untold = false;               /* a report that nobody fetched is lost */
}

/* ---- what the supervisor asks ------------------------------------------------------------------------------------------------------ */

static uint64_t now(struct pm_machine *m) {
  (void)m;
  return pm_clock_ns();
}

static bool in_dearth(const struct sim_machine *m) {
  const struct sim_chances *c = &m->chances;
  return c->dearth_ns && pm_clock_steps >= c->dearth_at_ns && pm_clock_steps - c->dearth_at_ns < c->dearth_ns;
}

static int spawn(struct pm_machine *machine, unsigned place, bool first) {
  struct sim_machine *m = of(machine);
  struct sim_worker *w = &m->worker[place];
  struct pm_run *run = machine->run;
  if (w->state != SIM_EMPTY) complain(m, "a worker is begun where there is one", place);
  if (in_dearth(m) || chance(m, m->chances.refuse_spawn)) {
    m->truth.spawns_refused++;
    if (m->empty_since_ns[place]) m->empty_since_ns[place] = pm_clock_steps;    /* it waits, and tries again */
    return pm_random_below(&m->random, 2) ? -EAGAIN : -ENOMEM;
  }
  char *c_stack = w->c_stack ? w->c_stack : malloc(STACK);
  *w = (struct sim_worker){.machine = m, .place = place, .state = SIM_RUNS, .first = first, .pid = ++m->next_pid, .c_stack = c_stack};
  w->region = run->region;
  w->core = aligned_alloc(64, (sizeof *w->core + 63) & ~(size_t)63);
  if (!c_stack || !w->core || pm_core_open(w->core, run->session, &w->region, &way, run->program, &run->block->tally[place], place)) abort();
  w->core->way_data = w;
  w->region.view.point = point;
  w->region.view.point_context = w;
  run->block->tally[place].lives++;
  atomic_store(&run->session->place[place].pid, w->pid);
  getcontext(&w->context);
  w->context.uc_stack.ss_sp = w->c_stack;
  w->context.uc_stack.ss_size = STACK;
  makecontext(&w->context, (void (*)(void))worker_main, 2, (unsigned)(uintptr_t)w, (unsigned)((uintptr_t)w >> 32));
  m->empty_since_ns[place] = 0;
  m->injured_seen_ns[place] = atomic_load(&run->session->place[place].injured_ns);
  m->truth.spawns++;
  return w->pid;
}

/* The supervisor notes the moment of an injury that ends or stops a worker before it sends the signal; of no other. */
static bool is_injury(struct sim_machine *m, unsigned place) {
  uint64_t injured = atomic_load(&m->machine.run->session->place[place].injured_ns);
  bool fresh = injured != m->injured_seen_ns[place];
  m->injured_seen_ns[place] = injured;
  return fresh;
}

static int send(struct pm_machine *machine, unsigned place, int signo, uint32_t number) {
  struct sim_machine *m = of(machine);
  struct sim_worker *w = &m->worker[place];
  bool injury = signo != PM_SIGNAL_EXN && is_injury(m, place);
  if (w->state == SIM_EMPTY) complain(m, "a signal to nobody", place);
  if (chance(m, m->chances.refuse_signal)) {
    m->truth.signals_refused++;
    return pm_random_below(&m->random, 2) ? -EPERM : -ESRCH;
  }
  m->truth.exns_sent += signo == PM_SIGNAL_EXN;
  if (signo == SIGKILL && !injury && !pm_run_is_over(machine->run)) w->watched = true;
  if (w->state == SIM_ENDED) return 0;  /* not yet reaped: nobody is there to notice */
  if (signo == SIGKILL) {
    end(m, place, SIGKILL);
    w->hit = injury;
  } else if (signo == SIGSTOP) {
    w->stop_untold = w->state != SIM_STOPPED;
    w->stop_ours = injury;
    w->state = SIM_STOPPED;
    w->stopped_at_ns = pm_clock_steps;
  } else if (w->exns < SIM_EXNS) {
    w->exn[w->exns++] = number;
  } else {
    return -EAGAIN;
  }
  return 0;
}

static bool reap(struct pm_machine *machine, unsigned place, int *status) {
  struct sim_machine *m = of(machine);
  struct sim_worker *w = &m->worker[place];
  if (w->stop_untold) {
    w->stop_untold = false;
    m->truth.stopped += w->stop_ours;
    w->stop_told = w->stop_ours;
    *status = SIGSTOP << 8 | 0x7f;
    return true;
  }
  if (w->state == SIM_STOPPED && !w->hit && chance(m, 0.002)) {          /* somebody continues it */
    w->state = SIM_RUNS;
    w->stop_ours = w->stop_told = false;
    *status = CONTINUED;
    return true;
  }
  if (w->state != SIM_ENDED) return false;
  w->state = SIM_EMPTY;
  m->empty_since_ns[place] = pm_clock_steps;
  bool over = pm_run_is_over(machine->run), planned = w->hit || (w->stop_told && w->status == SIGKILL);
  m->truth.killed += w->hit;
  m->killed_by_injury[place] = w->hit;
  m->truth.unplanned += !planned && (!over || (w->watched && WIFSIGNALED(w->status)));
  w->watched = false;
  *status = w->status;
  return true;
}

static int crash(struct pm_machine *machine) {
  struct sim_machine *m = of(machine);
  if (chance(m, m->chances.refuse_signal)) {
    m->truth.signals_refused++;
    return -EPERM;
  }
  m->truth.crashes++;
  return 0;
}

/* ---- time ------------------------------------------------------------------------------------------------------------------------------ */

static bool is_awake(const struct sim_machine *m, const struct sim_worker *w) {
  return w->state == SIM_RUNS && (!w->wake_ns || pm_clock_steps >= w->wake_ns || w->exns || w->bell != atomic_load(&m->machine.run->session->bell));
}

static int pick(struct sim_machine *m) {
  unsigned awake = 0;
  for (unsigned p = 0; p < m->machine.run->procs; p++) awake += is_awake(m, &m->worker[p]);
  if (!awake) return -1;
  unsigned k = pm_random_below(&m->random, awake);
  for (unsigned p = 0; p < m->machine.run->procs; p++)
    if (is_awake(m, &m->worker[p]) && k-- == 0) return (int)p;
  return -1;
}

/* One worker to its next point. True: it ended. */
static bool step(struct sim_machine *m, unsigned place) {
  static const int ends[] = {SIGSEGV, SIGKILL, 1 << 8, 0};
  struct sim_worker *w = &m->worker[place];
  if (chance(m, m->chances.end)) {
    end(m, place, ends[pm_random_below(&m->random, sizeof ends / sizeof *ends)]);
    return true;
  }
  if (chance(m, m->chances.halt)) {
    w->state = SIM_STOPPED;
    w->stopped_at_ns = pm_clock_steps;
    w->stop_untold = true;
    w->stop_ours = false;
    return false;
  }
  if (w->beat_ns && pm_clock_steps >= w->beat_at_ns) {
    pm_core_beat(w->core);
    w->beat_at_ns = pm_clock_steps + w->beat_ns;
  }
  if (w->exns > 1 || (w->exns && pm_random_below(&m->random, 2))) take_exns(w);
  swapcontext(&m->loop, &w->context);
  if (w->returned) end(m, place, w->exit_code << 8);
  return w->returned;
}

static void look_for_empty_places(struct sim_machine *m) {
  if (pm_run_is_over(m->machine.run)) return;
  for (unsigned p = 0; p < m->machine.run->procs; p++) {
    bool may = m->may_stay_empty && m->killed_by_injury[p];
    uint64_t since = m->empty_since_ns[p];
    if (in_dearth(m)) m->empty_since_ns[p] = since ? pm_clock_steps : 0;
    if (m->worker[p].state == SIM_STOPPED && pm_clock_steps - m->worker[p].stopped_at_ns > m->watchdog_ns)
      complain(m, "a stopped worker is not ended", p);
    if (!in_dearth(m) && since && !may && pm_clock_steps - since > m->patience_ns) complain(m, "a place stays empty while a worker can be begun", p);
  }
}

static void wait_until(struct pm_machine *machine, uint64_t until_ns) {
  struct sim_machine *m = of(machine);
  tree_in_task = in_task;
  look_for_empty_places(m);
  if (++m->steps > STEPS_MAX && !atomic_load(&machine->run->session->stop)) {
    complain(m, "the run does not come to an end", 0);
    pm_session_stop(machine->run->session);
  }
  while (pm_clock_steps < until_ns) {
    m->steps++;
    int place = pick(m);
    pm_clock_steps += m->chances.point_ns / 2 + pm_random_below(&m->random, (uint32_t)m->chances.point_ns + 1);
    if (place < 0) {
      uint64_t next = until_ns;
      for (unsigned p = 0; p < machine->run->procs; p++)
        if (m->worker[p].state == SIM_RUNS && m->worker[p].wake_ns < next) next = m->worker[p].wake_ns;
      if (pm_clock_steps < next) pm_clock_steps = next;
    } else if (step(m, (unsigned)place)) {
      break;
    }
  }
  tree_in_task = NULL;
}

static void watch_others(struct pm_machine *m) { (void)m; }
static double others_share(struct pm_machine *m) {
  (void)m;
  return NAN;
}
static void close_machine(struct pm_machine *m) { (void)m; }

void sim_machine_open(struct sim_machine *m, struct pm_run *run, const struct sim_chances *chances, uint64_t seed) {
  *m = (struct sim_machine){.chances = *chances, .random.state = seed};
  m->machine = (struct pm_machine){.run = run, .kills = true, .now = now, .spawn = spawn, .signal = send, .reap = reap,
                                   .wait = wait_until, .crash = crash, .watch_others = watch_others,
                                   .others_share = others_share, .close = close_machine};
}

void sim_machine_clear(struct sim_machine *m) {
  for (unsigned p = 0; p < SIM_PLACES; p++) {
    if (m->worker[p].state == SIM_RUNS || m->worker[p].state == SIM_STOPPED) end(m, p, SIGKILL);
    m->worker[p].state = SIM_EMPTY;
    m->worker[p].stop_untold = false;
    m->empty_since_ns[p] = m->injured_seen_ns[p] = 0;
    m->killed_by_injury[p] = false;
  }
}

void sim_machine_close(struct sim_machine *m) {
  sim_machine_clear(m);
  for (unsigned p = 0; p < SIM_PLACES; p++) free(m->worker[p].c_stack);
}
