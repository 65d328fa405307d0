"""The last case that a claim on Keles et al. is checked on and the first that it is not: sizes, ranges, and equality."""

from dataclasses import replace
from fractions import Fraction
from math import factorial
from typing import Any

import pytest
from flint import arb

from hardlab.claims.claim import Case, Verdict
from hardlab.claims.keles import cases, deciding, problems, products, softmax, softmax_additive, window
from hardlab.claims.keles.gadget import Model, Row, Size, number
from hardlab.claims.keles.gaussian import Best
from hardlab.claims.keles.problems import Lemma, Shifts
from hardlab.claims.keles.window import PRINTED
from tests.support.claims import claim, is_outside

PAIR = {"A": ["1", "1"], "B": ["1", "1"], "t": 1, "mu": "0"}
ZEROS = {"A": ["0", "0"], "B": ["0", "0"], "t": 1}
ROW = {"Q": [[1]], "K": [[1]], "V": [1], "p": 1}
DUMMY = {"A": ["1", "0"], "B": ["1", "1"], "R0": "2"}
SIZE = {"n": 2, "d": 16, "t": 2}


def vectors(n: int, d: int) -> Case:
    return {"A": ["1" * d] * n, "B": ["1" * d] * n}


LIMITS: list[tuple[str, Case, Case]] = [
    ("K1-definition", {"n": 2, "d": 3}, {"n": 1, "d": 7}),
    ("Chain-gap", {"d": 8}, {"d": 9}),
    ("Lemma-F-shifts", {"k": 256}, {"k": 257}),
    ("Lemma-F-time", {"kappa": "1", "eps": "199/100"}, {"kappa": "1", "eps": "2"}),
    ("Lemma-F-time", {"kappa": "0", "eps": "1"}, {"kappa": "101/100", "eps": "1"}),
    ("K6-exponent", {"omega": "1", "eps": "99/100"}, {"omega": "1", "eps": "1"}),
    ("K6-exponent", {"omega": "0", "eps": "1/2"}, {"omega": "101/100", "eps": "1/2"}),
    ("K7-index", {"n": 1024, "w": 4}, {"n": 1089, "w": 4}),
    ("K7-index", {"n": 2, "w": 2}, {"n": 1, "w": 1}),
    ("K7-keys", {"n": 9, "w": 4}, {"n": 4, "w": 4}),
    ("K7-half", {"n": 4, "w": 4}, {"n": 2, "w": 2}),
    ("Taylor-at-0", {"M": "64", "p": 64}, {"M": "64.1", "p": 64}),
    ("Taylor-at-0", {"M": "1", "p": 0}, {"M": "1", "p": 65}),
    ("Taylor-at-0", {"M": "0.1", "p": 0}, {"M": "0", "p": 0}),
    ("K13-count", {"d": 1, "p": 64}, {"d": 1, "p": 65}),
    ("K13-count", {"d": 5000, "p": 1}, {"d": 5001, "p": 1}),
    ("Lemma-8", {**ROW, "p": 64}, {**ROW, "p": 65}),
    ("Lemma-8", {**ROW, "p": 0}, {**ROW, "p": -1}),
    (
        "Lemma-8",
        {"Q": [[1]] * 70, "K": [[1]] * 70, "V": [1] * 70, "p": 1},
        {"Q": [[1]] * 5001, "K": [[1]] * 5001, "V": [1] * 5001, "p": 1},
    ),
    ("Lemma-8", {"Q": [[1] * 70], "K": [[1] * 70], "V": [1], "p": 2}, {"Q": [[1] * 71], "K": [[1] * 71], "V": [1], "p": 2}),
    ("Softmax-dummy-key", {**DUMMY, "R0": "1001/1000"}, {**DUMMY, "R0": "1"}),
    ("Softmax-dummy-key", DUMMY, {"A": ["1"], "B": ["1"], "R0": "2"}),
    ("K5-almost-one", {**PAIR, "scale": "10"}, {**PAIR, "scale": "99/10"}),
    ("K5-almost-one", {**PAIR, "scale": "1000"}, {**PAIR, "scale": "1001"}),
    ("Softmax-scaled", {**PAIR, "scale": "1"}, {**PAIR, "scale": "101/100"}),
    ("K11-l2", {**PAIR, "scale": "1/1000"}, {**PAIR, "scale": "1/999"}),
    ("K11-softmax", {**PAIR, "scale": "1/1000"}, {**PAIR, "scale": "0"}),
    ("Theorem-4.3-least", {**PAIR, "B": ["1", "0"], "A": ["1", "0"], "mu": "1/1048576"}, {**PAIR, "mu": "1/1048577"}),
    ("Theorem-4.2-least", {"n": 2, "d": 8, "t": 8, "mu": "0"}, {"n": 2, "d": 8, "t": 7, "mu": "0"}),
    ("Theorem-4.2", {**PAIR, "mu": "999/1000"}, {**PAIR, "mu": "1"}),
    ("Theorem-4.3", {**PAIR, "mu": "0"}, {**PAIR, "mu": "-1/1000"}),
    ("Theorem-4.1", PAIR, {**PAIR, "mu": "1/1000"}),
    ("Theorem-4.1", PAIR, {**PAIR, "t": 2}),
    ("Theorem-4.1", PAIR, {**PAIR, "t": 0}),
    ("Theorem-4.1", PAIR, {"A": ["1"], "B": ["1"], "t": 1, "mu": "0"}),
    ("Theorem-5.1-least", {"n": 2, "d": 12, "t": 1, "mu": "0"}, {"n": 2, "d": 11, "t": 1, "mu": "0"}),
    ("Theorem-5.1-least", {"n": 3, "d": 12, "t": 1, "mu": "0"}, {"n": 64, "d": 12, "t": 2, "mu": "0"}),
    ("Theorem-5.2-least", {"n": 64, "d": 12, "t": 2, "mu": "0"}, {"n": 63, "d": 12, "t": 2, "mu": "0"}),
    ("Theorem-5.2-least", {"n": 65, "d": 13, "t": 2, "mu": "0"}, {"n": 64, "d": 11, "t": 2, "mu": "0"}),
    ("Theorem-7-least", {"n": 2, "d": 12, "t": 4, "mu": "0"}, {"n": 2, "d": 12, "t": 5, "mu": "0"}),
    ("Theorem-7-after-OV", {"n": 2, "d": 12, "mu": "0"}, {"n": 2, "d": 11, "mu": "0"}),
    ("Appendix-G-l2-best", SIZE, {**SIZE, "d": 15}),
    ("Appendix-G-l2-best", SIZE, {**SIZE, "t": 1}),
]


