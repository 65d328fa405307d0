"""`attend_backward` by polynomials: within the error in balls for heads, groups and narrow types; when `auto` takes it."""

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from flint import ctx

from attention import Differentiated, attend_backward
from attention.tensors import Output
from instances.faults import Declined
from tests.support.asked import BITS, gradients, heads
from tests.support.attending import arrays, grouped

module: Any = import_module("attention.attend_backward")


def cotangent(given: list[Any], seed: int = 7) -> Any:
    Q, _, V = given
    return np.random.default_rng(seed).normal(size=(*Q.shape[:-1], V.shape[-1])).astype(Q.dtype)


def held(given: list[Any], dO: Any, error: float, algorithm: Any = "polynomial") -> Differentiated:
    """That every entry of every gradient is within its promise, and that within the error."""
    Q, K, V = given
    found = attend_backward(Q, K, V, dO, error=error, algorithm=algorithm)
    assert max(found.promise) <= error
    whole = heads(*(np.asarray(x, np.float64) for x in (*given, dO)))
    answers = heads(*(np.asarray(x, np.float64) for x in (found.dQ, found.dK, found.dV)))
    for exact, answer, promise in zip(gradients(whole, Q.shape[-1] ** -0.5, {}), answers, found.promise, strict=True):
        with ctx.workprec(BITS):
            for at, ball in exact.items():
                assert abs(ball - float(answer[at])) <= promise, at
    return found


@pytest.mark.parametrize(("b", "H", "G"), [(1, 4, 2), (2, 2, 1), (1, 2, 2)])
def test_heads_of_groups(b: int, H: int, G: int) -> None:
    """Each head has its plan, and the errors of heads that share keys add up within the error."""
    given = [x / 2 for x in grouped(b, H, G, 4, 5)]
    dO = cotangent(given)
    dO[0, 0] *= 1e-3
    for error in (0.3, 1e-6):
        found = held(given, dO, error)
        assert found.algorithm == "polynomial"
        assert len(found.plans) == b * H
        degrees = [plan.forward.g for plan in found.plans]
        assert degrees[0] < max(degrees)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_types(dtype: str) -> None:
    """Rounding to the type is within the error; and refused where it is more."""
    given = [x.astype(dtype) for x in arrays()]
    for error in (0.1, 3e-6):
        assert held(given, cotangent(given), error).dQ.dtype == dtype
    if dtype == "float32":
        Q, K, V = given
        with pytest.raises(Declined, match="rounding to its type alone"):
            attend_backward(Q, K, V, cotangent(given), error=1e-8, algorithm="polynomial")


def test_the_rounding_of_large_entries_is_left_room() -> None:
    """A plan that is just good enough in float64 is not taken in float32."""
    given = [x.astype(np.float32) for x in arrays(40, 50)]
    wide = [x.astype(np.float64) for x in given]
    Q, K, V = wide
    for power in np.linspace(-2, -5, 25):
        error = 10**power
        found = attend_backward(Q, K, V, cotangent(wide), error=error, algorithm="polynomial")
        narrow = attend_backward(given[0], given[1], given[2], cotangent(given), error=error, algorithm="polynomial")
        assert max(found.promise) <= max(narrow.promise) <= error or narrow.plans[0].forward.g > found.plans[0].forward.g


def test_dO_of_zeros_and_no_heads() -> None:
    Q, K, V = arrays()
    found = attend_backward(Q, K, V, np.zeros((5, 2)), error=1e-6, algorithm="polynomial")
    assert max(found.promise) < 1e-300
    assert not any(x.any() for x in (found.dQ, found.dK, found.dV))
    Q, K, V = grouped(1, 0, 0, 3, 3)
    assert max(attend_backward(Q, K, V, np.zeros((1, 0, 3, 2)), error=1e-6, algorithm="polynomial").promise) == 0
    Q, K, V = arrays()
    assert attend_backward(Q, K, V[:, :0], np.zeros((5, 0)), error=1e-6, algorithm="polynomial").dV.shape == (7, 0)
    assert attend_backward(Q[:0], K, V, np.zeros((0, 2)), error=1e-6, algorithm="polynomial").dK.any() == 0


# ----------------------------------------------------------------------------------------------------------------- auto


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The definition as if it took long, however few the rows."""
    monkeypatch.setattr(module, "gradients_seconds", lambda n, m, d, v, precision: 10.0)


@pytest.mark.usefixtures("quick")
def test_auto_takes_it_where_it_keeps_the_error_and_should_be_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    given = arrays()
    assert held(given, cotangent(given), 1e-3, "auto").algorithm == "polynomial"
    assert held(given, cotangent(given), 2e-13, "auto").algorithm == "softmax"
    single = [x.astype(np.float32) for x in given]
    assert held(single, cotangent(single), 1e-3, "auto").algorithm == "polynomial"
    Q, K, V = given
    assert attend_backward(Q, K, V, cotangent(given)).algorithm == "softmax"  # nothing is asked: nothing is coarse
    assert attend_backward(Q, K, V, cotangent(given), error=1e-3, causal="top-left").algorithm == "softmax"
    monkeypatch.setattr(module.GradientPlan, "seconds", lambda *sizes: 11.0)
    assert held(given, cotangent(given), 1e-3, "auto").algorithm == "softmax"


def test_auto_leaves_what_is_short_to_the_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it look."""
    monkeypatch.setattr(module, "planned", None)
    given = arrays()
    assert held(given, cotangent(given), 1e-3, "auto").algorithm == "softmax"


@pytest.mark.usefixtures("quick")
def test_a_promise_that_is_broken_by_rounding_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a plan forgot is seen in what is found: the definition is taken."""
    given = [x.astype(np.float32) for x in arrays()]
    right = module._plans
    monkeypatch.setattr(module, "_plans", lambda *given: right(*given[:7], 0.0, given[8]))
    monkeypatch.setattr(Output, "rounding", lambda self, largest: 1e-2 if self.dtype == np.float32 else 0.0)
    Q, K, V = given
    with pytest.raises(Declined, match=r"^softmax promises 0.01.* above error = 0.001"):
        attend_backward(Q, K, V, cotangent(given), error=1e-3)


def test_one_clear_line() -> None:
    Q, K, V = arrays()
    dO = np.ones((5, 2))
    for more, message in (
        ({"error": 1e-3, "causal": "top-left"}, "^polynomial computes gradients of softmax attention over all keys, this is"),
        ({"error": 1e-15}, "rounding in float64 alone may come to .*: use softmax$"),
        ({"error": 1e-3, "scale": 100.0}, r"^polynomial: exponents within \+-M = .* beyond \+-12"),
    ):  # fmt: skip
        with pytest.raises(Declined, match=message) as caught:
            attend_backward(Q, K, V, dO, algorithm="polynomial", **more)
        assert "\n" not in str(caught.value)
    Q, K, V = arrays(d=40)
    with pytest.raises(Declined, match=r"rank r = binom\(44, 4\) = 135751 or more, above n = 5 and m = 7"):
        attend_backward(Q, K, V, dO, error=1e-9, algorithm="polynomial")
    with pytest.raises(Declined, match="too far apart for float64"):
        attend_backward(Q * 0 + 1e-250, K * 1e-300, V, dO, scale=1e-80, error=1e-3, algorithm="polynomial")
