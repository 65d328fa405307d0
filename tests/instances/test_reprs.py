"""What instances are called where they are printed: tiny ones so that they can be made again, others by their sizes."""

from typing import Any

import numpy as np
import pytest

from instances.anyof import AnyOf
from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.coded import Coded
from instances.families import random_ksat
from instances.mechanism import SOFTMAX, Mechanism
from instances.problem import Problem
from instances.task import Attention, AttentionTask
from instances.vectors import BalancedHamming, FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct


def of(Q: Any, K: Any, V: Any, scale: float, mechanism: Mechanism = SOFTMAX) -> Attention:
    return Attention(Q, K, V, scale, mechanism)


A, B = BitMatrix.of(["0110", "1010"]), BitMatrix.of(["1100"])
TINY = [
    CNF(2, ((1, -2), ())),
    CNF(0, ()),
    OrthogonalVectors(A, B),
    GapHamming(A, B, 1, 3),
    BalancedHamming(A, B, 1, 3),
    FarHamming(A, B, 3, 1),
    ThresholdProduct(A, B, 1),
    AttentionTask(of([[0.5], [1.0]], [[0.1], [2]], [[1.0], [0.0]], 0.5), 0.2, 0.8, 2, logarithmic=True),
    AttentionTask(of([[0.5]], [[0.1]], [[1.0]], 0.5, Mechanism.of("exp[window=1]")), 0.2, 0.8, 1),
]
WIDE = BitMatrix.zeros(71, 59)


@pytest.mark.parametrize("problem", TINY, ids=lambda problem: problem.called)
def test_a_tiny_instance_is_made_again_by_its_repr(problem: Problem) -> None:
    again = eval(repr(problem))
    assert (type(again), again.identity) == (type(problem), problem.identity)
    assert repr(again) == repr(problem)


@pytest.mark.parametrize(("thing", "said"), [
    (random_ksat(20, 85, 3, seed=1), "CNF(20 variables, 85 clauses, k = 3)"),
    (GapHamming(WIDE, BitMatrix.zeros(24, 59), 8, 10), "GapHamming(71 x 24, d = 59, t = 8, t2 = 10)"),
    (OrthogonalVectors(WIDE, WIDE), "OrthogonalVectors(71 x 71, d = 59)"),
    (AnyOf(CNF, 8, lambda i: CNF(1, ())), "AnyOf(8 of CNF)"),
    (WIDE, "BitMatrix(71 x 59)"),
    (Coded(WIDE, np.zeros(59), np.ones(59)), "Coded(71 x 59)"),
    (of([[0.5]] * 60, [[1.0]] * 7, [[0.0]] * 7, 0.25), "Attention(60 x 7, d = 1, v = 1, scale = 0.25)"),
    (
        AttentionTask(of([[0.5]] * 60, [[1.0]] * 7, [[0.0]] * 7, 1, Mechanism.of("exp")), -1, 1, 6),
        "AttentionTask(60 x 7, d = 1, rows = 6, low = -1, high = 1)",
    ),
])  # fmt: skip
def test_larger_things_are_called_by_their_sizes(thing: object, said: str) -> None:
    assert repr(thing) == said
