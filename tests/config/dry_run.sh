#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: --dry-run says which runs a configuration means, each by the command that would make it alone; it writes nothing
# and promises no time that nothing is known of.
. "$(dirname "$0")/../lib.sh"
cores=$("$pmbench" run fib -n 5 --json | jq .cores)

# means TEXT COMMAND...: the runs of a configuration, as text after "pmbench run".
means() {
  local text=$1
  shift
  printf "$text" >c.yaml
  run run c.yaml --dry-run
  said="configuration '$text'"
  ends 0
  check "$said: as expected" equal "$(grep -v '^#' out | sed 's/^pmbench run //; s/  #.*//')" "$(printf '%s\n' "$@")"
}

cat >c.yaml <<'END'
name: golden
runs: 6
warmup: 2
matrix:
  procs: 1..2
blocks:
  - name: cost
    matrix:
      workload:
        - {name: fib, args: {n: [30, 31]}}
        - name: quicksort
          args: {n: 1M, dist: [uniform, zipf]}
      backend: [dram, emulated]
  - name: faults
    runs: 1
    warmup: 0
    seed: 7
    timeout: 20s
    matrix:
      workload: fib
      capsule: [none, beat=2ms]
      procs: 2
      fault: [none, kill@20, [stop=5ms, crash@1]]
END
run run c.yaml --dry-run
ends 0
says '^pmbench: warning: 2 combinations of faults with capsule none are left out'
check 'the warning is the only line' equal "$(wc -l <err)" 1
check 'golden' diff -u - out <<'END'
# cost
pmbench run fib -n 30 --backend dram --procs 1  # 6 runs, 2 warm-ups
pmbench run fib -n 30 --backend dram --procs 2  # 6 runs, 2 warm-ups
pmbench run fib -n 30 --backend emulated:/dev/shm --procs 1  # 6 runs, 2 warm-ups
pmbench run fib -n 30 --backend emulated:/dev/shm --procs 2  # 6 runs, 2 warm-ups
pmbench run fib -n 31 --backend dram --procs 1  # 6 runs, 2 warm-ups
pmbench run fib -n 31 --backend dram --procs 2  # 6 runs, 2 warm-ups
pmbench run fib -n 31 --backend emulated:/dev/shm --procs 1  # 6 runs, 2 warm-ups
pmbench run fib -n 31 --backend emulated:/dev/shm --procs 2  # 6 runs, 2 warm-ups
pmbench run quicksort -n 1M --dist uniform --backend dram --procs 1  # 6 runs, 2 warm-ups
pmbench run quicksort -n 1M --dist uniform --backend dram --procs 2  # 6 runs, 2 warm-ups
pmbench run quicksort -n 1M --dist uniform --backend emulated:/dev/shm --procs 1  # 6 runs, 2 warm-ups
pmbench run quicksort -n 1M --dist uniform --backend emulated:/dev/shm --procs 2  # 6 runs, 2 warm-ups
pmbench run quicksort -n 1M --dist zipf --backend dram --procs 1  # 6 runs, 2 warm-ups
pmbench run quicksort -n 1M --dist zipf --backend dram --procs 2  # 6 runs, 2 warm-ups
pmbench run quicksort -n 1M --dist zipf --backend emulated:/dev/shm --procs 1  # 6 runs, 2 warm-ups
pmbench run quicksort -n 1M --dist zipf --backend emulated:/dev/shm --procs 2  # 6 runs, 2 warm-ups
# faults
pmbench run fib --capsule none --procs 2 --timeout 20s --seed 7  # 1 run, 0 warm-ups
pmbench run fib --capsule beat=2ms --procs 2 --timeout 20s --seed 7  # 1 run, 0 warm-ups
pmbench run fib --capsule beat=2ms --procs 2 --fault kill@20 --timeout 20s --seed 7  # 1 run, 0 warm-ups
pmbench run fib --capsule beat=2ms --procs 2 --fault stop=5ms --fault crash@1 --timeout 20s --seed 7 --auto-resume  # 1 run, 0 warm-ups
# 20 combinations, 100 runs, 32 warm-ups
# time: not known before the first round has been run, into the directory that --out names
END

