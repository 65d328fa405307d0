"""The error model of a precision: it holds of the reference, and is not absurdly loose."""

from collections.abc import Callable

import numpy as np
import pytest

from attention.exact.certified import certified_row
from hardlab.conformance import arithmetic
from hardlab.conformance.arithmetic import LARGEST_FINITE, ROUNDOFF, bound, bound_of_rows, reference, representable
from hardlab.kernels.kernel import Dtype
from instances.faults import BadInput
from instances.mechanism import Mechanism
from instances.task import Attention
from tests.support.kept import Keeper, digits

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


@pytest.mark.parametrize("dtype", DTYPES)
def test_bounds_are_what_they_were(dtype: Dtype, kept: Keeper) -> None:
    """Of rows that see all keys or some, with and without what is added, where V is 0 or tiny, and where weights are unsure."""
    random, lines = np.random.default_rng(7), []
    for n, m, d, v, B, size in ((3, 1, 2, 1, 1, 1), (2, 7, 3, 2, 0.3, 0), (3, 40, 16, 2, 2, 1e-36), (2, 5, 4, 1, 6, 1e3)):
        Q, K, V = B * random.normal(size=(n, d)), B * random.normal(size=(m, d)), size * random.normal(size=(m, v))
        seen, added = random.random((n, m)) < 0.7, random.normal(size=(n, m))
        seen[:, 0] = True
        for scale in (1 / d, -1.5):
            for part in ((), (seen,), (None, added), (seen, added), (None, added[:1])):
                lines.append(digits(bound_of_rows(Q, K, V, scale, dtype, *part)))
            lines.append(digits(bound(Attention(Q, K, V, scale), dtype)))
    kept("\n".join(lines))


def test_rows_are_bounded_in_parts_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(8)
    Q, K, V = (random.normal(size=shape) for shape in ((7, 3), (5, 3), (5, 2)))
    seen, added, inputs = random.random((7, 5)) < 0.8, random.normal(size=(7, 5)), Attention(Q, K, V, 0.5)
    whole = bound_of_rows(Q, K, V, 0.5, "float32", seen, added), bound(inputs, "float32"), reference(inputs, "float32")
    for entries in (1, 10, 14, 35, 1000):
        monkeypatch.setattr(arithmetic, "_ENTRIES", entries)
        parts = bound_of_rows(Q, K, V, 0.5, "float32", seen, added), bound(inputs, "float32"), reference(inputs, "float32")
        for found, expected in zip(parts, whole, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert bound_of_rows(Q[:0], K, V, 0.5, "float32").shape == (0, 2)


QUARTER = 65504.0 / 4
NEAR: dict[str, Callable[[float], tuple[float, float, float, float, int]]] = {
    "products": lambda f: (f * QUARTER**0.5, QUARTER**0.5, 1.0, 1.0, 1),
    "products, whatever the scale": lambda f: (f * QUARTER**0.5, QUARTER**0.5, 1.0, 0.01, 1),
    "scaled products": lambda f: (8.0, f * QUARTER / 64, 1.0, 8.0, 1),
    "the scale": lambda f: (1e-3, 1e-3, 1.0, f * QUARTER, 1),
    "scaled queries": lambda f: (1e3, 1e-6, 1.0, f * QUARTER / 1e3, 1),
    "values": lambda f: (1.0, 1.0, f * QUARTER, 1.0, 2),
    "keys": lambda f: (1.0, 1.0, 1.0, 1.0, round(f * QUARTER)),
}
"""q, k, V, scale and m, all entries equal, where something is f times a quarter of what float16 holds."""


@pytest.mark.parametrize("what", NEAR)
def test_a_factor_of_4_is_left_to_what_float16_holds(what: str) -> None:
    for f, holds in ((0.999, True), (1.001, False)):
        q, k, V, scale, m = NEAR[what](f)
        found = bound_of_rows(np.full((1, 1), q), np.full((m, 1), k), np.full((m, 1), V), scale, "float16")
        assert np.isfinite(found).all() == holds


def test_sums_of_values_are_held_by_the_type_of_sums() -> None:
    one = np.ones((4, 1))
    for off, holds in ((0.999, True), (1.001, False)):
        V = np.full((4, 1), off * LARGEST_FINITE["float32"] / 16)
        assert np.isfinite(bound_of_rows(one[:1], one, V, 1.0, "bfloat16")).all() == holds


def test_both_are_of_softmax() -> None:
    inputs = Attention(np.ones((2, 2)), np.ones((3, 2)), np.ones((3, 1)), 1.0, Mechanism(kernel="gaussian"))
    for function in (bound, reference):
        with pytest.raises(BadInput, match="softmax"):
            function(inputs, "float32")


def test_rounding_to_each_type() -> None:
    u = ROUNDOFF["bfloat16"]
    X = np.array(
        [
            1 + u,
            1 + 3 * u,
            1 + u + 2.0**-50,
            -(1 + u),
            2.0**-133,
            2.0**-134,
            3 * 2.0**-134,
            2.0**-127 + 2.0**-134,
            0.0,
            LARGEST_FINITE["bfloat16"],
        ]
    )
    least = 2.0**-133
    expected = [1, 1 + 4 * u, 1 + 2 * u, -1, least, 0, 2 * least, 64 * least, 0, LARGEST_FINITE["bfloat16"]]
    assert representable(X, "bfloat16").tolist() == expected
    for dtype, beyond in (("bfloat16", 3.4e38), ("float32", 1e39), ("float16", 7e4)):
        assert representable(np.array([beyond, -beyond, np.inf]), dtype).tolist() == [np.inf, -np.inf, np.inf]  # type: ignore[arg-type]
    random = np.random.default_rng(4).normal(size=500) * 2.0 ** np.arange(-250, 250)
    for dtype in DTYPES:
        once = representable(random, dtype)
        assert np.array_equal(representable(once, dtype), once)
        fits = (np.abs(once) > 2.0**-14) & np.isfinite(once)
        assert (np.abs(once - random)[fits] <= ROUNDOFF[dtype] * np.abs(random)[fits]).all()
