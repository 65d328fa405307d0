"""The order in which instances come, of problems that list and draw numbers: how many are listed, when they are drawn, of which
measure and seed, and how often odd ones stand beside them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any, ClassVar, Self

import pytest

from hardlab.conformance.laws.stream import draws, listed, made, odd, stream
from instances import codec
from instances.problem import Problem, Size, Witness
from tests.support.kept import Keeper


@dataclass(frozen=True)
class Number(Problem):
    """A number of one sort or another. Those above a million are refused, and sevens break the promise."""

    sort: int
    x: int
    several: tuple[int, ...] = ()

    asked: ClassVar[list[tuple[int, int]]] = []
    of: ClassVar[int] = 0
    """How many there are, of each limit."""
    from_: ClassVar[int] = 0
    """The first limit from which on instances are drawn."""

    def __post_init__(self) -> None:
        if self.x > 10**6:
            raise ValueError(f"{self.x} is too large")

    @property
    def size(self) -> Size:
        return {"x": self.x}

    def accepts(self, witness: Witness) -> bool:
        return not witness

    def witnesses(self) -> Iterator[Witness]:
        return iter([()])

    def promised(self) -> bool:
        return self.x != 7

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        return (cls(0, x) for x in range(min(cls.of, 10 * limit)))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self | None:
        cls.asked.append((limit, seed))
        return cls(1, 100 * seed + limit) if limit >= cls.from_ >= 0 else None


class Many(Number):
    asked: ClassVar[list[tuple[int, int]]] = []
    of: ClassVar[int] = 120


class Alone(Number):
    """Nobody draws."""

    asked: ClassVar[list[tuple[int, int]]] = []
    of: ClassVar[int] = 25
    from_: ClassVar[int] = -1


class Every(Number):
    asked: ClassVar[list[tuple[int, int]]] = []
    all_are_instances: ClassVar[bool] = True


@pytest.fixture(autouse=True)
def _nobody_was_asked() -> None:
    for kind in (Number, Many, Alone, Every):
        kind.asked.clear()


def levels(kind: type[Number]) -> list[int]:
    """How many each limit gives."""
    found: list[int] = []
    for one in listed(kind):
        assert isinstance(one, Number)
        found = [*found, 1] if one.x == 0 else [*found[:-1], found[-1] + 1]
    return found


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, []),
        (10, [10] * 4),
        (25, [10, 20, 25, 25, 25, 25]),
        (90, [10 * limit for limit in range(1, 9)] + [90] * 4),
        (100, [10 * limit for limit in range(1, 10)] + [100] * 3),
        (1000, [10 * limit for limit in range(1, 13)]),
    ],
)
def test_levels_end_where_no_more_come_for_some_time(count: int, expected: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Many, "of", count)
    assert levels(Many) == expected


def test_levels_without_any_are_no_end() -> None:
    class Large(Number):
        """There is none of the first measures."""

        @classmethod
        def instances(cls, limit: int) -> Iterator[Self]:
            return iter([cls(0, 0)] if limit >= 8 else [])

    assert levels(Large) == [1] * 4


@pytest.mark.parametrize(("first", "drawn"), [(0, True), (2, True), (4, True), (5, False), (-1, False)])
def test_who_draws_does_so_of_few_measures(first: int, drawn: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Number, "from_", first)
    assert draws(Number) == drawn
    if not drawn:
        assert Number.asked == [(limit, seed) for limit in (2, 4) for seed in range(8)]


def test_the_last_seed_that_is_asked_may_be_the_one() -> None:
    class Late(Number):
        @classmethod
        def drawn(cls, limit: int, seed: int) -> Self | None:
            return cls(1, 1) if (limit, seed) == (4, 7) else None

    assert draws(Late)


def numbers(given: Iterator[Any], count: int) -> list[tuple[int, int] | None]:
    """Sort and number of the first, in earnest."""
    return [None if one is None else (one.sort, one.x) for one, is_odd in islice(given, count) if not is_odd]


def test_where_nobody_draws_all_are_listed_once_and_repeats_are_no_loss() -> None:
    found = list(stream(Alone, 5, lambda: 0.0))
    assert [None if one is None else one.size["x"] for one, _ in found[:31]] == [
        *(x if x != 7 else None for x in range(10)), *(None for _ in range(10)), *range(10, 20), None,
    ]  # fmt: skip
    assert [is_odd for one, is_odd in found] == [one is None for one, _ in found]
    assert len(found) == 10 + 20 + 4 * 25
    assert sorted(one.size["x"] for one, _ in found if one is not None) == [x for x in range(25) if x != 7]


def test_tiny_ones_come_first_and_then_in_turn() -> None:
    """200 of those listed, among them those that were there before; then three and one that is drawn."""
    found = numbers(stream(Many, 5, lambda: 0.0), 220)
    listed_ = [x for limit in range(1, 13) for x in range(min(120, 10 * limit))]
    seen: set[int] = set()
    expected: list[tuple[int, int] | None] = []
    for x in listed_:
        expected.append(None if x in seen or x == 7 else (0, x))
        seen.add(x)
    drawn = [(1, 100 * (5 + number) + 3) for number in range(40)]
    assert found[:200] == expected[:200]
    assert found[200:204] == [*expected[200:203], drawn[0]]
    assert found[204:207] == expected[203:206]


def test_half_of_the_time_is_for_tiny_ones() -> None:
    for spent, first in ((0.499, (0, 20)), (0.5, None), (0.9, None)):
        found = numbers(stream(Many, 5, lambda spent=spent: spent), 201)  # type: ignore[misc]
        last = found[200]
        listed_ = [x for limit in range(1, 13) for x in range(10 * limit)]
        assert (last is None or last[0] == 0) == (spent < 0.5)
        assert first is None or listed_[200] == 50


def test_when_no_tiny_ones_are_left_others_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Many, "of", 4)
    found = numbers(stream(Many, 5, lambda: 0.0), 60)
    assert [one for one in found if one is not None and one[0] == 0] == [(0, x) for x in range(4)]
    assert [one for one in found if one is not None and one[0]][:20] == [(1, 100 * (5 + number) + 3) for number in range(20)]


@pytest.mark.parametrize(("kind", "every"), [(Number, 24), (Every, 4)])
def test_measures_grow_and_begin_again(kind: type[Number], every: int) -> None:
    """Forty of each measure from 3 to 12; the seed rises with each; odd ones come beside the first of so many."""
    seed = 1000
    given = stream(kind, seed, lambda: 0.9)
    assert not kind.asked
    while len(kind.asked) < 441:
        next(given)
    # once for each number, and the questions of `draws` before
    asked = kind.asked[1:]
    assert kind.asked[0] == (2, 0)
    assert asked[:440] == [(3 + number // 40 % 10, seed + number) for number in range(440)]
    kind.asked.clear()
    beside: dict[int, int] = {}
    for one, _ in islice(stream(kind, seed, lambda: 0.9), 400):
        number = kind.asked[-1][1] - seed
        beside[number] = beside.get(number, 0) + 1
        assert one is None or isinstance(one, kind)
    assert {number for number, count in beside.items() if count > 1} == {number for number in beside if number % every == 0}
    assert len(beside) > 2 * every


def test_what_lies_beside_is_odd_unless_all_are_instances() -> None:
    for kind in (Number, Every):
        found = list(islice(stream(kind, 0, lambda: 0.9), 300))
        assert any(is_odd for _, is_odd in found) == (kind is Number)


def test_an_odd_one_may_come_in_earnest_later() -> None:
    """And what came in earnest is never odd any more."""

    class Again(Number):
        asked: ClassVar[list[tuple[int, int]]] = []

        @classmethod
        def drawn(cls, limit: int, seed: int) -> Self | None:
            return cls(1, 2 * (seed + 1) % 50)

    found = [(one.identity, is_odd) for one, is_odd in islice(stream(Again, 0, lambda: 0.9), 2000) if one is not None]
    assert len(set(found)) == len(found)
    both = {name for name, is_odd in found if is_odd} & {name for name, is_odd in found if not is_odd}
    assert both
    for name in both:
        assert found.index((name, True)) < found.index((name, False))


def test_forms_that_are_none() -> None:
    assert made(Number, {"sort": 1, "x": 5, "several": []}) == Number(1, 5)
    assert made(Number, {"sort": 1, "x": 7, "several": []}) is None
    assert made(Number, {"sort": 1, "x": 10**6 + 1}) is None
    assert made(Number, None) is None

    class Other(Number):
        @classmethod
        def from_json(cls, given: Any) -> Any:
            return Number(1, 1)

    assert made(Other, {}) is None


def test_odd_ones_are_kept(kept: Keeper) -> None:
    """Twelve evenly of those that lie beside it, and what a walk of some steps comes to."""
    one = Number(2, 3, tuple(range(3, 12)))
    forms = list(codec.beside(one.as_json()))
    even = [form for form in forms[:: len(forms) // 12] if made(Number, form) is not None]
    found = [each.as_json() for each in odd(one, Random(5))]
    assert found[: len(even)] == even
    for form in found[len(even) :]:
        assert codec.measure(form)[0] <= 4 * codec.measure(one.as_json())[0]
    kept("\n".join(codec.text_of(each.as_json()) for seed in range(6) for each in odd(one, Random(seed))))


def test_what_has_no_form_has_nothing_beside_it() -> None:
    assert list(odd(Number(object(), 1), Random(1))) == []  # type: ignore[arg-type]
    assert len(list(odd(Number(1, 2), Random(1)))) > 2
