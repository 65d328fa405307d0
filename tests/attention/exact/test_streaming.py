"""Streamed sums: what NumPy does for small inputs is the reference for compiled code, and both are within the bounds."""

from typing import Any

import numpy as np
import pytest

from attention.exact import streaming
from attention.exact.exponentials import exponentiate, rescaled_sum
from attention.exact.logspace import Logspace
from attention.exact.softmax import Softmax
from attention.exact.streaming import LANES, SMALL, exponentiate_by_numpy, rescaled_sum_by_numpy, small
from attention.exp2 import EXP2_ULPS
from attention.laws import keeps_its_promise
from instances.coded import Floats
from instances.law import LawBroken
from instances.mechanism import NAMES, Mechanism
from instances.task import Attention


def blocks(dtype: Any) -> list[Any]:
    """Score blocks one after the other: usual ones, far apart ones, with columns that are not seen; one raises the peak."""
    rng = np.random.default_rng(3)
    found = [rng.normal(0, spread, (6, 2 * LANES)).astype(dtype) for spread in (1, 30, 300)]
    found[0][:, LANES:] = -np.inf
    found[1][2] = -np.inf
    return [*found, found[0] + dtype(1000)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_compiled_code_does_what_numpy_does(dtype: Any) -> None:
    eps = float(np.finfo(dtype).eps)
    peaks: list[Any] = [np.full(6, -np.inf, dtype) for _ in range(2)]
    for block in blocks(dtype):
        scores, factors, masses = [block.copy(), block.copy()], np.empty((2, 6)), np.empty((2, 6))
        exponentiate(scores[0], peaks[0], factors[0], masses[0])
        exponentiate_by_numpy(scores[1], peaks[1], factors[1], masses[1])
        assert (peaks[0] == peaks[1]).all()
        assert np.allclose(factors[0], factors[1], rtol=1e-15, atol=0)
        assert np.allclose(scores[0], scores[1], rtol=2 * EXP2_ULPS * eps, atol=0)
        assert np.allclose(masses[0], masses[1], rtol=(2 * EXP2_ULPS + 64) * eps, atol=0)
    assert (peaks[0] > 500).all()  # the last block raised every peak


def test_sums_are_rescaled_alike() -> None:
    rng = np.random.default_rng(4)
    sums, factor, new = rng.normal(size=(5, 3)), rng.random(5), rng.normal(size=(5, 3))
    other = sums.copy()
    rescaled_sum(sums, factor, new)
    rescaled_sum_by_numpy(other, factor, new)
    assert np.allclose(sums, other, rtol=1e-15, atol=1e-15)


def hostile(n: int, m: int, mechanism: Mechanism, positive: bool) -> Attention:
    rng = np.random.default_rng([n, m])
    Q, K = 6 * rng.normal(size=(n, 140)), rng.normal(size=(m, 140))  # too wide for the fused kernel
    K[m // 2] = Q[0]
    V = np.abs(rng.normal(size=(m, 2))) if positive else rng.normal(size=(m, 2)) * [1e-3, 1e3]
    return Attention(Q, K, V, 1 / 12 if mechanism.kernel == "dot" else 1e-3, mechanism)


@pytest.mark.parametrize("at_most", [0, SMALL], ids=["compiled", "by NumPy"])
@pytest.mark.parametrize("mechanism", [name + window for name in NAMES for window in ("", "[window=2]")])
def test_promises_are_kept_on_both_sides_of_the_border(mechanism: str, at_most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "SMALL", at_most)
    of = Mechanism.of(mechanism)
    sizes = [(7, 11), (1, 1), *([(40, 3)] if of.plain else [])]  # every row sees a key
    inputs = [hostile(n, m, of, positive=True) for n, m in sizes]
    assert all(small(each) == (at_most > 0) for each in inputs)
    assert keeps_its_promise(Logspace(), inputs)["checked"]
    if mechanism == "softmax":
        signed = [hostile(n, m, of, positive=False) for n, m in ((7, 11), (1, 1), (40, 3))]
        for precision in ("float64", "float32"):
            assert keeps_its_promise(Softmax(precision), signed)["checked"]


def peak_does_not_grow(scores: Any, peak: Any, factor: Floats, mass: Floats) -> None:
    exponentiate_by_numpy(scores, peak.copy(), factor, mass)


def weight_is_lost(scores: Any, peak: Any, factor: Floats, mass: Floats) -> None:
    exponentiate_by_numpy(scores, peak, factor, mass)
    mass *= 1 - 2.0**-30


@pytest.mark.parametrize("fault", [peak_does_not_grow, weight_is_lost])
def test_faults_of_the_sums_by_numpy_are_caught(fault: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "exponentiate_by_numpy", fault)
    monkeypatch.setattr(streaming, "BLOCK", 32)
    with pytest.raises(LawBroken):
        keeps_its_promise(Softmax(), [hostile(5, 100, Mechanism(), positive=True)])
