# SPDX-License-Identifier: GPL-3.0-or-later
# Faults over with after so long: a panel a phase, a step a fault, a colour a kind.
name = 'recovery'
load 'style.gp'
FILLED = 1
COLUMN = 'legend'
eval least("column('ms')")
low = LEAST
eval most("column('ms')")
high = MOST
tall = 190
eval LEGEND
height = TOP + 3 * tall + 52
eval BEGIN
set logscale x
set xrange [10 ** floor(log10(low * 1e-3)):10 ** ceil(log10(high * 1.001e-3))]
set yrange [0:104]
set ytics 0, 25, 100
set lmargin at screen right(72)
set rmargin at screen right(WIDTH - 34)
set multiplot
do for [p=1:3] {
  set tmargin at screen down(TOP + (p - 1) * tall + 26)
  set bmargin at screen down(TOP + p * tall - 12)
  eval yname('% of faults', 18)
  eval text('panel', p, 'phase')
  set label 1 TEXT at graph 0, graph 1 left offset 0,0.7 textcolor rgb ink
  if (p < 3) { set format x '' } else { set format x '%.0s %cs'; eval xname('since the injury', height - 18) }
  eval most("column('panel') == p ? column('faults') : 0")
  if (MOST > 0) { unset label 2 } else { set label 2 'no data' at graph 0.5, graph 0.5 center textcolor rgb ink }
  plot for [k=1:8] csv using (column('panel') == p && column('hue') == k ? column('ms') * 1e-3 : NaN):'percent' with steps lc rgb hue[k] lw 2.5, \
    for [k=1:8] csv using (column('panel') == p && column('hue') == k && column('middle') == 1 ? column('ms') * 1e-3 : NaN):'percent' with points lc rgb hue[k] pt full[k] ps POINT
  do for [i=1:entries] { unset label 900 + i }
}
unset multiplot
