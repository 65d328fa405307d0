"""Which instances a trial takes: those that are listed and drawn decide, what lies beside them where the problem says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from random import Random
from time import sleep
from typing import Any, ClassVar, Self

import pytest

from hardlab.conformance.laws.of_reductions import OfReduction
from hardlab.conformance.laws.process import tried
from hardlab.conformance.laws.results import results, verdict
from hardlab.conformance.laws.shrinking import shrunk
from hardlab.conformance.laws.stream import made, odd, stream
from instances.problem import Problem, Size, Witness
from reductions.reduction import Reduction
from tests.support.rules.ways import SameWitness

HERE = "tests.hardlab.conformance.laws.test_instances"


@dataclass(frozen=True)
class Sorted(Problem):
    """Does some of the rising numbers make the total? Nothing is refused."""

    numbers: tuple[int, ...]
    total: int

    @property
    def size(self) -> Size:
        return {"n": len(self.numbers)}

    def accepts(self, witness: Witness) -> bool:
        chosen = set(witness)
        return len(witness) == len(chosen) and chosen <= set(range(len(self.numbers))) and self._sum(witness) == self.total

    def _sum(self, witness: Witness) -> int:
        return sum(self.numbers[i] for i in witness)

    def witnesses(self) -> Iterator[Witness]:
        return (some for count in range(len(self.numbers) + 1) for some in combinations(range(len(self.numbers)), count))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        random = Random(seed)
        numbers = tuple(sorted(random.randint(1, limit + 2) for _ in range(random.randint(1, max(1, limit)))))
        return cls(numbers, random.randint(1, max(1, sum(numbers))))


@dataclass(frozen=True)
class Strict(Sorted):
    """The same, and what does not rise is refused."""

    def __post_init__(self) -> None:
        if list(self.numbers) != sorted(self.numbers) or any(number < 1 for number in self.numbers) or self.total < 1:
            raise Refused(self.numbers)


class Refused(Exception):
    """An error of its own."""


class Open(Sorted):
    """The same, and all that it takes are instances."""

    all_are_instances: ClassVar[bool] = True


class Few(Strict):
    """There are two instances."""

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        return cls((1, 2), 2 + seed % 2 * 2)


class Odd(Sorted):
    """It gives a number as an instance."""

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Any:
        return 3


@dataclass(frozen=True)
class Same(SameWitness, Reduction[Sorted, Sorted]):
    """As it is, where it rises."""

    def size(self, of: Size) -> Size:
        return of

    def apply(self, problem: Sorted) -> Sorted:
        if list(problem.numbers) != sorted(problem.numbers):
            raise IndexError("they do not rise")
        return Sorted(problem.numbers, problem.total)


class OfOpen(Same):
    source = Open


class OfStrict(Same):
    source = Strict


class OfFew(Same):
    source = Few


class OfOdd(Same):
    source = Odd


class Larger(Same):
    """Wrong from three numbers on whose first is 2."""

    def apply(self, problem: Sorted) -> Sorted:
        return Sorted(problem.numbers, problem.total + (len(problem.numbers) >= 3 and problem.numbers[0] >= 2))


class LargerOfStrict(Larger):
    source = Strict


def trial(rule: Any, steps: int = 400) -> OfReduction:
    """After so many instances, whatever time they take."""
    found = OfReduction(rule, 600.0, 1, 60.0)
    for _ in islice(found.run(), steps):
        pass
    return found


def test_what_nobody_lists_or_draws_does_not_decide() -> None:
    found = trial(Same())
    assert found.faults == {}
    assert found.beyond.keys() == {"crashed"}
    assert "they do not rise" in found.beyond["crashed"].said


def test_it_decides_where_all_are_instances() -> None:
    found = trial(OfOpen())
    assert found.faults.keys() == {"crashed"}
    assert found.beyond == {}


def test_odd_ones_say_nothing_of_what_is_tight() -> None:
    found = OfReduction(Same(), 5.0, 1, 2.0)
    found._odd(Sorted((2, 3), 5))
    assert found.growth.said() == "no letter of the source varied alone"
    assert (found.tally.instances, found.sample, found._moves) == (0, [], {})
    found.one(Sorted((2, 3), 5))
    assert found.tally.instances == 1
    assert found._moves.keys() == {("total", 1), ("total", -1)}


class Slow(Sorted):
    """Each answer takes a little."""

    def accepts(self, witness: Witness) -> bool:
        sleep(0.001)
        return super().accepts(witness)


class Hangs(Sorted):
    """One answer never comes."""

    def accepts(self, witness: Witness) -> bool:
        if len(witness) == 2:
            sleep(3600)
        return super().accepts(witness)


class OfSlow(Same):
    source = Slow


class OfHangs(Same):
    source = Hangs


@pytest.mark.parametrize(("rule", "fault", "undecided"), [(OfSlow(), set(), 1), (OfHangs(), {"timed out"}, 0)])
def test_a_long_search_is_no_call_that_does_not_end(rule: Any, fault: set[str], undecided: int) -> None:
    found = OfReduction(rule, 60.0, 1, 0.2)
    found.one(rule.source(tuple(range(1, 11)), 100))
    assert (set(found.faults), found.tally.undecided) == (fault, undecided)


def test_what_is_refused_is_no_instance() -> None:
    found = trial(OfStrict())
    assert (found.faults, found.beyond) == ({}, {})
    assert made(Strict, {"numbers": [2, 1], "total": 1}) is None
    assert any(made(Strict, form) for form in ({"numbers": [1], "total": 1},))


@pytest.mark.slow
def test_few_instances_are_all_there_are() -> None:
    found = trial(OfFew(), 10**9)
    assert (found.faults, found.tally.instances) == ({}, 2)


def test_an_instance_is_of_its_problem() -> None:
    found = trial(OfOdd())
    assert "Odd gave a int as an instance of it" in found.faults["crashed"].said


def test_a_stream_has_none_twice() -> None:
    earnest = (one for one, is_odd in stream(Sorted, 1, lambda: 0.9) if one is not None and not is_odd)
    some = [one.identity for one in islice(earnest, 300)]
    assert len(set(some)) == 300


def test_what_is_listed_is_never_odd() -> None:
    class Both(Strict):
        @classmethod
        def instances(cls, limit: int) -> Iterator[Self]:
            return (cls((1,) * n, n) for n in range(1, 50 * limit + 1))

    found = list(islice(stream(Both, 1, lambda: 0.0), 1500))
    listed = {one.identity for one in Both.instances(12)}
    assert {is_odd for one, is_odd in found if one is not None and one.identity in listed} == {False}
    assert any(is_odd for _, is_odd in found)


def test_odd_ones_are_others() -> None:
    one = Sorted((1, 2, 3), 4)
    beside: list[Any] = list(odd(one, Random(1)))
    assert len({each.identity for each in beside} - {one.identity}) > 10
    assert {(3, 2, 1), (1, 2, 3, 1)} & {each.numbers for each in beside}


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "kind"), [(Larger(), Sorted), (LargerOfStrict(), Strict)])
def test_a_failure_is_made_small_within_the_problem(rule: Any, kind: type[Sorted]) -> None:
    fault = trial(rule).faults["incomplete"]
    found = kind.from_json(fault.source)
    assert list(found.numbers) == sorted(found.numbers)
    assert len(found.numbers) == 3
    if kind is Strict:  # which refuses, so that steps may be believed
        assert found.numbers == (2, 2, 2)


def test_no_time_no_shrinking() -> None:
    large = Strict((3, 4, 5, 6), 9)
    assert shrunk(large, lambda other: True, 0.0) == large


@pytest.mark.slow
def test_another_process_may_build_another_target() -> None:
    found = tried("tests.support.rules.hostile:BySets", 2.0, 1, 2.0, 2**30)
    assert verdict(found) == "not deterministic"
    assert "another process" in next(one.said for one in found.faults)


@pytest.mark.slow
def test_what_is_beyond_is_told_and_no_failure() -> None:
    found = tried(f"{HERE}:Same", 2.0, 1, 2.0, 2**30)
    assert verdict(found) == "conformant"
    said = next(each for each in results(found, "") if each.status == "beyond")
    assert said.name == "odd/crashed"
    assert "which is neither listed nor drawn" in said.reason
