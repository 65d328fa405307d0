"""Alman and Song, Lemma 2.1, Corollary 2.2, and the degree in Lemma 3.4 and Theorem 3.7 (E2, E6).

Letters: L = ln(1/eps); F the degree formula; the least degree g is that of a polynomial with error < eps. "g = Theta(F)" is
read as low F <= g <= high F with two stated constants, on all the cases. g is enclosed between proved bounds.

Additive error on [0, s]. With e^((s/2)(x + 1)) = e^(s/2) sum_k a_k T_k(x), a_k = 2 I_k(s/2) > 0: alternation at the extrema
of T_(g+1) (de la Vallee Poussin) gives an error of at least e^(s/2) a_(g+1) for any P of degree g, and the truncated series
has at most e^(s/2) sum_(k > g) a_k. And (z/2)^k/k! <= I_k(z) <= (z/2)^k/k! e^(z^2/(4(k+1))).

Relative error on [-M, M]. At most the degree for additive error eps on [0, 2M] (Corollary 2.2). At least that for additive
error eps e^s on [0, s], any s <= 2M; and P within (1 +- eps) e^x grows by (1-eps)/(1+eps) e^s over the last s of the
interval, where a polynomial of degree g gains at most the factor T_g(1 + delta), delta = 2s/(2M-s).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import factorial
from typing import Any, NamedTuple

import numpy as np
from flint import arb, ctx

from hardlab.claims.claim import Case, Claim, Finding, IllTyped, Verdict, found, outside
from hardlab.claims.rational import ball
from instances.exact import sign

BITS = 256
"""Enough for what is compared here: numbers below 2^130."""


@dataclass(frozen=True)
class Degree:
    """F(B, L), and the two constants."""

    F: Callable[[arb, arb], arb]
    low: Fraction
    high: Fraction


class Least(NamedTuple):
    """The least degree is one of low..high."""

    low: int
    high: int


def larger(x: arb, y: arb) -> arb:
    """Of two balls that are apart."""
    return x if x > y else y


def _over_logarithm(L: arb, ratio: arb) -> arb:
    """L / ln(ratio)."""
    if ratio == 1:
        raise IllTyped("L = ln(1/eps) is divided by ln(1) = 0")
    return L / ratio.log()


Shift = Callable[[Callable[[arb], arb], arb, arb], arb]
"""P(x) from Q, B and x."""


def rescaled(Q: Callable[[arb], arb], B: arb, x: arb) -> arb:
    """P(x) = Q(x + B) / exp(B)."""
    return Q(x + B) / B.exp()


ADDITIVE_PRINTED = Degree(lambda B, L: larger(_over_logarithm(L, L / B), B), Fraction(3, 4), Fraction(2))
ADDITIVE = replace(ADDITIVE_PRINTED, F=lambda B, L: larger(_over_logarithm(L, 2 + L / B), B))
RELATIVE_PRINTED = replace(ADDITIVE_PRINTED, low=Fraction(1, 2), high=Fraction(3))
RELATIVE = replace(RELATIVE_PRINTED, F=ADDITIVE.F)
SCORES_PRINTED = replace(RELATIVE_PRINTED, F=lambda B, L: larger(_over_logarithm(L, L / B), B**2))
SCORES = replace(RELATIVE_PRINTED, F=lambda B, L: larger(_over_logarithm(L, 2 + L / B**2), B**2))


def additive(formulas: Degree, case: Case) -> Finding:
    """low F <= least degree of |P - e^x| < eps on [0, B] <= high F."""
    with ctx.workprec(BITS):
        B, L = _sizes(case)
        return compared(formulas, B, L, least_additive(B, L))


def relative(formulas: Degree, case: Case) -> Finding:
    """low F <= least degree of |P - e^x| < eps e^x on [-B, B] <= high F."""
    with ctx.workprec(BITS):
        B, L = _sizes(case)
        return compared(formulas, B, L, least_relative(B, L))


def scores(formulas: Degree, case: Case) -> Finding:
    """low F <= least degree of |P - e^x| < eps e^x on [-B^2, B^2] <= high F, for eps <= e^(-B^2)."""
    with ctx.workprec(BITS):
        B, L = _sizes(case)
        if not L >= B**2:
            return outside("eps > e^(-B^2)")
        return compared(formulas, B, L, least_relative(B**2, L))


def shifted(formulas: Shift, case: Case) -> Finding:
    """|P(x) - e^x| / e^x <= |Q(x + B) - e^(x + B)| for x in [-B, B]: a relative error from an additive one."""
    coefficients = [Fraction(c) for c in case["Q"]]

    def Q(y: arb) -> arb:
        return sum((ball(str(c)) * y**k for k, c in enumerate(coefficients)), arb(0))

    def slack(place: str) -> arb:
        B = ball(case["B"])
        x = B * ball(place)
        return abs(Q(x + B) - (x + B).exp()) - abs(formulas(Q, B, x) * (-x).exp() - 1)

    for place in case["at"]:
        if sign(partial(slack, place)) < 0:
            return found(False, f"x = {place} B: the relative error is above the additive one at x + B")
    return found(True, f"{len(case['at'])} points")


def least_additive(s: arb, L: arb) -> Least:
    """Where the least degree with |P - e^x| < e^-L on [0, s] lies."""

    def term(g: int) -> arb:
        """ln of 2 e^(s/2) (s/4)^(g+1) / (g+1)!."""
        return arb(2).log() + s / 2 + (g + 1) * (s / 4).log() - arb(g + 2).lgamma()

    def enough(g: int) -> bool:
        ratio = s / 4 / (g + 2)
        return bool(ratio < 1) and bool(term(g) + (s / 4) ** 2 / (g + 2) - (1 - ratio).log() < -L)

    start = _integer((s / 4).floor())  # both bounds fall from there on
    return Least(_first(lambda g: not term(g) > -L, start) if term(start) > -L else 0, _first(enough, start))


def least_relative(M: arb, L: arb) -> Least:
    """Where the least degree with |P - e^x| < e^-L e^x on [-M, M] lies."""
    low, eps = 0, (-L).exp()
    for eighths in range(1, 17):
        s = M * eighths / 8
        low = max(low, least_additive(s, L - s).low)
        if eighths < 16:
            delta = 2 * s / (2 * M - s)
            growth = (s - ((1 + eps) / (1 - eps)).log()) / (1 + delta + (delta**2 + 2 * delta).sqrt()).log()
            low = max(low, _integer(growth.lower().ceil()))
    return Least(low, least_additive(2 * M, L).high)


def _first(good: Callable[[int], bool], start: int) -> int:
    """The least g >= start with good(g), which is monotone from there on."""
    if good(start):
        return start
    step = 1
    while not good(start + step):
        step *= 2
    low, high = start + step // 2, start + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if good(middle) else (middle, high)
    return high


def _integer(x: arb) -> int:
    value = x.unique_fmpz()
    if value is None:
        raise ArithmeticError(f"{x} is not known to the unit")
    return int(value)


def compared(formulas: Degree, B: arb, L: arb, least: Least) -> Finding:
    """low F <= g <= high F, from where g lies; undecided cases are outside."""
    F = formulas.F(B, L)
    low, high = ball(formulas.low) * F, ball(formulas.high) * F
    shown = f"least degree in {_number(least.low)}..{_number(least.high)}"
    shown += f", F = {_number(F)}, allowed {_number(low)}..{_number(high)}"
    if low > least.high or high < least.low:
        return found(False, shown)
    return found(True, shown) if low <= least.low and least.high <= high else outside(f"undecided: {shown}")


def _sizes(case: Case) -> tuple[arb, arb]:
    """B and L = ln(1/eps), for eps = e^-L or a fraction."""
    eps = str(case["eps"])
    L = ball(eps[3:]) if eps.startswith("e^-") else -ball(eps).log()
    return ball(str(case["B"])), L


def _number(x: arb | int) -> str:
    return str(x) if isinstance(x, int) and x < 10**9 else str(arb(x).str(6, radius=False))


SMALL = ("101/100", "3/2", "2", "3", "23/5", "8", "16", "32")
LARGE = ("128", "1024", str(2**20), str(2**40))


def at_equality() -> Iterator[Case]:
    """eps = e^-L: first eps = e^-B, then L from B/100 to 2^20 B."""
    for B in (*SMALL[3:], *LARGE):
        yield {"B": B, "eps": f"e^-{B}"}
    for B in (*SMALL, *LARGE):
        for ratio in ("1/100", "1/4", "1/2", "3/4", "11/10", "3/2", "2", "3", "4", "6", "8", "16", "256", str(2**20)):
            L = Fraction(B) * Fraction(ratio)
            if Fraction(12, 5) <= L:
                yield {"B": B, "eps": f"e^-{L}"}


def near_equality() -> Iterator[Case]:
    """eps a power of 1/10, B from 1.01 to 2^20; 4.6 and 0.01 are the pair with ln(1/eps) just above B."""
    yield {"B": "23/5", "eps": "1/100"}
    for B in (*SMALL, *LARGE[:3]):
        for power in (2, 3, 5, 8, 13, 40, 100, 1000, 10**4, 10**6, 10**9):
            yield {"B": B, "eps": f"1/{10**power}" if power < 14 else f"e^-{Fraction(23026, 10000) * power}"}


def wide_scores() -> Iterator[Case]:
    """eps = e^(-k B^2), B up to 2^20."""
    for B in ("3/2", "2", "3", "4", "8", "16", "32", "64", "256", "1024", str(2**20)):
        for k in (1, 2, 4, 6, 8, 16, 32):
            yield {"B": B, "eps": f"e^-{Fraction(B) ** 2 * k}"}


def near_exponentials() -> Iterator[Case]:
    """Q of degree g: the Taylor sum with its coefficients off by a few percent."""
    rng = np.random.default_rng(22)
    for g in range(5):
        for B in ("3/2", "2", "4"):
            off = [Fraction(int(x), 100) for x in rng.integers(-5, 6, g + 1)]
            yield {"Q": [str((1 + o) / factorial(k)) for k, o in enumerate(off)], "B": B, "at": ["-1", "-1/2", "0", "1/3", "1"]}


CLAIMS: tuple[Claim[Any], ...] = (
    Claim(
        id="E2-additive",
        source="Alman and Song, Lemma 2.1",
        statement="The least degree g with |P(x) - e^x| < eps on [0, B] is Theta(F), F = max{L / ln(L/B), B}, L = ln(1/eps). "
        "Read as (3/4) F <= g <= 2 F for 1 < B <= 2^40 and 2.4 <= L <= 2^20 B.",
        wrong="The denominator is 0 at eps = e^-B and negative above (where the maximum is B, which is right by luck).",
        correction="F = max{L / ln(2 + L/B), B}.",
        proof="Chebyshev coefficients: the least error of degree g is between e^(B/2) a_(g+1) and e^(B/2) (a_(g+1) + ...), "
        "a_k = 2 I_k(B/2); both are e^-L at g ln(4g/(eB)) = L + O(B) where g is above B.",
        printed=ADDITIVE_PRINTED,
        mended=ADDITIVE,
        check=additive,
        cases=at_equality,
        recorded=Verdict.ILL_TYPED,
    ),
    Claim(
        id="E2-relative",
        source="Alman and Song, Corollary 2.2",
        statement="The least degree g with |P(x) - e^x| < eps e^x on [-B, B] is Theta(F), F = max{L / ln(L/B), B}, "
        "L = ln(1/eps). Read as F/2 <= g <= 3 F for 1 < B <= 2^20 and 4.6 <= L <= 2.3 10^9.",
        wrong="F goes to infinity as L comes down to B, where the degree is below 3 B: true there as an upper bound only.",
        correction="F = max{L / ln(2 + L/B), B}.",
        proof="Above: Lemma 2.1 on [0, 2B]. Below: the same on a part [0, s] with eps e^s; for L << B a polynomial that "
        "follows e^x has to grow by e^s over a part of length s, so g >= s / arcosh(1 + 2s/(2B-s)).",
        printed=RELATIVE_PRINTED,
        mended=RELATIVE,
        check=relative,
        cases=near_equality,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="Corollary-2.2",
        source="Alman and Song, Corollary 2.2, proof",
        statement="P(x) = Q(x + B) / e^B has at x in [-B, B] at most the relative error that Q has as additive error at x + B.",
        wrong="",
        correction="",
        proof="|P(x) - e^x| = |Q(x + B) - e^(x + B)| / e^B, and e^-B <= e^x.",
        printed=rescaled,
        mended=rescaled,
        check=shifted,
        cases=near_exponentials,
        recorded=Verdict.HOLDS,
    ),
    Claim(
        id="E6-half-length",
        source="Alman and Song, Lemma 3.4 and Theorem 3.7",
        statement="The least degree g with |P(x) - e^x| < eps e^x on [-B^2, B^2] is Theta(F), F = max{L / ln(L/B), B^2}, "
        "L = ln(1/eps). Read as F/2 <= g <= 3 F (the constants of E2-relative) for eps <= e^(-B^2), B <= 2^20.",
        wrong="Corollary 2.2 is used with half-length B^2, so B^2 belongs in the logarithm: for L = k B^2 the degree is of "
        "order B^2 k / ln(k), and F as printed is too small by a factor that grows with B. (Of an asymptotic statement a "
        "finite check refutes the stated constants only.)",
        correction="F = max{L / ln(2 + L/B^2), B^2}.",
        proof="Corollary 2.2 (E2-relative) with B^2 for B.",
        printed=SCORES_PRINTED,
        mended=SCORES,
        check=scores,
        cases=wide_scores,
        recorded=Verdict.FAILS,
    ),
)
