"""The compiled sums of exact attention against numpy, by the definitions."""

from math import e, log2
from typing import Any

import numpy as np
import pytest

from attention.columns import TILE, Columns
from attention.exact.exponentials import exponentiate, fused_sums
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
