/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Microbenchmarks: what the memory, its instructions and the scheduler's steps cost, one by one. A benchmark is a file of this
 * folder and a row in `bench_list` (table.c). It goes through its cases; this is what all of them use:
 *
 *   engine.c        one case: how often, how long, the clock's own cost, whether the time grows with the work
 *   instructions.c  what writes a line back on this CPU, as cpuid says it
 *   place.c         memory on the path that the user named, mapped as a run maps it; leaves no file behind
 *   team.c          some processes, pinned, that begin together
 *   program.c       a run of a program of the benchmark's own
 *   row.c           a result: as a line of the table, and as an object of bench.jsonl
 *   print.c         the tables
 *
 * A time is the median over repetitions. Each repetition does the work as often as fills some tens of microseconds, so that the
 * clock is a small part, and the clock's cost, measured first, is subtracted once for each pair of looks at it. A look waits for
 * all that was stored and written back before it (a store fence alone lets the next instructions go on). What the work
 * returns goes into a volatile word; and the time of a quarter of the work is measured, too: where the whole does not take at
 * least twice as long, a loop was removed (or something else is timed), and the row says that it is not to be trusted.
 */
#ifndef BENCH_H
#define BENCH_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "pm/region.h"
#include "pmrun.h"
#include "proc/pin.h"
#include "results/stats.h"

enum { BENCH_SAMPLES_MAX = 4096, BENCH_LINE = 64, BENCH_PROCS_MAX = 64 };
enum bench_unit { BENCH_NS, BENCH_GB_S, BENCH_COUNT, BENCH_UNITS };
extern const char *const bench_unit_names[BENCH_UNITS];

struct bench;
struct bench_kind {
  const char *name, *help, *title;        /* title: above the table, what a number means */
  int (*run)(struct bench *b);            /* 0, or a negative code and b->error */
};
extern const struct bench_kind *const bench_list[];   /* ends with NULL */
const struct bench_kind *bench_find(const char *name);
/* The keys of a row, as the file has them; ends with a NULL name. */
struct bench_column { const char *name, *help; };
extern const struct bench_column bench_columns[];

/* What this CPU has, by cpuid. A test may say that it has less. */
struct bench_cpu { bool clwb, clflushopt, clflush, non_temporal; };

struct bench_row {
  const struct bench_kind *kind;
  char heading[96], label[48], column[32];    /* where it stands in the table */
  enum bench_unit unit;
  struct interval value;
  size_t n;
  bool suspect;                           /* its time does not grow with the work */
  char skipped[160];                      /* why there is no number; or "" */
};

struct bench_options {
  const char *path;                       /* a directory or a device-DAX */
  const char *only;                       /* NULL; else only cases that have this word among their keys */
  unsigned procs;                         /* at most; 0: one a core */
  bool quick;
  bool (*stop)(void *context);            /* a signal waits: end as soon as may be */
  void (*row)(void *context, const json_t *object);   /* called with each row as soon as it is there */
  void *context;
};

struct bench {
  struct bench_options options;
  const struct bench_kind *kind;
  struct bench_cpu cpu;
  struct pm_pin pin;
  unsigned procs, cores;
  double clock_ns;                        /* one look at the clock, with the fence before it */
  char fs[32], granularity[16];           /* of the path */
  bool device, ours;                      /* ours: what lies on the device is by this process */
  struct bench_row *rows;
  size_t row_count, row_room;
  size_t matched;                         /* cases that --only let through */
  json_t *about;                          /* keys that every row has */
  struct pm_error_line error;
};

/* 0, or a negative code and b->error: a path that cannot be used, too little space on it. */
int bench_open(struct bench *b, const struct bench_options *options);
void bench_close(struct bench *b);
int bench_run(struct bench *b, const struct bench_kind *kind);
bool bench_stopped(const struct bench *b);

/* ---- row.c ------------------------------------------------------------------------------------------------------------ */

