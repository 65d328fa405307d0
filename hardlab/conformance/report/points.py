"""The checks of a record that have a place in a drawing."""

from dataclasses import dataclass

from hardlab.conformance.record import Stored
from hardlab.conformance.report.words import items, part, place
from hardlab.conformance.result import FAILED
from hardlab.pages.text import finite, line

KINDS = {
    "passed": "delivered, and the check passed",
    "beyond": "delivered, beyond this precision: the arithmetic ends, not the kernel",
    "wrong": "delivered, the kernel is wrong",
    "other": "another outcome (declined, crashed, timed out, skipped)",
}
"""The kinds of marks in words."""


@dataclass(frozen=True)
class Point:
    """A check of decisions that has a place: B > 0, n >= 1, and at least one of both errors."""

    construction: str
    family: str
    n: float
    B: float
    R0: float | None
    demanded: float | None
    delivered: object
    status: str
    check: Stored

    @property
    def kind(self) -> str:
        return "wrong" if self.status in ("wrong", "inaccurate") else self.status if self.status in KINDS else "other"

    @property
    def ends(self) -> bool:
        return self.status == "beyond" or self.status in FAILED


def points(record: Stored) -> list[Point]:
    """The checks of the ladder that can be drawn, in their order."""
    found = []
    for check in items(record, "checks"):
        axes = part(check, "axes")
        n, B, R0 = (finite(axes.get(axis)) for axis in ("n", "B", "R0"))
        demanded, delivered = finite(check.get("demanded")), check.get("delivered")
        if n is None or B is None or n < 1 or B <= 0:
            continue
        if demanded is None and delivered is None:
            continue
        construction, family = (line(axes.get(name) or "") for name in ("construction", "family"))
        found.append(Point(construction, family, n, B, R0, demanded, delivered, line(check.get("status")), check))
    return found


def lost_by_rounding(record: Stored) -> bool:
    """Whether some rung is beyond the precision though the error delivered is less than demanded."""
    ended = [(finite(point.delivered), point.demanded) for point in points(record) if point.status == "beyond"]
    return any(delivered is not None and demanded is not None and delivered < demanded for delivered, demanded in ended)


def first_ends(record: Stored) -> str:
    """Where the first rung did not come out right, in words; empty where all did."""
    ended = [point for point in points(record) if point.ends]
    if not ended:
        return ""
    first = min(ended, key=lambda point: (point.n, point.B))
    return f"{first.status} at {place(first.check)} ({first.construction}, {first.family})"
