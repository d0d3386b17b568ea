#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The CSV tables and the comparison of a fixed runs.jsonl are what they were when somebody last looked at them; names with
# commas, quotes and newlines come through. `golden.sh PMBENCH --accept` takes what comes out now: look at the difference.
. "$(dirname "$0")/../lib.sh"
failed=0
cp -r "$here/fixed" fixed
"$pmbench" report fixed --tables >/dev/null || { echo "FAILED: report --tables"; failed=1; }
mkdir now && mv fixed/*.csv now
"$pmbench" compare fixed --by backend >now/compare.txt || failed=1
"$pmbench" compare fixed --by backend --md >now/compare.md || failed=1
"$pmbench" compare fixed --by backend --csv >now/compare.csv || failed=1
"$pmbench" compare fixed --by backend --json >now/compare.json || failed=1
if [ "${2:-}" = --accept ]; then
  rm -rf "$here/golden" && cp -r now "$here/golden"
  exit 0
fi
diff -r "$here/golden" now || { echo "FAILED: not what it was"; failed=1; }
# RFC 4180, by another reader: every line of runs.csv has as many fields as its header.
perl -e 'local $/; my ($fields, $n, $quoted, %seen) = (1, 0, 0); my $text = <STDIN>;
  for my $c (split //, $text) { if ($c eq "\"") { $quoted = !$quoted } elsif ($quoted) { next }
    elsif ($c eq ",") { $fields++ } elsif ($c eq "\n") { $seen{$fields}++; $fields = 1; $n++ } }
  exit !(keys %seen == 1 && $n == 20 && !$quoted)' <now/runs.csv || { echo "FAILED: runs.csv is not RFC 4180"; failed=1; }
for bad in '{"schema":"other"}' 'not json' '[]'; do
  { head -1 fixed/runs.jsonl; echo "$bad"; tail -1 fixed/runs.jsonl; } >torn && mkdir -p broken && mv torn broken/runs.jsonl
  "$pmbench" compare broken --by backend 2>err
  [ $? = 2 ] && grep -q 'runs.jsonl:2: ' err || { echo "FAILED: $bad is taken"; failed=1; }
done
{ cat fixed/runs.jsonl; head -c 100 fixed/runs.jsonl; } >torn && mv torn broken/runs.jsonl
"$pmbench" compare broken --by backend >out 2>err && cmp -s out now/compare.txt && grep -q 'cut off' err ||
  { echo "FAILED: a torn last line is an obstacle"; failed=1; }

# What does not belong together is named; a regression is found, and only a real one.
slower() { jq -c 'if .wall_ns then .wall_ns = (.wall_ns * 1.5 | floor) else . end' fixed/runs.jsonl; }
mkdir -p slow other && slower >slow/runs.jsonl && jq -c '.host = "elsewhere"' fixed/runs.jsonl >other/runs.jsonl
"$pmbench" compare fixed slow --fail-on regression:5% >out 2>&1
[ $? = 7 ] && grep -q slower out || { echo "FAILED: a regression is not found"; failed=1; }
"$pmbench" compare fixed fixed --fail-on regression:5% >out 2>&1 || { echo "FAILED: a regression where there is none"; failed=1; }
"$pmbench" compare fixed other >out 2>&1
[ $? = 2 ] && grep -q 'host differs' out || { echo "FAILED: another host is compared"; failed=1; }
mkdir -p loud && slower | jq -c 'if .wall_ns then .foreign_cpu = 0.3 else . end' >loud/runs.jsonl
"$pmbench" compare fixed loud --fail-on regression:5% >out 2>err
[ $? = 0 ] && grep -q 'others took 30 % of the cores' out && grep -q 'count as no regression' err ||
  { echo "FAILED: a regression is made of what other programs took"; failed=1; }
for share in 10 80; do
  "$pmbench" compare fixed slow --fail-on regression:$share% >out 2>&1
  [ $? = $([ $share = 10 ] && echo 7 || echo 0) ] || { echo "FAILED: a regression of 50 % against $share %"; failed=1; }
done

# What was set differently is never put together: watchdog, file system, forced or not, policy with another beat.
timed=$(jq -c 'select(.schema == "pmbench-run-1" and .mode == "timed" and .backend == "dram")' fixed/runs.jsonl)
differ() { # JQ: the same runs once more, changed
  mkdir -p mixed
  { echo "$timed"; jq -c "$1" <<<"$timed"; } >mixed/runs.jsonl
  "$pmbench" report mixed --tables >/dev/null && [ "$(grep -c ^fib mixed/summary.csv)" = 2 ]
}
for change in '.settings = "watchdog=50ms"' '.settings = "beat=20ms"' '.fs = "ext4"' '.forced = true' '.cores = 1'; do
  differ "$change" || { echo "FAILED: runs are put together that differ in $change"; failed=1; }
done
differ '.backend = "dax" | .granularity = "cache-line" | .forced = true | .wall_ns *= 2'
{ jq -c '.backend = "dax" | .granularity = "cache-line"' <<<"$timed"; cat mixed/runs.jsonl; } >dax && mv dax mixed/runs.jsonl
"$pmbench" compare mixed --by backend >out 2>&1
[ "$(grep -c 'dax (forced): ' out)" = 1 ] && [ "$(grep -c 'dax: ' out)" = 1 ] && [ "$(grep -c 'dram: ' out)" = 2 ] ||
  { echo "FAILED: forced and real persistent memory in one row"; cat out; failed=1; }
for key in granularity forced; do
  "$pmbench" compare mixed --by $key >out 2>&1
  grep -q 'dram: ' out && ! grep -q '(n = 21)' out || { grep -q 'dram' out || { echo "FAILED: --by $key"; cat out; failed=1; }; }
done

# Who is measured against whom does not depend on the order in which they were run.
tac fixed/runs.jsonl >turned && mkdir -p around && mv turned around/runs.jsonl
"$pmbench" compare around --by backend 2>/dev/null | cut -d: -f1-3 | cut -c1-60 >b
cut -d: -f1-3 now/compare.txt | cut -c1-60 >a
cmp -s a b || { echo "FAILED: the order of the runs turns the comparison"; failed=1; }
"$pmbench" compare fixed --by workload >out 2>&1
[ $? = 2 ] && grep -q -- '--by workload: all runs have the same' out || { echo "FAILED: --by workload"; cat out; failed=1; }
"$pmbench" compare fixed --by n >out 2>&1
[ $? = 2 ] && grep -q 'args differs' out || { echo "FAILED: --by n does not name args"; cat out; failed=1; }
"$pmbench" compare fixed --by >out 2>&1
[ $? = 2 ] && grep -q 'needs a key' out || { echo "FAILED: --by without a key"; cat out; failed=1; }
"$pmbench" compare fixed --by backend --metric lost_ns 2>/dev/null | grep -q nan && { echo "FAILED: not a number"; failed=1; }
"$pmbench" compare fixed other --across-machines >out 2>&1 || { echo "FAILED: --across-machines"; failed=1; }
check 'all of it' equal $failed 0
finish
