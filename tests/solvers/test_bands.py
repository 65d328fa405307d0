"""Bands of tasks: where they end, written down a second time by the sign of V; and no honest answer is on the wrong side."""

from fractions import Fraction
from math import exp, inf, log, log1p, nan
from typing import Any

import numpy as np
import pytest

from attention.algorithm import NO_PROMISE, Promise
from instances.gradients import Gradient, GradientTask
from instances.mechanism import Mechanism
from instances.task import Attention, AttentionTask
from solvers.bands import Bands, answered, as_they_stand, bands_of, sides

ONE = np.ones((1, 1))
VALUES = {"positive": (0.0, 4.0), "negative": (-4.0, 0.0), "both": (-1.0, 4.0), "both, mostly negative": (-4.0, 1.0)}
PROMISES = [(0.0, 0.0), (0.25, 0.0), (0.0, 0.125), (0.25, 0.125), (0.0, 1.0), (0.25, 1.0)]


def task(V: Any, low: float, high: float, word: str = "softmax", logarithmic: bool = False) -> AttentionTask:
    """Two keys, and a value each."""
    inputs = Attention(ONE, np.ones((2, 1)), np.array(V)[:, None], 1.0, Mechanism.of(word))
    return AttentionTask(inputs, low, high, 1, logarithmic)


def gradient(low: float, high: float) -> GradientTask:
    return GradientTask(Gradient(ONE, ONE, ONE, 1.0, dO=ONE, of="dQ", column=0), low, high, np.array([0]))


def just(found: float, exact: float, side: int) -> None:
    """`found` is `exact`, or beyond it on this side by no more than rounding may make it."""
    if abs(exact) == inf:
        assert found == exact
        return
    beyond = side * (Fraction(found) - Fraction(exact))
    assert 0 <= beyond <= Fraction(1, 2**46)
    assert beyond > 0 or exact == 0


def test_bands_are_disjoint_where_no_is_below_a_finite_yes() -> None:
    for no, yes, expected in ((1.0, 2.0, True), (1.0, 1.0, False), (2.0, 1.0, False), (1.0, inf, False), (-inf, 1.0, True)):
        assert Bands(no, yes, -inf, inf).disjoint is expected


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize(("absolute", "relative"), PROMISES)
@pytest.mark.parametrize(("low", "high"), [(1.0, 3.0), (-3.0, -1.0), (-0.5, 0.5), (0.0, 2.0), (-2.0, 0.0)])
def test_the_ends_of_bands(kind: str, absolute: float, relative: float, low: float, high: float) -> None:
    V = VALUES[kind]

    def mean(x: float) -> float:
        """Of |V| where the answer is x, at most."""
        return {"positive": max(x, 0.0), "negative": max(-x, 0.0)}.get(kind, 4.0)

    found = bands_of(task(V, low, high), Promise(absolute, relative), False)
    just(found.no, low + absolute + relative * mean(low), 1)
    just(found.yes, high - absolute - relative * mean(high), -1)
    just(found.least, V[0] - absolute - relative * 4, -1)
    just(found.most, V[1] + absolute + relative * 4, 1)


@pytest.mark.parametrize("kind", VALUES)
def test_a_relative_error_above_one(kind: str) -> None:
    """A larger answer may then give a smaller output, unless the error is that of the largest value."""
    one_sign = kind in ("positive", "negative")
    at, above = (bands_of(task(VALUES[kind], 1.0, 3.0), Promise(0.0, r), False) for r in (1.0, 1 + 2.0**-52))
    assert at.yes > -inf
    assert (above.yes == -inf) == one_sign
    assert bands_of(gradient(1.0, 3.0), Promise(0.0, 1 + 2.0**-52), False).yes == -inf
    assert bands_of(gradient(1.0, 3.0), Promise(0.0, 1.0), False).yes == pytest.approx(0.0, abs=1e-14)


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("relative", [0.0, 0.125])
def test_sums_have_no_largest_value(kind: str, relative: float) -> None:
    """They may be anything of the signs that V has; a relative error of sums of both signs has no bound."""
    found = bands_of(task(VALUES[kind], 1.0, 3.0, "exp"), Promise(0.25, relative), False)
    if "both" in kind:
        if relative:
            assert (found.no, found.yes) == (inf, -inf)
        else:
            just(found.no, 1.25, 1)
            just(found.yes, 2.75, -1)
        assert (found.least, found.most) == (-inf, inf)
        return
    just(found.no, 1.25 + relative * (1.0 if kind == "positive" else 0.0), 1)
    just(found.yes, 2.75 - relative * (3.0 if kind == "positive" else 0.0), -1)
    beyond = 0.25 if relative == 0 else inf
    just(found.least, -beyond if kind == "positive" else -inf, -1)
    just(found.most, beyond if kind == "negative" else inf, 1)


def test_sums_of_values_that_are_not_zero_may_still_be_zero() -> None:
    """Of no keys, or of weights that vanish."""
    for V, least, most in (((1.0, 4.0), 0.0, inf), ((-4.0, -1.0), -inf, 0.0)):
        found = bands_of(task(V, 1.0, 3.0, "exp"), Promise(0.0, 0.0), False)
        assert (found.least, found.most) == (least, most)


