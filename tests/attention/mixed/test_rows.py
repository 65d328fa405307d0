"""Passes over the rows of a split against NumPy."""

from dataclasses import replace

import numpy as np
import pytest

from attention.blocks import Whole
from attention.exact.partial import Partial, merged, quotient
from attention.mixed.rows import CHUNK, lengths, merge, taken
from attention.polynomial.polynomial import Polynomial
from instances.task import Attention


@pytest.mark.parametrize("d", [1, 5])
@pytest.mark.parametrize("n", [1, 7, CHUNK, CHUNK + 1, 2 * CHUNK + 3])
def test_rows(n: int, d: int) -> None:
    rng = np.random.default_rng(n)
    X, centre, rows = rng.normal(size=(n, d)), rng.normal(size=d), np.sort(rng.permutation(n)[: n // 2 + 1])
    assert np.array_equal(taken(X, rows), X[rows])
    assert np.allclose(lengths(X, centre), np.linalg.norm(X - centre, axis=1), rtol=1e-14)
    assert lengths(np.full((2, d), 1e200), centre).tolist() == [np.inf, np.inf]


@pytest.mark.parametrize("v", [1, 4])
@pytest.mark.parametrize("some", [False, True])
def test_merging(some: bool, v: int) -> None:
    """As `exact.partial.merged` does it, and without other keys."""
    rng = np.random.default_rng(v)
    n, d, count, scale = 2 * CHUNK + 1, 3, 70, 0.4
    Q, V = rng.normal(size=(n, d)), rng.normal(size=(90, v))
    plan = Polynomial(1e-3).plan_over(Whole(Attention(Q[:300] / 9, rng.normal(size=(90, d)), V, 1.0)))
    plan = replace(plan, scores=replace(plan.scores, centre=rng.normal(size=d)))
    columns, sums = plan.columns, rng.uniform(0, 1, (n, plan.columns.count))
    rows = np.sort(rng.permutation(n + 50)[:n])
    T = np.full((n + 50, v), np.nan)
    heavy: Partial = rng.normal(size=n) * 5, rng.uniform(1, 2, n), rng.normal(size=(n, v))
    merge(plan, count, scale, Q, sums, heavy if some else None, rows, T)
    found = sums + plan.P.coefficients[0] * plan.constants
    peak = scale * (Q @ plan.scores.centre) / np.log(2)
    light: Partial = peak, count * found[:, v], count * found[:, :v] * columns.unit
    expected = quotient(merged(light, heavy) if some else light) + columns.mean
    assert np.allclose(T[rows], expected, rtol=1e-10)
    assert np.isnan(np.delete(T, rows, axis=0)).all()
