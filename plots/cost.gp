# SPDX-License-Identifier: GPL-3.0-or-later
# Processor time over the serial twin's: a row a workload, a lane a capsule.
name = 'cost'
load 'style.gp'
COLUMN = 'capsule'
axis = 'workers x time, over the time of the serial twin'
load 'rows.gp'
