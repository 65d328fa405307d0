"""A sweep as text."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from hardlab.conformance.report.matrix import text as text_of_kernels
from hardlab.conformance.report.rows import Row
from hardlab.conformance.report.rows import heading as heading_of_kernels
from hardlab.pages.text import table
from hardlab.sweep.axes import Axis, named
from hardlab.sweep.grouping import COUNTS, Group, heading, place, places
from hardlab.sweep.judging import JUDGED
from hardlab.sweep.lines import lines
from hardlab.sweep.measures import Measure


def text_of_sweep(found: Sequence[Group], axis: Axis, measure: Measure, kernels: Sequence[Row] = ()) -> str:
    """Counts, what the algorithms answered themselves, the measure over the axis, and the failures; kernels against checks."""
    parts = [line_of_sweep(found, kernels)]
    if found or not kernels:
        parts += [*_counts(found), *_measured(found, axis, measure), *_failures(found)]
    return "\n\n".join([*parts, *(text_of_kernels(kernels) if kernels else ())])


def line_of_sweep(found: Sequence[Group], kernels: Sequence[Row]) -> str:
    """The whole in a line, or one for decisions and one for kernels."""
    said = [heading(found)] if found or not kernels else []
    return "\n".join([*said, *([heading_of_kernels(kernels)] if kernels else [])])


def _counts(found: Sequence[Group]) -> Iterator[str]:
    for name, of in places(found).items():
        yield f"{name}\n" + table(("by", *COUNTS), [(group.by, *group.cells) for group in of], left=("by",))
        judged = [(group.by, *group.judged.cells) for group in of if group.judged]
        if judged:
            yield "what they answered themselves\n" + table(("by", *JUDGED), judged, left=("by",))


def _measured(found: Sequence[Group], axis: Axis, measure: Measure) -> Iterator[str]:
    drawn = lines(found, axis, measure)
    if not drawn:
        yield f"{measure.title}: {measure.lacking}"
    for where, of in groupby(drawn, lambda line: line.place):
        header = ("by", f"{measure.title}, by {axis.said}")
        rows = [(line.by, ", ".join(f"{named(x)}: {measure.shown(y)}" for x, y in line.points.items())) for line in of]
        yield f"{place(*where)}\n" + table(header, rows, left=header)


def _failures(found: Sequence[Group]) -> Iterator[str]:
    for group in found:
        for status, reason, count in group.failures:
            yield f"{count:,} {status} ({place(group.family, group.chain)}, {group.by}): {reason}"
