#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# matrix against NumPy itself: what NumPy reads as two dimensions of doubles is read here with the same numbers, what it reads as
# something else is refused by the word that names it, what it cannot read is refused; and NumPy reads what is written here.
# Usage: numpy.sh PMBENCH. Exit code 77: no NumPy.
. "$(dirname "$0")/../lib.sh"
for python in /usr/bin/python3 python3 none; do "$python" -c 'import numpy' 2>/dev/null && break; done
[ $python != none ] || skip 'no NumPy (package python3-numpy)'
"$python" - "$pmbench" <<'EOF'
import subprocess, sys, warnings
import numpy as np
warnings.simplefilter("ignore")
pmbench, checks, failed = sys.argv[1], 0, 0
I = np.eye(3)
np.save("identity.npy", I)

def check(what, holds, said=""):
    global checks, failed
    checks += 1
    if not holds:
        failed += 1
        print("FAILED:", what, said)

def product(name, a):
    """a, times the identity of as many rows as it has columns, as the tool has it; and what it said"""
    np.save("one.npy", np.eye(a.shape[1] if a is not None and a.ndim == 2 else 3))
    run = subprocess.run([pmbench, "run", "matrix", "--input", name, "one.npy", "--output", "product.npy", "--no-serial"],
                         capture_output=True, text=True)
    return run.returncode, run.stderr, np.load("product.npy") if run.returncode == 0 else None

def numpy_reads(name):
    try:
        return np.load(name)
    except Exception:
        return None

def compare(what, name, word=""):
    a = numpy_reads(name)
    doubles = a is not None and a.ndim == 2 and a.dtype == np.dtype("<f8")
    code, said, c = product(name, a)
    if doubles and a.size:
        check(what + ": read as NumPy reads it", code == 0 and np.array_equal(a, c), said)
    else:
        check(what + ": refused in one line that names the file", code == 2 and said.count("\n") == 1 and (name in said or "--input" in word), said)
        check(what + ": says " + word, word in said, said)

A = np.arange(12.0).reshape(4, 3)
for version in (1, 0), (2, 0), (3, 0):
    for order in "C", "F":
        with open("saved.npy", "wb") as f:
            np.lib.format.write_array(f, np.array(A, order=order), version=version)
        compare("version %s, order %s" % (version, order), "saved.npy")
for what, a, word in (("a slice", A[::2, ::-1], ""), ("a transpose", A.T, ""), ("doubles, big-endian", A.astype(">f8"), "big-endian"),
                      ("floats", A.astype("f4"), "'<f4'"), ("integers", A.astype("i8"), "'<i8'"), ("complex", A.astype(complex), "'<c16'"),
                      ("booleans", A > 3, "'|b1'"), ("one dimension", A[0], "two dimensions but of 1"),
                      ("a number", np.float64(3), "two dimensions but of 0"), ("three dimensions", A.reshape(2, 2, 3), "of 3"),
                      ("records", np.zeros((2, 3), [("x", "f8"), ("y", "f8")]), "several fields"), ("texts", np.array([["a", "b"]]), "'<U1'"),
                      ("no rows", np.zeros((0, 3)), "--input: a matrix without numbers (0 x 3")):
    np.save("saved.npy", a)
    compare(what, "saved.npy", word)

keys = "'descr': '<f8', 'fortran_order': False, 'shape': (4, 3), "
for header in ("{%s}" % keys, '{%s}' % keys.replace("'", '"'), "{%s}\n" % keys.rstrip(", "), "  {%s}" % keys, "\t{ %s }" % keys,
               "{%s}" % keys.replace(" ", ""), "{%s}" % keys.replace(" ", "\t"), "{%s}" % keys.replace(", ", ",\n"),
               "{%s}" % keys.replace("'<f8'", "'f8'"), "{%s}" % keys.replace("'<f8'", "'=f8'"), "{%s}" % keys.replace("'<f8'", "'|f8'"),
               "{%s}" % keys.replace("'<f8'", "'d'"), "{%s}" % keys.replace("'<f8'", "'float64'"), "{%s}" % keys.replace("'<f8'", "'double'"),
               "{%s}" % keys.replace("'<f8'", "'float'"), "{%s}" % keys.replace("'<f8'", "u'<f8'"), "{%s}" % keys.replace("'", "'").replace("'descr", "u'descr"),
               "{%s}" % keys.replace("'<f8'", "'!f8'"), "{%s}" % keys.replace("(4, 3)", "(4L, 3L)"), "{%s}" % keys.replace("(4, 3)", "(4, 3,)"),
               "{%s}" % keys.replace("(4, 3)", "[4, 3]"), "{%s}" % keys.replace("(4, 3)", "(4 3)"), "{%s}" % keys.replace("(4, 3)", "(-4, -3)"),
               "{%s}" % keys.replace("(4, 3)", "(4, 3.0)"), "{%s}" % keys.replace("(4, 3)", "(12,)"), "{%s}" % keys.replace("(4, 3)", "(12)"),
               "{%s}" % keys.replace("(4, 3)", "12"), "{%s}" % keys.replace("False", "True"), "{%s}" % keys.replace("False", "0"),
               "{%s}" % keys.replace("False", "'False'"), "{%s 'more': 1}" % keys, "{%s" % keys, "%s" % keys, "[%s]" % keys, "{%s} x" % keys,
               "{%s}{}" % keys, "", "{}", "{%s}" % keys.replace("<f8", "<f9"), "{%s}" % keys.replace("'descr'", "descr"),
               "{'shape': (4, 3), 'fortran_order': True, 'descr': '<f8'}", "{%s}" % keys.replace(", ", " ")):
    for version, start in (1, b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little")), (2, b"\x93NUMPY\2\0" + len(header).to_bytes(4, "little")):
        with open("written.npy", "wb") as f:
            f.write(start + header.encode() + A.tobytes())
        compare("version %d, header %r" % (version, header), "written.npy")

print("all right" if not failed else "%d of %d checks failed" % (failed, checks))
sys.exit(failed > 0)
EOF
