"""The drawing of a sweep, as SVG that stands inside a page: seconds against n, both logarithmic.

A panel is a family and a chain, a line an algorithm or solver, its name at its end. Seconds have one scale in all panels. Lines
differ in colour, in their marks and in their dashes.
"""

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil, floor, log2, log10

from hardlab.pages.colours import LINES_IN_DARK, LINES_IN_LIGHT, numbered
from hardlab.pages.panels import CHARACTER, PANELS, SMALL, WIDTH, apart, power_of_ten, text
from hardlab.sweep.grouping import Group

HEIGHT = 290.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 112.0, 70.0, 46.0

LINES = 6
"""Kinds of lines."""

STYLE = (
    PANELS
    + f"""
:root {{ {numbered(LINES_IN_LIGHT)} }}
@media (prefers-color-scheme: dark) {{
  :root {{ {numbered(LINES_IN_DARK)} }}
}}
"""
    + """svg .leader { stroke: var(--stem); stroke-width: 0.8; fill: none }
svg .curve { fill: none; stroke-width: 1.8 }
"""
    + "".join(
        f"svg .of-{i} {{ stroke: var(--line-{i}); fill: var(--line-{i}) }}\n"
        f"svg .curve.of-{i} {{ fill: none{f'; stroke-dasharray: {dash}' if dash else ''} }}\n"
        for i, dash in enumerate(("", "7 3", "2 3", "9 3 2 3", "4 4", "12 4"))
    )
)


def panels(found: Sequence[Group]) -> list[str]:
    """A panel for each family and chain that has times."""
    timed = [group for group in found if group.medians]
    if not timed:
        return []
    seconds = [max(value, 1e-9) for group in timed for value in group.medians.values()]
    low, high = floor(log10(min(seconds))), ceil(log10(max(seconds)))
    names = list(dict.fromkeys(group.by for group in timed))
    by_panel: dict[tuple[str, str], list[Group]] = {}
    for group in timed:
        by_panel.setdefault((group.family, group.chain), []).append(group)
    return ["\n".join(_panel(of, names, low, max(high, low + 1))) for of in by_panel.values()]


def _panel(found: Sequence[Group], names: Sequence[str], low: int, high: int) -> Iterator[str]:
    sizes = sorted({n for group in found for n in group.medians})
    left, right = log2(max(1, sizes[0])), log2(max(1, sizes[-1]))

    def x(n: int) -> float:
        part = 0.5 if right == left else (log2(max(1, n)) - left) / (right - left)
        return LEFT + 8 + part * (WIDTH - LEFT - RIGHT - 16)

    def y(seconds: float) -> float:
        return HEIGHT - BOTTOM - (log10(max(seconds, 1e-9)) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    family, chain = found[0].family, found[0].chain or "(none)"
    yield f'<svg class="panel" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(f"{family}, {chain}")}">'
    yield _text("title", 4, 16, family, WIDTH - 60)
    yield _text("faint", 4, 34, chain, WIDTH - 8)
    yield _text("faint", 4, 52, "seconds", WIDTH)
    bottom = HEIGHT - BOTTOM
    for power in range(low, high + 1, max(1, ceil((high - low) / 7))):
        at = y(10.0**power)
        yield f'<path class="grid" d="M{LEFT:.1f} {at:.2f}H{WIDTH - RIGHT:.1f}"/>'
        yield _text("end", LEFT - 6, at + 4, power_of_ten(power), WIDTH)
    reached = 0.0
    for n in sizes:
        yield f'<path class="axis" d="M{x(n):.2f} {bottom:.1f}v5"/>'
        half = len(str(n)) * SMALL / 2
        if x(n) - half > reached:
            yield _text("middle", x(n), bottom + 18, str(n), WIDTH)
            reached = x(n) + half + 4
    yield f'<path class="axis" d="M{LEFT:.1f} {bottom:.1f}H{WIDTH - RIGHT:.1f}"/>'
    yield _text("faint middle", (LEFT + WIDTH - RIGHT) / 2, bottom + 38, "n of the instance", WIDTH)
    ends = []
    for group in found:
        kind = names.index(group.by) % LINES
        corners = [(n, seconds, x(n), y(seconds)) for n, seconds in group.medians.items()]
        if len(corners) > 1:
            yield f'<path class="curve of-{kind}" d="M{" L".join(f"{a:.2f} {b:.2f}" for _, _, a, b in corners)}"/>'
        for n, seconds, a, b in corners:
            yield f"<g><title>{escape(f'{group.by}, n = {n}: {seconds:.3g} s')}</title>{_mark(kind, a, b)}</g>"
        ends.append((group.by, *corners[-1][2:]))
    heights = apart([b for _, _, b in ends], 14.0, TOP + 4, bottom - 2)
    for (by, a, b), height in zip(ends, heights, strict=True):
        yield f'<path class="leader" d="M{a + 6:.2f} {b:.2f}L{WIDTH - RIGHT + 4:.1f} {height:.2f}"/>'
        yield _text("label", WIDTH - RIGHT + 6, height + 4, by, RIGHT - 8)
    yield "</svg>"


def _mark(kind: int, x: float, y: float) -> str:
    """A disc, a square, a triangle, a diamond, a triangle on its tip or a bar, of the kind's colour."""
    shapes = (
        f"M{x - 4:.2f} {y:.2f}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
        f"M{x - 3.5:.2f} {y - 3.5:.2f}h7v7h-7z",
        f"M{x:.2f} {y - 4.5:.2f}l4.5 8h-9z",
        f"M{x:.2f} {y - 5:.2f}l5 5l-5 5l-5 -5z",
        f"M{x:.2f} {y + 4.5:.2f}l4.5 -8h-9z",
        f"M{x - 5:.2f} {y - 1.5:.2f}h10v3h-10z",
    )
    return f'<path class="of-{kind}" d="{shapes[kind]}"/>'


def _text(kind: str, x: float, y: float, said: str, room: float) -> str:
    return text(kind, x, y, said, room, CHARACTER if kind == "title" else SMALL)
