#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: a run that is crashed is finished by the command that the tool names, as the same run with the same answer; what
# is not an unfinished region of this build is refused in one line, and left as it is.
. "$(dirname "$0")/../lib.sh"

run run spin --seed 7 --json
answer=$(record .result)
# crash N ARGUMENTS...: a run that is not over before N faults were logged.
crash() {
  faults=$1
  shift
  run run spin --until-faults "$faults" --procs 2 --no-serial --backend dram:region --seed 7 --json "$@"
}
crashed() {
  ends 130
  says 'crashed on purpose'
  says '^pmbench: finish it with `pmbench resume .*`$'
  check "$said: nothing on stdout" test ! -s out
  check "$said: the region waits" test -f region
  check "$said: 0600" equal "$(stat -c %a region)" 600
}
resumed() {
  run resume "$@"
  ends 0
  record_is ".correct == true and .result == \"$answer\" and .workload == \"spin\" and .seed == 7"
  record_is ".args == \"-n 64 --leaf 1000 --shape tree --until-faults $faults\""
  record_is '.argv[0:3] == ["run", "spin", "--until-faults"] and .down_ns > 0 and .mode == "injured"'
  record_is '[.fault_log[] | select(.kind == "crash" and .state == "done")] | length >= 1'
  lost=$((${lost:-0} + $(record .lost_ns)))
}

# As many workers, fewer, more; as many as there are slots.
for procs in '' 1 4; do
  crash 1 --fault crash=20ms --out results
  crashed
  check 'no record yet' equal "$(cat results/runs.jsonl 2>/dev/null | wc -l)" "$((${record_count:-0}))"
  resumed region ${procs:+--procs $procs}
  record_is ".procs == ${procs:-2}"
  record_count=$((${record_count:-0} + 1))
  check 'the record is where the run wanted it' equal "$(wc -l <results/runs.jsonl)" "$record_count"
  check 'the region is gone' test ! -e region
done
crash 1 --fault crash=20ms --slots 3
crashed
resumed region --procs 9
says 'warning: 9 workers wanted, 3 slots in the region: 3 workers'
record_is '.procs == 3 and .slots == 3 and (.warnings | any(test("9 workers wanted")))'

# Twice crashed: of a list, what is still to come; and by a fault of the resumption's own.
crash 2 --fault crash=20ms,80ms
crashed
run resume region
crashed
resumed region
record_is '[.fault_log[] | select(.kind == "crash") | .when_ns] | length == 2 and .[0] < .[1]'
crash 2 --fault crash=20ms
crashed
run resume region --fault crash=40ms
crashed
resumed region --fault none
record_is '[.fault_log[] | select(.kind == "crash")] | length == 2'

# Times given to resume count from there.
crash 2 --fault crash=60ms
crashed
resumed region --fault kill=5ms
record_is '.fault_plan == ["crash=60ms", "kill=5ms"]'
record_is '[.fault_log[] | select(.kind == "kill" and .state != "spared")] | length == 1'

# An output that cannot be written: the answer waits in the region.
mkdir place
seq 300000 -1 1 >numbers
run run quicksort --input numbers --output place/sorted --backend dram:region --no-serial --fault crash=1us --json
crashed
mv place elsewhere
run resume region
ends 2
says '^pmbench: --output .*place/sorted: cannot be written: No such file or directory'
check "$said: nothing on stdout" test ! -s out
mv elsewhere place
(ulimit -f 1000; "$pmbench" resume region >"$work/out" 2>"$work/err") # more than two bytes a number, and less than they take
code=$? said='pmbench resume region under ulimit -f'
ends 1
says 'place/sorted: cannot be written: File too large'
says '^pmbench: finish it with `pmbench resume .*region`$'
check "$said: nothing on stdout" test ! -s out
check "$said: nothing half-written" is_empty "$(ls -A place)"
run resume region
ends 0
record_is '.correct == true'
check 'the output is whole' equal "$(sort -n numbers | md5sum)" "$(md5sum <place/sorted)"
check 'the region is gone' test ! -e region

check 'crashes cost work that was done again' test "$lost" -gt 0

# By itself.
crash 2 --fault crash=20ms,70ms --auto-resume
ends 0
record_is ".correct == true and .result == \"$answer\" and .down_ns > 0"
record_is '[.fault_log[] | select(.kind == "crash")] | length == 2'
check "$said: the region is gone" test ! -e region
run run spin --until-faults 1 --procs 2 --no-serial --json --runs 3 --fault crash=10ms --auto-resume
ends 0
check "$said: three right runs that crashed" equal \
  "$(jq -c '[.rep, .correct, ([.fault_log[] | select(.kind == "crash")] | length)]' out | tr '\n' ' ')" '[0,true,1] [1,true,1] [2,true,1] '
