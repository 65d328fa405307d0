"""The lines of a measure over an axis, one for each family, chain and algorithm or solver.

Beside another axis than n, instances of different n are told apart (`where`). Reductions have lines of their own among seconds:
a reduction is the instance's, not that of the algorithm whose job computed it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hardlab.sweep.axes import Axis, Value, in_order
from hardlab.sweep.grouping import Group
from hardlab.sweep.measures import SECONDS, Measure, built
from hardlab.sweep.record import Stored

REDUCTION = "(reduction)"
"""What the line of a reduction is called, in the place of an algorithm."""

Place = tuple[str, str, str]
"""(family, chain, where): what has a panel of its own."""


@dataclass(frozen=True)
class Line:
    place: Place
    by: str
    points: Mapping[Value, float]


def lines(found: Sequence[Group], axis: Axis, of: Measure) -> list[Line]:
    """Those with points, panel after panel."""
    placed = list(_placed(found, axis))
    drawn = list(_drawn(((place, by, x, record) for place, by, x, record in placed), of.of))
    if of is SECONDS:
        drawn += _drawn(((place, REDUCTION, x, record) for place, _, x, record in placed), built)
    order = {place: i for i, place in enumerate(dict.fromkeys(place for place, *_ in placed))}
    return sorted(drawn, key=lambda line: order[line.place])


def _placed(found: Sequence[Group], axis: Axis) -> Iterator[tuple[Place, str, Value, Stored]]:
    sizes: dict[str, set[object]] = {}
    for group in found:
        sizes.setdefault(group.family, set()).update(record["n"] for record in group.records if record.get("n") is not None)
    for group in found:
        apart = axis.name != "n" and len(sizes[group.family]) > 1
        for record in group.records:
            x = axis.of(record)
            if x is not None:
                where = f"n = {record['n']}" if apart and record.get("n") is not None else ""
                yield (group.family, axis.without(group.chain), where), axis.without(group.by), x, record


def _drawn(
    placed: Iterable[tuple[Place, str, Value, Stored]], of: Callable[[Sequence[Stored]], float | None]
) -> Iterator[Line]:
    at: dict[tuple[Place, str], dict[Value, list[Stored]]] = {}
    for place, by, x, record in placed:
        at.setdefault((place, by), {}).setdefault(x, []).append(record)
    for (place, by), records in at.items():
        points = {x: y for x in in_order(records) if (y := of(records[x])) is not None}
        if points:
            yield Line(place, by, points)
