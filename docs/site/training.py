"""The figure of a model in training, docs/pages/assets/training.svg, from the records beside it (`make drawn`).

The records are those of `benchmarks/training_with_a_promise.py --record`; nothing is measured here.
"""

import json
from collections.abc import Iterator, Mapping
from math import ceil, floor, log10
from pathlib import Path
from typing import Any

from hardlab.pages.colours import DARK, LIGHT, LINES_IN_DARK, LINES_IN_LIGHT, declared, numbered
from hardlab.pages.drawing import drawing
from hardlab.pages.panels import power_of_ten

RECORDS = Path(__file__).parents[1] / "pages" / "assets" / "training.json"
DRAWING = RECORDS.with_suffix(".svg")

WIDTH, LEFT, PLOT, TOP, HEIGHT = 720.0, 64.0, 420.0, 44.0, 210.0

COLOURS = ("paper", "ink", "quiet", "grid")

STYLE = """
text { font: 13px system-ui, "DejaVu Sans", Arial, sans-serif; fill: var(--ink) }
.title { font-size: 15px; font-weight: 600 }
.faint { fill: var(--quiet) }
.middle { text-anchor: middle }
.end { text-anchor: end }
.grid { stroke: var(--grid) }
.line { fill: none; stroke-linejoin: round }
"""

Stored = Mapping[str, Any]


def drawn(stored: Stored) -> str:
    """The losses of the short run by both, and of the long one, as SVG."""
    light, dark = (
        f"{declared(colours, COLOURS)}; {numbered(lines)}"
        for colours, lines in ((LIGHT, LINES_IN_LIGHT), (DARK, LINES_IN_DARK))
    )
    label = "The loss at each step: that of promised attention lies on that of exact attention"
    return drawing("hardlab-training", label, (WIDTH, TOP + HEIGHT + 52), light, dark, STYLE, list(_parts(stored)))


def _parts(stored: Stored) -> Iterator[str]:
    short, long = stored["short"], stored["long"]
    lines = [
        (f"exact, n = {short['n']:,}", short["exact"]["losses"], 1, "stroke-width: 6; stroke-opacity: 0.45"),
        (f"promised, n = {short['n']:,}", short["promised"]["losses"], 0, "stroke-width: 2"),
        (f"promised, n = {long['n']:,}", long["promised"]["losses"], 2, "stroke-width: 2; stroke-dasharray: 6 4"),
    ]
    every = [loss for _, losses, _, _ in lines for loss in losses]
    low, high, steps = floor(log10(min(every))), ceil(log10(max(every))), len(short["exact"]["losses"])

    def x(step: float) -> float:
        return LEFT + PLOT * step / (steps - 1)

    def y(loss: float) -> float:
        return TOP + HEIGHT * (high - log10(loss)) / (high - low)

    yield f'<text class="title" x="{LEFT:g}" y="22">Mean squared error of a layer of attention in training</text>'
    for power in range(low, high + 1):
        yield f'<path class="grid" d="M{LEFT:g} {y(10.0**power):.1f}h{PLOT:g}"/>'
        yield f'<text class="faint end" x="{LEFT - 8:g}" y="{y(10.0**power) + 4:.1f}">{power_of_ten(power)}</text>'
    for step in range(0, steps, 10):
        yield f'<text class="faint middle" x="{x(step):.1f}" y="{TOP + HEIGHT + 18:g}">{step}</text>'
    yield f'<text class="faint middle" x="{LEFT + PLOT / 2:g}" y="{TOP + HEIGHT + 38:g}">step</text>'
    for place, (name, losses, colour, style) in enumerate(lines):
        path, stroke = "L".join(f"{x(step):.1f} {y(loss):.1f}" for step, loss in enumerate(losses)), f"var(--line-{colour})"
        yield f'<path class="line" style="stroke: {stroke}; {style}" d="M{path}"/>'
        right, height = LEFT + PLOT + 24, TOP + 24 + 26 * place
        yield f'<path class="line" style="stroke: {stroke}; {style}" d="M{right:g} {height:g}h28"/>'
        yield f'<text x="{right + 36:g}" y="{height + 4:g}">{name}</text>'


if __name__ == "__main__":
    DRAWING.write_text(drawn(json.loads(RECORDS.read_text(encoding="utf-8"))), encoding="utf-8")
