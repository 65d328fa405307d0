"""Kernel sums: within what is promised whatever the bandwidth, weights and points are, in ball arithmetic; planted faults."""

import json
from collections.abc import Callable
from math import e as EULER
from math import inf, log, log2, pi, sqrt
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from attention import KernelDensity, kde
from attention.exp2 import ROUGH
from attention.mixed import kernel_sums as module
from attention.mixed.kernel_sums import FAR, LIGHT, KernelPlan, kernel_plan, kernel_sums
from attention.mixed.summing import Work, planned
from attention.mixed.walk import Rule, Side, degree, seen
from instances.coded import Floats
from instances.faults import BadInput, Declined
from tests.support.boxes import box_rule, kernels_by_hand
from tests.support.fixtures import FOLDER, floats


def exactly(X: Floats, Y: Floats, h: float, w: Floats) -> list[tuple[arb, arb]]:
    """S and sum |w| k of every row."""
    rows = []
    with ctx.workprec(200):
        for x in X.tolist():
            S, size = arb(0), arb(0)
            for y, weight in zip(Y.tolist(), w.tolist(), strict=True):
                apart = sum(((arb(a) - arb(b)) ** 2 for a, b in zip(x, y, strict=True)), arb(0))
                term = (-apart / arb(h) ** 2).exp() * arb(weight)
                S, size = S + term, size + abs(term)
            rows.append((S, size))
    return rows


def worst(values: Floats, rtol: float, atol: float, rows: list[tuple[arb, arb]]) -> float:
    """The largest error over what is promised."""
    with ctx.workprec(200):
        return max(
            float((abs(S - arb(v)) / (arb(rtol) * size + arb(atol))).upper())
            for v, (S, size) in zip(values.tolist(), rows, strict=True)
        )


POINTS: dict[str, Callable[[np.random.Generator, int, int], Floats]] = {
    "uniform": lambda rng, n, d: rng.uniform(-1, 1, (n, d)),
    "clusters": lambda rng, n, d: rng.normal(size=(3, d))[rng.integers(0, 3, n)] + 0.01 * rng.normal(size=(n, d)),
    "equal": lambda rng, n, d: np.full((n, d), 0.7),
    "far from 0": lambda rng, n, d: 1e6 + rng.uniform(-1, 1, (n, d)),
    "Student": lambda rng, n, d: rng.standard_t(2, (n, d)),
}


def drawn(seed: int, points: str, d: int, signs: bool, n: int = 8, m: int = 50) -> tuple[Floats, Floats, Floats]:
    rng = np.random.default_rng(seed)
    X, Y = (POINTS[points](rng, count, d) for count in (n, m))
    return X, Y, rng.normal(size=m) if signs else rng.uniform(0.5, 2, m)


@pytest.mark.parametrize("signs", [False, True])
@pytest.mark.parametrize("h", [1e-3, 0.1, 0.7, 4.0, 1e3])
@pytest.mark.parametrize("points", POINTS)
def test_the_promise_is_kept(points: str, h: float, signs: bool) -> None:
    for k, (rtol, atol) in enumerate([(1e-3, 0.0), (1e-9, 0.0), (0.0, 1e-7), (1e-4, 1e-5)]):
        X, Y, w = drawn(k, points, 1 + k % 3, signs)
        found = kde(X, Y, h, weights=w, rtol=rtol, atol=atol, leaf=16)
        assert found.rtol <= rtol
        assert found.atol <= max(atol, 1e-290)
        assert worst(found.values, found.rtol, found.atol, exactly(X, Y, h, w)) <= 1


@pytest.mark.parametrize("h", [0.05, 0.3, 2.0])
@pytest.mark.parametrize("signs", [False, True])
def test_many_points(signs: bool, h: float) -> None:
    X, Y, w = drawn(7, "uniform", 2, signs, 500, 900)
    k = np.exp(-((X[:, None] - Y[None]) ** 2).sum(axis=2) / h**2)
    for rtol, atol in ((1e-5, 0.0), (0.0, 1e-3)):
        found = kde(X, Y, h, weights=w, rtol=rtol, atol=atol)
        assert (np.abs(found.values - k @ w) <= rtol * (k @ np.abs(w)) + max(atol, found.atol)).all()


