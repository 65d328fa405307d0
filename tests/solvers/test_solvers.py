"""Solvers of the problems themselves: laws, checked proofs, and what is refused."""

from typing import Any

import numpy as np
import pytest

from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.families import pigeonhole, random_hamming, random_ksat, random_ov
from instances.faults import BadInput
from instances.law import LawBroken
from instances.problem import Problem
from instances.vectors import BalancedHamming, GapHamming, OrthogonalVectors
from solvers import (
    Decision,
    ExhaustiveHamming,
    ExhaustiveOrthogonal,
    HammingBalls,
    Sat,
    Verdict,
)
from solvers import sat as sat_module
from solvers.hamming import ball_size
from solvers.laws import agrees_with_exhaustion
from solvers.solver import verified
from tests.support.tiny import representatives


def ov_family() -> list[OrthogonalVectors]:
    return [random_ov(5, 4, d, 0.6, seed=seed) for d in (3, 70, 130) for seed in range(8)] + [
        random_ov(5, 4, 4, 0.9, seed=seed) for seed in range(8)
    ]


def hamming_family() -> list[GapHamming]:
    return [random_hamming(6, 5, d, seed=seed, yes=yes) for d in (12, 70) for seed in range(6) for yes in (True, False)]


def test_exhaustive_solvers_obey_the_law() -> None:
    agrees_with_exhaustion(ExhaustiveOrthogonal(), ov_family())
    agrees_with_exhaustion(ExhaustiveHamming(), hamming_family())
    agrees_with_exhaustion(
        HammingBalls(), [problem for problem in hamming_family() if ball_size(problem.A.d, problem.t, 10**4) < 10**4]
    )
    agrees_with_exhaustion(Sat(), representatives())


class Never:
    key = "never"
    problems = (CNF,)

    def solve(self, problem: CNF) -> Decision:
        return Decision(Verdict.NO, "never")


class Zeros(Never):
    key = "zeros"

    def solve(self, problem: CNF) -> Decision:
        decision = Sat().solve(problem)
        return decision if decision.witness is None else Decision(Verdict.YES, "zeros", (0,) * problem.n)


class Timid(Never):
    key = "timid"

    def solve(self, problem: CNF) -> Decision:
        return Decision(Verdict.UNKNOWN, "who knows")


@pytest.mark.parametrize("solver", [Never(), Zeros(), Timid()], ids=lambda solver: solver.key)
def test_the_law_catches(solver: Any) -> None:
    with pytest.raises(LawBroken, match=solver.key):
        agrees_with_exhaustion(solver, representatives())


def test_the_law_is_not_vacuous() -> None:
    for family in ([], [CNF(1, ())], [CNF(1, ((1,), (-1,)))]):
        with pytest.raises(LawBroken, match="vacuous"):
            agrees_with_exhaustion(Sat(), family)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "gave a NoneType, not a Decision"),
        (RuntimeError("no luck"), "raised RuntimeError: no luck"),
        (SystemExit(0), "raised SystemExit"),
        (Decision(Verdict.YES, "yes", (9, 9)), "which is no witness"),
        (Decision(Verdict.YES, "yes", ("a",)), "raised ValueError"),  # type: ignore[arg-type]
        (Decision(Verdict.NO, "no", failure=0.5), "may fail with 0.5"),
        (Decision(Verdict.NO, "no", failure=float("nan")), "may fail with nan"),
    ],
)
def test_foreign_solvers_are_verified(given: Any, said: str) -> None:
    class Foreign(Never):
        def solve(self, problem: Problem) -> Any:
            if isinstance(given, BaseException):
                raise given
            return given

    decision = verified(Foreign(), CNF(2, ((1,),)))
    assert decision.verdict is Verdict.UNKNOWN
    assert said in decision.reason


# --------------------------------------------------------------------------------------------------- proofs of UNSAT


