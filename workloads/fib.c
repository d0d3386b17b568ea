/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fib: the n-th Fibonacci number, one task an addition and no cut-off. It does nothing but fork, call and join, so its time
 * over its serial twin's is what the scheduler costs.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "workload.h"

struct fib_block { int64_t n; };

PM_TASK(int64_t, fib, (int64_t n;), (PM_FORKED(fib) x; int64_t y;)) {
  if (a.n < 2) return a.n;
  PM_BEGIN(fib);
  PM_FORK(my->x, fib, a.n - 1);
  PM_CALL(my->y, fib, a.n - 2);
  int64_t x;
  PM_JOIN(x, my->x, fib);
  PM_RETURN(x + my->y);
  PM_END;
}
