# SPDX-License-Identifier: GPL-3.0-or-later
# Faults over with after so long: a panel a phase, a step a fault, a colour a kind.
name = 'recovery'
load 'style.gp'
FILLED = 1
COLUMN = 'kind'
eval least("column('ms')")
low = LEAST
eval most("column('ms')")
high = MOST
tall = 190
height = 34 + 3 * tall + 40
eval BEGIN
eval LEGEND
set logscale x
set xrange [10 ** floor(log10(low * 1e-3)):10 ** ceil(log10(high * 1.001e-3))]
set yrange [0:104]
set ytics 0, 25, 100
set ylabel '% of faults' offset 0.5,0
set lmargin at screen right(72)
set rmargin at screen right(WIDTH - 20)
set multiplot
do for [p=1:3] {
  set tmargin at screen down(34 + (p - 1) * tall + 26)
  set bmargin at screen down(34 + p * tall - 12)
  eval text('panel', p, 'phase')
  set label 1 TEXT at graph 0, graph 1 left offset 0,0.7 textcolor rgb ink
  if (p < 3) { set format x '' } else { set format x '%.0s %cs'; set xlabel 'since the injury' offset 0,0.4 }
  plot for [k=1:8] csv using (column('panel') == p && column('hue') == k ? column('ms') * 1e-3 : NaN):'percent' with steps lc rgb hue[k] lw 2.5, \
    for [k=1:8] csv using (column('panel') == p && column('hue') == k && column('middle') == 1 ? column('ms') * 1e-3 : NaN):'percent' with points lc rgb hue[k] pt full[k] ps POINT
  do for [i=899:LN] { unset label i }
}
unset multiplot
