#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Purpose: a layer includes headers of itself and of layers below it, bench of results and below; workloads see public headers and their own folder.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
layers=(base pm mem task sched proc results cli)
public='^(pmsched|pmrun)\.h$'
bad=0 seen=0

rank() {
  for i in "${!layers[@]}"; do
    [ "${layers[i]}" = "$1" ] && echo "$i" && return
  done
  echo -1
}
complain() { echo "$1: includes $2: $3"; bad=1; }

# What `file` includes by quotes or from the library by brackets, a line each.
included() { sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]([^">]+)[">].*/\1/p' "$1"; }

check_layer() {
  local file=$1 mine=$2 own name other
  own=$(dirname "$file")
  while read -r name; do
    [[ $name == */* ]] || { [[ $name =~ $public ]] || [ -f "$own/$name" ] || continue; }
    other=$(rank "${name%%/*}")
    if [ "$other" -ge 0 ] && [ -f "$root/src/$name" ]; then
      seen=$((seen + 1))
      [ "$other" -le "$mine" ] || complain "${file#"$root"/}" "$name" "it lies above"
    elif [[ $name == ../* ]]; then
      complain "${file#"$root"/}" "$name" "name the layer instead"
    fi
  done < <(included "$file")
}

check_workload() {
  local file=$1 name
  while read -r name; do
    [[ $name =~ $public ]] || [ -f "$root/workloads/$name" ] && { seen=$((seen + 1)); continue; }
    if [ -f "$root/src/$name" ] || [[ $name == ../* ]]; then
      complain "${file#"$root"/}" "$name" "a workload sees public headers only"
    fi
  done < <(included "$file")
}

# What `pmbench bench` runs lies between results and cli.
check_bench() {
  local file=$1 name
  while read -r name; do
    [[ $name == */* || $name == *..* ]] && [ -f "$root/src/$name" ] || continue
    seen=$((seen + 1))
    [ "$(rank "${name%%/*}")" -le "$(rank results)" ] || complain "${file#"$root"/}" "$name" "it lies above"
  done < <(included "$file")
}

for i in "${!layers[@]}"; do
  for file in "$root/src/${layers[i]}"/*.[ch]; do
    [ -f "$file" ] && check_layer "$file" "$i"
  done
done
for file in "$root"/workloads/*.[ch]; do
  [ -f "$file" ] && check_workload "$file"
done
for file in "$root"/bench/*.[ch]; do
  [ -f "$file" ] && check_bench "$file"
done
for folder in "$root"/src/*/; do
  name=$(basename "$folder")
  [ "$name" = include ] || [ "$(rank "$name")" -ge 0 ] || { echo "src/$name: a folder without a place among the layers"; bad=1; }
done
[ "$seen" -gt 50 ] || { echo "only $seen includes found: this test sees nothing"; bad=1; }
exit $bad
