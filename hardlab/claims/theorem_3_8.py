"""Alman and Song, Theorem 3.8: the parameters n -> (B, eps, d, g, r) below the threshold, and the slip E7 in the line for g.

n = 2^(2^k), eps = 1/n and d = ln n throughout; L = ln(1/eps) = ln n. What is asymptotic is checked for finitely many k: that
refutes or supports stated constants and a trend, and proves no limit.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from flint import arb, ctx

from hardlab.claims.approximation import BITS, SCORES, Degree, compared, larger, least_relative
from hardlab.claims.claim import Case, Claim, Finding, Verdict, found, outside
from hardlab.claims.rational import ball

FIRST_TERM = replace(SCORES, F=lambda B, L: larger(L / L.log(), B**2))

LAST_EXACT = 12
"""r itself is evaluated up to k = 10^12; beyond, ln Gamma of numbers of that size is out of reach, and its bound must do."""


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
    k = int(case["k"])
    with ctx.workprec(BITS + 2 * k):
        L = arb(2).log() * arb(2) ** k
        B = L.sqrt() / L.log()
        if not (B > 1 and arb(10).log() < L):
            return outside("B <= 1 or eps >= 0.1")
        return compared(formulas, B, L, least_relative(B**2, L))


def almost_linear(formulas: Parameters, case: Case) -> Finding:
    """ln r <= its bound, and the bound is x(k) ln n: x falls along the k of the case and ends below the target."""
    exponents: list[arb] = []
    with ctx.workprec(1024):
        for power in case["powers"]:
            L = arb(2).log() * arb(2) ** (10 ** int(power))
            g = formulas.g(formulas.B(L), L)
            exact = (2 * (g + L) + 1).lgamma() - (2 * g + 1).lgamma() - (2 * L + 1).lgamma()
            bound = formulas.ln_rank(g, L)
            if int(power) <= LAST_EXACT and not exact <= bound:
                return found(False, f"k = 10^{power}: ln r = {_shown(exact / L)} ln n, its bound is {_shown(bound / L)} ln n")
            exponents.append(bound / L)
        falls = all(after < before for before, after in pairwise(exponents))
        shown = f"x from {_shown(exponents[0])} to {_shown(exponents[-1])}, target {case['target']}"
        return found(falls and bool(exponents[-1] < ball(case["target"])), shown if falls else f"x does not fall: {shown}")


def _shown(x: arb) -> str:
    return str(x.str(5, radius=False))


def towers() -> Iterator[Case]:
    """n = 2^(2^k) up to k = 96."""
    for k in (2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48, 64, 96):
        yield {"k": k}


def powers_of_ten() -> Iterator[Case]:
    """k = 10, 10^2, ..., as far as the target needs."""
    for target, last in (("1", 4), ("1/2", 11), ("1/4", 25), ("1/8", 60)):
        yield {"target": target, "powers": list(range(1, last + 1))}


CLAIMS: tuple[Claim[Any], ...] = (
    Claim(
        id="E7-first-term",
        source="Alman and Song, Theorem 3.8, proof: g = O(max{log n / log log n, o(log n)})",
        statement="For eps = 1/n and B = o(sqrt(ln n)) the degree g of E6-half-length is O(max{ln n / ln ln n, B^2}). Read as "
        "F/2 <= g <= 3 F for B = sqrt(ln n) / ln ln n and n = 2^(2^k), k <= 96; the o(log n) that is printed stands for B^2.",
        wrong="With B in the logarithm the line would be right. With B^2 (E6) the first term is ln n / ln(ln n / B^2), here "
        "ln n / (2 ln ln ln n), which is above ln n / ln ln n by a factor that grows with k. If o(log n) may be any such "
        "function, the line is true and says nothing.",
        correction="F = max{ln n / ln(2 + ln n / B^2), B^2}, which is o(log n) still (Theorem-3.8).",
        proof="E6-half-length at L = ln n.",
        printed=FIRST_TERM,
        mended=SCORES,
        check=below_threshold,
        cases=towers,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="Theorem-3.8",
        source="Alman and Song, Theorem 3.8, proof",
        statement="For d = ln n, eps = 1/n and B = sqrt(ln n) / ln ln n, r = binom(2(g + d), 2g) <= (e(d + g)/g)^(2g) = n^x "
        "with x -> 0, so the time is n^(1+o(1)). Read, with g = 3 F of E6-half-length and n = 2^(2^k), k = 10, 10^2, ..., as: "
        "x falls, below 1, 1/2, 1/4 and 1/8.",
        wrong="",
        correction="",
        proof="g = (ln n)/f with f of order ln ln ln n, so x = O(ln(f)/f). The trend is slow: with these constants x "
        "is above 1 up to n = 2^(2^1000), and r is above n; binom(g + d, g) (E4-rank) halves x. A finite check is no limit.",
        printed=BELOW,
        mended=BELOW,
        check=almost_linear,
        cases=powers_of_ten,
        recorded=Verdict.HOLDS,
    ),
)
