#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: `pmbench bench` from outside: every benchmark gives rows whose keys are the documented ones, in the file and on stdout
# alike; whatever is wrong is one line and the documented exit code; nothing stays behind, however it ends. Times are only asked
# for what no machine can turn around: a thousand fences take longer than one.
# What is measured is checked once against something else: a commit's lines and fences, forks, and rounds of a race against a count
# by hand (here); what the CPU has against the kernel's list, the subtracted clock against work of known length, how often work is
# done against the row (engine_test.c); what is read and copied against the sum and the bytes that were written there
# (bench/bandwidth.c, which ends with a wrong result).
. "$(dirname "$0")/../lib.sh"

# rows_are FILTER: what the rows on stdout fulfil, all together.
rows_are() {
  checks=$((checks + 1))
  [ "$(jq -s "$1" "$work/out" 2>&1)" = true ] || fail "$said: not so: $1"
}
nothing_left() {
  check "$said: nothing on the path" is_empty "$(ls -A "${1:-/dev/shm}" | grep -i pmbench)"
}

run list benches
ends 0
benches=$(awk '{print $1}' out)
check "there are benchmarks" test "$(wc -w <<<"$benches")" -ge 3
"$pmbench" list columns | sed -n '/bench.jsonl/,$p' | awk '/^    / {print $1}' | sort >documented

path=$(mktemp -d /dev/shm/pmtest-XXXXXX) && trap 'rm -rf "$work" "$path"' EXIT
for bench in $benches; do
  run bench $bench --quick --json --path $path --out results
  ends 0
  check "$said: quiet" test ! -s err
  check "$said: rows" test -s out
  rows_are "all(.schema == \"pmbench-bench-1\" and .bench == \"$bench\" and .unit != null and .n == (.samples | length))"
  rows_are 'all((.skipped == null) == (.median != null))'
  rows_are 'all(.n == 0 or .median == null or .low == null or (.low <= .median and .median <= .high))'
  rows_are 'all(.clock_ns > 0 and .cores >= 1 and .fs != null and .granularity != null)'
  jq -r keys[] out | sort -u >used
  check "$said: keys that nobody documented" is_empty "$(comm -23 used documented)"
  tail -n "$(wc -l <out)" results/bench.jsonl >kept
  check "$said: the file has the same" equal "$(jq -S -c . out | cksum)" "$(jq -S -c . kept | cksum)"
  cat used >>all_used
  nothing_left $path
  nothing_left
done
check "documented keys that nobody writes" is_empty "$(sort -u all_used | comm -13 - documented)"
check "the machine is described" test "$(jq -r .schema results/machine.json)" = pmbench-machine-1

# On whatever holds the work folder, which may be a disk.
run bench fence --quick --json --path .
ends 0
nothing_left .

# For people: the clock, and a table.
run bench fence --quick
ends 0
check "$said: the clock's cost" grep -qE 'a look at the clock takes [0-9.]+ ns with its fence, which is subtracted' out
check "$said: a table" grep -qE '^ +4096 bytes pending +[0-9]' out

# What is on the path: more lines, more fences, more time. What the CPU has not, says so.
run bench flush --quick --json --only clflush
ends 0
rows_are 'map(select(.when == "at-once" and .state == "dirty")) |
          (map(select(.lines == 1024))[0].median) > 8 * (map(select(.lines == 1))[0].median)'
rows_are 'map(select(.instruction != "clflush")) == []'
rows_are '[.[].lines] | unique == [1, 8, 64, 1024]'
rows_are '[.[].state] | unique == ["clean", "dirty", "elsewhere"]'

# The notes' question. Where both find the place free, both believe it with one value, in every round, and with a witness never:
# counts, whatever the machine does meanwhile.
run bench cam --quick --json
ends 0
rows_are 'def n($o; $m; $op): map(select(.order == $o and .mark == $m and .op == $op))[0].median;
  n("met"; "same"; "race-rounds") > 0 and n("met"; "witness"; "race-rounds") > 0
  and n("met"; "same"; "race-both-tried") == n("met"; "same"; "race-rounds")
  and n("met"; "same"; "race-both-won") == n("met"; "same"; "race-rounds")
  and n("met"; "witness"; "race-both-tried") == n("met"; "witness"; "race-rounds")
  and n("as-is"; "same"; "race-both-won") == n("as-is"; "same"; "race-both-tried")
  and ([.[] | select(.mark == "witness" and .op == "race-both-won") | .median] == [0, 0])
  and ([.[] | select(.op == "race-none-won") | .median] == [0, 0, 0, 0])'
