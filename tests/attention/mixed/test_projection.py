"""Fewer columns: exponents are off by no more than T, in exact arithmetic; of any A and W; faults that break it."""

import json
from collections.abc import Callable
from fractions import Fraction
from math import tanh
from typing import Any

import numpy as np
import pytest

import attention.mixed.projection as module
from attention.mixed.projection import Axes, candidates
from instances.coded import Floats
from instances.task import Attention
from tests.support.fixtures import FOLDER, floats

Pair = tuple[Floats, Floats]


def near(rng: np.random.Generator, n: int, m: int, d: int, r: int, noise: float) -> Pair:
    """Of rank r in the same directions, but for noise."""
    B = rng.normal(size=(r, d))
    return tuple(rng.normal(size=(k, r)) @ B + noise * rng.normal(size=(k, d)) for k in (n, m))  # type: ignore[return-value]


def turned(rng: np.random.Generator, d: int) -> Floats:
    found: Floats = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return found


def scaled(rng: np.random.Generator, pair: Pair, most: int, turn: bool) -> Pair:
    """Columns of Q times powers of two, those of K divided by them; and then both turned."""
    (Q, K), d = pair, pair[0].shape[1]
    D, U = np.exp2(rng.integers(-most, most, d)), turned(rng, d) if turn else np.eye(d)
    return (Q * D) @ U, (K / D) @ U


def with_far_key(rng: np.random.Generator, pair: Pair) -> Pair:
    Q, K = pair
    K[-1] = 5 * rng.normal(size=K.shape[1])
    return Q, K


ROWS: dict[str, Callable[[np.random.Generator, int, int, int], Pair]] = {
    "noise": lambda rng, n, m, d: near(rng, n, m, d, 2, 1e-3),
    "exact rank": lambda rng, n, m, d: near(rng, n, m, d, 2, 0.0),
    "rank of Q alone": lambda rng, n, m, d: (near(rng, n, m, d, 1, 0.0)[0], rng.normal(size=(m, d))),
    "rank of K alone": lambda rng, n, m, d: (rng.normal(size=(n, d)), near(rng, n, m, d, 1, 0.0)[1]),
    "no rank": lambda rng, n, m, d: (rng.normal(size=(n, d)), rng.uniform(-1, 1, (m, d))),
    "a far key": lambda rng, n, m, d: with_far_key(rng, near(rng, n, m, d, 2, 1e-4)),
    "far from 0": lambda rng, n, m, d: (rng.normal(size=(n, d)), near(rng, n, m, d, 1, 1e-6)[1] + 1e7),
    "columns of all sizes": lambda rng, n, m, d: scaled(rng, near(rng, n, m, d, 2, 1e-3), 60, False),
    "directions of all sizes": lambda rng, n, m, d: scaled(rng, near(rng, n, m, d, 2, 1e-3), 9, True),
    "a huge direction": lambda rng, n, m, d: (
        rng.normal(size=(n, d)),
        near(rng, n, m, d, 1, 1e-4)[1] + 1e6 * np.outer(rng.normal(size=m), np.eye(d)[0]),
    ),
    "equal rows": lambda rng, n, m, d: (np.ones((n, d)) / 3, np.full((m, d), 0.1)),
    "0": lambda rng, n, m, d: (np.zeros((n, d)), rng.normal(size=(m, d))),
}


def drawn(name: str, seed: int, n: int = 4, m: int = 6, d: int = 4) -> Attention:
    rng = np.random.default_rng(seed)
    Q, K = ROWS[name](rng, n, m, d)
    return Attention(Q, K, rng.uniform(-1, 1, (m, 1)), float(rng.choice([-1, 1]) * rng.choice([0.1, 1, 8])))


def axes_of(inputs: Attention, some: int | None = None) -> list[Axes]:
    """By all of the rows, or by the first so many keys."""
    Q, K = inputs.queries(slice(None)), inputs.keys(slice(some))
    centre = K.mean(axis=0)
    return list(candidates(Q, K - centre, np.abs(Q).max(axis=0), np.abs(K - centre).max(axis=0), centre))


