#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: --out keeps a line a run in runs.jsonl beside machine.json and serial.json: nothing of an earlier run is lost, a
# line that a crash cut off is removed and said, the serial twin is not asked twice, and what cannot be written is an error.
. "$(dirname "$0")/../lib.sh"

lines() { wc -l <results/runs.jsonl; }

run run fib -n 30 --out results --json
ends 0
check 'one record' equal "$(lines)" 1
check 'the one that --json printed' cmp -s out results/runs.jsonl
check 'the machine' jq -e '.schema == "pmbench-machine-1" and .cpu != null and .threads > 0 and (.file_systems | length) > 0 and .versions.gsl != null' results/machine.json >machine
check 'what hwloc knows' grep -q '<topology' results/machine.hwloc.xml
check 'the serial twin' jq -e 'length == 1 and (.[] | .ns > 0 and .answer == "832040")' results/serial.json >twin
check 'nothing else' equal "$(ls -A results | tr '\n' ' ')" 'machine.hwloc.xml machine.json runs.jsonl serial.json '

cp results/machine.json machine.json
run run fib -n 30 --out results --json --runs 2
ends 0
check 'two more' equal "$(lines)" 3
check 'the first one is as it was' equal "$(head -n 1 results/runs.jsonl | jq .rep,.procs,.args)" "$(record '0, .procs, .args' | sed '3s/.*/"&"/')"
check 'machine.json is as it was' cmp -s machine.json results/machine.json
check 'the twin was not asked again' equal "$(jq -s 'map(.serial_ns) | unique | length' results/runs.jsonl)" 1

# The twin is not run again, even where its own time would differ: a time that was written there by hand is found again.
jq '(.[] | .ns) = 12345678901' results/serial.json >changed && mv changed results/serial.json
run run fib -n 30 --out results --json
record_is '.serial_ns == 12345678901'
run run fib -n 30 --out results --json --seed 2
record_is '.serial_ns != 12345678901'
check 'a twin a seed' equal "$(jq length results/serial.json)" 2
run run fib -n 30 --out results --json --no-serial
ends 0
record_is '.serial_ns == null'
run run fib -n 30 --out results --no-check
ends 0
check "$said: said" grep -q 'not checked' out
check "$said: recorded" equal "$(tail -n 1 results/runs.jsonl | jq .correct)" null
echo '{ damaged' >results/serial.json
run run fib -n 30 --out results --json
ends 0
record_is '.serial_ns > 0'
check "$said: serial.json is whole again" jq -e 'length == 1' results/serial.json >twin

# A line that a crash cut off.
before=$(lines)
whole=$(sha256sum <results/runs.jsonl)
head -n 1 results/runs.jsonl | head -c 700 >>results/runs.jsonl
run run fib -n 30 --out results
ends 0
says 'runs.jsonl: its last line was cut off by an earlier crash; removed it'
check 'one more, and the torn one gone' equal "$(lines)" $((before + 1))
check 'what was whole is as it was' equal "$(head -n "$before" results/runs.jsonl | sha256sum)" "$whole"
check 'every line is an object' equal "$(jq -c 'type' results/runs.jsonl | sort -u)" '"object"'
# A whole object that only lost its newline is kept.
before=$(lines)
truncate -s -1 results/runs.jsonl
run run fib -n 30 --out results
ends 0
says_not 'cut off'
check 'it is kept' equal "$(lines)" $((before + 1))

# Four commands at once: a line each, none torn.
before=$(lines)
for i in 1 2 3 4; do "$pmbench" run fib -n 30 --procs 1 --pin none --out results --no-serial >/dev/null 2>&1 & done
wait
check 'four at once' equal "$(lines)" $((before + 4))
check 'each whole' equal "$(jq -c 'type' results/runs.jsonl | sort | uniq -c | awk '{print $1}')" $((before + 4))

# A directory of another machine or build is said.
jq '.host = "elsewhere"' results/machine.json >changed && mv changed results/machine.json
run run fib -n 30 --out results
ends 0
says 'machine.json: made on another machine or build \(host differs\)'

# Which kernels a BLAS took is recorded, and runs with others are not compared.
run run fib -n 20 --no-serial --out blas-a # which has none
for i in 1 2 3; do run run matrix -n 64 --no-serial --out blas-a --json; done
record_is '.library | test("OpenBLAS.*kernels .")'
record .library >with
OPENBLAS_CORETYPE=Prescott run run matrix -n 64 --no-serial --out blas-b --json
ends 0
record .library >other
if ! cmp -s with other; then # a BLAS for one processor has no choice
  run compare blas-a blas-b
  ends 2
  says 'library .*not the same machine or build'
  run compare blas-a blas-b --across-machines
  says_not 'library'
fi

# Where nothing can be written.
echo old >file
run run fib -n 30 --out file
ends 2
says 'file.*Not a directory'
check 'the file is as it was' equal "$(cat file)" old
if [ $own_shm = yes ]; then
  mkdir locked && mount -t tmpfs -o ro none locked
  run run fib -n 30 --out locked
  ends 2
  says 'locked/runs.jsonl: Read-only file system'
  check "$said: nothing on stdout" test ! -s out
  umount locked
  # The disk fills up while a run is made: its result is said, and that it could not be kept.
  mount -t tmpfs -o size=128k none locked
  run run fib -n 30 --out locked
  ends 0
  dd if=/dev/zero of=locked/full bs=1k 2>/dev/null
  kept=$(sha256sum <locked/runs.jsonl)
  run run fib -n 30 --out locked --json
  ends 1
  says 'locked/runs.jsonl: No space left on device'
  record_is '.correct == true'
  check 'what was whole is as it was' equal "$(head -n 1 locked/runs.jsonl | sha256sum)" "$kept"
  rm locked/full
  run run fib -n 30 --out locked --json
  ends 0
  check 'and mended as soon as there is room' equal "$(jq -c type locked/runs.jsonl | tr '\n' ' ')" '"object" "object" '
  umount locked
else
  mkdir locked && chmod 555 locked
  run run fib -n 30 --out locked
  ends 2
  says 'locked/machine.*: .*Permission denied'
fi
finish
