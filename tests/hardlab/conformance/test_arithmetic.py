"""The error model of a precision: it holds of the reference, and is not absurdly loose."""

import numpy as np
import pytest

from attention.exact.certified import certified_row
from hardlab.conformance.arithmetic import LARGEST_FINITE, ROUNDOFF, bound, reference, representable
from hardlab.kernels.kernel import Dtype
from instances.faults import BadInput
from instances.mechanism import Mechanism
from instances.task import Attention

DTYPES: tuple[Dtype, ...] = ("float64", "float32", "float16", "bfloat16")


# The error model


def hostile(random: np.random.Generator, dtype: Dtype) -> Attention:
    """Random sizes, sizes of entries, cancelling inner products, near ties, V of all sizes."""
    n, m, d, v = (int(random.integers(1, top)) for top in (4, 65, 40, 4))
    B = 10 ** random.uniform(-1, 1.3)
    Q, K = B * random.normal(size=(n, d)), B * random.normal(size=(m, d))
    if random.random() < 0.3 and d > 1:
        K[:, -1] = -(K[:, :-1] @ Q[0, :-1]) / Q[0, -1]
    if random.random() < 0.3:
        K[:] = K[0] + 1e-3 * B * random.normal(size=(m, d))
    V = random.normal(size=(m, v)) * 10 ** random.uniform(-3, 3, size=(m, v))
    scale = float(random.choice([1 / d, d**-0.5, 1.0, -1.0]))
    Q, K, V = (np.clip(representable(X, dtype), -6e4, 6e4) for X in (Q, K, V))
    return Attention(Q, K, V, scale)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_bound_holds_of_the_reference(dtype: Dtype) -> None:
    random = np.random.default_rng(1)
    telling = 0
    for _ in range(200):
        inputs = hostile(random, dtype)
        allowed, given = bound(inputs, dtype), reference(inputs, dtype)
        expected = np.array([certified_row(inputs, i) for i in range(inputs.n)])
        known = np.isfinite(allowed)
        assert (np.abs(given - expected)[known] <= allowed[known]).all()
        telling += bool((allowed < np.ptp(inputs.V, axis=0) / 4).any())
    assert telling >= 40


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_bound_is_not_absurdly_loose(dtype: Dtype) -> None:
    random = np.random.default_rng(2)
    for m in (16, 64, 512):
        Q, K, V = (representable(random.normal(size=shape), dtype) for shape in ((8, 16), (m, 16), (m, 4)))
        inputs = Attention(Q, K, V, 1 / 16)
        expected = np.array([certified_row(inputs, i) for i in range(8)])
        error = np.abs(reference(inputs, dtype) - expected).max()
        assert bound(inputs, dtype).max() <= 1e4 * error


def test_the_bound_does_not_hold_of_less_precise_arithmetic() -> None:
    random = np.random.default_rng(3)
    Q, K, V = (representable(random.normal(size=shape), "bfloat16") for shape in ((8, 16), (64, 16), (64, 4)))
    inputs = Attention(Q, K, V, 1 / 16)
    expected = reference(inputs, "float64")
    for finer, coarser in (("float64", "float32"), ("float32", "float16"), ("float32", "bfloat16")):
        assert (np.abs(reference(inputs, coarser) - expected) > bound(inputs, finer)).any()  # type: ignore[arg-type]


def test_nothing_is_promised_near_overflow() -> None:
    inputs = Attention(np.full((1, 4), 200.0), np.full((3, 4), 200.0), np.ones((3, 1)), 0.25)
    assert np.isinf(bound(inputs, "float16")).all()
    assert np.isfinite(bound(inputs, "float32")).all()


def test_both_are_of_softmax() -> None:
    inputs = Attention(np.ones((2, 2)), np.ones((3, 2)), np.ones((3, 1)), 1.0, Mechanism(kernel="gaussian"))
    for function in (bound, reference):
        with pytest.raises(BadInput, match="softmax"):
            function(inputs, "float32")


def test_rounding_to_each_type() -> None:
    u = ROUNDOFF["bfloat16"]
    X = np.array(
        [1 + u, 1 + 3 * u, 1 + u + 2.0**-50, -(1 + u), 2.0**-133, 2.0**-134, 3 * 2.0**-134, 0.0, LARGEST_FINITE["bfloat16"]]
    )
    expected = [1, 1 + 4 * u, 1 + 2 * u, -1, 2.0**-133, 0, 2 * 2.0**-133, 0, LARGEST_FINITE["bfloat16"]]
    assert representable(X, "bfloat16").tolist() == expected
    for dtype, beyond in (("bfloat16", 3.4e38), ("float32", 1e39), ("float16", 7e4)):
        assert representable(np.array([beyond, -beyond, np.inf]), dtype).tolist() == [np.inf, -np.inf, np.inf]  # type: ignore[arg-type]
    random = np.random.default_rng(4).normal(size=500) * 2.0 ** np.arange(-250, 250)
    for dtype in DTYPES:
        once = representable(random, dtype)
        assert np.array_equal(representable(once, dtype), once)
        fits = (np.abs(once) > 2.0**-14) & np.isfinite(once)
        assert (np.abs(once - random)[fits] <= ROUNDOFF[dtype] * np.abs(random)[fits]).all()
