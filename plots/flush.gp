# SPDX-License-Identifier: GPL-3.0-or-later
# Time of a write-back: a row a place in the code, what it is above it, a line a backend; the whole commit on top.
name = 'flush'
load 'style.gp'
FILLED = 1
COLUMN = 'backend'
eval most("column('row')")
rows = int(MOST)
eval most("column('line')")
lines = int(MOST)
eval most("column('ns_per_call')")
high = MOST
eval most("column('high')")
high = (MOST > high ? MOST : high) * 1e-9
eval least("column('ns_per_call')")
low = LEAST
eval least("column('low') > 0 ? column('low') : column('ns_per_call')")
low = (LEAST < low ? LEAST : low) * 1e-9

line = 20
eval LEGEND
height = TOP + lines * line + 72
eval BEGIN
set lmargin at screen right(16)
set rmargin at screen right(WIDTH - 84)
set tmargin at screen down(TOP)
set bmargin at screen down(TOP + 8 + lines * line)
set border 1
set yrange [-lines - 0.4:0]
unset ytics
set logscale x
end = high * 1.3
set xrange [low / 1.3:end]
eval xname('time of one write-back', TOP + 8 + lines * line + 46)
set format x '%.0s %cs'
do for [r=1:rows] {
  eval text('row', r, 'site')
  NAME = TEXT
  eval text('row', r, 'means')
  eval least("column('row') == r ? column('line') - 1 : NaN")
  set label r NAME.(strlen(TEXT) ? ' - '.TEXT : '') at graph 0, first 0.4 - LEAST left textcolor rgb ink front
  if (r > 1) { set arrow r from graph 0, first 0.9 - LEAST to graph 1, first 0.9 - LEAST nohead lc rgb rule lw 1 back }
}
amount(ns) = ns < 999.5 ? sprintf('%.0f ns', ns) : ns < 999.5e3 ? digits(ns / 1e3).' μs' : ns < 999.5e6 ? digits(ns / 1e6).' ms' : digits(ns / 1e9).' s'
plot for [k=1:8] csv using (column('hue') == k ? column('low') * 1e-9 : NaN):(0.4 - column('line')):((column('high') - column('low')) * 1e-9):(0) with vectors nohead lc rgb hue[k] lw 2.5, \
  for [k=1:8] csv using (column('hue') == k ? column('ns_per_call') * 1e-9 : NaN):(0.4 - column('line')) with points lc rgb hue[k] pt full[k] ps POINT, \
  csv using (end):(0.4 - column('line')):(amount(column('ns_per_call'))) with labels left offset 0.5,0 textcolor rgb ink
