#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# matrix: the product of small files against a naive one, every way a file can be wrong, the same bits under every fault and
# after a crash, and no output where there is an error. Usage: matrix.sh PMBENCH
. "$(dirname "$0")/../lib.sh"
refused() { # PATTERN ARGUMENTS...: exit code 2, one line, no output
  local pattern=$1
  shift
  "$pmbench" run matrix "$@" --output refused.npy >out 2>err
  check "$*: exit code" test $? = 2
  check "$*: says $pattern" grep -qE "$pattern" err
  check "$*: one line" test "$(wc -l <err)" = 1
  check "$*: no output" test ! -e refused.npy
}
# npy VERSION ORDER ROWS COLUMNS [TYPE]: a file of numbers made from their place
npy() {
  perl -e 'my ($version, $order, $rows, $columns, $type) = @ARGV; $type //= "<f8";
    my $text = sprintf("{\x27descr\x27: \x27%s\x27, \x27fortran_order\x27: %s, \x27shape\x27: (%d, %d), }", $type,
                       $order eq "F" ? "True" : "False", $rows, $columns);
    my $length = $version == 1 ? pack("v", length($text) + 1) : pack("V", length($text) + 1);
    print "\x93NUMPY", pack("CC", $version, 0), $length, $text, "\n";
    my @x = map { my $r = $_; map { ($r * 7 + $_ * 3) % 11 - 5.25 } 0 .. $columns - 1 } 0 .. $rows - 1;
    if ($order eq "F") { for my $c (0 .. $columns - 1) { print pack("d<", $x[$_ * $columns + $c]) for 0 .. $rows - 1 } }
    else { print pack("d<*", @x) }' "$@"
}
# agrees A-ROWS K B-COLUMNS FILE: whether FILE is the product of what npy made
agrees() {
  perl -e 'my ($m, $k, $n, $file) = @ARGV; local $/; open my $f, "<:raw", $file or exit 1; my $all = <$f>;
    my @c = unpack("d<*", substr($all, 10 + unpack("v", substr($all, 8, 2)))); exit 1 if @c != $m * $n;
    my $x = sub { ($_[0] * 7 + $_[1] * 3) % 11 - 5.25 };
    for my $i (0 .. $m - 1) { for my $j (0 .. $n - 1) { my $s = 0; $s += $x->($i, $_) * $x->($_, $j) for 0 .. $k - 1;
      exit 1 if abs($s - $c[$i * $n + $j]) > 1e-9 } }' "$@"
}
for version in 1 2 3; do
  for order in C F; do
    npy $version $order 5 9 >a.npy
    npy $version C 9 4 >b.npy
    check "version $version, order $order: runs" "$pmbench" run matrix --input a.npy b.npy --output c.npy --procs 2 >/dev/null
    check "version $version, order $order: the product" agrees 5 9 4 c.npy
  done
done
npy 1 F 300 40 >a.npy && npy 1 F 40 700 >b.npy
check "several blocks: runs" "$pmbench" run matrix --input a.npy b.npy --output c.npy --procs 2 >/dev/null
check "several blocks: the product" agrees 300 40 700 c.npy
npy 1 C 700 2 >d.npy
check "what it writes it reads" "$pmbench" run matrix --input c.npy d.npy --output e.npy >/dev/null