def exactly(X: Any) -> list[list[Fraction]]:
    return [[Fraction(x) for x in row] for row in np.atleast_2d(X).tolist()]


def largest_off(inputs: Attention, axes: Axes, rank: int) -> float:
    """max |scale (<q, k - c> - <q', z>)|, in rational numbers."""
    projected = axes.first(rank, inputs)
    (Q, K), (less_Q, less_K) = ((exactly(of.Q), exactly(of.K)) for of in (inputs, projected))
    (c,) = exactly(axes.centre)
    centred = [[k - x for k, x in zip(key, c, strict=True)] for key in K]
    off = [
        abs(_product(q, k) - _product(less_q, less_k))
        for q, less_q in zip(Q, less_Q, strict=True)
        for k, less_k in zip(centred, less_K, strict=True)
    ]
    return float(max(off) * abs(Fraction(inputs.scale)))


def _product(q: list[Fraction], k: list[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(q, k, strict=True)), Fraction(0))


def ratio(inputs: Attention, axes: Axes) -> float:
    """The largest of |t| to T over all ranks."""
    return max(largest_off(inputs, axes, r) / float(T) for r, T in enumerate(axes.tails(inputs), 1))


@pytest.mark.parametrize("name", ROWS)
def test_exponents_are_off_by_no_more(name: str) -> None:
    for seed in range(2):
        inputs = drawn(name, seed)
        for axes in axes_of(inputs):
            assert np.isfinite(axes.tails(inputs)).all()
            assert ratio(inputs, axes) <= 1


def test_of_some_rows_or_of_any_matrices() -> None:
    """What is taken for axes decides T and not whether it holds: those of three of the keys, those that have nothing to do with
    the rows, W far from an inverse, badly conditioned A.
    """
    worst = 0.0
    for seed, name in enumerate(ROWS):
        inputs, rng = drawn(name, seed), np.random.default_rng(seed)
        c = inputs.keys(slice(None)).mean(axis=0)
        A, W = rng.normal(size=(2, 4, 4))
        U, bad = turned(rng, 4), turned(rng, 4) * np.array([1e9, 1e3, 1e-3, 1e-9])
        others = [Axes(A, W, c), Axes(U, U.T, np.zeros(4)), Axes(bad, np.linalg.inv(bad), c), Axes(bad, U.T, c)]
        for axes in [*axes_of(inputs, 3), *others]:
            worst = max(worst, ratio(inputs, axes))
    assert 0.9 < worst <= 1


@pytest.mark.parametrize("name", ["noise", "directions of all sizes", "columns of all sizes", "a huge direction"])
def test_the_least_tail_is_that_of_balanced_axes(name: str) -> None:
    """Beyond the directions that there are it is what noise leaves of both sides, however they are scaled."""
    inputs = drawn(name, 5, n=30, m=40, d=8)
    tails = axes_of(inputs)[2].tails(inputs)
    assert (np.diff(tails) <= 0).all()
    rank = 2 if name != "a huge direction" else 3
    assert tails[rank - 1] < 1e-2 * tails[0]


def test_one_side_of_exact_rank_is_enough() -> None:
    for place, name in enumerate(["rank of Q alone", "rank of K alone"]):
        inputs = drawn(name, 3, n=20, m=20, d=64)
        assert axes_of(inputs)[place].tails(inputs)[0] < 1e-8


def test_the_oblique_projector() -> None:
    """For Pi = A_1 W_1 = [[1, 1], [0, 0]], q = e_1 and k = e_2 the product of |q - Pi q| and |k - Pi k| is 0, and t is -1."""
    inputs = Attention(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([[1.0], [0.0]]), 1.0)
    for W in ([[1, 1], [0, 1]], [[1, 1], [0, 0]]):
        axes = Axes(np.array([[1.0, -1.0], [0.0, 1.0]]), np.array(W, np.float64), np.zeros(2))
        assert largest_off(inputs, axes, 1) == 1
        assert 1 <= axes.tails(inputs)[0] < 1 + 1e-8 if W[1][1] else axes.tails(inputs)[0] >= 1


