"""The claims about the problems, windows and Taylor attention of Keles et al.: planted faults."""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations_with_replacement
from math import factorial, prod
from typing import Any

import pytest

from hardlab.claims.claim import Claim, Verdict, tally
from hardlab.claims.keles import problems as keles_problems
from hardlab.claims.keles import taylor as keles_taylor
from hardlab.claims.keles import taylor_errors as keles_taylor_errors
from hardlab.claims.keles import window as keles_window
from hardlab.claims.keles import window_decision as keles_window_decision
from hardlab.claims.keles.cases import fraction
from hardlab.claims.keles.gadget import number
from hardlab.claims.keles.window import PRINTED, SLOWER, WIDER, covered, few
from instances.bits import BitMatrix
from instances.vectors import OrthogonalVectors
from reductions.edges.ov_hamming import OvHamming

MODULES = (keles_problems, keles_window, keles_window_decision, keles_taylor, keles_taylor_errors)
CLAIMS: dict[str, Claim[Any]] = {claim.id: claim for module in MODULES for claim in module.CLAIMS}


def change(**formulas: Any) -> Any:
    return lambda corrected: replace(corrected, **formulas)


def instead(formula: Any) -> Any:
    return lambda corrected: formula


def times(factor: str) -> Any:
    return lambda formula: lambda *arguments: formula(*arguments) * number(factor)


def unordered(v: Any, p: int) -> list[int]:
    """One product for each multiset of p entries."""
    return [prod(chosen) for chosen in combinations_with_replacement(v, p)]


