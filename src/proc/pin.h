/* SPDX-License-Identifier: BSD-3-Clause */
/* Pinning with hwloc: which core each place gets, binding to it, and who is near whom. */
#ifndef PROC_PIN_H
#define PROC_PIN_H

#include <hwloc.h>

#include "base/error.h"
#include "sched/session.h"

struct pm_pin {
  hwloc_topology_t topology;
  unsigned cores, used;                 /* that this process may use; that its workers are given */
  bool bind;                            /* false: --pin none */
  hwloc_obj_t place[PM_SLOTS_MAX];      /* a processing unit each */
};

/* `how`: compact, scatter, none, or a list "0,2-5" of os indices. */
int pm_pin_open(struct pm_pin *pin, const char *how, unsigned procs, struct pm_error_line *e);
void pm_pin_close(struct pm_pin *pin);
/* Binds the calling thread and its memory; 0, or what was refused: 1 the core, 2 the memory. */
int pm_pin_bind(const struct pm_pin *pin, unsigned place);
void pm_pin_near(const struct pm_pin *pin, struct pm_session *s, unsigned procs);

#endif
