"""Densities against their definition in long doubles, near points and far from all; and what is refused."""

from math import inf, log, nan, pi
from typing import Any

import numpy as np
import pytest

import attention.kernel_density as module
from attention import KernelDensity
from instances.coded import Floats
from instances.faults import BadInput
from tests.support.dyadic import dyadic


def logs(X: Floats, Y: Floats, b: float, w: Floats) -> Floats:
    apart = ((X[:, None].astype(np.longdouble) - Y) ** 2).sum(axis=2) / b / b / 2
    with np.errstate(divide="ignore"):
        exponents = np.log(w.astype(np.longdouble)) - apart
    top = exponents.max(axis=1)
    found = top + np.log(np.exp(exponents - top[:, None]).sum(axis=1)) - np.log(w.sum())
    result: Floats = (found - Y.shape[1] * (log(2 * pi) / 2 + log(b))).astype(float)
    return result


@pytest.mark.parametrize("rtol", [1e-8, 0.5])
@pytest.mark.parametrize("d", [1, 2, 4])
@pytest.mark.parametrize("b", [0.25, 3.0])
def test_scores_are_logarithms_of_the_density(d: int, b: float, rtol: float, monkeypatch: pytest.MonkeyPatch) -> None:
    Y, w = dyadic(1, (30, d)), np.abs(dyadic(2, (30,)))
    w[3], w[5] = 0, 1000
    X = np.concatenate([dyadic(3, (9, d)), 60 * b + 30 * b * dyadic(4, (6, d)), np.full((1, d), 1e4)])
    for weights in (None, w):
        given = np.ones(30) if weights is None else weights
        density, exact = KernelDensity(b, rtol=rtol).fit(Y, None, weights), logs(X, Y, b, given)
        for block in (1 << 22, 60, 1):
            monkeypatch.setattr(module, "BLOCK", block)
            found = density.score_samples(X)
            assert (np.abs(found - exact) <= 2 * rtol + 1e-12 * (1 + np.abs(exact))).all()
            assert (np.abs(found - exact)[10:] <= 1e-11 * (1 + np.abs(exact[10:]))).all()
        assert density.score(X) == pytest.approx(exact.sum(), rel=1e-6 if rtol < 0.1 else 0.1)


def test_points_are_taken_as_they_are() -> None:
    Y = dyadic(1, (5, 2))
    given, density = Y.copy(), KernelDensity()
    assert density.fit(given) is density
    before = density.score_samples(Y)
    given[:] = 7
    assert np.array_equal(density.score_samples(Y), before)
    assert density.bandwidth == 1.0
    assert KernelDensity().fit(Y, None, np.full(5, 0.125)).score_samples(Y) == pytest.approx(
        KernelDensity().fit(Y).score_samples(Y)
    )
    assert density.rtol == 1e-8


@pytest.mark.parametrize(("points", "weights"), [
    ([1.0, 2.0], None), (np.ones((0, 2)), None), ([[1.0], [2.0]], [1.0]), ([[1.0], [2.0]], [[1.0], [1.0]]),
    ([[1.0], [2.0]], [1.0, -1.0]), ([[1.0], [2.0]], [0.0, 0.0]), ([[1.0], [2.0]], [1.0, inf]), ([[1.0], [2.0]], [nan, 1.0]),
])  # fmt: skip
def test_what_is_refused(points: Any, weights: Any) -> None:
    with pytest.raises(BadInput):
        KernelDensity().fit(points, sample_weight=weights)


@pytest.mark.parametrize("rtol", [0.0, -1.0, 0.500001, nan, inf, "a", True])
def test_tolerances_that_are_refused(rtol: Any) -> None:
    with pytest.raises(BadInput, match="rtol"):
        KernelDensity(rtol=rtol)
    for bandwidth in (0.0, -1.0, inf, nan):
        with pytest.raises(BadInput, match="bandwidth"):
            KernelDensity(bandwidth)


@pytest.mark.parametrize("has", [{"_points": None}, {"_weights": None}])
def test_scores_need_points_and_weights(has: dict[str, None]) -> None:
    density = KernelDensity().fit(np.ones((2, 1)))
    for name, value in has.items():
        setattr(density, name, value)
    with pytest.raises(BadInput, match="call fit first"):
        density.score_samples(np.ones((1, 1)))
