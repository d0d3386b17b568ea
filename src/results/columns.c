/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/columns.h"

#include <string.h>

const struct column identity[] = {
    {"run", "run", "line of the run in runs.jsonl, from 1"},
    {"workload", "workload", "fib, quicksort, matrix, ..."},
    {"args", "args", "its arguments"},
    {"procs", "procs", "worker processes"},
    {"backend", "backend", "dram, file, dax, emulated"},
    {"capsule", "capsule", "when workers commit: beat, fork, none"},
    {"faults_planned", "fault_plan", "what --fault asked for"},
    {"rep", "rep", "which repetition"},
    {NULL, NULL, NULL}};

static const struct column runs[] = {
    {"started_at", "started_at", "UTC"},
    {"host", "host", "the machine's name"},
    {"version", "version", "of pmbench, with the commit built from"},
    {"build_type", "build_type", "release, or what else it was built as"},
    {"n", "n", "size of the problem"},
    {"slots", "slots", "durable places to work in, at least as many as workers"},
    {"cores", "cores", "cores that could be used"},
    {"pin", "pin", "how workers were pinned"},
    {"path", "path", "the region's file"},
    {"fs", "fs", "its file system"},
    {"granularity_requested", "granularity_requested", "what the backend asked libpmem2 for"},
    {"granularity", "granularity", "what libpmem2 granted"},
    {"forced", "forced", "true: granted because it was forced, a cost model and not durable"},
    {"domain", "domain", "persistent memory: what survives a power failure, as the platform states it: memory_controller (what was written back and fenced), cpu_cache (what was stored); empty: not stated"},
    {"provider", "provider", "persistent memory: who says that there is some: ACPI.NFIT, e820 (DRAM that poses as it), virtio-pmem, cxl"},
    {"namespace_mode", "namespace_mode", "persistent memory: fsdax, devdax, sector or raw"},
    {"numa_node", "numa_node", "persistent memory: the node it lies at"},
    {"beat_ns", "beat_ns", "time between beats"},
    {"settings", "settings", "what else was set: beat, watchdog, respawn-delay, stack, region-size, slots; empty: defaults"},
    {"seed", "seed", "of input and faults"},
    {"run_id", "run_id", "of the run and its region; no other run has it"},
    {"session", "session", "how often the run was begun or resumed, up to this record"},
    {"mode", "mode", "timed, or injured: faults were planned, or one happened that nobody injected"},
    {"correct", "correct", "whether the check found the result right"},
    {"result", "result", "value or checksum"},
    {"error", "error", "why the run failed"},
    {"wall_ns", "wall_ns", "from the first task to the durable result, without down time"},
    {"setup_ns", "setup_ns", "before the first task: region, input, first touch of pages"},
    {"check_ns", "check_ns", "the check of the result"},
    {"down_ns", "down_ns", "from a crash to its resumption; empty: the machine was started anew in between"},
    {"serial_ns", "serial_ns", "time of the serial twin"},
    {"tasks", "tasks", "tasks of the program, by arithmetic"},
    {"promotions", "promotions", "forks that were made into join records"},
    {"steal_attempts", "steal_attempts", "tries at another worker's job"},
    {"steals", "steals", "of those, how many got one"},
    {"suspends", "suspends", "stacks that waited for a stolen child"},
    {"adoptions", "adoptions", "moves into a dead worker's slot that found work"},
    {"commits", "commits", "commits"},
    {"commit_ns", "commit_ns", "time in them, all workers; under fork, one in eight is timed"},
    {"stack_bytes", "stack_bytes", "bytes of stacks copied by commits"},
    {"lines", "lines", "cache lines written back"},
    {"fences", "fences", "fences that waited for them"},
    {"faults", "faults", "faults that took effect"},
    {"log_incomplete", "log_incomplete", "true: the power failed under the run, and faults, counts and times are what had come to the medium"},
    {"lost_ns", "lost_ns", "work that had to be done again, all faults"},
    {"detected_p50_ns", "recovery.detected_ns.p50", "injury to detection, median over the run's faults"},
    {"detected_p99_ns", "recovery.detected_ns.p99", "99th percentile"},
    {"running_n", "recovery.running_ns.n", "faults whose victim's work went on"},
    {"running_p50_ns", "recovery.running_ns.p50", "injury to the first task of the victim running again, median"},
    {"running_p90_ns", "recovery.running_ns.p90", "90th percentile"},
    {"running_p99_ns", "recovery.running_ns.p99", "99th percentile"},
    {"running_max_ns", "recovery.running_ns.max", "largest"},
    {"caught_up_p50_ns", "recovery.caught_up_ns.p50", "injury to the lost work done again, median"},
    {"caught_up_p99_ns", "recovery.caught_up_ns.p99", "99th percentile"},
    {"foreign_cpu", "foreign_cpu", "share of the used cores that other programs took, 0 to 1"},
    {"oversubscribed", "oversubscribed", "more workers than cores: times say little"},
    {"warnings", "warnings", "what the run warned of"},
    {NULL, NULL, NULL}};

static const struct column faults[] = {
    {"kind", ".kind", "kill, hard, exn, stop, crash"},
    {"state", ".state", "done; spared: not tried, the last worker or nobody there; idle-victim: it held no work; missed: tried, and it did not happen; unplanned; sent: unknown, a crash came first"},
    {"when_ns", ".when_ns", "since the first task began"},
    {"place", ".place", "the worker injured"},
    {"pid", ".pid", "its process"},
    {"slot", ".slot", "where it worked"},
    {"taken_by", ".taken_by", "the worker that went on with its work"},
    {"detected_ns", ".detected_ns", "from the injury until somebody knew"},
    {"running_ns", ".running_ns", "from the injury until its work went on"},
    {"caught_up_ns", ".caught_up_ns", "from the injury until the lost work was done again"},
    {"lost_ns", ".lost_ns", "work since its last commit"},
    {NULL, NULL, NULL}};

