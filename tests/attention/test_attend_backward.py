"""`attend_backward`: gradients within their promises in ball arithmetic, whatever rows see; and clear refusals."""

from math import inf, nan
from typing import Any

import numpy as np
import pytest
from flint import ctx

from attention import Differentiated, attend_backward
from attention.exact import gradients as module
from attention.exact import streaming
from instances.faults import BadInput, Declined
from tests.support.asked import BITS, gradients, heads
from tests.support.attending import arrays, grouped
from tests.support.fixtures import fixture, floats


def cotangent(given: list[Any], seed: int = 7) -> Any:
    Q, _, V = given
    dO = np.random.default_rng(seed).normal(size=(*Q.shape[:-1], V.shape[-1]))
    return dO.astype(Q.dtype)


def held(given: list[Any], dO: Any, asked: dict[str, Any], **more: Any) -> Differentiated:
    """That every entry of every gradient is within its promise."""
    Q, K, V = given
    found = attend_backward(Q, K, V, dO, **asked, blind=0.0, **more)
    check(found, given, dO, asked, more.get("scale", 1 / np.sqrt(Q.shape[-1])))
    return found


def check(found: Differentiated, given: list[Any], dO: Any, asked: dict[str, Any], scale: float) -> None:
    whole = heads(*(np.asarray(x, np.float64) for x in (*given, dO)))
    answers = heads(*(np.asarray(x, np.float64) for x in (found.dQ, found.dK, found.dV)))
    for exact, answer, promise in zip(gradients(whole, scale, asked), answers, found.promise, strict=True):
        with ctx.workprec(BITS):
            for at, ball in exact.items():
                assert abs(ball - float(answer[at])) <= promise, (asked, at)


ONE: list[dict[str, Any]] = [
    {},
    {"causal": "top-left"},
    {"causal": "bottom-right"},
    {"window": 0},
    {"window": (2, None)},
    {"window": (1, None), "causal": "bottom-right"},
    {"alibi": 0.5},
    {"lengths": ([2, 0, 3], [4, 1, 2])},
    {"cu_seqlens": ([0, 1, 5], [0, 6, 7]), "causal": "top-left"},
]