CASES: list[Any] = json.loads((FOLDER / "regimes_kde.json").read_text())["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_sums_are_those_of_a_second_implementation(case: Any) -> None:
    of, expected = case["inputs"], case["expected"]
    X, Y, w = (np.array(floats(of[name])) for name in ("X", "Y", "weights"))
    S, size = (np.array(floats(expected[name])) for name in ("S", "sum_abs_w_k"))
    for rtol, atol in ((1e-6, 0.0), (0.0, 1e-9 * float(np.abs(w).sum()))):
        found = kde(X, Y, float(of["h"]), weights=w, rtol=rtol, atol=atol, leaf=16)
        assert (np.abs(found.values - S) <= found.rtol * size + found.atol + 1e-15 * size).all()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_pairs_are_those_of_a_second_implementation(case: Any) -> None:
    of = case["inputs"]
    h, W = float(of["h"]), float(np.abs(np.array(floats(of["weights"]))).sum())
    rtol, atol = float(of["rtol"]), float(of["atol"])
    queries, keys = (side(np.array(floats(of[name])), of[boxes]) for name, boxes in (("X", "query_boxes"), ("Y", "key_boxes")))
    floors = np.full(len(queries.left), log2(atol / W)) if atol else np.full(len(queries.left), -inf)
    rule = box_rule(rtol, floors, np.full((60, 2), 1e9), 2 / h / h, log2(EULER) / h / h)
    for pair in case["expected"]["pairs"]:
        known = seen(rule, queries, keys, pair["A"], pair["B"])
        assert known.up * log(2) == pytest.approx(float(pair["up"]), rel=1e-11, abs=1e-13)
        assert pytest.approx(float(pair["M"]), rel=1e-11, abs=1e-300) == known.M
        level, _ = degree(rule, pair["A"], known)
        assert (level == 0) == pair["dropped"]


def side(X: Floats, boxes: list[list[int]]) -> Side:
    low, high = (np.array([f(X[rows], axis=0) for rows in boxes]) for f in (np.min, np.max))
    none = np.zeros(len(boxes), np.int64)
    return Side(none, none, none - 1, (low + high) / 2, (high - low) / 2)


# ----------------------------------------------------------------------------------------------------------------- faults


def by_polynomials() -> tuple[Floats, Floats, Floats, float, KernelPlan]:
    X, Y, w = drawn(3, "uniform", 2, False, 600, 900)
    plan = kernel_plan(X, Y, 0.8, w, 1e-4, 0.0, 32)
    assert plan.work is not None
    assert plan.work.by_polynomial > 1
    return X, Y, w, 0.8, plan


FORGOTTEN = ["", "the 2", "the key's weight", "the parent's centre", "a multiplicity", "a dropped box"]


@pytest.mark.parametrize("forgotten", FORGOTTEN)
def test_what_is_forgotten_breaks_the_promise(forgotten: str) -> None:
    X, Y, w, h, plan = by_polynomials()
    k = np.exp(-((X[:, None] - Y[None]) ** 2).sum(axis=2) / h**2)
    off = float((np.abs(kernels_by_hand(plan, w, forgotten) - k @ w) / (k @ w)).max())
    assert (off > 1e-4) == bool(forgotten)


@pytest.mark.parametrize(("rtol", "rough"), [(1e-6, True), (1e-8, True), (1e-9, False)])
@pytest.mark.parametrize("far", [FAR, 0.0])
def test_compiled_sums_are_those_by_hand(rtol: float, rough: bool, far: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether exponents are taken apart or not, exponentials rough or not; there are pairs of both kinds where they may be."""
    monkeypatch.setattr(module, "FAR", far)
    rng = np.random.default_rng(5)
    X, Y, w = rng.normal(size=(400, 2)), rng.normal(size=(500, 2)), rng.uniform(0.5, 1.5, 500)
    plan = kernel_plan(X, Y, 0.5, w, rtol, 0.0, 16)
    assert plan.work is not None
    assert plan.work.rule.rough == rough
    assert plan.work.by_definition > 0
    assert (plan.work.by_polynomial > 0) == (far > 0)
    found, expected = kernel_sums(plan, len(X), w), kernels_by_hand(plan, w)
    assert np.abs(found / expected - 1).max() <= (ROUGH if rough else 1e-13)


FAULTS: dict[str, Callable[[Rule, float], Rule]] = {
    "a budget without W": lambda rule, W: rule._replace(floors=rule.floors + log2(W)),
    "boxes that are too near": lambda rule, W: rule._replace(curve=2 * rule.curve),
    "a larger eta": lambda rule, W: rule._replace(e_0=0.9),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many keys together, each below what may be dropped alone."""
    X, Y = np.zeros((3, 1)), np.concatenate([np.full((2000, 1), 3.0), np.zeros((1, 1))])
    X[1:, 0] = 0.1, 0.2
    w, atol = np.ones(2001), 0.05
    exact = np.exp(-((X - Y.T) ** 2)) @ w
    assert (np.abs(kde(X, Y, 1.0, weights=w, rtol=0.0, atol=atol).values - exact) <= atol).all()

    def wrongly(rule: Rule, *of: Any) -> Work | float:
        return planned(FAULTS[fault](rule, float(w.sum())), *of)

    monkeypatch.setattr(module, "planned", wrongly)
    assert not (np.abs(kde(X, Y, 1.0, weights=w, rtol=0.0, atol=atol).values - exact) <= atol).all()


def test_below_the_range_of_float64() -> None:
    """Nothing is said of kernels of 1e-695 but that they are that small."""
    found = kde([[0.0]], [[40.0]], 1.0, rtol=1e-6)
    assert abs(found.values[0]) <= found.atol == pytest.approx(2.0**-1000, rel=1e-6, abs=0)


@pytest.mark.parametrize("weight", [5e-324, 1e-320, 3e-310, 1e-290, 1e-23, 1e300, 1.7e308])
@pytest.mark.parametrize("far", [0.0, 0.2, 1.0, 26.5])
def test_weights_of_any_size(weight: float, far: float) -> None:
    X, Y, w = np.zeros((1, 1)), np.array([[far], [far]]), np.array([weight, weight / 64])
    found = kde(X, Y, 1.0, weights=w)
    assert worst(found.values, found.rtol, found.atol, exactly(X, Y, 1.0, w)) <= 1


@pytest.mark.parametrize("unit", [1e-135, 1e-100, 1e-26, 1e26, 1e100, 1e135])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_of_points_of_any_size_sums_are_the_same(d: int, unit: float) -> None:
    """By polynomials, whose features are balanced whatever the unit is, and by the definition."""
    X, Y, w = drawn(11, "uniform", d, True, 400, 600)
    expected, found = (kde(s * X, s * Y, 2 * s, weights=w, rtol=1e-9) for s in (1.0, unit))
    assert "0 pairs of them by polynomials" not in str(found.plan)
    assert np.allclose(found.values, expected.values, rtol=0, atol=1e-12 * np.abs(w).sum())


def beside_heavy_ones(light: float, x: float, width: float) -> tuple[Floats, Floats, Floats]:
    """Light weights on both sides of points x, and heavy ones far away."""
    Y = np.repeat([-9.2, 9.2, 1e6], [8, 8, 16])[:, None]
    return (x + width * np.linspace(-1, 1, 16))[:, None], Y, np.repeat([light, 1.0], 16)


@pytest.mark.parametrize(("light", "x", "width"), [(2.0**-953, 4.4, 0.8), (2.0**-945, 5.0, 0.2), (2.0**-199, 4.4, 0.8)])
def test_light_weights_beside_heavy_ones(light: float, x: float, width: float) -> None:
    X, Y, w = beside_heavy_ones(light, x, width)
    found = kde(X, Y, 1.0, weights=w, leaf=16)
    assert worst(found.values, found.rtol, found.atol, exactly(X, Y, 1.0, w)) <= 1
    assert found.atol == pytest.approx(float(w.sum()) * (2.0**-700 if light < LIGHT else 2.0**-1000), rel=1e-6, abs=0)


@pytest.mark.parametrize(("light", "x", "width"), [(2.0**-953, 4.4, 0.8), (2.0**-945, 5.0, 0.2)])
def test_what_underflows_counts(light: float, x: float, width: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Products of light weights and of a key's part, which the row's part would bring back where it may be large."""
    monkeypatch.setattr(module, "FAR", 300.0)
    X, Y, w = beside_heavy_ones(light, x, width)
    for least, kept in ((LIGHT, True), (0.0, False)):
        monkeypatch.setattr(module, "LIGHT", least)
        found = kde(X, Y, 1.0, weights=w, leaf=16)
        assert (worst(found.values, found.rtol, found.atol, exactly(X, Y, 1.0, w)) <= 1) == kept


def test_tolerances_of_all_and_more() -> None:
    for rtol in (16.0, 17.0, 1e300):
        assert (kde([[0.0], [1.0]], [[0.5]], 1.0, rtol=rtol).values >= 0).all()


@pytest.mark.parametrize("leaf", ["a", 10**30, 15, -1, 16.5, True])
def test_leaves_that_are_none(leaf: Any) -> None:
    with pytest.raises(BadInput, match="boxes that are not halved have at least 16 rows"):
        kde([[0.0]], [[0.5]], 1.0, leaf=leaf)


def test_what_may_be_0() -> None:
    assert kde(np.zeros((0, 2)), np.zeros((3, 2)), 1.0).values.shape == (0,)
    found = kde([[1.0]], [[1.0]], 1.0, weights=[0.0])
    assert (found.values.tolist(), str(found.plan)) == ([0.0], "nothing to be summed")
    assert kde([[1.0]], [[1.0]], 2.0, weights=[-3.0]).values[0] == pytest.approx(-3.0, rel=1e-6)


def test_what_it_says() -> None:
    found = kde([[1.0], [2.0]], [[1.0]], 1.0, rtol=1e-3, atol=1e-5)
    assert repr(found).startswith("KernelSums(2 values, rtol=0.001, atol=1e-05)")
    assert str(found.plan).startswith("1 boxes of rows and 1 of keys, ")


X2, Y2 = np.zeros((3, 2)), np.ones((4, 2))
REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "columns": (lambda: kde(X2, np.zeros((4, 3)), 1.0), BadInput, r"X has shape \(3, 2\) and Y \(4, 3\)"),
    "no keys": (lambda: kde(X2, np.zeros((0, 2)), 1.0), BadInput, "m >= 1"),
    "flat": (lambda: kde([1.0], Y2, 1.0), BadInput, r"X has shape \(1,\): give points as rows"),
    "nan": (lambda: kde(X2 * np.nan, Y2, 1.0), BadInput, "X"),
    "bandwidth": (lambda: kde(X2, Y2, 0.0), BadInput, "bandwidth = 0.0: give a positive finite number"),
    "weights": (lambda: kde(X2, Y2, 1.0, weights=[1.0]), BadInput, r"weights have shape \(1,\), Y has m = 4 rows"),
    "rtol": (lambda: kde(X2, Y2, 1.0, rtol=-1.0), BadInput, "rtol = -1.0: give a finite number >= 0"),
    "atol": (lambda: kde(X2, Y2, 1.0, atol=inf), BadInput, "atol = inf"),
    "both": (lambda: kde(X2, Y2, 1.0, rtol=0.0), BadInput, "one of them must be positive"),
    "rounding": (lambda: kde(X2, Y2, 1.0, rtol=1e-16), Declined, "rounding alone may come to"),
    "too far": (lambda: kde(X2 + 1e150, Y2, 1.0), Declined, "too far apart for float64: scale X and Y"),
    "heavy": (lambda: kde(X2, Y2, 1.0, weights=np.full(4, 1e308)), Declined, "weights sum to more than float64 holds"),
    "unfitted": (lambda: KernelDensity().score_samples(X2), BadInput, "call fit first"),
    "negative": (lambda: KernelDensity().fit(Y2, sample_weight=[-1, 1, 1, 1]), BadInput, "sample_weight"),
    "shape": (lambda: KernelDensity().fit([1.0]), BadInput, "X has shape"),
    "density": (lambda: KernelDensity(rtol=0.7), BadInput, "rtol = 0.7"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str) -> None:
    call, kind, said = REFUSED[case]
    with pytest.raises(kind, match=said):
        call()


@pytest.mark.parametrize("d", [1, 3])
def test_densities_are_those_of_the_definition(d: int) -> None:
    """Also where kernels are below the range of float64."""
    rng = np.random.default_rng(d)
    Y, w = rng.normal(size=(60, d)), rng.uniform(0, 2, 60)
    X = np.concatenate([rng.normal(size=(20, d)), np.full((1, d), 80.0)])
    b = 0.5
    exponents = -((X[:, None] - Y[None]) ** 2).sum(axis=2) / (2 * b * b)
    top = exponents.max(axis=1, keepdims=True)
    expected = top[:, 0] + np.log(np.exp(exponents - top) @ w / w.sum()) - d * log(sqrt(2 * pi) * b)
    density = KernelDensity(b, rtol=1e-9).fit(Y, sample_weight=w)
    found = density.score_samples(X)
    assert (np.abs(found - expected) <= 2e-9 + 1e-12 * (1 + np.abs(expected))).all()
    assert density.score(X) == pytest.approx(expected.sum())
