"""Alman and Song, Lemma 4.7, Case 2b from its second line on, and eq. (13): where a NO output stays below 2 t~.

A case holds n, d, t and eps, or only what decides. Letters as in `lemma_4_7`; tau = e^(beta/2), which is E19 corrected.
"""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from flint import arb

from hardlab.claims.claim import Case, Claim, Finding, Verdict, found, outside
from hardlab.claims.lemma_4_7 import CORRECTED, PRINTED, ball, letters, shown
from instances.exact import sign

Factor = Callable[[int, arb], arb]
"""The first term of the bound on a NO output over 3 t~, from n and exp(0.25 beta eps t/d)."""


def factor(formula: Factor, case: Case) -> Finding:
    """n exp(0.25 beta (1 - (1 + eps) t/d)) / (n tau) = 3 t~ times the factor."""
    n, d, t, eps = letters(case)
    if n < 2:
        return outside("n = 1 gives beta = 0")

    def terms() -> tuple[arb, arb]:
        beta = CORRECTED.beta(n, d, t, ball(eps))
        tau = CORRECTED.tau(beta)
        no = n * (beta / 4 * (1 - (1 + ball(eps)) * t / d)).exp() / (n * tau)
        yes = (beta / 4 * (1 - arb(t) / d)).exp() / (2 * n * tau)
        return no, yes * formula(n, (beta * ball(eps) * t / (4 * d)).exp())

    left, right = terms()
    return found(sign(lambda: terms()[0] / terms()[1] - 1) == 0, f"left {shown(left)}, right {shown(right)}")


@dataclass(frozen=True)
class Absorption:
    """exp(0.25 beta eps t/d) >= least(n) makes the first term at most 3 t~ share, and the sum with t~ relates to 2 t~."""

    least: Callable[[int], int]
    share: Fraction
    relation: Callable[[Fraction, Fraction], bool]


def share(formulas: Absorption, case: Case) -> Finding:
    """2n / least(n) <= share: what the first term of E28, as corrected, is at most; and n^10 is large enough."""
    n = operator.index(case["n"])
    if n < 2:
        return outside("n = 1 gives beta = 0")
    first = Fraction(2 * n, formulas.least(n))
    detail = f"first term up to 3 t~ {first}, stated 3 t~ {formulas.share}; n^10 = {n**10}, least {formulas.least(n)}"
    return found(first <= formulas.share and n**10 >= formulas.least(n), detail)


def total(formulas: Absorption, case: Case) -> Finding:
    """The end of the chain: 3 t~ share + t~ against 2 t~."""
    bar = Fraction(str(case["t~"]))
    if bar <= 0:
        return outside("t~ is positive")
    left = 3 * bar * formulas.share + bar
    return found(formulas.relation(left, 2 * bar), f"3 t~ {formulas.share} + t~ = {left}, 2 t~ = {2 * bar}")


@dataclass(frozen=True)
class Growth:
    """exp(0.25 beta eps t/d) = n^power > least(n), for the beta of (7) and (9)."""

    beta: Callable[[int, int, int, arb], arb]
    power: int
    least: Callable[[int], int]


def growth(formulas: Growth, case: Case) -> Finding:
    """Eq. (13)."""
    n, d, t, eps = letters(case)
    if n < 2:
        return outside("n = 1 gives beta = 0")

    def value() -> arb:
        return (formulas.beta(n, d, t, ball(eps)) * ball(eps) * t / (4 * d)).exp()

    detail = f"left {shown(value())}, n^{formulas.power} = {n**formulas.power}, bound {formulas.least(n)}"
    return found(
        sign(lambda: value() - n**formulas.power) == 0 and sign(lambda: value() - formulas.least(n)) > 0,
        detail,
    )


def sizes() -> Iterator[Case]:
    """n, d, t and eps with (1 + eps) t <= d, small to large."""
    for n in (2, 3, 8, 1000):
        for d, t, eps in ((2, 1, "1"), (4, 1, "1/2"), (4, 2, "1"), (12, 8, "1/2"), (72, 9, "2/9")):
            yield {"n": n, "d": d, "t": t, "eps": eps}


def counts() -> Iterator[Case]:
    """n = 1 to 64, and large ones."""
    return ({"n": n} for n in (*range(1, 65), 1000, 10**6))


def thresholds() -> Iterator[Case]:
    """Values of t~."""
    return ({"t~": value} for value in ("1", "1/6", "1/1000", "7/3"))


PRINTED_ABSORPTION = Absorption(lambda n: 4 * n, Fraction(1, 4), operator.eq)
ABSORPTION = replace(PRINTED_ABSORPTION, least=lambda n: 6 * n, share=Fraction(1, 3))

CLAIMS: tuple[Claim[Any], ...] = (
    Claim(
        id="E28-factor",
        source="Alman and Song, Lemma 4.7, Case 2b, second and third line",
        statement="n exp(0.25 beta (1 - (1 + eps) t/d)) / (n tau) = 3 t~ n / exp(0.25 beta eps t/d).",
        wrong="A factor 2 is lost: 3 t~ has 2n tau below the line, the left side n tau.",
        correction="The right side is 3 t~ 2n / exp(0.25 beta eps t/d).",
        proof="3 t~ = exp(0.25 beta (1 - t/d)) / (2 n tau); divide.",
        printed=lambda n, growth: n / growth,
        mended=lambda n, growth: 2 * n / growth,
        check=factor,
        cases=sizes,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="E29-share",
        source="Alman and Song, Lemma 4.7, Case 2b, fourth line",
        statement="exp(0.25 beta eps t/d) >= 4n makes the first term at most 3 t~ / 4 (first term as corrected in E28, n >= "
        "2).",
        wrong="It is 3 t~ 2n / exp(0.25 beta eps t/d), so 4n gives only 3 t~ / 2.",
        correction="6n makes it at most 3 t~ / 3 (and 8n at most 3 t~ / 4); the left side is n^10, enough for n >= 2.",
        proof="2n / 6n = 1/3, and n^9 >= 2^9 > 6.",
        printed=PRINTED_ABSORPTION,
        mended=ABSORPTION,
        check=share,
        cases=counts,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="E29-sum",
        source="Alman and Song, Lemma 4.7, Case 2b, fifth line",
        statement="3 t~ / 4 + t~ = 2 t~.",
        wrong="The left side is 1.75 t~: the line holds with <, not with =.",
        correction="3 t~ / 3 + t~ = 2 t~, what exp(0.25 beta eps t/d) >= 6n gives.",
        proof="Arithmetic.",
        printed=PRINTED_ABSORPTION,
        mended=ABSORPTION,
        check=total,
        cases=thresholds,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="Equation-13",
        source="Alman and Song, Lemma 4.7, eq. (13)",
        statement="exp(0.25 beta eps t/d) = exp(10 log n) > 4n, for n >= 2.",
        wrong="True for n >= 2, but the line that uses it needs 6n (E29-share); for n = 1 both sides of > are 1 and 4.",
        correction="exp(0.25 beta eps t/d) = n^10 > 6n, for n >= 2.",
        proof="beta = C_b^2 log n = (40 d / (t eps)) log n, since C/C_0 = d/t; and n^9 >= 2^9 > 6.",
        printed=Growth(PRINTED.beta, 10, lambda n: 4 * n),
        mended=Growth(PRINTED.beta, 10, lambda n: 6 * n),
        check=growth,
        cases=sizes,
        recorded=Verdict.HOLDS,
    ),
)
