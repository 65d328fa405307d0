"""A sweep as text."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from hardlab.pages.text import table
from hardlab.sweep.axes import Axis, named
from hardlab.sweep.grouping import COUNTS, Group, heading, place, places
from hardlab.sweep.judging import JUDGED
from hardlab.sweep.lines import lines
from hardlab.sweep.measures import Measure


def text_of_sweep(found: Sequence[Group], axis: Axis, measure: Measure) -> str:
    """Counts, what the algorithms answered themselves, the measure over the axis, and the failures."""
    return "\n\n".join([heading(found), *_counts(found), *_measured(found, axis, measure), *_failures(found)])


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
