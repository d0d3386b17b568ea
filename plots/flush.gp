# SPDX-License-Identifier: GPL-3.0-or-later
# Time of a write-back: a row a site, a line a backend, the whole commit on top.
name = 'flush'
load 'style.gp'
FILLED = 1
COLUMN = 'backend'
eval most("column('row')")
rows = int(MOST)
eval most("column('line')")
lines = int(MOST)
line = 17
eval LEGEND
height = TOP + lines * line + 64
eval BEGIN
set lmargin at screen right(150)
set rmargin at screen right(WIDTH - 32)
set tmargin at screen down(TOP)
set bmargin at screen down(TOP + lines * line)
set yrange [-lines:0]
set logscale x
eval xname('time of one', TOP + lines * line + 46)
set format x '%.0s %cs'
set ytics ('' 0) scale 0
set border 1
do for [r=1:rows] {
  eval text('row', r, 'site')
  eval least("column('row') == r ? column('line') - 1 : NaN")
  set ytics add (TEXT -LEAST - 0.5)
  if (r > 1) { set arrow r from graph 0, first -LEAST to graph 1, first -LEAST nohead lc rgb rule lw 1 back }
}
unset grid
set grid xtics back lc rgb rule lw 1 lt 1
plot for [k=1:8] csv using (column('hue') == k ? column('low') * 1e-9 : NaN):(0.5 - column('line')):((column('high') - column('low')) * 1e-9):(0) with vectors nohead lc rgb hue[k] lw 2.5, \
  for [k=1:8] csv using (column('hue') == k ? column('ns_per_call') * 1e-9 : NaN):(0.5 - column('line')) with points lc rgb hue[k] pt full[k] ps POINT
