#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: a campaign makes every run of its configuration exactly once, in shuffled rounds, also when it is interrupted,
# killed, or partly impossible; and leaves alone what another one left.
. "$(dirname "$0")/../lib.sh"

runs() { jq -r 'select(.schema == "pmbench-run-1") | "\(.argv | join(" ")) #\(.rep)"' "$1/runs.jsonl" 2>/dev/null; }
# complete DIR: every run of DIR/config.json, once.
complete() {
  checks=$((checks + 1))
  diff <(runs "$1" | sort) \
    <(jq -r '.combinations[] | (.argv | join(" ")) as $c | range(.runs) | "\($c) #\(.)"' "$1/config.json" | sort) \
    >differences || fail "$said: not every run once: $(head -3 differences | tr '\n' ' ')"
}
holds() { [ "$(runs "$1" 2>/dev/null | wc -l)" -ge "$2" ]; }

cat >c.yaml <<'END'
name: small
runs: 2
warmup: 1
seed: 5
matrix:
  workload: {name: fib, args: {n: [20, 22]}}
  capsule: [none, beat, fork]
  procs: 1
END
run run c.yaml --out one
ends 0
complete one
check "$said: says nothing else" test ! -s err
check "$said: six lines of results, and where" equal "$(grep -c '2 of 2 right, median' out) $(tail -1 out)" '6 results in one'
check "$said: the configuration as it was" cmp -s c.yaml one/config.yaml
check "$said: the machine" jq -e .cores one/machine.json -- >/dev/null
check "$said: all right" jq -se 'all(.correct)' one/runs.jsonl >/dev/null
# Round by round, in an order that the seed gives.
check "$said: rounds" equal "$(runs one | sed 's/.*#//' | tr -d '\n')" 000000111111
check "$said: shuffled" test "$(runs one | head -6)" != "$(runs one | head -12 | sort)"
check "$said: each round otherwise" test "$(runs one | sed 's/ #.*//' | head -6)" != "$(runs one | sed 's/ #.*//' | tail -6)"
check "$said: a serial twin a round" equal "$(jq -s '[group_by([.args, .rep])[] | [.[].serial_ns] | unique | length] | unique' one/runs.jsonl -c) $(
  jq -s '[group_by(.args)[] | [.[].serial_ns] | unique | length] | add' one/runs.jsonl)" '[1] 4'
run run c.yaml --out two --json
ends 0
check "$said: the same order" equal "$(runs one)" "$(runs two)"
check "$said: records on stdout, nothing else" cmp -s out two/runs.jsonl
sed 's/seed: 5/seed: 6/; s/runs: 2/runs: 1/; s/warmup: 1/warmup: 0/' c.yaml >other.yaml
run run other.yaml --out three
check "$said: another order" test "$(runs one | sed 's/ --seed .*//' | head -6)" != "$(runs three | sed 's/ --seed .*//')"
sed 's/seed: 5/seed: 6/' c.yaml >other.yaml

# What is there stays.
cp -r one kept
run run c.yaml --out one
ends 2
says '^pmbench: --out one: a campaign is there already; go on with it with --resume'
run run c.yaml --out one --resume
ends 0
check "$said: results again" equal "$(wc -l <out)" 7
run run other.yaml --out one --resume
ends 2
says 'other.yaml is not the campaign in one: its seed differs'
sed 's/20, 22/20, 23/' c.yaml >other.yaml
run run other.yaml --out one --resume
ends 2
says 'combination 4 was `pmbench run fib -n 22 .*`, 2 runs, 1 warm-ups and is `pmbench run fib -n 23'
sed 's/, fork//' c.yaml >other.yaml
run run other.yaml --out one --resume
ends 2
says 'is not the campaign in one: '
run run one/config.yaml --out one --resume
ends 0
check 'nothing is changed' diff -r one kept
"$pmbench" run fib -n 10 --out single >out 2>err
run run c.yaml --out single
ends 2
says 'runs are there already'
run run c.yaml --out single --resume
ends 2
says 'no campaign is there'
# What is known of the time.
run run c.yaml --out one --dry-run
check "$said: nothing to do" grep -q '^# time: nothing is left to do' out
check "$said: what is made" equal "$(grep -c '; 2 made$' out)" 6
head -10 one/runs.jsonl >two/runs.jsonl
run run c.yaml --out two --dry-run
check "$said: an estimate" grep -qE '^# time: [0-9.]+ (us|ms|s) of work still to do, by the runs in two' out
run run other.yaml --out single --dry-run
ends 0
# A last line that was cut off is made again.
{ head -10 one/runs.jsonl; sed -n 11p one/runs.jsonl | head -c 100; } >two/runs.jsonl
run run c.yaml --out two --resume
ends 0
says 'its last line was cut off by an earlier crash'
complete two
sed -n 1p three/runs.jsonl | head -c 100 >three/runs.jsonl.cut
mv three/runs.jsonl.cut three/runs.jsonl
run run three/config.yaml --out three --resume
ends 0
complete three
{ echo '{"schema":'; head -3 one/runs.jsonl; } >two/runs.jsonl
run run c.yaml --out two --resume
ends 2
says 'two/runs.jsonl:1: '

