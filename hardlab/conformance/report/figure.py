"""The drawing of a record, as SVG that stands inside a page: accuracy over n and B.

Marks stand exactly at the numbers of the record. A panel is one construction and the n above 4^(k-1) up to 4^k: across it the
size B of the entries in multiples of sqrt(ln n), upwards the error, both logarithmic and the same in all panels of a
construction. A dash is the error that a check demands, a mark the error delivered, a thin stem joins both. A mark that has no
place on the scale (0, infinite, not a number) stands on the rim and says so in its title. Every drawing is `WIDTH` wide, so
that it is legible on a phone; texts do not overlap (widths are estimated by `CHARACTER`). Colours are the classes of `STYLE`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log2, log10

from hardlab.conformance.record import Stored
from hardlab.conformance.report.points import Point, points
from hardlab.pages.panels import PANELS, RAISED, SMALL, WIDTH, apart, power_of_ten, text
from hardlab.pages.text import finite, line, number

HEIGHT = 300.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 62.0, 64.0, 44.0
"""The margins around the field of a panel."""

LABEL_GAP = 14.0
LABELS = 12
"""Labels that the right margin of a panel has room for."""

MARK = 4.2

STYLE = (
    PANELS
    + """svg .stem { stroke: var(--stem); stroke-width: 1 }
svg .demanded { stroke: var(--ink); stroke-width: 2; fill: none }
svg .line { stroke: var(--quiet); stroke-width: 1; fill: none }
svg .leader { stroke: var(--quiet); stroke-width: 0.7; fill: none }
svg .passed { fill: var(--passed); stroke: none }
svg .beyond { fill: var(--beyond); stroke: var(--ink); stroke-width: 0.8 }
svg .wrong { fill: none; stroke: var(--wrong); stroke-width: 2.4 }
svg .other { fill: var(--paper); stroke: var(--quiet); stroke-width: 1.4 }
svg .transition { stroke: var(--quiet); stroke-width: 1.3; stroke-dasharray: 5 4 }
svg .box { fill: var(--box); stroke: var(--quiet); stroke-width: 1.2 }
svg .arrow { stroke: var(--passed); stroke-width: 1.8; fill: none }
svg .head { fill: var(--passed) }
"""
)
"""Of Okabe and Ito's colours, named in the page for light and for dark; marks differ in shape as well."""


def figures(record: Stored) -> dict[str, list[str]]:
    """The panels of each construction, by rising n."""
    by_construction: dict[str, list[Point]] = {}
    for point in points(record):
        by_construction.setdefault(point.construction, []).append(point)
    return {name: _panels(found) for name, found in by_construction.items()}


def _panels(found: Sequence[Point]) -> list[str]:
    scales = Scales.of(found)
    by_size: dict[int, list[Point]] = {}
    for point in found:
        by_size.setdefault(ceil(log2(point.n) / 2), []).append(point)
    return [_panel(by_size[size], scales) for size in sorted(by_size)]


@dataclass(frozen=True)
class Scales:
    """B from 2^left to 2^right across, errors from 10^low to 10^high upwards."""

    left: float
    right: float
    low: int
    high: int

    @classmethod
    def of(cls, found: Sequence[Point]) -> "Scales":
        across = [log2(point.B) for point in found]
        errors = [finite(value) for point in found for value in (point.demanded, point.delivered)]
        upwards = [log10(value) for value in errors if value is not None and value > 0] or [0.0]
        low, high = floor(min(upwards) - 0.05), ceil(max(upwards) + 0.05)
        return cls(min(across) - 0.25, max(across) + 0.25, low, max(high, low + 1))

    def x(self, B: float) -> float:
        return LEFT + (log2(B) - self.left) / (self.right - self.left) * (WIDTH - LEFT - RIGHT)

    def y(self, error: object) -> float:
        """On the rim where the error has no place: at the bottom for 0, else at the top."""
        value = finite(error)
        if value is None:
            return TOP
        if value <= 0:
            return HEIGHT - BOTTOM
        return self.level(log10(value))

    def level(self, power: float) -> float:
        return TOP + (self.high - power) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)


def _panel(found: Sequence[Point], scales: Scales) -> str:
    least, most = min(point.n for point in found), max(point.n for point in found)
    title = f"n = {number(least)}" + (f" to {number(most)}" if most > least else "")
    name = f"{found[0].construction}, {title}: demanded and delivered accuracy over B"
    parts = [
        f'<svg class="panel" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(name)}">',
        *_axes(scales, title),
        *_transition(found, scales),
        *_demanded_lines(found, scales),
        *(part for point in found for part in _stem(point, scales)),
        *(part for point in found for part in _mark(point, scales)),
        "</svg>",
    ]
    return "\n".join(parts)


