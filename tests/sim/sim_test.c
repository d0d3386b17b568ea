/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: the scheduler is right when workers are killed at any primitive and the power fails at any, losing lines that were
 * not written back and fenced; and every write-back is needed: with a site dropped, some schedule goes wrong. A line that
 * fails names its seed: sim_test SEED [DROP-MASK] runs it alone. Environment: SEEDS how many, FIRST the first of them (then
 * without the mutants, for tests/soak.sh).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pm/site.h"
#include "sched/session.h"
#include "sim.h"

static struct sim_plan plan_of(uint64_t seed) {
  struct sim_plan p = {.seed = seed, .workers = 1 + seed / 2 % 4, .depth = 1 + seed / 4 % 4, .kill = 0.004, .restart = 0.004,
                       .power = 0.002, .beat = 0.05, .power_max = 6, .kill_max = 40};
  if (seed % 4 == 0) p.kill = 0.02;
  if (seed % 4 == 1) p.power = 0.02;
  if (seed % 4 == 2) p.beat = 0.3;
  if (seed % 16 >= 12) p.policy = PM_POLICY_FORK;
  return p;
}

static int right_runs(uint64_t first, uint64_t seeds, struct sim_result *sum) {
  int failed = 0;
  for (uint64_t seed = first; seed < first + seeds; seed++) {
    struct sim_plan p = plan_of(seed);
    struct sim_result r;
    sim_run(&p, &r);
    if (r.error[0]) {
      printf("FAIL seed %llu: %s (points %llu kills %llu restarts %llu powers %llu)\n", (unsigned long long)seed, r.error,
             (unsigned long long)r.points, (unsigned long long)r.kills, (unsigned long long)r.restarts,
             (unsigned long long)r.powers);
      if (++failed == 10) return failed;
    }
    sum->points += r.points, sum->kills += r.kills, sum->restarts += r.restarts, sum->powers += r.powers;
    sum->steals += r.steals, sum->suspends += r.suspends, sum->adoptions += r.adoptions, sum->audits += r.audits, sum->hints += r.hints;
  }
  return failed;
}

/* Somebody's work is lost to damage, so the run cannot end; that is noticed, and by no clock. A damaged join may also be noticed
 * by whoever comes to it, or be one that nobody comes to any more. */
static int dead_ends(uint64_t seeds) {
  unsigned damaged = 0, ended = 0, refused = 0;
  for (uint64_t seed = 1; seed <= seeds; seed++) {
    struct sim_plan p = plan_of(seed);
    struct sim_result r;
    p.damage_at = 20 + seed % 400;
    p.kill /= 4;
    p.power = 0;
    sim_run(&p, &r);
    damaged += r.damaged;
    ended += r.dead_end;
    refused += !r.dead_end && strstr(r.error, "damaged");
    if (r.dead_end && !r.damaged) return printf("FAIL seed %llu: a dead end, and nothing was damaged\n", (unsigned long long)seed);
    if (strstr(r.error, "come to an end")) return printf("FAIL seed %llu: damaged, and a search without end\n", (unsigned long long)seed);
  }
  printf("%u runs damaged: %u ended as nobody had work, %u as somebody found it\n", damaged, ended, refused);
  return ended < seeds / 4;
}

/* In a process of its own: what a wrong run does to its process is not the next one's. */
static int mutant(const char *name, uint64_t drop, uint64_t seeds) {
  fflush(stdout);
  pid_t child = fork();
  int status = 0;
  if (child) {
    if (waitpid(child, &status, 0) != child) return 1;
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) return status != 0;
    printf("without %s: noticed by a check in the core\n", name);
    return 0;
  }
  for (uint64_t seed = 1; seed <= seeds; seed++) {
    struct sim_plan p = plan_of(seed);
    struct sim_result r;
    p.drop = drop;
    sim_run(&p, &r);
    if (!r.error[0]) continue;
    printf("without %s: noticed at seed %llu: %s\n", name, (unsigned long long)seed, r.error);
    fflush(stdout);
    _exit(0);
  }
  printf("FAIL: nobody noticed that %s is not written back (%llu seeds)\n", name, (unsigned long long)seeds);
  fflush(stdout);
  _exit(1);
}

/* Where nothing gets through, the run is given up: by the count of losses, whatever takes the work away, and over sessions. */
static int stuck(const char *what, struct sim_plan p) {
  char expected[32];
  snprintf(expected, sizeof expected, "was lost %d times", PM_STUCK_LOSSES);
  int failed = 0;
  for (p.seed = 1; p.seed <= 12; p.seed++) {
    struct sim_result r;
    p.policy = p.seed % 2 ? PM_POLICY_BEAT : PM_POLICY_FORK;
    sim_run(&p, &r);
    if (strstr(r.error, expected) && r.kills + r.restarts + r.powers >= PM_STUCK_LOSSES) continue;
    printf("FAIL stuck by %s, seed %llu: '%s' (points %llu kills %llu restarts %llu powers %llu)\n", what,
           (unsigned long long)p.seed, r.error, (unsigned long long)r.points, (unsigned long long)r.kills,
           (unsigned long long)r.restarts, (unsigned long long)r.powers);
    failed++;
  }
  return failed;
}

int main(int argc, char **argv) {
  if (argc > 1) {
    struct sim_plan p = plan_of(strtoull(argv[1], NULL, 0));
    if (argc > 2) p.drop = strtoull(argv[2], NULL, 0);
    struct sim_result r;
    sim_run(&p, &r);
    printf("%s, %llu points\n", r.error[0] ? r.error : "right", (unsigned long long)r.points);
    return r.error[0] != 0;
  }
  struct sim_result sum = {.points = 0};
  const char *first = getenv("FIRST"), *seeds = getenv("SEEDS");
  int failed = right_runs(first ? strtoull(first, NULL, 0) : 1, seeds ? strtoull(seeds, NULL, 0) : 2000, &sum);
  printf("%llu points, %llu kills, %llu restarts, %llu power failures, %llu steals, %llu suspends, %llu adoptions, %llu audits\n",
         (unsigned long long)sum.points, (unsigned long long)sum.kills, (unsigned long long)sum.restarts,
         (unsigned long long)sum.powers, (unsigned long long)sum.steals, (unsigned long long)sum.suspends,
         (unsigned long long)sum.adoptions, (unsigned long long)sum.audits);
  failed += !sum.hints || !sum.kills || !sum.restarts || !sum.powers || !sum.steals || !sum.suspends || !sum.adoptions || sum.audits < 10 * sum.powers;
  failed += dead_ends(first ? 1000 : 400) != 0;
  if (!first) {
    failed += stuck("restarts", (struct sim_plan){.workers = 1, .depth = 1, .restart = 0.9, .beat = 0.01});
    failed += stuck("restarts and power failures", (struct sim_plan){.workers = 1, .depth = 1, .restart = 0.9, .power = 0.002,
                    .power_max = UINT32_MAX, .beat = 0.01});
  }
  for (int site = 0; !first && site < PM_SITES; site++)
    if (site != PM_SITE_SETUP && site != PM_SITE_FENCE) failed += mutant(pm_site_names[site], UINT64_C(1) << site, 20000);
  if (!first) failed += mutant("any fence", UINT64_C(1) << 63, 20000);
  return failed != 0;
}
