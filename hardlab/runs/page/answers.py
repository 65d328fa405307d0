"""The outputs of all rows against low and high: what the algorithm answered, and what is exact."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from math import inf, isfinite
from typing import Any

from hardlab.pages.panels import WIDTH
from hardlab.pages.text import counted, number
from hardlab.runs.page.lighting import Lights
from hardlab.runs.page.svg import framed, linked, sign

FARTHEST = 25
"""Outputs are drawn up to so many times high - low away from the thresholds; what is farther off stands on the rim."""


@dataclass(frozen=True)
class Frame:
    """The size of a drawing, and the margins around its answers."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    @property
    def ends(self) -> tuple[float, float]:
        """Where the answers end to the right, and below."""
        return self.width - self.right, self.height - self.bottom


@dataclass(frozen=True)
class Answers:
    """The drawing of `answers` of a record; `decided` is the row that gave the verdict."""

    found: Mapping[str, Any]
    decided: int | None
    lights: Lights
    frame: Frame = Frame(WIDTH, 260.0, 58.0, 8.0, 16.0, 30.0)

    @cached_property
    def rows(self) -> list[tuple[int, float | None, float | None]]:
        """(row, given, exact); None where it is not finite or not known."""
        exact = self.found.get("exact") or {}
        pairs = zip(self.found["rows"], self.found["given"], strict=True)
        return [(int(row), _finite(given), _finite(exact.get(str(row)))) for row, given in pairs]

    @cached_property
    def wrong(self) -> set[int]:
        """The rows that are known to be answered wrongly."""
        return {int(row) for row in self.found.get("wrong") or ()}

    @cached_property
    def range(self) -> tuple[float, float]:
        """The lowest and the highest value that is drawn in its place."""
        low, high = float(self.found["low"]), float(self.found["high"])
        values = [low, high, *(x for _, given, exact in self.rows for x in (given, exact) if x is not None)]
        values += [x for x in map(_finite, (self.found.get("no"), self.found.get("yes"))) if x is not None]
        least, most = max(min(values), low - FARTHEST * (high - low)), min(max(values), high + FARTHEST * (high - low))
        room = 0.06 * (most - least) or max(1e-300, abs(most) / 2)  # thresholds that underflow may both be 0
        return least - room, most + room

    @cached_property
    def span(self) -> int:
        """The last row that is drawn."""
        return max((row for row, _, _ in self.rows), default=0)

    def x(self, row: int) -> float:
        left, (right, _) = self.frame.left + 8, self.frame.ends
        return left + (right - 8 - left) * row / max(1, self.span)

    def y(self, value: float) -> float:
        (least, most), top, (_, bottom) = self.range, self.frame.top, self.frame.ends
        return bottom - (bottom - top) * (min(max(value, least), most) - least) / (most - least)

    def height(self, given: float | None) -> float:
        """Where an answer stands: what is no finite number, at the bottom."""
        return self.frame.ends[1] if given is None else self.y(given)

    @cached_property
    def whole(self) -> str:
        """How many of the rows are drawn."""
        of, shown = int(self.found["of"]), len(self.rows)
        return f"all {counted(of, 'row')}" if of == shown else f"{shown:,} of {of:,} rows: a sample"

    def drawn(self) -> Iterator[str]:
        unit = " (natural logarithms)" if self.found["logarithmic"] else ""
        which = f"{self.whole}, with those of the largest outputs" if "sample" in self.whole else self.whole
        yield f'<figure class="answers"><figcaption>What the algorithm answered{unit}, on {which}</figcaption>'
        yield framed("outputs of the rows against low and high", self.frame.width, self.frame.height)
        yield from self.marks()
        yield from self._names()
        left, foot = self.frame.left, self.frame.height - 6
        yield f'<text class="faint" x="{left:g}" y="{foot:g}">row 0</text>'
        yield f'<text class="faint end" x="{self.frame.ends[0]:g}" y="{foot:g}">row {self.span:,}</text>'
        yield "</svg></figure>"
        yield "".join(self._legend())
        yield "".join(self._said())

    def marks(self) -> Iterator[str]:
        """The two regions that mean YES and NO by the promise, the thresholds, and the answer of each row."""
        no, yes = _finite(self.found.get("no")), _finite(self.found.get("yes"))
        left, top, (right, bottom) = self.frame.left, self.frame.top, self.frame.ends
        least, most = self.range
        if yes is not None and yes < most:
            yield f'<path class="band yes" d="M{left:g} {top:g}H{right:g}V{self.y(yes):.1f}H{left:g}z"/>'
        if no is not None and no > least:
            yield f'<path class="band no" d="M{left:g} {bottom:g}H{right:g}V{self.y(no):.1f}H{left:g}z"/>'
        yield f'<path class="axis" d="M{left:g} {top:g}V{bottom:g}"/>'
        for kind, name in (("yes", "high"), ("no", "low")):
            yield f'<path class="threshold {kind}" d="M{left:g} {self.y(float(self.found[name])):.1f}H{right:g}"/>'
        for row, given, exact in self.rows:
            yield from self._dot(row, self.x(row), given, exact)

    def _names(self) -> Iterator[str]:
        """The names of the thresholds, before the axis."""
        values = [float(self.found[name]) for name in ("high", "low")]
        above, below = (self.y(value) + 4 for value in values)
        if below - above < 14:
            above, below = (above + below) / 2 - 7, (above + below) / 2 + 7
        for name, value, at in zip(("high", "low"), values, (above, below), strict=True):
            title = f"<title>{name} = {escape(number(value))}</title>"
            yield f'<text class="end" x="{self.frame.left - 5:g}" y="{at:.1f}">{title}{name}</text>'

    def _dot(self, row: int, x: float, given: float | None, exact: float | None) -> Iterator[str]:
        said = f"row {row}: answered {_said(given)}" + (f", exactly {_said(exact)}" if exact is not None else "")
        wrong = row in self.wrong
        marks = [f"<title>{escape(said)}</title>"]
        if exact is not None:
            marks.append(f'<circle class="exact" cx="{x:.1f}" cy="{self.y(exact):.1f}" r="4"/>')
        y = self.height(given)
        if wrong:
            marks.append(f'<path class="cross" d="M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8"/>')
        else:
            marks.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{3.4 if row == self.decided else 2.2}"/>')
        group = f'<g class="answer r{row}"><circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="7"/>{"".join(marks)}</g>'
        yield linked(row, group) if row in self.lights.links else group

    def _legend(self) -> Iterator[str]:
        no, yes = _finite(self.found.get("no")), _finite(self.found.get("yes"))
        dot, ring = (f'<circle class="{kind}" cx="5" cy="5" r="{r}"/>' for kind, r in (("dot", 3), ("exact", 4)))
        yield f'<p class="quiet">{sign(dot)} what it answered, {sign(ring)} the exact output'
        if self.wrong:
            cross = '<path class="cross" d="M1 1l8 8m0 -8l-8 8"/>'
            yield f", {sign(cross)} an answer on the wrong side"
        low, high = escape(number(self.found["low"])), escape(number(self.found["high"]))
        yield f". Exact outputs are at most low = {low} (NO) or at least high = {high} (YES)"
        if no is not None and yes is not None:
            ends = f"answers up to {escape(number(no))} are NO and from {escape(number(yes))} on YES"
            yield f"; with the error that was promised, {ends}"
        yield ".</p>"

    def _said(self) -> Iterator[str]:
        """Each row that can be lit, in words."""
        told = {"yes": "YES", "no": "NO", "between": "between low and high"}
        for (row, given, exact), side in zip(self.rows, self.found["sides"], strict=True):
            if row in self.lights.rows:
                wrong = " <b>This answer is wrong.</b>" if row in self.wrong else ""
                exactly = f", exactly {escape(_said(exact))}" if exact is not None else ""
                by_that = told.get(str(side), "no number")
                answer = f"<b>Row {row}</b> answers {escape(_said(given))}{exactly}: by that, {by_that}.{wrong}"
                yield f'<p class="of r{row}">{answer}</p>'


def _finite(value: Any) -> float | None:
    found = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else inf
    return found if isfinite(found) else None


def _said(value: float | None) -> str:
    return "nothing finite" if value is None else number(value)
