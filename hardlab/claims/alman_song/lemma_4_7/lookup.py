"""Alman and Song, Lemma 4.7, Case 1 (t < c log n): every vector within distance t of a_i is looked up.

Letters as in the lemma: d = C log n, t < c log n, log = ln. `spread` is the exponent f(C, c) that the paper leaves open.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from itertools import product
from math import comb
from operator import index

from flint import arb

from hardlab.claims.alman_song.lemma_4_7.construction import LARGEST_SIZE, distance
from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.numbers import ball, shown
from hardlab.claims.stating import Checked, stated
from instances.exact import sign

MOST_COLUMNS = 16
"""The largest d whose 2^d vectors are listed."""

HALVINGS, TOLERANCE = 64, Fraction(1, 1000)

Count = Callable[[int, int], int]
"""The number of candidates b', from d and t."""
Spread = Callable[[arb, arb], arb]
"""f(C, c)."""


def counts_candidates(formula: Count, case: Case) -> Finding:
    """How many b' in {0,1}^d have distance at most t from a."""
    a, t = case["a"], index(case["t"])
    if not a or set(a) - {"0", "1"} or len(a) > MOST_COLUMNS or t < 0:
        raise ValueError(f"a must be a 0/1 string of length 1 to {MOST_COLUMNS}, and t >= 0")
    listed = sum(distance(a, "".join(b)) <= t for b in product("01", repeat=len(a)))
    stated = formula(len(a), t)
    return found(stated == listed, f"{listed} vectors are within distance {t} of {a}, stated {stated}")


def bounds_candidates(formula: Spread, case: Case) -> Finding:
    """The candidates of one row are at most n^f(C, c), C = d / ln n and c = t / ln n; and f(C, C/2^k) falls below 1/1000."""
    n, d, t = index(case["n"]), index(case["d"]), index(case["t"])
    if n < 2 or d < 1 or not 0 <= 2 * t <= d:
        return outside("n = 1, or not 0 <= c <= C/2")
    if n > LARGEST_SIZE or d > 1000:
        return outside("too large to check here")
    count = sum(comb(d, r) for r in range(t + 1))

    def power() -> arb:
        return (formula(d / arb(n).log(), t / arb(n).log()) * arb(n).log()).exp()

    def part(k: int) -> arb:
        C = d / arb(n).log()
        return formula(C, C / 2**k)

    if sign(lambda: power() - count) < 0:
        return found(False, f"{count} candidates, n^f = {shown(power())}")
    for k in range(1, HALVINGS):
        if sign(partial(_difference, part, k, k + 1)) <= 0:
            return found(False, f"C = {shown(d / arb(n).log())}: f(C, C/2^{k + 1}) >= f(C, C/2^{k})")
        if sign(partial(_above, part, k)) < 0:
            return found(True, f"{count} candidates, n^f = {shown(power())}; f(C, C/2^{k}) < {TOLERANCE}")
    return found(False, f"f(C, C/2^{HALVINGS}) = {shown(part(HALVINGS))} >= {TOLERANCE}")


def _difference(part: Callable[[int], arb], k: int, other: int) -> arb:
    return part(k) - part(other)


def _above(part: Callable[[int], arb], k: int) -> arb:
    return part(k) - ball(TOLERANCE)


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


def parameters() -> Iterator[Case]:
    """n = 2, 4096 and 10^6, d <= 40, t <= d/2."""
    for d in (*range(1, 21), 30, 40):
        for t in range(d // 2 + 1):
            for n in (2, 4096, 10**6):
                yield {"n": n, "d": d, "t": t}


CLAIMS = stated(
    __file__,
    Checked(
        "E17-candidates",
        counts_candidates,
        vectors,
        printed=comb,
        mended=lambda d, t: sum(comb(d, r) for r in range(t + 1)),
        recorded=Verdict.FAILS,
    ),
    Checked("Lemma-4.7-lookup", bounds_candidates, parameters, printed=spread),
)
