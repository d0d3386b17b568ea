/* SPDX-License-Identifier: GPL-3.0-or-later */
/* n int64 sorted by oneTBB's parallel_sort (a quicksort; std::sort below 500 items). */
#include <tbb/global_control.h>
#include <tbb/parallel_sort.h>
#include <tbb/task_arena.h>

#include "peer.h"
#include "warm_tbb.h"

int main(int argc, char **argv) {
  struct peer p = peer_start(argc, argv, "tbb", "quicksort", PEER_SORT_MOST);
  tbb::global_control limit(tbb::global_control::max_allowed_parallelism, p.threads);
  tbb::task_arena arena(p.threads);
  uint64_t sum, ns = 0;
  int64_t *items = peer_items(&p, &sum);
  arena.execute([&] {
    warm_tbb(p.threads);
    uint64_t begin = peer_now();
    tbb::parallel_sort(items, items + p.n);
    ns = peer_now() - begin;
  });
  return peer_end(&p, ns, peer_sorted(items, p.n, sum));
}
