# SPDX-License-Identifier: GPL-3.0-or-later
# Serial time over wall time, against workers: a panel a workload, a line a capsule.
name = 'speedup'
load 'style.gp'
eval most("column('panel')")
panels = int(MOST)
eval most("column('procs')")
procs = MOST
eval most("column('speedup')")
top = MOST > procs ? MOST : procs
eval least("column('speedup')")
low = LEAST
logarithmic = top > 30 * low

columns = panels > 1 ? 2 : 1
tall = 290
height = 34 + tall * ((panels + columns - 1) / columns)
eval BEGIN
COLUMN = 'capsule'
eval LEGEND
set label 899 '- - ideal' at screen right(LX), screen down(LY) textcolor rgb ink

set xrange [0.8:procs * 1.08]
set yrange [0:top * 1.08]
set xlabel 'workers' offset 0,0.4
set ylabel 'times as fast as serial' offset 0.8,0
set xtics 1
if (procs > 12) { set xtics 4 }
if (logarithmic) { set logscale xy; set yrange [low / 2:top * 1.5]; set xtics (1, 2, 4, 8, 16, 32, 64, 128); set format y '%g' }
set multiplot
do for [p=1:panels] {
  column0 = (p - 1) % columns
  row0 = (p - 1) / columns
  set lmargin at screen right(column0 * WIDTH / columns + 68)
  set rmargin at screen right((column0 + 1) * WIDTH / columns - 12)
  set tmargin at screen down(34 + row0 * tall + 28)
  set bmargin at screen down(34 + row0 * tall + tall - 50)
  eval text('panel', p, 'workload')
  if (columns > 1 && strlen(TEXT) > 30) { TEXT = TEXT[1:29].'…' }
  set label 1 TEXT at graph 0, graph 1 left offset 0,0.8 textcolor rgb ink
  if (column0) { unset ylabel }
  plot (x < 1 ? NaN : x) with lines lc rgb ink lw 1 dt 2, \
    for [k=1:8] csv using (column('panel') == p && column('hue') == k ? column('procs') : NaN):'speedup' with lines lc rgb hue[k] lw 2, \
    for [k=1:8] csv using (column('panel') == p && column('hue') == k ? column('procs') : NaN):'speedup':'low':'high' with yerrorbars lc rgb hue[k] lw 1.5 pt -1, \
    for [k=1:8] csv using (column('panel') == p && column('hue') == k && column('oversubscribed') == 0 ? column('procs') : NaN):'speedup' with points lc rgb hue[k] pt full[k] ps POINT, \
    for [k=1:8] csv using (column('panel') == p && column('hue') == k && column('oversubscribed') == 1 ? column('procs') : NaN):'speedup' with points lc rgb hue[k] pt full[k]-1 ps POINT
  do for [i=899:LN] { unset label i }
  set ylabel 'times as fast as serial' offset 0.8,0
}
unset multiplot
