#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: what is wrong in a configuration is refused in one line that names the file, the line and the remedy, before
# anything is written; exit code 2.
. "$(dirname "$0")/../lib.sh"

# refused LINE PATTERN TEXT [ARGUMENT...]: as c.yaml; LINE 0: no line is named. TEXT is printf's.
refused() {
  local line=$1 pattern=$2 text=$3 where='c\.yaml:'
  shift 3
  [ "$line" = 0 ] || where="c\.yaml:$line:"
  printf "$text" >c.yaml
  run run c.yaml --out results "$@"
  said="configuration '$text'"
  ends 2
  says "^pmbench: $where $pattern"
  check "$said: one line" equal "$(wc -l <err)" 1
  check "$said: nothing on stdout" test ! -s out
  check "$said: nothing is written" test ! -e results
}
fib='matrix: {workload: fib}\n'

# The file.
refused 1 'empty; write at least' ''
refused 1 'empty; write at least' '# nothing but a remark\n'
refused 1 'a value; write keys' 'hello\n'
refused 1 'a list; write keys' '[1, 2]\n'
refused 1 'not YAML: mapping values are not allowed' 'a: b: c\n'
refused 2 'not YAML: .*did not find' 'matrix: {workload: fib\n'
refused 2 'not YAML: .*cannot start any token' 'matrix:\n\tworkload: fib\n'
refused 2 'not YAML: .*UTF-8' 'name: a\nruns: \xff\xfe\n'
refused 2 'not YAML: .*control characters' 'name: a\nruns: \x01\n'
refused 3 'a second document' "$fib---\n$fib"
refused 1 'no workload; write' 'runs: 3\n'
refused 1 'name: a zero byte' 'name: "a\\0b"\n'
head -c 2000000 /dev/zero | tr '\0' '#' >c.yaml
run run c.yaml
ends 2
says '^pmbench: c.yaml: more than 1 MiB'
printf 'a: %s' "$(printf '[%.0s' {1..200000})" >deep.yaml
said='200,000 brackets'
timeout 120 "$pmbench" run deep.yaml >out 2>err
code=$?
ends 2
says '^pmbench: deep.yaml:1: more than 100 brackets inside each other'
rm deep.yaml
run run nowhere.yaml
ends 2
says '^pmbench: nowhere.yaml: No such file'
mkdir folder.yaml
run run folder.yaml
ends 2
says '^pmbench: folder.yaml: Is a directory'

# Keys.
refused 1 'runz: no such key here; there are name, runs, warmup, seed, timeout, matrix, blocks$' "runz: 1\n$fib"
refused 4 'n: no such key here; there are name, args' 'matrix:\n  workload:\n    - name: fib\n      n: 30\n'
refused 3 'blocks: no such key here' 'blocks:\n  - matrix: {workload: fib}\n    blocks: []\n'
refused 1 'beat: no such key here; there are workload, backend' 'matrix: {workload: fib, beat: 1ms}\n'
refused 1 '<<: no such key' "<<: {runs: 3}\n$fib"
refused 3 'runs: given twice' "runs: 10\n$fib""runs: 11\n"
refused 3 'n: given twice' 'matrix:\n  workload: {name: fib, args: {n: 3,\n    n: 4}}\n'
refused 1 'a key: a list; write one value' '? [a, b]\n: 3\n'

# Values.
refused 1 'runs: 10kk: not a whole number; write it like' "runs: 10kk\n$fib"
refused 1 'runs: -1: not a whole number' "runs: -1\n$fib"
refused 1 'runs: 1e3: not a whole number' "runs: 1e3\n$fib"
refused 1 'runs: 0: must be greater' "runs: 0\n$fib"
refused 1 'runs: its value is missing' "runs:\n$fib"
refused 1 'runs: a list; write one value' "runs: [1]\n$fib"
refused 1 'seed: x: not a whole number' "seed: x\n$fib"
refused 1 'runs, warmup: at most' "warmup: 2M\n$fib"
refused 1 '1000001 runs and warm-ups; at most' "runs: 1M\nwarmup: 1\n$fib"
refused 1 'name: a/b: a name is of' "name: a/b\n$fib"
refused 1 'name: \.\.: a name is of' "name: ..\n$fib"
refused 1 'name: a list' 'name: &a [*a]\n'
refused 1 'timeout: a list' "timeout: [1s, 2s]\n$fib"
refused 1 '--timeout 5: not a time' "timeout: 5\n$fib"
refused 1 'matrix.*|a list; write keys' 'matrix: [fib]\n'
refused 1 'blocks: a value; write a list of blocks' 'blocks: fib\n'
refused 1 'blocks: a list without values' 'blocks: []\n'
refused 3 'no workload; write' 'blocks:\n  - matrix: {workload: fib}\n  - runs: 3\n'

