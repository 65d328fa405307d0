"""What a solver is held to, one instance at a time: each verdict and witness against exhaustion, counts, and what is said."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from hardlab.conformance.laws import of_solvers
from hardlab.conformance.laws.of_solvers import OfSolver
from instances.problem import Problem
from solvers.solver import Decision, Verdict
from tests.support.rules.hostile import Even

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN


@dataclass
class Saying:
    """A solver that says what the function says."""

    says: Callable[[Any], Any]
    problems: tuple[type[Problem], ...] = (Even,)
    key: str = "saying"
    asked: list[int] = field(default_factory=list)

    def solve(self, problem: Any) -> Any:
        self.asked.append(problem.n)
        return self.says(problem)


def right(problem: Any) -> Decision:
    if problem.n % 2:
        return Decision(NO, "it is odd")
    return Decision(YES, "it is even", (problem.n // 2,))


def trial(says: Callable[[Any], Any], *numbers: int) -> OfSolver:
    """After these instances."""
    found = OfSolver(Saying(says), 600.0, 1, 60.0)
    for n in numbers:
        found.one(Even(n))
    return found


def test_a_right_solver() -> None:
    found = trial(right, 1, 2, 3, 4, 6)
    assert found.faults == {}
    tally = found.tally
    assert (tally.instances, tally.yes, tally.no, tally.unknown, tally.undecided) == (5, 3, 2, 0, 0)
    assert tally.of_laws == {"decides YES": 3, "decides NO": 2}
    assert found.about == {"kind": "solver", "problems": [Even.called], "laws": ["decides", "witnesses", "pure"]}
    assert found.problems == (Even,)


def test_unknown_is_counted_and_no_fault() -> None:
    found = trial(lambda problem: Decision(UNKNOWN, "no idea"), 1, 2)
    found.ends()
    assert (found.faults, found.tally.unknown, found.tally.of_laws) == ({}, 2, {})
    assert found.tally.remarks["decides"] == "it says UNKNOWN of all of them"
    half = trial(lambda problem: Decision(UNKNOWN, "no idea") if problem.n > 1 else right(problem), 1, 2)
    half.ends()
    assert "decides" not in half.tally.remarks
    none = trial(right)
    none.ends()
    assert none.tally.remarks == {}


@pytest.mark.parametrize(
    ("says", "n", "fault", "law", "should", "is_"),
    [
        (lambda p: Decision(YES, "", (0,)), 3, "wrong YES", "decides", "NO: exhaustion finds no witness", "YES"),
        (lambda p: Decision(NO, ""), 4, "wrong NO", "decides", "YES: exhaustion finds a witness", "NO"),
        (lambda p: Decision(YES, "", (p.n,)), 4, "wrong witness", "witnesses", "a witness", "it is not accepted"),
    ],
)
def test_wrong_answers(says: Any, n: int, fault: str, law: str, should: str, is_: str) -> None:
    found = trial(says, n)
    [one] = found.faults.values()
    assert (one.fault, one.law, one.should, one.found) == (fault, law, should, is_)
    assert one.said.startswith("saying ")
    assert (found.tally.instances, found.tally.of_laws) == (1, {})


def test_what_is_tried_on_the_way_to_a_smaller_instance_is_not_counted() -> None:
    """Of the smaller ones some are UNKNOWN and some are right."""

    def says(problem: Any) -> Decision:
        return Decision(NO, "") if problem.n > 5 else Decision(UNKNOWN, "") if problem.n < 3 else right(problem)

    found = trial(says, 9, 40)
    assert found.faults["wrong NO"].source == {"n": 6}
    assert (found.tally.instances, found.tally.unknown, found.tally.of_laws) == (2, 0, {"decides NO": 1})
    assert found._seconds.keys() == {9, 40}


def test_what_is_no_decision() -> None:
    assert "solve gave a bool, expected a Decision" in trial(lambda problem: True, 3).faults["crashed"].said


def test_an_input_that_is_changed() -> None:
    def changes(problem: Any) -> Decision:
        object.__setattr__(problem, "n", problem.n + 2)
        return right(problem)

    [fault] = trial(changes, 4).faults.values()
    assert (fault.fault, fault.law) == ("changed its input", "pure")
    assert "saying changed its input, which was Even(n=" in fault.said


def test_of_instances_with_a_witness_there_are_soon_enough() -> None:
    """A hundred more than twice as many as without one."""
    found = trial(right, *range(0, 400, 2))
    assert (found.tally.yes, found.tally.no, found.tally.instances) == (101, 0, 101)
    found.one(Even(1))
    for n in range(0, 20, 2):
        found.one(Even(n))
    assert (found.tally.yes, found.tally.no) == (103, 1)
    assert found.tally.of_laws == {"decides YES": 103, "decides NO": 1}


def test_too_many_candidates_are_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_solvers, "MOST", 4)
    found = trial(right, 3, 4, 5)
    assert (found.tally.instances, found.tally.undecided) == (2, 1)


@pytest.mark.parametrize(("instances", "rare"), [(1, 1), (10, 3), (459, 100), (4603, 1000)])
def test_how_rare_an_error_would_have_shown(instances: int, rare: int) -> None:
    """With an error on one of `rare`, so many instances have none with a probability of 1 %."""
    found = trial(right)
    found.tally.instances, found.tally.no = instances, 1
    found.ends()
    said = found.tally.remarks["limits"]
    assert said == f"an error on one in {rare:,} such instances would have shown with 99 %; of larger ones nothing is said"
    assert rare < 10 or (1 - 1 / rare) ** instances == pytest.approx(0.01, rel=0.02)
    found.tally.remarks.clear()
    found.tally.no = 0
    found.ends()
    assert found.tally.remarks == {}


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({1: [1.0] * 5, 2: [4.0] * 5}, None),
        ({1: [1.0] * 5, 2: [4.0] * 5, 4: [16.0] * 4}, None),
        ({1: [1.0] * 5, 2: [4.0] * 5, 4: [16.0] * 5}, "median time grows as size^2 between sizes 1 and 4"),
        ({0: [1.0] * 5, 2: [4.0] * 5, 4: [16.0] * 5}, None),
        ({1: [9.0] * 5, 2: [4.0] * 5, 4: [1.0] * 5, 8: [32.0] * 5}, "median time grows as size^1.5 between sizes 2 and 8"),
        ({1: [9.0] * 5, 2: [9.0, 0.0, 1.0, 1.0, 1.0], 4: [9.0] * 5, 8: [8.0, 8.0, 8.0, 0.0, 0.0]}, "size^1.5 between"),
        ({1: [9.0] * 5, 2: [9.0, 9.0, 9.0, 1.0, 1.0, 1.0], 4: [9.0] * 5, 32: [9.0] * 5}, "size^0 between sizes 2 and 32"),
    ],
)
def test_how_median_times_grow(times: dict[int, list[float]], said: str | None) -> None:
    found = trial(right)
    found._seconds.update(times)
    found.ends()
    assert (said is None) == ("growth" not in found.tally.remarks)
    assert said is None or said in found.tally.remarks["growth"]


def test_times_are_of_sizes() -> None:
    assert {size: len(times) for size, times in trial(right, 1, 2, 2, 5)._seconds.items()} == {1: 1, 2: 2, 5: 1}
