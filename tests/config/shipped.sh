#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: each shipped configuration runs in its smallest form - one run a combination, small problems - every result is right,
# and a report comes of it, with its tables and the figures that it is there for.
. "$(dirname "$0")/../lib.sh"
configs=$(realpath "$tests/../configs")

# figures NAME: those that the report of this configuration must have
figures() {
  case $1 in
  quick) echo cost time ;;
  backends) echo backends cost ;;
  faults) echo fault-rate recovery time ;;
  scaling) echo speedup time ;;
  esac
}
export PMBENCH_PATH=$work
for config in "$configs"/*.yaml; do
  name=$(basename "$config" .yaml)
  # The injured ones are long enough for their faults, the others as small as can be.
  if [ "$name" = faults ]; then small='s/n: 4[01]\b/n: 38/; s/n: (8|10)M/n: 4M/; s/n: 2048/n: 1024/; s/=50ms/=5ms/; s/\[50ms, 200ms\]/50ms/; s/emulated\]/emulated:\/dev\/shm]/'
  else small='s/n: 3\d\b/n: 22/; s/n: \d+M/n: 50k/; s/n: 1536/n: 64/; s/n: 28/n: 18/; s/kill\@40/kill=1us/'; fi
  perl -pe "$small; s/^runs: .*/runs: 1/; s/^warmup: .*/warmup: 0/" "$config" >"$name.yaml"
  run run "$name.yaml" --out "$name"
  checks=$((checks + 1))
  [ "$code" = 0 ] || [ "$code" = 6 ] || fail "$said: exit code $code"        # 6: over before a listed fault
  check "$name: every result right" test "$(jq -r 'select(.schema == "pmbench-run-1" and .correct != true) | .args' "$name/runs.jsonl" | wc -l)" = 0
  check "$name: as many runs as planned" test "$(wc -l <"$name/runs.jsonl")" = "$(jq '[.combinations[].runs] | add' "$name/config.json")"
  run report "$name"
  ends 0
  check "$name: a page" grep -q '</html>' "$name/index.html"
  check "$name: a table of all runs" test "$(wc -l <"$name/runs.csv")" = $(($(grep -c pmbench-run-1 "$name/runs.jsonl") + 1))
  for figure in $(figures "$name"); do check "$name: figure $figure" test -s "$name/figures/$figure.svg"; done
done
finish
