"""Upper bounds on eigenvalues hold for whatever basis is found, and are those of the module's text, each term of it."""

from math import inf
from typing import Any

import numpy as np
import pytest

from attention.polynomial.eigenvalues import largest_eigenvalue, lifted_factor
from instances.coded import Floats
from tests.support.dyadic import dyadic

U = 2.0**-53


def with_basis(monkeypatch: pytest.MonkeyPatch, E: Floats) -> None:
    monkeypatch.setattr(np.linalg, "eigh", lambda _: (None, E))


def restated(A: Floats, E: Floats, off: float) -> float:
    """||E^T A E||/(1 - ||E^T E - 1||) in the norm of row sums, each with what its products round by, and off trace(A)."""
    d, A = len(A), (A + A.T) / 2
    gamma, gamma_2 = ((k * U) / (1 - k * U) for k in (d + 4, 2 * d + 4))
    above = [sum(abs((E.T @ A @ E)[i]) + gamma_2 * (abs(E.T) @ abs(A) @ abs(E))[i]) for i in range(d)]
    apart = [sum(abs((E.T @ E)[i] - np.eye(d)[i]) + gamma * (abs(E.T) @ abs(E))[i]) for i in range(d)]
    return float(max(above) / (1 - max(apart)) + off * sum(A[i, i] for i in range(d)))


@pytest.mark.parametrize("off", [0.0, 0.25])
@pytest.mark.parametrize("size", [0.0, 1e-3, 0.1])
def test_any_basis_will_do(monkeypatch: pytest.MonkeyPatch, size: float, off: float) -> None:
    for seed in range(5):
        A = dyadic(seed, (3, 3))
        E = np.eye(3) + size * dyadic(seed + 9, (3, 3))
        least = float(np.linalg.eigvalsh((A + A.T) / 2).max())
        with monkeypatch.context() as patch:
            with_basis(patch, E)
            found = largest_eigenvalue(A, off)
        assert found >= least + off * np.trace(A)
        assert found == pytest.approx(restated(A, E, off) * (1 + 1e-9), rel=1e-13, abs=0)


def test_what_products_round_by_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two directions that are nearly one, and a matrix that makes next to nothing of them; all products are exact."""
    t = 2.0**-12
    A, E = 2.0**60 * np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([[1 - t, 1 + t], [1 + t, 1 - t]]) / 2
    with_basis(monkeypatch, E)
    found = largest_eigenvalue(A, 0.0)
    assert found == pytest.approx(restated(A, E, 0.0) * (1 + 1e-9), rel=1e-12, abs=0)
    without = np.abs(E.T @ A @ E).sum(axis=1).max() / (1 - np.abs(E.T @ E - np.eye(2)).sum(axis=1).max())
    assert found / without - 1 > 2e-8


@pytest.mark.parametrize(("size", "proved"), [(0.999, True), (1.001, False)])
def test_a_basis_far_from_one_proves_nothing(monkeypatch: pytest.MonkeyPatch, size: float, proved: bool) -> None:
    with_basis(monkeypatch, np.sqrt(1 + size) * np.eye(2))
    assert np.isfinite(largest_eigenvalue(np.eye(2), 0.0)) == proved
    with_basis(monkeypatch, np.zeros((2, 2)))
    assert largest_eigenvalue(np.eye(2), 0.0) == inf


def test_one_number_is_its_size() -> None:
    assert largest_eigenvalue(np.array([[-3.0]]), 0.5) == 4.5 * (1 + 1e-9)


def test_factors() -> None:
    S = np.array([[4.0, 1.0], [1.0, 2.0]])
    L: Any = lifted_factor(S)
    assert pytest.approx(6e-12 * np.eye(2), rel=1e-2, abs=1e-15) == L @ L.T - S
    assert lifted_factor(np.array([[1.0, 2.0], [2.0, 1.0]])) is None
    for wrong in (np.zeros((2, 2)), 1e-300 * S, np.full((2, 2), np.nan), S + np.diag([inf, 0])):
        assert lifted_factor(wrong) is None
    for trace, found in ((1.5e-268, True), (0.99e-268, False)):
        assert (lifted_factor(trace / 2 * np.eye(2)) is not None) == found