npy 1 C 3 3 >a.npy
npy 1 C 3 3 '<f4' >single.npy
head -c 100 a.npy >short.npy
{ cat a.npy; echo; } >long.npy
head -c 9 a.npy >head.npy
echo 1 2 3 >text.npy
npy 1 C 4 3 >four.npy
{ head -c -8 a.npy; perl -e 'print pack("d<", 9**9**9)'; } >infinite.npy
{ head -c -8 a.npy; perl -e 'print pack("d<", -sin(9**9**9))'; } >nan.npy
npy 1 C 0 3 >none.npy
sed 's/(3, 3)/(9,)  /' a.npy >flat.npy
refused "single.npy: not of doubles" --input single.npy a.npy
refused "short.npy: damaged: its size" --input a.npy short.npy
refused "long.npy: damaged: its size" --input long.npy a.npy
refused "head.npy: not a .npy file" --input head.npy a.npy
refused "text.npy: not a .npy file" --input text.npy a.npy
refused "columns of A are not as many as the rows of B \(3 x 3 and 4 x 3\)" --input a.npy four.npy
refused "infinite.npy: number 8 is not finite" --input infinite.npy a.npy
refused "nan.npy: number 8 is not finite" --input a.npy nan.npy
refused "flat.npy: not of two dimensions" --input flat.npy a.npy
refused "without numbers" --input none.npy none.npy
refused "missing.npy: No such file" --input missing.npy none.npy
refused "leave -n out" --input a.npy a.npy -n 3
refused "n 100k: must be from 1 to 65536" -n 100k
refused "not a regular file" --input . a.npy

npy 1 C 3 3 >whole.npy
sed "s/'fortran_order': False/'fortran_order': Maybe/" whole.npy >order.npy
{ head -c -8 a.npy; perl -e 'print pack("d<", 1e200)'; } >large.npy
{ head -c -8 a.npy; perl -e 'print pack("d<", 1e-200)'; } >tiny.npy
refused "order.npy: damaged: its header does not say in which order" --input order.npy a.npy
refused "so large that the product may overflow" --input large.npy large.npy
check "no room for output: exit code" test "$("$pmbench" run matrix -n 10 --output missing/c.npy >/dev/null 2>&1; echo $?)" = 2
check "tiny numbers are right" "$pmbench" run matrix --input tiny.npy tiny.npy >/dev/null

# A seed is that of the input and that of the faults.
# The first fault comes before any of these can be over; of the others, as many as there is time for.
for fault in "kill=$(each_ms 1 60)" "exn=$(each_ms 1 60)" hard=1ms,3ms stop=1ms,100ms; do
  happened=0
  for seed in 1 2 3; do
    sum=$("$pmbench" run matrix -n 700 --seed $seed --no-serial --json 2>/dev/null | jq -r .result)
    "$pmbench" run matrix -n 700 --procs 3 --fault $fault --watchdog 50ms --seed $seed --no-serial --json >out 2>err
    check "$fault, seed $seed: right" equal "$(jq .correct <out)" true
    check "$fault, seed $seed: the same bits" test "$(jq -r .result <out)" = "$sum"
    happened=$((happened + $(jq .faults <out)))
  done
  check "$fault: it happened" test $happened -gt 0
done

# A crash, and whoever resumes stands elsewhere and has the input files no more.
perl -e 'srand 5; my ($m, $k) = (1300, 1100);
  my $text = "{\x27descr\x27: \x27<f8\x27, \x27fortran_order\x27: False, \x27shape\x27: ($m, $k), }\n";
  print "\x93NUMPY\x01\0", pack("v", length $text), $text, pack("d<*", map { rand } 1 .. $m * $k)' >a.npy
perl -e 'local $/; my $all = <>; $all =~ s/\(1300, 1100\)/(1100, 1300)/; print $all' a.npy >b.npy
check "before the crash: runs" "$pmbench" run matrix --input a.npy b.npy --output calm.npy --no-serial >/dev/null
"$pmbench" run matrix --input a.npy b.npy --output after.npy --procs 2 --no-serial --backend file:matrix.region \
  --fault crash=1ms >/dev/null 2>&1
check "crash: not over" test $? != 0
check "crash: no output" test ! -e after.npy
rm a.npy b.npy && mkdir elsewhere
check "resume: runs" env -C elsewhere "$pmbench" resume ../matrix.region >out 2>err
check "resume: after a crash" grep -q '1 crash' out
check "resume: the same output" cmp -s after.npy calm.npy
finish
