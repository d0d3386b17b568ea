#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The CSV tables and the comparison of a fixed runs.jsonl are what they were when somebody last looked at them; names with
# commas, quotes and newlines come through. `golden.sh PMBENCH --accept` takes what comes out now: look at the difference.
set -u
pmbench=$(realpath "$1") here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d) && trap 'rm -rf "$scratch"' EXIT
failed=0
cd "$here"
cp -r fixed "$scratch/fixed"
cd "$scratch"
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
"$pmbench" compare fixed other --across-machines >out 2>&1 || { echo "FAILED: --across-machines"; failed=1; }
[ $failed = 0 ] && echo "all right"
exit $failed