# A directory by default, named after the configuration and the time.
printf 'name: small\nmatrix: {workload: {name: fib, args: {n: 5}}, procs: 1}' >d.yaml
run run d.yaml
ends 0
says '^pmbench: results go to results/small-[0-9]{8}T[0-9]{6}Z$'
complete results/small-*

# Interrupted by every signal, to the group as by a terminal and to the command alone; gone on with as it says.
cat >long.yaml <<'END'
runs: 2
matrix:
  workload: {name: spin, args: {n: [64, 65], until-faults: 1}}
  fault: kill=1s                             # each of the four lasts a second at least, on every machine
  procs: 2
END
for how in 'INT group' 'TERM command' 'KILL command'; do
  set -- $how
  rm -rf long
  start run long.yaml --out long
  check "$said: two runs" soon holds long 2
  if [ "$2" = group ]; then kill -"$1" -- "-$pid"; else kill -"$1" "$pid"; fi
  ended
  said="$said (SIG$1 to the $2)"
  check "$said: some are left to do" test "$(wc -l <long/runs.jsonl)" -lt 4
  if [ "$1" = KILL ]; then
    check "$said: killed" equal "$code" 137
    command='pmbench run long.yaml --out long --resume'
  else
    ends 130
    check "$said: none was recorded as interrupted" jq -se 'all(.error == null)' long/runs.jsonl >/dev/null
    check "$said: no region" is_empty "$(left_in_shm "$pid")"
    command=$(sed -n 's/^pmbench: what was measured is kept; go on with `\(.*\)`$/\1/p' err)
  fi
  cp long/runs.jsonl before
  run ${command#pmbench }
  ends 0
  complete long
  check "$said: what was there is the same" cmp -s before <(head -n "$(wc -l <before)" long/runs.jsonl)
  rm -f $(left_in_shm "$pid")
done
# One at a time.
rm -rf long
start run long.yaml --out long
check "$said: a run" soon holds long 1
"$pmbench" run long.yaml --out long --resume >other.out 2>other.err
check "$said: a second one is refused" equal $? 2
check "$said: and says why" grep -q 'another campaign is working there' other.err
kill -INT -- "-$pid"
ended
ends 130

# A timeout is a result; the others are made, and there is nothing to go on with.
cat >timeout.yaml <<'END'
runs: 2
timeout: 2s
matrix:
  workload: [{name: spin, args: {until: never}}, {name: fib, args: {n: 20}}]
  procs: 2
END
run run timeout.yaml --out timeout
ends 130
says 'timeout of 2 s is over'
says_not 'go on with'
complete timeout
check "$said: kept" jq -se '[.[] | select(.workload == "spin") | .error | test("timeout")] == [true, true]' timeout/runs.jsonl >/dev/null
# A crash is gone on from.
printf 'runs: 2\nmatrix: {workload: {name: spin, args: {until-faults: 1}}, procs: 2, fault: crash=30ms}' >crash.yaml
run run crash.yaml --out crash
ends 0
complete crash
check "$said: it happened" jq -se 'all(.correct and .faults > 0 and .down_ns > 0)' crash/runs.jsonl >/dev/null

# A wrong result is recorded, the others are made, and the exit code says it: matrices with a BLAS that does nothing.
cat >wrong.yaml <<'END'
runs: 2
matrix:
  workload: [{name: fib, args: {n: 20}}, {name: matrix, args: {n: 128}}]
  procs: 1
END
echo 'void cblas_dgemm(void) {}' | ${CC:-cc} -shared -fPIC -x c -o wrong.so - || fail 'no compiler'
LD_PRELOAD=$work/wrong.so run run wrong.yaml --out wrong
ends 4
complete wrong
says '^pmbench: pmbench run matrix -n 128 --procs 1: matrix: WRONG RESULT'
check "$said: the numbers" equal "$(head -2 out | sed 's/, median.*//')" "$(printf 'fib -n 20 --procs 1: 2 of 2 right\nmatrix -n 128 --procs 1: 0 of 2 right')"
check "$said: kept" jq -se 'all(.correct == (.workload == "fib"))' wrong/runs.jsonl >/dev/null
rm -f $(left_in_shm none)
# On a terminal, how many of how many, and how long yet.
printf 'runs: 2\nmatrix: {workload: {name: spin, args: {n: [64, 65], until-faults: 1}}, procs: 2, fault: exn=300ms}' >tty.yaml
TERM=xterm script -qec "stty cols 200; $pmbench run tty.yaml --out tty" shown </dev/null >/dev/null
check 'a line of progress' grep -q '1 of 4: spin -n 6[45] ' shown
check 'how long yet' grep -qE '3 of 4 \(about [0-9.]+ (ms|s) left\): spin' shown
check 'is erased before the results' grep -qE $'\033\\[K\r?spin -n 64 .*--procs 2.*: 2 of 2 right' shown

# What this machine cannot do is said once, and written down.
cat >skip.yaml <<'END'
warmup: 1
matrix:
  workload: {name: fib, args: {n: [20, 22]}}
  backend: [dram, dax]
  capsule: [beat, fork]
  procs: 1
  fault: [none, exn=1ms]
END
for path in '' '--dax /dev/shm' '--dax $work/nowhere/pmem'; do
  rm -rf skip
  run run skip.yaml --out skip $path
  check "$said: ends without an error of its own" test "$code" = 0 -o "$code" = 6
  check "$said: said once" equal "$(grep -c '^pmbench: warning: dax:.*: skipped, since this machine cannot do it' err)" 1
  check "$said: the others" equal "$(runs skip | wc -l)" 8
  check "$said: a row each" equal "$(jq -c 'select(.schema == "pmbench-skipped-1") | [.workload, .args, .backend, .capsule,
    .procs, .pin, .fault_plan, (.reason | length > 10)]' skip/runs.jsonl | sort)" "$(for c in beat fork; do for n in 20 22; do
    for f in '' '"exn=1ms"'; do echo "[\"fib\",\"-n $n\",\"dax\",\"$c\",1,\"compact\",[$f],true]"; done; done; done | sort)"
  cp skip/runs.jsonl before
  run run skip.yaml --out skip --resume $path
  check "$said: not again" cmp -s before skip/runs.jsonl
  says_not skipped
