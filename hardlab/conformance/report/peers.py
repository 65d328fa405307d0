"""Several records in one table: kernels, or reductions and solvers."""

from collections.abc import Sequence

from hardlab.conformance.record import Stored
from hardlab.conformance.report.words import counts, failed, heading, is_trial, items, part, place, target
from hardlab.conformance.result import FAILED
from hardlab.pages.text import line, number

PEER = ("target", "verdict", "dtype", "passed", "beyond", "failed", "where it ends")

ON_TRIAL = ("target", "verdict", "between", "passed", "instances", "failed", "first failure")
"""The same columns for reductions and solvers."""


def title(records: Sequence[Stored]) -> str:
    """What several records are of."""
    return "Reductions and solvers on trial" if _of_trials(records) else "Conformance of attention kernels"


def peers(records: Sequence[Stored]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The table of several records, its header first."""
    if _of_trials(records):
        return ON_TRIAL, list(map(_on_trial, records))
    return PEER, list(map(peer, records))


def _of_trials(records: Sequence[Stored]) -> bool:
    return bool(records) and all(map(is_trial, records))


def _on_trial(record: Stored) -> tuple[str, ...]:
    """A row for a reduction or a solver."""
    ends, lost = part(record, "conventions"), failed(record)
    between = " to ".join(line(ends[end]) for end in ("source", "target") if ends.get(end)) or line(record.get("kind"))
    passed, instances = f"{counts(record)['passed']:,}", number(record.get("calls"))
    first = line(lost[0].get("name")) if lost else "none"
    return target(record), heading(record), between, passed, instances, f"{len(lost):,}", first


def peer(record: Stored) -> tuple[str, ...]:
    """A row of the table of kernels."""
    found = counts(record)
    ended = [check for check in items(record, "checks") if check.get("status") in ("beyond", *FAILED) and check.get("axes")]
    lost = sum(found[status] for status in FAILED)
    dtype = line(part(record, "conventions").get("dtype") or "none")
    figures = (f"{found['passed']:,}", f"{found['beyond']:,}", f"{lost:,}")
    return (
        target(record),
        heading(record),
        dtype,
        *figures,
        place(ended[0]) if ended else "nowhere on the ladder" if items(record, "ends") else "nothing decided",
    )
