"""The moment certificate is what it was: of factors far from inverse, and in coarse arithmetic, where each term counts."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import attention.polynomial.moments as module
import attention.polynomial.sizes as sizes
from attention.blocks import Whole
from attention.polynomial.moments import LIKE, NEAR, Moments
from attention.polynomial.sizes import Deviation, Size
from instances.coded import Floats
from instances.task import Attention
from tests.support.coarse import coarse
from tests.support.dyadic import dyadic
from tests.support.in_parts import InParts
from tests.support.kept import NumbersKeeper


def positive(seed: int, d: int) -> Floats:
    """Near 1, with eigenvalues that are well apart."""
    X = np.eye(d) + 0.0625 * dyadic(seed, (d, d)) + np.diag(np.arange(d)) / 16
    found: Floats = X @ X.T
    return found


def planted(d: int = 3, m: int = 20, z: float = 1.5, by: float = 1.0) -> Moments:
    L, W = np.eye(d) + 0.125 * dyadic(1, (d, d)), np.eye(d) + 0.125 * dyadic(2, (d, d))
    inputs: Any = SimpleNamespace(m=m, scale=-0.375, d=d)
    extents, widths, drift = dyadic(3, (3, d)), np.abs(dyadic(4, (d,))), np.abs(dyadic(5, (d,)))
    powers = by * positive(6, d), 2 * positive(7, d)
    return Moments(inputs, dyadic(8, (d,)), extents, widths, 1.25, drift, L, W, 0.0625, z, powers, {1: 1.5})


@pytest.fixture(params=["as it is", "coarse"], autouse=True)
def arithmetic(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "coarse":
        coarse(monkeypatch, module, sizes)


def parts(of: Moments | None) -> Any:
    if of is None:
        return None
    numbers = [value for _, value in sorted(of.kappa.items())]
    matrices = [np.round(X, 9) for X in (of.L, of.W, *of.powers)]  # what is 0 but for rounding is 0
    rho = of.rho if of.rho > 1e-9 else None
    return matrices, rho, of.z, of.radius, of.widths, np.round(of.drift, 9), of.keys, of.centre, sorted(of.kappa), numbers


def test_moments(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {}
    for d in (1, 3):
        one = planted(d)
        found[f"powers {d}"] = parts(one.with_powers())
        for by in (0.5, 0.7, 1.0, 4.0, 0.0):
            found[f"whitened {d} {by}"] = parts(planted(d, by=by).whitened())
        found[f"mean power {d}"] = [one.mean_power(p) for p in (2, 3)]
        found[f"b {d}"] = one.b(np.abs(dyadic(9, (d,))))
        found[f"sizes {d}"] = one._of_sizes, one._size(np.abs(dyadic(10, (3, 4))))
        found[f"residue {d}"] = module._residue(one.L, one.W)
    less, more = planted().with_powers().with_kappa(2, 1e-3), planted().with_powers().with_kappa(2, 1e9)
    found["kappa"] = parts(less), parts(more)
    kept_numbers(found)


def test_errors(kept_numbers: NumbersKeeper) -> None:
    """Of small rows and large ones, with each of what bounds exponents the least of all."""
    of, found = planted().with_powers(), dict[str, Any]()
    rows = Size(
        np.array([0.0, 0.05, 0.5, 2.0, 9.0]), np.array([0.0, 0.04, 0.6, 1.5, 9.0]), np.array([0.0, 0.03, 0.9, 9.0, 9.0])
    )
    found["M"], found["mu"] = of.M(rows), [of.mu(p, rows) for p in (1, 2, 3)]
    for g in range(1, 9):
        for b in (0.0, 0.25):
            found[f"{g} {b}"] = of.theta(g, rows, b), of.error(g, rows, b, Deviation(2.0, 0.5, 0.25))
    kept_numbers(found)


def keys(kind: str) -> Floats:
    Y = dyadic(11, (40, 3)) * [1, 2, 4]
    if kind == "a far key":
        Y[0] = 20
    if kind == "some do not tell":
        Y[1::2] *= 8
    return Y


@pytest.mark.parametrize("kind", ["usual", "a far key", "some do not tell"])
def test_moments_of_keys(kind: str, kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """By all of the keys, or by some that do not lie as all do."""
    inputs = Whole(Attention(dyadic(12, (9, 3)), keys(kind), np.ones((40, 1)), 0.5))
    found: dict[str, Any] = {"all": parts(Moments.of(inputs))}
    for part in (slice(2, 40), slice(0, None, 2), slice(0, 9)):
        monkeypatch.setattr(module, "sampled", lambda of, name, part=part: keys(kind)[part])
        one = Moments.of(inputs)
        assert one is not None
        found[f"{part}"], found[f"{part} sizes"] = parts(one), (one.sizes(), one.largest_sizes())
    kept_numbers(found)


def test_where_other_coordinates_and_other_passes_begin() -> None:
    assert (LIKE, NEAR) == (1.02, 1.5)


def test_moments_of_keys_in_blocks(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {}
    for rows in (3, 8, 13):
        one = Moments.of(InParts(Attention(dyadic(12, (9, 3)), keys("usual"), np.ones((40, 1)), 0.5), rows))
        assert one is not None
        found[f"{rows}"], found[f"{rows} sizes"] = parts(one), (one.sizes(), one.largest_sizes())
    kept_numbers(found)


def test_a_norm_beyond_float64_alone_leaves_no_moments() -> None:
    """The squares of its columns are within, and so is their mean."""
    K = 1e153 * dyadic(11, (40, 2)) / 2
    for far, known in ((0.8e154, True), (1.2e154, False)):
        K[0] = far
        one = Moments.of(Whole(Attention(np.ones((2, 2)), K, np.ones((40, 1)), 1e-154)))
        assert (one is not None) == known
