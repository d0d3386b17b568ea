# SPDX-License-Identifier: GPL-3.0-or-later
# Steals a second over one run's time, its faults on the upper edge.
name = 'steal-rate'
load 'style.gp'
bin(value) = strcol('what') eq 'bin' ? value : NaN
fault(k, value) = strcol('what') eq 'fault' && column('hue') == k ? value : NaN
COLUMN = 'kind'
eval most("strcol('what') eq 'bin' ? column('steals_per_s') : 0")
top = MOST > 0 ? MOST : 1
eval most("strcol('what') eq 'bin' ? column('to_s') : column('from_s')")
end = MOST
height = 340
eval BEGIN
eval text('hue', 0, 'what')
TEXT = 'steals'
SHAPE = 5
COLOUR = hue[1]
eval ENTRY
do for [k=1:8] { eval text('hue', k, 'kind'); if (strlen(TEXT)) { TEXT = 'fault: '.TEXT; SHAPE = 11; COLOUR = hue[k]; eval ENTRY } }
set lmargin at screen right(84)
set rmargin at screen right(WIDTH - 20)
set tmargin at screen down(40)
set bmargin at screen down(height - 56)
set xrange [0:end]
set yrange [0:top * 1.15]
set xlabel 'seconds since the first task' offset 0,0.4
set ylabel 'steals a second' offset 0.5,0
set style fill solid 0.75 noborder
plot for [k=1:8] csv using (fault(k, column('from_s'))):(0):(0):(top * 1.15) with vectors nohead lc rgb hue[k] lw 0.6, \
  csv using (bin(column('from_s'))):(0):(column('from_s')):(column('to_s')):(0):(bin(column('steals_per_s'))) with boxxyerror fc rgb hue[1], \
  for [k=1:8] csv using (fault(k, column('from_s'))):(top * 1.09) with points lc rgb hue[k] pt 11 ps POINT
