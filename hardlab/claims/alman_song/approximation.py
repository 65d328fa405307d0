"""Alman and Song, Lemma 2.1, Corollary 2.2, and the degree in Lemma 3.4 and Theorem 3.7 (E2, E6).

Letters: L = ln(1/eps); F the degree formula; the least degree g is that of a polynomial with error < eps. "g = Theta(F)" is
read as low F <= g <= high F with two stated constants, on all the cases. g is enclosed between the bounds of `exp_degree`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import factorial

import numpy as np
from flint import arb

from hardlab.claims.alman_song.exp_degree import Least, least_additive, least_relative
from hardlab.claims.claim import Case, Finding, IllTyped, Verdict, found, outside
from hardlab.claims.numbers import ball
from hardlab.claims.stating import Checked, stated
from instances.exact import precision, sign

BITS, LONG = 256, 1024
"""Enough for what is compared here: numbers below 2^130, and below 2^300."""
LARGEST_L = arb(2) ** 300
"""The largest L, and B, that are checked."""


@dataclass(frozen=True)
class Degree:
    """F(B, L), and the two constants."""

    F: Callable[[arb, arb], arb]
    low: Fraction
    high: Fraction


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
SCORES_PRINTED = replace(RELATIVE_PRINTED, low=Fraction(7, 10), F=lambda B, L: larger(_over_logarithm(L, L / B), B**2))
SCORES = replace(SCORES_PRINTED, F=lambda B, L: larger(_over_logarithm(L, 2 + L / B**2), B**2))


def additive(formulas: Degree, case: Case) -> Finding:
    """low F <= least degree of |P - e^x| < eps on [0, B] <= high F."""
    B, L = _sizes(case)
    with precision(_precision(B, L)):
        return _beyond(B, L) or compared(formulas, B, L, least_additive(B, L))


def relative(formulas: Degree, case: Case) -> Finding:
    """low F <= least degree of |P - e^x| < eps e^x on [-B, B] <= high F."""
    B, L = _sizes(case)
    with precision(_precision(B, L)):
        return _beyond(B, L) or compared(formulas, B, L, least_relative(B, L))


def scores(formulas: Degree, case: Case) -> Finding:
    """low F <= least degree of |P - e^x| < eps e^x on [-B^2, B^2] <= high F, for eps <= e^(-B^2)."""
    B, L = _sizes(case)
    with precision(_precision(B, L)):
        if not L >= B**2:
            return outside("eps > e^(-B^2)")
        return _beyond(B**2, L) or compared(formulas, B, L, least_relative(B**2, L))


def shifted(formulas: Shift, case: Case) -> Finding:
    """|P(x) - e^x| / e^x <= |Q(x + B) - e^(x + B)| for x in [-B, B]: a relative error from an additive one."""
    coefficients = [Fraction(c) for c in case["Q"]]
    if not Fraction(case["B"]) > 1 or any(abs(Fraction(place)) > 1 for place in case["at"]):
        return outside("B <= 1, or a place is not in [-B, B]")
    if max(len(coefficients), len(case["at"])) > 64:
        return outside("too large to check here")

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


def compared(formulas: Degree, B: arb, L: arb, least: Least) -> Finding:
    """low F <= g <= high F, from where g lies. Errors: ValueError where that is too little to decide it."""
    F = formulas.F(B, L)
    low, high = ball(formulas.low) * F, ball(formulas.high) * F
    shown = f"least degree in {_number(least.low)}..{_number(least.high)}"
    shown += f", F = {_number(F)}, allowed {_number(low)}..{_number(high)}"
    if low > least.high or high < least.low:
        return found(False, shown)
    if not (low <= least.low and least.high <= high):
        raise ValueError(f"the bounds on the degree are too far apart to decide: {shown}")
    return found(True, shown)


def _beyond(half: arb, L: arb) -> Finding | None:
    """Why a case is outside, if it is: B > 1 and eps < 0.1 are assumed."""
    if not (half > 1 and arb(10).log() < L):
        return outside("B <= 1 or eps >= 0.1")
    return None if half <= LARGEST_L and L <= LARGEST_L else outside("too large to check here")


def _sizes(case: Case) -> tuple[arb, arb]:
    """B and L = ln(1/eps), for eps = e^-L or a fraction."""
    eps = str(case["eps"])
    with precision(LONG):
        L = ball(eps[3:]) if eps.startswith("e^-") else -ball(eps).log()
        return ball(str(case["B"])), L


def _precision(B: arb, L: arb) -> int:
    return LONG if arb(2) ** 60 < B or arb(2) ** 120 < L else BITS


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
    """eps = e^(-k B^2), B up to 2^128; first a pair that refutes the printed formula for the stated constants."""
    yield {"B": "16", "eps": f"e^-{4 * 16**2}"}
    for B in ("3/2", "2", "3", "4", "8", "16", "32", "64", "256", "1024", str(2**20), str(2**128)):
        for k in (1, 2, 4, 6, 8, 16, 32) if len(B) < 9 else (32,):
            if k * Fraction(B) ** 2 > Fraction(12, 5):
                yield {"B": B, "eps": f"e^-{Fraction(B) ** 2 * k}"}


def near_exponentials() -> Iterator[Case]:
    """Q of degree g: the Taylor sum with its coefficients off by a few percent."""
    rng = np.random.default_rng(22)
    for g in range(5):
        for B in ("3/2", "2", "4"):
            off = [Fraction(int(x), 100) for x in rng.integers(-5, 6, g + 1)]
            yield {"Q": [str((1 + o) / factorial(k)) for k, o in enumerate(off)], "B": B, "at": ["-1", "-1/2", "0", "1/3", "1"]}


CLAIMS = stated(
    __file__,
    Checked("E2-additive", additive, at_equality, printed=ADDITIVE_PRINTED, mended=ADDITIVE, recorded=Verdict.ILL_TYPED),
    Checked("E2-relative", relative, near_equality, printed=RELATIVE_PRINTED, mended=RELATIVE, recorded=Verdict.FAILS),
    Checked("Corollary-2.2", shifted, near_exponentials, printed=rescaled),
    Checked("E6-half-length", scores, wide_scores, printed=SCORES_PRINTED, mended=SCORES, recorded=Verdict.FAILS),
)
