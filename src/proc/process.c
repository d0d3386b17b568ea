/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A worker as a process: forked by the supervisor, no exec. It dies with its supervisor (PR_SET_PDEATHSIG), closes what it
 * inherited of the region, and maps it anew, so that it has a lock and an address of its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "pm/backend.h"
#include "proc/run.h"

static void child(struct pm_run *run, unsigned place, bool first, pid_t supervisor) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != supervisor) _exit(1);
  prctl(PR_SET_NAME, "pmbench-worker");
  for (int s = 1; s < SIGRTMIN; s++) signal(s, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  sigset_t own;
  pm_signals_own(&own);
  sigprocmask(SIG_SETMASK, &own, NULL);
  pm_backend_unmap(&run->region);
  close(run->region.fd);
  atomic_store(&run->session->place[place].pid, getpid());
  _exit(pm_worker_main(run, place, first, &pm_way_timer));
}

static int start(struct pm_run *run, unsigned place, bool first) {
  sigset_t own;
  pm_signals_own(&own);
  sigprocmask(SIG_BLOCK, &own, NULL);   /* an early injury waits until the worker has a handler for it */
  pid_t supervisor = getpid(), pid = fork();
  if (pid < 0) return -errno;
  if (!pid) child(run, place, first, supervisor);
  atomic_store(&run->session->place[place].pid, pid);
  return 0;
}

const struct pm_workers pm_workers_process = {start, true};