WINDOWED = [
    change(layout=WIDER, constant=lambda w, mu: number("0")),
    change(layout=replace(SLOWER, rows=lambda n, k, w: 2 * n)),
    change(threshold=lambda w, t, mu, C: number("0")),
    change(threshold=lambda w, t, mu, C: (C * t).exp() * w * 300),
]
PLANTED: dict[str, list[Any]] = {
    "K1-definition": [
        instead(lambda n, d: range(d + 1)),
        instead(lambda n, d: range(1, d)),
        instead(lambda n, d: range(1, d + 2)),
    ],
    "Lemma-1": [
        change(threshold=lambda d, t: d - 1),
        change(threshold=lambda d, t: d + 1),
        change(measure=lambda d, p: d),
        change(left=lambda a: a + a),
        change(right=lambda b: b),
    ],
    "Lemma-2": [
        change(threshold=lambda d, t: 2 * d - 2),
        change(threshold=lambda d, t: 2 * d + 1),
        change(left=lambda a: a + (0,) * 2 * len(a)),
    ],
    "Lemma-3": [change(threshold=lambda d, t: d - t), change(right=lambda b: b), change(measure=lambda d, h: h)],
    "Chain-gap": [
        change(low=lambda d: d + 1),
        change(high=lambda d: d + 1),
        change(distance=lambda d, p: d + p),
        change(right=lambda b: b * 3),
        change(left=lambda a: a * 3, distance=lambda d, p: 0),
    ],
    "Lemma-F-shifts": [
        change(rounds=lambda k: k - 1),
        change(rounds=lambda k: k + 1),
        change(partner=lambda i, r, k: i + r),
        change(partner=lambda i, r, k: (i + 2 * r) % k),
    ],
    "Lemma-F-time": [
        instead(lambda kappa, eps: 2 - eps),
        instead(lambda kappa, eps: Fraction(2)),
        instead(lambda kappa, eps: 2 - eps / 3),
    ],
    "K6-exponent": [
        instead(lambda omega, eps: 1 + omega),
        instead(lambda omega, eps: 1 + omega - omega * eps / 2),
        instead(lambda omega, eps: Fraction(0)),
        instead(lambda omega, eps: Fraction(-5)),
        instead(lambda omega, eps: (1 + omega) * Fraction(99, 100)),
    ],
    "K7-index": [
        change(index=lambda p, k, w: p % max(1, k - 1)),
        change(index=lambda p, k, w: p % (k + 1)),
        change(index=lambda p, k, w: 0),
    ],
    "K7-window": [
        change(reach=lambda w: Fraction(3 * w, 4)),
        change(reach=lambda w: Fraction(10 * w)),
        change(rows=lambda n, k, w: 2 * n),
        change(index=lambda p, k, w: p % k),
    ],
    "K7-shift": [
        change(rows=lambda n, k, w: 4 * n),
        change(rows=lambda n, k, w: 20 * n + 8 * k),
        change(index=PRINTED.index),
        change(reach=lambda w: Fraction(w - 1, 2)),
    ],
    "K7-half": [instead(lambda w: Fraction(1)), instead(lambda w: Fraction(2, w))],
    "K7-keys": [instead(lambda w: w // 2 + 1), instead(lambda w: w // 2)],
    "Theorem-6": [*WINDOWED, change(threshold=lambda w, t, mu, C: w * (C * (t - 1)).exp() / 2)],
    "Theorem-6-additive": WINDOWED,
    "Theorem-6-few-keys": [
        *WINDOWED,
        change(constant=lambda w, mu: number("98/100") * ((1 + mu) / (1 - mu) * few(w)).log()),
    ],
    "Lemma-8": [
        instead(lambda v, p: [x**p for x in v]),
        instead(unordered),
        instead(lambda v, p: [1] * len(v) ** p),
        instead(lambda v, p: keles_taylor.ordered_products(v, p)[sum(v) > 0 :]),
    ],
    "Theorem-10": [instead(unordered), instead(lambda v, p: [x**p for x in v])],
    "Corollary-11": [
        instead(lambda p: [Fraction(1)] * (p + 1)),
        instead(lambda p: [Fraction(1, factorial(z)) for z in range(p)]),
        instead(lambda p: [Fraction(1, factorial(z + 1)) for z in range(p + 1)]),
    ],
    "K13-count": [instead(lambda d, p: d**p), instead(lambda d, p: 2 * d**p)],
    "K13-denominator": [instead(lambda p: p % 2 == 1), instead(lambda p: p % 3 == 0), instead(lambda p: p > 2)],
    "Taylor-at-0": [
        instead(lambda M, p: M ** (p + 1) / factorial(p + 1)),
        times("1/3"),
        times("6/5"),
        instead(lambda M, p: number("1000000000")),
    ],
    "Taylor-at-minus-M": [
        change(error=lambda M, p: M ** (p + 1) * M.exp() / factorial(p + 1)),
        change(coefficient=lambda M, p, i: number(str(Fraction(1, factorial(i))))),
    ],
}


@pytest.mark.parametrize(("id", "number_of_fault"), [(id, f) for id in CLAIMS for f in range(len(PLANTED[id]))])
def test_planted_faults_are_caught(id: str, number_of_fault: int) -> None:
    claim = CLAIMS[id]
    assert tally(claim, PLANTED[id][number_of_fault](claim.corrected)).verdict is not Verdict.HOLDS


BEYOND: list[tuple[str, dict[str, Any]]] = [
    ("K1-definition", {"n": 0}),
    ("K1-definition", {"d": 12}),
    ("Lemma-1", {"A": ["0", "0"]}),
    ("Lemma-1", {"A": [], "B": []}),
    ("Lemma-2", {"A": ["0", "01"], "B": ["0", "1"]}),
    ("Lemma-3", {"t": 0}),
    ("Lemma-3", {"t": 2}),
    ("Chain-gap", {"d": 0}),
    ("Chain-gap", {"d": 12}),
    ("Lemma-F-shifts", {"k": 0}),
    ("Lemma-F-shifts", {"k": 10**9}),
    ("Lemma-F-time", {"kappa": "2"}),
    ("Lemma-F-time", {"eps": "0"}),
    ("K6-exponent", {"omega": "-1"}),
    ("K6-exponent", {"omega": "2"}),
    ("K6-exponent", {"eps": "1"}),
    ("K7-index", {"n": 3, "w": 2}),
    ("K7-index", {"n": 2, "w": 8}),
    ("K7-window", {"n": 9, "w": 4}),
    ("K7-shift", {"n": 2, "w": 3}),
    ("K7-shift", {"n": 3, "w": 1}),
    ("K7-shift", {"n": 10**8, "w": 4}),
    ("K7-half", {"n": 9, "w": 4}),
    ("K7-keys", {"n": 4, "w": 4}),
    ("Theorem-6", {"mu": "2"}),
    ("Theorem-6", {"t": 0}),
    ("Theorem-6", {"A": ["1", "0"], "B": ["0", "1"]}),
    ("Theorem-6", {"A": ["1", "0"]}),
    ("Theorem-6-additive", {"mu": "-1"}),
    ("Theorem-6-few-keys", {"mu": "2"}),
    ("Lemma-8", {"K": [[0], [1]]}),
    ("Lemma-8", {"K": [[0, 1]]}),
    ("Lemma-8", {"p": -1}),
    ("Theorem-10", {"c": ["1", "1", "1"]}),
    ("Corollary-11", {"V": []}),
    ("K13-count", {"d": 0}),
    ("K13-count", {"d": 100, "p": 30}),
    ("K13-denominator", {"p": 10**6}),
    ("Taylor-at-0", {"M": "-1"}),
    ("Taylor-at-minus-M", {"M": "-1"}),
    ("Taylor-at-minus-M", {"p": 10**6}),
]


@pytest.mark.parametrize(("id", "change"), BEYOND)
def test_cases_beyond_the_hypotheses_are_outside(id: str, change: dict[str, Any]) -> None:
    claim = CLAIMS[id]
    case = next(case for case in claim.cases() if claim.on(claim.printed, case).verdict is claim.recorded)
    for formulas in (claim.printed, claim.corrected):
        assert claim.on(formulas, {**case, **change}).verdict is None
    assert claim.on(claim.printed, case).verdict is not None


@pytest.mark.parametrize("text", ["1e999999999", "1/0", "nan", "1_0", "", "9" * 41, " 1", "0x1"])
def test_numbers_of_cases_are_plain_and_short(text: str) -> None:
    with pytest.raises((ValueError, ZeroDivisionError)):
        fraction(text)


@pytest.mark.parametrize(("n", "w"), [(64, 16), (128, 32), (256, 16), (400, 16)])
@pytest.mark.parametrize("id", ["K7-window", "K7-shift"])
def test_the_printed_window_is_refuted_in_every_size_that_is_checked(id: str, n: int, w: int) -> None:
    claim, case = CLAIMS[id], {"n": n, "w": w}
    assert claim.on(claim.printed, case) == (Verdict.FAILS, "1/2 of the pairs are seen")
    assert claim.on(claim.corrected, case).verdict is Verdict.HOLDS


@pytest.mark.parametrize(("n", "w"), [(64, 16), (128, 32), (256, 16), (400, 16)])
def test_the_printed_window_covers_half_and_both_corrections_all(n: int, w: int) -> None:
    """And 4n rows without the extra period miss w / 16n of the pairs."""
    short = replace(SLOWER, rows=lambda n, k, w: 4 * n)
    assert [covered(layout, n, w) for layout in (PRINTED, WIDER, SLOWER)] == [Fraction(1, 2), 1, 1]
    assert 1 - covered(short, n, w) == Fraction(w, 16 * n)


def test_a_row_sees_at_most_half_the_window_and_one() -> None:
    assert all(few(w) <= w // 2 + 1 for w in range(1, 100))


def test_the_wider_window_needs_w_to_divide_k() -> None:
    assert covered(WIDER, 9, 4) == Fraction(11, 12)


def test_the_wider_window_has_a_key_too_many_where_w_is_odd() -> None:
    claim = CLAIMS["Theorem-6"]
    counterexample = tally(claim, replace(claim.corrected, layout=WIDER)).counterexample
    assert counterexample is not None
    assert counterexample.case["w"] == 3
    assert "NO" in counterexample.finding.detail


def test_the_chain_is_the_labs_single_gadget() -> None:
    A, B = (BitMatrix.of([[a, b] for a in (0, 1) for b in (0, 1)]) for _ in "AB")
    made = OvHamming(gadget="single").apply(OrthogonalVectors(A, B))
    for i, a in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        for j, b in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
            left, right = keles_problems.CHAIN.left(a), keles_problems.CHAIN.right(b)
            assert keles_problems.hamming(left, right) == made.A.distances(made.B.words[j])[i]
