#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: whatever is wrong on the command line ends with exit code 2 and one line on stderr that names it, before anything
# has run: nothing on stdout, no region, nothing in the directory for results.
. "$(dirname "$0")/../lib.sh"

# refused WORD ARGUMENTS...: the line names WORD.
refused() {
  local word=$1
  shift
  mkdir results
  timeout 120 "$pmbench" "$@" --out results >out 2>err
  code=$? said="pmbench $*"
  ends 2
  check "$said: one line on stderr" equal "$(wc -l <err)" 1
  check "$said: it names $word" grep -qF -- "$word" err
  check "$said: nothing on stdout" test ! -s out
  check "$said: nothing in --out" is_empty "$(ls -A results)"
  [ $own_shm = no ] || check "$said: no region" is_empty "$(regions)"
  rm -rf results
}
# The same for what cannot have --out behind it.
refused_as_is() {
  local word=$1
  shift
  run "$@"
  ends 2
  check "$said: one line on stderr" equal "$(wc -l <err)" 1
  check "$said: it names $word" grep -qF -- "$word" err
  check "$said: nothing on stdout" test ! -s out
}

for option in procs slots runs warmup seed; do
  for junk in x 1.5 -1 1e3 0x10 '' ' 4' 4k4 99999999999999999999; do refused "--$option" run fib "--$option=$junk"; done
  refused "--$option" run fib "--$option" --json
  refused_as_is "--$option" run fib "--$option"
done
for option in procs slots runs; do refused "--$option 0" run fib --$option 0; done
for option in procs slots; do refused "--$option" run fib --$option 300; done
refused --procs run fib --procs 70000
refused --runs run fib --runs 1T
for option in respawn-delay timeout watchdog; do
  for junk in x 5 1d -1s 1.s '' 1e3s 99999999999h; do refused "--$option" run fib "--$option=$junk"; done
done
for option in timeout watchdog; do refused "--$option 0" run fib --$option 0; done
for option in stack region-size; do
  for junk in x -1 64kb '' 1.5 4KiBB; do refused "--$option" run fib "--$option=$junk"; done
  refused "--$option 0" run fib --$option 0
done
refused --stack run fib --stack 1
refused --stack run fib --stack 1TiB
refused --slots run fib --procs 8 --slots 4
for flag in json no-check no-serial keep force auto-resume help; do refused "--$flag" run fib --$flag=yes; done
refused --json run fib --json --json

for fault in kill kill@ kill@0 kill@-1 kill@x kill@2M kill=1 kill=1s,,2s kill=1s, kill=1s,2x maim@2 @2 =1s KILL@2; do
  refused "--fault $fault" run fib --fault "$fault"
  refused "--fault $fault" run fib --fault exn@1 --fault "$fault"
done
refused '--fault kill=' run fib --fault kill=
refused --fault run fib --fault --json
refused --capsule run fib --capsule none --fault kill@20
refused --fault run fib --capsule none --fault exn=1ms
for capsule in sometimes beat=5 beat=x beat=1us beat=2h Beat none=1; do
  refused "--capsule $capsule" run fib --capsule "$capsule"
done
refused '--capsule beat=' run fib --capsule beat=
for pin in 4000 nearest 0- , 0,,0 0,x -1 3-1 1.5; do refused "--pin $pin" run fib "--pin=$pin"; done
for backend in pmem file file: emulated dax: dram,; do refused "--backend $backend" run fib --backend "$backend"; done
refused --backend run fib --backend file:nowhere/region
refused --backend run fib --backend=
refused nowhere run fib --fault-replay nowhere
refused /etc/passwd run fib --fault-replay /etc/passwd
refused --fault-replay run fib --fault kill@1 --fault-replay /etc/passwd
refused --way run fib --way coroutine

refused quicksort run fib quicksort
refused nosuch run nosuch
refused x.yaml run x.yaml
refused --nosuch run fib --nosuch
refused -q run fib -q
refused '-n' run fib -n x
refused '-n' run fib -n 93
refused '-n' run fib -n 3 -n 4
refused '-n' run quicksort -n 1.5
refused '--dist' run quicksort --dist gauss
refused '--format' run quicksort --format xml
refused nowhere run quicksort --input nowhere
refused '--input' run quicksort -n 10 --input /etc/passwd
refused_as_is '-n' run fib -n
refused_as_is '--out' run fib --out
refused_as_is '--out' run fib --out=
refused_as_is '--out' run fib --out nowhere/x/y
refused_as_is '--out' run fib --out /etc/passwd
refused_as_is 'workload' run
refused_as_is 'region' resume
refused_as_is 'one argument too many' resume a b
refused_as_is --slots resume --slots 3 a
refused_as_is nowhere resume nowhere
refused_as_is --procs resume --procs x a
refused_as_is 'region' inspect
refused_as_is --nosuch inspect --nosuch
refused_as_is b inspect a b
refused_as_is --nosuch doctor --nosuch
refused_as_is nosuch list nosuch
refused_as_is nosuch nosuch

for command in run resume inspect doctor list; do
  run $command --help
  ends 0
  check "$said: the help is on stdout" grep -q "^Usage: pmbench $command" out
  check "$said: and nothing on stderr" test ! -s err
done
run --version
ends 0
check "$said" grep -qE '^pmbench [0-9]+\.[0-9]+\.[0-9]+ ' out
finish
