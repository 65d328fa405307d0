"""The extents of rows against numpy, whatever number of rows a strip takes and how many are left over."""

from math import inf

import numpy as np
import pytest

from attention.extents import deviations, extents, largest_norm
from instances.coded import column_bounds, column_extremes, wide_rows


@pytest.mark.parametrize("d", [1, 3, 8, 63, 64, 65, 200])
@pytest.mark.parametrize("n", [1, 7, 64, 200, 1001])
def test_extents(n: int, d: int) -> None:
    rng = np.random.default_rng(n)
    X, centre, unit = rng.normal(size=(n, d)), rng.normal(size=d), rng.uniform(1, 2, d)
    found = extents(X)
    assert np.array_equal(found[:2], [X.min(axis=0), X.max(axis=0)])
    assert np.allclose(found[2], X.mean(axis=0), rtol=1e-12, atol=1e-15)
    assert np.isclose(largest_norm(X, centre, unit), np.linalg.norm((X - centre) * unit, axis=1).max(), rtol=1e-12)
    assert np.array_equal(column_extremes(X), [X.min(axis=0), X.max(axis=0)])
    assert np.array_equal(column_bounds(X), np.abs(X).max(axis=0))
    y = (X - centre) * unit
    found = deviations(X, centre, unit)
    assert np.array_equal(found[:2], [X.min(axis=0), X.max(axis=0)])
    assert np.allclose(found[2:], [y.sum(axis=0), np.abs(y).sum(axis=0)], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("i", [0, 5, 63, 64, 127, 128])
def test_no_row_is_left_out_nor_counted_twice(i: int) -> None:
    """129 rows of one column: two strips, and one row over."""
    assert wide_rows(129, 1) == (128, 64)
    assert wide_rows(129, 65) == (129, 1)
    assert wide_rows(129, 48) == (128, 2)
    X = np.zeros((129, 1))
    X[i] = 129.0
    assert extents(X).tolist() == [[0.0], [129.0], [1.0]]
    assert [x.tolist() for x in column_extremes(X)] == [[0.0], [129.0]]
    assert (column_bounds(X).tolist(), column_bounds(-X).tolist()) == ([129.0], [129.0])
    assert extents(-X).tolist() == [[-129.0], [0.0], [-1.0]]
    assert deviations(X, np.ones(1), np.full(1, 2.0)).tolist() == [[0.0], [129.0], [256.0 - 256.0], [256.0 + 256.0]]


def test_values_without_columns_and_no_rows() -> None:
    none = np.empty((70, 0))
    assert [x.shape for x in column_extremes(none)] == [(0,), (0,)]
    assert [x.tolist() for x in column_extremes(np.empty((0, 2)))] == [[inf, inf], [-inf, -inf]]
    assert column_bounds(np.empty((0, 2))).tolist() == [0.0, 0.0]
    assert deviations(none, np.empty(0), np.empty(0)).shape == (4, 0)


def test_a_mean_beyond_float64() -> None:
    X = np.full((100, 2), 1.7e308)
    assert np.allclose(extents(X)[2], 1.7e308)
    X[:, 1] = inf
    assert extents(X)[1].tolist() == [1.7e308, inf]
