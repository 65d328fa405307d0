"""Rows of few kinds of entries as pixels, and what their columns stand for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from typing import Any

from hardlab.runs.page.svg import SCROLLED, linked, scrolled

CELLS = 6, 14
"""The smallest and the largest side of a pixel."""

ROOM = 340
"""What a drawing of few columns or rows may take across and down, with larger pixels."""

NUMBERS = 34
"""Room for a row's number on the left."""

SPACING = 12
"""The numbers of rows keep so far apart."""

HEAD = 7
"""The height of a bar over columns."""

CHARACTER = 6.6
"""A width that no character of a name over columns exceeds on average."""

Names = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Grid:
    """Rows as (number, cells, title); each kind of cell has a class in `kinds`, cells of other kinds stay empty.

    Rows have the class `letter` and their number; `links` says which of them light up a row, and which. A row in `ends` has a
    mark of that class at its end. Above each group of columns stands a bar with its name.
    """

    label: str
    letter: str
    rows: Sequence[tuple[int, str, str]]
    kinds: Mapping[str, str]
    names: Names
    links: Mapping[int, int] = field(default_factory=dict)
    ends: Mapping[int, str] = field(default_factory=dict)

    def drawn(self) -> Iterator[str]:
        wide = max((len(cells) for _, cells, _ in self.rows), default=0)
        cell, top = side(max(wide, len(self.rows))), 26 if self.names else 2
        width = NUMBERS + wide * cell + (3 * cell if self.ends else 2)
        yield scrolled(self.label, width, top + len(self.rows) * cell + 6, cell)
        yield from heads(self.names, NUMBERS, 14, wide, cell)
        numbered: list[str] = []
        reached = top - SPACING
        for place, (number, cells, title) in enumerate(self.rows):
            y = top + place * cell
            if y - reached >= SPACING:
                label = f'<text class="number" x="{NUMBERS - 5}" y="{y + cell / 2 + 4:g}">{number}</text>'
                numbered.append(f'<g class="{self.letter}{number}">{label}</g>')
                reached = y
            row = "".join(self._row(number, cells, title, y, width, cell))
            yield linked(self.links[number], row) if number in self.links else row
        yield from numbered
        yield SCROLLED

    def _row(self, number: int, cells: str, title: str, y: float, width: float, cell: int) -> Iterator[str]:
        yield f'<g class="{self.letter}{number}"><title>{escape(title)}</title>'
        yield f'<rect class="back" x="0" y="{y:g}" width="{width}" height="{cell}"/>'
        for kind, name in self.kinds.items():
            path = runs(cells, kind, NUMBERS, y + cell / 2, cell)
            if path:
                yield f'<path class="px {name}" d="{path}"/>'
        if number in self.ends:
            yield f'<path class="end-mark {self.ends[number]}" d="M{width - 2 * cell} {y + cell / 2:g}h{2 * cell - 2}"/>'
        yield "</g>"


def side(most: int) -> int:
    """The side of a pixel where there are at most so many across or down."""
    return max(CELLS[0], min(CELLS[1], ROOM // max(1, most)))


def runs(cells: str, kind: str, x: float, y: float, cell: float) -> str:
    """The cells of one kind as a path along the middle of a row."""
    path: list[str] = []
    at = reached = 0
    for same, group in groupby(cells):
        width = len(list(group))
        if same == kind:
            start = f"m{(at - reached) * cell:g} 0" if path else f"M{x + at * cell:g} {y:g}"
            path.append(f"{start}h{width * cell:g}")
            reached = at + width
        at += width
    return "".join(path)


def heads(names: Names, x: float, y: float, wide: int, cell: float) -> Iterator[str]:
    """A bar over each group of columns with its name as title, and above it where there is room."""
    for place, (at, shown, name) in enumerate(spans(names, wide)):
        left, room = x + at * cell, shown * cell - 1
        yield f'<g><title>{escape(name)}</title><rect class="head {"odd" if place % 2 else "even"}" '
        yield f'x="{left:g}" y="{y:g}" width="{room:g}" height="{HEAD}"/>'
        short = name.partition(":")[0].partition(",")[0]
        if len(short) * CHARACTER <= room:
            yield f'<text class="small" x="{left:g}" y="{y - 3:g}">{escape(short)}</text>'
        yield "</g>"


def spans(names: Names, wide: int) -> Iterator[tuple[int, int, str]]:
    """(first column, columns, name) of each group, as far as they are drawn."""
    at = 0
    for width, name in names:
        shown = min(int(width), wide - at)
        if shown <= 0:
            return
        yield at, shown, str(name)
        at += shown


def named(names: Names) -> Iterator[str]:
    """What the columns stand for, as a list to fold out."""
    if not any(name for _, name in names):
        return
    yield '<details><summary>What the columns stand for</summary><ol class="names">'
    at = 0
    for width, name in names:
        span = f"{at + 1}" if int(width) == 1 else f"{at + 1} to {at + int(width)}"
        yield f"<li><b>{span}</b> {escape(str(name)) or 'nothing is said of it'}</li>"
        at += int(width)
    yield "</ol></details>"