done
for place in file:$work/nowhere/x file:/proc emulated:/sys; do
  rm -rf skip
  printf 'matrix: {workload: {name: fib, args: {n: 20}}, backend: [dram, "%s"], procs: 1}' $place >place.yaml
  run run place.yaml --out skip
  ends 0
  check "$said: said once" equal "$(grep -c "^pmbench: warning: $place: skipped, since this machine cannot do it: " err)" 1
  check "$said: a run and a row" equal "$(jq -r '[.schema, .backend] | join(" ")' skip/runs.jsonl | sort | tr '\n' ';')" \
    "pmbench-run-1 dram;pmbench-skipped-1 ${place%%:*};"
done
printf 'matrix: {workload: fib, backend: dax, procs: 1}' >all.yaml
run run all.yaml --out all
ends 3
check "$said: a row" equal "$(jq -r .schema all/runs.jsonl)" pmbench-skipped-1

# A combination that becomes impossible does not end the others.
seq 5000 -1 1 >numbers
cat >gone.yaml <<'END'
runs: 3
blocks:
  - matrix: {workload: {name: quicksort, args: {input: numbers}}, procs: 2}
  - matrix: {workload: {name: spin, args: {until-faults: 1}}, fault: kill=1s, procs: 2}
END
start run gone.yaml --out gone
check "$said: one was sorted" soon grep -q '"quicksort"' gone/runs.jsonl 2>/dev/null
rm numbers
ended
check "$said: an error" test "$code" != 0
says 'pmbench run quicksort --input numbers .*numbers.*; its other runs are left out'
check "$said: the others" equal "$(runs gone | grep -c spin)" 3
check 'no region is left' is_empty "$(left_in_shm "$pid")"
finish
