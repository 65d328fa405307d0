"""The drawing of a sweep, as SVG that stands inside a page: a measure over an axis, by default seconds over n.

A panel is a family and a chain, a line an algorithm or solver, its name at its end. The measure has one scale in all panels:
logarithmic, or of shares. An axis is logarithmic where its values differ by a factor of four or more. Lines differ in colour,
in their marks and in their dashes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from math import ceil, floor, inf, isfinite, log10

from hardlab.pages.colours import DARK, LIGHT, LINES_IN_DARK, LINES_IN_LIGHT, declared, numbered
from hardlab.pages.drawing import drawing
from hardlab.pages.panels import CHARACTER, PANELS, SMALL, WIDTH, apart, power_of_ten, text
from hardlab.sweep.axes import Axis, Value, in_order, named, numeric
from hardlab.sweep.lines import REDUCTION, Line
from hardlab.sweep.measures import Measure

HEIGHT = 290.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 112.0, 70.0, 46.0

MOST = int((RIGHT - 8) / SMALL)
"""Characters that have room beside a line."""

LINES = 6
"""Kinds of lines; the next one is that of reductions."""

WIDE = 4
"""An axis whose largest value is so many times its least is logarithmic."""

CURVES = """svg .leader { stroke: var(--stem); stroke-width: 0.8; fill: none }
svg .curve { fill: none; stroke-width: 1.8 }
"""
CURVES += "".join(
    f"svg .of-{i} {{ stroke: var(--line-{i}); fill: var(--line-{i}) }}\n"
    f"svg .curve.of-{i} {{ fill: none{f'; stroke-dasharray: {dash}' if dash else ''} }}\n"
    for i, dash in enumerate(("", "7 3", "2 3", "9 3 2 3", "4 4", "12 4"))
)
CURVES += f"svg .of-{LINES} {{ stroke: var(--ink); fill: var(--paper) }}\nsvg .curve.of-{LINES} {{ fill: none }}\n"

STYLE = f"""{PANELS}
:root {{ {numbered(LINES_IN_LIGHT)} }}
@media (prefers-color-scheme: dark) {{
  :root {{ {numbered(LINES_IN_DARK)} }}
}}
{CURVES}"""


def figure(found: Sequence[Line], axis: Axis, measure: Measure) -> str:
    """The panels one below the other, as a file of their own."""
    light, dark = (
        f"{declared(of, ('paper', 'ink', 'quiet', 'grid', 'stem'))}; {numbered(lines)}"
        for of, lines in ((LIGHT, LINES_IN_LIGHT), (DARK, LINES_IN_DARK))
    )
    drawn = panels(found, axis, measure)
    placed = (
        panel.replace("<svg ", f'<svg y="{i * HEIGHT:g}" width="{WIDTH:g}" height="{HEIGHT:g}" ', 1)
        for i, panel in enumerate(drawn)
    )
    size = WIDTH, HEIGHT * len(drawn)
    return drawing("hardlab-sweep", measure.title, size, light, dark, PANELS + CURVES, placed)


def panels(found: Sequence[Line], axis: Axis, measure: Measure) -> list[str]:
    """A panel for each place of these lines, which lie panel after panel."""
    if not found:
        return []
    names = dict.fromkeys(line.by for line in found if line.by != REDUCTION)
    kinds = {name: i % LINES for i, name in enumerate(names)} | {REDUCTION: LINES}
    scale = _scale(measure, [y for line in found for y in line.points.values()])
    panels = ([*of] for _, of in groupby(found, lambda line: line.place))
    return ["\n".join(_panel(of, axis, measure, kinds, scale)) for of in panels]


Scale = list[tuple[float, str]]
"""Ticks of y from the lowest to the highest, each with its name."""


def _scale(measure: Measure, values: Sequence[float]) -> Scale:
    if measure.share:
        return [(part / 4, f"{25 * part}%") for part in range(5)]
    finite = [y for y in values if isfinite(y)] or [0.0]
    low, high = floor(min(finite)), ceil(max(finite))
    if measure.name == "error":
        low, high = min(low, -1), max(high, 1)  # 1 is in sight: what is demanded
    step = max(1, ceil((high - low) / 7))
    ticks = [(float(power), power_of_ten(power)) for power in range(low, max(high, low + 1) + step, step)]
    ticks = [(ticks[0][0] - step, "0"), *ticks] if -inf in values else ticks
    return [*ticks, (ticks[-1][0] + step, "\u221e")] if inf in values else ticks


def _across(values: Sequence[Value]) -> Callable[[Value], float]:
    """Where a value lies between the left end, 0, and the right one, 1."""
    if not numeric(values):
        return {value: (i + 0.5) / len(values) for i, value in enumerate(values)}.__getitem__
    numbers = [float(value) for value in values]
    least, most = numbers[0], numbers[-1]
    if least == most:
        return lambda value: 0.5
    if least > 0 and most >= WIDE * least:
        return lambda value: log10(float(value) / least) / log10(most / least)
    return lambda value: (float(value) - least) / (most - least)


def _panel(found: Sequence[Line], axis: Axis, measure: Measure, kinds: Mapping[str, int], scale: Scale) -> Iterator[str]:
    values = in_order(value for line in found for value in line.points)
    across, low, high = _across(values), scale[0][0], scale[-1][0]
    bottom = HEIGHT - BOTTOM

    def x(value: Value) -> float:
        return LEFT + 8 + across(value) * (WIDTH - LEFT - RIGHT - 16)

    def y(of: float) -> float:
        return bottom - (min(max(of, low), high) - low) / (high - low) * (bottom - TOP)

    family, chain, where = found[0].place
    chain = chain or "(none)"
    label = escape(", ".join(filter(None, (measure.title, family, chain, where))))
    yield f'<svg class="panel" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{label}">'
    yield _text("title", 4, 16, family + (f", {where}" if where else ""), WIDTH - 60)
    yield _text("faint", 4, 34, chain, WIDTH - 8)
    yield _text("faint", 4, 52, measure.unit, WIDTH)
    for of, name in scale:
        drawn = "axis" if measure.name == "error" and of == 0 else "grid"
        yield f'<path class="{drawn}" d="M{LEFT:.1f} {y(of):.2f}H{WIDTH - RIGHT:.1f}"/>'
        yield _text("end", LEFT - 6, y(of) + 4, name, WIDTH)
    yield from _ticks(values, x, bottom)
    yield _text("faint middle", (LEFT + WIDTH - RIGHT) / 2, bottom + 38, axis.said, WIDTH - RIGHT)
    ends = []
    for line in found:
        kind = kinds[line.by]
        corners = [(x(value), y(of)) for value, of in line.points.items()]
        if len(corners) > 1:
            yield f'<path class="curve of-{kind}" d="M{" L".join(f"{a:.2f} {b:.2f}" for a, b in corners)}"/>'
        for (value, of), (a, b) in zip(line.points.items(), corners, strict=True):
            said = escape(f"{line.by}, {axis.name} = {named(value)}: {measure.shown(of)}")
            yield f"<g><title>{said}</title>{_mark(kind, a, b)}</g>"
        ends.append((line.by, *corners[-1]))
    heights = apart([b for _, _, b in ends], 14.0, TOP + 4, bottom - 2)
    for (by, a, b), height in zip(ends, heights, strict=True):
        yield f'<path class="leader" d="M{a + 6:.2f} {b:.2f}L{WIDTH - RIGHT + 4:.1f} {height:.2f}"/>'
        yield _text("label", WIDTH - RIGHT + 6, height + 4, _short(by), RIGHT - 8)
    yield "</svg>"


def _short(by: str) -> str:
    """A name that fits beside its line, of what somebody else's is called: its file or module and its own, or its own alone."""
    head, colon, name = by.rpartition(":") if not by.endswith(".py") else (by, "", "")
    if len(by) <= MOST or not (colon or by.endswith(".py")):
        return by
    stem = head.removesuffix(".py").replace("/", ".").rpartition(".")[2]
    return f"{stem}{colon}{name}" if not name or len(stem) + len(name) < MOST else name


