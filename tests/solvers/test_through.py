"""A chain decided by a solver on its target: whose fault it is where a way back is lost, or an answer is no good."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from instances.faults import BadInput
from instances.problem import Witness
from reductions.chain import Chain
from solvers.solver import Decision, Verdict
from solvers.through import Through
from tests.support.rules.hostile import Even, Same


@dataclass(frozen=True)
class Loses(Same):
    """The identity, with a way back that is wrong for what `lost` names, of instances up to `most`."""

    most: int = 100
    lost: bool = False

    key: ClassVar[str] = "loses"

    def covers(self, problem: Any) -> bool:
        return bool(problem.n <= self.most)

    def back(self, source: Any, witness: Witness) -> Witness:
        return (witness[0] + 1,) if self.lost else witness


@dataclass(frozen=True)
class Says:
    """Answers with the half, or as a solver that is at fault does."""

    fault: bool = False
    key: ClassVar[str] = "says"
    problems: ClassVar[tuple[type, ...]] = (Even,)

    def solve(self, problem: Even) -> Decision:
        half = (problem.n // 2,)
        return Decision(Verdict.UNKNOWN, "it broke", fault=True) if self.fault else Decision(Verdict.YES, "half", half)


def decided(n: int, fault: bool = False, **how: Any) -> Decision:
    return Through(Chain((Loses(**how),)), Says(fault)).solve(Even(n))


def test_a_way_back_that_is_lost_is_a_fault() -> None:
    assert decided(8).witness == (4,)
    lost = decided(8, lost=True)
    assert (lost.verdict, lost.fault) == (Verdict.UNKNOWN, True)
    assert "says nothing of" not in lost.reason


@pytest.mark.parametrize("how", [{"lost": True}, {"fault": True}])
def test_but_nobody_s_where_the_statement_is_not_about_the_instance(how: dict[str, bool]) -> None:
    found = decided(8, most=7, **how)
    assert (found.verdict, found.fault) == (Verdict.UNKNOWN, False)
    assert found.reason.startswith("loses[most=7")
    assert "says nothing of Even" in found.reason
    assert decided(8, most=7).witness == (4,)


def test_what_is_no_solver_is_refused() -> None:
    with pytest.raises(BadInput, match="Through takes a Solver, this is a int"):
        Through(Chain((Same(),)), 3)  # type: ignore[arg-type]
