/* SPDX-License-Identifier: GPL-3.0-or-later */
/* oneTBB starts its threads with the first work: this waits, a second at most, until all work. */
#ifndef WARM_TBB_H
#define WARM_TBB_H

#include <atomic>

#include <tbb/parallel_for.h>

#include "peer.h"

static inline void warm_tbb(int threads) {
  std::atomic<int> here{0};
  uint64_t last = peer_now() + 1000000000u;
  tbb::parallel_for(0, threads, [&](int) {
    here++;
    while (here < threads && peer_now() < last) {}
  }, tbb::simple_partitioner());
  if (here >= threads && peer_now() < last) return;
  fprintf(stderr, "oneTBB did not start %d threads within a second\n", threads);
  exit(1);
}

#endif
