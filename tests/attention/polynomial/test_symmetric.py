"""kappa_p from symmetric tensors is what the module's text makes of their second moments, each term of what is lost too."""

from collections.abc import Callable
from math import comb, factorial, inf, prod, sqrt
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import attention.polynomial.symmetric as module
from attention.polynomial.monomials import monomials
from attention.polynomial.symmetric import MANY, _basis, sharper
from instances.coded import Floats
from tests.support.dyadic import dyadic

Bound = Callable[[Floats, float], float]


class Given:
    """What `sharper` asks of moments, and what it makes of them."""

    def __init__(self, d: int, m: int, M: Floats, z: float = 1.0) -> None:
        self.centre, self.W, self.z = np.zeros(d), np.eye(d), z
        self.asked: list[Any] = []
        self.inputs = SimpleNamespace(m=m, over=lambda which, block: [self.block(which, block), 2 * M])
        self.M = M

    def block(self, which: str, block: Any) -> Floats:
        self.asked += [which, block.args[3]]
        return self.M

    def with_kappa(self, p: int, kappa: float) -> tuple[int, float]:
        return p, kappa


def exponents(d: int, p: int) -> list[list[int]]:
    """Of the monomials of degree p in d variables, in graded order as `monomials` has them."""
    if p == 0:
        return [[0] * d]
    found = []
    for before in exponents(d, p - 1):
        for v in range(max((c for c in range(d) if before[c]), default=0), d):
            found.append([e + (c == v) for c, e in enumerate(before)])
    return found


def basis(d: int, p: int) -> tuple[Floats, Floats]:
    """Coordinates of |z|^2 z_b, or |z|^2, in orthonormal coordinates, by their definition, normalised."""
    powers = exponents(d, p)
    roots = np.array([sqrt(factorial(p) / prod(map(factorial, e))) for e in powers])
    columns = []
    for b in range(d) if p == 3 else (None,):
        terms = np.zeros(len(powers))
        for a in range(d):
            of = [2 * (c == a) + (c == b) for c in range(d)]
            terms[powers.index(of)] += 1
        columns.append(terms / roots)
    T = np.array(columns).T
    return roots, T / np.linalg.norm(T, axis=0)


@pytest.mark.parametrize("p", [2, 3])
@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_the_basis(d: int, p: int) -> None:
    found, restated = _basis(d, p), basis(d, p)
    assert found[0] == pytest.approx(restated[0], rel=1e-14)
    assert found[1] == pytest.approx(restated[1], rel=1e-14, abs=1e-15)
    assert len(found[0]) == comb(d + p - 1, p) == len(monomials(d, p).last) - int(monomials(d, p).starts[p])


@pytest.mark.parametrize("p", [2, 3])
@pytest.mark.parametrize("m", [9, MANY - 1, MANY, 10**12, 10**15])
def test_the_bound(p: int, m: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 3 columns: by parts as they are, and by what they lose alone."""
    d, u = 3, 2.0**-24 if m >= MANY else 2.0**-53
    roots, T = basis(d, p)
    F = dyadic(p, (20, len(roots)))
    M = F.T @ F
    wide = 3 * M / m * roots * roots[:, None]
    lost = sum(k * v / (1 - k * v) if k * v < 1 else inf for k, v in ((4 * p + 24, u), (m + 8 * p * (d + 4), 2.0**-53)))
    off, o, H = (2 * lost + 64 * len(T) * 2.0**-53) * np.trace(wide), {2: 1 / d, 3: 3 / (d + 2)}[p], np.eye(len(T)) - T @ T.T
    parts = [np.linalg.eigvalsh(X).max() for X in (T.T @ wide @ T, H @ wide @ H)]
    for own in (True, False):
        given, asked = Given(d, m, M), list[tuple[int, float]]()

        def bound(A: Floats, off: float, asked: list[tuple[int, float]] = asked, own: bool = own) -> float:
            asked.append((len(A), off))
            return float(np.linalg.eigvalsh(A).max()) if own else 0.0

        monkeypatch.setattr(module, "largest_eigenvalue", bound)
        along, apart, both = (*parts, np.linalg.norm(H @ wide @ T, 2)) if own else (0.0, 0.0, 0.0)
        found: Any = sharper(given, p)  # type: ignore[arg-type]
        if lost > 0.25:
            assert found is given
            continue
        least = o * (along + off) + (1 - o) * (apart + off) + 2 * sqrt(o * (1 - o)) * (both + off)
        assert found == (p, pytest.approx(least * (1 + 1e-9), rel=1e-12, abs=0))
        k = 4 * len(T)
        rounded = pytest.approx(k * 2.0**-53 / (1 - k * 2.0**-53), rel=1e-12, abs=0)
        assert asked == [(T.shape[1], 0.0), (len(T), 0.0), (T.shape[1], rounded)]
        assert given.asked == ["K", np.float32 if m >= MANY else np.float64]


def test_what_is_too_much_is_left() -> None:
    """More than 300 tensors, |z| of 2^10 or more, moments that are beyond float64."""
    for d, p, M, z, done in (
        (24, 2, np.eye(300), 1.0, True), (25, 2, np.eye(325), 1.0, False), (11, 3, np.eye(286), 1.0, True),
        (12, 3, np.eye(364), 1.0, False), (2, 2, np.eye(3), 1024.0, False), (2, 2, np.eye(3), np.nextafter(1024, 0), True),
        (2, 2, np.full((3, 3), inf), 1.0, False),
    ):  # fmt: skip
        given = Given(d, 9, M, z)
        with np.errstate(invalid="ignore"):
            assert (sharper(given, p) is given) != done  # type: ignore[arg-type, comparison-overlap]
