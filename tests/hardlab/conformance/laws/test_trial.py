"""A trial by itself, of a problem and laws that are made up: when it ends, what it keeps, what it calls by which name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import pytest

from hardlab.conformance.laws import trial as module
from hardlab.conformance.laws.found import Fault
from hardlab.conformance.laws.trial import AFTER, LATE, NOTHING_NEW, Trial
from instances.faults import BadInput, Declined, Late
from instances.law import LawBroken
from instances.problem import Problem, Size, Witness


@dataclass(frozen=True)
class Number(Problem):
    """A number."""

    n: int

    @property
    def size(self) -> Size:
        return {"n": self.n}

    def accepts(self, witness: Witness) -> bool:
        return not witness

    def witnesses(self) -> Iterator[Witness]:
        return iter([()])

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        return (cls(n) for n in range(10 * limit))


class Other(Number):
    pass


class Endless(Number):
    """The same ones again and again."""

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        return cls(seed % 2)

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        return iter(())


class Growing(Number):
    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        return cls(seed)


class Broken(Number):
    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        yield cls(1)
        raise IndexError("no more")


class Of(Trial):
    """What is asked of each instance is a function of it."""

    def __init__(self, ask: Callable[["Of", Problem], None] = lambda trial, problem: None, *kinds: type[Problem]) -> None:
        self.told: list[str] = []
        super().__init__(60.0, 1, 30.0, self.told.append)
        self.ask, self.kinds, self.asked, self.ended = ask, kinds or (Number,), list[Any](), 0

    @property
    def problems(self) -> tuple[type[Problem], ...]:
        return self.kinds

    @property
    def about(self) -> dict[str, Any]:
        return {}

    def one(self, problem: Problem) -> None:
        self.asked.append(problem)
        self.tally.instances += 1
        self.ask(self, problem)

    def ends(self) -> None:
        self.ended += 1


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which tests set."""
    found = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: found[0])
    return found


def run(trial: Trial, most: int = 10_000) -> int:
    """How many steps it takes."""
    steps = 0
    for _ in trial.run():
        steps += 1
        assert steps < most
    return steps


def test_all_problems_in_turn(now: list[float]) -> None:
    trial = Of(lambda trial, problem: None, Number, Other)
    run(trial)
    assert [type(one) for one in trial.asked] == [Number] * 120 + [Other] * 120
    assert trial.ended == 1
    assert trial.told[0] == "asking Number for instances"
    assert trial.sample == []
    assert trial.otherwise([]) is None
    assert not trial.searching


@pytest.mark.parametrize(("a_step", "steps"), [(1.0, 60), (30.0, 2), (7.0, 9), (60.0, 1)])
def test_time_is_over_when_it_is(a_step: float, steps: int, now: list[float]) -> None:
    def ask(trial: Of, problem: Problem) -> None:
        now[0] += a_step

    trial = Of(ask, Growing)
    run(trial)
    assert len(trial.asked) == steps
    assert trial.spent() >= 1.0


def test_each_problem_has_its_part_of_the_time(now: list[float]) -> None:
    """What the first does not need is the second's."""

    def ask(trial: Of, problem: Problem) -> None:
        now[0] += 1.0

    def counts(*kinds: type[Problem]) -> list[int]:
        trial = Of(ask, *kinds)
        run(trial)
        return [sum(type(one) is kind for one in trial.asked) for kind in kinds]

    class More(Growing):
        pass

    assert counts(Growing, More) == [30, 30]
    assert counts(Growing, More, Number) == [20, 20, 20]

    class Few(Number):
        @classmethod
        def instances(cls, limit: int) -> Iterator[Self]:
            return iter([cls(1)])

    assert counts(Few, Growing) == [1, 59]


@pytest.mark.parametrize("fault", ["unsound", "incomplete", "wrong YES", "wrong NO", "wrong way back", "crashed"])
def test_after_a_decisive_fault_there_is_some_time_for_others(fault: str, now: list[float]) -> None:
    def ask(trial: Of, problem: Problem) -> None:
        now[0] += 1.0
        if len(trial.asked) == 10:
            trial.failed("law", fault, "words", problem)

    trial = Of(ask, Growing)
    run(trial)
    decisive = fault not in ("wrong way back", "crashed")
    assert len(trial.asked) == (10 + AFTER * 60 if decisive else 60)


def test_steps_that_take_too_long_end_it(now: list[float]) -> None:
    def late(problem: Any) -> None:
        raise Late("x")

    def ask(trial: Of, problem: Problem) -> None:
        assert not trial.tried("law", problem, late)
        assert trial._long

    trial = Of(ask, Growing)
    run(trial)
    assert len(trial.asked) == LATE == 3
    assert trial.faults["timed out"].found == "late did not end in 30 seconds"
    searching = Of(ask, Number)
    type(searching).searching = property(lambda self: True)  # type: ignore[method-assign, assignment]
    try:
        run(searching)
    finally:
        del type(searching).searching
    assert (searching.faults, searching.tally.undecided, len(searching.asked)) == ({}, 120, 120)


