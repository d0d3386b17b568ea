# SPDX-License-Identifier: GPL-3.0-or-later
# Ratios against a rate, a panel a row of the data. Loaded by fault-rate.gp, which sets `slow`, `fast`, COLUMN and loads
# style.gp.
eval most("column('row')")
panels = int(MOST)
eval most("column('ratio')")
top = MOST
eval most("column('high')")
top = MOST > top ? MOST : top
eval least("column('ratio')")
low = LEAST < 1 ? LEAST : 1
eval least("column('low') > 0 ? column('low') : column('ratio')")
low = LEAST < low ? LEAST : low

tall = 280
eval LEGEND
height = TOP + tall * panels
eval BEGIN
set xrange [slow / 1.3:fast * 1.3]
set yrange [low - 0.08 * (top - low):top + 0.08 * (top - low)]
set logscale x
set format x '%g'
set lmargin at screen right(76)
set rmargin at screen right(WIDTH - 16)
set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead lc rgb ink lw 1 dt 2 back
eval tics('x', slow, fast)
if (top > 8 * low) { set logscale y; set format y '%g'; eval tics('y', low, top); set yrange [low / 1.2:top * 1.2] }
set multiplot
do for [p=1:panels] {
  set tmargin at screen down(TOP + (p - 1) * tall + 28)
  set bmargin at screen down(TOP + p * tall - 62)
  eval xname('planned faults a second', TOP + p * tall - 18)
  eval yname('slowdown', 18)
  eval text('row', p, 'label')
  set label 1 TEXT at graph 0, graph 1 left offset 0,0.8 textcolor rgb ink
  plot for [k=1:8] csv using (column('row') == p && column('hue') == k ? column('planned_per_s') : NaN):'ratio' with lines lc rgb hue[k] lw 2, \
    for [k=1:8] csv using (column('row') == p && column('hue') == k ? column('planned_per_s') : NaN):'low':(0):(column('high') - column('low')) with vectors nohead lc rgb hue[k] lw 1.5, \
    for [k=1:8] csv using (column('row') == p && column('hue') == k && column('oversubscribed') == 0 ? column('planned_per_s') : NaN):'ratio' with points lc rgb hue[k] pt full[k] ps POINT, \
    for [k=1:8] csv using (column('row') == p && column('hue') == k && column('oversubscribed') == 1 ? column('planned_per_s') : NaN):'ratio' with points lc rgb hue[k] pt full[k]-1 ps POINT
  do for [i=1:entries] { unset label 900 + i }
}
unset multiplot
