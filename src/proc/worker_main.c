/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sanitizer.h"
#include "base/tunables.h"
#include "proc/run.h"

/* The first workers touch every page, and what libraries allocate, before the first task may start; a respawned one pays for
 * it as it meets it. */
static void wait_for_go(struct pm_run *run, unsigned place, struct pm_region *region, const void *args) {
  struct pm_session *s = run->session;
  pm_region_populate(region);
  if (run->program->warm) run->program->warm(args);
  atomic_store(&s->place[place].ready, 1);
  pm_session_ring(s, UINT32_MAX >> 1);
  while (!atomic_load(&s->go) && !atomic_load(&s->stop)) pm_session_park(s, atomic_load(&s->bell), pm_go_look_ns);
}

/* ThreadSanitizer knows a place by its address: threads of one mapping, and it sees what they do to the region. Otherwise
 * each worker maps the region by itself, so that an address that strays into it shows. */
static int open_region(const struct pm_run *run, struct pm_region *region, struct pm_error_line *e) {
  if (pm_sanitizer_of_threads() && run->options->way == PM_THREADS) {
    *region = run->region;
    region->view.queued = 0;
    region->view.pending = false;
    return 0;
  }
  int error = pm_region_reopen(region, &run->region, e);
  if (!error && run->options->way == PM_PROCESSES) {      /* what it inherited: the lock of it is the command's */
    close(run->region.fd);
    close(run->region.directory);
  }
  return error;
}

static void close_region(const struct pm_run *run, struct pm_region *region) {
  if (region->view.base != run->region.view.base) pm_region_close(region);
}

static int run_core(void *core) { return pm_core_run(core); }

/* Want of a file, memory or a lock: another time there may be some. Everything else is an error of the run's. */
static bool is_want(int error) {
  return error == ENOMEM || error == EMFILE || error == ENFILE || error == EAGAIN || error == ENOLCK || error == ENOBUFS;
}

static int refused(struct pm_session *s, unsigned place, int error) {
  atomic_store(&s->place[place].refused, error);
  return PM_WORKER_REFUSED;
}

int pm_worker_main(struct pm_run *run, unsigned place, bool first, const struct pm_way *way) {
  struct pm_session *s = run->session;
  struct pm_region *region = calloc(1, sizeof *region);
  struct pm_core *core = aligned_alloc(64, (sizeof *core + 63) & ~(size_t)63);
  struct pm_error_line e = {0};
  int code = 1;
  struct pm_cstack stack = {0};
  if (!region || !core) {
    code = refused(s, place, ENOMEM);
    goto out;
  }
  int unpinned = pm_pin_bind(&run->pin, place);
  if (unpinned) atomic_fetch_or(&run->shared->pin_refused, (uint32_t)unpinned);
  errno = 0;
  if (open_region(run, region, &e)) {
    int want = errno;
    struct stat there;                  /* the run's own region is whole, unless somebody cut it off meanwhile */
    if (!fstat(run->region.fd, &there) && S_ISREG(there.st_mode) && (uint64_t)there.st_size < run->region.bytes)
      want = 0, e = (struct pm_error_line){.code = 0}, pm_region_truncated(&run->region, (uint64_t)there.st_size, &e);
    if (is_want(want)) code = refused(s, place, want);
    else pm_session_fail(s, e.code, "%s", e.text);
    goto out;
  }
  if (region->header->session != s->number) goto out_region;     /* another session began: this one is over */
  if (s->policy == PM_POLICY_NONE) region->view.persist = PM_PERSIST_NONE;   /* nothing is to survive: nothing is written back */
  struct pm_run_block *block = pm_region_section(region, PM_SECTION_RUN);
  if (pm_cstack_open(&stack, region->header->stack_bytes) ||
      pm_core_open(core, s, region, way, run->program, &block->tally[place], place)) {
    code = refused(s, place, ENOMEM);
    goto out_region;
  }
  block->tally[place].lives++;
  pm_signals_install(core, &stack);
  if (first) wait_for_go(run, place, region, ((const struct pm_origin *)pm_region_section(region, PM_SECTION_ORIGIN))->args);
  code = pm_cstack_call(&stack, run_core, core) ? 1 : 0;
  pm_signals_remove();
  pm_core_close(core);
out_region:
  pm_cstack_close(&stack);
  close_region(run, region);
out:
  free(core);
  free(region);
  return code;
}
