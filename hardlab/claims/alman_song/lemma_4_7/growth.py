"""Alman and Song, Lemma 4.7, Case 2b from its second line on, and eq. (13): where a NO output stays below 2 t~.

A case holds n, d, t and eps. Letters as in `lemma_4_7`; tau = e^(beta/2), which is E19 corrected.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from flint import arb

from hardlab.claims.alman_song.lemma_4_7.construction import CORRECTED, PRINTED, letters
from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.numbers import ball, shown
from hardlab.claims.stating import Checked, stated
from instances.exact import sign


def _grown(beta: Callable[[int, int, int, arb], arb], case: Case) -> arb:
    """exp(0.25 beta eps t/d)"""
    n, d, t, eps = letters(case)
    return (beta(n, d, t, ball(eps)) * ball(eps) * t / (4 * d)).exp()


@dataclass(frozen=True)
class Chain:
    """The first term of the bound on a NO output over 3 t~, from n and x = exp(0.25 beta eps t/d); x >= least(n) makes it at
    most `share`, so that the bound is at most (3 share + 1) t~."""

    term: Callable[[int, arb], arb]
    least: Callable[[int], int]
    share: Fraction


def absorbs_first_term(formulas: Chain, case: Case) -> Finding:
    """n exp(0.25 beta (1 - (1 + eps) t/d)) / (n tau) = 3 t~ term; x >= least, where term is <= share; 3 share + 1 <= 2."""
    n, d, t, eps = letters(case)
    if n < 2:
        return outside("n = 1 gives beta = 0")
    grown = partial(_grown, CORRECTED.beta, case)

    def sides() -> tuple[arb, arb]:
        beta = CORRECTED.beta(n, d, t, ball(eps))
        tau = CORRECTED.tau(beta)
        no = n * (beta / 4 * (1 - (1 + ball(eps)) * t / d)).exp() / (n * tau)
        return no, 3 * CORRECTED.threshold(n, d, t, beta, tau) * formulas.term(n, grown())

    left, right = sides()
    if sign(lambda: sides()[0] / sides()[1] - 1) != 0:
        return found(False, f"first term {shown(left)}, 3 t~ times its factor {shown(right)}")
    least, share = formulas.least(n), formulas.share
    enough = sign(lambda: grown() - least) >= 0 and sign(lambda: formulas.term(n, arb(least)) - ball(share)) <= 0
    shares = f"the factor at {least} is {shown(formulas.term(n, arb(least)))}, stated {share}"
    return found(enough and 3 * share + 1 <= 2, f"first term {shown(left)}; x = {shown(grown())}; {shares}")


@dataclass(frozen=True)
class Growth:
    """exp(0.25 beta eps t/d) = n^power > least(n), for the beta of (7) and (9)."""

    beta: Callable[[int, int, int, arb], arb]
    power: int
    least: Callable[[int], int]


def exceeds(formulas: Growth, case: Case) -> Finding:
    """Eq. (13)."""
    n, *_ = letters(case)
    if n < 2:
        return outside("n = 1 gives beta = 0")
    value = partial(_grown, formulas.beta, case)
    detail = f"left {shown(value())}, n^{formulas.power} = {n**formulas.power}, bound {formulas.least(n)}"
    return found(
        sign(lambda: value() - n**formulas.power) == 0 and sign(lambda: value() - formulas.least(n)) > 0,
        detail,
    )


def parameters() -> Iterator[Case]:
    """n, d, t and eps with (1 + eps) t <= d, small to large."""
    for n in (2, 3, 8, 1000):
        for d, t, eps in ((2, 1, "1"), (4, 1, "1/2"), (4, 2, "1"), (12, 8, "1/2"), (72, 9, "2/9")):
            yield {"n": n, "d": d, "t": t, "eps": eps}


CLAIMS = stated(
    __file__,
    Checked(
        "E28-factor",
        absorbs_first_term,
        parameters,
        printed=Chain(lambda n, x: n / x, lambda n: 4 * n, Fraction(1, 4)),
        mended=Chain(lambda n, x: 2 * n / x, lambda n: 6 * n, Fraction(1, 3)),
        recorded=Verdict.FAILS,
    ),
    Checked("Equation-13", exceeds, parameters, printed=Growth(PRINTED.beta, 10, lambda n: 4 * n)),
)
