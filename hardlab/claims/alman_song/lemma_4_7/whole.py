"""Alman and Song, Lemma 4.7 as a whole: noisy attention decides every row, and its accuracy is within the threshold.

Letters as in `lemma_4_7`. The noise has the worst sign and size in every row.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from flint import arb

from hardlab.claims.alman_song.lemma_4_7 import construction as lemma_4_7
from hardlab.claims.alman_song.lemma_4_7.construction import (
    Construction,
    balanced_cases,
    beyond,
    distance,
    letters,
    threshold_of,
    words,
)
from hardlab.claims.alman_song.lemma_4_7.entries import decided
from hardlab.claims.claim import Case, Claim, Finding, Verdict, found, outside
from hardlab.claims.numbers import ball, shown
from instances.exact import sign


@dataclass(frozen=True)
class Noisy(Construction):
    """Case 2 with the accuracy eps_a(n, d, t, eps) of the attention that it calls, and whether that is said to be t~."""

    error: Callable[[int, int, int, arb], arb]
    equal: bool


def _accuracy(n: int, d: int, t: int, eps: arb) -> arb:
    """n^-C_a, C_a = 2 + C_b^2 (1 + C_0/C), C_b^2 = 40 C / (C_0 eps), where C/C_0 = d/t."""
    return (-(2 + 40 * d / (t * eps) * (1 + arb(t) / d)) * arb(n).log()).exp()


def _sharp(n: int, d: int, t: int, eps: arb) -> arb:
    """n^-C_a, C_a = 1 + log_n 6 + 0.25 C_b^2 (1 + C_0/C)."""
    return (-(1 + 10 * d / (t * eps) * (1 + arb(t) / d)) * arb(n).log()).exp() / 6


def _noisy(construction: Construction, error: Callable[[int, int, int, arb], arb], equal: bool = False) -> Noisy:
    return Noisy(construction.beta, construction.tau, construction.threshold, error, equal)


PRINTED = _noisy(lemma_4_7.PRINTED, _accuracy)
CORRECTED = _noisy(lemma_4_7.CORRECTED, _accuracy)
ANY_N = replace(lemma_4_7.CORRECTED, beta=lambda n, d, t, eps: 4 * arb(d) / (t * eps) * arb(6 * n).log())


def decides_with_noise(formulas: Noisy, case: Case) -> Finding:
    """Every row that keeps the promise is decided by u_i >= 2 t~, whatever the error up to eps_a."""
    n, d, t = lemma_4_7.size(case)
    eps = Fraction(str(case["eps"]))
    if why := beyond(case) or ("eps > 1" if eps > 1 else ""):
        return outside(why)
    return decided(formulas, case, lambda: formulas.error(n, d, t, ball(eps)))


def decides_any_n(formulas: Construction, case: Case) -> Finding:
    """The same with the error t~, for every n >= 1."""
    if why := beyond(case, 1):
        return outside(why)
    return decided(formulas, case, lambda: threshold_of(formulas, case))


def within_threshold(formulas: Noisy, case: Case) -> Finding:
    """eps_a <= t~, and equality if that is said."""
    n, d, t, eps = letters(case)
    if n < 2 or (1 + eps) * t > d:
        return outside("n = 1, or no row has all distances >= (1 + eps) t")

    def numbers() -> tuple[arb, arb]:
        beta = formulas.beta(n, d, t, ball(eps))
        return formulas.error(n, d, t, ball(eps)), formulas.threshold(n, d, t, beta, formulas.tau(beta))

    error, bar = numbers()
    side = sign(lambda: numbers()[0] / numbers()[1] - 1)
    return found(side == 0 if formulas.equal else side <= 0, f"eps_a = {shown(error)}, t~ = {shown(bar)}")


def one_first() -> Iterator[Case]:
    """n = 1 in d = 2 and 4; then a NO row with all n keys exactly (1 + eps) t away; then random cases of n >= 2."""
    for d in (2, 4):
        for b in words(d):
            for t in range(1, d):
                yield {"A": words(d)[:1], "B": [b], "t": t, "eps": 1}
    for d, t, eps in ((4, 1, 1), (8, 2, 1), (12, 4, "1/2")):
        far = (1 + Fraction(eps)) * t
        keys = [word for word in words(d) if distance(word, words(d)[0]) == far]
        for n in (2, 4):
            if n <= len(keys):
                yield {"A": words(d)[:n], "B": keys[:n], "t": t, "eps": eps}
    yield from list(balanced_cases())[-40:]


def parameters() -> Iterator[Case]:
    """n, d, t and eps, small to large."""
    for n in (1, 2, 3, 4, 16, 1000):
        for d in (2, 4, 6, 12, 72):
            for t in sorted({1, 2, d // 2, d - 1}):
                for eps in ("1/10", "1/2", "1", "3"):
                    yield {"n": n, "d": d, "t": t, "eps": eps}


CLAIMS: tuple[Claim[Any], ...] = (
    Claim(
        id="E32-accuracy",
        source="Alman and Song, Lemma 4.7, eq. (8) and the chain after eq. (12)",
        statement="n^-C_a <= t~ for C_a = 2 + C_b^2 (1 + C_0/C), for n >= 2 and (1 + eps) t <= d.",
        wrong="True, but the chain drops the factor 1/6, which needs n^(1 + 0.25 C_b^2 + ...) >= 6, and C_a is about four "
        "times what is needed. Without (1 + eps) t <= d it can fail: n = d = t = 2, eps = 100.",
        correction="n^-C_a = t~ for C_a = 1 + log_n 6 + 0.25 C_b^2 (1 + C_0/C).",
        proof="t~ = (1/6n) exp(-0.25 beta (1 + t/d)), beta = C_b^2 log n, t/d = C_0/C; and C_b^2 > 40 if (1 + eps) t <= d.",
        printed=PRINTED,
        mended=_noisy(lemma_4_7.CORRECTED, _sharp, equal=True),
        check=within_threshold,
        cases=parameters,
    ),
    Claim(
        id="Lemma-4.7",
        source="Alman and Song, Lemma 4.7, Case 2",
        statement="Attention with any error up to eps_a decides each row: u_i >= 2 t~ if some distance is <= t, u_i < 2 t~ if "
        "all are >= (1 + eps) t, with the constants (5) to (9) and (12), n >= 2 and eps <= 1.",
        wrong="tau = e^beta (E19).",
        correction="tau = e^(beta/2); beta, C_a and the threshold 2 t~ stay.",
        proof="The exact output is > 3 t~ for a YES and <= 6 n t~ / n^10 < t~ for a NO row, and eps_a <= t~ (E32-accuracy).",
        printed=PRINTED,
        mended=CORRECTED,
        check=decides_with_noise,
        cases=balanced_cases,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="Lemma-4.7-any-n",
        source="derived here; sharpens Alman and Song, Lemma 4.7, eq. (7) and (9)",
        statement="Attention with any error up to t~ decides each row for every n >= 1, with tau = e^(beta/2), the threshold "
        "2 t~ and beta = (4d / (eps t)) ln(6n). (The printed beta = (40d / (eps t)) log n is 0 at n = 1, which the lemma, "
        "with d = C log n, leaves out.)",
        proof="As E19-decision: exp(0.25 beta eps t/d) = 6n makes the exact output of a NO row < 2n 3 t~ / (6n) = t~.",
        printed=ANY_N,
        check=decides_any_n,
        cases=one_first,
    ),
)
