/* SPDX-License-Identifier: BSD-3-Clause */
/* A run in which nobody has work ends with what is wrong with its region, as far as the audit can tell: nobody works on it now. */
#include "proc/audit.h"
#include "proc/supervisor.h"

void pm_watch_dead_end(struct pm_run *run) {
  struct pm_audit a;
  struct pm_error_line e = {0};
  if (!pm_dead_end(run->session, run->region.header)) return;
  bool looked = !pm_audit_borrow(&a, run->region.view.base, run->region.bytes, &e);
  if (looked) pm_audit_check(&a);
  pm_session_fail(run->session, PM_E_REGION, "%s: damaged: nobody has work, and the run is not over (%s)", run->region.path,
                  !looked ? e.text : a.findings ? a.finding[0] : "in the region itself nothing is wrong: this is a bug");
  if (looked) pm_audit_close(&a);
}
