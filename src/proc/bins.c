/* SPDX-License-Identifier: BSD-3-Clause */
/* What a run did over time: at most PM_BINS bins of equal length; when they are used up, each two become one. */
#include "proc/supervisor.h"

void pm_bins_sample(struct pm_supervisor *s, uint64_t now) {
  struct pm_run_block *b = s->run->block;
  if (!b->bin_ns || !b->segment_begin_ns) return;
  struct pm_bin total = {.faults = b->faults_done, .live = pm_life_count(s, PM_LIFE_RUNNING) + pm_life_count(s, PM_LIFE_LEFT)};
  for (unsigned p = 0; p < s->run->slots; p++) {
    total.steals += b->tally[p].count[PM_N_STEALS];
    total.commits += b->tally[p].count[PM_N_COMMITS];
  }
  uint64_t at = pm_run_clock(s->run, now) / b->bin_ns;
  while (at >= PM_BINS) {
    for (; b->bin_count < PM_BINS; b->bin_count++) b->bin[b->bin_count] = total;        /* no tick fell into the last ones */
    for (unsigned i = 0; i < PM_BINS / 2; i++) {
      b->bin[i] = b->bin[2 * i + 1];
      if (b->bin[2 * i].live < b->bin[i].live) b->bin[i].live = b->bin[2 * i].live;
    }
    b->bin_count = PM_BINS / 2;
    b->bin_ns *= 2;
    at = pm_run_clock(s->run, now) / b->bin_ns;
  }
  for (; b->bin_count < at; b->bin_count++) b->bin[b->bin_count] = total;
  if (b->bin_count == at) b->bin[b->bin_count++] = total;
  else if (b->bin[at].live < total.live) total.live = b->bin[at].live;
  b->bin[at] = total;
}