def test_what_is_too_large() -> None:
    inputs = drawn("noise", 0)
    for factor in (1e61, 1e300):
        large = Attention(inputs.queries(slice(None)) * factor, inputs.K, inputs.V, 1.0)
        assert np.isinf(Axes(np.eye(4), np.eye(4), np.zeros(4)).tails(large)).all()


@pytest.mark.parametrize(("n", "m", "d"), [(0, 1, 2), (0, 5, 3), (1, 1, 2), (3, 1, 5), (1, 7, 2)])
def test_any_number_of_rows(n: int, m: int, d: int) -> None:
    rng = np.random.default_rng(0)
    Q, K = rng.normal(size=(n, d)), rng.normal(size=(m, d))
    inputs, centre = Attention(Q, K, np.ones((m, 1)), 1.0), K.mean(axis=0)
    largest = np.abs(Q).max(axis=0, initial=0.0), np.abs(K - centre).max(axis=0)
    for axes in candidates(Q, K - centre, *largest, centre):
        assert axes.tails(inputs)[-1] < 1e-12
        assert axes.first(1, inputs).Q.shape == (n, 1)  # type: ignore[union-attr]
        if n:
            assert ratio(inputs, axes) <= 1


FIXTURE: list[Any] = json.loads((FOLDER / "regimes_projection.json").read_text())["cases"]
ORTHOGONAL = [case for case in FIXTURE if "Pi" in case["inputs"]]


@pytest.mark.parametrize("case", ORTHOGONAL, ids=lambda case: str(case["what"]))
def test_by_a_second_implementation(case: Any) -> None:
    """T and |t| of orthogonal projectors, to 25 digits, and what is lost without the tail."""
    given, expected = case["inputs"], case["expected"]
    Q, K, V, c, Pi = (floats(given[name]) for name in ("Q", "K", "V", "c", "Pi"))
    inputs, U = Attention(Q, K, V, float(given["scale"])), np.linalg.eigh(Pi)[1][:, ::-1]
    axes, rank = Axes(U, U.T, c), round(float(np.trace(Pi)))
    T = float(axes.tails(inputs)[rank - 1])
    assert float(expected["T"]) <= T <= float(expected["T"]) * (1 + 1e-8) + 1e-13
    off = max(float(row["largest_t"]) for row in expected["rows"])
    assert largest_off(inputs, axes, rank) == pytest.approx(off, rel=1e-12, abs=1e-15)
    exact = floats([row["attention"] for row in expected["rows"]])
    projected = axes.first(rank, inputs)
    w = np.exp(inputs.scale * projected.queries(slice(None)) @ projected.keys(slice(None)).T)
    lost = np.abs(w @ V / w.sum(axis=1, keepdims=True) - exact)
    assert (lost <= np.ptp(V, axis=0) * tanh(T / 2) + 1e-14).all()


# ----------------------------------------------------------------------------------------------------------------- faults


def _without(what: str) -> Callable[[pytest.MonkeyPatch], None]:
    """That part of T is not there."""

    def fault(monkeypatch: pytest.MonkeyPatch) -> None:
        if what == "G":
            monkeypatch.setattr(Axes, "_off", lambda self: np.zeros_like(self.A))
        elif what == "rounding":
            monkeypatch.setattr(module, "gamma", lambda k, u: 0.0)
        elif what == "the last rows":
            found = module._beyond
            monkeypatch.setattr(module, "_beyond", lambda X, *others: found(X[:3], *others))
        elif what == "a column":
            found = module._beyond
            monkeypatch.setattr(module, "_beyond", lambda *given: np.append(found(*given)[1:], 0.0))
        else:
            monkeypatch.setattr(module, "_beyond", lambda X, *others: np.zeros(X.shape[1]))

    return fault


@pytest.mark.parametrize("part", ["G", "rounding", "the last rows", "a column", "the product of norms"])
def test_faults_of_the_bound_are_caught(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(drawn(name, seed), name) for name in ROWS for seed in range(2)]
    kept = [(inputs, axes_of(inputs, 4)) for inputs, _ in found]
    _without(part)(monkeypatch)
    assert max(ratio(inputs, axes) for inputs, all_axes in kept for axes in all_axes if axes.tails(inputs)[0] > 0) > 1
