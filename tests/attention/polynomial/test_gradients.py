"""Gradients by polynomials: the exact ones of the frozen map, and within their promises of the true ones, in balls.

Every fault of the list at the end breaks a promise on one of the inputs on which it holds.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from math import inf
from typing import Any

import numpy as np
import pytest
from flint import ctx

import attention.polynomial.sums as sums_module
import attention.polynomial.sweep as sweep_module
from attention import Differentiated, attend_backward
from attention.columns import Columns
from attention.exp_polynomial import certified, slope_error, with_derivative
from attention.polynomial.gradients import backward, forward, planned
from attention.polynomial.monomials import Monomials, monomials
from attention.polynomial.sweep import sweep
from instances.coded import Floats
from instances.faults import Declined
from instances.gradients import Three
from instances.task import Attention
from tests.support.asked import BITS, gradients, heads
from tests.support.fixtures import FOLDER, floats
from tests.support.frozen import frozen, with_polynomial

module: Any = import_module("attention.polynomial.gradients")

CASES: list[Any] = json.loads((FOLDER / "regimes_gradients.json").read_text())["cases"]
ALL_PAIRS = [case for case in CASES if not case["inputs"]["causal"]]

Given = tuple[Floats, Floats, Floats, Floats, float]


def inputs_of(given: Given) -> tuple[Attention, Floats]:
    Q, K, V, dO, scale = given
    return Attention(Q, K, V, scale), dO


def near(found: Any, exact: Any, tolerance: float = 1e-12) -> None:
    for one, other in zip(found, exact, strict=True):
        np.testing.assert_allclose(one, np.asarray(other, np.float64), rtol=0, atol=tolerance)


# ------------------------------------------------------------------------------------------------ the frozen map's own


@pytest.mark.parametrize("case", ALL_PAIRS, ids=lambda case: case["what"])
def test_the_numbers_of_a_second_implementation(case: Any) -> None:
    """Outputs and gradients of the map with given coefficients, and both certified errors."""
    given, expected = case["inputs"], case["expected"]
    inputs = Attention(floats(given["Q"]), floats(given["K"]), floats(given["V"]), float(given["scale"]))
    P = certified(float(given["M"]), [float(p) for p in given["coefficients"]])
    for mine, theirs in ((P.eta, "eta"), (slope_error(P), "eta1")):
        assert float(expected[theirs]) <= mine * (1 + 1e-15)
        assert mine <= float(expected[theirs]) * (1 + 1e-12) + 1e-30
    plan = with_polynomial(planned(inputs, inf, inf), P)
    assert np.array_equal(plan.forward.scores.centre, floats(given["c"]))
    T, kept = forward(plan, inputs)
    found, approximate = backward(plan, kept, inputs, floats(given["dO"])), expected["approximate"]
    near([T, *found], [floats(approximate[letter]) for letter in ("O", "dQ", "dK", "dV")], 1e-14)


SIZES = [(1, 1, 1, 1), (5, 7, 3, 2), (40, 3, 2, 1), (3, 300, 1, 4), (33, 17, 4, 3)]


@pytest.mark.parametrize(("n", "m", "d", "v"), SIZES)
@pytest.mark.parametrize("error", [1e-1, 1e-8])
def test_the_exact_gradient_of_the_frozen_map(n: int, m: int, d: int, v: int, error: float) -> None:
    """Pair by pair, with columns far from 0; dO of any size."""
    rng = np.random.default_rng(n)
    for unit in (1.0, 1e-200, 1e200):
        Q, K, V, dO = (rng.uniform(-1, 1, axes) for axes in ((n, d), (m, d), (m, v), (n, v)))
        inputs = Attention(Q, K + 3.0, V + 10.0, -0.7)
        plan = planned(inputs, inf, error * max(1.0, n / m))
        T, kept = forward(plan, inputs)
        exact, three = frozen(plan, inputs, dO)
        near([T, *backward(plan, kept, inputs, dO * unit)], [exact, *(x * unit for x in three)], 1e-11 * max(1.0, n / m, unit))


def test_finite_differences_of_the_frozen_map() -> None:
    rng = np.random.default_rng(4)
    Q, K, V, dO = (rng.uniform(-1, 1, axes) for axes in ((4, 2), (5, 2), (5, 3), (4, 3)))
    inputs = Attention(Q, K, V, 0.5)
    plan = planned(inputs, inf, 0.3)
    found = backward(plan, forward(plan, inputs)[1], inputs, dO)
    for place, gradient in enumerate(found):
        for at in np.ndindex(gradient.shape):
            values = []
            for step in (1e-5, -1e-5):
                moved = [Q.copy(), K.copy(), V.copy()]
                moved[place][at] += step
                values.append(float((forward(plan, Attention(moved[0], moved[1], moved[2], 0.5))[0] * dO).sum()))
            assert abs((values[0] - values[1]) / 2e-5 - gradient[at]) < 1e-9


def by_numpy(X: Floats, coefficients: Floats, W: Floats, m: Monomials, forgets: bool = False) -> Floats:
    """The sweep, a monomial after the other."""
    parents, children = [0], 1
    for q in range(int(m.starts[-2])):
        children = X.shape[1] - int(m.last[q])
        parents += [q] * children
    features, G, found = [np.ones(len(X))], W @ coefficients.T, np.zeros(X.shape)
    for t in range(1, len(m.last)):
        features.append(features[parents[t]] * X[:, m.last[t]])
    for t in range(len(m.last) - 1, 0, -1):
        if not forgets:
            G[:, parents[t]] += G[:, t] * X[:, m.last[t]]
        found[:, m.last[t]] += G[:, t] * features[parents[t]]
    return found


@pytest.mark.parametrize(
    ("n", "d", "g", "v"), [(5, 2, 1, 1), (37, 3, 4, 3), (100, 1, 6, 1), (3, 4, 3, 10), (1, 2, 2, 1), (0, 2, 2, 1)]
)
def test_the_sweep(n: int, d: int, g: int, v: int) -> None:
    rng, m = np.random.default_rng(n), monomials(d, g)
    columns = Columns(np.empty((0, v)), np.zeros(v), np.ones(v))
    X, coefficients, W = (rng.normal(size=axes) for axes in ((n, d), (len(m.last), columns.count), (n, columns.count)))
    centre, factor = rng.normal(size=d), rng.normal(size=d)
    found, wanted = sweep(X, centre, factor, coefficients, W, columns, m), by_numpy((X - centre) * factor, coefficients, W, m)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-13 * np.abs(wanted).max(initial=1.0))


# -------------------------------------------------------------------------------------------------------- the promises


def two_points(n: int) -> Given:
    """Rows that see keys at both ends: P' of an odd degree is off to the same side there, which makes dQ wrong the most."""
    x = 0.5 * (1 - 1e-7)
    return np.ones((n, 1)), np.array([[x], [-x]]), np.array([[1.0], [-1.0]]), np.ones((n, 1)), 1.0


