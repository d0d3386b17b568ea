/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of a call's time. One moment for all of it, however many sessions it has: the supervisor looks at every tick, and
 * between two sessions the command does. What neither can end is a function of the program that does not return - a library
 * that spins for want of memory, say. Then only the process can end, from a signal's handler, and this file says what of.
 *
 *   NONE      -> MAKING     pm_run: the file, when there is one, is nobody's yet, and goes
 *   NONE      -> OPENING    pm_resume: the file is the caller's, and stays
 *   MAKING, OPENING -> SESSIONS     the workers are ended by those who watch them
 *   SESSIONS  -> END        check and output: what they need is in the region, which stays
 *   END, SESSIONS -> CLOSING        what is left is the library's, and short
 *   any       -> NONE       the call is about to return
 */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/run.h"

/* The call under way in this process: a signal leaves no other way to it. */
static struct pm_run *_Atomic current;
static volatile sig_atomic_t stage;

void pm_late_begin(struct pm_run *run) {
  const struct pm_options *o = run->options;
  uint64_t from = o->timeout_from_ns ? o->timeout_from_ns : pm_clock_ns();
  run->deadline_ns = !o->timeout_ns ? 0 : o->timeout_ns < UINT64_MAX - from ? from + o->timeout_ns : UINT64_MAX;
}

void pm_late_stage(struct pm_run *run, enum pm_stage to) {
  atomic_signal_fence(memory_order_seq_cst);
  stage = (sig_atomic_t)to;
  current = to == PM_STAGE_NONE ? NULL : run;
  atomic_signal_fence(memory_order_seq_cst);
}

/* A handler that looks at the session's stopped time finds it, or none. */
void pm_run_drop_session(struct pm_run *run) {
  struct pm_session *s = run->session;
  run->session = NULL;
  atomic_signal_fence(memory_order_seq_cst);
  if (s) pm_session_destroy(s);
}

static uint64_t deadline_of(const struct pm_run *run) {
  const struct pm_session *s = run->session;
  return run->deadline_ns + (s ? atomic_load(&s->stopped_ns) : 0);
}

bool pm_late_is_over(const struct pm_run *run, uint64_t now) { return run->deadline_ns && now > deadline_of(run); }

int pm_late_error(const struct pm_run *run, struct pm_error_line *error) {
  if (!pm_late_is_over(run, pm_clock_ns())) return 0;
  return pm_error_set(error, PM_E_TIMEOUT, "the timeout of %g s is over", (double)run->options->timeout_ns / 1e9);
}

/* Only the very file that this call made. */
static void unlink_own(const struct pm_region *r) {
  struct stat own, there;
  if (r->fd >= 0 && !fstat(r->fd, &own) && !lstat(r->path, &there) && own.st_dev == there.st_dev && own.st_ino == there.st_ino)
    unlink(r->path);
}

enum pm_late pm_run_late(const char **path, uint64_t *again_ns) {
  struct pm_run *run = current;
  uint64_t now = pm_clock_ns();
  *path = NULL;
  *again_ns = now + pm_late_again_ns;
  if (!run) return PM_LATE_NOTHING;
  if (run->deadline_ns && now < deadline_of(run)) {         /* a terminal had stopped everybody */
    *again_ns = deadline_of(run);
    return PM_LATE_WAIT;
  }
  switch ((enum pm_stage)stage) {
  case PM_STAGE_MAKING:
    if (run->region.fd < 0) return PM_LATE_NOTHING;
    unlink_own(&run->region);
    return PM_LATE_REMOVED;
  case PM_STAGE_SESSIONS:
    /* Threads cannot be ended; in processes, their supervisor is told, or ended by whoever waits for it. */
    if (run->options->way != PM_THREADS || now < deadline_of(run) + pm_late_threads_ns) return PM_LATE_WAIT;
    break;
  case PM_STAGE_CLOSING: return PM_LATE_WAIT;
  default: break;
  }
  *path = run->region.path[0] ? run->region.path : NULL;
  return *path ? PM_LATE_KEPT : PM_LATE_NOTHING;
}
