# SPDX-License-Identifier: GPL-3.0-or-later
# Wall time over dram's: a row a configuration, a lane a backend.
name = 'backends'
load 'style.gp'
COLUMN = 'backend'
axis = 'time, over the time on dram'
load 'rows.gp'