def hostile() -> Iterator[tuple[str, Given]]:
    rng = np.random.default_rng(5)

    def some(n: int, m: int, d: int, v: int) -> list[Floats]:
        return [rng.uniform(-1, 1, axes) for axes in ((n, d), (m, d), (m, v), (n, v))]

    yield "two points", two_points(1)
    Q, K, V, dO = some(4, 6, 2, 2)
    yield "uniform", (Q, K, V, dO, 0.5)
    yield "negative scale", (Q, K, V, dO, -0.5)
    yield "no scale", (Q, K, V, dO, 0.0)
    yield "far from 0", (Q, K + 5, V, dO, 0.5)
    yield "V offset", (Q, K, V + 1e6, dO, 0.5)
    yield "V constant", (Q, K, V * 0 + 0.1, dO, 0.5)
    yield "a column of V constant", (Q, K, V * [1.0, 0.0] + 0.1, dO, 0.5)
    yield "V tiny", (Q, K, V * 1e-200, dO, 0.5)
    yield "small and large dO", (Q, K, V, dO * [[1e-30], [1.0], [1e6], [0.0]], 0.5)
    yield "signs", (np.sign(Q), np.sign(K), np.sign(V), np.sign(dO), 0.5)
    yield "sorted keys", (Q, np.sort(K, axis=0), np.sort(V, axis=0), dO, 0.5)
    yield "equal keys", (Q, K * 0 + 0.3, V, dO, 0.5)
    yield "equal rows", (Q * 0 + 0.7, K, V, dO * 0 + 1, 0.5)
    yield "collinear", (Q[:, :1] * [[1.0, -2.0]], K[:, :1] * [[0.5, 0.25]], V, dO, 0.5)
    yield "one-sided", (np.abs(Q), np.abs(K), np.abs(V), np.abs(dO), 0.5)
    yield "one far key", (Q / 8, K * np.where(np.arange(6) == 2, 8.0, 0.1)[:, None], V, dO, 0.5)
    yield "Student", (Q / 8, rng.standard_t(3, (6, 2)), V, dO, 0.5)
    yield "a column of zeros in Q", (Q * [1.0, 0.0], K, V, dO, 0.5)
    yield "an equal column in K", (Q, K * [1.0, 0.0] + 0.5, V, dO, 0.5)
    yield "Q = 0", (Q * 0, K, V, dO, 0.5)
    yield "a tiny column in Q", (Q * [1.0, 1e-250], K * [1.0, 1e-80], V, dO, 0.5)
    yield "columns of different sizes", (Q * [1e3, 1e-3], K * [1e-3, 1e3], V, dO, 0.5)
    yield "one key", (Q, K[:1], V[:1], dO, 0.5)
    yield "one row", (Q[:1], K, V, dO[:1], 0.5)
    yield "one of each", (Q[:1], K[:1], V[:1], dO[:1], 0.5)
    yield "many rows", (np.repeat(Q, 3, axis=0), K, V, np.repeat(dO, 3, axis=0), 0.5)


