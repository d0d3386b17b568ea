/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every benchmark, and every key of a row. */
#include <string.h>

#include "bench.h"

extern const struct bench_kind bench_flush, bench_fence_kind, bench_cam, bench_commit, bench_bandwidth, bench_fork, bench_steal,
    bench_recover;

const struct bench_kind *const bench_list[] = {&bench_flush, &bench_fence_kind, &bench_cam, &bench_commit, &bench_bandwidth,
                                               &bench_fork, &bench_steal, &bench_recover, NULL};

const struct bench_kind *bench_find(const char *name) {
  for (int i = 0; bench_list[i]; i++)
    if (!strcmp(bench_list[i]->name, name)) return bench_list[i];
  return NULL;
}

const struct bench_column bench_columns[] = {
    {"schema", "pmbench-bench-1"},
    {"version", "of pmbench, with the commit it was built from"},
    {"build_type", "release, debug, ..."},
    {"started_at", "when the command began, UTC"},
    {"host", "name of the machine; the rest of it is in machine.json"},
    {"argv", "the command line"},
    {"bench", "which benchmark: `pmbench list benches`"},
    {"path", "--path: where the memory lies"},
    {"fs", "its file system"},
    {"granularity", "what libpmem2 grants there: byte, cache-line, page"},
    {"cores", "hardware threads that could be used"},
    {"quick", "true: --quick, fewer cases and repetitions"},
    {"clock_ns", "one look at the clock, with the fence before it; subtracted from each time once"},
    {"instruction", "what writes back: clwb, clflushopt, clflush, non-temporal, msync, sync_file_range, none"},
    {"state", "flush: of the lines before: clean, dirty, elsewhere (last written by another core)"},
    {"when", "flush: at-once (each line is waited for) or deferred (one fence for all)"},
    {"lines", "cache lines of one operation"},
    {"bytes", "bytes of one operation"},
    {"part", "which part of an operation"},
    {"op", "the operation"},
    {"procs", "processes that did it at the same time; 1 where nothing is said"},
    {"order", "cam: met (both read the place as free before either tried) or as-is"},
    {"mark", "cam: same (one value for both) or witness (each its own)"},
    {"backend", "of the benchmark's own region: dram, file, dax, emulated"},
    {"forced", "true: cache lines are forced (emulated), a cost model and not durable"},
    {"capsule", "when it commits: beat, fork, none; serial: plain C"},
    {"forks", "fork: how often a run forks"},
    {"thief", "steal: looking (for work) or asleep"},
    {"fault", "recover: respawn, adoption, hard, exn, stop, crash"},
    {"phase", "recover: detected, running, caught-up; of a crash, down (until it is resumed)"},
    {"rounds", "cam: how often two processes tried"},
    {"oversubscribed", "more processes than hardware threads: a time says little"},
    {"unit", "of median, low, high and samples: ns, GB/s (10^9 bytes a second), count"},
    {"median", "of the samples; null: not measured"},
    {"low", "lower end of the median's 95 % interval, from order statistics; null: fewer than 6 samples"},
    {"high", "upper end"},
    {"n", "samples"},
    {"count", "operations in a sample; null: not a loop"},
    {"scale", "time of a loop over that of a quarter of it: about 4; null: not a loop, or fewer than 4 operations"},
    {"samples", "every one of them"},
    {"suspect", "true: scale is below 2, so something else was timed; do not trust it"},
    {"skipped", "why there is no number; null: there is one"},
    {NULL, NULL}};
