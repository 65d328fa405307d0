"""DIMACS CNF files, read as the token stream they are.

    c a comment
    p cnf N M        N variables and M clauses are announced
    1 -3 0           a clause: literals, ended by 0

A newline never ends a clause, so a clause may span lines and a line may hold many; a line whose first letter is `c`
is a comment wherever it stands, also inside a clause. Reading stops at a `%` (SATLIB files end in `%` and `0`). The
last clause may lack its 0. The header's n is kept, used or not; its number of clauses must be right, because a
truncated file is a different formula. Clauses are kept as written: duplicates, tautologies, empty clauses.
"""

import gzip
import io
import os
import re
import zlib
from collections.abc import Iterable
from typing import IO, BinaryIO, NoReturn

from instances.cnf import CNF, Clause
from instances.faults import BadInput, Declined, one_line
from instances.files import AnyPath, atomic_write, reading, shown
from instances.memory import MEMORY_BUDGET, bytes_text

MAX_VARIABLES = 10**6
"""The most variables a file may announce."""

HEADER = "'p cnf VARIABLES CLAUSES'"

_BYTES_PER_CHARACTER = 40  # of memory while reading: "1 0\n" becomes a tuple of 72 bytes, and the text is held too
_CHUNK = 1 << 20
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_INTEGER = re.compile(rb"-?[0-9]+")
_COUNT = re.compile(rb"[0-9]+")


def read(path: AnyPath, memory: int = MEMORY_BUDGET) -> CNF:
    """The formula in a file, plain or gzip (told by content), `-` for standard input.

    Errors: `BadInput` with the file and line for everything that is not DIMACS; `Declined`, before the text is read
    to its end, where the formula would need more than `memory` bytes.
    """
    with reading(path) as stream:
        return read_stream(stream, shown(path), memory)


def read_dimacs(file: AnyPath | IO[bytes] | IO[str], memory: int = MEMORY_BUDGET) -> CNF:
    """The formula in a DIMACS file, given by its path (as `read` takes it) or as an open file, bytes or text.

    Errors: as `read`; `BadInput` for what is no file, and a file that cannot be read on.
    """
    if isinstance(file, str | os.PathLike):
        return read(file, memory)
    if not callable(getattr(file, "read", None)):
        raise BadInput(f"read_dimacs({file!r:.80}): give a path or an open file (text itself: instances.dimacs.parse)")
    said: object = getattr(file, "name", None)
    name = said if isinstance(said, str) else "the file"
    try:
        data = _all_of(file, name, memory)
    except (ValueError, OSError) as error:  # closed, open for writing, or bytes that were opened as text
        raise BadInput(f"{name} cannot be read ({one_line(error)}): open it by open(path, 'rb')") from None
    return parse(data, name, memory)


def read_stream(stream: BinaryIO, name: str, memory: int = MEMORY_BUDGET) -> CNF:
    """`read` from an open stream; `name` is what errors call it."""
    return parse(_all_of(stream, name, memory), name, memory)


def parse(data: bytes | str, name: str = "the text", memory: int = MEMORY_BUDGET) -> CNF:
    """The formula in DIMACS text or gzipped text. Errors: as `read`."""
    text = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    if text.startswith(b"\x1f\x8b"):
        text = _unzipped(text, name, memory)
    text = text.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if found := _BINARY.search(text):
        line = text.count(b"\n", 0, found.start()) + 1
        raise BadInput(f"{name}, line {line}: binary content: give a DIMACS text file, plain or gzip")
    reader = _Reader(name)
    for number, line_text in enumerate(io.BytesIO(text), 1):
        reader.take(number, line_text.split())
        if reader.ended:
            break
    return reader.formula()


def format(formula: CNF, comments: Iterable[str] = ()) -> str:
    """The formula as DIMACS text that `parse` gives back equal; `comments` come first, a line each.

    Errors: `BadInput` beyond MAX_VARIABLES.
    """
    if formula.n > MAX_VARIABLES:
        raise BadInput(f"n = {formula.n} variables: a DIMACS file of ours holds at most {MAX_VARIABLES}")
    lines = [f"c {_printable(line)}".rstrip() for comment in comments for line in comment.splitlines() or [""]]
    lines.append(f"p cnf {formula.n} {len(formula.clauses)}")
    lines.extend(" ".join(map(str, (*clause, 0))) for clause in formula.clauses)
    return "\n".join(lines) + "\n"


