"""Rules with known slips are found, on instances as small as there are; right rules are not accused."""

from collections.abc import Callable
from itertools import islice, pairwise

import pytest

from hardlab.conformance.laws.found import Fault
from hardlab.conformance.laws.of_reductions import OfReduction
from hardlab.conformance.laws.referees import Referees
from instances import codec
from instances.problem import Problem, Witness
from reductions.reduction import AnyReduction
from tests.support.rules import FIRST_ALONE, PROBLEMS, RIGHT, WRONG, Wrong

SECONDS = 120.0
TIMEOUT = 2.0
AFTER = 5
"""Instances after the first with the fault, among which there may be a smaller one."""
MOST = 4_000
ODD: tuple[Witness, ...] = ((), (0,), (99,), (-1, -1), (0, 0, 1), (2, 1, 0), (1,) * 40)

SLOW = (
    "circuit-from-its-first",
    "cover-binary",
    "cover-loose-equations",
    "cover-short-size",
    "last-uncoloured",
    "partition-early-intervals",
    "partition-loose-path",
    "partition-rounded-intervals",
    "path-consecutive",
    "subset-from-half-zero",
    "subset-loose-capacity",
    "thirds-loose-flow",
    "thirds-loose-job",
    "thirds-tardiness",
)
"""Rules whose fault takes more than a quarter of a second of a processor to find, or to look for the smallest of."""


def wrong(case: Wrong) -> object:
    return pytest.param(case, id=case.rule.key, marks=[pytest.mark.slow] if case.rule.key in SLOW else [])


@pytest.mark.long
@pytest.mark.parametrize("case", [wrong(case) for case in WRONG])
def test_a_slip_is_found_on_an_instance_as_small_as_there_is(case: Wrong) -> None:
    fault = found(case.rule, case.fault)
    assert codec.measure(fault.source) <= codec.measure(smallest(case).as_json())


@pytest.mark.long
@pytest.mark.parametrize("rule", RIGHT, ids=[rule.key for rule in RIGHT])
@pytest.mark.parametrize("most", [pytest.param(300, marks=pytest.mark.slow), pytest.param(None, marks=pytest.mark.exhaustive)])
def test_a_right_rule_is_not_accused(rule: AnyReduction, most: int | None) -> None:
    """On so many instances, or for ten seconds."""
    trial = OfReduction(rule, 10.0, 1, TIMEOUT, referee=Referees())
    assert sum(1 for _ in islice(trial.run(), most)) > 20
    if most is not None:
        trial.ends()
    assert trial.faults == {}
    assert trial.tally.yes > 0
    assert trial.tally.no > 0


@pytest.mark.parametrize("rule", FIRST_ALONE, ids=[rule.key for rule in FIRST_ALONE])
def test_a_way_back_may_be_right_for_the_first_witness_alone(rule: AnyReduction) -> None:
    for problem in rule.source.instances(3):
        target = rule.apply(problem)
        first = next(filter(target.accepts, target.witnesses()), None)
        assert first is None or problem.accepts(rule.back(problem, first))


@pytest.mark.parametrize("problem", PROBLEMS, ids=[problem.__name__ for problem in PROBLEMS])
def test_a_problem_enumerates_and_draws_instances(problem: type[Problem]) -> None:
    levels = [{one.identity for one in problem.instances(limit)} for limit in range(4)]
    assert all(fewer <= more for fewer, more in pairwise(levels))
    drawn = [one for seed in range(20) if (one := problem.drawn(5, seed)) is not None]
    assert drawn
    for one in (*islice(problem.instances(4), 100), *drawn):
        assert one.promised()
        assert problem.from_json(one.as_json()) == one
        assert not all(one.accepts(witness) for witness in ODD)
        some = list(islice(one.witnesses(), 50))
        assert some == sorted(set(some))


def test_each_rule_says_what_is_wrong() -> None:
    assert all(getattr(case.rule, "says", "") for case in WRONG)
    keys = [rule.key for rule in (*(case.rule for case in WRONG), *RIGHT)]
    assert len(set(keys)) == len(keys)


def found(rule: AnyReduction, fault: str) -> Fault:
    """The fault, as the trial finds it; others that it finds before are ways back, which are wrong where a rule is unsound."""
    trial = OfReduction(rule, SECONDS, 1, TIMEOUT, referee=Referees())
    more = AFTER
    for _ in trial.run():
        more -= fault in trial.faults
        if not more:
            break
    assert fault in trial.faults
    assert trial.faults.keys() <= {fault, "wrong way back"}
    return trial.faults[fault]


def smallest(case: Wrong) -> Problem:
    """The smallest instance with the fault among the first `MOST` up to the limit, by the definition of the fault alone."""
    has = HAS[case.fault]
    every = sorted(islice(case.rule.source.instances(case.limit), MOST), key=lambda one: codec.measure(one.as_json()))
    return next(one for one in every if one.promised() and has(case.rule, one))


def unsound(rule: AnyReduction, problem: Problem) -> bool:
    target = rule.apply(problem)
    return not is_yes(problem) and is_yes(target)


def wrong_way_back(rule: AnyReduction, problem: Problem) -> bool:
    target = rule.apply(problem)
    accepted = filter(target.accepts, target.witnesses())
    return is_yes(problem) and not all(problem.accepts(rule.back(problem, witness)) for witness in accepted)


def wrong_size(rule: AnyReduction, problem: Problem) -> bool:
    stated, built = rule.size(problem.size), rule.apply(problem).size
    return any(built[letter] > stated[letter] or (built[letter] < stated[letter] and not rule.bound) for letter in built)


def crashed(rule: AnyReduction, problem: Problem) -> bool:
    try:
        wrong_way_back(rule, problem)
    except IndexError:
        return True
    return False


def is_yes(problem: Problem) -> bool:
    return any(map(problem.accepts, problem.witnesses()))


HAS: dict[str, Callable[[AnyReduction, Problem], bool]] = {
    "unsound": unsound,
    "wrong way back": wrong_way_back,
    "wrong size": wrong_size,
    "crashed": crashed,
}
