"""The figure of what random data see, docs/pages/assets/random.svg, from the records beside it (`make drawn`).

The records are those of `benchmarks/what_random_data_see.py`; nothing is measured here.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import log2
from pathlib import Path
from typing import Any, NamedTuple

from hardlab.pages.colours import DARK, LIGHT, LINES_IN_DARK, LINES_IN_LIGHT, declared, numbered
from hardlab.pages.drawing import drawing
from hardlab.pages.panels import apart

RECORDS = Path(__file__).parents[1] / "pages" / "assets" / "random.json"
DRAWING = RECORDS.with_suffix(".svg")

WIDTH, LEFT, PLOT, HEIGHT = 720.0, 56.0, 430.0, 190.0
PANEL = HEIGHT + 92

COLOURS = ("paper", "ink", "quiet", "grid")


class Line(NamedTuple):
    """How a setting is drawn: its name at the end of the line, the place of its colour, dashes, mark."""

    name: str
    colour: int
    dashes: str
    mark: str


LINES: Mapping[str, Line] = {
    "planted, float32": Line("planted, float32 and bfloat16", 0, "", "circle"),
    "Gaussian, float32, 1e-3 and 1e-5": Line("Gaussian, 1e-3 and 1e-5", 5, "2 3", "square"),
    "uniform, float32, 1e-4": Line("uniform, 1e-4", 2, "7 3", "triangle"),
    "Gaussian, float32, 1e-2": Line("Gaussian, 1e-2", 1, "", "square"),
    "Gaussian, bfloat16, 2e-2": Line("Gaussian, bfloat16, 2e-2", 3, "10 3 2 3", "diamond"),
    "uniform, float32, 1e-2": Line("uniform, 1e-2", 4, "5 5", "triangle"),
}
"""The two planted settings are one line where they are the same."""

MARKS = {
    "circle": "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0",
    "square": "M-3.5 -3.5h7v7h-7z",
    "triangle": "M0 -4.5L4.2 3.5H-4.2Z",
    "diamond": "M0 -5L5 0L0 5L-5 0Z",
}

TITLES = {
    "a key that nobody sees": "One key is seen by no row",
    "a row that sees one key too many": "One row sees one key too many: a single bit of the mask",
}

STYLE = """
text { font: 13px system-ui, "DejaVu Sans", Arial, sans-serif; fill: var(--ink) }
.title { font-size: 15px; font-weight: 600 }
.faint { fill: var(--quiet) }
.middle { text-anchor: middle }
.end { text-anchor: end }
.grid { stroke: var(--grid) }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round }
.first { stroke-width: 3.4 }
.lead { fill: none; stroke-width: 0.8 }
"""

Stored = Mapping[str, Any]


def drawn(stored: Stored) -> str:
    """The figure as SVG, a panel for each fault. Errors: `ValueError` where the two planted settings differ."""
    records = stored["records"]
    shares: dict[tuple[str, str], dict[int, float]] = {}
    for record in records:
        shares.setdefault((record["fault"], record["setting"]), {})[record["n"]] = record["noticed"] / record["draws"]
    parts: list[str] = []
    for place, (fault, title) in enumerate(TITLES.items()):
        if shares[fault, "planted, float32"] != shares[fault, "planted, bfloat16"]:
            raise ValueError(f"{fault}: the planted settings are no longer one line")
        parts += _panel(title, [(line, shares[fault, setting]) for setting, line in LINES.items()], place * PANEL)
    light, dark = (
        f"{declared(colours, COLOURS)}; {numbered(lines)}"
        for colours, lines in ((LIGHT, LINES_IN_LIGHT), (DARK, LINES_IN_DARK))
    )
    label = (
        "The share of draws on which a fault of a mask is noticed, against n: planted inputs always, random ones less and less"
    )
    return drawing("hardlab-seen", label, (WIDTH, len(TITLES) * PANEL), light, dark, STYLE, parts)


def _panel(title: str, lines: Sequence[tuple[Line, Mapping[int, float]]], top: float) -> Iterator[str]:
    sizes = sorted(lines[0][1])
    first, last = log2(sizes[0]), log2(sizes[-1])
    low = top + 40

    def x(n: int) -> float:
        return LEFT + 8 + (PLOT - 16) * (log2(n) - first) / (last - first)

    def y(share: float) -> float:
        return low + HEIGHT * (1 - share)

    yield f'<text class="title" x="{LEFT:g}" y="{top + 22:g}">{escape(title)}</text>'
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        yield f'<path class="grid" d="M{LEFT:g} {y(share):g}h{PLOT:g}"/>'
        yield f'<text class="faint end" x="{LEFT - 8:g}" y="{y(share) + 4:g}">{100 * share:.0f}%</text>'
    for n in sizes:
        yield f'<text class="faint middle" x="{x(n):.1f}" y="{y(0) + 18:g}">{n:,}</text>'
    axes = "n, queries and keys; up: draws that notice it"
    yield f'<text class="faint middle" x="{LEFT + PLOT / 2:g}" y="{y(0) + 37:g}">{axes}</text>'
    places = apart([y(shares[sizes[-1]]) + rank / 100 for rank, (_, shares) in enumerate(lines)], 17, low - 4, y(0) + 12)
    for (line, shares), place in reversed(list(zip(lines, places, strict=True))):
        colour = f"var(--line-{line.colour})"
        points = [(x(n), y(shares[n])) for n in sizes]
        path = "L".join(f"{a:.1f} {b:.1f}" for a, b in points)
        kind, dashes = ("line first" if line.mark == "circle" else "line"), line.dashes or "none"
        yield f'<path class="{kind}" style="stroke: {colour}; stroke-dasharray: {dashes}" d="M{path}"/>'
        for a, b in points:
            yield f'<path style="fill: {colour}" transform="translate({a:.1f} {b:.1f})" d="{MARKS[line.mark]}"/>'
        (a, b), end = points[-1], LEFT + PLOT + 22
        yield f'<path class="lead" style="stroke: {colour}" d="M{a + 6:.1f} {b:.1f}L{end - 4:g} {place:.1f}"/>'
        yield f'<text style="fill: {colour}" x="{end:g}" y="{place + 4:.1f}">{escape(line.name)}</text>'


if __name__ == "__main__":
    DRAWING.write_text(drawn(json.loads(RECORDS.read_text(encoding="utf-8"))), encoding="utf-8")
