"""DIMACS CNF files, read as the token stream they are: the grammar is CaDiCaL's, and a little more.

    c a comment
    p cnf N M        N variables and M clauses are announced
    1 -3 0           a clause: literals, ended by 0

A newline never ends a clause, so a clause may span lines and a line may hold many. A word that begins with `c` makes the
rest of its line a comment, wherever it stands, also behind a number (`1 2 0 c so`, `1 2 0c so`). A number is an optional
`-` and digits, nothing else: its value counts, so that `-01` is -1, and `0`, `00`, `-0` and `-00` all end a clause; a sign
`+` is refused. The header's n is kept, used or not; its number of clauses must be right, because a truncated file is a
different formula, unless the reading is `lenient`. Clauses are kept as written: duplicates, tautologies, empty clauses.

Beyond CaDiCaL: reading stops at a `%` (SATLIB files end in `%` and `0`), the last clause may lack its 0, and a DOS end
mark (0x1A) may end the file. Short of CaDiCaL: incremental formulas (`p inccnf`) are not read. Other formats are named
(module `dialects`). Weights and projections in comments (`c p weight`, `c p show`, `c ind`) are dropped, with a `Remark`.
"""

import gzip
import io
import os
import re
import zlib
from collections.abc import Iterable
from typing import IO, BinaryIO

from instances.clauses import MAX_VARIABLES as MAX_VARIABLES
from instances.clauses import Reader
from instances.cnf import CNF
from instances.dialects import of_bytes
from instances.faults import BadInput, Declined, one_line
from instances.files import AnyPath, atomic_write, reading, shown
from instances.memory import MEMORY_BUDGET, bytes_text

_BYTES_PER_CHARACTER = 40  # of memory while reading: "1 0\n" becomes a tuple of 72 bytes, and the text is held too
_CHUNK = 1 << 20
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_END_MARK = b"\x1a"


def read(path: AnyPath, memory: int = MEMORY_BUDGET, lenient: bool = False) -> CNF:
    """The formula in a file, plain or gzip (told by content), `-` for standard input.

    Errors: `BadInput` with the file and line for everything that is not DIMACS; `Declined`, before the text is read
    to its end, where the formula would need more than `memory` bytes. `lenient`: as `parse`.
    """
    with reading(path) as stream:
        return read_stream(stream, shown(path), memory, lenient)


def read_dimacs(file: AnyPath | IO[bytes] | IO[str], memory: int = MEMORY_BUDGET, lenient: bool = False) -> CNF:
    """The formula in a DIMACS file, given by its path (as `read` takes it) or as an open file, bytes or text.

    Errors: as `read`; `BadInput` for what is no file, and a file that cannot be read on.
    """
    if isinstance(file, str | os.PathLike):
        return read(file, memory, lenient)
    if not callable(getattr(file, "read", None)):
        raise BadInput(f"read_dimacs({file!r:.80}): give a path or an open file (text itself: instances.dimacs.parse)")
    said: object = getattr(file, "name", None)
    name = said if isinstance(said, str) else "the file"
    try:
        data = _all_of(file, name, memory)
    except (ValueError, OSError) as error:  # closed, open for writing, or bytes that were opened as text
        raise BadInput(f"{name} cannot be read ({one_line(error)}): open it by open(path, 'rb')") from None
    return parse(data, name, memory, lenient)


def read_stream(stream: BinaryIO, name: str, memory: int = MEMORY_BUDGET, lenient: bool = False) -> CNF:
    """`read` from an open stream; `name` is what errors call it."""
    return parse(_all_of(stream, name, memory), name, memory, lenient)


def parse(data: bytes | str, name: str = "the text", memory: int = MEMORY_BUDGET, lenient: bool = False) -> CNF:
    """The formula in DIMACS text or gzipped text. Errors: as `read`.

    `lenient` lets the header announce another number of clauses, with a warning (`Remark`).
    """
    text = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    if text.startswith(b"\x1f\x8b"):
        text = _unzipped(text, name, memory)
    text = text.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b" ")  # alone it is a space, as CaDiCaL has it: a remark goes on
    text, mark, rest = text.partition(_END_MARK)
    if rest.strip(b"\0") and rest.strip(b"\n\t " + _END_MARK):
        text += mark + rest
    if found := _BINARY.search(text):
        line = text.count(b"\n", 0, found.start()) + 1
        what = of_bytes(text[:8])
        seems = "" if what is None else f", it seems {what}"
        raise BadInput(f"{name}, line {line}: binary content{seems}: give a DIMACS text file, plain or gzip")
    reader = Reader(name, lenient)
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


def _printable(line: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in line.expandtabs())
