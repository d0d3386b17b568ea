# SPDX-License-Identifier: GPL-3.0-or-later
# What all figures share. A script sets `name`, loads this file, learns from `csv` what it must know beforehand, sets
# `height` and evaluates BEGIN. `gnuplot speedup.gp` gives the SVG, with -e "device='png'" the PNG of twice the size.
if (!exists("device")) device = 'svg'
csv = name.'.csv'
set datafile separator comma
set datafile missing 'nan'
set encoding utf8
set micro

# Okabe and Ito's colours, which the colour-blind tell apart, a shape beside each. Ink, rule and paper are the page's to
# replace: nothing else may have their colour.
ink = '#202020'
rule = '#d4d4d4'
paper = '#ffffff'
array hue[8] = ['#808080', '#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#8a6d3b']
array full[8] = [7, 5, 9, 13, 11, 15, 7, 5]         # point types; one less is the same, hollow
HOLLOW = 6

POINT = device eq 'png' ? 1.1 : 0.7                 # the terminals do not agree on what 1 is
WIDTH = 560
BOLD = device eq 'png' ? 'sans:Bold,12' : 'sans-serif,18'
BEGIN = "eval sprintf(device eq 'png' ? PNG : SVG, WIDTH, height); set output name.'.'.device; eval NAMES"
SVG = "set terminal svg size %d,%d dynamic font 'sans-serif,16' noenhanced background '".paper."'"
PNG = "set terminal pngcairo size 2*%d,2*%d font 'sans,12' fontscale 2 linewidth 2 pointscale 2 noenhanced"
right(px) = 1.0 * px / WIDTH                        # screen coordinates, of pixels from the left and from the top
down(px) = 1 - 1.0 * px / height

set border 3 lc rgb ink lw 1
set tics nomirror scale 0.6 textcolor rgb ink
set grid back lc rgb rule lw 1 lt 1, lc rgb rule lw 1 lt 1
unset mxtics
unset mytics
unset key

# An axis' name, pixels from the top or from the left: where the terminals themselves put it differs too much.
xname(text, y) = sprintf('set label 801 "%s" at graph 0.5, screen down(%g) center textcolor rgb ink', text, y)
yname(text, x) = sprintf('set label 802 "%s" at screen right(%g), graph 0.5 center rotate by 90 textcolor rgb ink', text, x)

# MOST, LEAST: of an expression over all rows, where it is a number.
most(what) = sprintf("MOST = -1e300; stats csv using (VALUE = %s, MOST = VALUE > MOST ? VALUE : MOST, 0) nooutput", what)
least(what) = sprintf("LEAST = 1e300; stats csv using (VALUE = %s, LEAST = VALUE < LEAST ? VALUE : LEAST, 0) nooutput", what)
# TEXT: `column` of the first row whose `index` is k; "" where there is none.
text(index, k, column) = sprintf("TEXT = ''; stats csv using (column('%s') == %d && TEXT eq '' ? (TEXT = strcol('%s'), 1) : 0) nooutput", index, k, column)

# Names on top: ENTRY adds TEXT beside a point of SHAPE (negative: none) and COLOUR; BEGIN draws them. TOP is where they end.
array names[16]
array shapes[16]
array colours[16]
array across[16]
array below[16]
entries = 0
LX = 16
LY = 16
TOP = 34
ENTRY = "WIDE = 42 + 8.8 * strlen(TEXT); if (LX > 16 && LX + WIDE > WIDTH + 12) { LX = 16; LY = LY + 22; TOP = TOP + 22 }; entries = entries + 1; names[entries] = TEXT; shapes[entries] = SHAPE; colours[entries] = COLOUR; across[entries] = LX; below[entries] = LY; LX = LX + WIDE"
NAMES = "do for [i=1:entries] { set label 900 + i names[i] at screen right(across[i]), screen down(below[i]) left offset character 0.9,0 point pt abs(shapes[i]) lc rgb colours[i] ps (shapes[i] < 0 ? 0 : POINT) textcolor rgb ink front }"
# Such an entry for each hue that COLUMN names; one for hollow points if there are any.
LEGEND = "do for [k=1:8] { eval text('hue', k, COLUMN); if (strlen(TEXT)) { SHAPE = full[k]; COLOUR = hue[k]; eval ENTRY } }; MOST = 0; if (exists(\"FILLED\")) {} else { eval most(\"column('oversubscribed')\") }; if (MOST > 0) { TEXT = 'more workers than cores'; SHAPE = HOLLOW; COLOUR = ink; eval ENTRY }"

# What is more than n characters long loses its middle.
cut(t, n) = strlen(t) <= n ? t : t[1:n / 2].'…'.t[strlen(t) - n + n / 2 + 2:*]
# Beside the values of a linear axis, also where they are all the same; of a logarithmic one, a factor.
beside(low, high) = high - low > 0.02 * abs(high) ? 0.06 * (high - low) : high == 0 ? 1 : 0.05 * abs(high)
times(low, high) = high > 1.5 * low ? 1.25 : 2

# Of a logarithmic axis: decades alone would leave a short one bare.
tics(axis, low, high) = high < 200 * low ? 'set '.axis.'tics (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)' : ''
digits(x) = x < 9.995 ? sprintf('%.2f', x) : x < 99.95 ? sprintf('%.1f', x) : sprintf('%.0f', x)
