/* SPDX-License-Identifier: BSD-3-Clause */
#include "proc/fault_kind.h"

const char *const pm_fault_names[PM_FAULT_KINDS] = {
    [PM_FAULT_KILL] = "kill", [PM_FAULT_HARD] = "hard", [PM_FAULT_EXN] = "exn", [PM_FAULT_STOP] = "stop", [PM_FAULT_CRASH] = "crash"};

static const struct pm_fault_kind_row *const rows[PM_FAULT_KINDS] = {
    [PM_FAULT_KILL] = &pm_fault_kill, [PM_FAULT_HARD] = &pm_fault_hard, [PM_FAULT_EXN] = &pm_fault_exn,
    [PM_FAULT_STOP] = &pm_fault_stop, [PM_FAULT_CRASH] = &pm_fault_crash};

const struct pm_fault_kind_row *pm_fault_kind(enum pm_fault_kind kind) { return rows[kind]; }
