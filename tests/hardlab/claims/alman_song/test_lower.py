"""The claims of Alman and Song, section 4: planted wrong formulas, and what single statements say."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from math import comb
from typing import Any

import pytest
from flint import arb

from hardlab.claims import FAMILIES
from hardlab.claims.alman_song import gap_search, matched_normaliser, nearest_neighbour
from hardlab.claims.alman_song.gap_search import Answers
from hardlab.claims.alman_song.lemma_4_7 import construction as lemma_4_7_construction
from hardlab.claims.alman_song.lemma_4_7 import lookup as lemma_4_7_lookup
from hardlab.claims.alman_song.lemma_4_7 import matrices as lemma_4_7_matrices
from hardlab.claims.alman_song.lemma_4_7 import sharp as lemma_4_7_sharp
from hardlab.claims.alman_song.lemma_4_7 import whole as lemma_4_7_whole
from hardlab.claims.claim import Claim, Verdict, tally

FROM, TO = (FAMILIES.index(family) for family in (nearest_neighbour, matched_normaliser))
CLAIMS: dict[str, Claim[Any]] = {claim.id: claim for family in FAMILIES[FROM : TO + 1] for claim in family.CLAIMS}


def halving(answers: Answers, row: int, t: int, A: Sequence[str], B: Sequence[str]) -> int:
    """A key of the row by halving: the first half if the row is in Case 1 there, else the second."""
    keys = list(range(len(B)))
    while len(keys) > 1:
        half = keys[: len(keys) // 2]
        keys = half if answers(half, t)[row] else keys[len(half) :]
    return keys[0]


def first_row(answers: Answers, m: int, d: int, eps: Fraction) -> tuple[int, int] | None:
    """A row with YES at t and NO at t - 1, whatever the other rows say."""
    low, high = 0, int(d / (1 + eps)) + 1
    while high - low > 1:
        t = (low + high) // 2
        low, high = (low, t) if answers(range(m), t)[0] else (t, high)
    return 0, high


def top_first(answers: Answers, m: int, d: int, eps: Fraction) -> tuple[int, int] | None:
    """The largest threshold is called before the search starts, which may cost a call more."""
    return gap_search.least_threshold(answers, m, d, eps) if any(answers(range(m), int(d / (1 + eps)) or 1)) else None


def no_right_half(A: Any) -> lemma_4_7_matrices.Rows:
    """Queries whose right half is 0."""
    return [row[: len(A[0])] + [0] * len(A[0]) for row in lemma_4_7_matrices.LAYOUT.queries(A)]


def power_beta(factor: int) -> Callable[[int, int, int, arb], arb]:
    """beta with another constant for the 40."""
    return lambda n, d, t, eps: factor * arb(d) / (t * eps) * arb(n).log()


PLANTED: dict[str, list[dict[str, Any]]] = {
    "Lemma-4.3": [
        {"no": lambda t: t + 3},
        {"no": lambda t: t + 1},
        {"yes": lambda t: t + 1},
        {"eps": lambda t: Fraction(2, t)},
    ],
    "Remark-4.4": [{"encode": lambda a: a + a}, {"distance": lambda h: h}, {"weight": lambda d: 2 * d}],
    "E13-cases": [
        {"first": lambda h, t: h < t},
        {"lemma_second": lambda h, t, eps: h > (1 + eps) * t},
        {"first": lambda h, t: h < t, "lemma_first": lambda h, t: h < t},
        {"first": lambda h, t: h <= t + 1, "lemma_first": lambda h, t: h <= t + 1},
        {"second": lambda h, t, eps: h > t, "lemma_second": lambda h, t, eps: h > t},
        {"second": lambda h, t, eps: h > (1 + eps) * t, "lemma_second": lambda h, t, eps: h > (1 + eps) * t},
    ],
    "E14-calls": [
        {"key": halving},
        {"equal_first": False},
        {"row": first_row},
        {"row": top_first},
        {"key": lambda answers, row, t, A, B: 0},
        {"calls": lambda n, d: max(0, (d - 1).bit_length() - 1)},
    ],
    "E16-uniform": [
        {"square": lambda d, t, least, eps: 40 * d / (t * eps)},
        {"square": lambda d, t, least, eps: 4 * d / (least * eps)},
        {"accuracy": lambda square, part: 1 + square / 4},
        {"accuracy": lambda square, part: 2 + square * (1 + part)},
    ],
    "Theorem-4.6-constants": [
        {"hard": lambda q: q},
        {"hard": lambda q: Fraction(0)},
        {"gamma": lambda q: q},
        {"dimension": lambda C: 2 * C},
        {"cut": lambda C, gamma: C / 2},
        {"square": lambda C, c, eps: 4 * C / eps},
        {"square": lambda C, c, eps: Fraction(1)},
        {"accuracy": lambda square: square / 4},
    ],
    "E18-shapes": [{"queries": no_right_half}, {"keys": lambda B: lemma_4_7_matrices.LAYOUT.queries(B)}],
    "E30-exponents": [
        {"product": Fraction(1, 4)},
        {"product": Fraction(3, 4)},
        {"entry": Fraction(1, 2)},
        {"entry": Fraction(9)},
    ],
    "E25-ranges": [
        {"indices": lambda n: range(1, 2 * n + 1)},
        {"indices": lambda n: range(1, n)},
        {"indices": lambda n: range(2, n + 1)},
        {"product": lambda h, d: Fraction(1, 2) - Fraction(h, d)},
    ],
    "E21-entries": [{"floor": 2}, {"floor": -5}, {"rate": Fraction(1, 5)}, {"rate": Fraction(1, 2)}],
    "E19-normaliser": [{"tau": lambda beta: beta.exp()}, {"tau": lambda beta: (beta / 4).exp()}],
    "E19-decision": [
        {"tau": lambda beta: beta.exp()},
        {"beta": power_beta(1)},
        {"threshold": lambda n, d, t, beta, tau: 1 / (2 * n * tau) / 3},
    ],
    "E27-exponent": [{"divisor": lambda d: d}, {"most": lambda d, far: (1 - 2 * far / d) / 4}],
    "E28-factor": [
        {"term": lambda n, x: n / x},
        {"term": lambda n, x: 2 * n * x},
        {"least": lambda n: 4 * n},
        {"least": lambda n: n**11},
        {"share": Fraction(1, 4)},
        {"least": lambda n: 4 * n, "share": Fraction(1, 2)},
    ],
    "Equation-13": [{"beta": power_beta(4)}, {"power": 9}, {"least": lambda n: n**10}],
    "E32-accuracy": [
        {"error": lambda n, d, t, eps: 1 / arb(n) ** 2},
        {"tau": lambda beta: beta.exp()},
        {"error": lambda n, d, t, eps: lemma_4_7_whole._sharp(n, d, t, eps) * 101 / 100},
        {"error": lambda n, d, t, eps: arb(n) ** -100000},
    ],
    "Lemma-4.7": [
        {"tau": lambda beta: beta.exp()},
        {"beta": power_beta(1)},
        {"error": lambda n, d, t, eps: arb(1) / n},
    ],
    "Lemma-4.7-any-n": [
        {"beta": power_beta(40)},
        {"beta": power_beta(4)},
        {"beta": lambda n, d, t, eps: 4 * arb(d) / (t * eps) * arb(2 * n).log()},
        {"beta": lambda n, d, t, eps: 4 * arb(d) / (t * eps) * (arb("5.9") * n).log()},
        {"beta": lambda n, d, t, eps: lemma_4_7_whole.ANY_N.beta(n, d, t, eps) / 2},
        {"tau": lambda beta: (beta * arb("0.51")).exp()},
        {"tau": lambda beta: (beta * arb("0.49")).exp()},
        {"threshold": lambda n, d, t, beta, tau: lemma_4_7_construction.PRINTED.threshold(n, d, t, beta, tau) / 20},
        {"threshold": lambda n, d, t, beta, tau: lemma_4_7_construction.PRINTED.threshold(n, d, t, beta, tau) * 3},
    ],
    "T1-exact-output": [
        {"beta": lambda n, d, t, eps, rho: 3 * d / (t * eps) * arb(n).log()},
        {"beta": lambda n, d, t, eps, rho: 5 * d / (t * eps) * arb(n).log()},
    ],
    "T2-additive-error": [
        {"beta": lambda n, d, t, eps: 4 * d / (t * eps) * arb(n).log()},
        {"beta": lambda n, d, t, eps: 4 * d / (t * eps) * arb(6 * n).log()},
        {"error": lambda n, d, t, eps: lemma_4_7_sharp._largest(n, d, t, eps) * 101 / 100},
        {"error": lambda n, d, t, eps: lemma_4_7_sharp._largest(n, d, t, eps) * 98 / 100},
    ],
    "T3-relative-error": [
        {"beta": lambda n, d, t, eps, rho: 4 * d / (t * eps) * (n + arb(1)).log()},
        {"beta": lambda n, d, t, eps, rho: 4 * d / (t * eps) * (2 * rho * (n + 1)).log()},
    ],
    "T4-signs": [
        {"beta": lambda n, d, t, eps, rho: arb(d) / (4 * t * eps) * arb(n).log()},
        {"beta": lambda n, d, t, eps, rho: arb(d) / (t * eps) * arb(n).log()},
        {"output": lemma_4_7_sharp.padded},
    ],
    "T5-matched": [
        {"beta": lambda n, dt, t, far, R: dt * (n * R).log() / (far - t)},
        {"beta": lambda n, dt, t, far, R: dt * R.log() / (2 * (far - t))},
        {"bracket": lambda n, d, t, far, M, R: arb(d - t - far)},
        {"gamma": lambda R: (R - 1) / (R + 1)},
        {"gamma": lambda R: (R.sqrt() - 1) / (R.sqrt() + 1) * arb("0.99")},
    ],
}
"""One formula of the corrected transcription exchanged, for each claim whose transcription has several."""

WHOLE: dict[str, list[Any]] = {
    "E20-lower-left": [lambda: arb(0), lambda: arb(2)],
    "E22-value": [lemma_4_7_matrices.one_row, lambda v, rows, columns: [[1] + [0] * (columns - 1) for _ in range(rows)]],
    "E23-threshold": [lambda d, t: Fraction(-3, 4) - Fraction(t, 4 * d), lambda d, t: Fraction(-1, 4) + Fraction(t, 4 * d)],
    "E26-goal": [lambda t, eps, accuracy: arb(t), lambda t, eps, accuracy: (1 + eps / 16) * t],
    "E15-raw-inputs": [lambda d: 2 * d, lambda d: 3 * d],
    "E17-candidates": [comb, lambda d, t: 2**d],
    "Lemma-4.7-lookup": [
        lambda C, c: lemma_4_7_lookup.spread(C, c) / 2,
        lambda C, c: lemma_4_7_lookup.spread(C, c) * arb(2).log(),
        lambda C, c: C,
        lambda C, c: c,
        lambda C, c: C * arb(2).log(),
    ],
}
"""Other transcriptions, for each claim whose transcription is one formula."""


def test_every_claim_has_a_planted_error() -> None:
    assert PLANTED.keys() | WHOLE.keys() == CLAIMS.keys()
    assert not PLANTED.keys() & WHOLE.keys()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "number"), [(name, k) for name, planted in PLANTED.items() for k in range(len(planted))])
def test_an_exchanged_formula_is_caught(name: str, number: int) -> None:
    claim = CLAIMS[name]
    assert tally(claim, replace(claim.corrected, **PLANTED[name][number])).verdict is not Verdict.HOLDS


@pytest.mark.parametrize(("name", "number"), [(name, k) for name, planted in WHOLE.items() for k in range(len(planted))])
def test_another_formula_is_caught(name: str, number: int) -> None:
    assert tally(CLAIMS[name], WHOLE[name][number]).verdict is not Verdict.HOLDS


@pytest.mark.parametrize("name", ["E19-normaliser", "E19-decision", "Lemma-4.7"])
def test_the_weight_of_the_padding_decides(name: str) -> None:
    """With e^(beta/2) for tau, and nothing else exchanged, the printed formulas hold; with e^beta the corrected ones fail."""
    claim = CLAIMS[name]
    assert tally(claim, claim.printed).verdict is Verdict.FAILS
    assert tally(claim, replace(claim.printed, tau=lambda beta: (beta / 2).exp())).verdict is Verdict.HOLDS
    assert tally(claim, replace(claim.corrected, tau=lambda beta: beta.exp())).verdict is Verdict.FAILS


def test_the_printed_accuracy_fails_without_room_for_a_no_row() -> None:
    """What E32-accuracy says of eps = 100: n^-C_a > t~, with either tau; the claim takes the case as outside."""
    claim, case = CLAIMS["E32-accuracy"], {"n": 2, "d": 2, "t": 2, "eps": "100"}
    assert claim.on(claim.printed, case).verdict is None
    for construction in (lemma_4_7_construction.PRINTED, lemma_4_7_construction.CORRECTED):
        beta = construction.beta(2, 2, 2, arb(100))
        threshold = construction.threshold(2, 2, 2, beta, construction.tau(beta))
        assert lemma_4_7_whole.PRINTED.error(2, 2, 2, arb(100)) > threshold


@pytest.mark.slow
def test_halving_loses_the_key_where_e14_says() -> None:
    claim, case = CLAIMS["E14-calls"], {"A": ["00000", "00001"], "B": ["11100", "11111"], "eps": "3/5"}
    assert claim.on(claim.corrected, case).verdict is Verdict.HOLDS
    lost = claim.on(replace(claim.corrected, key=halving, calls=lambda n, d: 9), case)
    assert lost.verdict is Verdict.FAILS, lost


def test_the_value_with_one_row_is_ill_typed_where_n_is_not_d() -> None:
    claim = CLAIMS["E22-value"]
    assert claim.on(claim.printed, {"A": ["1010", "1100"], "B": ["1100", "0011"]}).verdict is Verdict.ILL_TYPED
    assert claim.on(claim.printed, {"A": ["10", "01"], "B": ["10", "01"]}).verdict is Verdict.FAILS


def test_the_shapes_are_right_where_n_is_d() -> None:
    claim = CLAIMS["E18-shapes"]
    assert claim.on(claim.printed, {"A": ["10", "01"], "B": ["01", "10"]}).verdict is Verdict.HOLDS
