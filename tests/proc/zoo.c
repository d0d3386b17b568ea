/* SPDX-License-Identifier: BSD-3-Clause */
#include "zoo.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pmsched.h"

enum { IN, OUT, COUNTERS };             /* handles */
struct pair { int32_t low, high; };

static void spin(int64_t turns) {
  for (volatile int64_t i = 0; i < turns; i++) {
  }
}
static double value_at(int64_t i) { return (double)(i % 1000) / 8 - 60; }      /* exact, negative ones too */

/* Several forks in one task, as a tree: a double; exact sums, so that the order does not show. */
PM_TASK(double, sum, (pm_ptr v; int64_t lo; int64_t hi; int64_t work;),
        (PM_FORKED(sum) x; PM_FORKED(sum) y; PM_FORKED(sum) z; double total;)) {
  if (a.hi - a.lo <= 64) {
    const double *v = PM_AT(const double, a.v);
    double total = 0;
    for (int64_t i = a.lo; i < a.hi; i++) total += v[i];
    spin(a.work);
    return total;
  }
  PM_BEGIN(sum);
  int64_t quarter = (a.hi - a.lo) / 4;
  PM_FORK(my->x, sum, a.v, a.lo, a.lo + quarter, a.work);
  PM_FORK(my->y, sum, a.v, a.lo + quarter, a.lo + 2 * quarter, a.work);
  PM_FORK(my->z, sum, a.v, a.lo + 2 * quarter, a.lo + 3 * quarter, a.work);
  PM_CALL(my->total, sum, a.v, a.lo + 3 * ((a.hi - a.lo) / 4), a.hi, a.work);
  double part;
  PM_JOIN(part, my->z, sum);
  my->total += part;
  PM_JOIN(part, my->y, sum);
  my->total += part;
  PM_JOIN(part, my->x, sum);
  PM_RETURN(my->total + part);
  PM_END;
}

/* One byte, below zero: the other seven of its word must not matter. */
PM_TASK(int8_t, least, (pm_ptr v; int64_t lo; int64_t hi; int64_t work;), (PM_FORKED(least) x; int8_t y;)) {
  if (a.hi - a.lo <= 64) {
    int8_t m = 127;
    for (int64_t i = a.lo; i < a.hi; i++) {
      int8_t x = (int8_t)PM_AT(const double, a.v)[i];
      if (x < m) m = x;
    }
    spin(a.work);
    return m;
  }
  PM_BEGIN(least);
  PM_FORK(my->x, least, a.v, a.lo, (a.lo + a.hi) / 2, a.work);
  PM_CALL(my->y, least, a.v, (a.lo + a.hi) / 2, a.hi, a.work);
  int8_t x;
  PM_JOIN(x, my->x, least);
  PM_RETURN(x < my->y ? x : my->y);
  PM_END;
}

/* A struct of eight bytes. */
PM_TASK(struct pair, extent, (pm_ptr v; int64_t lo; int64_t hi;), (PM_FORKED(extent) x; struct pair y;)) {
  if (a.hi - a.lo == 1) {
    int32_t x = (int32_t)(PM_AT(const double, a.v)[a.lo] * 8);
    return (struct pair){x, x};
  }
  PM_BEGIN(extent);
  PM_FORK(my->x, extent, a.v, a.lo, (a.lo + a.hi) / 2);
  PM_CALL(my->y, extent, a.v, (a.lo + a.hi) / 2, a.hi);
  struct pair x;
  PM_JOIN(x, my->x, extent);
  if (my->y.low < x.low) x.low = my->y.low;
  if (my->y.high > x.high) x.high = my->y.high;
  PM_RETURN(x);
  PM_END;
}

/* No result: what it leaves is in the region. */
PM_FOR(scale, (pm_ptr from; pm_ptr to; double by; int64_t work;), 128) {
  double *out = pm_scratch(w, (size_t)(a.hi - a.lo) * sizeof *out);
  for (int64_t i = a.lo; i < a.hi; i++) out[i - a.lo] = PM_AT(const double, a.from)[i] * a.by;
  spin(a.work);
  pm_write(w, a.to + (pm_ptr)a.lo * sizeof *out, out, (size_t)(a.hi - a.lo) * sizeof *out);
}

/* Reads a counter and overwrites it: right only if each capsule ends between the two. */
PM_TASK(pm_none, count, (pm_ptr counter; int64_t rounds; int64_t work;), (pm_mark m; int64_t i; int64_t next;)) {
  PM_BEGIN(count);
  for (my->i = 0; my->i < a.rounds; my->i++) {
    my->next = *PM_AT(const int64_t, a.counter) + 1;
    PM_READ_MARK(my->m);
    spin(a.work / 8);
    PM_BEFORE_OVERWRITE(my->m);
    *PM_AT(int64_t, a.counter) = my->next;
    pm_wrote(w, a.counter, sizeof(int64_t));
    PM_COMMIT_HERE();
  }
  PM_RETURN(PM_NONE);
  PM_END;
}

