"""Where independent items of work run: the protocol of what runs them, and the one that does it here."""

from collections.abc import Callable, Generator, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Mapper(Protocol):
    """Runs a pure function on each of some items, here or elsewhere; an item may be run more than once.

    (i, function(items[i])) come in any order; closing the generator gives up what has not been run.
    """

    def unordered(self, function: Callable[[T], R], items: Sequence[T]) -> Generator[tuple[int, R], None, None]: ...


class InTurn:
    """One item after the other, in this thread."""

    def unordered(self, function: Callable[[T], R], items: Sequence[T]) -> Generator[tuple[int, R], None, None]:
        return ((i, function(item)) for i, item in enumerate(items))


IN_TURN = InTurn()
