# SPDX-License-Identifier: GPL-3.0-or-later
# Shares of all workers' time: a bar a configuration, its name above it; the workload above its bars.
name = 'time'
load 'style.gp'
array activity[7] = ['work', 'search', 'commit', 'wait', 'recover', 'idle', 'dead']
array called[7] = ['work', 'search', 'commit', 'wait', 'recover', 'idle', 'dead or not yet there']
array colour[7] = ['#009e73', '#56b4e9', '#d55e00', '#e69f00', '#cc79a7', '#b4b4b4', '#8a6d3b']
eval most("column('row')")
rows = int(MOST)
eval most("column('group')")
groups = int(MOST)
row = 44
head = 30
do for [a=1:7] { TEXT = called[a]; SHAPE = 5; COLOUR = colour[a]; eval ENTRY }
height = TOP + rows * row + groups * head + 64
bottom = TOP + rows * row + groups * head
eval BEGIN
share(a) = a < 1 ? 0 : share(a - 1) + column(activity[int(a)].'_percent')
set lmargin at screen right(16)
set rmargin at screen right(WIDTH - 24)
set tmargin at screen down(TOP)
set bmargin at screen down(bottom)
set border 1
# In pixels, from the top: where a bar begins.
set yrange [TOP - bottom:0]
top(row, group) = -(row - 1) * row_height - group * head
row_height = row
set xrange [0:100]
set xtics 0, 25, 100
unset ytics
unset grid
eval xname("% of all workers' time", bottom + 46)
set style fill solid noborder
do for [r=1:rows] {
  eval text('row', r, 'setup')
  NAME = TEXT
  eval text('row', r, 'group')
  GROUP = int(TEXT)
  eval text('row', r, 'oversubscribed')
  set label r cut(NAME.(TEXT eq '1' ? ' (more workers than cores)' : ''), 60) at graph 0, first top(r, GROUP) - 11 left textcolor rgb ink front
  eval text('group', GROUP, 'workload')
  eval least(sprintf("column('group') == %d ? column('row') : NaN", GROUP))
  if (LEAST == r) { set label 100 + r cut(TEXT, 50) at graph 0, first top(r, GROUP) + head - 17 left textcolor rgb ink font BOLD front }
}
plot for [a=1:7] csv using (share(a - 1)):(top(column('row'), column('group')) - 30):(share(a - 1)):(share(a)):(top(column('row'), column('group')) - 38):(top(column('row'), column('group')) - 22) with boxxyerror fc rgb colour[a]
