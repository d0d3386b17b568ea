/* SPDX-License-Identifier: BSD-3-Clause */
#include "proc/foreign.h"

#include <math.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/tunables.h"

/* user nice system idle iowait irq softirq steal: all but the two of nothing to do. */
static uint64_t busy_ns(const cpu_set_t *used) {
  FILE *file = fopen("/proc/stat", "re");
  char line[512];
  uint64_t ticks = 0, t[8];
  unsigned cpu;
  while (file && fgets(line, sizeof line, file))
    if (sscanf(line, "cpu%u %lu %lu %lu %lu %lu %lu %lu %lu", &cpu, &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) == 9 &&
        CPU_ISSET(cpu, used))
      ticks += t[0] + t[1] + t[2] + t[5] + t[6] + t[7];
  if (file) fclose(file);
  return ticks * (1000000000u / (uint64_t)sysconf(_SC_CLK_TCK));
}

static uint64_t used_ns(int who) {
  struct rusage r;
  if (getrusage(who, &r)) return 0;
  return (uint64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000000u +
         (uint64_t)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1000u;
}

static uint64_t process_ns(pid_t pid) {
  clockid_t clock;
  struct timespec t;
  if (pid <= 0 || clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t)) return 0;
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void pm_foreign_begin(struct pm_foreign *f, const struct pm_pin *pin, const pid_t *pids, unsigned procs) {
  CPU_ZERO(&f->used);
  if (!pin->bind) sched_getaffinity(0, sizeof f->used, &f->used);
  for (unsigned p = 0; pin->bind && p < procs; p++)
    if (pin->place[p] && pin->place[p]->os_index < CPU_SETSIZE) CPU_SET(pin->place[p]->os_index, &f->used);
  f->own_ns = used_ns(RUSAGE_SELF) + used_ns(RUSAGE_CHILDREN);
  for (unsigned p = 0; p < procs; p++) f->own_ns += process_ns(pids[p]);
  f->at_ns = pm_clock_ns();
  f->busy_ns = busy_ns(&f->used);
}

double pm_foreign_share(const struct pm_foreign *f) {
  uint64_t passed = pm_clock_ns() - f->at_ns, cores = (uint64_t)CPU_COUNT(&f->used);
  if (!f->at_ns || passed < pm_foreign_least_ns || !cores) return NAN;
  uint64_t busy = busy_ns(&f->used) - f->busy_ns, own = used_ns(RUSAGE_SELF) + used_ns(RUSAGE_CHILDREN) - f->own_ns;
  return busy > own ? (double)(busy - own) / (double)(passed * cores) : 0;
}