def test_what_was_there_before_is_not_awaited_without_end(now: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "stream", lambda kind, seed, spent: iter([(kind(1), False)] + [(None, False)] * 5000))
    trial = Of(lambda trial, problem: None, Endless)
    steps = 0
    for _ in trial.run():
        steps += 1
        now[0] += 2.0**-10
    assert steps == 1 + 2**10  # of more than 200 in more than a second
    now[0] = 5000.0
    trial = Of(lambda trial, problem: None, Endless)
    steps = 0
    for _ in trial.run():
        steps += 1
        now[0] += 0.1
    assert steps == 1 + NOTHING_NEW[0]


def test_odd_ones_that_were_there_before_do_not_count(now: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        module, "stream", lambda kind, seed, spent: iter([(None, True)] * 500 + [(kind(1), True), (kind(2), False)])
    )
    trial = Of(lambda trial, problem: trial.failed("law", f"f{problem.n}", "w", problem), Number)  # type: ignore[attr-defined]
    for _ in trial.run():
        now[0] += 0.01
    assert trial.asked == [Number(1), Number(2)]
    assert (list(trial.faults), list(trial.beyond)) == (["f2"], ["f1"])
    assert trial.tally.instances == 1


def test_instances_that_cannot_be_had(now: list[float]) -> None:
    trial = Of(lambda trial, problem: None, Broken, Other)
    run(trial)
    assert trial.asked[0] == Broken(1)
    assert trial.faults["crashed"].law == "instances"
    assert trial.faults["crashed"].said.endswith("IndexError: no more")
    assert Other(1) in trial.asked


def of_law(run: Callable[[Any], Any], *numbers: int) -> tuple[Of, list[bool]]:
    trial = Of()
    return trial, [trial.tried("sound", Number(n), run) for n in numbers]


def test_what_ends_without_a_failure() -> None:
    trial, found = of_law(lambda problem: None, 3)
    assert found == [True]
    assert (trial.faults, trial.told) == ({}, ["sound on Number(n=3)"])


def test_what_is_declined() -> None:
    def declines(problem: Any) -> None:
        raise Declined("too large")

    trial, found = of_law(declines, 3, 4)
    assert (found, trial.tally.declined, trial.faults) == ([False, False], 2, {})


def from_(limit: int, fault: str = "unsound", **facts: Any) -> Callable[[Any], None]:
    def run(problem: Any) -> None:
        if problem.n >= limit:
            raise LawBroken(f"broken of {problem.n}", fault, **facts)

    return run


@pytest.mark.parametrize(
    ("fault", "law"),
    [("unsound", "sound"), ("changed its input", "pure"), ("wrong witness", "witnesses"), ("wrong size", "sound")],
)
def test_a_broken_law_is_kept_small(fault: str, law: str) -> None:
    trial, found = of_law(from_(6, fault, witness=(1, 2), target="T", should="s", found="f", image=3), 40)
    assert found == [False]
    one = trial.faults[fault]
    assert (one.law, one.fault, one.said, one.problem, one.source) == (law, fault, "broken of 6", "Number", {"n": 6})
    assert (one.witness, one.target, one.should, one.found, one.shown) == ([1, 2], "T", "s", "f", "Number(n=6)")
    assert trial.told == ["sound on Number(n=40)", "making Number(n=40) smaller"]


def test_only_a_smaller_instance_takes_its_place() -> None:
    trial, _ = of_law(from_(6), 40)
    first = trial.faults["unsound"]
    assert not trial.tried("sound", Number(50), from_(0))
    assert trial.faults["unsound"] is first
    assert not trial.tried("sound", Number(5), from_(3))
    assert trial.faults["unsound"].source == {"n": 3}


@pytest.mark.parametrize(("name", "also"), [("wrong way back", "unsound"), ("wrong way forth", "incomplete")])
def test_a_wrong_way_may_be_worse_on_a_smaller_instance(name: str, also: str) -> None:
    def run(problem: Any) -> None:
        if problem.n >= 4:
            raise LawBroken("x", also if problem.n < 9 else name)

    trial, _ = of_law(run, 20)
    assert trial.faults.keys() == {also}
    assert trial.faults[also].source == {"n": 4}

    def other(problem: Any) -> None:
        if problem.n >= 4:
            raise LawBroken("x", "wrong size" if problem.n < 9 else name)

    trial, _ = of_law(other, 20)
    assert trial.faults.keys() == {name}
    assert trial.faults[name].source == {"n": 9}


