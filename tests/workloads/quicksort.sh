#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# quicksort: against sort(1), for every distribution; every way a file can be wrong; inputs that make bad pivots; output whole
# or not at all. Usage: quicksort.sh PMBENCH
. "$(dirname "$0")/../lib.sh"
sort_run() { "$pmbench" run quicksort "$@" >out 2>err; }
# in_time ARGUMENTS...: the same, right whether or not all of its listed faults came before the end.
in_time() { sort_run "$@" || [ $? = 6 ]; }
denied() { # PATTERN ARGUMENTS...: exit code 2, one line
  local pattern=$1
  shift
  timeout 120 "$pmbench" run quicksort "$@" >out 2>err
  check "$*: exit code" test $? = 2
  check "$*: says $pattern" grep -qE "$pattern" err
  check "$*: one line" test "$(wc -l <err)" = 1
}
refused() { # the same, and no output
  denied "$@" --output refused.txt
  check "$*: no output" test ! -e refused.txt
}
raw() { perl -ne 'print pack("q<", $_)' "$1"; }
# sorts NAME: a text file NAME, as text and as raw64, with and without kills; the file is not touched
sorts() {
  sort -n "$1" >expected
  raw expected >expected.raw
  raw "$1" >"$1.raw"
  before=$(cat "$1" "$1.raw" | sha256sum)
  check "$1: runs" sort_run --input "$1" --output got --procs 2
  check "$1: sorted" cmp -s got expected
  check "$1 under kills: runs" in_time --input "$1" --output got --procs 3 --fault "kill=$(each_ms 1 20)"
  check "$1 under kills: sorted" cmp -s got expected
  check "$1 as raw64: runs" in_time --input "$1.raw" --format raw64 --output got --procs 2 --fault "exn=$(each_ms 1 20)"
  check "$1 as raw64: sorted" cmp -s got expected.raw
  check "$1: as it was" test "$(cat "$1" "$1.raw" | sha256sum)" = "$before"
}
perl -e 'use integer; srand 1; print int(rand(2**31)) * 2147483648 + int(rand(2**31)) - 2**61, "\n" for 1 .. 400000' >uniform && sorts uniform
perl -e 'print "$_\n" for -150000 .. 150000' >ascending && sorts ascending
perl -e 'print "7\n" for 1 .. 300000' >equal && sorts equal
perl -e 'print $_ % 3, "\n" for 1 .. 300000' >three && sorts three
perl -e 'print $_ % 2 ? 9223372036854775807 : "-9223372036854775808", "\n" for 1 .. 300000' >limits && sorts limits
perl -e 'print abs(150000 - $_), "\n" for 1 .. 300000' >valley && sorts valley
: >empty && sorts empty
echo 5 >one && sorts one
printf ' +3 \n\t-2\r\n007\n-0' >blanks
check "blanks, signs, zeros: runs" sort_run --input blanks --output got
check "blanks, signs, zeros: sorted" test "$(tr '\n' ' ' <got)" = '-2 0 3 7 '

# What editors, spreadsheets and other systems leave around numbers.
mark='\357\273\277'
taken() { # WHAT TEXT: read as 3 and 1
  printf '%b' "$2" >taken
  rm -f read
  check "$1: runs" sort_run --input taken --output read
  check "$1: sorted" test "$(tr '\n' ' ' <read)" = '1 3 '
}
taken 'a byte order mark' "${mark}3\n1\n"
taken 'a byte order mark, a blank and a sign' "$mark +3\n1"
taken 'a blank last line' '3\n1\n\n'
taken 'many blank last lines' '3\n1\n\n \n\t\r\n\n'
taken 'a last line of blanks without an end' '3\n1\n   '
taken 'a last line that is not ended' '3\n1'
taken 'carriage returns' '3\r\n1\r\n\r\n'
taken 'blanks and tabs around' ' 3 \n\t1\t\n'
taken 'signs' '+3\n+1\n'
for text in "$mark" '\n' '\n\n' " \r\n" "$mark\n"; do
  printf '%b' "$text" >nothing
  check "'$text' are no numbers: runs" sort_run --input nothing --output read
  check "'$text' are no numbers: none written" test -e read -a ! -s read