/* Calls a sibling that is defined after it. */
PM_DECLARE(int64_t, odd, (int64_t n;))
PM_TASK(int64_t, even, (int64_t n;), (int64_t y;)) {
  if (a.n == 0) return -1;
  PM_BEGIN(even);
  PM_CALL(my->y, odd, a.n - 1);
  PM_RETURN(my->y - 2);
  PM_END;
}
PM_DEFINE(odd, (int64_t y;)) {
  PM_BEGIN(odd);
  PM_CALL(my->y, even, a.n - 1);
  PM_RETURN(my->y - 3);
  PM_END;
}

PM_TASK(int64_t, root, (struct zoo_args z; pm_ptr in; pm_ptr out; pm_ptr counters;),
        (PM_FORKED(sum) s; PM_FORKED(least) l; PM_FORKED(extent) e; PM_FORKED(scale) f; PM_FORKED(count) c0; PM_FORKED(count) c1;
         PM_FORKED(even) v; double sum; int64_t total; struct pair extent; int8_t least;)) {
  PM_BEGIN(root);
  PM_FORK(my->c0, count, a.counters, a.z.rounds, a.z.work);
  PM_FORK(my->s, sum, a.in, 0, a.z.length, a.z.work);
  PM_FORK(my->l, least, a.in, 0, a.z.length, a.z.work);
  PM_FORK(my->c1, count, a.counters + 64, a.z.rounds, a.z.work);
  PM_FORK(my->e, extent, a.in, 0, a.z.length);
  PM_FORK(my->v, even, 20);
  PM_RUN(scale, 0, a.z.length, a.in, a.out, -2.0, a.z.work);
  PM_JOIN(my->total, my->v, even);
  PM_JOIN(my->extent, my->e, extent);
  PM_SYNC(my->c1, count);
  PM_JOIN(my->least, my->l, least);
  PM_JOIN(my->sum, my->s, sum);
  PM_SYNC(my->c0, count);
  PM_RETURN(my->total + (int64_t)(my->sum * 8) * 1000 + my->least + ((int64_t)my->extent.high - my->extent.low) * 1000000007);
  PM_END;
}

static const struct pm_task tasks[] = {PM_ENTRY(sum),   PM_ENTRY(least), PM_ENTRY(extent), PM_ENTRY(scale),
                                       PM_ENTRY(count), PM_ENTRY(even),  PM_ENTRY(odd),    PM_ENTRY(root)};

static uint64_t bytes(const void *args) { return (uint64_t)((const struct zoo_args *)args)->length * 16 + 256; }

static int setup(struct pm_data *d, const void *args) {
  const struct zoo_args *z = args;
  d->handle[IN] = pm_alloc(d, (uint64_t)z->length * 8);
  d->handle[OUT] = pm_alloc(d, (uint64_t)z->length * 8);
  d->handle[COUNTERS] = pm_alloc(d, 128);
  if (!d->handle[IN] || !d->handle[OUT] || !d->handle[COUNTERS]) return -1;
  double *v = (double *)(d->region + d->handle[IN]);
  for (int64_t i = 0; i < z->length; i++) v[i] = value_at(i);
  PM_ROOT(d, root, *z, d->handle[IN], d->handle[OUT], d->handle[COUNTERS]);
  return 0;
}

static int wrong(struct pm_data *d, const char *what, double is, double should) {
  snprintf(d->error, sizeof d->error, "%s: %.17g, not %.17g", what, is, should);
  return 1;
}

static int check(struct pm_data *d, const void *args) {
  const struct zoo_args *z = args;
  double sum = 0, low = 1e9, high = -1e9;
  int8_t least = 127;
  const double *in = (double *)(d->region + d->handle[IN]), *out = (double *)(d->region + d->handle[OUT]);
  const int64_t *counters = (int64_t *)(d->region + d->handle[COUNTERS]);
  for (int64_t i = 0; i < z->length; i++) {
    double v = value_at(i);
    if (in[i] != v) return wrong(d, "input", in[i], v);
    if (out[i] != v * -2) return wrong(d, "scaled", out[i], v * -2);
    sum += v;
    if ((int8_t)v < least) least = (int8_t)v;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  for (int i = 0; i < 2; i++)
    if (counters[8 * i] != z->rounds) return wrong(d, "counter", (double)counters[8 * i], (double)z->rounds);
  int64_t expected = -51 + (int64_t)(sum * 8) * 1000 + least + (int64_t)((high - low) * 8) * 1000000007;
  snprintf(d->answer, sizeof d->answer, "%lld", (long long)d->result);
  return (int64_t)d->result == expected ? 0 : wrong(d, "result", (double)(int64_t)d->result, (double)expected);
}

const struct pm_program zoo_program = {.name = "zoo", .tasks = tasks, .task_count = root_id + 1, .args_bytes = sizeof(struct zoo_args),
                                       .bytes = bytes, .setup = setup, .check = check};

unsigned zoo_files_left(void) {
  char mine[32];
  unsigned n = 0;
  snprintf(mine, sizeof mine, "-%d-", (int)getpid());
  DIR *d = opendir("/dev/shm");
  for (struct dirent *entry; d && (entry = readdir(d));)
    n += strncmp(entry->d_name, "pmbench-", 8) == 0 && strstr(entry->d_name, mine) != NULL;
  if (d) closedir(d);
  return n;
}