def write(formula: CNF, path: AnyPath, comments: Iterable[str] = ()) -> None:
    """Put `format` into a file, all at once; gzip where the name ends in `.gz`; `-` for standard output.

    Errors: `BadInput` where the file cannot be written.
    """
    data = format(formula, comments).encode()
    if os.fspath(path).lower().endswith(".gz"):
        data = gzip.compress(data, mtime=0)
    with atomic_write(path) as stream:
        stream.write(data)


class _Reader:
    """The token stream so far: header, finished clauses, and the literals of the clause that is open."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ended = False
        self._line = 0
        self._header: tuple[int, int, int] | None = None
        self._clauses: list[Clause] = []
        self._open: list[int] = []
        self._literals: dict[bytes, int] = {}

    def take(self, number: int, words: list[bytes]) -> None:
        """Read one line, given as its words."""
        self._line = number
        if not words or words[0].startswith(b"c"):
            return
        if words[0] == b"p":
            self._read_header(words)
        elif words[0] == b"%":
            self.ended = True
        elif self._header is None:
            self._fault(f"{_quoted(words[0])} comes before the header: start the formula with {HEADER}")
        else:
            self._read_literals(words)

    def formula(self) -> CNF:
        """The formula, when every line has been taken."""
        if self._header is None:
            what = "no header" if self._line else "an empty file"
            raise BadInput(f"{self.name}: {what}: a DIMACS file has a line {HEADER} before its clauses")
        n, m, line = self._header
        clauses = (*self._clauses, tuple(self._open)) if self._open else tuple(self._clauses)
        if len(clauses) != m:
            ending = ", the last one without its 0" if self._open else ""
            raise BadInput(
                f"{self.name}, line {line}: the header announces {m} clauses and the file has {len(clauses)}{ending}: "
                f"correct the header, or look for what is missing"
            )
        return CNF(n, clauses)

    def _read_header(self, words: list[bytes]) -> None:
        if self._header is not None:
            self._fault(f"a second header (the first is on line {self._header[2]}): give one formula a file")
        if len(words) != 4 or words[1] != b"cnf":
            self._fault(f"{_quoted(b' '.join(words))} is not a header: write {HEADER}")
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
        for word in words:
            if word == b"%":
                self.ended = True
                return
            literal = self._literals.get(word)
            if literal is None:
                literal = self._literals[word] = self._literal(word)
            if literal:
                self._open.append(literal)
            else:
                self._clauses.append(tuple(self._open))
                self._open.clear()

    def _literal(self, word: bytes) -> int:
        if not _INTEGER.fullmatch(word) or word == b"-0":
            self._fault(f"{_quoted(word)} is not a literal: literals are integers, and 0 ends a clause")
        n = self._header[0] if self._header else 0
        if len(word) > 18 or abs(int(word)) > n:
            self._fault(f"the literal {_quoted(word)} is out of range: the header announces {n} variables")
        return int(word)

    def _fault(self, what: str) -> NoReturn:
        raise BadInput(f"{self.name}, line {self._line}: {what}")


def _all_of(stream: IO[bytes] | IO[str] | gzip.GzipFile, name: str, memory: int) -> bytes:
    """Everything in the stream, text as UTF-8, refused as soon as it is too long to be held as a formula."""
    limit = memory // _BYTES_PER_CHARACTER
    chunks, length = [], 0
    while chunk := stream.read(_CHUNK):
        chunks.append(chunk.encode("utf-8", "surrogateescape") if isinstance(chunk, str) else chunk)
        length += len(chunk)
        if length > limit:
            raise Declined(
                f"{name} has more than {limit:,} characters, the formula that the memory budget of "
                f"{bytes_text(memory)} holds; raise it with --memory (memory= in Python)"
            )
    return b"".join(chunks)


def _unzipped(data: bytes, name: str, memory: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            return _all_of(stream, name, memory)
    except EOFError:
        raise BadInput(f"{name}: the gzip file is truncated: fetch or compress it again") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(f"{name}: the gzip file is damaged ({error}): fetch or compress it again") from None


def _quoted(word: bytes) -> str:
    text = word.decode("ascii", "backslashreplace")
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _printable(line: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in line.expandtabs())
