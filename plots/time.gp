# SPDX-License-Identifier: GPL-3.0-or-later
# Shares of all workers' time: a bar a configuration, its name above it.
name = 'time'
load 'style.gp'
array activity[7] = ['work', 'search', 'commit', 'wait', 'recover', 'idle', 'dead']
array colour[7] = ['#009e73', '#56b4e9', '#d55e00', '#e69f00', '#cc79a7', '#b4b4b4', '#8a6d3b']
eval most("column('row')")
rows = int(MOST)
row = 50
do for [a=1:7] { TEXT = activity[a]; SHAPE = 5; COLOUR = colour[a]; eval ENTRY }
height = TOP + rows * row + 64
eval BEGIN
share(a) = a < 1 ? 0 : share(a - 1) + column(activity[int(a)].'_percent')
set lmargin at screen right(16)
set rmargin at screen right(WIDTH - 24)
set tmargin at screen down(TOP)
set bmargin at screen down(TOP + rows * row)
set border 1
set yrange [-rows:0]
set xrange [0:100]
set xtics 0, 25, 100
unset ytics
unset grid
eval xname("% of all workers' time", TOP + rows * row + 46)
set style fill solid noborder
do for [r=1:rows] {
  eval text('row', r, 'label')
  NAME = strlen(TEXT) > 60 ? TEXT[1:28].'…'.TEXT[strlen(TEXT) - 28:*] : TEXT
  eval text('row', r, 'hollow')
  set label r NAME.(TEXT eq '1' ? ' (more workers than cores)' : '') at graph 0, first -(r - 1) left offset 0,-0.75 textcolor rgb ink front
}
plot for [a=1:7] csv using (share(a - 1)):(-column('row') + 0.25):(share(a - 1)):(share(a)):(-column('row') + 0.08):(-column('row') + 0.42) with boxxyerror fc rgb colour[a]
