/* SPDX-License-Identifier: BSD-3-Clause */
/* How far a run is: whether it is done, and its own time, which stands still while nobody works on it. */
#include "base/clock.h"
#include "proc/fault_kind.h"
#include "proc/mutant.h"
#include "proc/run.h"

bool pm_run_is_done(const struct pm_run *run) {
  return pm_word_state(atomic_load(&pm_join_at(run->region.header, PM_JOIN_ROOT)->word)) == PM_JOIN_DONE;
}

bool pm_run_is_over(const struct pm_run *run) { return pm_run_is_done(run) || atomic_load(&run->session->stop); }

uint64_t pm_run_clock(const struct pm_run *run, uint64_t now) {
  const struct pm_run_block *b = run->block;
  uint64_t begin = b->segment_begin_ns + atomic_load(&run->session->stopped_ns);
  return b->live_ns + (b->segment_begin_ns && now > begin ? now - begin : 0);
}

/* That a session did not end is what shows a crash. Of other faults that were on their way, nobody can say any more. */
void pm_run_note_crash(struct pm_run *run) {
  struct pm_run_block *b = run->block;
  for (uint64_t i = 0; i < b->log_count && !PM_LEFT_OUT(CRASH_NOTE); i++) {
    if (b->log[i].state != PM_FAULT_SENT || !pm_fault_kind((enum pm_fault_kind)b->log[i].kind)->hits_all) continue;
    b->log[i].state = PM_FAULT_DONE;
    b->faults_done++;
  }
}

uint64_t pm_run_traps(const struct pm_run *run) {
  uint64_t traps = 0;
  for (unsigned p = 0; p < run->slots; p++) traps += run->block->tally[p].traps;
  return traps;
}

void pm_run_close_segment(struct pm_run *run) {
  struct pm_run_block *b = run->block;
  bool same_boot = pm_run_find_losses(run);
  if (!b->segment_begin_ns) return;
  if (same_boot) pm_run_note_crash(run);
  uint64_t now = pm_clock_ns();
  if (b->segment_alive_ns > b->segment_begin_ns) b->live_ns += b->segment_alive_ns - b->segment_begin_ns;
  if (same_boot && now > b->segment_alive_ns) b->down_ns += now - b->segment_alive_ns;
  b->segment_begin_ns = 0;
}
