# SPDX-License-Identifier: GPL-3.0-or-later
# Ratios in rows: the name of a row above it, below it a line a value, the value also as a number to the right. Loaded by cost.gp, backends.gp and fault-rate.gp,
# which set `name`, COLUMN, `axis` and load style.gp.
eval most("column('row')")
rows = int(MOST)
eval most("column('line')")
lines = int(MOST)
# What is not drawn has no row.
drawn(x) = valid(1) && column('row') > 0 ? x : NaN
eval most("drawn(column('ratio'))")
high = MOST > 1 ? MOST : 1
eval most("drawn(column('high'))")
high = MOST > high ? MOST : high
eval least("drawn(column('ratio'))")
low = LEAST < 1 ? LEAST : 1
eval least("drawn(column('low') > 0 ? column('low') : column('ratio'))")
low = LEAST < low ? LEAST : low

line = 20
eval LEGEND
height = TOP + lines * line + 72
eval BEGIN
set lmargin at screen right(16)
set rmargin at screen right(WIDTH - 76)
set tmargin at screen down(TOP)
set bmargin at screen down(TOP + 8 + lines * line)
set border 1
set yrange [-lines - 0.4:0]
unset ytics
eval xname(axis, TOP + 8 + lines * line + 46)
if (high > 8 * low) {
  set logscale x
  end = high * 1.25
  set xrange [low / 1.25:end]
  set format x '%g'
  eval tics('x', low, high)
} else {
  end = high + beside(low, high)
  set xrange [low - beside(low, high):end]
}
do for [r=1:rows] {
  eval text('row', r, 'workload')
  NAME = TEXT
  eval text('row', r, 'setup')
  eval least("column('row') == r ? column('line') - 1 : NaN")
  set label r cut(NAME.' · '.TEXT, 60) at graph 0, first 0.4 - LEAST left textcolor rgb ink front
  if (r > 1) { set arrow r from graph 0, first 0.9 - LEAST to graph 1, first 0.9 - LEAST nohead lc rgb rule lw 1 back }
}
plot csv using (1):(-0.1 - column('line')):(0):(1) with vectors nohead lc rgb ink lw 1 dt 2, \
  for [k=1:8] csv using (column('hue') == k ? column('low') : NaN):(0.4 - column('line')):(column('high') - column('low')):(0) with vectors nohead lc rgb hue[k] lw 2.5, \
  for [k=1:8] csv using (column('hue') == k && column('oversubscribed') == 0 ? column('ratio') : NaN):(0.4 - column('line')) with points lc rgb hue[k] pt full[k] ps POINT, \
  for [k=1:8] csv using (column('hue') == k && column('oversubscribed') == 1 ? column('ratio') : NaN):(0.4 - column('line')) with points lc rgb hue[k] pt full[k]-1 ps POINT, \
  csv using (end):(0.4 - column('line')):(digits(column('ratio'))) with labels left offset 1,0 textcolor rgb ink
