# SPDX-License-Identifier: GPL-3.0-or-later
# Thefts a run by thief and victim: a square each, the number in it where it fits.
name = 'steal-matrix'
load 'style.gp'
eval most("column('thief')")
places = int(MOST) + 1
eval most("column('thefts')")
top = MOST > 0 ? MOST : 1
side = places < 4 ? 110 : places < 13 ? 420.0 / places : 400.0 / places
height = 28 + side * places + 64
eval BEGIN
set lmargin at screen right(76)
set rmargin at screen right(76 + side * places)
set tmargin at screen down(28)
set bmargin at screen down(28 + side * places)
set xrange [-0.5:places - 0.5]
set yrange [-0.5:places - 0.5]
set xtics 0, (places > 16 ? 4 : 1) scale 0
set ytics 0, (places > 16 ? 4 : 1) scale 0
set border 0
unset grid
eval xname('thief (worker)', height - 18)
eval yname('victim (worker)', 18)
set palette defined (0 '#e6eef5', 0.5 '#5aa2d0', 1 '#00466f')
set cbrange [0:top]
set label 1 'thefts a run' at screen right(76), screen down(16) left textcolor rgb ink
unset colorbox
if (places > 12) {
  set colorbox user origin screen right(76 + side * places + 20), screen down(28 + side * places) size screen right(14), screen 1.0 * side * places / height
}
set style fill solid noborder
ON_LIGHT = 0x000001
ON_DARK = 0xfffffe
plot csv using 'thief':'victim':(0.47):(0.47):'thefts' with boxxyerror fc palette, \
  csv using (places < 13 && valid(3) ? column('thief') : NaN):'victim':(digits(column('thefts'))):(column('thefts') > 0.45 * top ? ON_DARK : ON_LIGHT) with labels textcolor rgb variable
