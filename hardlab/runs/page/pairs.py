"""Two lists of 0/1 vectors: the lists as pixels, the lit row beside its partner, and how many pairs have which distance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import numpy as np

from hardlab.pages.text import counted
from hardlab.runs.page.chosen import COLUMNS, chosen, joined
from hardlab.runs.page.histogram import Histogram, histogram
from hardlab.runs.page.lighting import Lights
from hardlab.runs.page.pixels import Grid, named, runs, side, spans
from hardlab.runs.page.svg import SCROLLED, scrolled
from instances.bits import BitMatrix, Ints
from instances.problem import Witness
from instances.vectors import FarHamming, OrthogonalVectors, ThresholdProduct

Picture = Mapping[str, Any]

PAIRS = 2**24
"""Pairs that are counted; of more, those of some rows."""

ROOM = 24
"""On the left of a row beside its partner."""

COMMON, DISTANCE = "common ones", "distance"
"""What is measured of a pair."""


def seen(problem: Any, ways: Mapping[int, Witness], names: Sequence[tuple[int, str]]) -> dict[str, Any]:
    """Rows of both lists as hexadecimal digits, and the measure of pairs (the distance, or the ones that both have): of all,
    or of the pairs of some rows, and of each drawn row: with its partner, and with the one that comes nearest to YES.
    """
    ways = {row: w for row, w in ways.items() if len(w) == 2 and w[0] < problem.A.n and w[1] < problem.B.n}
    left, right = (chosen(rows.n, [w[place] for w in ways.values()]) for place, rows in enumerate((problem.A, problem.B)))
    common = isinstance(problem, OrthogonalVectors | ThresholdProduct)
    best = np.max if isinstance(problem, ThresholdProduct | FarHamming) else np.min

    def measures(i: int) -> Ints:
        row = problem.A.words[i]
        found: Ints = problem.B.products(row) if common else problem.B.distances(row)
        return found

    most = max(1, PAIRS // problem.B.n)
    counted = range(problem.A.n) if problem.A.n <= most else np.linspace(0, problem.A.n - 1, most, dtype=int).tolist()
    return {
        "kind": "pairs",
        "measure": COMMON if common else DISTANCE,
        "columns": [min(problem.A.d, COLUMNS), problem.A.d],
        "left": {"of": problem.A.n, "rows": left, "bits": _hex(problem.A, left)},
        "right": {"of": problem.B.n, "rows": right, "bits": _hex(problem.B, right)},
        "names": [list(name) for name in names],
        "histogram": histogram(measures, counted, {row: w[0] for row, w in ways.items()}, problem.A.n),
        "pairs": {str(row): [*w, int(measures(w[0])[w[1]])] for row, w in ways.items()},
        "best": {str(row): int(best(measures(w[0]))) for row, w in ways.items()},
    }


def _hex(matrix: BitMatrix, rows: Sequence[int]) -> list[str]:
    """Each row's first columns, in digits of four bits, the first most significant."""
    bits = np.concatenate([matrix.bools(slice(i, i + 1))[:, :COLUMNS] for i in rows]) if rows else np.zeros((0, 1), np.bool_)
    return [row.tobytes().hex() for row in np.packbits(bits, axis=1)]


def drawn(picture: Picture, size: Mapping[str, Any], lights: Lights) -> Iterator[str]:
    """The lists side by side, then the lit row over its partner, then the histogram."""
    width = int(picture["columns"][0])
    rows = {which: _unpacked(picture[which], width) for which in ("left", "right")}
    for row, (i, j, _) in picture["pairs"].items():
        lights.lit(row, [f".a{int(i)}", f".b{int(j)}"])
    rows_of_A = reversed([(int(i), int(row)) for row, (i, _, _) in picture["pairs"].items()])
    first = {i: row for i, row in rows_of_A if row in lights.links}
    yield '<div class="lists">'
    for which, name, links in (("left", "A", first), ("right", "B", {})):
        shown, of = rows[which], int(picture[which]["of"])
        said = f"List {name}: {'all' if len(shown) == of else f'{len(shown)} of its'} {counted(of, 'row')}"
        cells = [(i, bits, f"row {i} of {name}") for i, bits in shown.items()]
        yield f"<figure><figcaption>{said}</figcaption>"
        yield from Grid(said, name.lower(), cells, {"1": "one"}, picture["names"], links).drawn()
        yield "</figure>"
    yield "</div>"
    if picture["columns"][0] < picture["columns"][1]:
        yield f'<p class="quiet">The first {width} of {int(picture["columns"][1]):,} columns are drawn.</p>'
    yield from named(picture["names"])
    for row, (i, j, measure) in picture["pairs"].items():
        pair = rows["left"].get(int(i), ""), rows["right"].get(int(j), "")
        yield from Beside(picture, size, int(row), (int(i), int(j)), pair, int(measure), int(picture["best"][row])).drawn()
    yield from Histogram(picture["histogram"], picture["measure"], size).drawn()