check "$said: no region" is_empty "$(left_in_shm none)"
# Without --auto-resume the first crash ends the command, and its other runs are not made.
run run spin --until-faults 1 --procs 2 --no-serial --runs 3 --fault crash=10ms --backend dram:"$work"
ends 130
check "$said: one region" equal "$(regions . | wc -l)" 1
rm -f pmbench-*.region
# Faults of every kind before and after a crash.
crash 4 --auto-resume --fault kill=25ms,100ms --fault stop=140ms --watchdog 100ms --fault crash=60ms
ends 0
record_is '[.fault_log[] | select(.state == "done" or .state == "idle-victim") | .kind] | unique == ["crash", "kill", "stop"]'
record_is ".correct == true and .result == \"$answer\""

# Elsewhere: a file that was named from the first directory is written there.
mkdir here there
seq 400000 -1 1 >here/input
(cd here && "$pmbench" run quicksort --input input --output sorted --procs 2 --no-serial --backend file:region \
  --capsule beat=50us --fault crash=1us >../out 2>../err)
code=$? said='quicksort'
ends 130
(cd there && "$pmbench" resume ../here/region >../out 2>../err)
code=$? said='quicksort, resumed elsewhere'
ends 0
check "$said: right" grep -q ': right' out
check "$said: the output, where it was wanted" cmp -s here/sorted <(seq 400000)
check "$said: nothing elsewhere" is_empty "$(ls -A there)"

# refuse PATTERN FILE: resume says so, and does not touch it.
refuse() {
  local before
  before=$([ -f "$2" ] && sha256sum <"$2")
  run resume "$2"
  ends 2
  says "$1"
  check "$said: one line" equal "$(wc -l <err)" 1
  check "$said: nothing on stdout" test ! -s out
  [ -z "$before" ] || check "$said: as it was" equal "$(sha256sum <"$2")" "$before"
}
# damage FILE OFFSET: another byte there.
damage() {
  local byte
  byte=$(od -An -tu1 -j "$2" -N 1 "$1")
  printf "\\x$(printf %x $((byte ^ 255)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
crash 1 --fault crash=20ms
crashed
cp region copy
for offset in 8 12 16 24 40 72 100; do
  cp copy damaged
  damage damaged $offset
  refuse '^pmbench: damaged: (damaged|layout|truncated)' damaged
done
cp copy damaged
damage damaged 0
refuse 'not a region of pmbench' damaged
for bytes in 0 100 5000 1000000; do
  head -c $bytes copy >short
  refuse 'short: (too short|truncated|not a region)' short
done
head -c 100000 /dev/urandom >random
refuse 'random: not a region of pmbench' random
ln -s copy link
refuse 'link: a symbolic link' link
mkfifo pipe
refuse 'pipe: neither a file nor a device' pipe
refuse '/dev/null: ' /dev/null
refuse "$work: a directory" "$work"
refuse 'nothing: No such file' nothing

# Of another build: the same tool with another build id.
note=$(LC_ALL=C readelf -SW "$pmbench" 2>/dev/null | awk '/[.]note[.]gnu[.]build-id/ { sub(/.*NOTE */, ""); print $2 }')
if [ -n "$note" ]; then
  cp "$pmbench" other
  damage other $((16#$note + 16))
  ./other run spin --seed 7 --until-faults 1 --procs 2 --no-serial --backend dram:others --fault crash=20ms >out 2>err
  code=$? said='another build'
  ends 130
  refuse 'others: of another executable \(program spin\); resume it with the one that made it' others
  "$work/other" resume others --json >out 2>err
  code=$? said='the build that made it'
  ends 0
  record_is ".result == \"$answer\""
fi

# In use: of a run that goes on, and of one that ends meanwhile; neither is disturbed.
start run spin --until told --procs 2 --no-serial --backend dram:live --keep --json
check "$said: workers" soon working "$pid"
for i in 1 2 3; do
  "$pmbench" resume live >refused 2>refused.err
  check 'in use: exit code' equal $? 2
  check 'in use: said' grep -q 'live: in use by another run' refused.err
done
check 'it goes on' working "$pid"
touch told
"$pmbench" resume live >refused 2>refused.err
check 'in use or over: said' grep -qE 'live: (in use by another run|its run is over)' refused.err
ended
ends 0
record_is '.correct == true'
refuse 'live: its run is over' live

# A copy of a crashed region is a region of its own: it is finished by itself, and so is the first.
rm -f region
faults=1
mv copy region
cp region copy
resumed copy --procs 1
check 'the first one waits' test -f region
resumed region
finish