def test_a_no_comes_with_a_checked_proof() -> None:
    for formula in (pigeonhole(3), pigeonhole(4), random_ksat(20, 140, 3, seed=1), CNF(1, ((1,), (-1,)))):
        decision = Sat().solve(formula)
        assert decision.verdict is Verdict.NO
        assert "DRUP proof" in decision.reason
    assert Sat().solve(CNF(3, ((1,), ()))).reason == "clause 2 is empty"


@pytest.mark.parametrize("proof", [[], ["1 0", "0"], ["0"], ["-1 0", "-2 0", "0"]])
def test_a_proof_that_does_not_follow_is_not_accepted(proof: list[str]) -> None:
    satisfiable = CNF(2, ((1, 2), (-1, 2)))
    decision = sat_module._checked(satisfiable, proof)
    assert (decision.verdict, decision.fault) == (Verdict.UNKNOWN, True)


def test_models_are_padded_to_the_header() -> None:
    decision = Sat().solve(CNF(7, ((2,), (-3,))))
    assert decision.witness is not None
    assert len(decision.witness) == 7
    assert decision.witness[1:3] == (1, 0)


# -------------------------------------------------------------------------------------------------- instances refused


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: OrthogonalVectors(BitMatrix.of(["01"]), BitMatrix.of(["011"])), "both lists need the same dimension"),
        (lambda: OrthogonalVectors(BitMatrix.zeros(0, 2), BitMatrix.of(["01"])), "each list needs at least one"),
        (lambda: GapHamming(BitMatrix.of(["01"]), BitMatrix.of(["01"]), 1, 1), "0 <= t < t2 <= d"),
        (lambda: GapHamming(BitMatrix.of(["01"]), BitMatrix.of(["01"]), 0, 3), "0 <= t < t2 <= d"),
        (lambda: GapHamming.with_eps(BitMatrix.of(["01"]), BitMatrix.of(["01"]), 0, 0.5), "give no gap"),
        (lambda: BalancedHamming(BitMatrix.of(["01"]), BitMatrix.of(["11"]), 0, 1), "row 0 of B has weight 2"),
        (lambda: BitMatrix.of([[0, 2]]), "only the integers 0 and 1"),
        (lambda: BitMatrix.of([[0.0, 1.0]]), "only the integers 0 and 1"),
        (lambda: BitMatrix.of([0, 1]), "two axes"),
        (lambda: BitMatrix(np.full((1, 1), 4, dtype=np.uint64), 2), "bits set past column"),
        (lambda: BitMatrix(np.zeros((1, 2), dtype=np.uint64), 2), "do not hold rows"),
        (lambda: BitMatrix.of(["01", "0"]), "rows of one length"),
        (lambda: OrthogonalVectors(BitMatrix.zeros(1, 0), BitMatrix.zeros(1, 0)), "d = 0 columns"),
        (lambda: GapHamming.with_eps(BitMatrix.of(["01"]), BitMatrix.of(["01"]), 1, float("inf")), "give no gap"),
        (lambda: CNF(-1, ()), "must not be negative"),
        (lambda: CNF(2, ((1,), (3,))), "clause 2 has the literal 3"),
    ],
)
def test_wrong_instances_are_refused(build: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        build()


def test_eps_is_read_as_it_is_meant() -> None:
    """(1 + 2/9) 9 = 11, although 2/9 is not a float."""
    zeros = BitMatrix.zeros(1, 40)
    for t in range(1, 20):
        for extra in range(1, 20):
            assert GapHamming.with_eps(zeros, zeros, t, extra / t).t2 == t + extra


def test_a_decision_is_shown_in_a_line() -> None:
    assert repr(Decision(Verdict.YES, "seen", (3,))) == "Decision(YES, 'seen', witness=(3,))"
    said = repr(Decision(Verdict.YES, "seen", (0, 1) * 20))
    assert said == f"Decision(YES, 'seen', witness=({'0, 1, ' * 10}... 40 in all))"
    assert repr(Decision(Verdict.NO, "none", failure=2**-30)) == "Decision(NO, 'none', failure=9.31e-10)"
    assert repr(Decision(Verdict.UNKNOWN, "broken", fault=True)) == "Decision(UNKNOWN, 'broken', fault=True)"