@pytest.mark.parametrize("asked", ONE, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_option_keeps_the_promises(asked: dict[str, Any], dtype: str) -> None:
    for sizes in ((5, 7), (5, 7, 1, 1)):
        given = [x.astype(dtype) for x in arrays(*sizes)]
        found = held(given, cotangent(given), asked)
        assert found.dQ.dtype == dtype
        assert found.algorithm == ("softmax" if dtype == "float64" else "softmax32")
        assert max(found.promise) < (1e-12 if dtype == "float64" else 1e-3)


def test_heads_of_groups() -> None:
    """dK and dV are summed over the heads of a group."""
    rng = np.random.default_rng(2)
    for b, H, G in ((1, 4, 2), (2, 2, 1), (2, 2, 2)):
        given = grouped(b, H, G, 4, 5)
        for asked in (
            {},
            {"causal": "bottom-right", "alibi": 2.0 ** -np.arange(1, H + 1)},
            {"keep": rng.random((b, G, 5)) < 0.6, "bias": rng.normal(size=(H, 4, 5))},
            {"mask": rng.random((b, H, 4, 5)) < 0.5},
        ):
            held(given, cotangent(given), asked)


@pytest.mark.parametrize("compiled", [False, True])
def test_random_degenerate_and_adversarial(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steep and flat scores, one entry, equal keys, huge and tiny values, balanced signs: by NumPy and by compiled code."""
    if compiled:
        monkeypatch.setattr(streaming, "SMALL", 0)
    rng = np.random.default_rng(3)
    for number in range(60):
        n, m, d, v = (int(x) for x in rng.integers(1, 9, 4))
        given = arrays(n, m, d, v, seed=number)
        dO = cotangent(given, number)
        kind = number % 6
        if kind == 1:
            given[0] *= 40
        elif kind == 2:
            given[1][:] = given[1][0]
        elif kind == 3:
            given = [np.sign(x) for x in given]
            dO = np.sign(dO)
        elif kind == 4:
            given[2] = given[2] + 1e6
            dO *= 1e-9
        elif kind == 5:
            given[2][:] = given[2][0]  # every gradient but dV is 0
        asked = ({}, {"causal": "top-left"}, {"window": 1})[number % 3]
        held(given, dO, asked)
        held(given, dO, asked, algorithm="softmax32")


@pytest.mark.slow
def test_many_tiles() -> None:
    """Several blocks of rows and of keys, float32, against float64, whose own promise is far below; causal, bits, windows."""
    rng = np.random.default_rng(4)
    Q, K, V, dO = (rng.normal(size=(1300, 5)).astype(np.float32) for _ in range(4))
    wide = [x.astype(np.float64) for x in (Q, K, V, dO)]
    options: list[dict[str, Any]] = [
        {}, {"causal": "top-left"}, {"window": (700, 3)}, {"keep": rng.random(1300) < 0.3, "alibi": 0.01}
    ]  # fmt: skip
    for asked in options:
        fast = attend_backward(Q, K, V, dO, **asked)
        slow = attend_backward(wide[0], wide[1], wide[2], wide[3], **asked)
        for one, other, promise, less in zip(fast_of(fast), fast_of(slow), fast.promise, slow.promise, strict=True):
            assert np.abs(one - other).max() + less <= promise < 1
        again = attend_backward(Q, K, V, dO, **asked)
        assert all(np.array_equal(x, y) for x, y in zip(fast_of(fast), fast_of(again), strict=True))


def fast_of(found: Differentiated) -> list[Any]:
    return [found.dQ, found.dK, found.dV]


@pytest.mark.parametrize("fault", ["delta", "scale", "mask", "row"])
def test_faults_are_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of dS that do not sum to 0, a factor, a mask that is one off behind the first pass, a block that is left out."""
    given = arrays(6, 6)
    right = module._weighted

    def wrong(block: Any, peak: Any, slopes: Any, delta: Any, hidden: Any, by_numpy: bool) -> None:
        if fault == "mask" and hidden is not None:
            hidden = (np.roll(hidden[0], 1, axis=1), hidden[1])
        right(block, peak, slopes, 0 * delta if fault == "delta" else delta, hidden, by_numpy)
        if fault == "scale":
            slopes *= 1.001
        if fault == "row":
            slopes[-1], block[-1] = 0, 0

    monkeypatch.setattr(module, "_weighted", wrong)
    with pytest.raises(AssertionError, match="causal"):
        held(given, cotangent(given), {"causal": "top-left"})


GIVEN, EXPECTED = fixture("gradients")


@pytest.mark.parametrize("name", GIVEN["cases"])
def test_the_numbers_of_a_second_implementation(name: str) -> None:
    """By `generate_extensions.py`, under every rule."""
    case, expected = GIVEN["cases"][name], EXPECTED[name]
    asked: dict[str, Any] = {}
    if "causal" in name:
        asked["causal"] = case["align"].replace("_", "-")
    if "window" in name:
        asked["window"] = (case["left"], case["right"])
    if "cu_q" in case:
        asked["cu_seqlens"] = (np.array(case["cu_q"]), np.array(case["cu_k"]))
    if "keep" in case:
        asked["keep"] = np.array(case["keep"]) > 0
    if "bias" in case:
        asked["bias"] = floats(case["bias"])
    Q, K, V, dO = (floats(case[letter]) for letter in ("Q", "K", "V", "dO"))
    found = held([Q, K, V], dO, asked, scale=float(GIVEN["scale"]))
    for letter in ("dQ", "dK", "dV"):
        np.testing.assert_allclose(getattr(found, letter), floats(expected[letter]), rtol=0, atol=1e-14)


def test_the_groups_of_a_second_implementation() -> None:
    given, expected = fixture("gradients_grouped")
    Q, K, V, dO = (np.array(given[letter], dtype=np.float64) for letter in ("Q", "K", "V", "dO"))
    for name, causal in (("plain", None), ("causal_bottom_right", "bottom-right")):
        found = attend_backward(Q, K, V, dO, scale=float(given["scale"]), causal=causal)  # type: ignore[arg-type]
        for letter in ("dQ", "dK", "dV"):
            of = np.array(expected[name][letter], dtype=np.float64)
            np.testing.assert_allclose(getattr(found, letter), of, rtol=0, atol=1e-14)


def test_tensors_and_types() -> None:
    given = arrays()
    half: list[Any] = [x.astype(np.float16) for x in given]
    assert attend_backward(half[0], half[1], half[2], cotangent(given)).dQ.dtype == np.float64
    assert attend_backward(half[0], half[1], half[2], cotangent(half)).dV.dtype == np.float32
    Q, K, V = given
    assert attend_backward(Q[:0], K, V, np.zeros((0, 2))).dK.any() == 0
    assert attend_backward(Q, K, V[:, :0], np.zeros((5, 0))).promise.dQ < 1e-100
    Q, K, V = grouped(1, 0, 0, 3, 3)
    nothing = attend_backward(Q, K, V, np.zeros((1, 0, 3, 2)))
    assert max(nothing.promise) == 0


def test_one_clear_line() -> None:
    Q, K, V = arrays(5, 7)
    dO = np.ones((5, 2))
    for wrong, message in (
        (np.full((5, 2), nan), "^dO holds NaN or an infinity"),
        (np.full((5, 2), inf), "^dO holds NaN"),
        (np.ones((5, 3)), r"^dO has shape \(5, 3\): give that of the output, \(5, 2\)$"),
        (np.ones(5), r"^dO has shape \(5,\)"),
        (np.full((5, 2), "x"), "^dO has the type"),
        (np.ma.masked_array(dO), "^dO is a masked array"),
    ):
        with pytest.raises(BadInput, match=message):
            attend_backward(Q, K, V, wrong)
    for more, message in (
        ({"error": 0}, "^error = 0: "),
        ({"scale": inf}, "^scale = inf"),
        ({"algorithm": "taylor"}, "^algorithm = 'taylor': known are auto, polynomial, softmax, softmax32$"),
        ({"algorithm": "polynomial"}, "^polynomial without an error: say how far"),
        ({"causal": True}, "^causal = True"),
        ({"window": -1}, "^window = -1"),
        ({"mask": np.ones((5, 5), dtype=np.bool_)}, "^mask has shape"),
        ({"causal": "bottom-right", "keep": np.arange(7) > 2}, r"^row 0 sees no key, so there is no answer"),
    ):
        with pytest.raises(BadInput, match=message) as caught:
            attend_backward(Q, K, V, dO, **more)
        assert "\n" not in str(caught.value)
    with pytest.raises(Declined, match=r"^softmax promises .* above error = 1e-30: raise error"):
        attend_backward(Q, K, V, dO, error=1e-30)
    with pytest.raises(Declined, match="promises nothing certain"):
        attend_backward(1e200 * Q, 1e200 * K, V, dO)
    with pytest.raises(Declined, match="promises nothing certain"):
        attend_backward(Q, K, V, 1e300 * dO, algorithm="softmax32")
    single: list[Any] = [x.astype(np.float32) for x in (Q, K, V, dO)]
    assert attend_backward(single[0], single[1], single[2], single[3], error=1e-6).algorithm == "softmax"
