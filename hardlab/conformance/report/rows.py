"""Kernels against checks: a row for each kernel, a cell for each group of what was asked."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hardlab.conformance.record import Stored
from hardlab.conformance.report.words import explained, items, part, reason, target
from hardlab.conformance.result import FAILED
from hardlab.pages.text import line

GROUPS: Mapping[str, tuple[str, ...]] = {
    "values": ("definition", "extremes", "invariances", "promises", "fallback", "bandwidths", "tolerances"),
    "shapes": ("shapes", "determinism", "own"),
    "keys": ("keys", "entries", "last_block", "every_key", "every_row", "decoding"),
    "heads": ("heads",),
    "layouts": ("layouts",),
    "causal": ("visibility", "alignment"),
    "windows": ("windows",),
    "padding": ("padding",),
    "packing": ("packing",),
    "masks": ("masks",),
    "bias": ("bias",),
    "alibi": ("alibi",),
    "together": ("together",),
    "gradients": ("gradients",),
    "long": ("late", "long"),
    "honesty": ("honesty", "replays", "burst", "library"),
    "decisions": ("decisions",),
}
"""Checks, by the first part of their names; others have a group of their own."""

NAMED = ("target", "convention", "dtype")

NOT_OFFERED = "not offered"


@dataclass(frozen=True)
class Cell:
    """The worst of what was found in a group, or that nothing of it is offered; how many of those `asked` failed."""

    status: str
    failed: int = 0
    asked: int = 0

    def __str__(self) -> str:
        return f"{self.status} {self.failed}/{self.asked}" if self.failed else self.status


@dataclass(frozen=True)
class Row:
    """The check of a kernel, run or missing. `apart` says how it differs from others of this target, convention and dtype."""

    target: str
    convention: str
    dtype: str
    apart: str = ""
    verdict: str = "missing"
    reason: str = ""
    explained: Sequence[tuple[str, str]] = ()
    command: str = ""
    cells: Mapping[str, Cell] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.target} ({', '.join(filter(None, (self.convention, self.dtype, self.apart)))})"

    @property
    def names(self) -> tuple[str, str, str]:
        """As they stand in a table."""
        return f"{self.target} ({self.apart})" if self.apart else self.target, self.convention, self.dtype


def row_of(record: Stored) -> Row:
    """The row of the record of a check."""
    how = part(record, "conventions")
    return Row(
        target(record),
        line(how.get("convention") or "plain"),
        line(how.get("dtype") or ""),
        verdict=line(record.get("verdict") or ""),
        reason=reason(record),
        explained=explained(record),
        command=record.get("command") or "",
        cells=cells(items(record, "checks")),
    )


def cells(checks: Iterable[Stored]) -> dict[str, Cell]:
    """The groups of which there is a result, in their order."""
    of = {name: group for group, names in GROUPS.items() for name in names}
    found: dict[str, list[Stored]] = {}
    for check in checks:
        first = line(check.get("name")).partition("/")[0]
        found.setdefault(of.get(first, first), []).append(check)
    order = [*(group for group in GROUPS if group in found), *(group for group in found if group not in GROUPS)]
    return {group: _cell(found[group]) for group in order}


def _cell(checks: Sequence[Stored]) -> Cell:
    statuses = Counter(line(check.get("status")) for check in checks)
    asked = len(checks) - statuses["skipped"]
    failed = sum(statuses[status] for status in FAILED)
    worst = next((status for status in (*FAILED, "passed", "beyond", "declined") if statuses[status]), "")
    if worst:
        return Cell(worst, failed, asked)
    offered = not any(f"is {NOT_OFFERED}" in line(check.get("reason")) for check in checks)
    return Cell("not asked" if offered else NOT_OFFERED)


def columns(of: Sequence[Row]) -> tuple[list[str], list[str]]:
    """The groups that some row has something to say of; and those that none offers."""
    there = [group for row in of for group in row.cells]
    order = [*GROUPS, *there]
    named = list(dict.fromkeys(group for group in order if group in there))
    silent = ("not asked", NOT_OFFERED)
    shown = [group for group in named if any(row.cells[group].status not in silent for row in of if group in row.cells)]
    return shown, [group for group in named if group not in shown]


def heading(of: Sequence[Row]) -> str:
    """The whole in one line."""
    verdicts = Counter(row.verdict for row in of)
    many = "1 check of a kernel" if len(of) == 1 else f"{len(of):,} checks of kernels"
    return f"{many}: " + ", ".join(f"{count:,} {verdict}" for verdict, count in verdicts.most_common())


def blamed(of: Sequence[Row]) -> list[Row]:
    """Those that something speaks against, and those that took nothing."""
    return [row for row in of if row.verdict not in ("conformant", "missing")]