@pytest.mark.parametrize(("id", "last", "first"), LIMITS)
def test_the_last_case_that_is_checked_and_the_first_that_is_not(id: str, last: Case, first: Case) -> None:
    assert claim(id).on(claim(id).corrected, last).verdict is not None
    assert is_outside(id, first)


@pytest.mark.parametrize(
    ("n", "d", "why"),
    [
        (128, 48, ""),
        (129, 48, "too large to check here"),
        (128, 49, "too large to check here"),
        (1, 1, ""),
        (0, 1, "no vectors or no coordinates"),
        (1, 0, "no vectors or no coordinates"),
    ],
)
def test_instances_of_few_vectors_and_bits(n: int, d: int, why: str) -> None:
    assert cases.oversized(n, d) == why
    if n and d:
        assert cases.uneven(vectors(n, d)) == why
        assert cases.beyond({"n": n, "d": d, "t": 1}, "exact") == (why or ("fewer than two vectors a side" if n < 2 else ""))


@pytest.mark.parametrize("case", [{"A": ["0"], "B": ["0", "1"]}, {"A": [], "B": []}, {"A": ["0"], "B": ["00"]}])
def test_sides_that_are_not_alike(case: Case) -> None:
    assert cases.uneven(case) == "not equally many vectors of one length on both sides"


