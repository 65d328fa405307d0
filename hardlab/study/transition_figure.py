"""The figure of the transition: n across, the bound B on the entries up, drawn from stored records and nothing else."""

import textwrap
from collections.abc import Sequence
from math import ceil, floor, isnan, log2
from typing import Any

from hardlab.pages.colours import BLACK, BLUE, GREEN, GREY, PURPLE, VERMILION, YELLOW
from hardlab.pages.panels import apart_around
from hardlab.study.crossover import Cell, Crossover, cells, crossovers, rank_line, setting_of, summary, time_line
from hardlab.study.drawing import name_axes, write
from hardlab.study.measuring import root
from hardlab.study.transition import Record
from instances.faults import BadInput
from instances.files import AnyPath

MARKS = {
    "polynomial": ("o", BLUE, BLUE, "polynomial faster"),
    "softmax": ("^", VERMILION, VERMILION, "softmax faster"),
    "declined": ("s", "none", GREY, "polynomial declined: rank or exponents too large"),
}
"""Marker, face, edge and words of each outcome; the colours are told apart by colour-blind readers too."""

BETWEEN = 24
"""Points of a line for each octave of n: degrees are whole numbers, so two of the lines are stairs."""

ASIDE = 0.13
"""Octaves by which a crossover stands to the right of its n, so that it hides no point."""


def draw(records: Sequence[Record], path: AnyPath) -> None:
    """Write the figure. Errors: `BadInput` for another ending, records that do not fit together, or no matplotlib."""
    write(lambda: _figure(records), path)


def _figure(records: Sequence[Record]) -> Any:
    from matplotlib.figure import Figure

    d, error = setting_of(records)
    found = cells(records)
    if not found:
        raise BadInput("no record tells which algorithm was faster: record polynomial and softmax at one n and B at least")
    figure = Figure(figsize=(10, 7.6))
    axes = figure.add_axes((0.075, 0.29, 0.705, 0.65))
    _lines(axes, found, d, error)
    _points(axes, found, crossovers(found))
    _frame(axes, found)
    axes.set_title(f"Up to which entries is polynomial attention faster than softmax? d = {d}, error {error:g}", fontsize=13)
    axes.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.115), ncol=2, frameon=False, fontsize=10.5, columnspacing=1.5)
    figure.text(0.075, 0.015, _filled(summary(records)), fontsize=9.5, va="bottom", linespacing=1.35)
    return figure


def _filled(text: str) -> str:
    """The text in lines as wide as the figure; formulas are not broken."""
    return textwrap.fill(text.replace(" = ", "\u00a0=\u00a0").replace("ln n", "ln\u00a0n"), 128)


def _lines(axes: Any, found: Sequence[Cell], d: int, error: float) -> None:
    """The three boundaries, each with its name at its right end."""
    first, last = log2(found[0].n), log2(found[-1].n)
    steps = max(1, round((last - first) * BETWEEN))
    octaves = [first + (last - first) * i / steps for i in range(steps + 1)]
    lines = [
        ("B = sqrt(ln n)", BLACK, "-", [root(round(2**k)) for k in octaves]),
        ("rank r = n", GREEN, "--", [rank_line(found, 2**k, d, error) for k in octaves]),
        ("predicted times equal", PURPLE, "-.", [time_line(found, 2**k, d, error) for k in octaves]),
    ]
    for _, colour, style, B in lines:
        axes.plot(octaves, B, color=colour, linestyle=style, linewidth=2, zorder=2)
    ends = [(B[-1], name, colour) for name, colour, _, B in lines if not isnan(B[-1])]
    top = max(cell.B for cell in found) * 1.06
    places = apart_around([end for end, _, _ in ends], 0.045 * top)
    for (end, name, colour), place in zip(ends, places, strict=True):
        axes.annotate(
            name, (last, end), (1.03, place / top), textcoords=axes.transAxes, color=colour, fontsize=11.5, va="center",
            annotation_clip=False, arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.8},
        )  # fmt: skip


def _points(axes: Any, found: Sequence[Cell], crossed: Sequence[Crossover]) -> None:
    for outcome, (marker, face, edge, words) in MARKS.items():
        of = [cell for cell in found if cell.outcome == outcome]
        if of:
            places = [log2(cell.n) for cell in of], [cell.B for cell in of]
            axes.scatter(*places, s=40, marker=marker, facecolors=face, edgecolors=edge, linewidths=1.3, label=words, zorder=3)
    if crossed:
        octaves, B = [log2(c.n) + ASIDE for c in crossed], [c.B for c in crossed]
        reach = [[c.B - c.below for c in crossed], [c.above - c.B for c in crossed]]
        axes.errorbar(
            octaves, B, yerr=reach, fmt="D", markersize=7.5, color=YELLOW, markeredgecolor="black", ecolor="black",
            markeredgewidth=1.2, elinewidth=1.6, capsize=4, zorder=5,
            label="measured crossover, between two neighbouring B (the bar)",
        )  # fmt: skip


def _frame(axes: Any, found: Sequence[Cell]) -> None:
    first, last = floor(log2(found[0].n)), ceil(log2(found[-1].n))
    axes.set_xlim(log2(found[0].n) - 0.35, log2(found[-1].n) + 0.35)
    axes.set_ylim(0, max(cell.B for cell in found) * 1.06)
    every = 1 + (last - first) // 12
    ticks = range(first, last + 1, every)
    axes.set_xticks(ticks, [f"$2^{{{k}}}$" for k in ticks])
    name_axes(axes, "n, the number of queries and of keys", "B: entries of Q and K are uniform in [-B, B]")
