"""Keles et al., Definitions 1-4, Lemmas 1-3 and Lemma F: the problems, K1, the reductions between them, and their chain.

OVP: a.b = 0 for some pair; TVPP: a.b >= t; BHFP: |a-b| >= t; BHCP: |a-b| < t. Vectors are 0/1, |a-b|^2 is the Hamming
distance; the threshold of a distance is that of its square. The paper's statements are taken from our notes of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement, product

import numpy as np

from hardlab.claims.claim import Case, Finding, IllTyped, Verdict, found, outside
from hardlab.claims.keles.cases import as_words, fraction, uneven, whole
from hardlab.claims.numbers import dot
from hardlab.claims.stating import Checked, stated

Bits = tuple[int, ...]
Map = Callable[[Bits], Bits]


def hamming(a: Bits, b: Bits) -> int:
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))


def flip(a: Bits) -> Bits:
    return tuple(1 - x for x in a)


@dataclass(frozen=True)
class Lemma:
    """A reduction: both maps, the new threshold from (d, old threshold), the measure of a new pair from (d, old measure)."""

    left: Map
    right: Map
    threshold: Callable[[int, int], int]
    measure: Callable[[int, int], int]


Measure = Callable[[Bits, Bits], int]
Answer = Callable[[int, int], bool]


def reduces(old: tuple[Measure, Answer], new: tuple[Measure, Answer]) -> Callable[[Lemma, Case], Finding]:
    """All new pairs have the measure that is said, and the new instance is YES iff the old one is."""

    def check(lemma: Lemma, case: Case) -> Finding:
        if why := uneven(case):
            return outside(why)
        A, B = ([tuple(int(x) for x in v) for v in case[side]] for side in "AB")
        d, t = len(A[0]), whole(case, "t") if "t" in case else 0
        if "t" in case and not 1 <= t <= d:
            return outside("t is not between 1 and d")
        bar = lemma.threshold(d, t)
        was = will = False
        for a, b in product(A, B):
            left, right = lemma.left(a), lemma.right(b)
            if len(left) != len(right) or not {0, 1} >= {*left, *right}:
                raise IllTyped(f"{left} and {right} are not 0/1 vectors of one dimension")
            before, after = old[0](a, b), new[0](left, right)
            if after != lemma.measure(d, before):
                return found(False, f"a pair of measure {before} gets {after}, not {lemma.measure(d, before)}")
            was, will = was or old[1](before, t), will or new[1](after, bar)
        return found(was == will, f"{_word(was)} becomes {_word(will)} at the threshold {bar}")

    return check


def admits(thresholds: Callable[[int, int], range], case: Case) -> Finding:
    """The t of TVPP on n vectors in dimension d are those for which both answers occur."""
    n, d = whole(case, "n"), whole(case, "d")
    if min(n, d) < 1 or n * d > 6:
        return outside("no vectors, or too large to check here")
    words = list(product((0, 1), repeat=d))
    sides = [*combinations_with_replacement(words, n)]
    greatest = {max(dot(a, b) for a in A for b in B) for A in sides for B in sides}
    both = [t for t in range(max(n, d) + 2) if any(g >= t for g in greatest) and any(g < t for g in greatest)]
    allowed = [*thresholds(n, d)]
    return found(both == allowed, f"both answers occur for t in {both}, the definition has {allowed}")


@dataclass(frozen=True)
class Chain:
    """OV to BHCP: both maps, the distance from (d, a.b), and the squared thresholds that decide, low < t2 <= high."""

    left: Map
    right: Map
    distance: Callable[[int, int], int]
    low: Callable[[int], int]
    high: Callable[[int], int]


def chain_gap(chain: Chain, case: Case) -> Finding:
    """All distances are as said, the largest of an orthogonal pair of vectors in dimension d is low and the least of another
    pair is high: t2 decides OV iff it is in (low, high].
    """
    d = whole(case, "d")
    if not 1 <= d <= 8:
        return outside("no coordinates, or too large to check here")
    for a, b in product(product((0, 1), repeat=d), repeat=2):
        h = hamming(chain.left(a), chain.right(b))
        if h != chain.distance(d, dot(a, b)):
            return found(False, f"a = {a}, b = {b}: the distance is {h}, not {chain.distance(d, dot(a, b))}")
    low, *others = (chain.distance(d, p) for p in range(d + 1))
    ends = f"thresholds that decide: ({low}, {min(others)}]; said ({chain.low(d)}, {chain.high(d)}]"
    return found((low, min(others)) == (chain.low(d), chain.high(d)), ends)


@dataclass(frozen=True)
class Shifts:
    """Lemma F: the number of rounds for k blocks, and the block of B that block i of A meets in a round."""

    rounds: Callable[[int], int]
    partner: Callable[[int, int, int], int]


def meets_every_pair(shifts: Shifts, case: Case) -> Finding:
    """k parallel instances in each round decide OV on k blocks a side, each pair of blocks once."""
    k = whole(case, "k")
    if not 1 <= k <= 256:
        return outside("no blocks, or too large to check here")
    met = [(i, shifts.partner(i, r, k)) for r in range(shifts.rounds(k)) for i in range(k)]
    if any(not 0 <= j < k for _, j in met):
        raise IllTyped(f"there is no block {max(j for _, j in met)}")
    wanted = sorted(product(range(k), repeat=2))
    return found(sorted(met) == wanted, f"{len(set(met))} of {k * k} pairs of blocks in {len(met)} instances")


def pays(exponent: Callable[[Fraction, Fraction], Fraction], case: Case) -> Finding:
    """k^2 n^(2-eps) <= (kn)^e for the exponent e, k = n^kappa <= n, with equality at k = n, and e < 2."""
    kappa, eps = fraction(case["kappa"]), fraction(case["eps"])
    if not (0 <= kappa <= 1 and 0 < eps < 2):
        return outside("k is not between 1 and n, or eps not between 0 and 2")
    spent, allowed = 2 * kappa + 2 - eps, (1 + kappa) * exponent(kappa, eps)
    if exponent(kappa, eps) >= 2:
        return found(False, f"(kn)^{exponent(kappa, eps)} is no contradiction")
    return found(spent == allowed if kappa == 1 else spent <= allowed, f"n^{spent} spent, n^{allowed} allowed")


def _word(yes: bool) -> str:
    return "YES" if yes else "NO"


def vectors(thresholds: bool) -> Callable[[], Iterator[Case]]:
    """All lists of one vector a side up to d = 3, of two in d = 1, 2, then random ones; with every t in [d] where asked."""

    def cases() -> Iterator[Case]:
        for n, d in ((1, 1), (1, 2), (2, 1), (1, 3), (2, 2)):
            words = ["".join(w) for w in product("01", repeat=d)]
            for A in combinations_with_replacement(words, n):
                for B in combinations_with_replacement(words, n):
                    for t in range(1, d + 1) if thresholds else (0,):
                        yield {"A": [*A], "B": [*B], **({"t": t} if thresholds else {})}
        rng = np.random.default_rng(3)
        for _ in range(60):
            n, d = int(rng.integers(1, 9)), int(rng.integers(3, 13))
            A, B = (rng.random((2, n, d)) < rng.uniform(0.2, 0.8)).astype(int)
            bar = {"t": int(rng.integers(1, d + 1))} if thresholds else {}
            yield {"A": as_words(A), "B": as_words(B), **bar}

    return cases


def dimensions() -> Iterator[Case]:
    for total in range(2, 6):
        for n in range(1, total):
            if (total - n) * n <= 4:
                yield {"n": n, "d": total - n}


LEMMA_1 = Lemma(
    left=lambda a: a + flip(a),
    right=lambda b: flip(b) + (1,) * len(b),
    threshold=lambda d, t: d,
    measure=lambda d, p: d - p,
)
LEMMA_2 = Lemma(
    left=lambda a: a + flip(a) + (0,) * len(a),
    right=lambda b: b + (0,) * len(b) + flip(b),
    threshold=lambda d, t: 2 * d,
    measure=lambda d, p: 2 * d - 2 * p,
)
LEMMA_3 = Lemma(left=lambda a: a, right=flip, threshold=lambda d, t: d - t + 1, measure=lambda d, h: d - h)
ORTHOGONAL: tuple[Measure, Answer] = (dot, lambda p, t: p == 0)
PRODUCT: tuple[Measure, Answer] = (dot, lambda p, t: p >= t)
FURTHEST: tuple[Measure, Answer] = (hamming, lambda h, t: h >= t)
CLOSEST: tuple[Measure, Answer] = (hamming, lambda h, t: h < t)


def up_to_n(n: int, d: int) -> range:
    return range(1, n + 1)


def up_to_d(n: int, d: int) -> range:
    return range(1, d + 1)


CHAIN = Chain(
    left=lambda a: a + flip(a) + (0,) * len(a),
    right=lambda b: flip(b) + (1,) * len(b) + b,
    distance=lambda d, p: d + 2 * p,
    low=lambda d: d,
    high=lambda d: d + 2,
)


def half_saved(kappa: Fraction, eps: Fraction) -> Fraction:
    return 2 - eps / 2


CLAIMS = stated(
    __file__,
    Checked("K1-definition", admits, dimensions, printed=up_to_n, mended=up_to_d, recorded=Verdict.FAILS),
    Checked("Lemma-1", reduces(ORTHOGONAL, PRODUCT), vectors(thresholds=False), printed=LEMMA_1),
    Checked("Lemma-2", reduces(ORTHOGONAL, FURTHEST), vectors(thresholds=False), printed=LEMMA_2),
    Checked("Lemma-3", reduces(FURTHEST, CLOSEST), vectors(thresholds=True), printed=LEMMA_3),
    Checked("Chain-gap", chain_gap, lambda: ({"d": d} for d in range(1, 7)), printed=CHAIN),
    Checked(
        "Lemma-F-shifts",
        meets_every_pair,
        lambda: ({"k": k} for k in range(1, 17)),
        printed=Shifts(rounds=lambda k: k, partner=lambda i, r, k: (i + r) % k),
    ),
    Checked(
        "Lemma-F-time",
        pays,
        lambda: ({"kappa": str(Fraction(a, 8)), "eps": str(Fraction(b, 4))} for a in range(9) for b in range(1, 5)),
        printed=half_saved,
    ),
)
