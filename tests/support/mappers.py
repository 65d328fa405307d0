"""Mappers that do what any may, and one that does what none may."""

from typing import Any

from instances.mapping import InTurn


class Doubling(InTurn):
    """Runs every item twice, and the last first: what a mapper may do."""

    def unordered(self, function: Any, items: Any) -> Any:
        for i in [*reversed(range(len(items))), *range(len(items))]:
            yield i, function(items[i])


class Losing(InTurn):
    """Never gives the second item."""

    def unordered(self, function: Any, items: Any) -> Any:
        return ((i, result) for i, result in super().unordered(function, items) if i != 1)
