"""Formats that look like DIMACS CNF and are not: what a header, a line, or the first bytes tell of them.

Each answer says what the file is, so that a sound file of another kind is not called a broken one.
"""

import re
from collections.abc import Mapping

_HEADERS: Mapping[bytes, str] = {
    b"wcnf": "clauses with weights (WCNF, for MaxSAT)",
    b"inccnf": "an incremental formula (clauses and assumptions)",
    b"gcnf": "clauses in groups (GCNF, for unsatisfiable subsets)",
    b"knf": "clauses and cardinality constraints (KNF)",
    b"cnf+": "clauses and cardinality constraints (CNF+)",
    b"xcnf": "clauses and XOR constraints",
    b"xnf": "XORs of literals in place of literals (XNF)",
    b"dnf": "a disjunction of terms (DNF)",
    b"pcnf": "a formula with a projection (for model counters)",
    b"wpcnf": "a formula with weights and a projection (for model counters)",
    **dict.fromkeys((b"edge", b"edges", b"col"), "a graph (DIMACS, for colouring)"),
    **dict.fromkeys((b"sp", b"max", b"min", b"asn", b"aux"), "a network (DIMACS, for paths and flows)"),
    **dict.fromkeys((b"sat", b"satx", b"sate", b"satex"), "a nested formula (DIMACS SAT)"),
    **dict.fromkeys((b"tw", b"td", b"htd", b"ds", b"hs", b"vc", b"cep"), "a graph (PACE)"),
}
_NUMBERS = rb"(?: -?[0-9]+)*"
_LINES: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(pattern.replace(b" ...", _NUMBERS), re.DOTALL), what)
    for pattern, what in (
        (rb"h ...", "a hard clause among weighted ones (WCNF, for MaxSAT)"),
        (rb"[ae] ...", "a quantifier (QDIMACS)"),
        (rb"r [0-9.]+ ...", "a random quantifier (SDIMACS)"),
        (rb"d ...", "a quantifier with its dependencies (DQDIMACS), or a deletion (of a DRAT proof)"),
        (rb"x(?: ?-?[0-9]+)? ...", "an XOR constraint (of CryptoMiniSat)"),
        (rb"b ...", "a neural constraint (BNN, of CryptoMiniSat)"),
        (rb"k ...", "a cardinality constraint (KNF)"),
        (rb"\{[0-9]+\} ...", "a clause of a group (GCNF)"),
        (rb"w -?[0-9]+ .*", "a weight (of model counters)"),
        (rb"vp ...", "a projection (of model counters)"),
        (rb"s [A-Z]+.*|[vo] ...", "the answer of a solver"),
        (rb"\* ?#.*|(?:min|max):.*|[+-]?[0-9]+ ~?x[0-9]+.*", "a pseudo-Boolean problem (OPB)"),
        (rb"a[ai]g ...", "a circuit (AIGER)"),
        (rb"nnf ...", "a circuit (NNF)"),
        (rb"#QCIR.*", "a circuit (QCIR)"),
        (rb"\([a-z-]+.*", "a script (SMT-LIB)"),
        (rb"<[!?A-Za-z].*", "a page or a document (HTML, XML)"),
    )
)
"""A line, its words joined by blanks; ` ...` stands for any whole numbers."""

_PACKED: tuple[tuple[bytes, str], ...] = (
    (b"\xfd7zXZ\0", "an xz file: unpack it by xz -d"),
    (b"BZh", "a bzip2 file: unpack it by bunzip2"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file: unpack it by zstd -d"),
    (b"PK\x03\x04", "a zip file: unpack it by unzip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip file: unpack it by 7z x"),
    (b"\xff\xfe", "UTF-16 text: save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text: save it as UTF-8"),
    (b"aig ", "a circuit (AIGER)"),
)


def of_header(word: bytes) -> str | None:
    """What a header `p WORD ...` announces; None for `cnf`, and for what is no word."""
    if word.lower() == b"cnf" or not re.fullmatch(rb"[A-Za-z][\w+-]*", word):
        return None
    return _HEADERS.get(word.lower(), "another format")


def of_line(words: list[bytes]) -> str | None:
    """What a line of these words is in another format; None where it is no line of one that we know."""
    line = b" ".join(words)
    return next((what for pattern, what in _LINES if pattern.fullmatch(line)), None)


def of_bytes(start: bytes) -> str | None:
    """What a file that begins with these bytes is, and what to do; None for what we do not know."""
    return next((what for magic, what in _PACKED if start.startswith(magic)), None)
