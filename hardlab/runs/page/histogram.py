"""How many pairs have which distance: of all pairs and of the lit row, with the thresholds marked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log
from typing import Any

import numpy as np

from hardlab.pages.panels import WIDTH
from hardlab.runs.page.svg import framed
from instances.bits import Ints

BINS = 64
HEIGHT, LEFT, BOTTOM, TOP = 180.0, 44.0, 34.0, 36.0


def histogram(measures: Callable[[int], Ints], rows: Sequence[int], drawn: Mapping[int, int], of: int) -> dict[str, Any]:
    """Counts of `measures(i)` over the rows i, and over those that are drawn, in at most `BINS` bins of equal width."""
    counts: dict[int, int] = {}
    for i in rows:
        for value, count in zip(*np.unique(measures(i), return_counts=True), strict=True):
            counts[int(value)] = counts.get(int(value), 0) + int(count)
    own = {row: np.unique(measures(i), return_counts=True) for row, i in drawn.items()}
    start = min([*counts, *(int(values[0]) for values, _ in own.values())])
    stop = max([*counts, *(int(values[-1]) for values, _ in own.values())]) + 1
    width = -(-(stop - start) // BINS)

    def binned(values: Any, found: Any) -> list[int]:
        bins = [0] * -(-(stop - start) // width)
        for value, count in zip(values, found, strict=True):
            bins[(int(value) - start) // width] += int(count)
        return bins

    return {
        "start": start,
        "width": width,
        "all": binned(counts, counts.values()),
        "rows": {str(row): binned(*found) for row, found in own.items()},
        "counted": [len(rows), of],
    }


@dataclass(frozen=True)
class Histogram:
    """The drawing of a histogram. Heights are logarithmic, so that a single pair can be seen beside thousands."""

    picture: Mapping[str, Any]
    measure: str
    size: Mapping[str, Any]

    def drawn(self) -> Iterator[str]:
        every = [int(count) for count in self.picture["all"]]
        if not every:
            return
        start, width = int(self.picture["start"]), int(self.picture["width"])
        low = min([start, *(value for _, value in self._thresholds())])
        high = max([start + width * len(every), *(value + 1 for _, value in self._thresholds())])
        tall = max(1, *every)
        each = (WIDTH - LEFT - 8) / (high - low)

        def x(value: float) -> float:
            return LEFT + (value - low) * each

        def bars(counts: Sequence[int]) -> str:
            path = []
            for k, count in enumerate(counts):
                if count:
                    h = (HEIGHT - TOP - BOTTOM) * log(1 + int(count)) / log(1 + tall)
                    corner = f"M{x(start + k * width) + 0.5:.1f} {HEIGHT - BOTTOM:g}"
                    path.append(f"{corner}v{-h:.1f}h{max(0.8, each * width - 1):.1f}v{h:.1f}z")
            return "".join(path)

        plural = "ones that a pair has in common" if self.measure != "distance" else "distance of a pair"
        counted, of = self.picture["counted"]
        whose = "of all pairs" if counted == of else f"of the pairs of {counted:,} of {of:,} rows, spread evenly"
        how = "are at which distance" if self.measure == "distance" else "have how many ones in common"
        said = f"How many pairs {how}: grey {whose}, in colour of the lit row. Heights are logarithmic"
        yield f'<figure class="histogram"><figcaption>{said}</figcaption>'
        yield framed(f"histogram of the {plural}", WIDTH, HEIGHT)
        yield f'<path class="axis" d="M{LEFT:g} {HEIGHT - BOTTOM:g}H{WIDTH - 8:g}"/>'
        yield f'<g><title>{_counts(start, width, every)}</title><path class="bars" d="{bars(every)}"/></g>'
        for row, counts in self.picture["rows"].items():
            yield f'<path class="bars own of r{int(row)}" d="{bars([int(count) for count in counts])}"/>'
        yield from self._marks(x, each)
        yield f'<text class="faint end" x="{LEFT - 6:g}" y="{TOP + 8:g}">{_short(tall)}</text>'
        yield f'<text class="faint end" x="{LEFT - 6:g}" y="{HEIGHT - BOTTOM:g}">0</text>'
        yield f'<text class="faint" x="{LEFT:g}" y="{HEIGHT - 4:g}">{low}</text>'
        yield f'<text class="faint middle" x="{(LEFT + WIDTH - 8) / 2:g}" y="{HEIGHT - 4:g}">{escape(plural)}</text>'
        yield f'<text class="faint end" x="{WIDTH - 8:g}" y="{HEIGHT - 4:g}">{high - 1}</text>'
        yield "</svg></figure>"

    def _thresholds(self) -> list[tuple[str, int]]:
        found = [(name, int(self.size[name])) for name in ("t", "t2") if isinstance(self.size.get(name), int)]
        return found or [("orthogonal", 0)]

    def _marks(self, x: Callable[[float], float], each: float) -> Iterator[str]:
        """A line at each threshold, its name above; the names of neighbours go to their two sides."""
        for place, (name, value) in enumerate(sorted(self._thresholds(), key=lambda one: one[1])):
            at, y = x(value) + each / 2, 12.0 + 15 * place
            kind = "no" if name == "t2" else "yes"
            said = f"{name} = {value}: {kind.upper()}" if name != "orthogonal" else "0: orthogonal, YES"
            yield f'<path class="threshold {kind}" d="M{at:.1f} {y - 8:g}V{HEIGHT - BOTTOM + 4:g}"/>'
            side, to = ("end", at - 4) if at > WIDTH / 2 else ("start", at + 4)
            yield f'<text class="{side}" x="{to:.1f}" y="{y:g}">{escape(said)}</text>'


def _short(count: int) -> str:
    return f"{count:,}" if count < 100_000 else f"{count:.0e}".replace("e+0", "e")


def _counts(start: int, width: int, counts: Sequence[int]) -> str:
    spans = (f"{start + k * width}" + (f" to {start + (k + 1) * width - 1}" if width > 1 else "") for k in range(len(counts)))
    return "; ".join(f"{span}: {count:,}" for span, count in zip(spans, counts, strict=True) if count)
