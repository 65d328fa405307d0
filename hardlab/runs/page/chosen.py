"""Which rows of a problem are drawn, and bounds on how much of it.

Lists of up to `ALL` rows are drawn whole, of longer ones `SAMPLE` rows: those that must be there, and others spread evenly.
"""

from collections.abc import Iterable, Sequence

from hardlab.pages.text import counted

ALL, SAMPLE = 72, 32
COLUMNS = 256
"""Columns of a matrix that are drawn, from the left."""

CLAUSES, VARIABLES = 256, 64
"""Clauses and variables that are drawn, the first ones."""

LETTERS = 160
"""Characters of a name."""


def chosen(n: int, must: Iterable[int] = ()) -> list[int]:
    """The rows to draw of n, in increasing order: as many as the module says, or more where more must be there."""
    if n <= ALL:
        return list(range(n))
    rows = set(must)
    rows |= {k * (n - 1) // (SAMPLE - 1) for k in range(SAMPLE)} if len(rows) < SAMPLE else set()
    spread = sorted(rows - set(must))
    surplus = len(rows) - max(SAMPLE, len(set(must)))
    dropped = {spread[(2 * k + 1) * len(spread) // (2 * surplus)] for k in range(surplus)} if surplus > 0 else set()
    return sorted(rows - dropped)


def cut(text: str) -> str:
    return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"


def joined(names: Sequence[str], most: int = 3) -> str:
    """The names with commas, the first few of many."""
    more = f" and {counted(len(names) - most, 'other')}" if len(names) > most else ""
    return ", ".join(names[:most]) + more
