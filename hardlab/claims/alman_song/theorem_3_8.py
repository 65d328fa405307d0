"""Alman and Song, Theorem 3.8: the parameters n -> (B, eps, d, g, r) below the threshold, and the slip E7 in the line for g.

n = 2^(2^k), eps = 1/n and d = ln n throughout; L = ln(1/eps) = ln n. What is asymptotic is checked for finitely many k: that
refutes or supports stated constants and a trend, and proves no limit.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from operator import index

from flint import arb

from hardlab.claims.alman_song.approximation import BITS, SCORES, Degree, compared, larger
from hardlab.claims.alman_song.exp_degree import least_relative
from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.numbers import ball
from hardlab.claims.stating import Checked, stated
from instances.exact import precision

FIRST_TERM = replace(SCORES, F=lambda B, L: larger(L / L.log(), B**2))

LAST_EXACT, LAST = 12, 64
"""r itself is evaluated up to k = 10^12; beyond, ln Gamma of numbers of that size is out of reach, and its bound must do. The
last k is 10^64."""


@dataclass(frozen=True)
class Parameters:
    """B(ln n), the degree g(B, L), and the bound on ln r for r = binom(2(g + d), 2g)."""

    B: Callable[[arb], arb]
    g: Callable[[arb, arb], arb]
    ln_rank: Callable[[arb, arb], arb]


BELOW = Parameters(
    B=lambda L: L.sqrt() / L.log(),
    g=lambda B, L: 3 * SCORES.F(B, L),
    ln_rank=lambda g, d: 2 * g * (1 + ((d + g) / g).log()),
)


def below_threshold(formulas: Degree, case: Case) -> Finding:
    """As `scores`, for n = 2^(2^k), eps = 1/n and B = sqrt(ln n) / ln ln n."""
    k = index(case["k"])
    if not 2 <= k <= 512:  # from 2 on eps < 0.1, and then B > 1
        return outside("eps >= 0.1, or too large to check here")
    with precision(BITS + 2 * k):
        L = arb(2).log() * arb(2) ** k
        B = L.sqrt() / L.log()
        return compared(formulas, B, L, least_relative(B**2, L))


def almost_linear(formulas: Parameters, case: Case) -> Finding:
    """ln r <= its bound, and the bound is x(k) ln n: x falls along k = 10, 10^2, ... and comes below the target."""
    target, exponents = Fraction(case["target"]), list[arb]()
    if target < Fraction(1, 8):
        return outside("a target below 1/8 needs a larger n than is checked here")
    with precision(1024):
        for power in range(1, LAST + 1):
            L = arb(2).log() * arb(2) ** (10**power)
            g = formulas.g(formulas.B(L), L)
            bound = formulas.ln_rank(g, L)
            if power <= LAST_EXACT:
                exact = (2 * (g + L) + 1).lgamma() - (2 * g + 1).lgamma() - (2 * L + 1).lgamma()
                if not exact <= bound:
                    shown = f"ln r = {_shown(exact / L)} ln n, its bound is {_shown(bound / L)} ln n"
                    return found(False, f"k = 10^{power}: {shown}")
            exponents.append(bound / L)
            shown = f"x from {_shown(exponents[0])} to {_shown(exponents[-1])} at k = 10^{power}, target {target}"
            if power > 1 and not exponents[-1] < exponents[-2]:
                return found(False, f"x does not fall: {shown}")
            if exponents[-1] < ball(target):
                return found(True, shown)
    return found(False, shown)


def _shown(x: arb) -> str:
    return str(x.str(5, radius=False))


def towers() -> Iterator[Case]:
    """n = 2^(2^k) up to k = 384; first the k that refutes the printed formula for the stated constants."""
    for k in (16, 2, 3, 4, 5, 6, 8, 10, 12, 24, 32, 48, 64, 96, 384):
        yield {"k": k}


def targets() -> Iterator[Case]:
    """What x comes below."""
    return ({"target": target} for target in ("1", "1/2", "1/4", "1/8"))


CLAIMS = stated(
    __file__,
    Checked("E7-first-term", below_threshold, towers, printed=FIRST_TERM, mended=SCORES, recorded=Verdict.FAILS),
    Checked("Theorem-3.8", almost_linear, targets, printed=BELOW),
)
