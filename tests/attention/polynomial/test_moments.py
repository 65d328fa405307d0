"""The moment certificate: the numbers of a second implementation, moments in exact arithmetic, rows that come near the bound.

Every fault of the list at the end breaks the bound on one of the inputs on which it holds.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations_with_replacement, pairwise
from math import comb, exp, expm1, factorial, inf, sqrt
from typing import Any

import numpy as np
import pytest

import attention.blocks as blocks
import attention.polynomial.by_moments as search
import attention.polynomial.moments as module
from attention import Polynomial, Softmax
from attention.blocks import Whole
from attention.polynomial.eigenvalues import largest_eigenvalue
from attention.polynomial.moments import Moments
from attention.polynomial.passes import BLOCK, key_pass, largest_of_queries, query_pass
from attention.polynomial.polynomial import Certificate
from attention.polynomial.search import Known
from attention.polynomial.sizes import Deviation, Size, remainder
from attention.polynomial.symmetric import sharper
from attention.polynomial.tensors import _tiles, tensor_pass
from instances.bits import BitMatrix
from instances.coded import Coded, Floats
from instances.faults import BadInput, Declined
from instances.task import Attention
from tests.support.fixtures import FOLDER, floats

CASES: list[Any] = json.loads((FOLDER / "regimes_moments.json").read_text())["cases"]
KNOWN = [case for case in CASES if case["inputs"]["centre"] == "mean" and case["expected"]["rank"]]
WIDE = np.longdouble


def inputs_of(case: Any) -> Attention:
    given = case["inputs"]
    return Attention(floats(given["Q"]), floats(given["K"]), floats(given["V"]), float(given["scale"]))


def moments_of(inputs: Attention, tensors: bool = True) -> Moments:
    found = Moments.of(Whole(inputs))
    assert found is not None
    return sharper(sharper(found, 2), 3) if tensors else found


def deviation(V: Floats) -> Deviation:
    apart = np.abs(V - V.mean(axis=0))
    return Deviation(float(np.ptp(V, axis=0).max()), float(apart.max()) + 1e-12, float(V.std(axis=0).max()) + 1e-12)


# ------------------------------------------------------------------------------------------ the second implementation


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: case["what"])
def test_the_numbers_of_a_second_implementation(case: Any) -> None:
    expected, inputs = case["expected"], inputs_of(case)
    cheap, sharp = moments_of(inputs, False), moments_of(inputs)
    wide = np.linalg.cond(floats(expected["S"])) < 1e8  # else what is added to the covariance counts
    for p in (2, 3) if wide else ():
        least = min(float(expected["kappa"][how][str(p)]) for how in ("cheap", "sym"))
        assert least * (1 - 1e-9) <= sharp.kappa[p] == pytest.approx(least, rel=1e-6)
    if wide:
        assert cheap.kappa[2] == pytest.approx(float(expected["kappa"]["cheap"]["2"]), rel=1e-6)
    sizes, _ = sharp.sizes()
    M = sharp.M(sizes)
    for i, row in enumerate(expected["rows"]):
        of = Size(*(part[i] for part in sizes))
        if wide:
            assert float(row["M_i"]) <= M[i] * (1 + 1e-15) == pytest.approx(float(row["M_i"]), rel=1e-5, abs=1e-5)
        for p in (1, 2, 3):
            assert float(row[f"mu_{2 * p}"]) <= sharp.mu(p, of) * (1 + 1e-15), p
        for g in (3, 5):
            taylor = row[f"taylor_{g}"]
            known_R = float(taylor["R"])
            assert known_R <= remainder(np.float64(row["M_i"]), g) <= 1.0001 * known_R
            bound = float(sharp.error(g, of, 1e-15, deviation(inputs.V)))
            known = [float(x) for x in taylor["bound"]["sym"] if x is not None]
            if not known:
                assert bound == inf
                continue
            assert max(float(x) for x in taylor["error"]) <= bound
            assert max(float(x) for x in taylor["bound"]["exact"]) * (1 - 1e-9) <= bound
            assert not wide or bound <= 1.05 * max(known) + 1e-10


def test_keys_that_are_all_alike_have_no_moments() -> None:
    assert Moments.of(Whole(Attention(np.ones((2, 2)), np.ones((9, 2)), np.ones((9, 1)), 1.0))) is None
    (equal,) = (case for case in CASES if case["what"].startswith("equal keys"))
    assert Moments.of(Whole(inputs_of(equal))) is None


def test_coded_keys_and_keys_beyond_float64_have_none() -> None:
    bits = Coded(BitMatrix.of(["01", "10"]), np.zeros(2), np.ones(2))
    assert Moments.of(Whole(Attention((bits,), (bits,), np.ones((2, 1)), 1.0))) is None
    for size in (1e160, 1e-160):
        K = size * np.random.default_rng(0).normal(size=(9, 2))
        assert Moments.of(Whole(Attention(np.ones((2, 2)), K, np.ones((9, 1)), 1.0))) is None


# ------------------------------------------------------------------------------------------------ moments and rows


def laws(rng: np.random.Generator, m: int, d: int) -> Iterator[Floats]:
    """Keys of many kinds."""
    yield rng.uniform(-1, 1, (m, d))
    yield rng.normal(size=(m, d))
    yield rng.standard_t(3, (m, d))
    yield rng.choice([-1.0, 1.0], (m, d)) * rng.uniform(0.9, 1.1, (m, d)) + 0.3
    yield rng.exponential(size=(m, d)) ** 2
    yield np.where(rng.random((m, d)) < 0.1, 1.0, 0.0) + 1e-3 * rng.normal(size=(m, d))
    far = 0.01 * rng.normal(size=(m, d))
    far[0] = 50.0
    yield far
    yield np.outer(rng.normal(size=m), rng.normal(size=d)) + 10.0 ** rng.integers(-12, 0) * rng.normal(size=(m, d))
    yield rng.normal(size=(m, d)) + 1e6
    yield np.sort(rng.normal(size=(m, d)), axis=0)


def drawn(seed: int) -> Iterator[Attention]:
    """Inputs with exponents of a few units about the mean of K; V that knows which weights are off, and others."""
    rng = np.random.default_rng(seed)
    m, d, n = int(rng.integers(5, 60)), int(rng.integers(1, 5)), 12
    for K in laws(rng, m, d):
        Q = rng.normal(size=(n, d))
        x = Q @ (K - K.mean(axis=0)).T
        scale = float(rng.choice([-1, 1]) * 10 ** rng.uniform(-1.5, 0.5) / np.abs(x).max())
        off = (scale * x)[0] ** int(rng.integers(2, 5))
        V = [rng.uniform(-1, 1, (m, 2)), (off > np.median(off)).astype(float)[:, None], np.eye(m)[:, :2]][int(rng.integers(3))]
        yield Attention(Q, K, V, scale)


def truth(inputs: Attention, centre: Floats, g: int) -> tuple[Floats, list[Floats], Floats]:
    """In extended precision, about a centre: by how much Taylor's polynomial is off, row by row; mu_2, mu_4, mu_6; max |x|."""
    Q, K, V = (X.astype(WIDE) for X in (inputs.queries(slice(None)), inputs.keys(slice(None)), inputs.V))
    x = WIDE(inputs.scale) * (Q @ (K - centre).T)
    P = np.sum([x**k / WIDE(factorial(k)) for k in range(g + 1)], axis=0)
    w = np.exp(x)
    off = np.abs(P @ V / P.sum(axis=1, keepdims=True) - w @ V / w.sum(axis=1, keepdims=True)).max(axis=1)
    return (
        off.astype(float),
        [(x ** (2 * p)).mean(axis=1).astype(float) for p in (1, 2, 3)],
        np.abs(x).max(axis=1).astype(float),
    )


