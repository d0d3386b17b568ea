/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the supervisor can tell of damage while a run lasts: the region's memory is gone; or nobody has work, and then the audit
 * can tell what is wrong, for nobody works on the region now.
 */
#include "proc/audit.h"
#include "proc/supervisor.h"

void pm_watch_dead_end(struct pm_run *run) {
  struct pm_audit a;
  struct pm_error_line e = {0};
  if (pm_region_check_there(&run->region, &e)) {
    pm_session_fail(run->session, e.code, "%s", e.text);
    return;
  }
  if (!pm_dead_end(run->session, run->region.header)) return;
  bool looked = !pm_audit_borrow(&a, run->region.view.base, run->region.bytes, &e);
  if (looked) pm_audit_check(&a);
  pm_session_fail(run->session, PM_E_REGION, "%s: damaged: nobody has work, and the run is not over (%s)", run->region.path,
                  !looked ? e.text : a.findings ? a.finding[0] : "in the region itself nothing is wrong: this is a bug");
  if (looked) pm_audit_close(&a);
}
