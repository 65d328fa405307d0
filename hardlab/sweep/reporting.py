"""The records of a sweep as one page of HTML. Nothing is said that the records do not hold."""

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from hardlab.pages.html import page, table_of
from hardlab.sweep.grouping import HEADER, Group, heading
from hardlab.sweep.sweep_figure import STYLE, panels

REASONS = 200
"""Reasons of failures that are listed."""


def page_of_sweep(found: Sequence[Group]) -> str:
    """The page of a sweep: what came of it, the times, the failures, the environments."""
    return page("Sweep", [*_head(found), *_times(found), *_counts(found), *_failures(found), *_environments(found)], STYLE)


def _head(found: Sequence[Group]) -> Iterator[str]:
    of = [record for group in found for record in group.records]
    if any(record.get("agrees") is False for record in of):
        kind, word = "wrong", "Wrong verdicts"
    elif any(record["status"] == "fault" for record in of):
        kind, word = "wrong", "Faults"
    elif any(group.missing for group in found):
        kind, word = "declined", "Not complete"
    else:
        kind, word = "conformant", "Complete"
    yield f'<header class="verdict {kind}">'
    yield f"<h1>{word}</h1><p>{escape(heading(found))}</p></header>"


def _times(found: Sequence[Group]) -> Iterator[str]:
    drawn = panels(found)
    if drawn:
        yield "<h2>Median seconds to reduce and to decide</h2>"
        yield '<p class="quiet">A panel for each family and chain, a line for each algorithm or solver. Both axes are'
        yield "logarithmic, that of seconds is the same in all panels. A job has one thread, the oracle's time is not in it,"
        yield "and where there are others, neither is the first job of a kind in a process.</p>"
        yield from ('<div class="panels">', *drawn, "</div>")


def _counts(found: Sequence[Group]) -> Iterator[str]:
    yield "<h2>What came of the jobs</h2>"
    rows = [tuple(map(escape, group.row)) for group in found]
    yield from table_of(HEADER, rows, numbers=range(3, len(HEADER)))
    sizes = [(group, n, seconds) for group in found for n, seconds in group.medians.items()]
    if sizes:
        rows = [(*map(escape, group.row[:3]), f"{n:,}", f"{seconds:.3g}") for group, n, seconds in sizes]
        yield f"<details><summary>Median seconds: {len(sizes):,}</summary>"
        yield from table_of((*HEADER[:3], "n", "seconds"), rows, numbers=(3, 4))
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


def _environments(found: Sequence[Group]) -> Iterator[str]:
    counted: Counter[tuple[tuple[str, str], ...]] = Counter()
    for record in (record for group in found for record in group.records):
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
