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

HEIGHT, LEFT, BOTTOM, TOP = 260.0, 58.0, 30.0, 16.0
FARTHEST = 25
"""Outputs are drawn up to so many times high - low away from the thresholds; what is farther off stands on the rim."""


@dataclass(frozen=True)
class Answers:
    """The drawing of `answers` of a record; `decided` is the row that gave the verdict."""

    found: Mapping[str, Any]
    decided: int | None
    lights: Lights

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

    def y(self, value: float) -> float:
        least, most = self.range
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (min(max(value, least), most) - least) / (most - least)

    def drawn(self) -> Iterator[str]:
        of, shown = int(self.found["of"]), len(self.rows)
        whole = (
            f"all {counted(of, 'row')}"
            if of == shown
            else f"{shown:,} of {of:,} rows: a sample, with those of the largest outputs"
        )
        unit = " (natural logarithms)" if self.found["logarithmic"] else ""
        yield f'<figure class="answers"><figcaption>What the algorithm answered{unit}, on {whole}</figcaption>'
        yield framed("outputs of the rows against low and high", WIDTH, HEIGHT)
        yield from self._bands()
        span = max(1, max((row for row, _, _ in self.rows), default=0))

        def x(row: int) -> float:
            return LEFT + 8 + (WIDTH - LEFT - 24) * row / span

        for row, given, exact in self.rows:
            yield from self._dot(row, x(row), given, exact)
        yield f'<text class="faint" x="{LEFT:g}" y="{HEIGHT - 6:g}">row 0</text>'
        yield f'<text class="faint end" x="{WIDTH - 8:g}" y="{HEIGHT - 6:g}">row {span:,}</text>'
        yield "</svg></figure>"
        yield "".join(self._legend())
        yield "".join(self._said())

    def _bands(self) -> Iterator[str]:
        """The two regions that mean YES and NO by the promise, and the thresholds."""
        low, high = float(self.found["low"]), float(self.found["high"])
        no, yes = _finite(self.found.get("no")), _finite(self.found.get("yes"))
        right, bottom = WIDTH - LEFT - 8, HEIGHT - BOTTOM
        least, most = self.range
        if yes is not None and yes < most:
            yield f'<path class="band yes" d="M{LEFT:g} {TOP:g}h{right:g}V{self.y(yes):.1f}h{-right:g}z"/>'
        if no is not None and no > least:
            yield f'<path class="band no" d="M{LEFT:g} {bottom:g}h{right:g}V{self.y(no):.1f}h{-right:g}z"/>'
        yield f'<path class="axis" d="M{LEFT:g} {TOP:g}V{bottom:g}"/>'
        above, below = self.y(high) + 4, self.y(low) + 4
        if below - above < 14:
            above, below = (above + below) / 2 - 7, (above + below) / 2 + 7
        for name, value, at in (("high", high, above), ("low", low, below)):
            kind, title = "yes" if name == "high" else "no", f"<title>{name} = {escape(number(value))}</title>"
            yield f'<path class="threshold {kind}" d="M{LEFT:g} {self.y(value):.1f}H{WIDTH - 8:g}"/>'
            yield f'<text class="end" x="{LEFT - 5:g}" y="{at:.1f}">{title}{name}</text>'

    def _dot(self, row: int, x: float, given: float | None, exact: float | None) -> Iterator[str]:
        said = f"row {row}: answered {_said(given)}" + (f", exactly {_said(exact)}" if exact is not None else "")
        wrong = row in self.wrong
        marks = [f"<title>{escape(said)}</title>"]
        if exact is not None:
            marks.append(f'<circle class="exact" cx="{x:.1f}" cy="{self.y(exact):.1f}" r="4"/>')
        y = HEIGHT - BOTTOM if given is None else self.y(given)
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
        if no is not None and yes is not None and isfinite(no) and isfinite(yes):
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