def _ticks(values: Sequence[Value], x: Callable[[Value], float], bottom: float) -> Iterator[str]:
    """The axis, and the names of the values that have room there."""
    reached = 0.0
    room = (WIDTH - RIGHT) / len(values) if not numeric(values) else WIDTH
    for value in values:
        yield f'<path class="axis" d="M{x(value):.2f} {bottom:.1f}v5"/>'
        name = named(value)
        half = min(len(name) * SMALL, room) / 2
        if x(value) - half > reached:
            yield _text("middle", x(value), bottom + 18, name, max(room, 4 * SMALL))
            reached = x(value) + half + 4
    yield f'<path class="axis" d="M{LEFT:.1f} {bottom:.1f}H{WIDTH - RIGHT:.1f}"/>'


def _mark(kind: int, x: float, y: float) -> str:
    """A disc, a square, a triangle, a diamond, a triangle on its tip or a bar, of the kind's colour, or a ring."""
    shapes = (
        f"M{x - 4:.2f} {y:.2f}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
        f"M{x - 3.5:.2f} {y - 3.5:.2f}h7v7h-7z",
        f"M{x:.2f} {y - 4.5:.2f}l4.5 8h-9z",
        f"M{x:.2f} {y - 5:.2f}l5 5l-5 5l-5 -5z",
        f"M{x:.2f} {y + 4.5:.2f}l4.5 -8h-9z",
        f"M{x - 5:.2f} {y - 1.5:.2f}h10v3h-10z",
        f"M{x - 3.5:.2f} {y:.2f}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z",
    )
    return f'<path class="of-{kind}" d="{shapes[kind]}"/>'


def _text(kind: str, x: float, y: float, said: str, room: float) -> str:
    return text(kind, x, y, said, room, CHARACTER if kind == "title" else SMALL)
