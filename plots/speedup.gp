# SPDX-License-Identifier: GPL-3.0-or-later
# Serial time over wall time, against workers: a panel a workload, a line a capsule.
name = 'speedup'
load 'style.gp'
drawn(x) = valid(1) && column('panel') > 0 ? x : NaN
eval most("column('panel')")
panels = int(MOST)
eval most("drawn(column('procs'))")
many = MOST
eval least("drawn(column('procs'))")
few = LEAST
columns = panels > 1 ? 2 : 1
TALL = 300
array title[panels]
array top[panels]
array low[panels]
logarithmic = 0
do for [p=1:panels] {
  eval text('panel', p, 'workload')
  title[p] = cut(TEXT, columns > 1 ? 25 : 56)
  eval most("drawn(column('panel') == p ? column('speedup') : NaN)")
  top[p] = MOST
  eval most("drawn(column('panel') == p ? column('high') : NaN)")
  top[p] = MOST > top[p] ? MOST : top[p]
  eval least("drawn(column('panel') == p ? column('speedup') : NaN)")
  low[p] = LEAST
  eval least("drawn(column('panel') == p && column('low') > 0 ? column('low') : NaN)")
  low[p] = LEAST < low[p] ? LEAST : low[p]
  if (top[p] > 30 * low[p]) { logarithmic = 1 }
}
left = logarithmic ? 80 : 66
gap = columns > 1 ? left - 20 : 0
wide = (WIDTH - left - 14 - gap) / columns
COLUMN = 'capsule'
eval LEGEND
TEXT = '- - ideal'
SHAPE = -7
eval ENTRY
height = TOP + TALL * ((panels + columns - 1) / columns)
eval BEGIN

# All panels alike. Beside each other where they would hide each other.
set format y '%g'
if (logarithmic) {
  set logscale xy
  set xrange [few / 1.3:many * 1.3]
  set xtics (1, 2, 4, 8, 16, 32, 64, 128, 256)
  at(k) = column('panel') == p && column('hue') == k ? column('procs') * (1.04 ** (k - 2)) : NaN
} else {
  side = 0.3 + 0.06 * many
  set xrange [few - side:many + side]
  set xtics 1, (many > 12 ? 4 : 1)
  at(k) = column('panel') == p && column('hue') == k ? column('procs') + (k - 2) * 0.06 * side / 0.3 * (many > few ? 1 : 0.6) : NaN
}
set samples 500
set multiplot
do for [p=1:panels] {
  column0 = (p - 1) % columns
  row0 = (p - 1) / columns
  set lmargin at screen right(left + column0 * (wide + gap))
  set rmargin at screen right(left + column0 * (wide + gap) + wide)
  set tmargin at screen down(TOP + row0 * TALL + 28)
  set bmargin at screen down(TOP + row0 * TALL + TALL - 62)
  eval xname('workers', TOP + row0 * TALL + TALL - 18)
  if (column0) { unset label 802 } else { eval yname('times as fast as serial', 12) }
  set label 1 title[p] at graph 0, graph 1 left offset 0,0.8 textcolor rgb ink
  end = top[p] > many ? top[p] : many
  if (logarithmic) { begin = (low[p] < few ? low[p] : few) / 1.4; end = end * 1.3; set yrange [begin:end]; set ytics auto; eval tics('y', begin, end) } else { set yrange [0:end * 1.08] }
  plot (few < many && (x < few || x > many) ? NaN : x) with lines lc rgb ink lw 1 dt 2, \
    for [k=1:8] csv using (at(k)):'speedup' with lines lc rgb hue[k] lw 2, \
    for [k=1:8] csv using (at(k)):'low':(0):(column('high') - column('low')) with vectors nohead lc rgb hue[k] lw 1.5, \
    for [k=1:8] csv using (column('oversubscribed') == 0 ? at(k) : NaN):'speedup' with points lc rgb hue[k] pt full[k] ps POINT, \
    for [k=1:8] csv using (column('oversubscribed') == 1 ? at(k) : NaN):'speedup' with points lc rgb hue[k] pt full[k]-1 ps POINT
  do for [i=1:entries] { unset label 900 + i }
}
unset multiplot
