"""What a reduction is held to, one instance at a time: what is counted, which numbers are moved, what is said at the end."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from hardlab.conformance.laws import of_reductions
from hardlab.conformance.laws.of_reductions import OfReduction
from instances.problem import Problem, Size, Witness
from reductions.reduction import Reduction
from tests.support.rules.hostile import Even
from tests.support.rules.ways import SameWitness


@dataclass(frozen=True)
class Least(Problem):
    """Is there a number i < n with low <= i? `room` says nothing, and neither does the flag."""

    n: int
    low: int
    room: int = 5
    flag: bool = True
    word: str = ""

    @property
    def size(self) -> Size:
        return {"n": self.n}

    def accepts(self, witness: Witness) -> bool:
        return len(witness) == 1 and self.low <= witness[0] < self.n

    def witnesses(self) -> Iterator[Witness]:
        return ((i,) for i in range(self.n))

    @classmethod
    def instances(cls, limit: int) -> Iterator["Least"]:
        return (cls(n, low) for n in range(limit + 1) for low in range(limit + 1))


@dataclass(frozen=True)
class Copies(SameWitness, Reduction[Least, Least]):
    """As it is."""

    key: ClassVar[str] = "copies"

    def size(self, of: Size) -> Size:
        return of

    def apply(self, problem: Any) -> Any:
        return Least(problem.n, problem.low)


class Declares(Copies):
    tight: ClassVar[tuple[str, ...]] = ("low",)


class Lax(Copies):
    """It declares what says nothing."""

    tight: ClassVar[tuple[str, ...]] = ("low", "room")


class Nameless(Copies):
    tight: ClassVar[tuple[str, ...]] = ("heat",)


class Bounds(Copies):
    bound: ClassVar[bool] = True

    def size(self, of: Size) -> Size:
        return {"n": of["n"] + self.over}

    over: ClassVar[int] = 1


class Attains(Bounds):
    over: ClassVar[int] = 0


class Small(Copies):
    """Its statement is about small ones."""

    def covers(self, problem: Any) -> bool:
        return bool(problem.n <= 3)


class Numbered(Copies):
    def apply(self, problem: Any) -> Any:
        return problem.n


class Foreign(Copies):
    def apply(self, problem: Any) -> Any:
        return Even(problem.n)


def trial(rule: Any, *instances: Problem) -> OfReduction:
    found = OfReduction(rule, 600.0, 1, 60.0)
    for instance in instances:
        found.one(instance)
    return found


SOME = [Least(n, low) for n in range(5) for low in range(5)]
"""Ten of these have a witness."""


def test_a_right_rule() -> None:
    found = trial(Copies(), *SOME)
    assert found.faults == {}
    tally = found.tally
    assert (tally.instances, tally.yes, tally.no, tally.undecided, tally.declined) == (25, 10, 15, 0, 0)
    accepted = sum(max(0, one.n - one.low) for one in SOME)
    assert tally.of_laws["complete accepted"] == tally.of_laws["sound accepted"] == accepted
    assert tally.of_laws["sound rejected"] == sum(max(1, one.n) for one in SOME if one.n <= one.low)
    assert tally.of_laws["size_is_exact checked"] == tally.of_laws["pure checked"] == 25
    assert found.about == {
        "kind": "reduction", "problems": ["Least"], "source": "Least", "target": "Least", "tight": [],
        "laws": ["pure", "promise_is_kept", "size_is_exact", "complete", "sound", "tight"],
    }  # fmt: skip


def test_what_the_statement_is_not_about_is_declined() -> None:
    found = trial(Small(), *SOME)
    assert (found.tally.instances, found.tally.declined) == (20, 5)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Numbered(), "apply gave a int, which is no Problem"),
        (Foreign(), "apply gave a Even, and its target is Least"),
        (Nameless(), "tight names 'heat', and Least has no such field"),
    ],
)
def test_what_is_no_target(rule: Any, said: str) -> None:
    found = trial(rule, Least(2, 1))
    assert found.faults["crashed"].law == "apply"
    assert said in found.faults["crashed"].said
    assert found.tally.instances == 0


def test_what_is_declared_tight_is() -> None:
    found = trial(Declares(), *SOME)
    assert found._moves.keys() == {("low", 1), ("low", -1)}
    assert found._noticed == found._moves.keys()
    found.ends()
    assert found.faults == {}
    assert found.tally.remarks["tight"] == "low cannot be moved by one, either way"


def test_what_is_declared_and_says_nothing_is_slack() -> None:
    found = trial(Lax(), *SOME)
    found.ends()
    assert found.faults.keys() == {"slack in room"}
    fault = found.faults["slack in room"]
    assert (fault.law, fault.said) == ("tight", "room + 1 answers as room does, on all of 25 instances")
    assert found.tally.remarks == {"tight": "low and room cannot be moved by one, either way"}


def test_of_other_numbers_it_is_told() -> None:
    found = trial(Copies(), *SOME)
    assert found._moves.keys() == {(name, by) for name in ("n", "low", "room") for by in (1, -1)}
    found.ends()
    assert found.tally.remarks["tight"] == (
        "room + 1 answers as room does, on all of 25 instances; room - 1 answers as room does, on all of 25 instances"
    )
    telling = trial(Copies(), *SOME)
    telling._noticed |= {("room", 1), ("room", -1)}
    telling.ends()
    assert telling.tally.remarks["tight"] == "every number of the target has an instance that needs it as it is"
    half = trial(Copies(), *SOME)
    half._moves["room", -1] = 0  # nothing could be said of it
    half.ends()
    assert half.tally.remarks["tight"] == "room + 1 answers as room does, on all of 25 instances"
    none = trial(Copies())
    none.ends()
    assert "tight" not in none.tally.remarks


def test_what_is_not_declared_is_moved_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_reductions, "UNDECLARED", 7)
    assert trial(Copies(), *SOME)._moves["room", 1] == 7
    assert trial(Lax(), *SOME)._moves["room", 1] == 25


@pytest.mark.parametrize(("rule", "said"), [(Bounds(), True), (Attains(), False), (Copies(), False)])
def test_a_bound_that_nothing_attains_is_told(rule: Any, said: bool) -> None:
    found = trial(rule, *SOME)
    found.ends()
    assert found.faults == {}
    assert ("size_is_bounded" in found.tally.remarks) == said
    assert ("size_is_bounded" in found.laws) == isinstance(rule, Bounds)
    assert found.tally.remarks["growth"] == found.growth.said()


def test_after_a_fault_nothing_is_moved_and_nothing_remarked() -> None:
    class Loses(Copies):
        def apply(self, problem: Any) -> Any:
            return Least(problem.n, problem.low + (problem.n == 3))

    found = trial(Loses(), *SOME)
    found.ends()
    assert "incomplete" in found.faults
    assert found.tally.remarks == {}
    assert found.sample == []
    assert found._moves["low", 1] < 25


def test_a_sample_is_of_one_in_ten() -> None:
    found = trial(Copies(), *SOME, *SOME)
    assert [form for form, _ in found.sample] == [one.as_json() for one in [*SOME, *SOME][9::10]]
    assert found.otherwise(found.sample) is None
    form, identity = found.sample[2]
    assert found.otherwise([*found.sample[:2], (form, identity[::-1]), *found.sample[3:]]) == form
    assert found.otherwise([({"nonsense": 1}, identity)]) is None
    many = trial(Copies(), *SOME * 17)
    assert len(many.sample) == 40


class Fragile(Least):
    """Asking it about (2,) raises."""

    def accepts(self, witness: Witness) -> bool:
        if witness == (2,):
            raise IndexError("no two")
        return super().accepts(witness)


class OfFragile(Copies):
    source = Fragile


def test_what_is_tried_on_the_way_to_a_smaller_instance_is_not_counted() -> None:
    found = trial(OfFragile(), Fragile(2, 0), Fragile(9, 1), Fragile(1, 1))
    assert found.faults["crashed"].source is not None
    assert found.tally.instances == 3
    assert (found.tally.yes, found.tally.no, found.tally.undecided) == (1, 1, 0)


@pytest.mark.parametrize(
    ("gave", "fault", "should", "is_"),
    [
        (lambda p: Least(p.n, 0), "unsound", "NO: the source has no witness, so the target may accept none",
         "the target accepts (0,)"),
        (lambda p: Least(p.n, 9), "incomplete", "YES: the source has a witness, so the target needs one that reaches",
         "the source has (0,), and nothing reaches in the target"),
        (lambda p: Least(p.n + 1, p.low), "wrong size", "{'n': 0}", "{'n': 1}"),
    ],
)  # fmt: skip
def test_what_should_be_and_what_is(gave: Any, fault: str, should: str, is_: str) -> None:
    class Gives(Copies):
        def apply(self, problem: Any) -> Any:
            return gave(problem)

    found = trial(Gives(), *SOME).faults[fault]
    assert (found.should, found.found) == (should, is_)
    assert found.target.startswith("Least(")


def test_ways_that_are_wrong() -> None:
    class Shifts(Copies):
        def forth(self, problem: Any, witness: Witness) -> Witness:
            return (witness[0] - 1,)

        def back(self, problem: Any, witness: Witness) -> Witness:
            return (witness[0] + 1,)

    faults = trial(Shifts(), Least(2, 1)).faults
    found = {name: (one.should, one.found, one.witness) for name, one in faults.items()}
    assert found["wrong way forth"][0] == "a witness of the target"
    assert found["wrong way back"][0] == "a witness of the source"
    for name, word in (("wrong way forth", "forth"), ("wrong way back", "back")):
        _, said, [witness] = found[name]
        image = witness + (1 if word == "back" else -1)
        tail = "which is none" if word == "back" else "which does not reach"
        assert said == f"{word} took ({witness},) to ({image},), {tail}"


def test_a_search_is_what_has_just_looked_at_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within half of the time of a step, or while a referee is asked."""
    now = [1000.0]
    monkeypatch.setattr(of_reductions, "monotonic", lambda: now[0])
    found = OfReduction(Copies(), 600.0, 1, 60.0)
    assert not found.searching
    built = found._built(Least(2, 1))
    for since, searching in ((0.0, True), (29.9, True), (30.0, False), (59.0, False)):
        built.last = now[0] - since
        assert found.searching == searching
    built.asking = True
    assert found.searching