@pytest.mark.parametrize("promise", [Promise(0.0, 0.0), Promise(0.0, 0.5), Promise(0.0, 3.0)])
def test_bands_of_logarithms(promise: Promise) -> None:
    delta = log1p(promise.relative)
    for logarithmic, (low, high) in ((True, (log(1.0), log(3.0))), (False, (1.0, 3.0))):
        found = bands_of(task((0.5, 4.0), low, high, logarithmic=logarithmic), promise, True)
        for end, expected, side in ((found.no, delta, 1), (found.yes, log(3) - delta, -1)):
            assert end == pytest.approx(expected, abs=1e-13)
            assert side * (end - expected) >= 0
        assert found.least == pytest.approx(log(0.5) - delta, abs=1e-13)
        assert found.most == pytest.approx(log(4.0) + delta, abs=1e-13)
    none = bands_of(task((0.0, 4.0), 1.0, 3.0), promise, True)
    assert none.least == -inf
    zeros = bands_of(task((0.0, 0.0), 1.0, 3.0), promise, True)
    assert (zeros.least, zeros.most) == (-inf, -inf)
    absolute = bands_of(task((0.5, 4.0), 1.0, 3.0), Promise(1e-300, 0.0), True)
    assert (absolute.no, absolute.yes, absolute.disjoint) == (inf, -inf, False)


@pytest.mark.parametrize("V", [(0.5, 4.0), (0.0, 4.0), (0.0, 0.0)])
def test_what_promises_nothing_is_not_disproved(V: tuple[float, float]) -> None:
    for promise in (NO_PROMISE, Promise(1e-300, 0.0), Promise(0.0, inf)):
        found = bands_of(task(V, 1.0, 3.0), promise, True)
        assert found == Bands(inf, -inf, -inf, inf)


def test_bands_are_widened_by_so_much() -> None:
    """2^-50 of their terms."""
    found = bands_of(task((0.0, 4.0), 1.0, 3.0), Promise(0.25, 0.0), False)
    assert found == Bands(1.25 + 1.25 * 2.0**-50, 2.75 - 3.25 * 2.0**-50, -0.25 - 0.25 * 2.0**-50, 4.25 + 4.25 * 2.0**-50)


@pytest.mark.parametrize(("absolute", "relative"), PROMISES)
@pytest.mark.parametrize(("low", "high"), [(1.0, 3.0), (-3.0, -1.0), (-0.5, 0.5), (0.0, 2.0), (-2.0, 0.0)])
def test_bands_of_gradients(absolute: float, relative: float, low: float, high: float) -> None:
    found = bands_of(gradient(low, high), Promise(absolute, relative), False)
    just(found.no, low + absolute + relative * abs(low), 1)
    just(found.yes, high - absolute - relative * abs(high), -1)
    assert (found.least, found.most) == (-inf, inf)
    assert bands_of(gradient(low, high), Promise(absolute, relative), True).yes == -inf


def test_a_gradient_of_zero_has_no_relative_error() -> None:
    assert bands_of(gradient(0.0, 1.0), Promise(0.0, inf), False).no == 0.0


@pytest.mark.parametrize("of_task", [True, False])
def test_thresholds_in_terms_of_the_algorithm(of_task: bool) -> None:
    of = task((0.0, 4.0), 0.5, 2.0, logarithmic=of_task)
    assert as_they_stand(of, of_task) == (0.5, 2.0)
    other = as_they_stand(of, not of_task)
    assert other == ((exp(0.5), exp(2.0)) if of_task else (log(0.5), log(2.0)))


def test_thresholds_at_the_ends_of_floats() -> None:
    assert as_they_stand(task((0.0, 4.0), -2000.0, -1000.0, logarithmic=True), False) == (0.0, 0.0)
    assert as_they_stand(task((0.0, 4.0), 708.9, 709.0, logarithmic=True), False) == (exp(708.9), inf)
    assert as_they_stand(task((0.0, 4.0), -1.0, 5e-324), True) == (-inf, log(5e-324))
    assert as_they_stand(task((0.0, 4.0), 0.0, 1.0), True) == (-inf, 0.0)


def test_sides_take_their_ends() -> None:
    outputs = np.array([0.9, 1.0, 1.1, 1.9, 2.0, 2.1, nan, inf, -inf])
    assert sides(outputs, 1.0, 2.0).tolist() == [-1, -1, 0, 0, 1, 1, 0, 1, -1]
    assert sides(outputs, 2.0, 1.0).tolist() == [-1, 0, 0, 0, 0, 1, 0, 1, -1]


def test_what_is_an_answer() -> None:
    outputs = np.array([1.0, nan, inf, -inf])
    assert answered(outputs, False).tolist() == [True, False, False, False]
    assert answered(outputs, True).tolist() == [True, False, False, True]


@pytest.mark.parametrize("kind", VALUES)
def test_no_honest_output_is_on_the_wrong_side(kind: str) -> None:
    """Whatever an algorithm says that keeps its promise: of an answer <= low it is not YES, of one >= high not NO."""
    V, rng = VALUES[kind], np.random.default_rng(0)
    largest, judged = max(map(abs, V)), 0
    for _ in range(400):
        low, high = sorted(rng.uniform(*V, 2))
        absolute, relative = rng.choice([0.0, 0.1]), rng.choice([0.0, 0.2, 1.0, 1.5])
        bands = bands_of(task(V, low, high), Promise(absolute, relative), False)
        for x in (*np.linspace(V[0], low, 5), *np.linspace(high, V[1], 5)):
            error = absolute + relative * (abs(x) if "both" not in kind else largest)
            for T in (x - error, x, x + error):
                side = int(sides(np.array([T]), bands.no, bands.yes)[0])
                assert bands.least <= T <= bands.most
                if bands.disjoint:
                    judged += 1
                    assert side != (1 if x <= low else -1)
    assert judged > 1000
