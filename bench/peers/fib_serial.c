/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fib without a scheduler, neither inlined into itself nor cloned (noipa). Built twice: "serial" as
 * GCC compiles it, which makes a loop of the second call, and "calls" (-fno-optimize-sibling-calls),
 * which makes both calls, as many as the tasks of the other peers.
 */
#include "peer.h"


static __attribute__((noipa)) int64_t fib(int64_t n) {
  if (n < 2) return n;
  int64_t x = fib(n - 1);
  return x + fib(n - 2);
}

int main(int argc, char **argv) {
  struct peer p = peer_start(argc, argv, "serial", "fib", PEER_FIB_MOST);
  p.threads = 1;
  uint64_t begin = peer_now();
  int64_t answer = fib((int64_t)p.n);
  uint64_t ns = peer_now() - begin;
  return peer_end(&p, ns, peer_fib_right(p.n, answer));
}