# Those that come with the tool.
configs=$(realpath -e "$here/../../configs")
for name in quick backends faults scaling; do
  run run "$configs/$name.yaml" --dry-run --dax /dev/shm
  ends 0
  check "$said: nothing to remark" test ! -s err
  check "$said: runs" grep -qE '^# [1-9][0-9]+ combinations, [1-9][0-9]+ runs' out
done

# Workers.
means 'matrix: {workload: fib}' "fib --procs $cores"
means 'matrix: {workload: fib, procs: [all, 2x]}' "fib --procs $cores" "fib --procs $((2 * cores))"
means 'matrix: {workload: fib, procs: 3..5}' 'fib --procs 3' 'fib --procs 4' 'fib --procs 5'
means 'matrix: {workload: fib, procs: all..all}' "fib --procs $cores"
# Once each, with the most that was asked for.
means 'blocks: [{matrix: {workload: fib, procs: [1, 1]}}, {runs: 3, matrix: {workload: [fib], procs: 1}}]' 'fib --procs 1'
says '2 combinations stand in the configuration more than once'
check 'the most runs' grep -q '# 3 runs, 0' out
# What a block does not say, the file says, wherever it stands.
means 'blocks: [{matrix: {procs: 1}}, {seed: 3}]\nmatrix: {workload: fib, procs: 2}\nseed: 4' 'fib --procs 1 --seed 4' \
  'fib --procs 2 --seed 3'
# Words that a shell would not leave whole.
mkdir -p "it's here"
means "matrix: {workload: fib, procs: 1, backend: \"file:it's here\"}" "fib --backend 'file:it'\\''s here' --procs 1"
mkdir file_place
PMBENCH_PATH=$work/file_place PMBENCH_DAX=/dev/shm means 'matrix: {workload: fib, procs: 1, backend: [file, dax]}' \
  "fib --backend file:$work/file_place --procs 1" 'fib --backend dax:/dev/shm --procs 1'
means 'matrix: {workload: fib, procs: 1, backend: [file, dax]}' "fib --backend file:$work --procs 1" \
  'fib --backend dax:PATH --procs 1'
check 'why dax will not be run' grep -q '; skipped: dax: no path is known; name one with --dax PATH or in PMBENCH_DAX$' out
# Options that PATH and DAX give way to.
PMBENCH_DAX=/nowhere run run c.yaml --dry-run --dax /dev/shm --path file_place
check 'options before the environment' equal "$(sed 's/  #.*//' out | head -2)" \
  "$(printf 'pmbench run fib --backend %s --procs 1\n' "file:$work/file_place" dax:/dev/shm)"
# The lines are commands.
printf 'matrix: {workload: {name: fib, args: {n: 12}}, procs: 1}' >c.yaml
run run c.yaml --dry-run
command=$(head -1 out)
PATH=$(dirname "$pmbench"):$PATH bash -c "$command" >out 2>err
check 'the command runs' equal $? 0
check 'the result' grep -q 144 out
# The same through a pipe, and under the other ending.
mv c.yaml c.yml
run run c.yml --dry-run
ends 0
run run <(cat c.yml) --dry-run
check 'through a pipe' equal "$(head -1 out)" "$command"
check 'nothing is written' test -z "$(find . -name '*.json*' -o -name results)"
# A configuration is a file, whatever it is called; a workload's name is the workload.
printf 'matrix: {workload: {name: fib, args: {n: 20}}}\n' >sweep.YAML
for name in sweep sweep.Yml sweep.yaml.orig 1 'with a blank' ./fib; do
  cp sweep.YAML "$name"
  run run "$name" --dry-run
  ends 0
  check "$said: the combination" grep -q '^pmbench run fib -n 20 ' "$work/out"
done
run run sweep.YAML --dry-run
ends 0
run run fib -n 20 --no-serial
ends 0
echo '3 1 2' >numbers
run run numbers
ends 2
says '^pmbench: numbers:1: '
run run sweep -n 20
ends 2
says '^pmbench: -n: '
mkdir folder
for name in folder nothing; do
  run run $name
  ends 2
  says "^pmbench: $name: no such workload, and no configuration"
done
for name in nothing.yaml NOTHING.YML ./nothing; do
  run run $name
  ends 2
  says "^pmbench: $name: No such file"
done
finish
