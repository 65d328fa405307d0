"""Gradients in float64 against balls: within the promise, on all that rows may see, at the extremes, and no fault is hidden."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from attention import Backward, Certified, Softmax
from attention.algorithm import NO_PROMISE, answers, promised
from attention.exact.backward import Errors, backward, errors
from attention.laws import keeps_its_promise
from instances.bias import NO_BIAS, Bias
from instances.bits import BitMatrix
from instances.coded import Coded, Floats
from instances.faults import Declined
from instances.gradients import OF, Gradient
from instances.law import LawBroken
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import ALL, Visibility
from tests.support.differentiated import Faulty, cases, column_of, weights
from tests.support.sight import kinds


def drawn(seed: int, n: int, m: int, mechanism: Mechanism, size: float = 1.0, v: int = 2) -> tuple[Attention, Floats]:
    rng = np.random.default_rng(seed)
    Q, K = size * rng.normal(size=(n, 3)), size * rng.normal(size=(m, 3))
    return Attention(Q, K, rng.normal(size=(m, v)), 0.7, mechanism), rng.normal(size=(n, v))


def coded(seed: int, mechanism: Mechanism) -> tuple[Attention, Floats]:
    rng = np.random.default_rng(seed)

    def blocks(*sizes: int) -> tuple[Coded, ...]:
        bits = (BitMatrix.of(rng.integers(0, 2, (size, 9))) for size in sizes)
        return tuple(Coded(b, rng.choice([-1.0, 0.0, 0.5], 9), rng.choice([1.0, 2.0], 9)) for b in bits)

    V = rng.integers(-1, 2, (8, 1)).astype(float)
    return Attention(blocks(5, 3), blocks(1, 7), V, 0.3, mechanism), rng.normal(size=(8, 1))


def columns(of: Attention, dO: Floats) -> list[Gradient]:
    return [column_of(of, dO, name, 0) for name in OF]


def test_it_is_the_second_implementation() -> None:
    for case in cases():
        found, off = backward(case.inputs, case.dO), errors(case.inputs, case.dO)
        for name in OF[:3]:
            assert (np.abs(getattr(found, name) - case.exact(name)) <= getattr(off, name) + 1e-15).all(), (case.name, name)
        for name in OF:
            for column in range(case.exact(name).shape[1]):
                alone = answers(Backward(), case.column(name, column))[:, 0]
                assert np.allclose(alone, case.exact(name)[:, column], rtol=1e-12, atol=1e-13), (case.name, name)


@pytest.mark.slow
def test_the_promise_is_kept_whatever_rows_see() -> None:
    rng, asked = np.random.default_rng(0), []
    for n, m in ((8, 8), (4, 8), (8, 4)):
        for seed, sees in enumerate((ALL, *kinds(n, m, rng))):
            bias = Bias(rng.normal(size=(n, m))) if seed % 3 == 2 else NO_BIAS
            asked += columns(*drawn(seed, n, m, Mechanism(sees=sees, bias=bias)))
    for seed, sees in enumerate((ALL, Visibility.causal(), Visibility(2, 1))):
        asked += columns(*coded(seed, Mechanism(sees=sees)))
    counts = keeps_its_promise(Backward(), asked)
    assert counts["checked"] > 1000
    assert counts["telling"] > 900
    assert keeps_its_promise(Certified(), asked[:16])["checked"] > 60


@pytest.mark.parametrize("size", [1e-160, 1e-3, 6.0, 40.0, 1e5])
def test_the_promise_is_kept_at_extremes(size: float) -> None:
    asked = [of for seed in range(3) for of in columns(*drawn(seed, 5, 6, Mechanism(), size))]
    assert keeps_its_promise(Backward(), asked)["checked"] == 60


@pytest.mark.slow
def test_many_rows_and_keys_are_those_of_the_definition() -> None:
    """More rows and keys than a tile has."""
    for sees in (ALL, Visibility.causal("bottom-right")):
        inputs, dO = drawn(1, 700, 1100, Mechanism(sees=sees))
        found, off, P = backward(inputs, dO), errors(inputs, dO), weights(inputs)
        f = dO @ inputs.V.T
        dS = P * (f - (P * f).sum(axis=1, keepdims=True))
        other = (0.7 * dS @ inputs.K, 0.7 * dS.T @ inputs.Q, P.T @ dO)
        for name, by_definition in zip(OF[:3], other, strict=True):
            assert np.allclose(getattr(found, name), by_definition, rtol=0, atol=1e-11)
            assert (getattr(off, name) < 1e-8).all()
            alone = answers(Backward(), column_of(inputs, dO, name, 1))[:, 0]
            assert np.allclose(alone, getattr(found, name)[:, 1], rtol=0, atol=1e-12)


def test_the_promise_is_not_absurd() -> None:
    inputs, dO = drawn(0, 50, 60, Mechanism())
    for name in OF:
        promise = promised(Backward(), column_of(inputs, dO, name, 1))
        assert 0 < promise.absolute < 1e-9, name
    huge = Attention(1e200 * np.ones((2, 1)), np.ones((2, 1)), np.ones((2, 1)), 1e150)
    assert promised(Backward(), column_of(huge, np.ones((2, 1)), "dQ", 0)) == NO_PROMISE


@pytest.mark.parametrize("small", [2.0**-60, 2.0**60])
def test_bounds_follow_the_size_of_dO(small: float) -> None:
    """To the last bit: dO is in no exponent."""
    inputs, dO = drawn(1, 5, 7, Mechanism())
    for one, other in zip(errors(inputs, dO), errors(inputs, small * dO), strict=True):
        assert np.array_equal(small * np.asarray(one), np.asarray(other))


def test_rows_that_see_no_key_add_nothing() -> None:
    mask = np.ones((4, 5), dtype=np.bool_)
    mask[2] = False
    inputs, dO = drawn(0, 4, 5, Mechanism(sees=Visibility(mask=mask)))
    found = backward(inputs, dO)
    assert not found.dQ[2].any()
    quiet = dO.copy()
    quiet[2] = 0
    assert all(np.array_equal(a, b) for a, b in zip(found, backward(inputs, quiet), strict=True))


FAULTS = {
    "delta dropped": ("dQ", "dK", "dX"),
    "mask dropped": OF,
    "mask of the backward pass": OF,
    "row dropped": OF,
    "scale dropped": ("dQ", "dK", "dX"),
    "not transposed": ("dK",),
    "exchanged": ("dQ", "dK", "dX"),
}


@pytest.mark.parametrize("fault", ["", *FAULTS])
def test_the_law_catches_planted_faults(fault: str) -> None:
    inputs, dO = drawn(2, 6, 6, Mechanism(sees=Visibility.causal()))
    for of in OF:
        check: Callable[[], object] = partial(keeps_its_promise, Faulty(fault), [column_of(inputs, dO, of, 1)])
        if of in FAULTS.get(fault, ()):
            with pytest.raises(LawBroken):
                check()
        else:
            check()


def test_who_computes_what() -> None:
    inputs, dO = drawn(0, 4, 5, Mechanism())
    gradient = column_of(inputs, dO, "dK", 0)
    for call in (answers, promised):
        with pytest.raises(Declined, match="softmax computes attention, this asks for dK: use backward or certified"):
            call(Softmax(), gradient)
        with pytest.raises(Declined, match="backward computes gradients, this asks for attention"):
            call(Backward(), inputs)
    with pytest.raises(Declined, match="gradients have both signs"):
        answers(Certified(logarithmic=True), gradient)


def test_no_key_of_a_bound_is_negative() -> None:
    of: Errors = errors(*drawn(0, 3, 3, Mechanism()))
    assert all((column > 0).all() for column in of)