rows_are 'map(select(.op == "contended-changed") | .procs) | . == [] or .[0] == 2'
rows_are 'map(select(.op == "contended-changed") | .samples[] | select(. < 0 or . > 100)) == []'

# A commit's lines and fences, counted by hand: the stack's lines, one of the record, one of seq, and the data's; two fences. It is
# the commit that runs use, and tests/task/capsule_test.c has the same numbers.
run bench commit --quick --json
ends 0
rows_are 'map(select(.part == "lines" and .backend == "emulated") |
            .median == ((.bytes + 63) / 64 | floor) + .lines + 2) | length > 2 and all'
rows_are 'map(select(.part == "fences" and .backend == "emulated") | .median == 2) | length > 2 and all'
rows_are 'map(select((.part == "lines" or .part == "fences") and .backend == "dram") | .median == 0) | length > 2 and all'
rows_are 'map(select(.part == "floor" and .backend == "dram") | .skipped) | unique == ["nothing to write back"]'

# fib(n + 1) - 1 forks, which the result of the run has to be; and fences at every fork cost more than none at all.
run bench fork --quick --json
ends 0
rows_are 'map(select(.capsule == "none") | .forks) | unique == [196417]'
rows_are 'map(select(.capsule == "fork") | .forks) | unique == [609]'
rows_are 'map(select(.backend == "emulated")) | (map(select(.capsule == "fork"))[0].median) > 2 * (map(select(.capsule == "none"))[0].median)'

# One core: what needs another says so, and the rest is measured.
first=$(taskset -cp $$ | sed -E 's/.*: ([0-9]+).*/\1/')
taskset -c "$first" "$pmbench" bench flush --quick --json --only elsewhere >out 2>err
code=$? said="taskset -c $first pmbench bench flush --only elsewhere"
ends 3
says 'needs a second core'
rows_are 'all(.skipped == "needs a second core" and .cores == 1)'

# refused CODE WORD ARGUMENTS...
refused() {
  local wanted=$1 word=$2
  shift 2
  run bench "$@"
  ends "$wanted"
  check "$said: one line" equal "$(wc -l <err)" 1
  check "$said: it names $word" grep -qF -- "$word" err
  check "$said: no row" is_empty "$(grep '^{' out)"
}
refused 2 fly fly
refused 2 'name a benchmark'
refused 2 cam flush cam
refused 2 --nosuch flush --nosuch
for option in path out only procs; do refused 2 "--$option" flush --$option; refused 2 "--$option" flush --$option=; done
for junk in 0 x -1 65 1.5; do refused 2 "--procs" flush "--procs=$junk"; done
refused 2 /nonexistent flush --path /nonexistent
refused 2 /etc/passwd flush --path /etc/passwd
refused 3 /dev/null flush --path /dev/null
refused 2 --out flush --out /etc/passwd
refused 2 xyzzy flush --quick --only xyzzy
if [ "$own_shm" = yes ]; then
  mkdir small && mount -t tmpfs -o size=1m none small 2>/dev/null && { refused 3 'MiB' flush --path small; umount small; }
  mkdir four && mount -t tmpfs -o size=4m none four 2>/dev/null && {
    run bench all --quick --json --only with-fence --path four
    ends 3
    says '^pmbench: bench bandwidth: .*no room for 16 MiB; [0-9]+ MiB are left$'
    rows_are 'length > 5 and all(.bench == "fence")'
    nothing_left four
    umount four
  }
  mkdir still && mount -t tmpfs -o ro none still 2>/dev/null && { refused 3 still flush --path still; umount still; }
fi

# Ctrl-C: at once, 130, with what was measured; no process and no file stays.
for bench in $benches; do
  rm -f out
  start bench $bench --json --out results
  check "$said: begins" soon 20 test -s out
  family="$pid $(children_of "$pid")"
  kill -INT "$pid"
  ended
  ends 130
  says interrupted
  check "$said: nobody lives" soon 5 gone $family
  check "$said: whole rows" jq -e . out >/dev/null
  nothing_left
done
"$pmbench" bench flush --json 2>err | head -n 1 >out
check "| head: quiet" test ! -s err
finish