def test_numbers_of_cases_have_at_most_forty_digits() -> None:
    nines = "9" * 40
    assert cases.fraction(f"-{nines}/{nines}") == -1
    assert cases.fraction(f"{nines}.{nines}") == Fraction(f"{nines}.{nines}")
    for text in (f"{nines}9", f"1/{nines}9", f"{nines}9/1", f"1.{nines}9", "1/", "--1", "1/-1"):
        with pytest.raises(ValueError, match="at most 40 digits"):
            cases.fraction(text)


# --------------------------------------------------------------------------------------------- what means nothing


@pytest.mark.parametrize(
    ("left", "right"),
    [(lambda a: a, lambda b: (*b, 0)), (lambda a: a, lambda b: (2,) * len(b)), (lambda a: (-1,) * len(a), lambda b: b)],
)
def test_maps_to_what_are_no_vectors_are_ill_typed(left: Any, right: Any) -> None:
    lemma: Lemma = replace(claim("Lemma-1").corrected, left=left, right=right)
    assert claim("Lemma-1").on(lemma, {"A": ["1"], "B": ["1"]}).verdict is Verdict.ILL_TYPED


@pytest.mark.parametrize(("block", "verdict"), [(-1, Verdict.ILL_TYPED), (2, Verdict.ILL_TYPED), (1, Verdict.FAILS)])
def test_blocks_that_are_not_there_are_ill_typed(block: int, verdict: Verdict) -> None:
    shifts = Shifts(rounds=lambda k: k, partner=lambda i, r, k: block)
    assert claim("Lemma-F-shifts").on(shifts, {"k": 2}).verdict is verdict


@pytest.mark.parametrize(("index", "verdict"), [(-1, Verdict.ILL_TYPED), (2, Verdict.ILL_TYPED), (1, Verdict.FAILS)])
def test_rows_of_vectors_that_are_not_there_are_ill_typed(index: int, verdict: Verdict) -> None:
    layout = replace(PRINTED, index=lambda p, k, w: index)
    assert claim("K7-index").on(layout, {"n": 2, "w": 2}).verdict is verdict


# ------------------------------------------------------------------------------------------------------- thresholds


@pytest.mark.parametrize(
    ("exponent", "holds"),
    [
        (lambda kappa, eps: 2 - eps / 2, True),
        (lambda kappa, eps: Fraction(199, 100), False),
        (lambda kappa, eps: 2 - eps * Fraction(51, 100), False),
        (lambda kappa, eps: Fraction(2), False),
    ],
)
def test_the_saving_is_reached_where_there_are_as_many_blocks_as_vectors(exponent: Any, holds: bool) -> None:
    assert (problems.pays(exponent, {"kappa": "1", "eps": "1"}).verdict is Verdict.HOLDS) is holds


@pytest.mark.parametrize(("exponent", "holds"), [("1", True), ("3/2", True), ("99/100", False), ("2", False)])
def test_few_blocks_may_save_more_than_is_said(exponent: str, holds: bool) -> None:
    """k = n^0: 2 - eps <= e, also where it is less; but e < 2."""
    found = problems.pays(lambda kappa, eps: Fraction(exponent), {"kappa": "0", "eps": "1"})
    assert (found.verdict is Verdict.HOLDS) is holds