def worst(seed: int, found: Callable[[Attention], Moments] = moments_of) -> tuple[float, float]:
    """The largest ratios of what is to what is known: of exponents and their moments, and of rows."""
    of_moments, of_rows = 0.0, 0.0
    for inputs in drawn(seed):
        moments = found(inputs)
        sizes, largest = moments.sizes()
        b = moments.b(largest)
        for g in (1, 2, 3, 4, 5):
            off, mu, M = truth(inputs, moments.centre, g)
            bound = moments.error(g, sizes, b, deviation(inputs.V))
            known = (bound < inf) & (bound > 1e-11)
            of_rows = max([of_rows, *(off[known] / bound[known])])
            ratios = [M / moments.M(sizes), *(mu[p - 1] / moments.mu(p, sizes) for p in (1, 2, 3))]
            of_moments = max(of_moments, float(np.max(ratios)))
    return of_moments, of_rows


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("tensors", [False, True])
def test_no_row_is_off_by_more(seed: int, tensors: bool) -> None:
    of_moments, of_rows = worst(seed, lambda inputs: moments_of(inputs, tensors))
    assert 0.99 < of_moments <= 1
    assert 0.1 < of_rows <= 1


def exactly(inputs: Attention, centre: Floats, p: int) -> list[Fraction]:
    """E x^2p of each row, in rational numbers."""
    rows = [
        [[Fraction(x) for x in row] for row in X]
        for X in (inputs.queries(slice(None)).tolist(), inputs.keys(slice(None)).tolist())
    ]
    s, c = Fraction(inputs.scale), [Fraction(float(x)) for x in centre]
    found = []
    for q in rows[0]:
        x = [s * sum((a * (k - o) for a, k, o in zip(q, key, c, strict=True)), Fraction(0)) for key in rows[1]]
        found.append(sum((each ** (2 * p) for each in x), Fraction(0)) / len(x))
    return found


