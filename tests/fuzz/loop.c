/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: the cases of region.c, drawn from a seed, where there is no libFuzzer. Usage: fuzz_loop [CASES [SEED [FIRST]]]; a case
 * that ends the process is named by its number, and `fuzz_loop 1 SEED NUMBER` runs it alone. FILE as CASES runs one of libFuzzer's.
 * Fails also where too few cases came behind the audit.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
uint64_t fuzz_session_runs(void);
enum { CASE_MAX = 512 };
static uint64_t seed = 1, number;

static void say(int signo) {
  fprintf(stderr, "FAIL: case %llu of seed %llu: signal %d\n", (unsigned long long)number, (unsigned long long)seed, signo);
  signal(signo, SIG_DFL);
  raise(signo);
}

static int from_file(const char *name) {
  uint8_t data[CASE_MAX];
  FILE *file = fopen(name, "rb");
  if (!file) return 1;
  size_t n = fread(data, 1, sizeof data, file);
  fclose(file);
  return LLVMFuzzerTestOneInput(data, n);
}

int main(int argc, char **argv) {
  char *end = NULL;
  uint64_t cases = argc > 1 ? strtoull(argv[1], &end, 0) : 8000, first = argc > 3 ? strtoull(argv[3], NULL, 0) : 0;
  if (end && *end) return from_file(argv[1]);
  if (argc > 2) seed = strtoull(argv[2], NULL, 0);
  static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], say);
  for (number = first; number < first + cases; number++) {
    struct pm_random random = {seed * 1000003 + number};
    uint8_t data[CASE_MAX];
    size_t size = 2 + 5 * (1 + pm_random_below(&random, pm_random_below(&random, 4) ? 3 : 20));
    for (size_t i = 0; i < size; i++) data[i] = (uint8_t)pm_random_next(&random);
    if (pm_random_below(&random, 2)) data[1] &= 1 | 2 | 16 | 64;    /* half of them may come as far as a session */
    LLVMFuzzerTestOneInput(data, size);
  }
  printf("%llu cases, %llu of them behind the audit\n", (unsigned long long)cases, (unsigned long long)fuzz_session_runs());
  return cases >= 1000 && fuzz_session_runs() < cases / 20;
}
