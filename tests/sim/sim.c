/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "pm/shadow.h"
#include "proc/audit.h"
#include "proc/create.h"
#include "proc/data.h"
#include "region.h"
#include "tree.h"

enum { WORKERS_MAX = 4, STACK = 1 << 18, DEPTH_MAX = 5 };
static const uint64_t points_most = 3000000;
const char sim_endless[] = "it does not come to an end";

struct sim;
struct worker {
  struct sim *sim;
  unsigned place;
  bool alive, returned;
  ucontext_t context;
  char *c_stack;
  struct pm_region region;
  struct pm_core *core;
};
struct sim {
  const struct sim_plan *plan;
  struct sim_result *result;
  struct pm_random random;
  struct pm_run run;
  struct pm_shadow shadow;
  struct worker worker[WORKERS_MAX];
  ucontext_t loop;
  bool lines_lost;                      /* the shadow stands for the medium */
};

static double chance(struct sim *s) { return (double)(pm_random_next(&s->random) >> 11) * 0x1p-53; }
static uint64_t draw(void *s) { return pm_random_next(&((struct sim *)s)->random); }

static void point(void *context, const char *what) {
  struct worker *w = context;
  (void)what;
  w->sim->result->points++;
  swapcontext(&w->context, &w->sim->loop);
}
static void park(struct pm_core *c, uint32_t bell, uint64_t ns) {
  (void)bell, (void)ns;
  point(c->way_data, "park");
}
static const struct pm_way way = {.park = park};

static void worker_main(unsigned low, unsigned high) {
  struct worker *w = (struct worker *)((uintptr_t)high << 32 | low);
  pm_core_run(w->core);
  w->returned = true;
  swapcontext(&w->context, &w->sim->loop);
}

static void spawn(struct sim *s, unsigned place) {
  struct worker *w = &s->worker[place];
  char *c_stack = w->c_stack ? w->c_stack : malloc(STACK);
  *w = (struct worker){.sim = s, .place = place, .alive = true, .c_stack = c_stack};
  w->region = s->run.region;            /* one mapping for all: a process has only so many */
  struct pm_run_block *b = pm_region_section(&w->region, PM_SECTION_RUN);
  w->core = aligned_alloc(64, (sizeof *w->core + 63) & ~63ul);
  if (pm_core_open(w->core, s->run.session, &w->region, &way, &tree_program, &b->tally[place], place)) abort();
  w->core->way_data = w;
  w->region.view.point = point;
  w->region.view.point_context = w;
  w->region.view.shadow = &s->shadow;
  atomic_store(&s->run.session->place[place].pid, (int)place + 1);
  getcontext(&w->context);
  w->context.uc_stack.ss_sp = w->c_stack;
  w->context.uc_stack.ss_size = STACK;
  makecontext(&w->context, (void (*)(void))worker_main, 2, (unsigned)(uintptr_t)w, (unsigned)((uintptr_t)w >> 32));
}

/* Fail-stop: the coroutine is never resumed; the kernel's part, passing the lock on, is played here. */
static void end(struct sim *s, unsigned place, bool killed) {
  struct worker *w = &s->worker[place];
  if (!w->alive) return;
  w->alive = false;
  for (uint32_t k = 0; killed && k < s->run.slots; k++) {
    struct pm_seat *seat = &s->run.session->seat[k];
    if (seat->worker.core != w->core || atomic_load(&seat->state) != PM_SEAT_HELD) continue;
    seat->worker.core = NULL;
    seat->died = true;
    pthread_mutex_unlock(&seat->lock);
  }
  size_t kept = 0;                      /* what it had not fenced never arrives on its account */
  for (size_t i = 0; i < s->shadow.pending_count; i++)
    if (s->shadow.pending[i].view != &w->region.view) s->shadow.pending[kept++] = s->shadow.pending[i];
  s->shadow.pending_count = kept;
  pm_core_close(w->core);
  free(w->core);
}

/* Old hints may come back, as if the seats had survived: a hint is allowed to be stale, so that must be harmless. */
static void keep_hints(struct pm_session *n, const struct pm_session *old) {
  for (uint32_t k = 0; k < n->slots; k++) {
    atomic_store(&n->seat[k].hint_top, atomic_load(&old->seat[k].hint_top));
    for (unsigned i = 0; i < PM_HINTS; i++) atomic_store(&n->seat[k].hint[i], atomic_load(&old->seat[k].hint[i]));
  }
}