done

# The input is never changed, under whatever name it is given as output; a link to another file is followed.
cp blanks before && ln blanks hard && ln -s blanks soft && mkdir -p below
for name in blanks ./below/../blanks hard soft "$PWD/soft"; do
  denied "that is the input" --input blanks --output "$name"
  check "$name: the input is as it was" cmp -s blanks before
done
ln -s below/target pointer
check "a dangling link as output: runs" sort_run --input blanks --output pointer
check "a dangling link as output: still a link" test -L pointer
check "a dangling link as output: its target is written" cmp -s got below/target
ln -sf loop loop
denied "too many|Too many" --input blanks --output loop
mkfifo fifo
denied "not a regular file" --input fifo
denied "not a regular file" --input blanks --output fifo
denied "is a directory" --input blanks --output below
denied "its value is empty" --input ''
denied "its value is empty" --input blanks --output ''

# Nor is the region's own file an output.
for region in region ./below/../region "$PWD/region"; do
  denied "that is the region's own file" --input blanks --output region --backend "file:$region"
  denied "that is the region's own file" --input blanks --output "$region" --backend dram:region --keep
done

bad() { printf '1\n2\n%b' "$1" >bad; refused "bad:3: $2" --input bad; }
bad 'x\n' 'not a number'
bad '\n4\n' 'an empty line between numbers'
bad '\n\n \r\n4' 'an empty line between numbers'
bad "$mark"'4\n' 'not a number.*byte order mark'
bad '\0000\n' 'not a number.*NUL'
bad '\0032' 'not a number.*Ctrl-Z'
bad '+\n' 'not a number.*end of the line'
bad '-' 'not a number.*end of the file'
bad '+-1\n' "not a number.*'-'"
bad '3\r4\r' 'something follows.*carriage return'
bad '1,000\n' "something follows.*','"
printf '\377\376\061\000\n\000' >wide && refused 'wide:1: .*UTF-16' --input wide
printf '\376\377\000\061\000\n' >wide && refused 'wide:1: .*UTF-16' --input wide
bad '1 2\n' 'something follows'
bad '1.5\n' 'something follows'
bad '0x10\n' 'something follows'
bad -- 'not a number'
bad '- 1\n' 'not a number'
bad '9223372036854775808\n' 'does not fit 64 bits'
bad '-9223372036854775809\n' 'does not fit 64 bits'
bad '99999999999999999999999\n' 'does not fit 64 bits'
bad '3\0000' 'something follows.*NUL'
printf 1234567 >odd
refused "odd: its size is not a multiple of 8" --input odd --format raw64
refused "missing: No such file" --input missing
refused "not a regular file|Is a directory" --input .
refused "leave -n and --dist out" --input one -n 5
refused "dist zig: none of" --dist zig
refused "format csv: none of" --format csv --input one
sort_run --input one --output nowhere/file
check "no such directory: an error" test $? != 0
check "no such directory: said" grep -q "nowhere/file: cannot be written" err

for dist in uniform sorted reverse equal zipf; do
  check "$dist: runs" in_time -n 1M --dist $dist --procs 2 --fault "kill=$(each_ms 1 30)"
  check "$dist: right" grep -q right out
done
check "nothing to sort" sort_run -n 0

# Between two beats many buffers change their part: only the marks say where to commit before one is written again. With one
# worker nobody else asks for a commit.
for seed in 1 2 3 4 5 6 7 8; do
  check "marks, seed $seed: runs" in_time -n 1M --procs 1 --capsule beat=60ms --fault "exn=$(each_ms 7 120)" --seed $seed --no-serial --json
  faults=$((${faults:-0} + $(jq .faults out)))
  check "marks, seed $seed: right" test "$(jq .correct out)" = true
done
check "marks: faults happened" test "$faults" -ge 8
finish