# What is crossed.
refused 2 'workload: fibb: no such workload; `pmbench list workloads`' 'matrix:\n  workload: fibb\n'
refused 2 'workload: a list; write a name' 'matrix:\n  workload: [[fib]]\n'
refused 2 'workload: its name is missing' 'matrix:\n  workload: {args: {n: 3}}\n'
refused 2 'args: m: not an option of fib; it has n$' 'matrix:\n  workload: {name: fib, args: {m: 3}}\n'
refused 2 'args: procs: not an option of fib' 'matrix:\n  workload: {name: fib, args: {procs: 3}}\n'
refused 2 'args: a value; write' 'matrix:\n  workload: {name: fib, args: 3}\n'
refused 4 '-n 10kk: not a whole number' 'matrix:\n  workload:\n    - {name: fib, args: {n: [3,\n        10kk]}}\n'
refused 1 'n: 2 of its 1 values; write one list' 'matrix: {workload: {name: fib, args: {n: [[3, 4]]}}}\n'
refused 1 'input: 1 of its 2 values; write them as a list in a list' \
  'matrix: {workload: {name: matrix, args: {input: A.npy}}}\n'
refused 2 'procs: a list without values' 'matrix: {workload: fib,\n  procs: []}\n'
refused 2 'procs: 0: not a number of workers; write 4, all' 'matrix: {workload: fib,\n  procs: 0}\n'
refused 2 'procs: 4\.\.2: not a number' 'matrix: {workload: fib,\n  procs: [1, 4..2]}\n'
refused 2 'procs: 1\.\.: not a number' 'matrix: {workload: fib,\n  procs: 1..}\n'
refused 2 'procs: x: not a number' 'matrix: {workload: fib,\n  procs: x}\n'
refused 2 'procs: 256: not a number' 'matrix: {workload: fib,\n  procs: 256}\n'
refused 2 'procs: a list in a list' 'matrix: {workload: fib,\n  procs: [[1, 2]]}\n'
refused 3 '--capsule bat: none of beat' 'matrix:\n  workload: fib\n  capsule: [beat, bat]\n'
refused 4 '--fault kill@x: not a rate' 'matrix:\n  workload: fib\n  fault:\n    - [stop@1, kill@x]\n'
refused 2 '--backend pmem: none of dram' 'matrix: {workload: fib,\n  backend: pmem}\n'
refused 2 '--pin 9999: ' 'matrix: {workload: fib,\n  pin: 9999}\n'
refused 2 '--stack: between' 'matrix: {workload: fib,\n  stack: 1}\n'
refused 1 'no combination is left' 'matrix: {workload: fib, capsule: none, fault: kill@20}\n'
refused 1 'more than 4096 combinations' 'matrix: {workload: fib, procs: 1..200, slots: [200, 210, 220, 230, 240], stack: [64KiB, 128KiB, 256KiB, 512KiB, 1MiB, 2MiB, 4MiB, 8MiB, 16MiB, 32MiB, 1000KiB, 2000KiB, 3000KiB, 4000KiB, 5000KiB, 6000KiB, 7000KiB]}\n'

# The command line around it.
printf "$fib" >c.yaml
while read -r pattern arguments; do
  run run $arguments
  ends 2
  says "^pmbench: ${pattern//_/ }"
done <<'TABLE'
--procs:_stands_in_the_configuration c.yaml --procs 2
--fault:_stands_in_the_configuration c.yaml --fault kill@20
--dry-run:_only_with_a_configuration fib --dry-run
--resume:_only_with_a_configuration fib --resume --out results
--resume:_name_the_directory c.yaml --resume
--out_nowhere/x:_No_such_file c.yaml --out nowhere/x
--out_nowhere:_No_such_file c.yaml --out nowhere --resume
--out_c.yaml:_ c.yaml --out c.yaml
fib:_one_argument_too_many c.yaml fib
c.yaml:_one_argument_too_many fib c.yaml
TABLE
check 'nothing is written' equal "$(ls)" "$(printf 'c.yaml\nerr\nfolder.yaml\nout')"
finish
