/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fib, one OpenMP task an addition, no cut-off. */
#include <omp.h>

#include "peer.h"

static int64_t fib(int64_t n) {
  if (n < 2) return n;
  int64_t x, y;
#pragma omp task shared(x)
  x = fib(n - 1);
  y = fib(n - 2);
#pragma omp taskwait
  return x + y;
}

int main(int argc, char **argv) {
  struct peer p = peer_start(argc, argv, "openmp", "fib", PEER_FIB_MOST);
  int64_t answer = 0;
  uint64_t ns = 0;
  int team = 0;
  omp_set_dynamic(0);
#pragma omp parallel num_threads(p.threads)
  {
#pragma omp barrier
#pragma omp single
    {
      team = omp_get_num_threads();
      uint64_t begin = peer_now();
      answer = fib((int64_t)p.n);
      ns = peer_now() - begin;
    }
  }
  return peer_end(&p, ns, team == p.threads && peer_fib_right(p.n, answer));
}
