# SPDX-License-Identifier: GPL-3.0-or-later
# Slowdown against the rate of faults that was seen: a panel a configuration, a line a kind of fault. Where one rate was
# planned, rows: panels would have a point each.
name = 'fault-rate'
load 'style.gp'
COLUMN = 'kind'
eval least("column('planned_per_s')")
slow = LEAST
eval most("column('planned_per_s')")
fast = MOST

if (slow < fast) {
  load 'curves.gp'
} else {
  axis = sprintf('time at %g planned faults a second, over time without', slow)
  load 'rows.gp'
}
