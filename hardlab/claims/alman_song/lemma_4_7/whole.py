"""Alman and Song, Lemma 4.7 as a whole: noisy attention decides every row, and its accuracy is within the threshold.

Letters as in `lemma_4_7`. The noise has the worst sign and size in every row.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

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
from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.numbers import ball, shown
from hardlab.claims.stating import Checked, stated
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


CLAIMS = stated(
    __file__,
    Checked(
        "E32-accuracy", within_threshold, parameters, printed=PRINTED, mended=_noisy(lemma_4_7.CORRECTED, _sharp, equal=True)
    ),
    Checked("Lemma-4.7", decides_with_noise, balanced_cases, printed=PRINTED, mended=CORRECTED, recorded=Verdict.FAILS),
    Checked("Lemma-4.7-any-n", decides_any_n, one_first, printed=ANY_N),
)
