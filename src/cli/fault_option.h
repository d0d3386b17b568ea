/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --fault KIND@RATE, --fault KIND=TIME,TIME..., and --fault-replay FILE: the plans of faults they
 * ask for. */
#ifndef CLI_FAULT_OPTION_H
#define CLI_FAULT_OPTION_H

#include "pmrun.h"

#define FAULT_PLANS_MAX 32

struct fault_set {                        /* owns what its plans point to */
  struct pm_fault_plan plans[FAULT_PLANS_MAX];
  unsigned count;
};

/* Each adds to the set. Return 0, or PM_E_USAGE and a line in `error` (PM_TEXT_MAX bytes). */
int fault_parse(struct fault_set *set, const char *text, char *error);
/* The faults of the last record in FILE that has any, by time and place. */
int fault_replay(struct fault_set *set, const char *path, char *error);
void fault_set_free(struct fault_set *set);

#endif