@pytest.mark.parametrize(("n", "odd"), [(0, 0), (1, 0), (2, 2), (3, 2), (4, 2), (5, 2), (6, 4), (10, 6)])
def test_odd_numbers_within_half_a_window(n: int, odd: int) -> None:
    assert window.few(n) == odd == sum(i % 2 for i in range(-(n // 2), n // 2 + 1))


@pytest.mark.parametrize("excess", ["2", "1/4", "100"])
@pytest.mark.parametrize(("n", "t"), [(2, 1), (3, 2), (8, 5)])
def test_the_least_constant_of_sums_is_a_root(n: int, t: int, excess: str) -> None:
    """e^(C(t-1)) (e^C - n) = excess - (n-1) at C, to 2^-40; the left side is less below it and more above it."""
    size = Size(n, 9, t, 0, arb(0), arb(1))
    C = products.least_additive(size, number(excess))

    def surplus(C: arb) -> float:
        return float(((C * (t - 1)).exp() * (C.exp() - n) - number(excess) + (n - 1)).mid())

    assert surplus(C * (1 - arb(2) ** -40)) < 0 < surplus(C * (1 + arb(2) ** -40))


# ------------------------------------------------------------------------------------------------------- comparisons


def test_pairs_of_kinds_of_rows_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert deciding.MOST_PAIRS == 1024
    case = {"A": ["11", "10", "00"], "B": ["11", "00", "00"], "t": 2, "mu": "0"}
    check = claim("Theorem-4.2-least")
    monkeypatch.setattr(deciding, "MOST_PAIRS", 2)
    assert check.on(check.corrected, case).verdict is Verdict.HOLDS
    monkeypatch.setattr(deciding, "MOST_PAIRS", 1)
    assert check.on(check.corrected, case) == (None, "too many kinds of rows to check here")


def test_a_constant_is_enough_just_above_it_and_not_below() -> None:
    """A millionth and half above it; a hundredth below it for the worst rows of a size."""
    assert ((1 + Fraction(1, 2**20), Fraction(3, 2)), Fraction(99, 100)) == (deciding.ABOVE, deciding.BELOW)


@pytest.mark.parametrize(("model", "flipped"), [(Model(), False), (Model(values=(1, 0)), True), (Model(values=(1, 1)), False)])
def test_which_models_are_flipped(model: Model, flipped: bool) -> None:
    assert model.flipped is flipped
    assert (model.softmax, model.error) == (False, "exact")


@pytest.mark.parametrize(("off", "holds"), [("0", True), ("1e-16", True), ("1e-14", False), ("-1e-14", False)])
def test_displayed_outputs_agree_to_fifteen_digits(off: str, holds: bool) -> None:
    """2^-50 is 8.9e-16; for n = 2, S = 1 + e^C and weights of 1, one that is more by x is S / (S + 2)^2 x, about x/5."""
    found = softmax_additive.displayed_is_output(
        lambda C, product: product + arb(off), {"A": ["0", "0"], "B": ["0", "0"], "t": 1}
    )
    assert (found.verdict is Verdict.HOLDS) is holds


@pytest.mark.parametrize(("off", "holds"), [("1.0000000008", True), ("1.000000001", False), ("0.999999999", False)])
def test_a_gap_is_its_formula_to_nine_digits(off: str, holds: bool) -> None:
    """2^-30 is 9.3e-10."""
    formula = claim("K12-gap").corrected
    found = claim("K12-gap").on(lambda n, d, t: formula(n, d, t) * arb(off), {"n": 2, "d": 2, "t": 1})
    assert (found.verdict is Verdict.HOLDS) is holds


@pytest.mark.parametrize(("off", "holds"), [("1", True), ("1.0000000000009", True), ("1.000000000002", False)])
def test_an_error_is_reached_to_twelve_digits(off: str, holds: bool) -> None:
    """2^-40 is 9.1e-13."""
    shifted = claim("Taylor-at-minus-M").corrected
    found = claim("Taylor-at-minus-M").on(
        replace(shifted, error=lambda M, p: shifted.error(M, p) * arb(off)), {"M": "1", "p": 2}
    )
    assert (found.verdict is Verdict.HOLDS) is holds


def test_a_row_of_the_dummy_key_at_its_threshold_is_no_yes() -> None:
    """u > threshold is a strict inequality."""
    at = softmax.Dummy(constant=lambda n, R0: arb(0), threshold=lambda R0: arb(2) / 3, error=lambda R0: arb(0))
    case = {"A": ["1", "1"], "B": ["1", "1"], "R0": "2"}
    assert claim("Softmax-dummy-key").on(at, case).verdict is Verdict.HOLDS
    assert claim("Softmax-dummy-key").on(replace(at, threshold=lambda R0: arb("0.66")), case).verdict is Verdict.FAILS


@pytest.mark.parametrize(("times", "holds"), [("1", True), ("0.999", False), ("1.001", True)])
@pytest.mark.parametrize("at_top", [False, True])
def test_an_error_at_0_is_between_its_bounds(times: str, at_top: bool, holds: bool) -> None:
    """Error <= bound <= error e^M, with equality on both sides."""

    def bound(M: arb, p: int) -> arb:
        error = abs(1 - sum(((-M) ** z / factorial(z) for z in range(p + 1)), arb(0)) * M.exp())
        return error * M.exp() / arb(times) if at_top else error * arb(times)

    assert (claim("Taylor-at-0").on(bound, {"M": "1", "p": 2}).verdict is Verdict.HOLDS) is holds


def at_zero(row: Row, threshold: str) -> Row:
    """Every key weighs 1 where C = 0 and a = 0."""
    return replace(row, constant=lambda s: arb(0), threshold=lambda s, C: arb(threshold))


@pytest.mark.parametrize(
    ("id", "threshold", "holds"),
    [
        ("Theorem-4.1", "2", True),
        ("Theorem-4.1", "1.999", False),
        ("Theorem-5.2", "0.5", True),
        ("Theorem-5.2", "0.501", False),
    ],
)
def test_a_row_at_its_threshold_is_no_yes(id: str, threshold: str, holds: bool) -> None:
    """The sum of two keys is 2, and half of the mass is that of the a-keys; no row is YES."""
    check = claim(id)
    case = {**ZEROS, "mu": "0"}
    assert (check.on(at_zero(check.corrected, threshold), case).verdict is Verdict.HOLDS) is holds


def test_rows_of_equal_outputs_are_not_apart() -> None:
    case = {"A": ["1", "0"], "B": ["1", "0"], "t": 1, "mu": "0"}
    found = claim("Theorem-4.2-least").on(lambda s: arb(0), case)
    assert found == (Verdict.FAILS, "at 1.000001 C some YES row is not apart from some NO row")


@pytest.mark.parametrize(("times", "holds"), [("1", True), ("1.0001", False), ("1000/1001", True), ("0.998", False)])
def test_a_bound_on_yes_rows_is_met_to_a_thousandth(times: str, holds: bool) -> None:
    bound = claim("K8-relative").corrected
    changed = bound._replace(least=lambda s, C: bound.least(s, C) * number(times))
    found = claim("K8-relative").on(changed, {"n": 2, "d": 1, "t": 1, "mu": "0"})
    assert (found.verdict is Verdict.HOLDS) is holds


def test_no_error_at_all_leaves_nothing_apart_where_all_keys_weigh_the_same() -> None:
    zero = Best(constant=lambda s: arb(0), error=lambda s: arb(0))
    assert claim("Appendix-G-l2-best").on(zero, SIZE) == (Verdict.FAILS, "apart by 0 at 0.99 of the error")


@pytest.mark.parametrize(("share", "holds"), [("2.02", True), ("2.021", False), ("1.981", True), ("1.98", False)])
def test_the_largest_error_is_half_of_what_rows_are_apart(share: str, holds: bool) -> None:
    """At 1% more they are just not apart, and at 1% less they are."""
    best = claim("Appendix-G-l2-best").corrected

    def error(s: Size) -> arb:
        C = best.constant(s)
        yes = (-C * (s.t - 1)).exp() + (s.n - 1) * (-C * s.d).exp()
        return arb(yes - s.n * (-C * s.t).exp()) / number(share)

    assert (claim("Appendix-G-l2-best").on(replace(best, error=error), SIZE).verdict is Verdict.HOLDS) is holds


@pytest.mark.parametrize(("threshold", "holds"), [("2", True), ("1.999", False)])
def test_a_window_at_its_threshold_is_not_above_it(threshold: str, holds: bool) -> None:
    """A row of a window of 2 sees two keys, which weigh 1 where C = 0; no pair has a product of 1."""
    formulas = replace(
        claim("Theorem-6").corrected, constant=lambda w, mu: arb(0), threshold=lambda w, t, mu, C: arb(threshold)
    )
    found = claim("Theorem-6").on(formulas, {**ZEROS, "n": 2, "w": 2, "mu": "0"})
    assert (found.verdict is Verdict.HOLDS) is holds
