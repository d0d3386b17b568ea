/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program of one's own on libpmsched: the area under a curve, by halving intervals until a half says no more than the whole.
 * Its workers are killed fifty times a second, and the answer is right.
 *
 *   area                    runs it
 *   area crash              the same, and after 100 ms every process is gone; what is left is a region
 *   area resume REGION      finishes it
 *
 * cc -O2 -Werror=maybe-uninitialized area.c $(pkg-config --cflags --libs pmsched) -lm -o area
 */
#include <math.h>
#include <pmrun.h>
#include <stdio.h>
#include <string.h>

static const double precision = 2e-15, exact = 0.50415121582610;    /* x sin(1/x) - Ci(1/x), between 0.0001 and 1.0001 */

static double curve(double x) { return sin(1 / (x + 0.0001)); }

static double simpson(double lo, double hi) { return (hi - lo) / 6 * (curve(lo) + 4 * curve((lo + hi) / 2) + curve(hi)); }

PM_TASK(double, area, (double lo; double hi; double rough;), (PM_FORKED(area) right; double left;)) {
  PM_BEGIN(area);
  double middle = (a.lo + a.hi) / 2, left = simpson(a.lo, middle), right = simpson(middle, a.hi);
  if (fabs(left + right - a.rough) < precision * (a.hi - a.lo) || a.hi - a.lo < 1e-9) PM_RETURN(left + right);
  PM_FORK(my->right, area, middle, a.hi, right);
  PM_CALL(my->left, area, a.lo, middle, left);
  PM_JOIN(right, my->right, area);
  PM_RETURN(my->left + right);
  PM_END;
}

static const struct pm_task tasks[] = {PM_ENTRY(area)};

/* The arguments of the whole program: a block without pointers that lies in the region, for whoever resumes it. */
struct interval { double lo, hi; };

static int setup(struct pm_data *d, const void *args) {
  const struct interval *i = args;
  PM_ROOT(d, area, i->lo, i->hi, simpson(i->lo, i->hi));
  return 0;
}

static int check(struct pm_data *d, const void *args) {
  (void)args;
  double result = PM_RESULT(double, d);
  snprintf(d->answer, sizeof d->answer, "%.10f", result);
  return fabs(result - exact) < 1e-9 ? 0 : 1;
}

static const struct pm_program program = {.name = "area", .tasks = tasks, .task_count = sizeof tasks / sizeof *tasks,
                                          .args_bytes = sizeof(struct interval), .setup = setup, .check = check};

static void print(const struct pm_report *r) {
  if (r->error) fprintf(stderr, "area: %s\n", r->error_text);
  if (r->error && r->region_kept) printf("area resume %s\n", r->path);
  if (r->complete)
    printf("%s, %s: %.1f ms on %u workers, %llu faults survived, %llu commits\n", r->answer, r->correct ? "right" : "WRONG",
           (double)r->wall_ns / 1e6, r->procs, (unsigned long long)r->faults_done,
           (unsigned long long)r->count[PM_N_COMMITS]);
}

int main(int argc, char **argv) {
  const char *command = argc > 1 ? argv[1] : "run";
  bool run = !strcmp(command, "run"), crash = !strcmp(command, "crash"), resume = !strcmp(command, "resume") && argc == 3;
  if (!run && !crash && !resume) {
    fprintf(stderr, "usage: area [run | crash | resume REGION]\n");
    return 2;
  }
  struct interval whole = {0, 1};
  uint64_t crash_at_ns[] = {100000000};
  struct pm_fault_plan faults[] = {{.kind = PM_FAULT_KILL, .rate_hz = 50},
                                   {.kind = PM_FAULT_CRASH, .at_ns = crash_at_ns, .count = 1}};
  struct pm_options options = {.args = &whole, .seed = 1, .faults = faults, .fault_count = crash ? 2 : 1};
  struct pm_report report;
  int error = resume ? pm_resume(argv[2], &program, &options, NULL, &report) : pm_run(&program, &options, NULL, &report);
  print(&report);
  pm_report_free(&report);
  return error != 0;
}
