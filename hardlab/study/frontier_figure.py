"""The figure of the gaps: m across, eps up, both logarithmic, drawn from records and nothing else."""

import textwrap
from collections.abc import Sequence
from math import ceil, log2, log10
from typing import Any

from hardlab.pages.colours import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION
from hardlab.pages.panels import apart_around
from hardlab.study.drawing import name_axes, write
from hardlab.study.frontier import LINE, Record
from instances.faults import BadInput
from instances.files import AnyPath

STYLES: dict[str, tuple[str, str, str]] = {
    LINE: (BLACK, "", "4/m, without guessing"),
    "gadgets on a circle": (BLACK, ".", ""),
    "pair gadgets": (BLUE, "o", "ov-hamming, pair gadgets"),
    "single gadgets": (GREY, "x", "single gadgets; farthest pair"),
    "farthest pair": (GREY, "+", ""),
    "projective over F_3": (GREEN, "s", "projective over F_3"),
    "Hermitian over F_4": (ORANGE, "v", "Hermitian\nover F_4"),
    "Hermitian over F_9": (PURPLE, "D", "Hermitian over F_9"),
    "Reed-Solomon, largest eps": (VERMILION, "^", "Reed-Solomon, largest eps"),
    "Reed-Solomon, least work": (SKY, "*", "Reed-Solomon, least work"),
}
"""Colour, marker and label of each kind; the colours are told apart by colour-blind readers, and the markers differ."""

BESIDE = {"Hermitian over F_4": (14, -41)}
"""Curves that end among others, named beside their last point: points to the right and up."""


def draw_gaps(records: Sequence[Record], path: AnyPath) -> None:
    """Write the figure. Errors: `BadInput` for another ending, no gaps, records of several N, or no matplotlib."""
    write(lambda: _figure([record for record in records if record.eps is not None]), path)


def caption(found: Sequence[Record]) -> str:
    """Where a code beats 4/m, and with how many messages, from the records alone."""
    above = [record for record in found if record.beats_the_line]
    if not above:
        return "No reduction here has a larger eps than 4/m."
    sizes = ", ".join(str(m) for m in sorted({record.m for record in above}))
    rare = [record for record in above if (record.log2_messages or 0) < record.m]
    said = f"At {len(rare)} of these points" if rare else "At none of these points"
    return (
        "Each point is as many instances of gap Hamming distance as Merlin has messages: 1 for the direct gadgets, at most "
        f"2^24 for codes. At m = {sizes} some code has a larger eps than 4/m. {said} Merlin has fewer messages than there are "
        "sets of coordinates, 2^m."
    )


def _figure(found: Sequence[Record]) -> Any:
    from matplotlib.figure import Figure

    if not found or len({record.N for record in found}) > 1:
        raise BadInput("a figure shows records of one N, at least one with a gap: give the records of one run")
    figure = Figure(figsize=(10, 7.6))
    axes = figure.add_axes((0.085, 0.17, 0.655, 0.77))
    curves = {kind: sorted((r.m, r.eps or 0.0) for r in found if r.kind == kind) for kind in STYLES}
    curves = {kind: curve for kind, curve in curves.items() if curve}
    _frame(axes, curves)
    for kind, curve in curves.items():
        colour, marker, _ = STYLES[kind]
        thick, order = (1.6, 4) if kind == LINE else (1.0, 3)
        axes.plot(*zip(*curve, strict=True), color=colour, marker=marker, markersize=5.5, linewidth=thick, zorder=order)
    _labels(axes, curves)
    axes.set_title("Gap of the reductions from orthogonal vectors in dimension m", fontsize=13)
    figure.text(0.085, 0.02, textwrap.fill(caption(found), 128), fontsize=9.5, va="bottom", linespacing=1.35)
    return figure


def _frame(axes: Any, curves: dict[str, list[tuple[int, float]]]) -> None:
    largest = max(2, *(m for curve in curves.values() for m, _ in curve))
    eps = [eps for curve in curves.values() for _, eps in curve]
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xlim(0.93, largest * 1.08)
    axes.set_ylim(min(eps) / 1.8, max(eps) * 1.5)
    ticks = [2**i for i in range(ceil(log2(largest + 1)))]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    name_axes(axes, "m, the number of coordinates of the vectors", "eps: distances are at most t, or at least (1 + eps) t")


def _labels(axes: Any, curves: dict[str, list[tuple[int, float]]]) -> None:
    """Each curve's name: to the right of the axes at the height of its last point with a line to it, or beside that point."""
    low, high = (log10(limit) for limit in axes.get_ylim())
    for kind in curves.keys() & BESIDE.keys():
        colour, _, words = STYLES[kind]
        axes.annotate(words, curves[kind][-1], BESIDE[kind], textcoords="offset points", color=colour, ha="center", va="center")
    named = [kind for kind in curves if STYLES[kind][2] and kind not in BESIDE]
    heights = [(log10(curves[kind][-1][1]) - low) / (high - low) for kind in named]
    places = apart_around(heights, 0.05)
    for kind, place in zip(named, places, strict=True):
        colour, _, words = STYLES[kind]
        axes.annotate(
            words, curves[kind][-1], (1.035, place), textcoords=axes.transAxes, color=colour, fontsize=11,
            va="center", annotation_clip=False,
            arrowprops={
                "arrowstyle": "-", "color": colour, "linewidth": 0.7, "linestyle": ":", "shrinkB": 4, "relpos": (0, 0.5),
            },
        )  # fmt: skip
