"""The bound `gradient errors`, written down a second time, and the passes at sizes where blocks end."""

from math import exp, expm1

import numpy as np
import pytest

from attention.exact.gradients import NOTHING, _Bounds, gradients
from attention.exact.streaming import BLOCK, ROW_BLOCK
from attention.rounding import Rounding
from instances.coded import Floats
from instances.task import Attention
from tests.support.dense import dense


def drawn(n: int, m: int, d: int, v: int, scale: float, size: float = 1.0, seed: int = 0) -> tuple[Attention, Floats]:
    rng = np.random.default_rng(seed)
    Q, K, V = (size * rng.normal(size=shape) for shape in ((n, d), (m, d), (m, v)))
    return Attention(Q, K, V, scale), size * rng.normal(size=(n, v))


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
    P, _, *right = dense(inputs, dO)
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


def proved(dtype: type[np.floating], V: tuple[float, int] = (0, 1), /, **of: float) -> bool:
    """Whether anything is for one query (q), one key (k) and one value, of so many columns."""
    inputs = Attention(
        np.array([[of.get("q", 0.0)]]), np.array([[of.get("k", 0.0)]]), np.full((1, V[1]), V[0]), of.get("scale", 1.0)
    )
    return _Bounds.of(inputs, np.array([[of.get("dO", 1.0)]]), dtype, np.array([of.get("A", 1.0)])) is not None


@pytest.mark.parametrize("of", ["q", "k", "scale", "dO", "A"])
def test_sums_are_below_a_64th_of_the_largest_number(of: str) -> None:
    """Of one query and one key twice the largest of dO and A, times that of Q and K, times the scale."""
    for dtype, power in ((np.float32, 121), (np.float64, 1017)):
        assert proved(dtype, **{of: 0.995 * 2.0**power})
        assert not proved(dtype, **{of: 2.0**power})


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_64th_itself_is_not_below_it(dtype: type[np.floating]) -> None:
    largest = float(np.finfo(dtype).max) / 128
    assert not proved(dtype, dO=largest)
    assert proved(dtype, dO=np.nextafter(largest, 0.0))


def test_reach_is_a_product() -> None:
    """2 * 2^40 * 2^40 * 2^41 is 2^122."""
    for sides in ({"q": 2.0**40}, {"k": 2.0**40}):
        assert proved(np.float32, dO=2.0**40, scale=0.995 * 2.0**41, **sides)
        assert not proved(np.float32, dO=2.0**40, scale=2.0**41, **sides)


def test_values_have_so_many_columns_that_their_roundings_stay_below_a_tenth() -> None:
    """u (BLOCK + v + 12) < 0.1, u = 2^-24: BLOCK + v + 12 is at most 1,677,721."""
    most = 1_677_721 - 12 - BLOCK
    assert proved(np.float32, (0, most))
    assert not proved(np.float32, (0, most + 1))


def test_scores_are_off_by_at_most_1() -> None:
    """By (d + 6) u S + 4 u S and less than 1% more, d = 1 and S = |scale|; u = 2^-24."""
    u = 2.0**-24
    assert proved(np.float32, q=1, k=1, scale=0.98 / (11 * u))
    assert not proved(np.float32, q=1, k=1, scale=1 / (11 * u))


def test_what_is_flushed_to_0_is_finite() -> None:
    large = {"q": 2.0**500, "scale": 2.0**510, "dO": 0.0, "A": 0.0}
    assert proved(np.float64, (2.0**1005, 1), **large)
    assert not proved(np.float64, (2.0**1017, 1), **large)
