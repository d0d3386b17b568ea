/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The program of mistakes.sh: what people write wrong against pmsched.h, a task each, beside forms that look dangerous and are
 * right. Each counts the leaves of a binary tree. Usage: mistakes NAME; exit code 0 right, 4 wrong, 1 refused with a line.
 */
#include <inttypes.h>
#include <pmrun.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH = 6 };

PM_TASK(int64_t, leaf, (int64_t x;), (char none;)) { return a.x; }

/* right: a call is one statement, so it may stand under an `if` without braces */
PM_TASK(int64_t, under_if, (int64_t d;), (PM_FORKED(under_if) f; int64_t x; int64_t y;)) {
  if (!a.d) return 1;
  PM_BEGIN(under_if);
  my->y = 0;
  PM_FORK(my->f, under_if, a.d - 1);
  PM_CALL(my->x, under_if, a.d - 1);
  if (a.d > DEPTH) PM_CALL(my->y, leaf, 5);
  int64_t z;
  if (a.d > DEPTH) my->y = 7;
  else PM_JOIN(z, my->f, under_if);
  PM_RETURN(my->x + z + my->y);
  PM_END;
}
/* right: the fork's field is evaluated once */
PM_TASK(int64_t, counted, (int64_t d;), (PM_FORKED(counted) f[8]; int64_t sum; int64_t n;)) {
  if (!a.d) return 1;
  PM_BEGIN(counted);
  my->n = my->sum = 0;
  PM_FORK(my->f[my->n++], counted, a.d - 1);
  PM_FORK(my->f[my->n++], counted, a.d - 1);
  while (my->n > 0) {
    int64_t z;
    PM_JOIN(z, my->f[--my->n], counted);
    my->sum += z;
  }
  PM_RETURN(my->sum);
  PM_END;
}
PM_TASK(int64_t, inner_switch, (int64_t d;), (int64_t x; int64_t y;)) {
  if (!a.d) return 1;
  PM_BEGIN(inner_switch);
  switch (a.d & 1) {
  case 0: PM_CALL(my->x, inner_switch, a.d - 1); break;
  default: my->x = 0;
    PM_CALL(my->x, inner_switch, a.d - 1);
  }
  PM_CALL(my->y, inner_switch, a.d - 1);
  PM_RETURN(my->x + my->y);
  PM_END;
}
PM_TASK(int64_t, oldest_first, (int64_t d;), (PM_FORKED(oldest_first) f; PM_FORKED(oldest_first) g; int64_t x;)) {
  if (!a.d) return 1;
  PM_BEGIN(oldest_first);
  PM_FORK(my->f, oldest_first, a.d - 1);
  PM_FORK(my->g, oldest_first, a.d - 1);
  PM_JOIN(my->x, my->f, oldest_first);
  int64_t z;
  PM_JOIN(z, my->g, oldest_first);
  PM_RETURN(my->x + z);
  PM_END;
}
PM_TASK(int64_t, oldest_in_loop, (int64_t d;), (PM_FORKED(oldest_in_loop) f[2]; int64_t i; int64_t sum;)) {
  if (!a.d) return 1;
  PM_BEGIN(oldest_in_loop);
  for (my->i = 0; my->i < 2; my->i++) PM_FORK(my->f[my->i], oldest_in_loop, a.d - 1);
  my->sum = 0;
  for (my->i = 0; my->i < 2; my->i++) {
    int64_t z;
    PM_JOIN(z, my->f[my->i], oldest_in_loop);
    my->sum += z;
  }
  PM_RETURN(my->sum);
  PM_END;
}
PM_TASK(int64_t, never_joined, (int64_t d;), (PM_FORKED(leaf) f; int64_t x; int64_t y;)) {
  if (!a.d) return 1;
  PM_BEGIN(never_joined);
  PM_CALL(my->x, never_joined, a.d - 1);
  PM_CALL(my->y, never_joined, a.d - 1);
  PM_FORK(my->f, leaf, 1);
  return my->x + my->y;
  PM_END;
}
PM_TASK(int64_t, not_listed, (int64_t d;), (int64_t x; int64_t y;)) {
  if (!a.d) return 1;
  PM_BEGIN(not_listed);
  PM_COMMIT_HERE();
  PM_CALL(my->x, not_listed, a.d - 1);
  PM_CALL(my->y, not_listed, a.d - 1);
  PM_RETURN(my->x + my->y);
  PM_END;
}
PM_TASK(int64_t, rarely_seen, (int64_t d;), (int64_t x; int64_t y;)) {       /* not listed either, and too short to be stopped */
  if (!a.d) return 1;
  PM_BEGIN(rarely_seen);
  PM_CALL(my->x, rarely_seen, a.d - 1);
  PM_CALL(my->y, rarely_seen, a.d - 1);
  PM_RETURN(my->x + my->y);
  PM_END;
}
PM_TASK(int64_t, calls_that, (int64_t d;), (int64_t x;)) {
  PM_BEGIN(calls_that);
  PM_CALL(my->x, rarely_seen, a.d);
  PM_RETURN(my->x);
  PM_END;
}
PM_TASK(int64_t, calls_it, (int64_t d;), (int64_t x;)) {
  PM_BEGIN(calls_it);
  PM_CALL(my->x, not_listed, a.d);
  PM_RETURN(my->x);
  PM_END;
}
/* Writes where the mode says; `at` is in the data. */
PM_TASK(int64_t, writes, (int64_t bytes; pm_ptr at;), (char none;)) {
  int64_t v[2] = {1, 1};
  if (a.bytes > 0) pm_write(w, a.at, v, (size_t)a.bytes);
  else pm_wrote(w, a.at, (size_t)-a.bytes);
  return 1 << DEPTH;
}
static inline int64_t two_of(struct pm_worker *w) {
  int64_t *p = pm_scratch(w, 64), *q;
  *p = 1;
  q = pm_scratch(w, 64);
  *q = 0;
  return *p + 1 - *q;
}
PM_TASK(int64_t, scratch_twice, (int64_t d;), (int64_t x; int64_t y;)) {
  if (!a.d) return two_of(w) - 1;
  PM_BEGIN(scratch_twice);
  PM_CALL(my->x, scratch_twice, a.d - 1);
  PM_CALL(my->y, scratch_twice, a.d - 1);
  PM_RETURN(my->x + my->y);
  PM_END;
}
/* ---- C locals across a place where a task can be resumed */
PM_TASK(pm_none, by_address, (int64_t d; int64_t *out;), (PM_FORKED(by_address) f;)) {
  if (!a.d) {
    *a.out = 1;
    return PM_NONE;
  }
  PM_BEGIN(by_address);
  int64_t x[2];
  PM_FORK(my->f, by_address, a.d - 1, &x[0]);
  PM_RUN(by_address, a.d - 1, &x[1]);
  PM_SYNC(my->f, by_address);
  *a.out = x[0] + x[1];
  PM_RETURN(PM_NONE);
  PM_END;
}
PM_TASK(int64_t, address, (int64_t d;), (char none;)) {
  PM_BEGIN(address);
  int64_t x = 0;
  PM_RUN(by_address, a.d, &x);
  PM_RETURN(x);
  PM_END;
}
PM_TASK(int64_t, array, (int64_t d;), (int64_t i;)) {
  if (!a.d) return 1;
  PM_BEGIN(array);
  int64_t part[2];
  for (my->i = 0; my->i < 2; my->i++) PM_CALL(part[my->i], array, a.d - 1);
  PM_RETURN(part[0] + part[1]);
  PM_END;
}
PM_TASK(int64_t, counter, (int64_t d;), (int64_t x; int64_t sum;)) {
  if (!a.d) return 1;
  PM_BEGIN(counter);
  my->sum = 0;
  for (int64_t i = 0; i < 2; i++) {
    PM_CALL(my->x, counter, a.d - 1);
    my->sum += my->x;
  }
  PM_RETURN(my->sum);
  PM_END;
}
PM_TASK(int64_t, across_commit, (int64_t d;), (int64_t x; int64_t y; pm_mark m;)) {
  if (!a.d) return 1;
  PM_BEGIN(across_commit);
  int64_t one[1] = {1};
  PM_READ_MARK(my->m);
  PM_BEFORE_OVERWRITE(my->m);
  if (a.d == 1) PM_RETURN(one[0] + 1);
  PM_CALL(my->x, across_commit, a.d - 1);
  PM_CALL(my->y, across_commit, a.d - 1);
  PM_RETURN(my->x + my->y);
  PM_END;
}

