#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# matrix: the product of small files against a naive one, every way a file can be wrong, the same bits under every fault, and
# no output where there is an error. Usage: matrix.sh PMBENCH
set -u
pmbench=$(realpath "$1")
cd "$(mktemp -d)" && trap 'rm -rf "$PWD"' EXIT
failed=0
check() { local what=$1; shift; "$@" || { echo "FAILED: $what"; failed=1; }; }
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

sum=$("$pmbench" run matrix -n 700 --no-serial --json | jq -r .result)
for fault in kill@100 exn@300 hard@30 stop@20; do
  for seed in 1 2 3; do
    "$pmbench" run matrix -n 700 --procs 3 --fault $fault --watchdog 50ms --seed 1 --no-serial --json >out 2>err
    check "$fault: the same bits" test "$(jq -r .result <out)" = "$sum"
  done
done
[ $failed = 0 ] && echo "all right"
exit $failed
