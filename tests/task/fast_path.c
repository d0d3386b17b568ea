/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The program of fast_path.sh: fib of the size that is given, by the fast path alone - no worker, no stop - and written in the
 * two ways of a leaf. Usage: fast_path plain|leaf N
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pmsched.h"

/* As most people write it; and with PM_LEAF. */
PM_TASK(int64_t, plain, (int64_t n;), (PM_FORKED(plain) x; int64_t y;)) {
  if (a.n < 2) return a.n;
  PM_BEGIN(plain);
  PM_FORK(my->x, plain, a.n - 1);
  PM_CALL(my->y, plain, a.n - 2);
  int64_t x;
  PM_JOIN(x, my->x, plain);
  PM_RETURN(x + my->y);
  PM_END;
}
PM_TASK(int64_t, leaf, (int64_t n;), (PM_FORKED(leaf) x; int64_t y;)) {
  PM_LEAF(a.n < 2, a.n);
  PM_BEGIN(leaf);
  PM_FORK(my->x, leaf, a.n - 1);
  PM_CALL(my->y, leaf, a.n - 2);
  int64_t x;
  PM_JOIN(x, my->x, leaf);
  PM_RETURN(x + my->y);
  PM_END;
}
static const struct pm_task tasks[] = {PM_ENTRY(plain), PM_ENTRY(leaf)};

enum { STACK = 1 << 16 };

int main(int argc, char **argv) {
  static _Alignas(64) char stack[STACK];
  struct pm_worker w = {.region = stack};
  if (argc != 3) return 2;
  int64_t n = atoi(argv[2]);
  atomic_store(&w.limit, stack + STACK);
  printf("%lld\n", (long long)tasks[strcmp(argv[1], "leaf") ? plain_id : leaf_id].start(&w, stack, &n));
  return 0;
}
