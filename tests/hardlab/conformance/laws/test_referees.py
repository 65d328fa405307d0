"""Where not all that could be a witness is tried, the problem's own solver is asked."""

from time import sleep
from typing import Any

import pytest

from hardlab.conformance.laws.of_reductions import OfReduction
from hardlab.conformance.laws.referees import Referees
from hardlab.names.foreign import ForeignSolver
from instances.cnf import CNF
from instances.faults import BadInput, PlugInFault
from instances.law import LawBroken
from instances.problem import Problem, Witness
from reductions.built import Built, nobody
from reductions.laws import EACH
from solvers import Decision, Exhaustion, Verdict
from solvers.solver import verified
from tests.support.rules.colours import Colouring, ColouringCnf, LastUncoloured
from tests.support.rules.graphs import graphs

FOUR = Colouring(4, tuple(list(graphs(4))[-1]))
FEW = 10
"""Candidates for witnesses that are looked at: too few for any of these."""


class Kept(Colouring):
    """Colourings that are decided by what stands in `referee`."""


def answers(referee: Any, problem: Problem) -> Any:
    Kept.referee = referee
    return Referees()(problem)


@pytest.mark.parametrize(("referee", "found"), [(nobody, False), (Referees(), True)])
def test_unsound_beyond_exhaustion(referee: Any, found: bool) -> None:
    built = Built(LastUncoloured(), FOUR, FEW, referee)
    assert not built.whole(built.target)
    built.is_no = True
    if not found:
        assert not built.decided
        assert EACH["sound"](built)["accepted"] == 0
        return
    assert built.decided
    with pytest.raises(LawBroken, match="there is no witness") as broken:
        EACH["sound"](built)
    assert broken.value.fault == "unsound"
    assert built.target.accepts(broken.value.facts["witness"])


def test_a_referee_that_a_witness_contradicts_is_told_and_not_the_rule() -> None:
    two = Colouring(2, ((0, 1),))
    built = Built(ColouringCnf(), two, 0, lambda problem: (False, None) if problem is two else Referees()(problem))
    assert built.is_no
    with pytest.raises(PlugInFault, match="the referee of Colouring says NO, and back gives a witness of"):
        EACH["sound"](built)


def test_a_way_back_that_raises_of_a_NO_hides_nothing() -> None:
    class Raises(LastUncoloured):
        """It has no way back at all."""

        def back(self, problem: Colouring, witness: Witness) -> Witness:
            raise IndexError("there is none")

    built = Built(Raises(), FOUR)
    with pytest.raises(LawBroken, match="there is no witness"):
        EACH["sound"](built)


def test_incomplete_beyond_exhaustion() -> None:
    class Strict(ColouringCnf):
        """Nothing has a colour."""

        def apply(self, problem: Colouring) -> CNF:
            made = super().apply(problem)
            return CNF(made.n, (*made.clauses, *((-variable,) for variable in range(1, made.n + 1))))

    two = Colouring(4, ((0, 1),))
    for referee, fault in ((nobody, "wrong way forth"), (Referees(), "incomplete")):
        with pytest.raises(LawBroken) as broken:
            EACH["complete"](Built(Strict(), two, FEW, referee))
        assert broken.value.fault == fault


def test_a_right_rule_stays_right() -> None:
    for problem in (FOUR, Colouring(4, ((0, 1),)), Colouring(3, ())):
        built = Built(ColouringCnf(), problem, FEW, Referees())
        for law in ("complete", "sound", "size_is_exact", "pure"):
            EACH[law](built)
        assert built.decided


def test_a_trial_says_where_nobody_knew() -> None:
    for who in (Referees(), nobody):
        trial = OfReduction(ColouringCnf(), 5.0, 1, 2.0, referee=who)
        trial.one(Colouring(5, ((0, 1),)))  # 2^15 candidates in the target
        assert trial.faults == {}
        assert trial.tally.undecided == (who is nobody)


def test_a_referee_that_is_late_is_no_fault_of_the_rule() -> None:
    """Not where it swallows all that is raised either: nobody knew then."""

    class Slow:
        key, problems = "slow", (CNF,)

        def solve(self, problem: Problem) -> Any:
            try:
                sleep(60)
            except Exception:
                return Decision(Verdict.NO, "it was disturbed")

    solver = ForeignSolver(Slow(), "slow")
    trial = OfReduction(ColouringCnf(), 5.0, 1, 0.2, referee=lambda problem: (verified(solver, problem).verdict is None, None))
    trial.one(Colouring(5, ((0, 1),)))
    assert trial.faults == {}
    assert trial.tally.undecided == 1


class Says:
    """A solver that says one thing."""

    key = "says"
    problems = (Kept,)

    def __init__(self, *decision: Any) -> None:
        self._decision = decision

    def solve(self, problem: Problem) -> Any:
        return Decision(*self._decision) if len(self._decision) > 1 else self._decision[0]


def test_what_a_problem_names_is_asked() -> None:
    three = Kept(3, ((0, 1),))
    assert answers(None, three) == (None, None)
    assert answers("exhaustion", three) == (True, (0, 1, 0))
    assert answers(Exhaustion, three) == (True, (0, 1, 0))
    assert answers(Says(Verdict.NO, "no"), three) == (False, None)
    assert answers(Says(Verdict.UNKNOWN, "perhaps"), three) == (None, None)
    for wrong in (Says(Verdict.YES, "yes", (0, 0, 0)), Says("yes")):
        with pytest.raises(PlugInFault, match="the referee of Kept: says"):
            answers(wrong, three)
    with pytest.raises(BadInput, match="Kept has referee = 3"):
        answers(3, three)
    with pytest.raises(BadInput, match="nobodys"):
        answers("nobodys", three)
