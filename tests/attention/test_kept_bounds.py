"""Bounds of rounding and predicted seconds are what they were: of inputs of all kinds and sizes."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import attention.exact.tensor as tensor
import attention.merge as merge
import attention.rounding as bounds
from attention.costs import (
    boolean_seconds,
    gradients_seconds,
    interval_seconds,
    polynomial_gradients_seconds,
    polynomial_seconds,
    softmax_seconds,
    trees_seconds,
)
from attention.exact.streaming import BLOCK
from attention.exact.tensor import rounding_of as of_tensor
from attention.measured import reference_bound
from attention.merge import _bounds
from attention.rounding import MANY, Bounds, Rounding, extremes, gamma, largest_score, largest_value, of_log2, row_bounds
from attention.tensors import Output
from instances.bias import Bias
from instances.mechanism import Mechanism
from instances.rotary import Rotary
from instances.task import Attention
from instances.tensor import TensorAttention
from tests.support.coarse import coarse
from tests.support.dyadic import dyadic
from tests.support.kept import NumbersKeeper

MECHANISMS = {
    "softmax": Mechanism(),
    "gaussian": Mechanism(kernel="gaussian"),
    "bias": Mechanism(bias=Bias(np.full((5, 6), -0.25))),
    "rotary": Mechanism(rotary=Rotary()),
}


def drawn(seed: int, size: float, mechanism: Mechanism = MECHANISMS["softmax"]) -> Attention:
    """Columns of different sizes, of 16 binary digits each."""
    Q, K, V = (dyadic(seed + k, (5 + k, 4)) * [1, 2, 0.5, 4] for k in range(3))
    return Attention(size * Q, K[:6], V[:6, :2] * 3, -0.375, mechanism)


@pytest.mark.parametrize("name", MECHANISMS)
def test_rounding(name: str, kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {"gamma": [gamma(k, u) for k in (0, 3, 2.5, 2**53) for u in (2.0**-53, 2.0**-24)]}
    for size in (0.0, 1e-310, 0.5, 64.0, 1e18, 1e307):
        inputs = drawn(3, size, MECHANISMS[name])
        of = Bounds.of(inputs)
        found[f"{size} S"] = of.S, largest_score(inputs), of.q, of.k, of.largest, of.norms, of.bias, of.d, reference_bound(of)
        for type_ in (np.float32, np.float64):
            for terms in (4, 512):
                one = Rounding.of(inputs, type_, terms)
                promises = [(p.absolute, p.relative) for p in (one.of_quotient(), one.of_logarithm(2.5))]
                found[f"{size} {type_.__name__} {terms}"] = one, promises, one.of_mass(), one.of_mass(1.5), one.bounded
    kept_numbers(found)


def sized(q: float, k: float) -> dict[str, Any]:
    return {"q": q * np.array([1.0, 1e-3]), "k": k * np.array([1e-3, 2.0])}


def test_rounding_of_blocks(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {}
    changes: list[dict[str, Any]] = [
        {}, {"blocks": 3}, {"blocks": 3, "rows": 257}, {"rows": 256, "blocks": 40}, {"bias": 2.0}, {"turned": True},
        {"gaussian": True}, {"gaussian": True, "bias": 1.0}, {"norms": (1.0, 4.0)}, {"norms": (1e-201, 4.0)},
        {"norms": (1e-199, 1e-199)}, {"largest": 0.25}, {"largest": 1e300}, {"m": 3}, {"m": 10**15}, {"scale": 0.0},
        {"scale": 1e-310}, {"scale": -80.0}, {"scale": 600.0}, {"d": 3 * 10**5}, {"d": 10**15}, {"scale": 40.0},
        {"scale": 30.0, "largest": 2.0**38}, {"m": 2**42, "largest": 0.5, "scale": 31.49}, {"scale": 230.0},
        {"scale": 230.0, "largest": 2.0**700},
        {"largest": 2.0**1017 / 1030},
        *({"scale": scale, **sized(q, k)} for scale, q, k in (
            (1e290, 1e-145, 1e-145), (1.0, 1e307, 1e-307), (1.0, 1e-307, 1e307), (1e-10, 1e160, 1e150), (1e200, 1e60, 1e60),
            (1e160, 1e160, 1e-320), (1e307, 1e-160, 1e-160), (1.0, 1e290, 1e-290), (1.0, 1e-290, 1e290), (1.0, 1e38, 1e-38),
        )),
        *({"scale": scale, **sized(q, k), "gaussian": True} for scale, q, k in (
            (1e-10, 1e154, 1e10), (1e-10, 1e10, 1e154), (1e290, 1e-149, 1e-149), (1e-250, 1e120, 1e120),
        )),
    ]  # fmt: skip
    for number, change in enumerate(changes):
        plain: dict[str, Any] = {"d": 2, "m": 1000, "scale": 2.0, "largest": 3.0, "norms": (np.inf, np.inf)}
        with np.errstate(over="ignore"):
            of = Bounds(**{**plain, "q": np.array([1.0, 0.5]), "k": np.array([0.75, 2.0]), **change})
        for type_ in (np.float32, np.float64):
            one = Rounding.of_bounds(of, type_, BLOCK)
            found[f"{number} {type_.__name__}"] = one, one.of_quotient().absolute, one.of_quotient().relative, one.of_mass()
        found[f"{number}"] = of.S, reference_bound(of)
    for change, terms in (({}, 1677711), ({}, 1677712), ({"m": 90071992547409}, 8), ({"m": 90071992547410}, 8)):
        of = Bounds(**{"d": 2, "m": 9, "scale": 1.0, "largest": 1.0, "norms": (1, 1), **sized(1.0, 1.0), **change})
        found[f"edge {terms} {of.m}"] = Rounding.of_bounds(of, np.float32, terms)
    kept_numbers(found)


def test_sizes(kept_numbers: NumbersKeeper) -> None:
    """Few numbers and many: by NumPy, and by a compiled pass."""
    found: dict[str, Any] = {"log2": [of_log2(x) for x in (0.0, 3.0)], "no values": largest_value(np.empty((0, 2)))}
    found["small values"] = largest_value(np.array([[0.25], [-0.5]])), largest_value(np.array([[0.25]]))
    for rows in (3, MANY // 4 - 1, MANY // 4):
        X = dyadic(rows, (rows, 4)) - [0, 2, 8, -8]
        found[f"{rows}"] = row_bounds(X), largest_value(X), largest_value(np.abs(X)), extremes(X)
    kept_numbers(found)


def test_outputs(kept_numbers: NumbersKeeper) -> None:
    """Of each type what rounding to it adds, of values from 0 to the largest."""
    found: dict[str, Any] = {}
    for dtype in (np.float16, np.float32, np.float64):
        X = np.ones((2, 2), dtype)
        of = Output.of([X], [X])
        found[dtype.__name__] = [of.rounding(x) for x in (0.0, 1e-40, 2.0, 1e30)], of.largest, of.rounded(3 * np.eye(2), 2.0)
    kept_numbers(found)


def test_merged(kept_numbers: NumbersKeeper) -> None:
    Ls = np.array([[1.0, -40.0], [700.0, 2.0], [0.5, 0.25]])
    cases = [
        (1.0, 3.0, Ls, 1e-6),
        (0.0, 3.0, Ls[:2], 0.5),
        (2.0, 0.5, Ls[:1], 0.0),
        (1.0, 1.0, 1e12 * Ls, 0.1),
        (1, 1, Ls, np.inf),
    ]
    kept_numbers({f"{number}": _bounds(*case) for number, case in enumerate(cases)})


def test_tensors(kept_numbers: NumbersKeeper) -> None:
    found = {}
    for size in (0.0, 0.5, 30.0, 1e6, 1e150, 1e300):
        Q, K, K2, V, V2 = (dyadic(k, (4 + k, 3)) for k in range(5))
        of = TensorAttention(size * Q, K, 2 * V[:5], 0.625, K2=K2, V2=4 * V2[:6])
        one = of_tensor(of)
        found[f"{size}"] = one, one.of_quotient().absolute, one.of_quotient().relative
    kept_numbers(found)


def test_coarse_arithmetic(kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    coarse(monkeypatch, bounds, merge, tensor)
    found: dict[str, Any] = {}
    changes: list[dict[str, Any]] = [{}, {"blocks": 3}, {"rows": 257, "blocks": 2}, {"bias": 2.0}, {"turned": True}]
    for number, change in enumerate(changes):
        given: dict[str, Any] = {"d": 2, "m": 30, "scale": 2.0, "largest": 3.0, "norms": (np.inf, np.inf), **change}
        of = Bounds(**given, q=np.array([1.0, 0.5]), k=np.array([0.75, 2.0]))
        for type_ in (np.float32, np.float64):
            one = Rounding.of_bounds(of, type_, 8)
            found[f"{number} {type_.__name__}"] = one, one.of_mass(0.5), one.of_logarithm(0.25).relative
    for a in (0.0, 0.25, 300.0, 301.0, np.inf):
        for L in (np.inf, 40.0, 1000.0, 1017.0):
            one = Rounding(a, 0.5, 2.0**-12, 2.0**-1022, 30, 3.0, L)
            promises = [(p.absolute, p.relative) for p in (one.of_quotient(), one.of_logarithm(2.5))]
            found[f"{a} {L}"] = promises, one.of_mass(), one.of_mass(0.5), one.bounded
    nearly = Rounding(0.0, 0.5, 1e-60, 2.0**-1022, 30, 3.0, np.inf)
    found["flushed"] = nearly.of_logarithm(2.5).relative, nearly.of_quotient().absolute
    Ls = np.array([[1.0, -40.0], [7.0, 2.0], [0.5, 0.25]])
    found["merged"] = [_bounds(*case) for case in ((1.0, 3.0, Ls, 1e-3), (0.5, 1.0, Ls / 8, 0.5), (2.0, 0.5, Ls[:1], 0.0))]
    Q, K, K2, V, V2 = (dyadic(k, (4 + k, 3)) for k in range(5))
    of_all = TensorAttention(Q, K, 2 * V[:5], 0.625, K2=K2, V2=4 * V2[:6])
    for a in (0.125, np.inf):
        given_a = SimpleNamespace(a=a, S=0.5, tiny=2.0**-1022)
        monkeypatch.setattr(Rounding, "of_bounds", lambda *_, of=given_a: of)
        found[f"tensor {a}"] = of_tensor(of_all)
    kept_numbers(found)


def test_seconds(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {}
    for n, m, d, v in ((1, 1, 1, 1), (1000, 30, 3, 2), (50, 7000, 511, 1), (50, 7000, 512, 40), (10**6, 10**6, 64, 64)):
        found[f"{n} {m} {d} {v}"] = [
            boolean_seconds(n, m, d, v), *(softmax_seconds(n, m, d, v, p) for p in ("float32", "float64")),
            *(gradients_seconds(n, m, d, v, p) for p in ("float32", "float64")), trees_seconds(n, m, d, v),
            *(polynomial_seconds(n, m, min(d, 9), v, v + 1, g, h) for g, h in ((1, 1), (1, 2), (4, 2), (4, 4), (4, 5))),
            *(interval_seconds(n, m, pairs, groups, min(d, 9), v, v + 1, 3, 2) for pairs, groups in ((0, 0), (10**6, 20))),
            *(polynomial_gradients_seconds(n, m, min(d, 9), v, v + 2, g) for g in (1, 4)),
        ]  # fmt: skip
    kept_numbers(found)