@pytest.mark.parametrize("apart", [2.0**-k for k in range(0, 60, 4)])
@pytest.mark.parametrize("offset", [0.0, 1e3, 1e8])
def test_moments_of_nearly_singular_keys(apart: float, offset: float) -> None:
    """Columns that are equal but for `apart`, and queries across them, along them, between: exact moments are never above."""
    rng = np.random.default_rng(int(-np.log2(apart)))
    one = rng.normal(size=12)
    K = np.stack([one, one + apart * rng.normal(size=12), one - apart * rng.normal(size=12)], axis=1) + offset
    across = np.array([[1.0, -1, 0], [1, 0, -1], [1, 1, 1], [2, -1, -1 + 1e-9]])
    inputs = Attention(across / max(apart, 1e-12), K, np.ones((12, 1)), 0.3)
    moments = moments_of(inputs)
    sizes, _ = moments.sizes()
    for p in (1, 2, 3):
        for row, (mu, bound) in enumerate(zip(exactly(inputs, moments.centre, p), moments.mu(p, sizes), strict=True)):
            assert mu <= Fraction(float(bound)), (p, row)


@pytest.mark.parametrize("d", [1, 3, 8])
def test_eigenvalues_are_bounded(d: int) -> None:
    rng = np.random.default_rng(d)
    for _ in range(20):
        X = rng.normal(size=(d, d + 2)) * 10.0 ** rng.uniform(-6, 6, (d, 1))
        A = X @ X.T
        largest = float(np.linalg.eigvalsh(A)[-1])
        assert largest <= largest_eigenvalue(A, 0.0) <= largest * (1 + 1e-8)
        assert largest_eigenvalue(A, 0.25) == pytest.approx(largest_eigenvalue(A, 0.0) + 0.25 * np.trace(A), rel=1e-8)
        moved = A + 0.1 * np.trace(A) * np.eye(d)
        assert float(np.linalg.eigvalsh(moved)[-1]) <= largest_eigenvalue(A, 0.1)


@pytest.mark.parametrize("g", range(1, 9))
def test_what_the_series_leaves(g: int) -> None:
    M = np.array([0.0, 1e-9, 0.1, 1.0, 3.0, 12.0, 30.0])
    found = remainder(M, g)
    for x, bound in zip(M.tolist(), found.tolist(), strict=True):
        exact = sum((Fraction(x) ** k * Fraction(factorial(g + 1), factorial(g + 1 + k)) for k in range(150)), Fraction(0))
        assert exact <= Fraction(bound) <= exact * Fraction(1001, 1000) + (x > 12) * exact
    assert (remainder(np.array([1.0, 51.0]), g) == inf).all()


def test_deviations() -> None:
    dev = Deviation(3.0, 1.0, 0.5)
    mu_2, M = np.array([0.0, 0.04, 0.04, 100.0]), np.array([0.0, 0.5, 1.0, 1.0])
    grown = [1.0, expm1(0.5) / 0.5, expm1(1.0), expm1(1.0)]
    wanted = [min(3.0, 1.0 + exp(0.1) * 0.5 * sqrt(mu) * g) for mu, g in zip(mu_2, grown, strict=True)]
    assert np.allclose(dev.of(mu_2, M, 0.1), wanted, rtol=1e-8)
    assert (dev.of(mu_2, M, 0.1) >= wanted).all()


# -------------------------------------------------------------------------------------------------------------- passes


