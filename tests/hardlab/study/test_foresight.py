"""What polynomial needs, at the ends of the ranges in which it is asked."""

from math import comb, isnan, nan

import numpy as np
import pytest

from attention import Polynomial
from attention.costs import softmax_seconds
from attention.polynomial.plan import MAX_RANGE
from attention.polynomial.polynomial import approximation
from hardlab.study import foresight
from hardlab.study.foresight import GRID, SPREAD, least_polynomial, rank_boundary, rank_needed, time_boundary
from tests.support.kept import Keeper, shown


def test_the_grid() -> None:
    assert GRID[0] == 2.0**-6
    assert GRID[-1] <= MAX_RANGE < GRID[-1] * 2 ** (1 / 32)
    np.testing.assert_allclose(np.diff(np.log2(GRID)), 1 / 32)


@pytest.mark.parametrize("error", [0.5, 1e-2, 1e-6])
@pytest.mark.parametrize("M", [2.0**-6, 1.0, 3.7])
def test_the_least_degree_that_is_enough(M: float, error: float) -> None:
    algorithm = Polynomial(error)
    P = least_polynomial(algorithm, M)
    assert P is not None
    assert approximation(P, SPREAD) <= error
    for g in algorithm.degrees:
        if g < P.g:
            assert approximation(algorithm.expansion(M, g), SPREAD) > error
    assert rank_needed(5, M, error) == comb(5 + P.g, P.g)
    wide = least_polynomial(algorithm, M, 100 * SPREAD)
    assert wide is None or wide.g >= P.g


def test_beyond_the_range_there_is_none() -> None:
    algorithm = Polynomial(0.9)
    assert least_polynomial(algorithm, np.nextafter(MAX_RANGE, 99)) is None
    assert least_polynomial(algorithm, nan) is None
    at = least_polynomial(algorithm, MAX_RANGE)
    assert (at is None) == all(approximation(algorithm.expansion(MAX_RANGE, g), SPREAD) > 0.9 for g in algorithm.degrees)
    assert at is not None
    assert rank_needed(2, MAX_RANGE, 0.9) == comb(2 + at.g, 2)
    assert rank_needed(2, 1.01 * MAX_RANGE, 0.9) is None


@pytest.mark.parametrize("rank", [9, 45, 165, 500, 10**30])
def test_the_contour_of_a_rank(rank: int) -> None:
    """The last of the grid whose rank is at most n."""
    found = rank_boundary(rank, 8, 1e-2)
    at = rank_needed(8, found, 1e-2)
    assert at is not None
    assert at <= rank
    for M in GRID[GRID.index(found) + 1 :][:1]:
        beyond = rank_needed(8, M, 1e-2)
        assert beyond is None or beyond > rank


def test_no_rank_is_less_than_one() -> None:
    assert isnan(rank_boundary(0.5, 8, 1e-2))


def test_a_rank_that_is_n_is_within() -> None:
    r = rank_needed(8, 1.0, 1e-2)
    assert r is not None
    assert rank_boundary(r, 8, 1e-2) >= 1.0
    assert rank_boundary(r - 1, 8, 1e-2) < 1.0 or isnan(rank_boundary(r - 1, 8, 1e-2))


@pytest.mark.parametrize("n", [2**12, 2**14])
def test_the_contour_of_equal_times(n: int) -> None:
    found = time_boundary(n, 8, 1e-3)
    by_definition = softmax_seconds(n, n, 8, 8, "float64")
    for M in (GRID[0], found, GRID[GRID.index(found) + 1]):
        plan = foresight._typical(n, 8, M, 1e-3)
        faster = plan is not None and plan.seconds(n, n, 8) <= by_definition
        assert faster == (found >= M)


def test_what_can_not_be_promised_is_not_faster() -> None:
    assert foresight._typical(2**20, 8, GRID[0], 1e-30) is None
    assert isnan(time_boundary(2**20, 8, 1e-30))


def test_what_is_foreseen_of_typical_entries() -> None:
    plan = foresight._typical(2**12, 6, 2.0, 1e-3)
    assert plan is not None
    assert plan.r == comb(6 + plan.g, plan.g)
    assert foresight._typical(2**12, 6, np.nextafter(MAX_RANGE, 99), 1e-3) is None
    assert foresight._typical(2**12, 6, 2.0, 1e-30) is None
    assert foresight._typical(2**12, 2, MAX_RANGE, 0.9) is not None


def test_plans_of_typical_entries_are_kept(kept: Keeper) -> None:
    lines = []
    for n, d, M, error in ((2**12, 6, 2.0, 1e-3), (2**8, 1, 0.1, 1e-9), (2**20, 16, 7.0, 1e-2), (2**16, 8, 1.0, 1e-6)):
        lines.append(shown(foresight._typical(n, d, M, error)))
    assert all("g=" in line for line in lines)
    kept("\n".join(lines))
