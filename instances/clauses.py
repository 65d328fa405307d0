"""The token stream of a DIMACS file, line by line: module `dimacs` says the grammar."""

import re
from typing import NoReturn

from instances.cnf import CNF, Clause
from instances.dialects import of_header, of_line
from instances.faults import BadInput, remark

MAX_VARIABLES = 10**6
"""The most variables a file may announce."""

HEADER = "'p cnf VARIABLES CLAUSES'"

_INTEGER = re.compile(rb"-?[0-9]+")
_COUNT = re.compile(rb"[0-9]+")
_DROPPED = {(b"p", b"show"): "a projection", (b"ind",): "a projection", (b"p", b"weight"): "weights"}
"""What remarks `c p show ...`, `c ind ...` and `c p weight ...` mean to model counters."""


class Reader:
    """The token stream so far: header, finished clauses, and the literals of the clause that is open.

    `lenient` lets the header announce another number of clauses.
    """

    def __init__(self, name: str, lenient: bool = False) -> None:
        self.name, self.lenient = name, lenient
        self.ended = False
        self._line = 0
        self._begun: tuple[int, list[bytes]] | None = None
        self._header: tuple[int, int, int] | None = None
        self._early: tuple[int, bytes] | None = None
        self._clauses: list[Clause] = []
        self._open: list[int] = []
        self._literals: dict[bytes, int] = {}
        self._dropped: dict[str, str] = {}

    def take(self, number: int, words: list[bytes]) -> None:
        """Read one line, given as its words."""
        self._line = number
        if not words:
            return
        if self._begun is not None:
            self._read_header([*self._begun[1], *words])
        elif words[0].startswith(b"c"):
            self._notice(words)
        elif words[0] == b"p":
            self._read_header(words)
        elif words[0] == b"%":
            self.ended = True
        elif self._header is None:
            self._before_header(words)
        else:
            self._read_literals(words)

    def formula(self) -> CNF:
        """The formula, when every line has been taken. Warns (`Remark`) of what the file says beyond it."""
        if self._begun is not None:
            self._read_header([*self._begun[1], b""])
        self._refuse_early()
        if self._header is None:
            what = "no header" if self._line else "an empty file"
            raise BadInput(f"{self.name}: {what}: a DIMACS file has a line {HEADER} before its clauses")
        n, m, line = self._header
        clauses = (*self._clauses, tuple(self._open)) if self._open else tuple(self._clauses)
        if len(clauses) != m:
            ending = ", the last one without its 0" if self._open else ""
            wrong = f"{self.name}, line {line}: the header announces {m} clauses and the file has {len(clauses)}{ending}"
            if not self.lenient:
                raise BadInput(
                    f"{wrong}: correct the header, or look for what is missing (--lenient, lenient=True: read it so)"
                )
            remark(f"{wrong}: they are what is read")
        if self._dropped:
            said = ", ".join(f"{what} ({where})" for what, where in self._dropped.items())
            remark(f"{self.name}: {said}: dropped, the formula alone is read")
        return CNF(n, clauses)

    def _notice(self, words: list[bytes]) -> None:
        """What a line of remarks says to model counters."""
        if words[0] == b"c":
            what = _DROPPED.get(tuple(words[1:3])) or _DROPPED.get(tuple(words[1:2]))
            if what is not None:
                self._dropped.setdefault(what, f"line {self._line}: {' '.join(map(_text, words[:3]))} ...")

    def _before_header(self, words: list[bytes]) -> None:
        """The first line that is too early is at fault; where it is of numbers, later ones may tell what the file is."""
        if self._early is None:
            self._early = self._line, words[0]
        if _INTEGER.fullmatch(self._early[1]) or self._early[0] == self._line:
            what = of_line(words)
            if what is not None:
                self._refuse_early(f"line {self._line} is {what}, and only DIMACS CNF is read")

    def _refuse_early(self, why: str = f"start the formula with {HEADER}") -> None:
        if self._early is not None:
            self._line, word = self._early
            self._fault(f"{_quoted(word)} comes before the header: {why}")

    def _read_header(self, words: list[bytes]) -> None:
        """Of a line, or of several: its four words may stand on lines of their own, as CaDiCaL has it."""
        self._refuse_early()
        if self._header is not None:
            self._fault(f"a second header (the first is on line {self._header[2]}): give one formula a file")
        if len(words) < 4 and words[1:2] in ([], [b"cnf"]) and all(map(_COUNT.fullmatch, words[2:])):
            self._begun = (self._line if self._begun is None else self._begun[0]), words
            return
        if self._begun is not None:
            self._line = self._begun[0]
        if len(words) != 4 or words[1] != b"cnf" or not words[3]:
            what = of_header(words[1]) if len(words) > 1 else None
            why = f": write {HEADER}" if what is None else f", it announces {what}: only DIMACS CNF is read"
            self._fault(f"{_quoted(b' '.join(words).rstrip())} is not a header" + why)
        self._begun = None
        n, m = self._count(words[2], "variables"), self._count(words[3], "clauses")
        if n > MAX_VARIABLES:
            self._fault(f"the header announces {n} variables: at most {MAX_VARIABLES} are read")
        self._header = n, m, self._line

    def _count(self, word: bytes, what: str) -> int:
        if not _COUNT.fullmatch(word):
            self._fault(f"the header announces {_quoted(word)} {what}: give a whole number, 0 or more")
        if len(word) > 18:
            self._fault(f"the header announces {_quoted(word)} {what}: no file holds that many")
        return int(word)

    def _read_literals(self, words: list[bytes]) -> None:
        for place, word in enumerate(words):
            if word == b"%":
                self.ended = True
                return
            literal = self._literals.get(word)
            if literal is None:
                number, remarked, _ = word.partition(b"c")
                if remarked and not number:
                    self._notice(words[place:])
                    return
                if remarked and _INTEGER.fullmatch(number):
                    self._read_literals([number])
                    return
                literal = self._literals[word] = self._literal(word, [] if place else words)
            if literal:
                self._open.append(literal)
            else:
                self._clauses.append(tuple(self._open))
                self._open.clear()

    def _literal(self, word: bytes, line: list[bytes]) -> int:
        if not _INTEGER.fullmatch(word):
            what = of_line(line)
            why = "literals are integers, and 0 ends a clause"
            if word.startswith(b"+"):
                why = "a positive one is written without its sign"
            elif what is not None:
                why = f"the line is {what}, and only DIMACS CNF is read"
            self._fault(f"{_quoted(word)} is not a literal: {why}")
        n = self._header[0] if self._header else 0
        if len(word) > 18 or abs(int(word)) > n:
            self._fault(f"the literal {_quoted(word)} is out of range: the header announces {n} variables")
        return int(word)

    def _fault(self, what: str) -> NoReturn:
        raise BadInput(f"{self.name}, line {self._line}: {what}")


def _text(word: bytes) -> str:
    return word.decode("ascii", "backslashreplace")


def _quoted(word: bytes) -> str:
    text = _text(word)
    return repr(text if len(text) <= 40 else text[:37] + "...")
