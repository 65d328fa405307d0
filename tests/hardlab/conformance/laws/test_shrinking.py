"""Failures on smaller instances: how small, in how much time, and of which problems steps may be believed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import pytest

from hardlab.conformance.laws import shrinking
from hardlab.conformance.laws.shrinking import shrunk
from instances import codec
from instances.problem import Problem, Size, Witness


@dataclass(frozen=True)
class Bag(Problem):
    """Some numbers; those with a 13 break the promise."""

    numbers: tuple[int, ...]

    listing: ClassVar[int] = 0
    """How many are listed of each limit."""

    @property
    def size(self) -> Size:
        return {"n": len(self.numbers)}

    def accepts(self, witness: Witness) -> bool:
        return not witness

    def witnesses(self) -> Iterator[Witness]:
        return iter([()])

    def promised(self) -> bool:
        return 13 not in self.numbers

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        return (cls((x,) * 3) for x in range(cls.listing * limit))


class Whole(Bag):
    all_are_instances: ClassVar[bool] = True


class Listed(Bag):
    """(x, x, x) for x up to 40 a limit."""

    listing: ClassVar[int] = 4


class Drawn(Bag):
    """(seed, limit), and those that are too large."""

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self | None:
        return cls((seed, limit, 1)) if seed % 2 else None


@dataclass(frozen=True)
class Rising(Bag):
    """What does not rise is refused, nothing is listed, and others are drawn."""

    def __post_init__(self) -> None:
        if list(self.numbers) != sorted(self.numbers):
            raise ValueError("they do not rise")


def smaller(bag: Bag, fails: Any, seconds: float = 60.0) -> tuple[int, ...]:
    """The numbers of what it comes to."""
    found = shrunk(bag, fails, seconds)
    assert type(found) is type(bag)
    return found.numbers


def has(number: int) -> Any:
    return lambda bag: any(x >= number for x in bag.numbers)


def test_step_by_step_to_the_smallest() -> None:
    """None of those just below it fails any more."""
    assert smaller(Whole((9, 40, 7, 55, 8)), has(6)) == (6,)
    assert smaller(Whole((9, 40)), lambda bag: len(bag.numbers) >= 2) == (0, 0)
    assert smaller(Whole((9,)), lambda bag: True) == ()
    assert smaller(Whole((5, 20)), lambda bag: sum(bag.numbers) >= 13) != (13,)
    assert smaller(Whole((3,)), lambda bag: False) == (3,)


def test_among_those_that_are_listed_and_drawn() -> None:
    assert smaller(Listed((9, 40, 7, 55, 8)), has(6)) == (6, 6, 6)
    assert smaller(Listed((9, 40, 7)), has(13)) == (14, 14, 14)
    assert smaller(Listed((1, 1)), has(1)) == (1, 1)
    assert smaller(Drawn((9, 40, 7, 55, 8)), has(9)) == (9, 0, 1)
    assert smaller(Drawn((9, 40, 7, 55, 8)), has(199)) == (199, 0, 1)
    assert smaller(Drawn((9, 40, 7, 550, 8)), has(200)) == (9, 40, 7, 550, 8)
    assert smaller(Drawn((9, 40, 7, 550, 8)), lambda bag: bag.numbers[1] == 5) == (1, 5, 1)
    assert smaller(Drawn((9, 40, 7, 550, 8)), lambda bag: bag.numbers[1] == 6) == (9, 40, 7, 550, 8)


def test_steps_are_believed_where_some_are_refused() -> None:
    assert smaller(Rising((3, 5, 8, 9)), has(8)) == (8,)
    assert smaller(Bag((3, 5, 8, 9)), has(8)) == (3, 5, 8, 9)

    class Both(Rising):
        listing: ClassVar[int] = 1

    assert smaller(Both((3, 5, 8, 90)), has(8)) == (8, 8, 8)


def test_each_is_tried_once_and_only_smaller_ones() -> None:
    tried: list[Any] = []

    def fails(bag: Any) -> bool:
        tried.append(bag.numbers)
        return False

    first = Listed((30, 30, 30))
    shrunk(first, fails, 60.0)
    assert sorted(tried) == [(x,) * 3 for x in range(30) if x != 13]
    tried.clear()
    shrunk(Whole((2, 1)), fails, 60.0)
    measures = [codec.measure(Whole(numbers).as_json()) for numbers in tried]
    assert measures == sorted(measures)
    assert measures[-1] < codec.measure(Whole((2, 1)).as_json())


def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which tests set."""
    now = [100.0]
    monkeypatch.setattr(shrinking, "monotonic", lambda: now[0])
    return now


def test_half_of_the_time_is_for_those_that_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock(monkeypatch)
    seen: list[int] = []

    def fails(bag: Any) -> bool:
        seen.append(bag.numbers[0] if bag.numbers else -1)
        now[0] += 1.0
        return False

    shrunk(Listed((30, 30, 30)), fails, 10.0)
    assert seen == [0, 1, 2, 3, 4, 5]
    seen.clear()
    shrunk(Whole((30, 30, 30)), fails, 10.0)
    assert len(seen) == 11


def test_no_smaller_one_is_awaited_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many that are not smaller, or were there before, one after the other; a smaller one begins the count again."""
    monkeypatch.setattr(shrinking, "LARGER", 5)
    some: list[int] = []

    class Falling(Bag):
        @classmethod
        def instances(cls, limit: int) -> Iterator[Self]:
            return (cls((some.pop(0),)) for _ in range(len(some) if limit == 3 else 0))

    some[:] = [90] * 4 + [8] + [8] * 4 + [7] + [8] * 5 + [1, 2, 3]
    assert smaller(Falling((50,)), lambda bag: True) == (7,)
    assert some == [2, 3]
    some[:] = [90] * 5 + [1]
    assert smaller(Falling((50,)), lambda bag: True) == (50,)
    some[:] = [90] * 4 + [1]
    assert smaller(Falling((50,)), lambda bag: True) == (1,)
