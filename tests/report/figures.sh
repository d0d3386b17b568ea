#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: every figure is drawn from recorded runs, in both formats, with as many points as the runs have to show; the page
# has all its parts, needs nothing else, and is the same bytes each time.
. "$(dirname "$0")/../lib.sh"
need_gnuplot
cp -r "$data" runs
chmod -R u+w runs
report 0 runs
check "nothing on stderr" test ! -s err

# Rows of the figures' data, header included: of 55 runs, what is said in the comment.
rows() { check "$1: $2 rows" equal "$(wc -l <runs/figures/"$1".csv)" "$2"; }
rows backends 2                           # fib -n 32 beat: emulated over dram
rows flush 15                             # fib -n 32 beat at 2 workers: commit on dram and emulated, sites on emulated
rows cost 8                               # fib -n 32: none, beat, fork at one worker, none, beat, emulated beat at two; fib -n 41
rows fault-rate 4                         # kill@20, kill@50, exn@10
rows speedup 9                            # -n 32: none and beat at 1 and 2, beat at 4, fork at 1, emulated; -n 41: beat at 2
rows steal-matrix 17                      # four workers: of two there is no question
rows time 12                              # configurations
for figure in $figures; do
  check "$figure: SVG" well_formed runs/figures/$figure.svg
  check "$figure: SVG shows something" test "$(grep -c '<path\|<use' runs/figures/$figure.svg)" -gt 5
  check "$figure: PNG" equal "$(head -c 4 runs/figures/$figure.png | tail -c 3)" PNG
  check "$figure: its script is kept" test -s runs/figures/$figure.gp
  check "$figure: on the page" grep -q "<h3 id=\"$figure\">" runs/index.html
done
check "nine pictures on the page" equal "$(grep -c '^<svg .*role="img"' runs/index.html)" 9
check "each has a title" equal "$(grep -c -- '-title">' runs/index.html)" 9
check "a write-back's time is of one configuration" equal "$(awk -F, '$NF > 6 && NR > 1' runs/figures/flush.csv | wc -l)" 0
check "recovery: shares are of all 217 kills" equal "$(awk -F, '$1 == 2 && $3 == "\"kill\"" {last = $7} END {print last}' runs/figures/recovery.csv)" 86.1751
check "fault-rate: the rate that was seen" equal "$(awk -F, '$7 == 20 {print $8}' runs/figures/fault-rate.csv)" 19.9496
check "one hollow point for two runs of four workers" equal "$(awk -F, '$NF == 1' runs/figures/speedup.csv | wc -l)" 1

# A figure is drawn again from what was kept.
(cd runs/figures && cp cost.svg before.svg && gnuplot -d cost.gp)
check "drawn again" cmp runs/figures/cost.svg runs/figures/before.svg
rm runs/figures/before.svg

for part in answers summary figures machine; do check "part $part" grep -q "<section id=\"$part\"" runs/index.html; done
for words in 'Was every result right' '<span class="good">Yes.</span> 55 runs, all right' 'How many faults were survived' \
  'to be able to survive them' 'What did surviving them cost' '217 × <code>kill' 'no difference shown in any of 2 configurations; the intervals allow 0.98 to 1.03' \
  'At 48.9 faults a second fib -n 41' 'How long did recovery take' 'How does DRAM compare' 'emulated: ordinary memory'; do
  check "says: $words" grep -q "$words" runs/index.html
done
check "no picture tells how gnuplot made it" not grep -q 'csv using' runs/index.html
check "a language" grep -q '<html lang="en">' runs/index.html
check "all places were filled" not grep -q '{{' runs/index.html
check "nothing is loaded" not grep -qE '(src|href)="(https?:)?//|@import|url\((https?:)?/|<script|<link rel="stylesheet"' runs/index.html
check "headings in order" test "$(grep -o '<h[1-6]' runs/index.html | awk '{n = substr($0, 3); if (n > last + 1) bad = 1; last = n} END {print bad + 0}')" = 0
check "ids once" equal "$(grep -o ' id=["'"'"'][^"'"'"']*' runs/index.html | sort | uniq -d | wc -l)" 0
check "it says what it wrote" grep -q '^runs/index.html$' out

sums() { (cd "$1" && find . -type f | sort | xargs sha256sum); }
sums runs >once
report 0 runs
sums runs >twice
check "the same bytes again" cmp once twice
cp -r "$data" elsewhere
report 0 elsewhere --out made
check "--out: the data is untouched" equal "$(ls elsewhere)" "$(ls "$data")"
check "--out: a page" test -s made/index.html
finish
