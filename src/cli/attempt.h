/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run, fresh or resumed: made, compared with its serial twin, recorded, printed. */
#ifndef CLI_ATTEMPT_H
#define CLI_ATTEMPT_H

#include "cli/exit_code.h"
#include "cli/progress.h"
#include "results/description.h"
#include "workload.h"

struct said { char text[8][PM_TEXT_MAX]; unsigned count; };

struct attempt {
  const struct workload *workload;
  struct description *description;
  struct pm_options *options;             /* progress and context are set here */
  const char *region;                     /* to resume; NULL: a fresh run */
  struct progress progress;
  struct workload_serial
      twin; /* ns != 0 afterwards: the twin had to be asked again, and this is what it did */
  bool warmup;                            /* neither recorded nor printed, and without output */
  /* Of a campaign: which run this is, for its errors. The run is not printed, and not recorded where
   * a signal ended it, since it will be made again; why it could not begin goes to `obstacle`
   * (PM_TEXT_MAX bytes) and is not said. */
  const char *campaign;
  char *obstacle;
  struct said *said;                      /* of a warning that many runs give, one is enough */
};

struct attempt_end {
  enum exit_code code;
  bool ran; /* false: it could not even begin; another would not either */
  bool right;
  bool interrupted; /* by a signal, not by its timeout */
  uint64_t wall_ns;
};

struct attempt_end attempt_make(struct attempt *a);

#endif
