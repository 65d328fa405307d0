"""The bound `gradient errors`, written down a second time, and the passes at sizes where blocks end."""

from math import exp, expm1

import numpy as np
import pytest

from attention.exact.gradients import NOTHING, gradients
from attention.exact.streaming import BLOCK, ROW_BLOCK
from attention.rounding import Rounding
from instances.coded import Floats
from instances.task import Attention


def drawn(n: int, m: int, d: int, v: int, scale: float, size: float = 1.0, seed: int = 0) -> tuple[Attention, Floats]:
    rng = np.random.default_rng(seed)
    Q, K, V = (size * rng.normal(size=shape) for shape in ((n, d), (m, d), (m, v)))
    return Attention(Q, K, V, scale), size * rng.normal(size=(n, v))


def dense(inputs: Attention, dO: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """P, dQ, dK and dV by the formulas, all at once."""
    Q, K, V = inputs.queries(slice(None)), inputs.keys(slice(None)), inputs.V
    scores = inputs.scale * Q @ K.T
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    P = weights / weights.sum(axis=1, keepdims=True)
    slopes = dO @ V.T
    dS = P * (slopes - (P * slopes).sum(axis=1, keepdims=True))
    return P, inputs.scale * dS @ K, inputs.scale * dS.T @ Q, P.T @ dO


SIZES = [(1, 1, 1, 1, 1.0), (3, 5, 2, 3, -0.4), (7, 4, 1, 2, 2.0), (ROW_BLOCK + 1, 3, 2, 1, 0.5), (2, BLOCK + 1, 1, 1, 0.3)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "m", "d", "v", "scale"), SIZES)
@pytest.mark.parametrize("size", [1e-4, 1.0, 3.0])
def test_the_bounds_are_those_of_the_derivation(
    n: int, m: int, d: int, v: int, scale: float, size: float, dtype: type[np.floating]
) -> None:
    """Where what is flushed to 0 does not count."""
    inputs, dO = drawn(n, m, d, v, scale, size)
    found, errors = gradients(inputs, dO, dtype)
    P, *right = dense(inputs, dO)
    Q, K, V = np.abs(inputs.queries(slice(None))), np.abs(inputs.keys(slice(None))), np.abs(inputs.V)
    of, u, u64 = Rounding.of(inputs, dtype, BLOCK), float(np.finfo(dtype).eps) / 2, 2.0**-53

    def gamma(k: float, u: float) -> float:
        return k * u / (1 - k * u)

    assert of.u == u
    blocks = -(-max(n, m) // BLOCK)
    E = 2 * of.a + 6 * u + gamma(BLOCK + 2, u) + gamma(blocks + 8, u64)
    q = expm1(2 * of.a) + 4 * u
    kappa = q + (1 + q) * (gamma(v + 12, u) + gamma(v + 4, u64))
    sigma = 2 * expm1(E) + exp(E) * kappa
    A = np.abs(dO) @ V.max(axis=0)
    entries = (1 + Q.max()) * (1 + K.max()) * (1 + of.largest) * (1 + np.abs(dO).max()) * (1 + abs(scale))
    flushed = 64 * of.tiny * (n + m + v + d + 32) ** 3 * entries
    bounds = (
        abs(scale) * sigma * A.max() * K.max(),
        abs(scale) * sigma * exp(E) * float((P.T @ (A * Q.max(axis=1))).max()),
        expm1(E) * exp(E) * float((P.T @ np.abs(dO).max(axis=1)).max()),
    )
    for given, bound, one, other in zip(errors, bounds, found, right, strict=True):
        assert bound + flushed / 1.01 <= 1.001 * given
        assert given <= 1.001 * bound + 1.01 * (1 + abs(scale) * sigma + expm1(E)) * flushed
        assert np.abs(one - other).max() <= given + 1e-13 * size**3


def test_nothing_is_proved_where_products_may_overflow() -> None:
    inputs, dO = drawn(2, 3, 1, 1, 1.0)
    huge = Attention(inputs.Q, inputs.K, 1e30 * inputs.V, 1.0)
    assert gradients(huge, 1e30 * dO, np.float32)[1] == NOTHING
    assert np.isfinite(gradients(huge, 1e30 * dO, np.float64)[1]).all()
    far = 1e3 * np.ones((2, 1)), 1e3 * np.ones((3, 1))
    of, errors = gradients(Attention(*far, inputs.V, 1e3), dO, np.float32)
    assert errors == NOTHING
    assert not any(part.any() for part in of)


@pytest.mark.parametrize("size", [2.0**-40, 2.0**40])
def test_results_and_bounds_follow_the_size_of_dO(size: float) -> None:
    inputs, dO = drawn(5, 7, 3, 2, 0.7)
    found, errors = gradients(inputs, dO, np.float64)
    others, larger = gradients(inputs, size * dO, np.float64)
    assert all(np.array_equal(size * one, other) for one, other in zip(found, others, strict=True))
    assert np.allclose(size * np.array(errors), larger, rtol=1e-9)
