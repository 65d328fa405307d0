"""Where independent items of work run: the protocol of what runs them, and the one that does it here."""

from collections.abc import Callable, Generator, Iterator, Sequence
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


def in_order(mapper: Mapper, function: Callable[[T], R], items: Sequence[T], window: int) -> Iterator[R]:
    """function(item) of each item in order, each once; results that come early are held, repeated ones are left out.

    No more than `window` items are given out at a time, so that results do not pile up where they are used.
    Errors: `RuntimeError` where one never comes.
    """
    for start in range(0, len(items), window):
        early: dict[int, R] = {}
        following = 0
        part = items[start : start + window]
        for i, result in mapper.unordered(function, part):
            if i >= following:
                early.setdefault(i, result)
            while following in early:
                yield early.pop(following)
                following += 1
        if following < len(part):
            raise RuntimeError(f"block {start + following} of {len(items)} never came back")