static void session(struct sim *s) {
  struct pm_session *old = s->run.session, *n = s->run.session = pm_session_create(s->run.slots);
  if (old && pm_random_below(&s->random, 2)) keep_hints(n, old);
  if (old) pm_session_destroy(old);
  n->number = atomic_fetch_add(&s->run.region.header->session, 1) + 1;      /* durable before anybody works */
  memcpy(s->shadow.copy, s->run.region.view.base, PM_PAGE);
  atomic_store(&n->go, 1);
  n->policy = s->plan->policy;
  n->beat_ns = 1000000;
  n->fresh = !old && !s->plan->from_image;
  for (unsigned p = 0; p < PM_SLOTS_MAX; p++) atomic_store(&n->place[p].slot, PM_SLOTS_MAX);
  for (unsigned p = 0; p < s->plan->workers; p++) {
    n->place[p].near_count = 0;
    spawn(s, p);
  }
}

/* Whatever a fault leaves, the audit must find nothing: else an ordinary crash would be refused. */
static bool audit(struct sim *s, const char *when) {
  struct pm_audit a;
  struct pm_error_line e = {0};
  s->result->audits++;
  if (pm_audit_borrow(&a, s->run.region.view.base, s->run.region.bytes, &e)) {
    snprintf(s->result->error, sizeof s->result->error, "audit: %.400s", e.text);
    return false;
  }
  pm_audit_check(&a);
  bool sound = a.findings == 0;
  if (!sound) snprintf(s->result->error, sizeof s->result->error, "audit %s: %s", when, a.finding[0]);
  pm_audit_close(&a);
  return sound;
}

static void power_failure(struct sim *s) {
  static const double luck[] = {0, 0.5, 0.9, 1};
  s->result->powers++;
  for (unsigned p = 0; p < s->plan->workers; p++) end(s, p, true);
  pm_shadow_power(&s->shadow, s->run.region.view.base, luck[pm_random_below(&s->random, 4)], draw, s);
  if (s->result->damaged || audit(s, "after a power failure")) session(s);
}

static bool done(const struct sim *s) {
  return pm_word_state(atomic_load(&pm_join_at(s->run.region.header, PM_JOIN_ROOT)->word)) == PM_JOIN_DONE;
}

/* Another witness: whoever works on it will find that it is not his, and who waits for it waits for nobody. */
static void damage(struct sim *s) {
  const struct pm_region_header *h = s->run.region.header;
  if (!s->plan->damage_at || s->result->damaged || s->result->points < s->plan->damage_at) return;
  for (uint32_t j = 0; j < h->joins && !s->result->damaged; j++) {
    uint64_t word = atomic_load(&pm_join_at(h, j)->word);
    if (pm_word_state(word) != PM_JOIN_TAKEN) continue;
    atomic_store(&pm_join_at(h, j)->word, word ^ 0xffff);
    memcpy(s->shadow.copy, s->run.region.view.base, s->run.region.bytes);
    s->result->damaged = true;
  }
}

static bool look(struct sim *s) {
  s->result->dead_end = pm_dead_end(s->run.session, s->run.region.header);
  if (s->result->dead_end) snprintf(s->result->error, sizeof s->result->error, "nobody has work, and the run is not over");
  return !s->result->dead_end && (s->result->damaged || s->plan->from_image || audit(s, "in between"));
}

/* A hint promises nothing: it may be of any join that is FREE at this moment, its promotion not yet committed. */
static void push_some_hint(struct sim *s) {
  const struct pm_region_header *h = s->run.region.header;
  uint32_t j = pm_random_below(&s->random, h->joins);
  uint64_t word = atomic_load(&pm_join_at(h, j)->word);
  if (pm_word_state(word) != PM_JOIN_FREE || j == PM_JOIN_ROOT) return;
  pm_hint_push(&s->run.session->seat[pm_random_below(&s->random, h->slots)], (uint64_t)pm_word_gen(word) << 32 | j);
  s->result->hints++;
}

