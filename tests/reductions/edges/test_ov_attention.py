"""Orthogonal vectors to attention: the constants are those of the statement, and both bounds are attained."""

from fractions import Fraction
from math import e

import numpy as np
import pytest
from flint import arb

from instances.bits import BitMatrix
from instances.exact import precision
from instances.vectors import OrthogonalVectors
from reductions.edges.ov_attention import OvAttention


@pytest.mark.parametrize("R0", [1.001, 2.0, 16.0, 1e9])
@pytest.mark.parametrize(("m", "d"), [(1, 1), (3, 5), (1000, 64)])
def test_the_constants(m: int, d: int, R0: float) -> None:
    """e^C = m R0, B^2 = d C; the thresholds are 1/(R0 + 1) and 1/2, each moved inwards by 2^-20."""
    of = OvAttention(R0).constants({"n": 2, "m": m, "d": d})
    assert of.keys() == {"C", "B", "low", "high"}
    assert e ** of["C"] == pytest.approx(m * R0, rel=1e-12)
    assert of["B"] ** 2 == pytest.approx(d * of["C"], rel=1e-12)
    assert of["low"] * (R0 + 1) == pytest.approx(1 + 2**-20, rel=1e-12)
    assert Fraction(of["high"]) == Fraction(2**20 - 1, 2**21)
    assert OvAttention(R0).size({"n": 2, "m": m, "d": d}) == {"n": 2, "m": m + 1, "d": d, "rows": 2}


@pytest.mark.parametrize("R0", [1.5, 16.0])
@pytest.mark.parametrize("m", [1, 7])
def test_both_bounds_are_attained(m: int, R0: float) -> None:
    """By keys that all meet the query in one column, and by a single orthogonal key that has no other beside it."""
    common, apart = np.arange(3) == np.zeros((m, 1)), np.zeros((1, 3), dtype=np.bool_)
    no = OvAttention(R0).apply(OrthogonalVectors(BitMatrix.of(common[:1]), BitMatrix.of(common)))
    yes = OvAttention(R0).apply(OrthogonalVectors(BitMatrix.of(common[:1]), BitMatrix.of(apart)))
    with precision():
        assert abs(float(no.output(0) * (arb(R0) + 1)) - 1) < 1e-12
        assert abs(float(yes.output(0) * 2) - 1) < 1e-12
    assert (no.reaches((0,)), no.accepts((0,)), yes.reaches((0,))) == (False, False, True)


def test_witnesses_there_and_back() -> None:
    problem = OrthogonalVectors(BitMatrix.of(["11", "01"]), BitMatrix.of(["11", "01", "10"]))
    assert OvAttention().forth(problem, (1, 2)) == (1,)
    assert OvAttention().back(problem, (1,)) == (1, 2)


def test_the_default_ratio() -> None:
    assert OvAttention().R0 == 16