/* A case: `keys` (taken over) say what it is. Texts end up in the row. */
struct bench_case { const char *heading, *label, *column; enum bench_unit unit; json_t *keys; };
/* Whether it is wanted; where it is not, its keys are freed. */
bool bench_wanted(struct bench *b, struct bench_case *c);
/* The result of a wanted case, from samples (sorted by it). count, scale: 0 or NAN where they mean nothing. */
void bench_record(struct bench *b, struct bench_case *c, double *samples, size_t n, uint64_t count, double scale);
/* Why there is none. */
void bench_skip(struct bench *b, struct bench_case *c, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same for a case of which bench_wanted() has said so already. */
void bench_skip_wanted(struct bench *b, struct bench_case *c, const char *why);

/* ---- engine.c --------------------------------------------------------------------------------------------------------- */

struct bench_loop {
  void *context;
  void (*prepare)(void *context);         /* before each round, not timed; NULL: nothing to do */
  uint64_t (*work)(void *context, uint64_t count);    /* does it `count` times; the result depends on all of it */
  uint64_t count_most;                    /* what one `prepare` is good for; 0: any number */
};
struct bench_meter {                      /* a loop with its numbers found */
  const struct bench_loop *loop;
  uint64_t count;
  unsigned rounds;
  double scale;                           /* time of `count` over time of a quarter of it; NAN: fewer than 4 */
};
void bench_meter_open(struct bench *b, struct bench_meter *m, const struct bench_loop *loop);
/* Nanoseconds of one time of the work; can be below 0 by what the clock's cost varies. */
double bench_meter_sample(struct bench *b, const struct bench_meter *m);
/* When to stop taking samples: enough of them, or time is up. */
struct bench_budget { uint64_t until_ns, end_ns; size_t least, most; };
struct bench_budget bench_budget_begin(const struct bench *b);
bool bench_budget_left(const struct bench *b, const struct bench_budget *g, size_t taken);
/* All of it: measures one case on the first core, and records it. */
void bench_time(struct bench *b, struct bench_case *c, const struct bench_loop *loop);
/* This process on the first core of the plan, and back where it was. */
void bench_stay(struct bench *b, bool on);
/* The time, when all that this core stored and wrote back is done. */
static inline uint64_t bench_look_ns(void) {
  atomic_thread_fence(memory_order_seq_cst);
  return pm_clock_ns();
}
/* What a look costs, in ns: the median of many rows of looks. */
double bench_clock_cost_ns(void);

/* ---- instructions.c --------------------------------------------------------------------------------------------------- */

struct bench_cpu bench_cpu_here(void);
typedef void bench_flush_fn(char *line);
struct bench_instruction { const char *name; size_t there; bench_flush_fn *flush; };   /* there: offset in struct bench_cpu */
enum { BENCH_CLWB, BENCH_CLFLUSHOPT, BENCH_CLFLUSH, BENCH_NON_TEMPORAL, BENCH_NONE, BENCH_INSTRUCTIONS };
extern const struct bench_instruction bench_instructions[BENCH_INSTRUCTIONS];
bool bench_has(const struct bench_cpu *cpu, const struct bench_instruction *i);
/* The best that writes back: clwb, clflushopt, clflush; NULL where there is none. */
const struct bench_instruction *bench_best_flush(const struct bench_cpu *cpu);
void bench_fence(void);                   /* orders write-backs and stores past the caches */

/* ---- place.c ---------------------------------------------------------------------------------------------------------- */

/* Memory of the path, mapped shared by libpmem2, as the region of a run is; the file has no name. */
struct bench_place { struct pm_region region; char *base; size_t bytes; };
int bench_place_open(struct bench *b, struct bench_place *p, size_t bytes);
void bench_place_close(struct bench_place *p);
/* Where the path is a device: makes it empty again, which nothing but a benchmark has written to since bench_open. */
int bench_device_clear(struct bench *b);
/* How many bytes the path has left. */
uint64_t bench_space(const struct bench *b);
/* Backends that the path can give, for what makes a region of its own there: "dram:PATH", ... Returns how many. */
struct bench_backend { char text[4200]; const char *name; bool forced; };
enum { BENCH_BACKENDS = 2 };
int bench_backends(const struct bench *b, struct bench_backend list[BENCH_BACKENDS]);

/* ---- team.c ----------------------------------------------------------------------------------------------------------- */

struct bench_barrier { _Atomic uint32_t arrived, generation, stop; uint32_t procs; };
/* Waits for the others; false: the team ends. */
bool bench_barrier_wait(struct bench_barrier *t);
typedef void bench_member_fn(void *context, struct bench_barrier *t, unsigned member);
/* Processes 0 to procs-1, each on its core, run `member`; returns when all have ended. `context` lies in memory that they share
 * or is only read. 0, or a negative code and b->error. */
int bench_team(struct bench *b, unsigned procs, bench_member_fn *member, void *context);
void *bench_shared(size_t bytes);         /* zeroed, shared with children; NULL: no memory */
void bench_unshare(void *memory, size_t bytes);
/* 2, 3, 4, then doubling: the numbers of processes to try. Returns the next after `procs`, or 0. */
unsigned bench_next_procs(const struct bench *b, unsigned procs);

/* A process on the second core that does what it is told, while the caller waits. */
struct bench_helper { struct helper_shared *shared; int pid; };
int bench_helper_open(struct bench *b, struct bench_helper *h, void (*work)(void *context), void *context);
bool bench_helper_do(struct bench *b, struct bench_helper *h);    /* false: it is gone, or a signal waits */
void bench_helper_close(struct bench_helper *h);

/* ---- program.c -------------------------------------------------------------------------------------------------------- */

/* Until when runs of one case are repeated, on a machine that is slow: what there is by then has to do. */
static inline uint64_t bench_runs_until(const struct bench *b) {
  return pm_clock_ns() + (b->options.quick ? UINT64_C(1500000000) : UINT64_C(4000000000));
}
/* pm_run, with a time limit and b->error filled; *report is to be freed in any case. `context` is for `finished`. */
int bench_program(struct bench *b, const struct pm_program *program, const struct pm_options *options, pm_finished *finished,
                  struct pm_report *report);
int bench_program_with(struct bench *b, const struct pm_program *program, const struct pm_options *options, pm_finished *finished,
                       void *context, struct pm_report *report);

/* ---- print.c ---------------------------------------------------------------------------------------------------------- */

void bench_print_head(const struct bench *b, FILE *out);
/* The rows of one benchmark, from `first` on. */
void bench_print_rows(const struct bench *b, size_t first, FILE *out);

#endif
