"""Promises of gap problems at their very thresholds."""

from math import inf, nan

import numpy as np
import pytest

from instances.bits import BitMatrix
from instances.faults import BadInput
from instances.vectors import FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct, least_no


def row(ones: int, d: int = 6) -> BitMatrix:
    """One vector with so many ones."""
    return BitMatrix.of(np.arange(d)[None] < ones)


@pytest.mark.parametrize(("distance", "kept"), [(1, True), (2, True), (3, False), (4, True), (5, True)])
def test_a_row_at_a_threshold_keeps_the_promise(distance: int, kept: bool) -> None:
    """Between the thresholds 2 and 4, and there alone, no instance may be."""
    assert GapHamming(row(0), row(distance), 2, 4).promised() is kept
    assert FarHamming(row(0), row(distance), 4, 2).promised() is kept


def test_the_sides_of_the_thresholds() -> None:
    for distance in range(7):
        near, far = GapHamming(row(0), row(distance), 2, 4), FarHamming(row(0), row(distance), 4, 2)
        assert (near.reaches((0, 0)), near.accepts((0, 0))) == (distance <= 2, distance < 4)
        assert (far.reaches((0, 0)), far.accepts((0, 0))) == (distance >= 4, distance > 2)


@pytest.mark.parametrize(("t", "t2"), [(-1, 2), (3, 3), (4, 3), (3, 7)])
def test_each_condition_of_the_thresholds(t: int, t2: int) -> None:
    """0 <= t < t2 <= d for near pairs, the other way round for far ones; one condition broken at a time."""
    with pytest.raises(BadInput, match="0 <= t < t2 <= d"):
        GapHamming(row(0), row(1), t, t2)
    with pytest.raises(BadInput, match="0 <= t2 < t <= d"):
        FarHamming(row(0), row(1), t2, t)


def test_the_thresholds_at_their_ends() -> None:
    near, far = GapHamming(row(0), row(1), 0, 6), FarHamming(row(0), row(1), 6, 0)
    assert near.size == {**far.size, "t": 0, "t2": 6} == {"n": 1, "m": 1, "d": 6, "t": 0, "t2": 6}
    assert [ThresholdProduct(row(1), row(1), t).t for t in (1, 6)] == [1, 6]
    for t in (0, 7):
        with pytest.raises(BadInput, match=r"is in 1\.\.d"):
            ThresholdProduct(row(1), row(1), t)


@pytest.mark.parametrize(("t", "eps"), [(0, 0.5), (-1, 0.5), (1, 0.0), (1, -0.5), (1, inf), (1, nan)])
def test_each_condition_of_a_gap(t: int, eps: float) -> None:
    with pytest.raises(BadInput, match="give no gap"):
        GapHamming.with_eps(row(0), row(1), t, eps)
    assert GapHamming.with_eps(row(0), row(1), 1, 0.5).t2 == 2


@pytest.mark.parametrize(
    ("A", "B"), [(row(0, 5), row(0)), (row(0), row(0, 5)), (BitMatrix.zeros(0, 6), row(0)), (row(0), BitMatrix.zeros(0, 6))]
)
def test_each_condition_of_a_pair_of_lists(A: BitMatrix, B: BitMatrix) -> None:
    with pytest.raises(BadInput, match=r"both lists need the same dimension|each list needs at least one"):
        OrthogonalVectors(A, B)


def test_vectors_have_a_column() -> None:
    assert OrthogonalVectors(row(0, 1), row(1, 1)).accepts((0, 0))
    with pytest.raises(BadInput, match="vectors need at least one"):
        OrthogonalVectors(BitMatrix.zeros(1, 0), BitMatrix.zeros(1, 0))


@pytest.mark.parametrize("witness", [(), (0,), (0, 0, 0), (-1, 0), (2, 0), (0, -1), (0, 3)])
def test_each_condition_of_a_witness(witness: tuple[int, ...]) -> None:
    A, B = BitMatrix.zeros(2, 4), BitMatrix.zeros(3, 4)
    of = OrthogonalVectors(A, B), GapHamming(A, B, 1, 2), FarHamming(A, BitMatrix.of(["1111"] * 3), 4, 1)
    for problem in of:
        assert not problem.accepts(witness)
        assert problem.accepts((1, 2))
    for gap in of[1:]:
        assert not gap.reaches(witness)
        assert gap.reaches((1, 2))


@pytest.mark.parametrize("b", [1, 2, 3, 7, 9, 10, 64, 999, 1000])
def test_the_least_no_distance_of_a_fraction(b: int) -> None:
    """Of eps = a/b exactly, though a float may be no such fraction, as long as t b <= 9 10^8: nine digits tell them apart."""
    most = 9 * 10**8 // b
    for t in (1, 2, b, 9 * b, 255, most, most - 1, most - 2):
        for a in {1, 2, b // 2, b - 1, b, 3 * b + 1} - {0}:
            assert least_no(t, a / b) == max(t + 1, -(-(b + a) * t // b)), (t, a, b)


def test_the_least_no_distance_reads_nine_digits() -> None:
    """2/9 written with nine digits and rounded up is 2/9; of a larger t every further digit would count."""
    assert least_no(9, 0.222222223) == 11
    assert least_no(9, 0.2222222234) == 12
    assert least_no(10**9, 0.5) == 1_500_000_000 - 1
    assert least_no(7, 1e-12) == 8
    assert least_no(7, 1e300) == 2**62
