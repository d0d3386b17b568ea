/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/summary.h"

#include <inttypes.h>
#include <string.h>

#include "cli/say.h"
#include "cli/standard_output.h"
#include "results/record.h"

enum { LINE_BYTES = 64 };                 /* of a cache line */

static void print_verdict(const struct description *d, const struct pm_report *r, FILE *out) {
  bool right = r->checked && r->correct;
  enum say_colour colour = right ? SAY_GOOD : r->checked ? SAY_BAD : SAY_PLAIN;
  const char *word = right         ? "right"
                     : r->checked  ? "WRONG"
                     : r->complete ? "not checked"
                                   : "not finished";
  bool coloured = colour != SAY_PLAIN;
  fprintf(out, "%s %s: %s%s%s", d->workload, d->args, coloured ? say_colour(out, colour) : "", word,
          coloured ? say_colour(out, SAY_PLAIN) : "");
  if (r->answer[0]) fprintf(out, ", %s", r->answer);
  fputc('\n', out);
}

static void print_time(const struct description *d, const struct pm_report *r, FILE *out) {
  char wall[SAY_TEXT_MAX], beat[SAY_TEXT_MAX], apart[3][SAY_TEXT_MAX];
  fprintf(out, "  time        %s on %u worker%s, %s", say_time(r->wall_ns, wall), r->procs,
          r->procs == 1 ? "" : "s", r->backend);
  if (r->policy == PM_POLICY_BEAT) fprintf(out, ", a beat every %s", say_time(r->beat_ns, beat));
  else fprintf(out, ", capsules: %s", r->policy == PM_POLICY_FORK ? "every fork" : "none");
  fprintf(out, " (set-up %s", say_time(r->setup_ns, apart[0]));
  if (r->checked) fprintf(out, ", check %s", say_time(r->check_ns, apart[1]));
  if (r->down_ns) fprintf(out, ", down %s", say_time(r->down_ns, apart[2]));
  fprintf(out, ")\n");
  if (!d->serial_ns || !r->wall_ns || !r->complete) return;
  double ratio = (double)d->serial_ns / (double)r->wall_ns;
  fprintf(out, "  serial      %s: ", say_time(d->serial_ns, wall));
  if (ratio >= 1) fprintf(out, "this is %.2f times as fast\n", ratio);
  else fprintf(out, "this takes %.2f times as long\n", 1 / ratio);
}

static void print_kinds(const struct pm_report *r, FILE *out) {
  const char *separator = "";
  fprintf(out, " (");
  for (int kind = 0; kind < PM_FAULT_KINDS; kind++) {
    unsigned n = 0;
    for (uint32_t i = 0; r->faults && i < r->fault_count; i++)
      n += (int)r->faults[i].kind == kind &&
           (r->faults[i].state == PM_FAULT_DONE || r->faults[i].state == PM_FAULT_IDLE_VICTIM);
    if (!n) continue;
    fprintf(out, "%s%u %s", separator, n, pm_fault_names[kind]);
    separator = ", ";
  }
  fprintf(out, ")");
}

static void print_faults(const struct description *d, const struct pm_report *r, FILE *out) {
  if (!d->fault_count && !d->fault_replay && !r->faults_done) return;
  fprintf(out, "  faults      %" PRIu64 " %s", r->faults_done, r->complete ? "survived" : "so far");
  if (r->faults_done) print_kinds(r, out);
  fputc('\n', out);
  if (!r->faults_done) return;
  char p50[SAY_TEXT_MAX], most[SAY_TEXT_MAX], lost[SAY_TEXT_MAX], caught[SAY_TEXT_MAX];
  struct recovery recovery = recovery_of(r);
  fprintf(out, "  recovery    ");
  if (recovery.running.n)
    fprintf(out, "working again after %s in the median, %s at worst; ",
            say_time(recovery.running.p50_ns, p50), say_time(recovery.running.max_ns, most));
  if (recovery.caught_up.n)
    fprintf(out, "caught up after %s; ", say_time(recovery.caught_up.p50_ns, caught));
  fprintf(out, "%s of work done again\n", say_time(r->lost_ns, lost));
}

static void print_durability(const struct pm_report *r, FILE *out) {
  char written[SAY_TEXT_MAX];
  uint64_t alive_ns = 0;
  for (unsigned p = 0; r->workers && p < r->worker_count; p++)
    for (int i = 0; i < PM_ACTIVITIES; i++)
      if (i != PM_DEAD) alive_ns += r->workers[p].ns[i];
  fprintf(out, "  durability  %" PRIu64 " commit%s", r->count[PM_N_COMMITS],
          r->count[PM_N_COMMITS] == 1 ? "" : "s");
  if (alive_ns && r->count[PM_N_COMMITS])
    fprintf(out, ", %.2f %% of the workers' time",
            100.0 * (double)r->count[PM_N_COMMIT_NS] / (double)alive_ns);
  if (r->count[PM_N_LINES])
    fprintf(out, "; %s written back in %" PRIu64 " lines, %" PRIu64 " fences",
            say_bytes(r->count[PM_N_LINES] * LINE_BYTES, written), r->count[PM_N_LINES],
            r->count[PM_N_FENCES]);
  fputc('\n', out);
  fprintf(out,
          "  sharing     %" PRIu64 " steals of %" PRIu64 " attempts, %" PRIu64
          " promotions, %" PRIu64 " adoptions\n",
          r->count[PM_N_STEALS], r->count[PM_N_STEAL_ATTEMPTS], r->count[PM_N_PROMOTIONS],
          r->count[PM_N_ADOPTIONS]);
}

void summary_print(const struct description *d, const struct pm_report *r, FILE *out) {
  print_verdict(d, r, out);
  print_time(d, r, out);
  print_faults(d, r, out);
  if (r->policy != PM_POLICY_NONE) print_durability(r, out);
  if (r->region_kept) fprintf(out, "  region      kept: %s\n", r->path);
  standard_output_flush();
}

void summary_print_runs(uint64_t *wall_ns, unsigned right, unsigned runs, FILE *out) {
  char median[SAY_TEXT_MAX], least[SAY_TEXT_MAX], most[SAY_TEXT_MAX];
  fprintf(out, "%u run%s", runs, runs == 1 ? "" : "s");
  if (right == runs) fprintf(out, ", all right");
  else fprintf(out, ", %u right", right);
  if (right) {
    struct quantiles q = quantiles_of(wall_ns, right);  /* sorts them */
    uint64_t middle = wall_ns[right / 2] / 2 + wall_ns[(right - 1) / 2] / 2;
    fprintf(out, ": median %s (%s to %s)", say_time(middle, median), say_time(wall_ns[0], least),
            say_time(q.max_ns, most));
  }
  fputc('\n', out);
}
