"""A sound file of another format is called what it is, and not a broken one."""

import pytest

from instances import dimacs
from instances.faults import BadInput

HEADER = "p cnf 3 2\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("p wcnf 3 2 10\n10 1 2 0\n3 3 0\n", "WCNF"),
        ("c\np wcnf 3 2\n4 1 2 0\n3 3 0\n", "WCNF"),
        ("h 1 2 0\n3 3 0\n", "WCNF"),
        ("c soft ones first\n3 3 0\n1 -2 0\nh 1 2 0\n", "line 4 is a hard clause among weighted ones (WCNF"),
        (HEADER + "x1 2 0\n3 0\n", "XOR"),
        (HEADER + "x 1 2 0\n3 0\n", "XOR"),
        (HEADER + "1 2 0\nx-1 2 0\n", "line 3: 'x-1' is not a literal: the line is an XOR constraint"),
        (HEADER + "a 1 2 0\ne 3 0\n1 0\n2 0\n", "QDIMACS"),
        (HEADER + "e 3 0\n1 0\n2 0\n", "QDIMACS"),
        (HEADER + "r 0.5 1 2 0\n", "SDIMACS"),
        (HEADER + "d 3 1 0\n", "DQDIMACS"),
        ("d 3 1 0\n", "DRAT"),
        ("3 1 0\nd 3 1 0\n0\n", "DRAT"),
        ("p inccnf\n1 2 0\na 1 0\n", "incremental"),
        ("p gcnf 3 2 1\n{0} 1 2 0\n{1} 3 0\n", "groups"),
        ("{0} 1 2 0\n", "group"),
        ("p knf 3 2\nk 2 1 2 3 0\n", "cardinality"),
        (HEADER + "k 2 1 2 3 0\n", "cardinality"),
        ("p cnf+ 3 2\n1 2 3 <= 2\n", "cardinality"),
        ("p edge 3 2\ne 1 2\ne 2 3\n", "graph"),
        ("p col 3 2\ne 1 2\n", "graph"),
        ("p sp 3 2\na 1 2 5\n", "network"),
        ("p max 3 2\n", "network"),
        ("p sat 3\n(*(1 2))\n", "nested"),
        ("p tw 3 2\n", "graph"),
        ("p dnf 3 2\n1 0\n", "DNF"),
        ("p pcnf 3 2 1\nvp 1 0\n", "projection"),
        ("p nonsense 3 2\n", "announces another format"),
        (HEADER + "w 1 0.5 0\n", "a weight"),
        (HEADER + "vp 1 2 0\n", "a projection"),
        ("s SATISFIABLE\nv 1 -2 0\n", "the answer of a solver"),
        ("c solved\nv 1 -2 0\n", "the answer of a solver"),
        ("* #variable= 2 #constraint= 1\n+1 x1 +1 x2 >= 1 ;\n", "OPB"),
        ("+1 x1 +1 x2 >= 1 ;\n", "OPB"),
        ("aag 3 2 0 1 1\n2\n4\n6\n6 2 4\n", "AIGER"),
        ("nnf 3 2 1\n", "NNF"),
        ("#QCIR-G14\n", "QCIR"),
        ("(set-logic QF_BV)\n", "SMT-LIB"),
        ("<!DOCTYPE html>\n", "HTML"),
    ],
)
def test_other_formats_are_named(text: str, said: str) -> None:
    with pytest.raises(BadInput, match="only DIMACS CNF is read") as caught:
        dimacs.parse(text, "f.cnf")
    message = str(caught.value)
    assert message.startswith("f.cnf, line ")
    assert said in message
    assert "\n" not in message
    assert len(message) < 250


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xfd7zXZ\x00\x00\x04", "an xz file: unpack it"),
        (b"BZh91AY&SY\x00\x01", "a bzip2 file"),
        (b"\x28\xb5\x2f\xfd\x00\x58", "a Zstandard file"),
        (b"PK\x03\x04\x14\x00", "a zip file"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "a 7-Zip file"),
        ("p cnf 1 1\n1 0\n".encode("utf-16"), "UTF-16 text: save it as UTF-8"),
        (b"aig 3 2 0 1 1\n6\n\x02\x02", "AIGER"),
    ],
)
def test_packed_files_are_named(data: bytes, said: str) -> None:
    with pytest.raises(BadInput, match="binary content, it seems ") as caught:
        dimacs.parse(data, "f.cnf")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "text", ["a dog\nran\n", "hello\nh 1 2 0\n", "x\u00e91\n", "k\u00f6ln 3\n", "{}\n", "pcnf 3 2\n", "e=mc2\n"]
)
def test_prose_is_no_format(text: str) -> None:
    with pytest.raises(BadInput, match="comes before the header: start the formula with"):
        dimacs.parse(text, "f.cnf")


def test_long_lines_are_told_in_no_time() -> None:
    for line in ("h " + "1 " * 200_000 + "x", "w " + "1" * 400_000, "+" * 400_000, "x" + "1" * 400_000 + "y"):
        with pytest.raises(BadInput):
            dimacs.parse(line)
