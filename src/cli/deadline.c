/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/deadline.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/exit_code.h"
#include "file_whole.h"
#include "pmrun.h"

static uint64_t from_ns, last_ns;
static char text[128];

static void arm(uint64_t at_ns) {
  uint64_t now = pm_clock_ns(), left_us = at_ns > now ? (at_ns - now) / 1000 + 1 : 1;
  struct itimerval timer = {.it_value = {.tv_sec = (time_t)(left_us / 1000000),
                                         .tv_usec = (suseconds_t)(left_us % 1000000)}};
  setitimer(ITIMER_REAL, &timer, NULL);
}

static void put(const char *words) {
  if (write(STDERR_FILENO, words, strlen(words)) < 0) return;
}

static void on_late(int signo) {
  const char *path;
  uint64_t again_ns;
  (void)signo;
  if (pm_clock_ns() < last_ns) {
    arm(last_ns);
    return;
  }
  enum pm_late late = pm_run_late(&path, &again_ns);
  if (late == PM_LATE_WAIT) {
    arm(again_ns);
    return;
  }
  file_whole_abandon();
  put(text);
  if (late == PM_LATE_KEPT) {
    put("pmbench: finish it with `pmbench resume ");
    put(path);
    put("`\n");
  }
  _exit(EXIT_INTERRUPTED);
}

void deadline_begin(uint64_t timeout_ns, uint64_t patience_ns) {
  from_ns = pm_clock_ns();
  if (!timeout_ns || timeout_ns > INT64_MAX / 2) return;
  last_ns = from_ns + timeout_ns + patience_ns;
  snprintf(text, sizeof text, "pmbench: the timeout of %g s is over\n", (double)timeout_ns / 1e9);
  struct sigaction action = {.sa_handler = on_late, .sa_flags = SA_RESTART};
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  sigaction(SIGALRM, &action, NULL);
  sigprocmask(SIG_UNBLOCK, &alarm, NULL);
  arm(from_ns + timeout_ns);
}

void deadline_end(void) {
  struct itimerval none = {{0}, {0}};
  setitimer(ITIMER_REAL, &none, NULL);
}

uint64_t deadline_from_ns(void) { return from_ns; }
