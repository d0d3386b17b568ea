/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: the supervisor in virtual time. Whatever is killed, stopped, refused, or ends by itself, every run ends right, or with
 * an error that has its reason and then right when it is resumed; a place is not empty for longer than it must be; the log, its
 * counts and the times agree with what the machine really did. And each step of the supervisor is needed: with one left out, some
 * seed goes wrong. A line that fails names its seed: supervised_test SEED [MUTANT] runs it alone. Environment: SEEDS how many, FIRST
 * the first of them (then without the mutants).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervised.h"

enum { SEEDS = 12000, MUTANT_SEEDS = 4000 };

static const char *const names[PM_MUTANTS] = {
    [PM_MUTANT_RESPAWN] = "a worker begun again",
    [PM_MUTANT_TRY_AGAIN] = "another try of a first worker that was refused",
    [PM_MUTANT_REFUSED] = "a look at whether a signal was refused",
    [PM_MUTANT_STATUS] = "a look at what a worker ended of",
    [PM_MUTANT_EXN_EVENT] = "the worker's word for an exn",
    [PM_MUTANT_EXN_ENDED] = "an end of the exns whose worker ended",
    [PM_MUTANT_UNPLANNED] = "a note of a death that nobody injured",
    [PM_MUTANT_WATCHDOG] = "the watchdog",
    [PM_MUTANT_CRASH_NOTE] = "a note of a crash",
    [PM_MUTANT_LOG_ENTRY] = "a write-back of a fault's entry",
    [PM_MUTANT_LOG_SAVE] = "a write-back of what became of a fault",
    [PM_MUTANT_NOTE_SAVE] = "a write-back of what was found out of a crash",
    [PM_MUTANT_MISSED] = "a count of listed faults that were missed",
};

static int right_runs(uint64_t first, uint64_t seeds) {
  struct supervised_result r;
  uint64_t steps = 0, sessions = 0, done = 0, exns = 0, missed = 0, spared = 0, traps = 0, watchdog = 0, full = 0, died = 0, crashes = 0,
           refused_spawns = 0, refused_signals = 0, stopped = 0, failed_runs = 0;
  int failed = 0;
  for (uint64_t seed = first; seed < first + seeds; seed++) {
    supervised_run(seed, &r);
    if (r.error[0]) {
      printf("FAIL seed %llu: %s (sessions %u, crashes %llu)\n", (unsigned long long)seed, r.error, r.sessions,
             (unsigned long long)r.truth.crashes);
      if (++failed == 10) return failed;
    }
    steps += r.steps, sessions += r.sessions, done += r.done, exns += r.exns, missed += r.missed, spared += r.spared, traps += r.traps;
    watchdog += r.watchdog, full += r.log_full, died += r.truth.unplanned, crashes += r.truth.crashes, stopped += r.truth.stopped;
    refused_spawns += r.truth.spawns_refused, refused_signals += r.truth.signals_refused, failed_runs += r.ended != 0;
  }
  printf("%llu points, %llu sessions, %llu faults done (%llu exn, %llu stop, %llu crash), %llu missed, %llu spared, %llu unplanned ends, "
         "%llu signals survived, %llu by the watchdog; refused: %llu spawns, %llu signals; %llu full logs, %llu runs resumed after an error\n",
         (unsigned long long)steps, (unsigned long long)sessions, (unsigned long long)done, (unsigned long long)exns,
         (unsigned long long)stopped, (unsigned long long)crashes, (unsigned long long)missed, (unsigned long long)spared,
         (unsigned long long)died, (unsigned long long)traps, (unsigned long long)watchdog, (unsigned long long)refused_spawns,
         (unsigned long long)refused_signals, (unsigned long long)full, (unsigned long long)failed_runs);
  if (!done || !exns || !stopped || !crashes || !missed || !spared || !died || !traps || !refused_spawns || !refused_signals || !full || !failed_runs)
    failed += printf("FAIL: something never happened\n") > 0;
  return failed;
}

/* In a process of its own: what it does to its process is not the next one's. */
static int mutant(enum pm_mutant m) {
  fflush(stdout);
  pid_t child = fork();
  int status = 0;
  if (child) {
    if (waitpid(child, &status, 0) != child) return 1;
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) return status != 0;
    printf("without %s: noticed by a check in the supervisor\n", names[m]);
    return 0;
  }
  pm_mutant = m;
  struct supervised_result r = {.error = ""};
  uint64_t seed = 0;
  while (!r.error[0] && seed < MUTANT_SEEDS) supervised_run(++seed, &r);
  if (r.error[0]) printf("without %s: noticed at seed %llu: %s\n", names[m], (unsigned long long)seed, r.error);
  else printf("FAIL: without %s nobody noticed anything (%d seeds)\n", names[m], MUTANT_SEEDS);
  fflush(stdout);
  _exit(!r.error[0]);
}

int main(int argc, char **argv) {
  if (argc > 1) {
    struct supervised_result r;
    if (argc > 2) pm_mutant = (enum pm_mutant)atoi(argv[2]);
    supervised_run(strtoull(argv[1], NULL, 0), &r);
    printf("%s; %llu points, %u sessions, ended %d\n", r.error[0] ? r.error : "right", (unsigned long long)r.steps, r.sessions, r.ended);
    return r.error[0] != 0;
  }
  const char *first = getenv("FIRST"), *seeds = getenv("SEEDS");
  int failed = right_runs(first ? strtoull(first, NULL, 0) : 1, seeds ? strtoull(seeds, NULL, 0) : SEEDS);
  for (int m = 1; !first && m < PM_MUTANTS; m++) failed += mutant((enum pm_mutant)m);
  return failed != 0;
}