static const struct pm_task tasks[] = {
    PM_ENTRY(leaf),        PM_ENTRY(under_if), PM_ENTRY(counted), PM_ENTRY(inner_switch),  PM_ENTRY(oldest_first), PM_ENTRY(oldest_in_loop),
    PM_ENTRY(never_joined), PM_ENTRY(calls_it), PM_ENTRY(calls_that), PM_ENTRY(writes),  PM_ENTRY(scratch_twice), PM_ENTRY(by_address),   PM_ENTRY(address),
    PM_ENTRY(array),       PM_ENTRY(counter),  PM_ENTRY(across_commit)};

struct args { char name[32]; };
static uint64_t bytes(const void *args) { return (void)args, 64; }

static int setup(struct pm_data *d, const void *args) {
  const char *name = ((const struct args *)args)->name;
  pm_ptr at = pm_alloc(d, 64);
  if (!strcmp(name, "no_room")) at = pm_alloc(d, 1 << 20);           /* and nobody looks at it */
#define TREE(task) if (!strcmp(name, #task)) PM_ROOT(d, task, DEPTH)
  TREE(under_if); TREE(counted); TREE(inner_switch); TREE(oldest_first); TREE(oldest_in_loop); TREE(never_joined); TREE(calls_it); TREE(calls_that);
  TREE(scratch_twice); TREE(address); TREE(array); TREE(counter); TREE(across_commit);
  struct { const char *name; int64_t bytes; pm_ptr at; } write[] = {
      {"write", 16, at}, {"no_room", 16, at}, {"write_null", 8, 0}, {"write_header", 8, 64}, {"write_past", 8, at + ((pm_ptr)1 << 40)}, {"write_end", 16, at + 64 - 8},
      {"wrote", -16, at}, {"wrote_null", -8, 0}, {"wrote_past", -8, ~(pm_ptr)0 - 4}, {"wrote_long", -(int64_t)1 << 40, at}};
  for (size_t i = 0; i < sizeof write / sizeof *write; i++)
    if (!strcmp(name, write[i].name)) PM_ROOT(d, writes, write[i].bytes, write[i].at);
  return 0;
}

static int check(struct pm_data *d, const void *args) {
  (void)args;
  snprintf(d->answer, sizeof d->answer, "%" PRId64, PM_RESULT(int64_t, d));
  return PM_RESULT(int64_t, d) != 1 << DEPTH;
}

static const struct pm_program program = {.name = "mistakes", .tasks = tasks, .task_count = sizeof tasks / sizeof *tasks,
                                          .args_bytes = sizeof(struct args), .bytes = bytes, .setup = setup, .check = check};

int main(int argc, char **argv) {
  struct args args = {""};
  struct pm_report r;
  if (argc < 2) return 2;
  snprintf(args.name, sizeof args.name, "%s", argv[1]);
  int error = pm_run(&program, &(struct pm_options){.procs = 1, .pin = "none", .args = &args}, NULL, &r);
  puts(error ? r.error_text : "right");
  if (r.region_kept) remove(r.path);
  pm_report_free(&r);
  return error == PM_E_WRONG ? 4 : error != 0;
}
