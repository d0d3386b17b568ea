#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: where something cannot be written, the error is the one that the system gave - a full file system, a limit on files'
# sizes, no rights -, nothing half-written is left, and what stood there stays; where whoever read the output has left
# (`| head`), the command ends quietly, and a run all the same has its record and removes its region.
. "$(dirname "$0")/../lib.sh"

for i in 1 2 3; do run run fib -n 20 --no-serial --out results; done
ends 0
run run quicksort -n 2M --no-serial --backend file:crashed --fault crash=1us
ends 130

commands=("list columns" "--help" "run --help" "run fib --help" "doctor /tmp" "report results" "report results --tables"
  "compare results results" "compare results results --json" "inspect crashed" "inspect crashed --json"
  "run fib -n 20 --no-serial" "run fib -n 20 --no-serial --json" "run fib -n 20 --no-serial --runs 3")

# Standard output is full: said with the reason, and an error.
for command in "${commands[@]}"; do
  "$pmbench" $command >/dev/full 2>"$work/err"
  code=$? said="pmbench $command >/dev/full"
  if [ "$command" = "report results --tables" ]; then ends 0; else # it prints nothing
    ends 1
    says '^pmbench: standard output: cannot be written: No space left on device$'
  fi
  case $command in
  run*--json) # a record that was lost is had again from the region
    says '^pmbench: finish it with `pmbench resume .*region`$'
    check "$said: two lines" equal "$(wc -l <"$work/err")" 2
    run resume "$(sed -n 's/.*`pmbench resume \(.*\)`/\1/p' "$work/err")"
    ends 0
    record_is '.correct' ;;
  *) check "$said: one line" test "$(wc -l <"$work/err")" -le 1 ;;
  esac
done

# The reader has left: nobody is told, nothing is wrong.
deserted() { # ARGUMENTS...: into a pipe that nobody reads; its exit code in $code
  "$pmbench" "$@" 2>"$work/err" >&"$pipe"
  code=$? said="pmbench $* | true"
}
mkfifo fifo
exec {reader}<>fifo {pipe}>fifo {reader}<&-
check "the pipe is deserted" perl -e '$SIG{PIPE} = "IGNORE"; open my $f, ">&=", $ARGV[0]; syswrite($f, "x") and exit 1; exit !$!{EPIPE}' "$pipe"
for command in "${commands[@]}"; do
  deserted $command
  ends 0
  check "$said: quiet" test ! -s "$work/err"
done
before=$(wc -l <results/runs.jsonl)
deserted run fib -n 20 --no-serial --out results --runs 4
ends 0
check "$said: every run is kept" equal "$(wc -l <results/runs.jsonl)" $((before + 4))
check "$said: every region is gone" is_empty "$(left_in_shm "$$")"
deserted run fib -n 20 --no-serial --json --runs 1000 --timeout 60s # ends, since nobody would learn of the others
ends 0
check "$said: quiet" test ! -s "$work/err"
deserted resume crashed --json
ends 0
check "$said: its region is gone" test ! -e crashed
printf 'runs: 3\nmatrix: {workload: {name: fib, args: {n: 20}}}\n' >sweep.yaml
deserted run sweep.yaml --out swept
ends 0
check "$said: every run is kept" equal "$(grep -c '"schema":"pmbench-run-1"' swept/runs.jsonl)" 3
deserted run sweep.yaml --dry-run
ends 0
deserted run fib -n 20 --procs 0 # what is wrong is told all the same
ends 2
says 'procs 0'
exec {pipe}>&-

# Files: on a file system that is full, at any point of it.
if [ "$own_shm" = yes ]; then
  mkdir disk
  mount -t tmpfs -o size=1m none disk
  cp -r results disk
  "$pmbench" report disk/results >/dev/null 2>&1
  sums() { (cd disk/results && sha256sum -- *.csv index.html 2>/dev/null); }
  before=$(sums)
  dd if=/dev/zero of=disk/fill bs=1k 2>/dev/null
  for what in "report disk/results" "report disk/results --tables"; do
    run $what
    ends 1
    says 'cannot be written: No space left on device'
    check "$said: one line" equal "$(wc -l <"$work/err")" 1
    check "$said: what was there is there" equal "$(sums)" "$before"
    check "$said: nothing is left beside it" is_empty "$(find disk -name '*.part' -o -name '.pmbench*')"
  done
  # With room for some of it only: whatever does not fit is named, and nothing is cut off.
  for room in 4 12 28 60 124; do
    rm -f disk/fill disk/results/*.csv disk/results/index.html && rm -rf disk/results/figures
    dd if=/dev/zero of=disk/fill bs=1k 2>/dev/null
    truncate -s -${room}k disk/fill
    run report disk/results
    checks=$((checks + 1))
    case $code in
    0) grep -q '</html>' disk/results/index.html || fail "$room KiB: a page that is cut off" ;;
    1 | 3) grep -q 'No space left on device\|could not be drawn\|gnuplot is not installed' "$work/err" || fail "$room KiB: no reason" ;;
    *) fail "$room KiB: exit code $code" ;;
    esac
    says_not 'Input/output'
    for file in disk/results/figures/*.svg; do
      [ ! -e "$file" ] || check "$room KiB: $file is whole" grep -q '</svg>' "$file"
    done
    for file in disk/results/*.csv; do
      [ ! -e "$file" ] || check "$room KiB: $file ends with a line" equal "$(tail -c 1 "$file" | od -An -tx1 | tr -d ' ')" 0a
    done
  done
  rm -f disk/fill && dd if=/dev/zero of=disk/fill bs=1k 2>/dev/null
  run run fib -n 20 --no-serial --out disk/new
  ends 2
  says 'disk/new.*No space left on device'
  run run sweep.yaml --out disk/campaign
  ends 2
  says 'disk/campaign.*No space left on device'
  umount disk
fi
(ulimit -f 1; "$pmbench" report results --tables >"$work/out" 2>"$work/err")
code=$? said="pmbench report results --tables under ulimit -f"
ends 1
says 'cannot be written: File too large'

# A stream is no directory.
for option in "run fib -n 20 --no-serial --out" "report results --out"; do
  for name in /dev/stdout /dev/null fifo sweep.yaml; do
    run $option $name
    ends 2
    says "$name"
  done
done
finish