static void step(struct sim *s) {
  unsigned p = pm_random_below(&s->random, s->plan->workers);
  struct worker *w = &s->worker[p];
  double x = chance(s);
  damage(s);
  if (pm_random_below(&s->random, 4) == 0) push_some_hint(s);
  if (pm_random_below(&s->random, 8) == 0 && !look(s)) return;   /* also at what would be left if all died now */
  const struct sim_plan *plan = s->plan;
  if (!w->alive) {
    if (x < (p ? 0.003 : 0.02)) spawn(s, p);        /* the others find time to adopt */
    return;
  }
  if (x < plan->kill && s->result->kills < plan->kill_max) {
    s->result->kills++;
    end(s, p, true);
    return;
  }
  if ((x -= plan->kill) < plan->power && s->result->powers < plan->power_max) {
    power_failure(s);
    return;
  }
  if ((x -= plan->power) >= 0 && x < plan->restart && w->core->seated) {
    s->result->restarts++;
    atomic_fetch_or(&w->core->seat->wants, PM_WANT_RESTART);
    atomic_store(&w->core->w->limit, NULL);
  } else if ((x -= plan->restart) >= 0 && x < plan->beat) {
    pm_core_beat(w->core);
  }
  swapcontext(&s->loop, &w->context);
  if (w->returned) end(s, p, false);
}

static bool workers_left(const struct sim *s) {
  for (unsigned p = 0; p < s->plan->workers; p++)
    if (s->worker[p].alive) return true;
  return false;
}

/* The result must be right in what a power failure right after the end leaves; and no join may be lost. */
static void judge(struct sim *s) {
  struct pm_data d;
  struct pm_data_core core;
  pm_run_make_durable(&s->run);
  pm_shadow_power(&s->shadow, s->run.region.view.base, 0, draw, s);
  pm_data_open(&d, &core, &s->run.region);
  if (!done(s)) {
    snprintf(s->result->error, sizeof s->result->error, "the end is not durable");
  } else if (tree_program.check(&d, s->run.origin->args)) {
    snprintf(s->result->error, sizeof s->result->error, "%s", d.error);
  }
}

static void loop(struct sim *s) {
  while (workers_left(s) || !done(s)) {
    step(s);
    if (s->result->error[0]) return;
    if (s->plan->stop_at && s->result->points >= s->plan->stop_at) {
      memcpy(s->plan->image, s->run.region.view.base, s->run.region.bytes);
      snprintf(s->result->error, sizeof s->result->error, "stopped");
      return;
    }
    if (s->result->points > (s->plan->points_max ? s->plan->points_max : points_most) || atomic_load(&s->run.session->error_state)) {
      snprintf(s->result->error, sizeof s->result->error, "%s",
               s->run.session->error.code ? s->run.session->error.text : sim_endless);
      return;
    }
  }
}

static const struct pm_options deepest = {.backend = "dram", .procs = 4, .args = &(struct tree_block){DEPTH_MAX}, .stack_bytes = 4096};

uint64_t sim_region_bytes(void) {
  struct pm_run run;
  sim_region_fresh(&run, &deepest, deepest.args);
  return run.region.bytes;
}

void sim_run(const struct sim_plan *plan, struct sim_result *result) {
  struct sim *s = calloc(1, sizeof *s);
  struct tree_block args = {plan->depth};
  struct pm_options options = deepest;
  options.procs = plan->workers;
  *result = (struct sim_result){.points = 0};
  s->plan = plan;
  s->result = result;
  s->random.state = plan->seed * 7919;
  pm_clock_step_ns = 0;
  sim_region_fresh(&s->run, &options, &args);
  if (plan->from_image) memcpy(s->run.region.view.base, plan->image, s->run.region.bytes);
  if (pm_shadow_open(&s->shadow, s->run.region.bytes)) abort();
  memcpy(s->shadow.copy, s->run.region.view.base, s->run.region.bytes);
  s->shadow.drop = plan->drop;
  pm_clock_steps = 1;
  pm_clock_step_ns = 1000;
  s->run.region.view.shadow = &s->shadow;
  session(s);
  loop(s);
  for (unsigned p = 0; p < plan->workers; p++) end(s, p, true);
  if (!result->error[0]) audit(s, "at the end");
  if (!result->error[0]) judge(s);
  for (unsigned p = 0; p < s->run.slots; p++) {
    const struct pm_tally *t = &s->run.block->tally[p];
    result->steals += t->count[PM_N_STEALS];
    result->suspends += t->count[PM_N_SUSPENDS];
    result->adoptions += t->count[PM_N_ADOPTIONS];
  }
  pm_clock_step_ns = 0;
  for (unsigned p = 0; p < WORKERS_MAX; p++) free(s->worker[p].c_stack);
  pm_session_destroy(s->run.session);
  pm_shadow_close(&s->shadow);
  free(s);
}
