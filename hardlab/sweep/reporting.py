"""The records of a sweep, of decisions and of kernels, as one page of HTML. Nothing is said that the records do not hold."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from hardlab.conformance.report.matrix import STYLE as STYLE_OF_KERNELS
from hardlab.conformance.report.matrix import head as head_of_kernels
from hardlab.conformance.report.matrix import sections as sections_of_kernels
from hardlab.conformance.report.rows import Row
from hardlab.pages.html import page, table_of
from hardlab.sweep.axes import Axis, N, named
from hardlab.sweep.grouping import COUNTS, Group, heading, place, places
from hardlab.sweep.judging import JUDGED
from hardlab.sweep.lines import Line, lines
from hardlab.sweep.measures import SECONDS, USUAL, Measure
from hardlab.sweep.record import Stored
from hardlab.sweep.sweep_figure import STYLE, panels

REASONS = 200
"""Reasons of failures that are listed."""

VALUES = 1000
"""Values of a measure that are."""


def page_of_sweep(
    found: Sequence[Group], axis: Axis = N, measures: Sequence[Measure] = USUAL, kernels: Sequence[Row] = ()
) -> str:
    """The page of a sweep: what came of it, what the algorithms answered themselves, the measures over the axis, the failures,
    kernels against checks, the environments.
    """
    where = _environments([*(record for group in found for record in group.records), *_run(kernels)])
    if kernels and not found:
        return page("Sweep", [*head_of_kernels(kernels), *sections_of_kernels(kernels), *where], STYLE_OF_KERNELS)
    drawn: list[str] = []
    for measure in measures:
        of = lines(found, axis, measure)
        if of or measure is SECONDS or len(measures) == 1:  # what was asked for, and is not there, is said
            drawn += _drawn(of, axis, measure)
    body = [*_head(found), *_counts(found), *drawn, *_failures(found), *sections_of_kernels(kernels), *where]
    return page("Sweep", body, STYLE + STYLE_OF_KERNELS)


def _head(found: Sequence[Group]) -> Iterator[str]:
    of = [record for group in found for record in group.records]
    judged = [group.judged for group in found]
    if any(record.get("agrees") is False for record in of):
        kind, word = "wrong", "Wrong verdicts"
    elif any(record["status"] == "fault" for record in of):
        kind, word = "wrong", "Faults"
    elif any(each.verdicts["wrong"] for each in judged):
        kind, word = "wrong", "Wrong answers"
    elif any(group.missing for group in found):
        kind, word = "declined", "Not complete"
    elif any(each.wrong or each.verdicts["unknown"] for each in judged):
        kind, word = "declined", "All jobs were run"
    else:
        kind, word = "conformant" if any(each.rows for each in judged) else "", "All jobs were run"
    yield f'<header class="verdict {kind}">'
    yield f"<h1>{word}</h1><p>{escape(heading(found))}</p></header>"


def _counts(found: Sequence[Group]) -> Iterator[str]:
    yield "<h2>What came of the jobs</h2>"
    for name, of in places(found).items():
        yield f"<h3>{escape(name)}</h3>"
        yield from _table(COUNTS, [(group.by, *group.cells) for group in of])
    judged = places(group for group in found if group.judged)
    if judged:
        yield "<h2>What the algorithms answered themselves</h2>"
        yield '<p class="quiet">A YES needs a witness only, and rows are tried exactly for it: a verdict of the lab says'
        yield "nothing for the algorithm. Here is what its outputs say, against low and high as they stand.</p>"
    for name, of in judged.items():
        yield f"<h3>{escape(name)}</h3>"
        yield from _table(JUDGED, [(group.by, *group.judged.cells) for group in of])
    sampled = sum(group.judged.sampled for of in judged.values() for group in of)
    if sampled:
        yield f'<p class="quiet">Of {sampled:,} jobs a sample of the rows was compared.</p>'


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Of names and numbers."""
    yield from table_of(
        ("by", *header), [tuple(map(escape, row)) for row in rows], names=(0,), numbers=range(1, len(header) + 1)
    )


def _drawn(of: Sequence[Line], axis: Axis, measure: Measure) -> Iterator[str]:
    yield f"<h2>{escape(measure.title)}</h2>"
    yield f'<p class="quiet">{escape(measure.words)}</p>'
    if not of:
        yield f"<p>{escape(measure.lacking)}</p>"
        return
    yield from ('<div class="panels">', *panels(of, axis, measure), "</div>")
    cells = [(place(*line.place), line.by, named(x), measure.shown(y)) for line in of for x, y in line.points.items()]
    rows = [tuple(map(escape, row)) for row in cells[:VALUES]]
    shown = f"{len(cells):,} values" + (f", the first {VALUES:,}" if len(cells) > VALUES else "")
    yield f"<details><summary>{escape(measure.title)}: {shown}</summary>"
    yield from table_of(("family and chain", "by", axis.said, measure.unit), rows, numbers=(2, 3))
    yield "</details>"


def _failures(found: Sequence[Group]) -> Iterator[str]:
    failures = [(group, *failure) for group in found for failure in group.failures]
    if failures:
        yield "<h2>What was not done</h2>"
        rows = [
            (escape(status), f"{count:,}", *map(escape, (group.family, group.by, reason)))
            for group, status, reason, count in failures[:REASONS]
        ]
        yield from table_of(("status", "jobs", "family", "by", "reason"), rows, numbers=(1,), long=(4,))
        if len(failures) > REASONS:
            yield f"<p>And {len(failures) - REASONS:,} more reasons: hardlab export has them all.</p>"


def _run(kernels: Sequence[Row]) -> Iterator[Stored]:
    return ({"environment": row.environment} for row in kernels if row.environment)


def _environments(records: Iterable[Stored]) -> Iterator[str]:
    counted: Counter[tuple[tuple[str, str], ...]] = Counter()
    for record in records:
        of = record["environment"]
        versions = ", ".join(f"{name} {version}" for name, version in of.get("versions", {}).items())
        rest = [(name, str(value)) for name, value in of.items() if name != "versions"]
        counted[(*rest, ("versions", versions))] += 1
    if counted:
        yield "<h2>Where they ran</h2>"
    for said, count in counted.most_common():
        yield "<dl>"
        yield f"<dt>records</dt><dd>{count:,}</dd>"
        yield from (f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in said)
        yield "</dl>"