def test_what_is_raised_is_a_crash_and_the_same_kind_is_made_small() -> None:
    def run(problem: Any) -> None:
        if problem.n >= 9:
            raise IndexError(f"at {problem.n}")
        if problem.n >= 5:
            raise KeyError(problem.n)

    trial, found = of_law(run, 20, 7)
    assert found == [False, False]
    assert trial.faults.keys() == {"crashed"}
    assert trial.faults["crashed"].source == {"n": 9}
    assert trial.faults["crashed"].found == "run raised IndexError: at 9"
    leaves, _ = of_law(lambda problem: exit(3), 1)
    assert "SystemExit: 3" in leaves.faults["crashed"].found


def test_a_failure_is_kept_once_with_or_without_an_instance() -> None:
    trial = Of()
    trial.tally.instances = 7
    trial.failed("law", "new", "words")
    trial.failed("law", "new", "others")
    trial.failed("law", "odd", "words", Number(3))
    first, second = trial.faults.values()
    assert first == Fault("law", "new", "words", "", None, "", found="words", instances=7, seconds=first.seconds)
    assert (second.said, second.problem, second.source, second.shown) == (
        "words, on Number(n=3)", "Number", {"n": 3}, "Number(n=3)",
    )  # fmt: skip


class Repeats(Of):
    def __init__(self) -> None:
        super().__init__(lambda trial, problem: None)

    def one(self, problem: Problem) -> None:
        self.tried("sound", problem, from_(6, should="s", found="f"))


def test_a_counterexample_is_asked_again_as_it_is() -> None:
    trial = Repeats()
    assert trial.repeated("sound", "unsound", "Number", {"n": 40}) == (True, "unsound; should be: s; is: f; on Number(n=40)")
    assert trial.beyond["unsound"].source == {"n": 40}
    assert trial.faults == {}
    assert Repeats().repeated("sound", "unsound", "Number", {"n": 5}) == (False, "nothing of sound is unsound on Number(n=5)")
    assert Repeats().repeated("pure", "unsound", "Number", {"n": 40})[0] is False
    assert (
        Repeats()
        .repeated("sound", "not deterministic", "Number", {"n": 5})[1]
        .endswith("is not deterministic on Number(n=5); what hangs on the process, or on calls before, does not show here")
    )
    for name, form in (("Other", {"n": 5}), ("Number", {"m": 5}), ("Number", None)):
        with pytest.raises(BadInput, match=r"^the counterexample has no instance of Number$"):
            Repeats().repeated("sound", "unsound", name, form)


def test_an_answer_that_is_none_is_said_so() -> None:
    class Empty(Of):
        def one(self, problem: Problem) -> None:
            self.tried("sound", problem, from_(0, found="f"))

    assert Empty().repeated("sound", "unsound", "Number", {"n": 1})[1] == "unsound; should be: an answer; is: f; on Number(n=1)"


class Bare(Number):
    """It has no form."""

    def as_json(self) -> Any:
        raise BadInput("none")


def test_what_has_no_form_stays_as_it_is() -> None:
    trial = Of()
    assert not trial.tried("sound", Bare(40), from_(6))
    assert trial.faults["unsound"].source is None
    assert trial.faults["unsound"].shown == "Bare(n=40)"
    assert not trial.tried("sound", Bare(30), from_(6))
    assert trial.faults["unsound"].shown == "Bare(n=40)"


class Timed(Of):
    def __init__(self, seconds: float, ask: Callable[[Any, Problem], None] = lambda trial, problem: None) -> None:
        Trial.__init__(self, seconds, 1, 30.0, lambda said: None)
        self.ask, self.kinds, self.asked, self.ended = ask, (Broken,), [], 0


@pytest.mark.parametrize(("seconds", "part"), [(600.0, 100.0), (6.0, 2.0), (15.0, 2.5)])
def test_making_smaller_has_a_sixth_of_the_time_anew_for_each_instance(
    seconds: float, part: float, now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two seconds at least; less what was spent on the instance, and never less than nothing."""
    given: list[float] = []

    def shrunk(problem: Problem, fails: Any, time: float) -> Problem:
        given.append(time)
        return problem

    def ask(trial: Of, problem: Problem) -> None:
        for fault in ("first", "second", "third"):

            def broken(other: Problem, fault: str = fault) -> None:
                raise LawBroken("broken", fault)

            trial.tried("law", problem, broken)
            now[0] += part - 0.5

    monkeypatch.setattr(module, "shrunk", shrunk)
    trial = Timed(seconds, ask)
    assert trial._until == now[0] + part
    now[0] += 0.25
    run(trial)
    assert given == pytest.approx([part, 0.5, 0.0])