@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("m", [1, 7, 8, 9, BLOCK - 1, BLOCK, BLOCK + 1, 1000])
def test_passes_are_those_of_numpy(m: int, d: int) -> None:
    rng = np.random.default_rng(m + d)
    X, centre, W = rng.normal(size=(m, d)) + 2, rng.normal(size=d), rng.normal(size=(d, d))
    most, total, norms, powers = key_pass(centre, W, X)
    y = X - centre
    z = y @ W.T
    squares = (z**2).sum(axis=1)
    assert np.array_equal(most, [X.max(axis=0), -X.min(axis=0)])
    assert np.allclose(total, y.sum(axis=0), rtol=1e-12, atol=1e-12)
    assert np.allclose(norms, [(y**2).sum(axis=1).max(), squares.max()], rtol=1e-13)
    assert np.allclose(powers, [z.T @ z, (z * squares[:, None]).T @ z], rtol=1e-11, atol=1e-11)
    assert np.array_equal(powers, powers.transpose(0, 2, 1))
    found, largest = query_pass(W, np.abs(centre), X)
    assert np.array_equal(largest, np.abs(X).max(axis=0))
    wanted = [np.linalg.norm(X, axis=1), np.linalg.norm(X @ W.T, axis=1), np.abs(X) @ np.abs(centre)]
    assert np.allclose(found, wanted, rtol=1e-13)
    most, columns = largest_of_queries(W, np.abs(centre), X)
    assert np.array_equal(most, found.max(axis=1))
    assert np.array_equal(columns, largest)
    none, zero = query_pass(W, np.abs(centre), X[:0])
    assert (none.shape, zero.tolist()) == ((3, 0), [0.0] * d)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("m", "d", "p"), [(1, 1, 2), (127, 3, 3), (257, 8, 2), (1000, 5, 3), (600, 2, 2)])
def test_sums_of_tensors(m: int, d: int, p: int, dtype: Any) -> None:
    rng = np.random.default_rng(m + d)
    X, centre, W = rng.normal(size=(m, d)) + 2, rng.normal(size=d) + 2, rng.normal(size=(d, d))
    z = ((X - centre) @ W.T).T
    f = np.array([np.prod(z[list(t)], axis=0) for t in combinations_with_replacement(range(d), p)])
    found = tensor_pass(centre, W, p, dtype, X)
    assert (np.abs(found - f @ f.T) <= 40 * np.finfo(dtype).eps * (np.abs(f) @ np.abs(f).T)).all()


