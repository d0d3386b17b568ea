/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/figure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/figure_script.h"
#include "results/text_file.h"

const struct figure figures[FIGURES] = {
    {"cost", "What fault tolerance costs",
     "Workers times wall time, over the time of the serial twin (plain C, no scheduler) on the "
     "same machine: at 1 the scheduler and its durability cost nothing. none commits nothing, "
     "beat commits at every beat, fork at every fork. Medians of runs without faults, on the least "
     "number of workers that all backends ran on; bars: 95 % intervals of the median.",
     "Dots with intervals: processor time over the serial twin's, a row a workload, a colour a "
     "capsule.",
     "There are no timed runs with the time of a serial twin; run a workload with --capsule none, "
     "beat and fork and without --no-serial or faults.",
     figure_cost},
    {"speedup", "Speed-up",
     "Time of the serial twin over wall time. Higher is better; the dashed line is as many times "
     "as fast as there are workers. Medians of runs without faults; bars: 95 % intervals; points "
     "of "
     "one number of workers stand a little beside each other. Hollow: more workers than cores.",
     "Points with intervals, joined by lines: speed-up over the serial twin against the number of "
     "workers, a panel a workload, a colour a capsule.",
     "There are no timed runs with the time of a serial twin; run a workload with several --procs "
     "and without --no-serial or faults.",
     figure_speedup},
    {"recovery", "How long recovery took",
     "The share of all faults that had come so far, against the time since the injury itself: "
     "until the supervisor saw it, until the first task of the victim ran again, until the lost "
     "work was done again. Further left is better. A curve that ends below 100 %: the rest never "
     "came so far, because the victim was idle and had nothing to go on with, or the worker was "
     "hit again before, or the run was over.",
     "Rising curves, a panel a phase (detected, running again, caught up) and a colour a kind of "
     "fault: the share of all faults against time since the injury, logarithmic.",
     "No fault took effect; run with --fault kill@20, or a longer workload.", figure_recovery},
    {"fault-rate", "Slowdown under faults",
     "Median wall time of injured runs over that of the same runs without faults, against the "
     "faults that took effect, a second of run (planned as a Poisson process over all workers). At "
     "1 surviving them is free. Bars: 95 % bootstrap intervals of the ratio. Hollow: more workers "
     "than cores.",
     "Points with intervals: slowdown against faults a second, a panel or a row a configuration, a "
     "colour a kind of fault.",
     "There is no configuration with both runs without faults and runs with faults at a rate; run "
     "one with --fault kill@5, kill@20 and without --fault.",
     figure_fault_rate},
    {"backends", "DRAM against other memory",
     "Median wall time over that of the same runs on dram. Further left is better; at 1 "
     "durability is free. Bars: 95 % bootstrap intervals of the ratio. emulated is ordinary "
     "memory with every cache line written back on purpose: a model, not a measurement of "
     "persistent memory. Hollow: more workers than cores.",
     "Dots with intervals: wall time over dram's, a row a configuration, a colour a backend.",
     "There are no like runs on dram and on another backend; run one with --backend dram and with "
     "--backend emulated:/dev/shm.",
     figure_backends},
    {"flush", "What a write-back costs",
     "On top a whole commit with its fences (where pages are written back: with msync); below it "
     "one write-back, by the place in the code that asks for it, without the fence, the dearest "
     "first (on the fastest backend). Dots: medians over runs without faults of the mean of each; "
     "bars: 95 % intervals. Logarithmic. Where pages are written back, look at the commit and at "
     "the fence: a write-back there queues its page, and whoever finds the queue full empties it.",
     "Dots with intervals: time of one write-back, a row a place in the code, a colour a backend.",
     "Nothing was written back in a timed run: dram needs none; run with --backend "
     "emulated:/dev/shm or file:PATH.",
     figure_flush},
    {"time", "Where workers' time went",
     "Shares of all workers' time, a bar a configuration, all its runs together. Commit is the "
     "time "
     "inside commits; making forks stealable and other bookkeeping counts as work, also under "
     "fork, "
     "where it is most of the cost. Search: looking for work to steal; wait: for a join that "
     "another worker holds; recover: attaching to what a dead worker left; dead or not yet there: "
     "without a process, from a worker's end to its replacement, or before it came.",
     "Stacked bars: the shares of work, search, commit, wait, recover, idle and dead or not yet "
     "there, a row a configuration.",
     "No run recorded its workers' times.", figure_time},
    {"steal-rate", "Steals over time",
     "Steals a second over one run: the one with most to see, an injured one if there is one. "
     "Bars: "
     "the rate in each interval of time.",
     "Bars: steals a second against time; faults, if there were any, are marked on the upper edge.",
     "No run took long enough to have stolen in more than one interval of time; run a larger "
     "problem on two workers.",
     figure_steal_rate},
    {"steal-matrix", "Who stole from whom",
     "Thefts a run, by the worker that took (across) and the one that it took from (up). Even "
     "colours: victims are found fairly.",
     "A grid of thief and victim, darker where more was stolen.",
     "There are no timed runs with steals; run a workload on three workers or more.",
     figure_steal_matrix}};

