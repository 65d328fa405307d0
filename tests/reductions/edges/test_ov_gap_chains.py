"""Whole chains through ov-gap decide, from formulas and vectors to attention and back."""

from typing import Any

import numpy as np
import pytest

from attention import Softmax
from instances.anyof import AnyOf
from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.families import planted_ov, random_ksat, random_ov
from instances.problem import Problem
from instances.vectors import GapHamming, OrthogonalVectors
from reductions.chain import Chain
from reductions.edges.cnf_ov import CnfOv
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.ov_gap import OvGap
from solvers import ExhaustiveHamming, Threshold, Through, Verdict
from tests.support.gaps import drawn
from tests.support.tiny import representatives, satisfiable

# ------------------------------------------------------------------------------------------------ whole chains

ALGORITHM = Threshold(Softmax())


def expected(problem: Problem) -> Verdict:
    return Verdict.YES if any(map(problem.accepts, problem.witnesses())) else Verdict.NO


def decides(chain: Chain, problems: list[Any], solver: Any = ALGORITHM) -> dict[Verdict, int]:
    """Every verdict is the truth, every YES brings a witness; how many of each."""
    counts = {Verdict.YES: 0, Verdict.NO: 0}
    for problem in problems:
        decision = Through(chain, solver).solve(problem)
        assert decision.verdict is expected(problem), (problem, decision)
        assert decision.witness is None or problem.accepts(decision.witness)
        counts[decision.verdict] += 1
    return counts


@pytest.mark.slow
def test_tiny_formulas_to_attention_and_back() -> None:
    """Every third of the 504 formulas over 3 variables."""
    formulas = representatives()[::3]
    assert {satisfiable(formula) for formula in formulas} == {True, False}
    counts = decides(Chain((CnfOv(), OvGap(), HammingAttention())), list(formulas))
    assert sum(counts.values()) == 168


@pytest.mark.parametrize("m", range(1, 9))
def test_random_formulas_to_attention_and_back(m: int) -> None:
    """Up to 8 clauses over 3 to 6 variables; narrow clauses, so that some are unsatisfiable."""
    formulas = [random_ksat(n, m, k, seed=10 * m + n) for n in (3, 4, 6) for k in (1, 2, 3)]
    counts = decides(Chain((CnfOv(), OvGap(), HammingAttention())), formulas)
    assert counts[Verdict.YES] > 0
    assert counts[Verdict.NO] > 0 or m < 4


@pytest.mark.parametrize("d", range(1, 13))
def test_vectors_to_attention_and_back(d: int) -> None:
    density = 0.9 if d < 4 else 0.75
    problems = [random_ov(3, 4, d, density, seed=seed) for seed in range(3)]
    problems += [planted_ov(3, 4, d, density, seed=3), random_ov(3, 4, d, 1.0, seed=0)]
    counts = decides(Chain((OvGap(), HammingAttention())), problems)
    assert counts[Verdict.YES] > 0
    assert counts[Verdict.NO] > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reduction", "d"),
    [
        (OvGap("projective"), 6),
        (OvGap("hermitian", q=4), 4),
        (OvGap(T=2, k=2, q=5, L=5), 4),
        (OvGap(T=4, k=3, q=7, L=7), 12),
    ],
    ids=str,
)
def test_other_codes_to_attention_and_back(reduction: OvGap, d: int) -> None:
    counts = decides(Chain((reduction, HammingAttention())), drawn(d, 6, 3))
    assert min(counts.values()) > 0


def test_a_no_needs_every_message() -> None:
    """A YES instance is a NO in every member but those of its orthogonal pairs' honest messages."""
    problem = OrthogonalVectors(BitMatrix.of(["110101"]), BitMatrix.of(["001010"]))
    trace = Chain((OvGap("projective"), HammingAttention())).trace(problem)
    members = trace[1].problem
    assert isinstance(members, AnyOf)
    verdicts = []
    for index in range(members.count):
        member = members.member(index)
        assert isinstance(member, GapHamming)
        verdicts.append(ExhaustiveHamming().solve(member).verdict)
    assert verdicts.count(Verdict.YES) == 1
    assert verdicts.index(Verdict.YES) == OvGap("projective").forth(problem, (0, 0))[0]
    assert len(verdicts) == 27


def test_the_chain_takes_a_witness_both_ways() -> None:
    formula = CNF(4, ((1, 2), (-1, 3), (-2, -3, 4), (2, -4)))
    chain = Chain((CnfOv(), OvGap(), HammingAttention()))
    trace = chain.trace(formula)
    for model in filter(formula.accepts, formula.witnesses()):
        witness = chain.forth(trace, model)
        assert trace[-1].problem.reaches(witness)
        back = chain.back(trace, witness)
        assert isinstance(back, tuple)
        assert formula.accepts(back)


def test_rows_beyond_one_block_of_unpacking() -> None:
    """More rows than are unpacked at a time: the same strings as row by row."""
    problem = random_ov(4100, 2, 6, seed=9)
    whole = OvGap("projective").apply(problem).member(5)
    few = OvGap("projective").apply(OrthogonalVectors(BitMatrix(problem.A.words[4090:].copy(), 6), problem.B)).member(5)
    assert isinstance(whole, GapHamming)
    assert isinstance(few, GapHamming)
    assert np.array_equal(whole.A.words[4090:], few.A.words)
    assert whole.B == few.B
