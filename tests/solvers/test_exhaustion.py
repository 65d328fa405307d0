"""Exhaustion decides any problem, as far as it goes, and says where it does not."""

from dataclasses import dataclass

import pytest

from instances.cnf import CNF
from instances.problem import Problem, Size, Witness
from solvers.exhaustion import Exhaustion
from solvers.orthogonal import ExhaustiveOrthogonal
from solvers.solver import Verdict, takes
from tests.support.tiny import representatives


@dataclass(frozen=True)
class Gap(Problem):
    """A gap problem of one number: those from `reached` on reach, those from `accepted` on are accepted, all below `n`."""

    n: int
    accepted: int
    reached: int

    @property
    def size(self) -> Size:
        return {"n": self.n}

    def accepts(self, witness: Witness) -> bool:
        return self.accepted <= witness[0] < self.n

    def reaches(self, witness: Witness) -> bool:
        return self.reached <= witness[0] < self.n

    def witnesses(self):  # type: ignore[no-untyped-def]
        return ((i,) for i in range(self.n))


def test_it_says_what_the_witnesses_say() -> None:
    seen = set()
    for formula in representatives()[::20]:
        decision = Exhaustion().solve(formula)
        yes = any(map(formula.accepts, formula.witnesses()))
        assert decision.verdict is (Verdict.YES if yes else Verdict.NO)
        assert decision.witness is None or formula.accepts(decision.witness)
        seen.add(yes)
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("problem", "most", "verdict", "said"),
    [
        (Gap(4, 1, 3), 4, Verdict.YES, "(3,) is a witness"),
        (Gap(4, 1, 3), 3, Verdict.UNKNOWN, "more than 3 tuples"),
        (Gap(4, 1, 4), 4, Verdict.UNKNOWN, "keeps no promise"),
        (Gap(4, 4, 4), 4, Verdict.NO, "none of 4 tuples"),
        (Gap(4, 4, 4), 3, Verdict.UNKNOWN, "more than 3 tuples"),
        (Gap(0, 0, 0), 0, Verdict.NO, "none of 0 tuples"),
    ],
)
def test_it_knows_its_end(problem: Gap, most: int, verdict: Verdict, said: str) -> None:
    decision = Exhaustion(most).solve(problem)
    assert decision.verdict is verdict
    assert said in decision.reason


def test_it_takes_every_problem() -> None:
    assert takes(Exhaustion(), CNF)
    assert takes(Exhaustion(), Gap)
    assert not takes(ExhaustiveOrthogonal(), CNF)
