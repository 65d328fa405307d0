"""The compiled sums of monomials against numpy, by the definitions."""

from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest

from attention.columns import Columns
from attention.polynomial.answers import query_outputs
from attention.polynomial.monomials import monomials, rank
from attention.polynomial.sums import key_sums, query_sums, quotients
from instances.coded import Floats


def features(X: Floats, g: int) -> Floats:
    """Every monomial of degree <= g of every row, in the kernels' order: graded, children by their last variable."""
    d, found, last = X.shape[1], [np.ones(len(X))], [0]
    low = 0
    for _ in range(g):
        high = len(found)
        for p in range(low, high):
            for v in range(last[p], d):
                found.append(found[p] * X[:, v])
                last.append(v)
        low = high
    return np.stack(found, axis=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "d", "g", "v", "lowest"), [
    (1, 1, 1, 0, 1), (2, 1, 6, 1, 1), (777, 3, 4, 4, 1), (1030, 5, 3, 1, 2), (600, 1, 6, 8, 3), (65, 4, 1, 17, 1),
    (900, 2, 5, 9, 5), (513, 7, 2, 30, 1),
])  # fmt: skip
def test_monomial_sums(n: int, d: int, g: int, v: int, lowest: int, dtype: Any) -> None:
    rng = np.random.default_rng(n)
    X, V = rng.uniform(-1, 1, (n, d)), rng.normal(size=(n, v))
    centre, factor = rng.normal(size=d), rng.uniform(0.5, 1, d)
    columns, m = Columns(V, rng.normal(size=v), np.exp2(rng.integers(-3, 3, v).astype(float))), monomials(d, g)
    F = features((X - centre) * factor, g)
    assert F.shape[1] == rank(d, g) == len(m.last)
    y = np.zeros((n, columns.count))
    y[:, :v], y[:, v] = (V - columns.mean) / columns.unit, 1
    expected = F.T @ y
    expected[: m.starts[lowest]] = 0
    unit = 1e-6 if dtype is np.float32 else 1e-14
    size = np.abs(F).T @ np.abs(y) + 1
    assert (np.abs(key_sums(X, centre, factor, columns, m, lowest, dtype) - expected) <= 60 * unit * size).all()

    coefficients, sums = rng.normal(size=(len(m.last), columns.count)), np.ones((n, columns.count))
    query_sums(X - centre, factor, coefficients, columns, m, lowest, dtype, sums)
    coefficients[: m.starts[lowest]] = 0
    size = np.abs(F) @ np.abs(coefficients) + 1
    assert (np.abs(sums - 1 - F @ coefficients) <= 60 * unit * size).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "d", "g", "v"), [(1, 1, 1, 1), (777, 3, 3, 8), (2100, 2, 2, 17), (65, 9, 1, 3), (300, 8, 2, 0)])
def test_sums_and_quotients_in_one_pass(n: int, d: int, g: int, v: int, dtype: Any) -> None:
    rng = np.random.default_rng(n)
    Q, factor, m = rng.uniform(-1, 1, (n, d)), rng.uniform(0.5, 1, d), monomials(d, g)
    columns = Columns(np.empty((0, v)), rng.normal(size=v), rng.uniform(0.5, 2, v))
    coefficients = rng.uniform(-1, 1, (len(m.last), columns.count)) / len(m.last)
    constants = np.append(rng.uniform(-1, 1, v), np.full(columns.count - v, 3.0))
    for sums in (np.zeros((n, columns.count)), rng.uniform(0, 1, (n, columns.count))):
        given = sums.copy() if sums.any() else np.empty((0, columns.count))
        T, expected = np.full((n, v), np.nan), np.empty((n, v))
        query_outputs(Q, factor, coefficients, columns, m, 1, dtype, given, constants, T)
        query_sums(Q, factor, coefficients, columns, m, 1, dtype, sums)
        quotients(sums, constants, columns.unit, columns.mean, expected)
        assert np.allclose(T, expected, rtol=0, atol=1e-12)


def test_monomials_of_degree_three_in_two_variables() -> None:
    m = monomials(2, 3)
    exponents = [tuple(c.count(v) for v in (0, 1)) for k in range(4) for c in combinations_with_replacement((0, 1), k)]
    assert exponents == [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3)]
    assert m.multiplicity.tolist() == [1, 1, 1, 1, 2, 1, 1, 3, 3, 1]
    assert m.degree.tolist() == [0, 1, 1, 2, 2, 2, 3, 3, 3, 3]


def test_quotients() -> None:
    sums = np.array([[2.0, 4.0, 8.0, 0.0], [1.0, -1.0, 2.0, 0.0]])
    constants = np.array([1.0, 0.0, 2.0, 7.0])
    for given, mean, expected in (
        (0 * constants, [10.0, 0.0], [[10.25, 1.0], [10.5, -1.0]]),
        (constants, [0.0, 0.0], [[0.3, 0.8], [0.5, -0.5]]),
    ):
        result = np.empty((2, 2))
        quotients(sums, given, np.array([1.0, 2.0]), np.array(mean), result)
        assert result.tolist() == expected