def _axes(scales: Scales, title: str) -> Iterator[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    yield _text("title", 4, 16, title)
    yield _text("faint", 4, 54, "error")
    every = ceil((scales.high - scales.low) / 7)
    for power in range(scales.low, scales.high + 1, every):
        y = scales.level(power)
        yield f'<path class="grid" d="M{LEFT:.1f} {y:.2f}H{right:.1f}"/>'
        yield _text("end", LEFT - 6, y + 4, power_of_ten(power))
    for B in _ticks(scales):
        x = scales.x(B)
        yield f'<path class="axis" d="M{x:.2f} {bottom:.1f}v5"/>'
        yield _text("middle", x, bottom + 18, _tick(B))
    yield f'<path class="axis" d="M{LEFT:.1f} {bottom:.1f}H{right:.1f}"/>'
    yield _text("faint middle", (LEFT + right) / 2, bottom + 36, "B, in multiples of √(ln n)")


def _tick(B: float) -> str:
    if 0.1 <= B < 10**4 or not log2(B).is_integer():
        return f"{B:.4g}"
    return "2" + str(round(log2(B))).translate(RAISED)


def _ticks(scales: Scales) -> list[float]:
    """Powers of two, with those halfway (1, 1.5, 2, 3) where there is room; the middle where none is in reach."""
    first, last = floor(scales.left), ceil(scales.right)
    every = max(1, ceil((last - first) / 7))
    found = [2.0**k for k in range(first, last + 1, every)]
    if last - first <= 3 and 0 <= first <= 10:
        found += [1.5 * B for B in found]
    within = sorted(B for B in found if scales.left <= log2(B) <= scales.right)
    return within or [float(f"{2.0 ** ((scales.left + scales.right) / 2):.3g}")]


def _transition(found: Sequence[Point], scales: Scales) -> Iterator[str]:
    """The first rung that did not come out right, the one of least B."""
    ended = [point for point in found if point.ends]
    if not ended:
        yield _text("faint", LEFT + 2, 36, "all right" if all(point.status == "passed" for point in found) else "none wrong")
        return
    first = min(ended, key=lambda point: point.B)
    x = scales.x(first.B)
    margin = "" if first.R0 is None else f", R0 = {number(first.R0)}"
    said = f"first {first.status[:12]}: B = {number(first.B)}{margin}"
    start = max(4.0, min(x - 4, WIDTH - 4 - len(said) * SMALL))
    yield _text("first", start, 36, said)
    yield f'<path class="transition" d="M{x:.2f} 41V{HEIGHT - BOTTOM:.1f}"/>'


def _demanded_lines(found: Sequence[Point], scales: Scales) -> Iterator[str]:
    """The demanded error over B for each R0, in the family with the most rungs; its R0 at the right end."""
    families = [point.family for point in found]
    family = max(dict.fromkeys(families), key=families.count)
    by_margin: dict[float, list[Point]] = {}
    for point in found:
        if point.family == family and point.R0 is not None and point.demanded is not None and point.demanded > 0:
            by_margin.setdefault(point.R0, []).append(point)
    if not by_margin:
        return
    ends = []
    for R0 in sorted(by_margin):
        ordered = sorted(by_margin[R0], key=lambda point: point.B)
        corners = [(scales.x(point.B), scales.y(point.demanded)) for point in ordered]
        yield f'<path class="line" d="M{" L".join(f"{x:.2f} {y:.2f}" for x, y in corners)}"/>'
        ends.append((R0, *corners[-1]))
    yield _text("faint end", WIDTH - 4, TOP - 10, "demanded")
    ends = ends[:: ceil(len(ends) / LABELS)]
    heights = apart([y for _, _, y in ends], LABEL_GAP, TOP + 6, HEIGHT - BOTTOM - 4)
    for (R0, x, y), height in zip(ends, heights, strict=True):
        yield f'<path class="leader" d="M{x:.2f} {y:.2f}L{WIDTH - RIGHT + 4:.1f} {height:.2f}"/>'
        yield _text("label", WIDTH - RIGHT + 6, height + 4, f"R0 {R0:.3g}" if R0 < 1000 else f"R0 {R0:.0e}")


def _stem(point: Point, scales: Scales) -> Iterator[str]:
    x = scales.x(point.B)
    if point.demanded is None:
        return
    y = scales.y(point.demanded)
    if point.delivered is not None:
        yield f'<path class="stem" d="M{x:.2f} {y:.2f}V{scales.y(point.delivered):.2f}"/>'
    yield f'<path class="demanded" d="M{x - 5:.2f} {y:.2f}h10"/>'


def _mark(point: Point, scales: Scales) -> Iterator[str]:
    """The delivered error; where none was delivered, the mark of its kind at the top rim."""
    said = f"{line(point.check.get('name'))}: {point.status}, demanded {number(point.demanded)}, delivered "
    value = number(point.delivered) + ("" if (finite(point.delivered) or 0) > 0 else " (drawn on the rim)")
    yield f"<g><title>{escape(said + value)}</title>{mark(point.kind, scales.x(point.B), scales.y(point.delivered))}</g>"


def mark(kind: str, x: float, y: float) -> str:
    """A disc, a triangle, a cross or a square around (x, y)."""
    r = MARK
    if kind == "passed":
        return f'<circle class="passed" cx="{x:.2f}" cy="{y:.2f}" r="{r:g}"/>'
    shapes: Mapping[str, Callable[[], str]] = {
        "beyond": lambda: f"M{x:.2f} {y - 5:.2f}l5 9h-10z",
        "wrong": lambda: f"M{x - r:.2f} {y - r:.2f}l{2 * r:g} {2 * r:g}m{-2 * r:g} 0l{2 * r:g} {-2 * r:g}",
        "other": lambda: f"M{x - r:.2f} {y - r:.2f}h{2 * r:g}v{2 * r:g}h{-2 * r:g}z",
    }
    return f'<path class="{kind}" d="{shapes[kind]()}"/>'


def legend_mark(kind: str) -> str:
    """A mark by itself, as large as a line of text."""
    drawn = '<path class="demanded" d="M3 8h10"/>' if kind == "demanded" else mark(kind, 8, 8)
    return f'<svg class="sign" viewBox="0 0 16 16" aria-hidden="true">{drawn}</svg>'


def _text(kind: str, x: float, y: float, said: str) -> str:
    return text(kind, x, y, said, WIDTH)