HOSTILE = dict(hostile())


def worst(given: Given, error: float) -> tuple[float, float, float]:
    """The largest error over promise of dQ, dK and dV."""
    Q, K, V, dO, scale = given
    error *= float(np.abs(dO).max())
    found = attend_backward(Q, K, V, dO, scale=scale, error=error, algorithm="polynomial")
    assert max(found.promise) <= error
    assert found.algorithm == "polynomial"
    return compared(found, given)


def compared(found: Differentiated, given: Given) -> tuple[float, float, float]:
    whole, ratios = heads(*(np.asarray(X, np.float64) for X in given[:4])), []
    answers = heads(*(np.asarray(X, np.float64) for X in (found.dQ, found.dK, found.dV)))
    for exact, answer, promise in zip(gradients(whole, given[4], {}), answers, found.promise, strict=True):
        with ctx.workprec(BITS):
            ratios.append(max(float((abs(ball - float(answer[at])) / promise).lower()) for at, ball in exact.items()))
    return ratios[0], ratios[1], ratios[2]


ASKED = {"V offset": 1e-3, "V constant": 1e-9, "V tiny": 1e-9, "columns of different sizes": 1e-7}


@pytest.mark.parametrize("name", HOSTILE)
def test_promises_hold(name: str) -> None:
    """For few terms, for many, and where rounding is what there is; where it cannot be, it is refused."""
    for error in (1.0, 3e-2, 1e-6, 1e-11):
        try:
            assert max(worst(HOSTILE[name], error)) <= 1, error
        except Declined:
            assert error < ASKED.get(name, 1e-10)


def test_the_bound_is_nearly_attained() -> None:
    """That of dQ by two keys; so half of it would be broken, and eta in place of eta1."""
    given = HOSTILE["two points"]
    assert 0.6 < worst(given, 1e-3)[0] <= 1


def test_a_key_that_all_rows_see() -> None:
    """dK and dV are sums over rows: without kappa they would not be within their bounds."""
    ratios = worst(two_points(64), 20.0)
    assert max(ratios) <= 1
    assert min(ratios[1:]) > 0.1


# ---------------------------------------------------------------------------------------------------- what is planted


def faulty(fault: str, patch: pytest.MonkeyPatch) -> None:
    if fault == "eta in place of eta1":
        patch.setattr(module, "with_derivative", lambda M, g: (with_derivative(M, g)[0], with_derivative(M, g)[0].eta))
    elif fault == "forgets the parent":

        def forgets(X: Floats, centre: Floats, factor: Floats, of: Floats, W: Floats, columns: Columns, m: Monomials) -> Floats:
            return by_numpy((X - centre) * factor, of, W, m, forgets=True)

        patch.setattr(sweep_module, "sweep", forgets)
    elif fault == "delta left out of dK":
        right = sums_module.key_sums

        def without(K: Floats, centre: Floats, factor: Floats, columns: Columns, *more: Any) -> Floats:
            found = right(K, centre, factor, columns, *more)
            if not columns.ones:
                found[:, columns.V.shape[1] - 1] = 0
            return found

        patch.setattr(sums_module, "key_sums", without)
    elif fault == "K not centred":
        patch.setattr(sweep_module, "sweep", lambda X, centre, *more: sweep(X, 0 * centre, *more))
    elif fault == "multiplicity left out":
        patch.setattr(
            module, "monomials", lambda d, g: replace(monomials(d, g), multiplicity=1 + 0 * monomials(d, g).multiplicity)
        )
    elif fault == "columns without a factor":
        patch.setattr(module, "_without_gaps", lambda scores, *more: scores)
    elif fault == "scale":
        patch.setattr(sweep_module, "sweep", lambda *given: 1.1 * sweep(*given))
    else:
        right_off = module.gradients_off
        place = ("dQ", "dK", "dV").index(fault)

        def half(*given: Any) -> Any:
            found = right_off(*given)
            parts = [Three(*(x / 8 if k == place else x for k, x in enumerate(part))) for part in found]
            return type(found)(*parts)

        patch.setattr(module, "gradients_off", half)


FAULTS = [
    "eta in place of eta1", "forgets the parent", "delta left out of dK", "K not centred", "multiplicity left out", "scale",
    "columns without a factor", "dQ", "dK", "dV",
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs: list[tuple[Given, float]] = [
        (two_points(1), 1e-3), (two_points(1), 0.5), (HOSTILE["uniform"], 1e-2), (HOSTILE["far from 0"], 1e-6),
        (HOSTILE["a column of zeros in Q"], 1e-2),
    ]  # fmt: skip
    assert max(max(worst(*one)) for one in inputs) <= 1
    faulty(fault, monkeypatch)
    assert max(max(worst(*one)) for one in inputs) > 1
