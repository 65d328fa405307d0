"""The compiled sums of exact attention against numpy, by the definitions."""

from math import e, log2
from typing import Any

import numpy as np
import pytest

from attention.columns import TILE, Columns
from attention.exact.exponentials import exponentiate
from attention.fused import fused_sums
from instances.coded import Floats

E = log2(e)


def plain_columns(V: Floats) -> Columns:
    return Columns(V, np.zeros(V.shape[1]), np.ones(V.shape[1]))


@pytest.mark.parametrize("bounded", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "m", "d", "v"), [
    (1, 1, 1, 1), (3, 5, 2, 0), (1001, 3 * TILE + 7, 8, 8), (130, TILE, 3, 1), (10, 17, 16, 17), (257, 2 * TILE - 1, 40, 33),
])  # fmt: skip
def test_fused_sums(n: int, m: int, d: int, v: int, dtype: Any, bounded: bool) -> None:
    rng = np.random.default_rng(n)
    Q, K, V = rng.normal(size=(n, d)), rng.normal(size=(m, d)), rng.normal(size=(m, v))
    factor = (0.3 if bounded else 8) * E / d
    sums = fused_sums(Q, K, factor, plain_columns(V), dtype, bounded)
    scores = factor * Q @ K.T
    weights = np.exp2(scores - scores.max(axis=1, keepdims=True))
    expected = weights @ V / weights.sum(axis=1, keepdims=True)
    tolerance = 1e-4 if dtype is np.float32 else 1e-13
    assert np.abs(sums[:, :v] / sums[:, v : v + 1] - expected).max(initial=0) < tolerance * (1 + np.abs(scores).max())
    assert (sums[:, v + 1 :] == 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("m", [1, TILE - 1, TILE, TILE + 1, 2 * TILE + 3])
def test_what_fills_the_last_tile_is_no_peak(m: int, dtype: Any) -> None:
    """All scores are far below 0: were it zeros that fill the tile, their peak would leave no weight to the keys."""
    Q, K, V = np.ones((3, 1)), -5000 - np.arange(m, dtype=float)[:, None], np.arange(m, dtype=float)[:, None]
    sums = fused_sums(Q, K, 1.0, plain_columns(V), dtype, False)
    weights = 0.5 ** np.arange(m)
    assert sums[:, 0] / sums[:, 1] == pytest.approx(np.full(3, weights @ V[:, 0] / weights.sum()), rel=1e-6)


@pytest.mark.parametrize("bounded", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "m", "v"), [(1, 1, 1), (301, 2 * TILE + 9, 3), (130, 3 * TILE, 1)])
def test_fused_sums_over_intervals(n: int, m: int, v: int, dtype: Any, bounded: bool) -> None:
    """Rows that see one key, all, none, across tiles; what is hidden may hold anything, and the sums of no keys are 0."""
    rng = np.random.default_rng(n)
    for kind in range(4):
        Q, K, V = rng.normal(size=(n, 3)), rng.normal(size=(m, 3)), rng.normal(size=(m, v))
        first, last = rng.integers(0, m, n), rng.integers(1, m + 1, n)
        start = (np.zeros(n, np.int64), np.minimum(first, last), np.minimum(np.arange(n), m - 1), np.full(n, m // 2))[kind]
        stop = (np.minimum(np.arange(n), m), np.maximum(first, last), np.minimum(np.arange(n), m - 1) + 1, last)[kind]
        start, stop = np.where(stop > start, (start, stop), 0)
        seen = (np.arange(m) >= start[:, None]) & (np.arange(m) < stop[:, None])
        V[~seen.any(axis=0)] = 1e30
        K[~seen.any(axis=0)] = 9 if bounded else 1e3
        factor = (0.3 if bounded else 8) * E / 3
        sums = fused_sums(Q, K, factor, plain_columns(V), dtype, bounded, np.stack([start, stop], axis=1))
        scores = np.where(seen, factor * Q @ K.T, -np.inf)
        with np.errstate(invalid="ignore"):
            weights = np.where(seen, np.exp2(scores - scores.max(axis=1, keepdims=True)), 0)
            expected = weights @ V / weights.sum(axis=1, keepdims=True)
            found = sums[:, :v] / sums[:, v : v + 1]
        blind = ~seen.any(axis=1)
        assert (sums[blind] == 0).all()
        tolerance = (1e-4 if dtype is np.float32 else 1e-13) * (1 + np.abs(scores[seen]).max(initial=0))
        assert np.abs(found - expected)[~blind].max(initial=0) < tolerance


def test_padding_does_not_raise_the_peak() -> None:
    """All scores far below 0: zeros in place of missing keys would put the peak at 0 and every weight under it."""
    sums = fused_sums(
        np.ones((1, 1)), np.full((3, 1), -5000.0), 1.0, plain_columns(np.array([[1.0], [2.0], [6.0]])), np.float64, False
    )
    assert sums[0, 0] / sums[0, 1] == 3.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exponentiate(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    first, second = (rng.normal(0, 40, (5, 64)).astype(dtype) for _ in range(2))
    peak, factor, mass = np.full(5, -np.inf, dtype), np.empty(5), np.empty(5)
    block = first.copy()
    exponentiate(block, peak, factor, mass)
    assert (peak == first.max(axis=1)).all()
    assert (factor == 0).all()
    assert np.allclose(block, np.exp2(np.maximum(first - peak[:, None], -126.0)), rtol=1e-5, atol=1e-37)
    before = peak.copy()
    exponentiate(second.copy(), peak, factor, mass)
    assert (peak == np.maximum(before, second.max(axis=1))).all()
    assert np.allclose(factor, np.exp2(before.astype(float) - peak), rtol=1e-15)
    assert np.allclose(mass, np.exp2((second - peak[:, None]).astype(float)).sum(axis=1), rtol=1e-5)
