"""Alman and Song, Lemma 4.7, Case 1 (t < c log n): every vector within distance t of a_i is looked up.

Letters as in the lemma: d = C log n, t < c log n, log = ln. `spread` is the exponent f(C, c) that the paper leaves open.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from math import comb
from operator import index
from typing import Any

from flint import arb

from hardlab.claims.claim import Case, Claim, Finding, Verdict, found, outside
from hardlab.claims.lemma_4_7 import ball, distance, shown
from instances.exact import sign

MOST = 16
"""The largest d whose 2^d vectors are listed."""

Count = Callable[[int, int], int]
"""The number of candidates b', from d and t."""
Spread = Callable[[arb, arb], arb]
"""f(C, c)."""


def candidates(formula: Count, case: Case) -> Finding:
    """How many b' in {0,1}^d have distance at most t from a."""
    a, t = case["a"], index(case["t"])
    if not a or set(a) - {"0", "1"} or len(a) > MOST or t < 0:
        raise ValueError(f"a must be a 0/1 string of length 1 to {MOST}, and t >= 0")
    listed = sum(distance(a, "".join(b)) <= t for b in product("01", repeat=len(a)))
    stated = formula(len(a), t)
    return found(stated == listed, f"{listed} vectors are within distance {t} of {a}, stated {stated}")


def bounded(formula: Spread, case: Case) -> Finding:
    """The candidates of one row are at most n^f(C, c), for C = d / ln n and c = t / ln n."""
    n, d, t = index(case["n"]), index(case["d"]), index(case["t"])
    if n < 2 or d < 1 or not 0 <= 2 * t <= d:
        return outside("n = 1, or not 0 <= c <= C/2")
    count = sum(comb(d, r) for r in range(t + 1))

    def power() -> arb:
        return (formula(d / arb(n).log(), t / arb(n).log()) * arb(n).log()).exp()

    return found(sign(lambda: power() - count) >= 0, f"{count} candidates, n^f = {shown(power())}")


def vanishing(formula: Spread, case: Case) -> Finding:
    """f(C, C / 2^k) falls with k = 1, 2, ... and below the tolerance."""
    C, tolerance = Fraction(str(case["C"])), Fraction(str(case["tolerance"]))
    if C <= 0 or tolerance <= 0:
        return outside("C and the tolerance are positive")
    for k in range(1, 65):
        if not _less(formula, C, Fraction(1, 2 ** (k + 1)), Fraction(1, 2**k)):
            return found(False, f"f(C, C/2^{k + 1}) >= f(C, C/2^{k})")
        if sign(_excess(formula, C, Fraction(1, 2**k), tolerance)) < 0:
            return found(True, f"f(C, C/2^{k}) < {tolerance}")
    return found(False, f"f(C, C/2^64) = {shown(formula(ball(C), ball(C / 2**64)))} >= {tolerance}")


def _less(formula: Spread, C: Fraction, part: Fraction, other: Fraction) -> bool:
    return sign(lambda: formula(ball(C), ball(C * other)) - formula(ball(C), ball(C * part))) > 0


def _excess(formula: Spread, C: Fraction, part: Fraction, tolerance: Fraction) -> Callable[[], arb]:
    return lambda: formula(ball(C), ball(C * part)) - ball(tolerance)


def spread(C: arb, c: arb) -> arb:
    """C H(c/C), H the entropy in nats."""
    if c == 0:
        return arb(0)
    p = c / C
    return -C * (p * p.log() + (1 - p) * (1 - p).log())


def vectors() -> Iterator[Case]:
    """0^d and 1^d for d <= 7, and 0101..., with every t <= d."""
    for d in range(1, 8):
        for a in sorted({"0" * d, "1" * d, ("01" * d)[:d]}):
            for t in range(d + 1):
                yield {"a": a, "t": t}


def sizes() -> Iterator[Case]:
    """n = 2, 4096 and 10^6, d <= 40, t <= d/2."""
    for d in (*range(1, 21), 30, 40):
        for t in range(d // 2 + 1):
            for n in (2, 4096, 10**6):
                yield {"n": n, "d": d, "t": t}


def limits() -> Iterator[Case]:
    """A few C, with tolerances down to 1/1000."""
    return ({"C": C, "tolerance": tolerance} for C in ("1/10", "1", "8", "100") for tolerance in ("1/2", "1/10", "1/1000"))


CLAIMS: tuple[Claim[Any], ...] = (
    Claim(
        id="E17-candidates",
        source="Alman and Song, Lemma 4.7, Case 1",
        statement="The vectors b' in {0,1}^d with Hamming distance at most t from a_i are binom(d, t) many.",
        wrong="That counts the vectors at distance exactly t.",
        correction="sum over r <= t of binom(d, r).",
        proof="A vector at distance r is a choice of r of the d positions.",
        printed=comb,
        mended=lambda d, t: sum(comb(d, r) for r in range(t + 1)),
        check=candidates,
        cases=vectors,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="Lemma-4.7-lookup-bound",
        source="Alman and Song, Lemma 4.7, Case 1, the function f (left open in print, chosen here)",
        statement="For t <= d/2 the candidates of a row are at most n^f(C, c) with f(C, c) = C H(c/C), H in nats.",
        wrong="",
        correction="",
        proof="With p = t/d: 1 = (p + 1 - p)^d >= sum over r <= t of binom(d, r) p^r (1-p)^(d-r) >= e^(-d H(p)) times the "
        "sum, as p <= 1/2; and d H(t/d) = C H(c/C) log n.",
        printed=spread,
        mended=spread,
        check=bounded,
        cases=sizes,
        recorded=Verdict.HOLDS,
    ),
    Claim(
        id="Lemma-4.7-lookup-limit",
        source="Alman and Song, Lemma 4.7, Case 1, the limit of f",
        statement="For fixed C, f(C, c) = C H(c/C) falls to 0 as c = C/2, C/4, C/8, ...",
        wrong="",
        correction="",
        proof="H is increasing on [0, 1/2] and H(0) = 0.",
        printed=spread,
        mended=spread,
        check=vanishing,
        cases=limits,
        recorded=Verdict.HOLDS,
    ),
)
