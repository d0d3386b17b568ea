#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: whatever lies in a directory of results, the report says what there is to say or one line of what is wrong: torn,
# nearly empty, hostile; without gnuplot, without scripts.
. "$(dirname "$0")/../lib.sh"
plots_source=$(realpath "$tests/../plots")

mkdir empty
report 2 empty
report 2 nowhere
mkdir blank && : >blank/runs.jsonl
report 2 blank
report 2 "$data/runs.jsonl"
report 2
report 2 a b
report 2 --strange "$data"
check "no page of nothing" equal "$(ls empty blank)" "$(printf 'blank:\nruns.jsonl\n\nempty:')"

# No gnuplot, no scripts: data is kept, and the line says what to do.
mkdir plots
PMBENCH_PLOTS=$PWD/plots report 3 "$data" --out bare
check "names the variable" grep -q PMBENCH_PLOTS err
tool=$pmbench
pmbench=./without
printf '#!/bin/sh\nPATH=%s exec %s "$@"\n' "$PWD/plots" "$tool" >without && chmod +x without
report 3 "$data" --out bare
pmbench=$tool
check "names the package" grep -q gnuplot-nox err
check "keeps the data" test -s bare/figures/cost.csv

need_gnuplot
# A torn last line; one run; only what was skipped.
mkdir torn one skipped
cp "$data/runs.jsonl" torn && truncate -s -100 torn/runs.jsonl
report 0 torn
check "torn: 54 runs" grep -q '54 runs' torn/index.html
check "torn: said on the page" grep -q 'class="bad"' torn/index.html
head -1 "$data/runs.jsonl" >one/runs.jsonl
report 0 one
check "one: too few to tell" grep -q 'An interval needs six' one/index.html
check "one: what is missing is said" test "$(grep -c 'class="missing">Not drawn. ' one/index.html)" -ge 4
check "one: without machine.json" grep -q 'holds no machine.json' one/index.html
jq -c '{schema: "pmbench-skipped-1", workload, args, procs, backend: "dax", capsule, reason: "no DAX <here>"}' one/runs.jsonl >skipped/runs.jsonl
report 0 skipped
check "skipped: why" grep -q 'no DAX &lt;here&gt;' skipped/index.html
# What an earlier report drew and this one cannot is not left behind.
report 0 "$data" --out skipped
report 0 skipped
check "no old pictures" test ! -e skipped/figures/cost.svg

# A wrong result comes first; it counts in no time.
mkdir wrong
jq -c 'if .rep == 1 then .correct = false | .wall_ns = 1 else . end' "$data/runs.jsonl" >wrong/runs.jsonl
report 0 wrong
check "wrong: said" grep -q '<span class="bad">No.</span>' wrong/index.html
check "wrong: not in the figures" not grep -q '[0-9]e+0[5-9]' wrong/figures/speedup.csv

# Faults of which only the detection is known: the other panels say so.
mkdir early
jq -c '.fault_log |= map(.running_ns = null | .caught_up_ns = null)' "$data/runs.jsonl" >early/runs.jsonl
report 0 early
check "early: two panels without data" equal "$(grep -c '>no data<' early/figures/recovery.svg)" 2
check "early: not said to have run again" grep -q 'After 223 more nothing ran again' early/index.html

# Injured runs in which nothing happened: no slowdown under faults is made of them.
mkdir unhurt
jq -c 'if .mode == "injured" then .faults = 0 | .fault_log = [] else . end' "$data/runs.jsonl" >unhurt/runs.jsonl
report 0 unhurt
check "unhurt: not drawn" test ! -e unhurt/figures/fault-rate.svg
jq -c 'if .mode == "injured" and .rep == 1 then .faults = 0 | .fault_log = [] else . end' "$data/runs.jsonl" >unhurt/runs.jsonl
report 0 unhurt
check "unhurt: said" grep -q 'In 3 of the 12 injured runs no fault took effect' unhurt/index.html

# All injured runs wrong: faults there were, but none that is known to have been survived.
mkdir vain
jq -c 'if .mode == "injured" then .correct = false else . end' "$data/runs.jsonl" >vain/runs.jsonl
report 0 vain
check "vain: said" grep -q 'None is known to have been: 225 took effect' vain/index.html
check "vain: not denied" not grep -q 'no run was injured' vain/index.html

# Others on the machine, or nobody.
mkdir quiet
jq -c '.foreign_cpu = 0.01' "$data/runs.jsonl" >quiet/runs.jsonl
report 0 quiet
check "quiet: nothing of other programs" not grep -q 'Other programs took' quiet/index.html
check "quiet: no mark" not grep -q '<td class="number">† ' quiet/index.html
jq -c '.foreign_cpu = 0.5' "$data/runs.jsonl" >quiet/runs.jsonl
report 0 quiet
check "loud: said" grep -q 'Other programs took up to 50 % of the cores meanwhile</span>, 50 % in the median run' quiet/index.html
check "loud: every row is marked" equal "$(grep -c '<td class="number">† 50 %' quiet/index.html)" 11
check "loud: ratios are marked" grep -q '</strong> †</li>' quiet/index.html