/* ---- drawing --------------------------------------------------------------------------------- */

enum { NAME_BYTES = 4352 };

static int write_rows(const struct dataset *d, const struct figure *figure, const char *directory,
                      struct figure_drawn *drawn, char *error) {
  char name[64];
  struct text_file whole;
  snprintf(name, sizeof name, "%s.csv", figure->name);
  int code = text_file_begin(&whole, directory, name, error);
  if (code) return code;
  *drawn = (struct figure_drawn){0};
  drawn->points = figure->rows(d, whole.file, drawn->remark);
  return text_file_end(&whole, error);
}

const char *figure_why(const struct figure *figure, const struct figure_drawn *drawn) {
  return *drawn->error ? drawn->error : *drawn->remark ? drawn->remark : figure->missing;
}

/* What an earlier report left of a figure that is not drawn now: its pictures; without data, all.
 */
static void remove_files(const struct figure *figure, const char *directory, bool has_data) {
  static const char *const extensions[] = {"svg", "png", "csv", "gp"};
  char path[NAME_BYTES];
  for (size_t i = 0; i < (has_data ? 2 : sizeof extensions / sizeof *extensions); i++) {
    snprintf(path, sizeof path, "%.4200s/%s.%s", directory, figure->name, extensions[i]);
    unlink(path);
  }
}

static int draw(const struct figure *figure, const char *directory, char *error) {
  char script[64];
  snprintf(script, sizeof script, "%s.gp", figure->name);
  int code = script_copy(script, directory, error);
  if (!code) code = script_run(script, "svg", directory, error);
  if (!code) code = script_run(script, "png", directory, error);
  return code;
}

int figures_draw(const struct dataset *d, const char *out, struct figure_drawn drawn[FIGURES],
                 char *error) {
  static const char *const shared[] = {"style.gp", "rows.gp", "curves.gp"};
  char directory[NAME_BYTES];
  int code = 0;
  snprintf(directory, sizeof directory, "%.4096s/figures", out);
  if (mkdir(directory, 0777) && errno != EEXIST) {
    code = -errno;
    snprintf(error, PM_TEXT_MAX, "%.300s: %s", directory, strerror(-code));
    return code;
  }
  for (int i = 0; i < FIGURES && !code; i++)
    code = write_rows(d, &figures[i], directory, &drawn[i], error);
  for (size_t i = 0; i < sizeof shared / sizeof *shared && !code; i++)
    code = script_copy(shared[i], directory, error);
  for (int i = 0; i < FIGURES && !code; i++) {
    if (drawn[i].points) code = draw(&figures[i], directory, drawn[i].error);
    if (!figure_is_there(&drawn[i])) remove_files(&figures[i], directory, drawn[i].points > 0);
    if (code == PM_E_MACHINE) strcpy(error, drawn[i].error);
    else code = 0; /* the others are worth a page */
  }
  return code;
}