def _unpacked(shown: Mapping[str, Any], width: int) -> dict[int, str]:
    """The bits of the rows that are drawn, by their numbers."""
    return {
        int(i): "".join(f"{int(digit, 16):04b}" for digit in str(digits))[:width]
        for i, digits in zip(shown["rows"], shown["bits"], strict=True)
    }


@dataclass(frozen=True)
class Beside:
    """A row over its partner, with a mark where they clash: where they differ, or are both 1."""

    picture: Picture
    size: Mapping[str, Any]
    row: int
    pair: tuple[int, int]
    bits: tuple[str, str]
    measure: int
    best: int
    """What the best partner of the row has in place of `measure`."""

    @property
    def _wanted(self) -> bool:
        """Whether common ones are what is asked for."""
        return self.picture["measure"] == COMMON and "t" in self.size

    @cached_property
    def clashes(self) -> str:
        common = self.picture["measure"] == COMMON
        return "".join("01"[x == y == "1" if common else x != y] for x, y in zip(*self.bits, strict=False))

    def drawn(self) -> Iterator[str]:
        i, j = self.pair
        a, b = self.bits
        yield f'<figure class="of r{self.row}"><figcaption>{self._said()}</figcaption>'
        cell = max(8, side(len(a)))
        yield scrolled(f"row {i} of A over row {j} of B", ROOM + cell * len(a) + 4, 20 + 4 * cell, cell)
        yield from self._heads(cell)
        for place, (name, bits) in enumerate((("a", a), ("b", b))):
            y = 20 + cell * (1.1 * place + 0.5)
            yield f'<rect class="strip" x="{ROOM}" y="{y - cell / 2:g}" width="{cell * len(bits)}" height="{cell}"/>'
            yield f'<path class="px" d="{runs(bits, "1", ROOM, y, cell)}"/>'
            yield f'<text class="number" x="{ROOM - 6}" y="{y + (2 if name == "a" else 6):g}">{name}</text>'
        kind = "meet" if self._wanted else "clash"
        yield f'<path class="px {kind}" d="{runs(self.clashes, "1", ROOM, 20 + 2.9 * cell, cell)}"/>'
        yield f"{SCROLLED}</figure>"

    def _said(self) -> str:
        """Which side of the thresholds the pair is on, and where it clashes most, in words."""
        i, j = self.pair
        if self.picture["measure"] == COMMON:
            how = f"are both 1 in {counted(self.measure, 'place')} (marked)" if self.measure else "are nowhere both 1"
        else:
            how = f"differ in {counted(self.measure, 'place')} (marked)"
        partner = "its best partner" if self.measure == self.best else "its partner"
        said = f"<b>Row {self.row}</b>: a<sub>{i}</sub> and {partner} b<sub>{j}</sub> {how}: "
        return said + escape(judged(self.measure, self.best, self.size)) + "." + self._where()

    @cached_property
    def worst(self) -> list[tuple[int, int, str]]:
        """The groups of columns in which the pair clashes most; none where that says nothing: where all are alike."""
        groups = list(spans(self.picture["names"], len(self.clashes)))
        clashes = [self.clashes[at : at + width].count("1") for at, width, _ in groups]
        if self._wanted or not any(clashes) or len(set(clashes)) == 1:
            return []
        return [group for group, count in zip(groups, clashes, strict=True) if count == max(clashes)]

    def _heads(self, cell: int) -> Iterator[str]:
        """A bar over each group, those that clash most with their names."""
        groups = spans(self.picture["names"], len(self.clashes))
        bars = "".join(f"M{ROOM + at * cell} 13h{width * cell - 1}" for at, width, _ in groups)
        yield f'<path class="heads" d="{bars}"/>'
        for at, width, name in self.worst:
            bar = f'<path class="heads hot" d="M{ROOM + at * cell} 13h{width * cell - 1}"/>'
            yield f"<g><title>{escape(name)}</title>{bar}</g>"

    def _where(self) -> str:
        """The names of the groups that clash most."""
        names = [name for _, _, name in self.worst if name]
        how = "Both are 1 in" if self.picture["measure"] == COMMON else "They differ most in"
        return f" {how}: {escape(joined(names))}." if names else ""


def judged(measure: int, best: int, size: Mapping[str, Any]) -> str:
    """The pair's side of the promise, and whether another row of B has a better one, in words."""
    t, t2 = size.get("t"), size.get("t2")
    if t is None:
        yes, said = measure == 0, "orthogonal" if measure == 0 else "not orthogonal"
    elif t2 is None:
        yes, said = measure >= t, f"{'at least' if measure >= t else 'below'} t = {t}"
    elif (measure <= t) if t < t2 else (measure >= t):
        yes, said = True, f"{'at most' if t < t2 else 'at least'} t = {t}"
    elif (measure >= t2) if t < t2 else (measure <= t2):
        yes, said = False, f"{'at least' if t < t2 else 'at most'} t2 = {t2}"
    else:
        return f"between t = {t} and t2 = {t2}, where the instance promised that nothing lies"
    if yes:
        return f"{said}, which is YES"
    if measure != best:
        return f"{said}; another row of B comes nearer, with {best:,}"
    return f"{said}, which is NO for this row, as no other row of B does better"
