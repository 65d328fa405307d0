"""Where both sides of a comparison of a claim on Alman and Song are equal, and where a search of one ends."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import lgamma, log, sqrt
from typing import Any

import pytest
from flint import arb

from attention.exp_polynomial import certified, minimax
from hardlab.claims.alman_song import (
    algorithm_1,
    approximation,
    low_rank,
    propagation,
    theorem_3_8,
)
from hardlab.claims.alman_song.exp_degree import Least
from hardlab.claims.alman_song.lemma_4_7 import cases, construction, entries, sharp, whole
from hardlab.claims.alman_song.lemma_4_7.growth import Growth
from hardlab.claims.alman_song.matched_normaliser import Matched
from hardlab.claims.alman_song.theorem_4_6 import Uniform
from hardlab.claims.claim import Verdict
from tests.support.claims import claim

ONE = {"Q": [["0"]], "K": [["0"]], "V": [["0"]], "B": "2", "eps": "1/20"}
ZERO = {"Q": [["0"]], "K": [["0"]], "B": "2", "eps": "1/11"}
GAP = {"yes": [1], "no": [2], "d": 4, "t": 1, "far": 2, "R": "2"}
ROWS: dict[str, Any] = {"yes": [2, 48], "no": [4, 4], "d": 48, "t": 2, "eps": "1", "mu": "0"}
UNIFORM = {"n": 6, "d": 4, "least": 1, "t": [1, 1], "eps": "1"}
ROW = {"A": ["1"], "eps_A": "1/20"}


def test_degrees_at_either_end_of_what_is_allowed() -> None:
    """low F <= g <= high F, with equality on both sides; and what neither proves nor refutes is an error."""
    formulas = approximation.Degree(lambda B, L: arb(4), Fraction(1, 2), Fraction(2))
    verdicts = {}
    for low, high in ((2, 8), (2, 2), (8, 8), (0, 1), (9, 10)):
        verdicts[low, high] = approximation.compared(formulas, arb(2), arb(2), Least(low, high)).verdict
    assert [pair for pair, verdict in verdicts.items() if verdict is Verdict.HOLDS] == [(2, 8), (2, 2), (8, 8)]
    for low, high in ((1, 2), (8, 9), (1, 9)):
        with pytest.raises(ValueError, match="too far apart to decide"):
            approximation.compared(formulas, arb(2), arb(2), Least(low, high))


def test_sizes_up_to_a_power_of_two_are_checked() -> None:
    top = arb(2) ** 300
    assert approximation._beyond(top, top) is None
    for half, L in ((2 * top, top), (top, 2 * top)):
        assert approximation._beyond(half, L) == (None, "too large to check here")
    for half, L in ((arb(1), arb(3)), (arb(2), arb(2))):
        assert approximation._beyond(half, L) == (None, "B <= 1 or eps >= 0.1")


def test_large_sizes_take_more_bits() -> None:
    small, large = arb(2) ** 60, arb(2) ** 120
    assert [approximation._precision(*of) for of in ((small, large), (2 * small, arb(3)), (arb(2), 2 * large))] == [
        256,
        1024,
        1024,
    ]


def test_degrees_of_many_digits_are_shortened() -> None:
    assert [approximation._number(x) for x in (10**9 - 1, 10**9, arb(3))] == ["999999999", "1.00000e+9", "3.00000"]


def flat(tau: str, threshold: str = "1") -> construction.Construction:
    """beta = 0, so that every key weighs 1."""
    return construction.Construction(
        lambda n, d, t, eps: arb(0), lambda beta: arb(tau), lambda n, d, t, beta, tau: arb(threshold)
    )


VECTORS = {"A": ["10", "01"], "B": ["10", "01"], "t": 2, "eps": 1}
"""Every row is YES."""


@pytest.mark.parametrize(("tau", "holds"), [("1", True), ("2", True), ("0.999", False), ("2.001", False)])
def test_a_normaliser_may_be_at_either_end(tau: str, holds: bool) -> None:
    """D = 2n where every key weighs 1: n tau <= D <= 2 n tau for tau from 1 to 2."""
    assert (entries.bounds_normaliser(flat(tau), VECTORS).verdict is Verdict.HOLDS) is holds


@pytest.mark.parametrize(("threshold", "holds"), [("0.25", True), ("0.2501", False)])
def test_a_row_at_the_bar_is_above_it(threshold: str, holds: bool) -> None:
    """u = 1/2 where every key weighs 1, and the bar is 2 t~."""
    assert (entries.decides_exactly(flat("1", threshold), VECTORS).verdict is Verdict.HOLDS) is holds


@pytest.mark.parametrize(
    ("error", "equal", "holds"),
    [("1", False, True), ("1", True, True), ("0.99", True, False), ("0.99", False, True), ("1.01", False, False)],
)
def test_an_accuracy_may_be_the_threshold(error: str, equal: bool, holds: bool) -> None:
    of = flat("1")
    formulas = whole.Noisy(of.beta, of.tau, of.threshold, error=lambda n, d, t, eps: arb(error), equal=equal)
    assert (whole.within_threshold(formulas, {"n": 2, "d": 4, "t": 2, "eps": 1}).verdict is Verdict.HOLDS) is holds


@pytest.mark.parametrize(
    ("square", "accuracy", "holds"), [(32, 12, True), (Fraction(3199, 100), 12, False), (32, Fraction(1199, 100), False)]
)
def test_constants_that_are_just_enough(square: Fraction, accuracy: Fraction, holds: bool) -> None:
    """For n = 6, 6n = n^2: C_b^2 eps t/(4d) = 2, and C_a = C_b^2 (1 + t/d)/4 + 2."""
    formulas = Uniform(lambda d, t, least, eps: Fraction(square), lambda of, part: Fraction(accuracy))
    assert (claim("E16-uniform").on(formulas, UNIFORM).verdict is Verdict.HOLDS) is holds


@pytest.mark.parametrize(("power", "least", "holds"), [(1, 1, True), (1, 2, False), (2, 1, False)])
def test_growth_is_an_equality_and_above_its_bound(power: int, least: int, holds: bool) -> None:
    """For beta = 4 d/(t eps) ln n, exp(0.25 beta eps t/d) = n."""
    formulas = Growth(lambda n, d, t, eps: 4 * d / (t * eps) * arb(n).log(), power, lambda n: least)
    assert (claim("Equation-13").on(formulas, {"n": 2, "d": 4, "t": 2, "eps": "1"}).verdict is Verdict.HOLDS) is holds


WORST = {
    "A": ["2", "3"],
    "A~": ["21/10", "63/20"],
    "V": ["2", "2"],
    "D": "5",
    "D~": "19/4",
    "B": "2",
    "eps_A": "1/20",
    "eps_D": "1/20",
}
EXTREME = {"A": ["10", "11"], "V": ["2", "-2"], "B": "2", "eps_A": "21/221"}


@pytest.mark.parametrize(
    ("name", "case", "changed", "demanded"),
    [
        ("E9-any-second", WORST, {}, True),
        ("E9-any-second", WORST, {"A~": ["21/10", "3"]}, False),
        ("E9-any-second", WORST, {"A~": ["2", "63/20"]}, False),
        ("E9-any-second", WORST, {"D~": "5"}, False),
        ("E9-any-second", WORST, {"D~": "21/4"}, False),
        ("E9-any-second", WORST, {"V": ["2", "1"]}, False),
        ("E9-any-second", WORST, {"V": ["1", "1"]}, False),
        ("E10-constant", EXTREME, {}, True),
        ("E10-constant", EXTREME, {"V": ["2", "-1"]}, False),
        ("E10-constant", EXTREME, {"V": ["-2", "2"]}, False),
        ("E10-constant", EXTREME, {"eps_A": "20/221"}, False),
        ("E10-constant", EXTREME, {"A": ["10", "12"]}, False),
    ],
)
def test_equality_is_demanded_of_the_worst_rows_alone(name: str, case: Any, changed: Any, demanded: bool) -> None:
    """A bound that is twice as large holds everywhere but there."""
    of = claim(name)
    double = replace(of.corrected, bound=lambda *given: 2 * of.corrected.bound(*given))
    assert of.on(of.corrected, {**case, **changed}).verdict is Verdict.HOLDS
    assert (of.on(double, {**case, **changed}).verdict is Verdict.HOLDS) is not demanded


# ---------------------------------------------------------------------------------------- loops that come to their end


def falling(value: Callable[[int], float]) -> Callable[[arb, arb], arb]:
    """f(C, c) by the k of c = C/2^k."""
    return lambda C, c: arb(value(round(-log(float(c / C)) / log(2)))) if c > 0 else arb(0)


@pytest.mark.parametrize(
    ("value", "verdict", "said"),
    [
        (lambda k: 2 - k / 100, Verdict.FAILS, "f(C, C/2^64) = 1.3600000 >= 1/1000"),
        (lambda k: 2 - k / 100 if k < 63 else 2.0 ** (-11 - k), Verdict.HOLDS, "f(C, C/2^63) < 1/1000"),
        (lambda k: 2.0**-k if k > 2 else 3, Verdict.FAILS, "f(C, C/2^2) >= f(C, C/2^1)"),
        (lambda k: 2.0**-k * 1.023, Verdict.HOLDS, "f(C, C/2^10) < 1/1000"),
        (lambda k: 2.0**-k * 1.025, Verdict.HOLDS, "f(C, C/2^11) < 1/1000"),
    ],
)
def test_a_spread_falls_below_a_thousandth(value: Callable[[int], float], verdict: Verdict, said: str) -> None:
    case = {"n": 2, "d": 4, "t": 0}
    found = claim("Lemma-4.7-lookup").on(falling(value), case)
    assert found.verdict is verdict
    assert said in found.detail


def test_ranks_are_binomials() -> None:
    """ln binom(2(g + d), 2g) for d = L = ln n, k = 10, in floats."""
    L = log(2) * 2**10
    g = 3 * max(L / log(2 + log(L) ** 2), L / log(L) ** 2)
    exact = lgamma(2 * (g + L) + 1) - lgamma(2 * g + 1) - lgamma(2 * L + 1)
    found = theorem_3_8.almost_linear(replace(theorem_3_8.BELOW, ln_rank=lambda g, d: arb(0)), {"target": "1"})
    assert found == (Verdict.FAILS, f"k = 10^1: ln r = {exact / L:.5g} ln n, its bound is 0 ln n")
    assert sqrt(L) / log(L) == pytest.approx(float(theorem_3_8.BELOW.B(arb(L)).mid()))


def test_what_falls_too_slowly_is_followed_to_the_last_size() -> None:
    steps = iter(range(1, 100))
    slow = replace(theorem_3_8.BELOW, ln_rank=lambda g, d: d * (100 + arb(1) / next(steps)))
    found = theorem_3_8.almost_linear(slow, {"target": "1"})
    assert found == (Verdict.FAILS, "x from 101.00 to 100.02 at k = 10^64, target 1")
    assert next(steps) == 65
    rising = replace(theorem_3_8.BELOW, ln_rank=lambda g, d: d * (100 + next(steps)))
    assert theorem_3_8.almost_linear(rising, {"target": "1"}).detail.startswith(
        "x does not fall: x from 166.00 to 167.00 at k = 10^2"
    )


# ------------------------------------------------------------------------------------------------- matched normalisers


@pytest.mark.parametrize(
    ("gamma", "holds"),
    [(lambda R: (R.sqrt() - 1) / (R.sqrt() + 1), True), (lambda R: arb("0.1"), False), (lambda R: arb("0.2"), False)],
)
def test_worst_rows_reach_gamma(gamma: Callable[[arb], arb], holds: bool) -> None:
    formulas: Matched = replace(claim("T5-matched").corrected, gamma=gamma)
    assert (claim("T5-matched").on(formulas, GAP).verdict is Verdict.HOLDS) is holds


@pytest.mark.parametrize(("goal", "said"), [("6", "row 0: least distance 6"), ("6.01", "no row is in Case 2")])
def test_rows_of_case_2_start_at_the_goal(goal: str, said: str) -> None:
    """A row whose least distance is the goal is one of them."""
    case = next(cases.goal_cases())
    assert {min(construction.distance(a, b) for b in case["B"]) for a in case["A"]} == {6}
    assert claim("E26-goal").on(lambda t, eps, accuracy: arb(goal), case).detail.startswith(said)


@pytest.mark.parametrize(("least", "holds"), [(lambda n: n**10, True), (lambda n: n**10 + 1, False)])
def test_growth_may_be_just_what_is_needed(least: Callable[[int], int], holds: bool) -> None:
    """exp(0.25 beta eps t/d) = n^10 for the beta of Lemma 4.7."""
    formulas = replace(claim("E28-factor").corrected, least=least)
    found = claim("E28-factor").on(formulas, {"n": 2, "d": 4, "t": 2, "eps": "1"})
    assert (found.verdict is Verdict.HOLDS) is holds


@pytest.mark.parametrize(("times", "holds"), [("1", True), ("0.999", False)])
def test_candidates_may_be_as_many_as_are_said(times: str, holds: bool) -> None:
    """5 vectors in d = 4 are within distance 1: n^f(C, C/4) = 5 for f(C, c) = 4 (c/C) ln 5 / ln n, n = 2."""
    found = claim("Lemma-4.7-lookup").on(
        lambda C, c: 4 * c / C * arb(5).log() / arb(2).log() * arb(times), {"n": 2, "d": 4, "t": 1}
    )
    assert (found.verdict is Verdict.HOLDS) is holds


def test_a_spread_of_a_thousandth_is_not_below_it() -> None:
    found = claim("Lemma-4.7-lookup").on(lambda C, c: c / C * 1024 / 1000, {"n": 2, "d": 4, "t": 0})
    assert found.detail.endswith("f(C, C/2^11) < 1/1000")


@pytest.mark.parametrize(("gamma", "holds"), [(Fraction(1, 11), True), (Fraction(100, 1099), False)])
def test_candidates_may_be_as_many_as_the_time_allows(gamma: Fraction, holds: bool) -> None:
    """n = 2^11 and t = d = 10: 2^10 = n^(1 - 1/11) candidates."""
    chain = replace(
        claim("Theorem-4.6-constants").corrected,
        gamma=lambda q: gamma,
        cut=lambda C, gamma: Fraction(2),
        square=lambda C, c, eps: Fraction(2),
        dimension=lambda C: Fraction(6),
    )
    found = claim("Theorem-4.6-constants").on(chain, {"q": "1", "C": "11/8", "eps": "1/2", "n": 2**11})
    assert (found.verdict is Verdict.HOLDS) is holds
    assert "d = 10" in found.detail


@pytest.mark.parametrize("attained", [True, False])
def test_an_error_may_be_its_bound(attained: bool) -> None:
    formulas = propagation.Constant(lambda eps, B: arb(0), attained=attained)
    assert propagation.bounds_constant(formulas, {**ROW, "V": ["0"], "B": "2"}).verdict is Verdict.HOLDS


@pytest.mark.parametrize(("times", "holds"), [("1", True), ("-1", True), ("101/100", False), ("-101/100", False)])
def test_entries_may_be_off_by_all_of_eps(times: str, holds: bool) -> None:
    """Attention to one key is its value; and e^0 = 1."""
    eps, zero = Fraction(1, 20), [[Fraction(0)]]
    off = 1 + eps * Fraction(times)
    assert (algorithm_1._error(zero, zero, [[Fraction(1)]], [[off]], eps) is None) is holds
    assert low_rank._near(off, Fraction(0), eps) is holds


def rule(above: str, below: str) -> sharp.Rule:
    """A rule of beta = 1, and rows that are so far apart from 1 on, and below it."""
    yes, no, short = arb(above), arb(below), Fraction(99, 100)
    return sharp.Rule(
        lambda n, d, t, eps, rho: arb(1), short, 2, lambda row, d, beta: (yes if beta >= 1 else no) if row[0] < 4 else arb(0)
    )


@pytest.mark.parametrize(
    ("above", "below", "holds"), [("1", "0", True), ("1", "-1", True), ("1", "0.1", False), ("0", "-1", False)]
)
def test_rows_that_are_equal_are_not_apart(above: str, below: str, holds: bool) -> None:
    """Above the rule they have to be, and below it they must not."""
    assert (sharp.separates(rule(above, below), ROWS).verdict is Verdict.HOLDS) is holds


@pytest.mark.parametrize(("share", "holds"), [("2", True), ("1.999", False), ("2.02", True), ("2.021", False)])
def test_an_error_is_half_of_what_rows_are_apart(share: str, holds: bool) -> None:
    """Or up to 1% less where the rows are the worst, and beta is as it should be there."""
    beta = claim("T2-additive-error").corrected.beta

    def error(n: int, d: int, t: int, eps: arb) -> arb:
        of = beta(n, d, t, eps)
        return (sharp.padded(ROWS["yes"], d, of) - sharp.padded(ROWS["no"], d, of)) / arb(share)

    assert (sharp.tolerates(sharp.Tolerance(beta, error), ROWS).verdict is Verdict.HOLDS) is holds


@pytest.mark.parametrize(("bar", "is_below"), [("1", False), ("1.001", True), ("0.999", False)])
def test_a_no_output_at_the_bar_is_not_below_it(bar: str, is_below: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    case = next(cases.goal_cases())
    monkeypatch.setattr(cases, "bar_of", lambda formulas, case: construction.output(formulas, case, 0) * arb(bar))
    assert cases._below(case, 0) is is_below


def test_a_polynomial_may_be_just_as_accurate_as_is_asked() -> None:
    """The least degree whose error is no more: eta itself is enough, and half a unit in the last place less is not."""
    B, one = Fraction(3, 2), {**ONE, "B": "3/2"}
    eta = minimax(float(B**2), 6).eta
    for asked, degree in ((Fraction(eta), 6), (Fraction(eta) * (1 - Fraction(1, 2**54)), 7)):
        found = claim("Algorithm-1").on(algorithm_1.algorithm_1, {**one, "eps": str(2 * B * asked)})
        assert found.detail.startswith(f"degree {degree}: ")
        found = claim("Lemma-3.4").on(claim("Lemma-3.4").corrected, {**ZERO, "B": "3/2", "eps": str(asked)})
        assert found.detail.startswith(f"g = {degree}, ")


def asking(accuracy: Fraction) -> algorithm_1.Accuracy:
    return lambda eps, B: accuracy


def test_the_accuracy_of_a_polynomial_is_what_is_asked_and_below_a_tenth() -> None:
    P = [float(p) for p in minimax(2.25, 5).coefficients]
    eta = Fraction(certified(2.25, P).eta)
    case = {**ONE, "B": "3/2", "eps": "1/20", "P": P}
    for asked, inside in (
        (eta, True),
        (eta * (1 - Fraction(1, 2**54)), False),
        (Fraction(99, 1000), True),
        (Fraction(1, 10), False),
    ):
        found = algorithm_1.output_within(asking(asked), case)
        assert (found.verdict is not None) is inside