@pytest.mark.parametrize(("d", "p", "tiles", "all_tiles"), [(1, 3, 1, 1), (3, 3, 5, 6), (8, 2, 37, 45), (8, 3, 194, 465)])
def test_products_that_are_one_monomial_are_summed_once(d: int, p: int, tiles: int, all_tiles: int) -> None:
    found, places = _tiles(d, p)
    t = comb(d + p - 1, p)
    assert len(found) == tiles <= all_tiles == -(-t // 4) * (-(-t // 4) + 1) // 2
    assert len(set(places.ravel().tolist())) == comb(d + 2 * p - 1, 2 * p)
    assert (found[:, 0] >= found[:, 1]).all()


def test_of_many_keys_tensors_are_summed_in_float32_and_that_is_allowed_for(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = uniform(5000, 3, 1.0)
    single = moments_of(inputs)
    monkeypatch.setattr("attention.polynomial.symmetric.MANY", 1 << 40)
    double = moments_of(inputs)
    for p in (2, 3):
        assert double.kappa[p] < single.kappa[p] < 1.001 * double.kappa[p]


def in_other_coordinates(monkeypatch: pytest.MonkeyPatch) -> Callable[[Attention], Moments]:
    """Moments where eight keys or a few more tell where all should lie, and nearly all of what they tell is put right."""
    monkeypatch.setattr(blocks, "SOME", 8)
    monkeypatch.setattr(module, "NEAR", 1e6)
    return moments_of


@pytest.mark.parametrize("seed", range(6))
def test_no_row_is_off_by_more_in_other_coordinates(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    of_moments, of_rows = worst(seed, in_other_coordinates(monkeypatch))
    assert 0.5 < of_moments <= 1
    assert of_rows <= 1


def test_other_coordinates_take_no_second_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, passes, key_sums = uniform(3000, 4, 1.0), list[int](), module._key_sums

    def counted(centre: Floats, W: Floats, K: Floats) -> Any:
        passes.append(len(K))
        return key_sums(centre, W, K)

    monkeypatch.setattr(module, "_key_sums", counted)
    whole = moments_of(inputs)
    monkeypatch.setattr(blocks, "SOME", 200)
    some = moments_of(inputs)
    assert passes == [3000, 3000]
    assert some.kappa[1] == pytest.approx(1.0, abs=1e-8)
    K = inputs.keys(slice(None))
    assert np.allclose(some.L @ some.L.T, (K - some.centre).T @ (K - some.centre) / len(K), rtol=1e-9, atol=1e-9)
    for p in (2, 3):
        assert some.kappa[p] == pytest.approx(whole.kappa[p], rel=0.1)


def test_where_some_keys_do_not_tell_how_all_lie() -> None:
    """A second pass, about what the first one found: with outliers that are not among those looked at first."""
    rng = np.random.default_rng(0)
    K = rng.normal(size=(9000, 2))
    K[1::2] = K[1::2] * [30.0, 1.0] + [0.0, 5.0]
    moments = moments_of(Attention(np.ones((1, 2)), K, np.ones((9000, 1)), 1.0))
    y = K - moments.centre
    assert moments.kappa[1] == pytest.approx(1.0, abs=1e-6)
    assert np.allclose(moments.L @ moments.L.T, y.T @ y / len(K), rtol=1e-6)


@pytest.mark.parametrize("m", [7, 5000])
def test_what_is_known_beside_the_moments(m: int) -> None:
    rng = np.random.default_rng(m)
    K, Q = rng.normal(size=(m, 3)) * [1.0, 5.0, 0.1] + [100.0, 0.0, -3.0], rng.normal(size=(4, 3))
    moments = moments_of(Attention(Q, K, np.ones((m, 1)), -0.7))
    y = K - moments.centre
    assert np.allclose(moments.keys, [K.min(axis=0), K.max(axis=0), K.mean(axis=0)], rtol=1e-12)
    assert np.allclose(moments.widths, np.abs(y).max(axis=0), rtol=1e-8)
    assert (moments.widths >= np.abs(y).max(axis=0)).all()
    for known, true in ((moments.radius, y), (moments.z, y @ moments.W.T)):
        largest = np.linalg.norm(true, axis=1).max()
        assert largest <= known <= largest * (1 + 1e-8)
    mean = np.abs(y.mean(axis=0))
    assert (mean <= moments.drift).all()
    assert (moments.drift <= mean + 1e-15 * (m + 9) * moments.widths).all()
    sizes, largest_q = moments.sizes()
    assert np.array_equal(largest_q, np.abs(Q).max(axis=0))
    assert np.allclose(sizes.norm, 0.7 * np.linalg.norm(Q, axis=1), rtol=1e-8)
    assert np.allclose(sizes.whitened, 0.7 * np.linalg.norm(Q @ moments.L, axis=1), rtol=1e-6)
    assert np.allclose(sizes.columns, 0.7 * np.abs(Q) @ moments.widths, rtol=1e-8)
    assert moments.b(largest_q) == pytest.approx(0.7 * float(largest_q @ moments.drift), rel=1e-8)
    away = Known.with_queries(moments)
    assert away.norms_about(moments.centre) == pytest.approx(float(sizes.norm.max()) * moments.radius, rel=1e-8)
    moved = moments.centre + np.array([3.0, 0.0, 4.0])
    assert away.norms_about(moved) == pytest.approx(float(sizes.norm.max()) * (moments.radius + 5), rel=1e-8)
    assert away.norms_about(moved) >= 0.7 * np.linalg.norm(Q, axis=1).max() * np.linalg.norm(K - moved, axis=1).max()


# ------------------------------------------------------------------------------------------------------------- algorithm


def uniform(n: int, d: int, B: float, seed: int = 0) -> Attention:
    rng = np.random.default_rng(seed)
    Q, K, V = (rng.uniform(-B, B, (n, d)) for _ in range(3))
    return Attention(Q, K, V, 1 / d)


@pytest.mark.slow
def test_a_degree_less_is_enough() -> None:
    inputs = uniform(3000, 16, 0.7)
    by_range, plan = (Polynomial(1e-5, certificate).plan(inputs) for certificate in CERTIFICATES)
    assert (by_range.certificate, plan.certificate) == ("range", "moments")
    assert plan.g < by_range.g
    assert plan.error <= 1e-5
    assert np.abs(Polynomial(1e-5)(inputs) - Softmax()(inputs)).max() <= plan.error


CERTIFICATES: tuple[Certificate, ...] = ("range", "either")


@pytest.mark.slow
def test_moments_before_the_range(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of narrow rows the passes for moments come first, and the plan is as good as where the range of exponents comes first."""
    for inputs in (uniform(9000, 8, 0.5), uniform(9000, 3, 2.0)):
        plan = Polynomial(1e-6).plan(inputs)
        with monkeypatch.context() as context:
            context.setattr(search, "NARROW", 0)
            other = Polynomial(1e-6).plan(Attention(inputs.Q, inputs.K, inputs.V, inputs.scale))
        assert plan.g <= other.g
        some = Attention(inputs.queries(slice(0, 64)), inputs.K, inputs.V, inputs.scale)
        assert np.abs(Polynomial(1e-6)(inputs)[:64] - Softmax()(some)).max() <= plan.error <= 1e-6


def test_what_may_be_asked_for() -> None:
    with pytest.raises(BadInput, match="certificate = 'both': it is one of either, range, moments"):
        Polynomial(1e-6, "both")  # type: ignore[arg-type]
    alike = Attention(np.ones((2, 2)), np.ones((9, 2)), np.ones((9, 1)), 1.0)
    with pytest.raises(Declined, match="polynomial: by moments: the keys are coded, or alike"):
        Polynomial(1e-6, "moments").plan(alike)
    wide = Attention(100 * np.ones((2, 2)), np.random.default_rng(0).normal(size=(9, 2)), np.ones((9, 1)), 1.0)
    with pytest.raises(Declined, match=r"beyond \+-12 sums of powers lose.*, nor by moments$"):
        Polynomial(1e-6).plan(wide)
    with pytest.raises(Declined, match=r"polynomial: by moments: exponents about the mean of K within \+-M = "):
        Polynomial(1e-6, "moments").plan(wide)


def test_the_bounds_grow_with_what_they_are_of() -> None:
    """A row with larger moments is never promised more: that is why the largest sizes bound all rows."""
    moments = moments_of(uniform(500, 3, 1.0))
    sizes = np.linspace(0, 2, 40)
    for g in (1, 2, 3, 5):
        found = moments.error(g, Size(sizes, sizes, sizes), 0.01, Deviation(2.0, 1.0, 0.6))
        assert all(one <= other for one, other in pairwise(found.tolist()))


# ---------------------------------------------------------------------------------------------------------------- faults

Fault = Callable[[pytest.MonkeyPatch], Callable[[Attention], Moments]]


def _patched(name: str, other: Any) -> Fault:
    def fault(monkeypatch: pytest.MonkeyPatch) -> Callable[[Attention], Moments]:
        monkeypatch.setattr(module, name, other)
        return moments_of

    return fault


def _changed(change: Callable[[Moments], Moments]) -> Fault:
    return lambda monkeypatch: lambda inputs: change(moments_of(inputs))


def _of_some_keys(monkeypatch: pytest.MonkeyPatch) -> Callable[[Attention], Moments]:
    """Moments and extents of every fourth key."""

    def found(inputs: Attention) -> Moments:
        some = Attention(inputs.Q, inputs.keys(slice(None))[::4], inputs.V[::4], inputs.scale)
        return replace(moments_of(some), inputs=Whole(inputs))

    return found


def _about_another_point(monkeypatch: pytest.MonkeyPatch) -> Callable[[Attention], Moments]:
    """The middle of the keys for their mean, and nobody knows that it is not."""

    def found(inputs: Attention) -> Moments:
        keys = inputs.keys(slice(None))
        middle = (keys.min(axis=0) + keys.max(axis=0)) / 2
        moments = moments_of(inputs)
        return replace(moments, centre=middle)

    return found


FAULTS: dict[str, Fault] = {
    "R is left out": _patched("remainder", lambda M, g: np.ones_like(M)),
    "kappa is 1": _changed(lambda of: replace(of, kappa=dict.fromkeys((1, 2, 3), 1.0))),
    "kappa_2 is a third": _changed(lambda of: replace(of, kappa={**of.kappa, 2: of.kappa[2] / 3})),
    "some keys stand for all": _of_some_keys,
    "the largest norm is a mean": _changed(lambda of: replace(of, radius=of.radius / 3, z=of.z / 3, widths=of.widths / 3)),
    "another centre": _about_another_point,
    "(g + 2)! for (g + 1)!": _patched("factorial", lambda k: factorial(k + 1)),
    "deviations are half": _patched("WIDEN", 0.6),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = FAULTS[fault](monkeypatch)
    assert max(max(worst(seed, found)) for seed in range(3)) > 1
