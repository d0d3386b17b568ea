/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A worker as a process: forked by the supervisor, no exec. It dies with its supervisor (PR_SET_PDEATHSIG), gives up what it
 * inherited of the region, and opens and maps it anew, so that it has a lock and an address of its own.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "pm/backend.h"
#include "proc/foreign.h"
#include "proc/machine.h"
#include "proc/run.h"

struct processes {
  struct pm_machine machine;
  pid_t pid[PM_SLOTS_MAX];              /* 0: the place is empty */
  int pidfd[PM_SLOTS_MAX];              /* -1: none could be had; then the end shows at the next tick */
  struct pm_foreign foreign;
};
static struct processes *of(struct pm_machine *m) { return (struct processes *)m; }

static uint64_t now(struct pm_machine *m) {
  (void)m;
  return pm_clock_ns();
}

static _Noreturn void child(struct pm_run *run, unsigned place, bool first, pid_t supervisor) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != supervisor) _exit(1);
  prctl(PR_SET_NAME, "pmbench-worker");
  for (int s = 1; s < SIGRTMIN; s++) signal(s, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  sigset_t own;
  pm_signals_own(&own);
  sigprocmask(SIG_SETMASK, &own, NULL);
  pm_backend_unmap(&run->region);
  atomic_store(&run->session->place[place].pid, getpid());
  _exit(pm_worker_main(run, place, first, &pm_way_timer));
}

static int spawn(struct pm_machine *m, unsigned place, bool first) {
  sigset_t own;
  pm_signals_own(&own);
  sigprocmask(SIG_BLOCK, &own, NULL);   /* an early injury waits until the worker has a handler for it */
  pid_t supervisor = getpid(), pid = fork();
  if (pid < 0) return -errno;
  if (!pid) child(m->run, place, first, supervisor);
  atomic_store(&m->run->session->place[place].pid, pid);
  of(m)->pid[place] = pid;
  of(m)->pidfd[place] = (int)syscall(SYS_pidfd_open, pid, 0);
  return pid;
}

static int send(struct pm_machine *m, unsigned place, int signo, uint32_t number) {
  pid_t pid = of(m)->pid[place];
  siginfo_t info = {.si_signo = signo, .si_code = SI_QUEUE};
  info.si_value.sival_int = (int)number;
  if (signo == PM_SIGNAL_EXN) return syscall(SYS_rt_tgsigqueueinfo, pid, pid, signo, &info) ? -errno : 0;
  return kill(pid, signo) ? -errno : 0;
}

static bool reap(struct pm_machine *m, unsigned place, int *status) {
  struct processes *p = of(m);
  if (!p->pid[place] || waitpid(p->pid[place], status, WNOHANG | WUNTRACED | WCONTINUED) != p->pid[place]) return false;
  if (WIFSTOPPED(*status) || WIFCONTINUED(*status)) return true;
  if (p->pidfd[place] >= 0) close(p->pidfd[place]);
  p->pidfd[place] = -1;
  p->pid[place] = 0;
  return true;
}

static void wait_until(struct pm_machine *m, uint64_t until_ns) {
  struct pollfd fds[PM_SLOTS_MAX];
  nfds_t n = 0;
  for (unsigned p = 0; p < m->run->procs; p++)
    if (of(m)->pidfd[p] >= 0) fds[n++] = (struct pollfd){.fd = of(m)->pidfd[p], .events = POLLIN};
  uint64_t from = pm_clock_ns();
  struct timespec t = pm_clock_span(until_ns > from ? until_ns - from : 0);
  ppoll(fds, n, &t, NULL);
}

static int crash(struct pm_machine *m) {
  (void)m;
  if (kill(0, SIGKILL)) return -errno;  /* the group: every worker, and this process */
  for (;;) pause();
}

static void watch_others(struct pm_machine *m) { pm_foreign_begin(&of(m)->foreign, &m->run->pin, of(m)->pid, m->run->procs); }
static double others_share(struct pm_machine *m) { return pm_foreign_share(&of(m)->foreign); }
static void close_machine(struct pm_machine *m) { free(m); }

struct pm_machine *pm_machine_processes(struct pm_run *run) {
  struct processes *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  p->machine = (struct pm_machine){.run = run, .kills = true, .now = now, .spawn = spawn, .signal = send, .reap = reap,
                                   .wait = wait_until, .crash = crash, .watch_others = watch_others,
                                   .others_share = others_share, .close = close_machine};
  for (unsigned place = 0; place < PM_SLOTS_MAX; place++) p->pidfd[place] = -1;
  return &p->machine;
}
