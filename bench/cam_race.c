/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two processes want one place. Each reads it; where it is free, each CAMs a mark into it and reads it back: who reads its own
 * mark believes that it won. With one mark for both, two can believe it. With a witness in the mark - a number of the process'
 * own - one believes it, whatever the order, and never none.
 *
 *   met      both have read the place as free before either tries: the worst order, in every round
 *   as-is    they set out together, and whatever happens happens
 *
 * Counts, not times: nothing of this depends on how fast or how idle the machine is, but for how often, as-is, both find it free.
 */
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "cam.h"
#include "pm/view.h"

enum { FREE = 0, MARK = 1, CLEAN_EACH = CAM_RACE_BYTES / BENCH_LINE };
struct race {
  struct bench_place *place;
  bool met, witness;
  uint64_t rounds, most, until_ns;
  _Atomic uint32_t go_on;
  _Atomic uint64_t tried[2], believed[2];     /* of the round under way: 1 or 0 */
  uint64_t both_tried, both_won, none_won;
};

static void race_member(void *context, struct bench_barrier *t, unsigned member) {
  struct race *r = context;
  struct pm_view *v = &r->place->region.view;
  uint64_t mark = r->witness ? MARK + 1 + member : MARK;
  for (uint64_t i = 0;; i++) {
    _Atomic uint64_t *word = (_Atomic uint64_t *)(r->place->base + i % CLEAN_EACH * BENCH_LINE);
    if (!member) {
      atomic_store(word, FREE);
      atomic_store(&r->go_on, i < r->most && (i % 64 || pm_clock_ns() < r->until_ns));
    }
    if (!bench_barrier_wait(t) || !atomic_load(&r->go_on)) return;
    bool tries = pm_view_load(v, word) == FREE;
    if (r->met && !bench_barrier_wait(t)) return;
    if (tries) pm_view_cam(v, word, FREE, mark);
    atomic_store(&r->tried[member], tries);
    atomic_store(&r->believed[member], tries && pm_view_load(v, word) == mark);
    if (!bench_barrier_wait(t)) return;
    if (member) continue;
    uint64_t believers = r->believed[0] + r->believed[1];
    r->both_tried += r->tried[0] && r->tried[1];
    r->both_won += believers == 2;
    r->none_won += believers == 0;
    r->rounds++;
  }
}

static void count(struct bench *b, const struct race *r, const char *op, const char *column, uint64_t value) {
  char heading[96];
  double x = (double)value;
  snprintf(heading, sizeof heading, "two processes, one place, %s; rounds of which", r->met ? "both find it free" : "as it happens");
  struct bench_case c = {.heading = heading, .label = r->witness ? "a witness each" : "the same value", .column = column,
                         .unit = BENCH_COUNT};
  c.keys = json_pack("{s:s,s:i,s:s,s:s,s:I}", "op", op, "procs", 2, "order", r->met ? "met" : "as-is", "mark",
                     r->witness ? "witness" : "same", "rounds", (json_int_t)r->rounds);
  if (bench_wanted(b, &c)) bench_record(b, &c, &x, 1, 0, 0.0 / 0.0);
}

static int race(struct bench *b, struct bench_place *place, bool met, bool witness) {
  struct race *r = bench_shared(sizeof *r);
  if (!r) return pm_error_set(&b->error, PM_E_MACHINE, "no memory");
  r->place = place;
  r->met = met;
  r->witness = witness;
  r->most = b->options.quick ? 20000 : 1000000;
  r->until_ns = pm_clock_ns() + (b->options.quick ? 250000000 : 1500000000);
  int code = bench_team(b, 2, race_member, r);
  if (!code && !bench_stopped(b)) {
    count(b, r, "race-rounds", "rounds", r->rounds);
    count(b, r, "race-both-tried", "both tried", r->both_tried);
    count(b, r, "race-both-won", "both believed they won", r->both_won);
    count(b, r, "race-none-won", "nobody did", r->none_won);
  }
  bench_unshare(r, sizeof *r);
  return code;
}

int cam_races(struct bench *b, struct bench_place *place) {
  int code = 0;
  for (int met = 1; met >= 0 && !code; met--)
    for (int witness = 0; witness < 2 && !code && !bench_stopped(b); witness++) code = race(b, place, met, witness);
  return code;
}