# Planned and not run: which, and why if that is known.
mkdir planned
cp "$data/runs.jsonl" planned
jq -cn '{combinations: [{argv: ["run", "fib", "-n", "32", "--runs", "6", "--procs", "1", "--capsule", "none", "--out", "results"], runs: 8},
  {argv: ["run", "fib", "-n", "32", "--backend", "dax:/mnt", "--capsule", "beat"], runs: 6}]}' >planned/config.json
jq -c '{schema: "pmbench-skipped-1", workload, args, procs, backend: "dax", capsule: "beat", reason: "no DAX here"}' one/runs.jsonl >>planned/runs.jsonl
report 0 planned
check "planned: what is missing" grep -q '<td>2 of 8</td>.*interrupted' planned/index.html
check "planned: with a reason" grep -q '<td>all</td>.*no DAX here' planned/index.html
check "planned: each once" equal "$(sed -n '/id="not-run"/,/<.table>/p' planned/index.html | grep -c '<tr><td')" 2

# Where all is the same, pictures have no range of their own.
mkdir same
jq -c '.wall_ns = 5000000 | .serial_ns = 5000000 | .procs = 1 | .oversubscribed = false | .commit_ns = .commits * 100 |
  .sites = (.sites | map_values(.calls = 10 | .ns = 1000)) | .fault_log |= map(.detected_ns = 1000 | .running_ns = 1000 | .caught_up_ns = 1000)' \
  "$data/runs.jsonl" >same/runs.jsonl
report 0 same
check "same: all but the matrix" equal "$(ls same/figures/*.svg | wc -l)" 8
check "same: nothing failed" not grep -q 'could not draw' same/index.html

# Two workers: a sentence, no matrix.
mkdir two
jq -c 'select(.procs == 2)' "$data/runs.jsonl" >two/runs.jsonl
report 0 two
check "two: a sentence" grep -q 'who can only steal from each other' two/index.html

# One figure that cannot be drawn does not lose the page.
cp -r "$plots_source" plots-broken
echo 'plot sin(' >>plots-broken/time.gp
PMBENCH_PLOTS=$PWD/plots-broken "$pmbench" report "$data" --out broken >out 2>err
check "broken: exit code 1" equal $? 1
check "broken: one line" equal "$(cat err)" "pmbench: 1 figure could not be drawn; the page says why"
check "broken: what was written is said" grep -q 'broken/figures: 8 figures' out
check "broken: says why" grep -q 'Not drawn. gnuplot could not draw' broken/index.html
check "broken: the others" equal "$(grep -c '^<svg .*role="img"' broken/index.html)" 8
check "broken: its data" test -s broken/figures/time.csv

# dax is what was granted, nothing else.
mkdir dax
jq -c 'if .backend == "emulated" then .backend = "dax" | .forced = (.rep % 2 == 0) else . end' "$data/runs.jsonl" >dax/runs.jsonl
report 0 dax
check "dax: forced is said" grep -q '<td class="wide">dax (forced)</td>' dax/index.html
check "dax: granted is dax" grep -q '<td class="wide">dax</td>' dax/index.html

# Hostile strings, everywhere.
mkdir hostile
evil='</td><script>alert(1)</script>"'"'"' onload=x &amp; `touch a` $(touch b) {{machine}} %s%n \\ , é '$'\n''<?xml ]]> -->'
for name in "$data"/*.json*; do
  jq -c --arg evil "$evil" '(.. | select(type == "string" and . != "pmbench-run-1" and . != "timed" and . != "injured" and . != "done")) |= $evil + .' \
    "$name" >hostile/"$(basename "$name")"
done
report 0 hostile
check "hostile: no markup of its own" not grep -qi '<script\|<td onload\|<?xml' hostile/index.html
check "hostile: the text is there" grep -q '&lt;script&gt;' hostile/index.html
check "hostile: nothing ran" test ! -e a -a ! -e b -a ! -e hostile/figures/a -a ! -e hostile/figures/b
for svg in hostile/figures/*.svg; do check "hostile: $svg" well_formed "$svg"; done
check "hostile: figures" test "$(ls hostile/figures/*.svg | wc -l)" -ge 5
jq -c 'map_values(if type == "array" or type == "object" then 7 else [] end) + {schema}' "$data/runs.jsonl" >hostile/runs.jsonl
"$pmbench" report hostile >out 2>err
check "hostile: other types" test $? -le 2
finish
