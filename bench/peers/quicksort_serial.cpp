/* SPDX-License-Identifier: GPL-3.0-or-later */
/* std::sort of n int64: the baseline. */
#include <algorithm>

#include "peer.h"

int main(int argc, char **argv) {
  struct peer p = peer_start(argc, argv, "serial", "quicksort", PEER_SORT_MOST);
  p.threads = 1;
  uint64_t sum;
  int64_t *items = peer_items(&p, &sum);
  uint64_t begin = peer_now();
  std::sort(items, items + p.n);
  uint64_t ns = peer_now() - begin;
  return peer_end(&p, ns, peer_sorted(items, p.n, sum));
}
