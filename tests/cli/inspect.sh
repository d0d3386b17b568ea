#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: inspect tells what is in a live, a crashed and a finished region, in words and as JSON; a damaged one it never
# falls over, and none it ever changes.
. "$(dirname "$0")/../lib.sh"

# inspected CODE FILE: in words (in $work/words) and as JSON (on $work/out), and unchanged.
inspected() {
  run inspect "$2"
  ends "$1"
  mv out words
  check "$said: names it" grep -q "^region  *$2: " words
  run inspect "$2" --json
  ends "$1"
  check "$said: one object" equal "$(jq -c type out)" '"object"'
  record_is ".path == \"$2\" and .program == \"fib\" and .slots != null and .joins != null and .memory != null"
  record_is '.finding_count == (.findings | length) or (.findings | length) > 0'
}

committed() { [ "$("$pmbench" inspect "$1" --json 2>/dev/null | jq '[.slots[] | select(.commit > 0)] | length')" -ge 2 ]; }
run run fib -n 44 --procs 2 --no-serial --slots 3 --stack 8KiB --backend dram:region --fault kill=5ms --fault crash=40ms
ends 130
before=$(sha256sum <region)
inspected 0 region
record_is '.state == "unfinished" and .in_use == false and .finding_count == 0 and .faults == 2 and (.slots | length) == 3'
check "$said: the tasks on the stacks" grep -qE '^ +[0-9]+ +fib\(n=4[0-4]\) at line [0-9]+, forked fib' words
check "$said: the joins" grep -qE '^joins .* TAKEN' words
check "$said: unchanged" equal "$(sha256sum <region)" "$before"
chmod 400 region
inspected 0 region
chmod 600 region

start run fib -n 92 --procs 2 --no-serial --backend dram:live --capsule beat=1ms
check "$said: workers" soon working "$pid"
check "$said: commits" soon committed live
for i in 1 2 3 4 5; do inspected 0 live; done
record_is '.in_use == true and .state == "unfinished"'
check 'the live run goes on' working "$pid"
kill -INT -- "-$pid"
ended
ends 130
inspected 0 live
record_is '.in_use == false'

run run fib -n 30 --procs 2 --no-serial --backend file:finished --keep
ends 0
inspected 0 finished
record_is '.state == "finished" and .in_use == false and .finding_count == 0'

for file in nothing "$work" /dev/null words; do
  run inspect "$file"
  ends 2
  says "^pmbench: $file: "
  check "$said: one line" equal "$(wc -l <err)" 1
done
for bytes in 0 7 4095 100000; do
  head -c $bytes region >short
  run inspect short
  ends 2
  says '^pmbench: short: (too short|truncated|not a region)'
done

# Damage: a byte of the file at a time, or eight in a row, in every part that a run works on. Each is mended afterwards by the
# same change, so that at the end the file is what it was if nobody else wrote to it.
RANDOM=20250101
at() { jq ".memory[] | select(.section == \"$1\") | .$2" layout; }
random() { echo $(((RANDOM << 30 | RANDOM << 15 | RANDOM) % $1)); }
flip() {                                     # OFFSET COUNT
  local bytes text='' byte
  for byte in $(od -An -v -tu1 -j "$1" -N "$2" region); do text="$text\\x$(printf %02x $((byte ^ mask)))"; done
  printf "$text" | dd of=region bs=1 seek="$1" conv=notrunc 2>/dev/null
}
run inspect region --json
mv out layout
found=0
for part in run tasks slots slots slots images joins joins continuations links; do
  offset=$(at $part offset) bytes=$(at $part bytes)
  check "the region has a part $part" test "${bytes:-0}" -gt 0
  # What is in use of a part lies at its beginning, mostly.
  for i in $(seq 20); do
    reach=$bytes
    [ $((i % 2)) = 0 ] && [ "$bytes" -gt 1024 ] && reach=1024
    where=$((offset + $(random "$reach"))) length=$((i % 3 == 0 ? 8 : 1)) mask=$((1 + $(random 255)))
    [ $((where + length)) -le $((offset + bytes)) ] || where=$((offset + bytes - length))
    flip $where $length
    timeout 120 "$pmbench" inspect region >out 2>err
    code=$? said="inspect, $length bytes of $part at $where changed by $mask"
    checks=$((checks + 1))
    case $code in
      0) ;;
      2) grep -q '^checked  *[0-9]* finding' out && found=$((found + 1)) ;;    # else: not readable at all
      *) fail "$said: exit code $code" ;;
    esac
    if [ $((i % 4)) = 0 ]; then
      timeout 120 "$pmbench" inspect region --json >out 2>err
      [ ! -s out ] || check "$said: one object" equal "$(jq -c type out 2>&1)" '"object"'
    fi
    flip $where $length
  done
done
check 'some of the damage is found' test $found -ge 3
check 'the file was never changed' equal "$(sha256sum <region)" "$before"
run resume region --json
ends 0
record_is '.correct == true and .result == "701408733"'
finish
