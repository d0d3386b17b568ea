# SPDX-License-Identifier: GPL-3.0-or-later
# Steals a second over one run's time, its faults on the upper edge.
name = 'steal-rate'
load 'style.gp'
bin(value) = strcol('what') eq 'bin' ? value : NaN
fault(k, value) = strcol('what') eq 'fault' && column('hue') == k ? value : NaN
eval most("strcol('what') eq 'bin' ? column('steals_per_s') : 0")
top = MOST > 0 ? MOST : 1
eval most("strcol('what') eq 'bin' ? column('to_s') : column('from_s')")
end = MOST > 0 ? MOST : 1
TEXT = 'steals'
SHAPE = 5
COLOUR = hue[1]
eval ENTRY
do for [k=1:8] { eval text('hue', k, 'kind'); if (strlen(TEXT)) { TEXT = 'fault: '.TEXT; SHAPE = 11; COLOUR = hue[k]; eval ENTRY } }
height = TOP + 300
eval BEGIN
set lmargin at screen right(84)
set rmargin at screen right(WIDTH - 20)
set tmargin at screen down(TOP + 6)
set bmargin at screen down(height - 64)
set xrange [0:end]
set yrange [0:top * 1.15]
eval xname('seconds since the first task', height - 18)
eval yname('steals a second', 18)
set style fill solid 0.75 noborder
plot csv using (bin(column('from_s'))):(0):(column('from_s')):(column('to_s')):(0):(bin(column('steals_per_s'))) with boxxyerror fc rgb hue[1], \
  for [k=1:8] csv using (fault(k, column('from_s'))):(0):(0):(top * 1.15) with vectors nohead lc rgb hue[k] lw 1.4, \
  for [k=1:8] csv using (fault(k, column('from_s'))):(top * 1.09) with points lc rgb hue[k] pt 11 ps POINT