static const struct column workers[] = {
    {"place", ".place", "number of the worker"},
    {"core", ".core", "core it was pinned to"},
    {"lives", ".lives", "processes that took the place, one after the other"},
    {"work_ns", ".time_ns.work", "running tasks"},
    {"search_ns", ".time_ns.search", "looking for a job"},
    {"commit_ns", ".time_ns.commit", "committing"},
    {"wait_ns", ".time_ns.wait", "waiting for a stolen child"},
    {"recover_ns", ".time_ns.recover", "attaching to a slot after a fault"},
    {"idle_ns", ".time_ns.idle", "parked"},
    {"dead_ns", ".time_ns.dead", "without a process"},
    {"promotions", ".counts.promotions", "forks made into join records"},
    {"steal_attempts", ".counts.steal_attempts", "tries at another worker's job"},
    {"steals", ".counts.steals", "of those, how many got one"},
    {"suspends", ".counts.suspends", "stacks that waited for a stolen child"},
    {"adoptions", ".counts.adoptions", "moves into a dead worker's slot that found work"},
    {"commits", ".counts.commits", "commits"},
    {"stack_bytes", ".counts.stack_bytes", "bytes of stacks copied by commits"},
    {"lines", ".counts.lines", "cache lines written back"},
    {"fences", ".counts.fences", "fences that waited for them"},
    {"restarts", ".counts.restarts", "restarts inside a process"},
    {NULL, NULL, NULL}};

static const struct column steals[] = {
    {"thief", ".thief", "worker that took the job"},
    {"victim", ".victim", "worker it was taken from; empty: not known"},
    {"thefts", ".thefts", "jobs taken that nobody had started"},
    {"adoptions", ".adoptions", "moves into the victim's slot after its death"},
    {NULL, NULL, NULL}};

static const struct column rates[] = {
    {"from_ns", ".from_ns", "beginning of the bin, since the first task began"},
    {"steals", ".steals", "thefts in the bin"},
    {"commits", ".commits", "commits in the bin"},
    {"live", ".live", "workers alive, the least in the bin"},
    {"faults", ".faults", "faults in the bin"},
    {NULL, NULL, NULL}};

static const struct column flush[] = {
    {"site", ".site", "place in the code that writes back (src/pm/site.h)"},
    {"calls", ".calls", "how often"},
    {"lines", ".lines", "cache lines"},
    {"time_ns", ".ns", "time in the write-back itself; waiting for it is in the row `fence`"},
    {NULL, NULL, NULL}};

static const struct column summary[] = {
    {"workload", "workload", "fib, quicksort, matrix, ..."},
    {"args", "args", "its arguments"},
    {"procs", "procs", "worker processes"},
    {"pin", "pin", "how workers were pinned"},
    {"backend", "backend", "dram, file, dax, emulated"},
    {"fs", "fs", "file system of the region"},
    {"granularity", "granularity", "what libpmem2 granted"},
    {"forced", "forced", "true: granted because it was forced, a cost model and not durable"},
    {"capsule", "capsule", "when workers commit: beat, fork, none"},
    {"faults_planned", "fault_plan", "what --fault asked for"},
    {"settings", "settings", "what else was set: beat, watchdog, respawn-delay, stack, region-size, slots; empty: defaults"},
    {"oversubscribed", "oversubscribed", "more workers than cores: times say little"},
    {"runs", ".runs", "runs that measured the same"},
    {"right", ".right", "how many of them were right"},
    {"wall_median_ns", ".wall_median_ns", "median time of the right ones"},
    {"wall_low_ns", ".wall_low_ns", "lower end of its 95 % interval, from order statistics; empty: fewer than 6 runs"},
    {"wall_high_ns", ".wall_high_ns", "upper end"},
    {"serial_ns", ".serial_ns", "median time of the serial twin"},
    {"speedup", ".speedup", "serial time over time, run by run: their median"},
    {"faults", ".faults", "faults that took effect, all runs"},
    {"running_p50_ns", ".running_p50_ns", "injury to work going on, median over the faults of all runs"},
    {"running_p99_ns", ".running_p99_ns", "99th percentile"},
    {"lost_ns", ".lost_ns", "work done again, all runs"},
    {"foreign_cpu", ".foreign_cpu", "largest share of the cores that others took in any of the runs"},
    {NULL, NULL, NULL}};

const struct table tables[] = {
    {"runs.csv", "a row a run", NULL, runs},
    {"summary.csv", "a row for all runs that measure the same thing", "", summary},
    {"faults.csv", "a row a fault", "fault_log", faults},
    {"workers.csv", "where each worker's time went", "workers", workers},
    {"steals.csv", "who took from whom", "pairs", steals},
    {"rates.csv", "steals, commits and faults over time", "bins", rates},
    {"flush.csv", "a row a place that writes back", "sites", flush},
    {NULL, NULL, NULL, NULL}};

const json_t *column_value(const struct column *column, const json_t *run, const json_t *row) {
  const char *at = column->path;
  const json_t *value = *at == '.' ? row : run;
  char key[64];
  for (at += *at == '.'; value && *at;) {
    size_t length = strcspn(at, ".");
    if (length >= sizeof key) return NULL;
    memcpy(key, at, length);
    key[length] = 0;
    value = json_object_get(value, key);
    at += length + (at[length] == '.');
  }
  return value;
}
