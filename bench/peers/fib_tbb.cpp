/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fib, one oneTBB parallel_invoke an addition, no cut-off. */
#include <tbb/global_control.h>
#include <tbb/parallel_invoke.h>
#include <tbb/task_arena.h>

#include "peer.h"
#include "warm_tbb.h"

static int64_t fib(int64_t n) {
  if (n < 2) return n;
  int64_t x, y;
  tbb::parallel_invoke([&] { x = fib(n - 1); }, [&] { y = fib(n - 2); });
  return x + y;
}

int main(int argc, char **argv) {
  struct peer p = peer_start(argc, argv, "tbb", "fib", PEER_FIB_MOST);
  tbb::global_control limit(tbb::global_control::max_allowed_parallelism, p.threads);
  tbb::task_arena arena(p.threads);
  int64_t answer = 0;
  uint64_t ns = 0;
  arena.execute([&] {
    warm_tbb(p.threads);
    uint64_t begin = peer_now();
    answer = fib((int64_t)p.n);
    ns = peer_now() - begin;
  });
  return peer_end(&p, ns, peer_fib_right(p.n, answer));
}
