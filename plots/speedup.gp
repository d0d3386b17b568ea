# SPDX-License-Identifier: GPL-3.0-or-later
# Serial time over wall time, against workers: a panel a workload, a line a capsule.
name = 'speedup'
load 'style.gp'
eval most("column('panel')")
panels = int(MOST)
eval most("column('procs')")
procs = MOST
columns = panels > 1 ? 2 : 1
array title[panels]
array top[panels]
array low[panels]
do for [p=1:panels] {
  eval text('panel', p, 'workload')
  title[p] = columns > 1 && strlen(TEXT) > 26 ? TEXT[1:25].'…' : TEXT
  eval most("column('panel') == p ? column('speedup') : NaN")
  top[p] = MOST > procs ? MOST : procs
  eval least("column('panel') == p ? column('speedup') : NaN")
  low[p] = LEAST
}
tall = 300
COLUMN = 'capsule'
eval LEGEND
TEXT = '- - ideal'
SHAPE = -7
eval ENTRY
height = TOP + tall * ((panels + columns - 1) / columns)
eval BEGIN

set xrange [0.8:procs * 1.08]
set format y '%g'
set multiplot
do for [p=1:panels] {
  column0 = (p - 1) % columns
  row0 = (p - 1) / columns
  set lmargin at screen right(column0 * WIDTH / columns + 72)
  set rmargin at screen right((column0 + 1) * WIDTH / columns - 12)
  set tmargin at screen down(TOP + row0 * tall + 28)
  set bmargin at screen down(TOP + row0 * tall + tall - 62)
  eval xname('workers', TOP + row0 * tall + tall - 18)
  if (column0) { unset label 802 } else { eval yname('times as fast as serial', 12) }
  set label 1 title[p] at graph 0, graph 1 left offset 0,0.8 textcolor rgb ink
  if (top[p] > 30 * low[p]) {
    set logscale xy
    set yrange [low[p] / 2:top[p] * 1.5]
    set xtics (1, 2, 4, 8, 16, 32, 64, 128)
  } else {
    unset logscale
    set yrange [0:top[p] * 1.08]
    set xtics 1, (procs > 12 ? 4 : 1)
  }
  plot (x < 1 ? NaN : x) with lines lc rgb ink lw 1 dt 2, \
    for [k=1:8] csv using (column('panel') == p && column('hue') == k ? column('procs') : NaN):'speedup' with lines lc rgb hue[k] lw 2, \
    for [k=1:8] csv using (column('panel') == p && column('hue') == k ? column('procs') : NaN):'speedup':'low':'high' with yerrorbars lc rgb hue[k] lw 1.5 pt -1, \
    for [k=1:8] csv using (column('panel') == p && column('hue') == k && column('oversubscribed') == 0 ? column('procs') : NaN):'speedup' with points lc rgb hue[k] pt full[k] ps POINT, \
    for [k=1:8] csv using (column('panel') == p && column('hue') == k && column('oversubscribed') == 1 ? column('procs') : NaN):'speedup' with points lc rgb hue[k] pt full[k]-1 ps POINT
  do for [i=1:entries] { unset label 900 + i }
}
unset multiplot
