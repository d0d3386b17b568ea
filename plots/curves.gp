# SPDX-License-Identifier: GPL-3.0-or-later
# Ratios against a rate, a panel a row of the data, panels in two columns. Loaded by fault-rate.gp, which sets COLUMN and loads
# style.gp.
# What is not drawn has no row.
drawn(x) = valid(1) && column('row') > 0 ? x : NaN
eval most("column('row')")
panels = int(MOST)
eval most("drawn(column('seen_per_s'))")
fast = MOST
eval least("drawn(column('seen_per_s'))")
slow = LEAST
eval most("drawn(column('ratio'))")
top = MOST > 1 ? MOST : 1
eval most("drawn(column('high'))")
top = MOST > top ? MOST : top
eval least("drawn(column('ratio'))")
low = LEAST < 1 ? LEAST : 1
eval least("drawn(column('low') > 0 ? column('low') : column('ratio'))")
low = LEAST < low ? LEAST : low

columns = panels > 1 ? 2 : 1
lines = (panels + columns - 1) / columns
tall = columns > 1 ? 210 : 280
left = 66
gap = 20
wide = 1.0 * (WIDTH - left - 12 - gap * (columns - 1)) / columns
eval LEGEND
height = TOP + tall * lines + 56
eval BEGIN
set logscale x
set xrange [slow / times(slow, fast):fast * times(slow, fast)]
if (top > 8 * low) { set logscale y; eval tics('y', low, top); set yrange [low / 1.2:top * 1.2] } else { set yrange [low - beside(low, top):top + beside(low, top)]; if (top - low > 2) { set ytics 1 } }
eval tics('x', slow, fast)
set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead lc rgb ink lw 1 dt 2 back
# Beside each other where they would hide each other.
at(k) = column('row') == p && column('hue') == k ? column('seen_per_s') * 1.05 ** (k - 2) : NaN
set multiplot
do for [p=1:panels] {
  column0 = (p - 1) % columns
  row0 = (p - 1) / columns
  last = p + columns > panels
  set lmargin at screen right(left + column0 * (wide + gap))
  set rmargin at screen right(left + column0 * (wide + gap) + wide)
  set tmargin at screen down(TOP + row0 * tall + 54)
  set bmargin at screen down(TOP + (row0 + 1) * tall - 8)
  if (last) { set format x '%g'; eval xname('faults a second', TOP + (row0 + 1) * tall + 40) } else { set format x ''; unset label 801 }
  if (column0) { set format y ''; unset label 802 } else { set format y '%g'; eval yname('slowdown', 16) }
  eval text('row', p, 'workload')
  set label 1 cut(TEXT, columns > 1 ? 27 : 56) at graph 0, graph 1 left offset 0,1.7 textcolor rgb ink
  eval text('row', p, 'setup')
  set label 2 cut(TEXT, columns > 1 ? 27 : 56) at graph 0, graph 1 left offset 0,0.6 textcolor rgb ink
  plot for [k=1:8] csv using (at(k)):'ratio' with lines lc rgb hue[k] lw 2, \
    for [k=1:8] csv using (at(k)):'low':(0):(column('high') - column('low')) with vectors nohead lc rgb hue[k] lw 1.5, \
    for [k=1:8] csv using (column('oversubscribed') == 0 ? at(k) : NaN):'ratio' with points lc rgb hue[k] pt full[k] ps POINT, \
    for [k=1:8] csv using (column('oversubscribed') == 1 ? at(k) : NaN):'ratio' with points lc rgb hue[k] pt full[k]-1 ps POINT
  do for [i=1:entries] { unset label 900 + i }
}
unset multiplot
