/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line on a terminal that says how a run is getting on. Nothing where stderr is not a terminal.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>

#include "pmrun.h"

struct progress {
  const char *title;                      /* "fib -n 40", "fib -n 40, run 2 of 5" */
  uint64_t expected_ns;                   /* how long it should take; 0 unknown */
  uint64_t last_ns, last_steals;
  bool shown;
};

void progress_show(struct progress *p, const struct pm_progress *now);
/* Leaves the terminal's line empty. */
void progress_end(struct progress *p);

#endif
