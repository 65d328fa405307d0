"""Keles et al., Definitions 1-4 and Lemmas 1-3: the problems, K1, and the reductions between them.

OVP: a.b = 0 for some pair; TVPP: a.b >= t; BHFP: |a-b| >= t; BHCP: |a-b| < t. Vectors are 0/1, |a-b|^2 is the Hamming
distance; the threshold of a distance is that of its square.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np

from hardlab.claims.claim import Case, Claim, Finding, IllTyped, Verdict, found

Bits = tuple[int, ...]
Map = Callable[[Bits], Bits]


def dot(a: Bits, b: Bits) -> int:
    return sum(x * y for x, y in zip(a, b, strict=True))


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
        A, B = ([tuple(int(x) for x in v) for v in case[side]] for side in "AB")
        d, t = len(A[0]), int(case.get("t", 0))
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
    n, d = int(case["n"]), int(case["d"])
    greatest = set()
    words = list(product((0, 1), repeat=d))
    for A in combinations_with_replacement(words, n):
        for B in combinations_with_replacement(words, n):
            greatest.add(max(dot(a, b) for a in A for b in B))
    both = [t for t in range(max(n, d) + 2) if any(g >= t for g in greatest) and any(g < t for g in greatest)]
    allowed = [*thresholds(n, d)]
    return found(both == allowed, f"both answers occur for t in {both}, the definition has {allowed}")


def accepts(thresholds: Callable[[int, int], range], case: Case) -> Finding:
    """Lemma 1's t is one that Definition 2 admits, on n vectors of the new dimension."""
    n, d = int(case["n"]), int(case["d"])
    t, dimension = LEMMA_1.threshold(d, 0), len(LEMMA_1.left((0,) * d))
    return found(t in thresholds(n, dimension), f"t = {t} for n = {n} in dimension {dimension}: {[*thresholds(n, dimension)]}")


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
            A, B = ((rng.random((2, n, d)) < rng.uniform(0.2, 0.8)).astype(int)).tolist()
            bar = {"t": int(rng.integers(1, d + 1))} if thresholds else {}
            yield {"A": ["".join(map(str, a)) for a in A], "B": ["".join(map(str, b)) for b in B], **bar}

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


def derived(id: str, source: str, statement: str, proof: str, formulas: Any, check: Any, cases: Any) -> Claim[Any]:
    """A claim that is right as it stands."""
    return Claim(
        id=id,
        source=source,
        statement=statement,
        wrong="",
        correction="",
        proof=proof,
        printed=formulas,
        mended=formulas,
        check=check,
        cases=cases,
        recorded=Verdict.HOLDS,
    )


CLAIMS: tuple[Claim[Any], ...] = (
    Claim(
        id="K1-definition",
        source="Keles et al., Definition 2",
        statement="TVPP on n vectors in dimension d is asked for t in [n]: those are the t for which both answers occur.",
        wrong="A product of 0/1 vectors is between 0 and d, whatever n is.",
        correction="t in [d].",
        proof="All-ones vectors have the product d, zero vectors 0; t = 0 is always YES, t > d always NO.",
        printed=up_to_n,
        mended=up_to_d,
        check=admits,
        cases=dimensions,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="K1-reduction",
        source="Keles et al., Definition 2 and Lemma 1",
        statement="Lemma 1 produces an instance of TVPP: its t = d is in [n].",
        wrong="d is more than n as soon as the dimension is.",
        correction="t = d is in [2d], the new dimension.",
        proof="1 <= d <= 2d.",
        printed=up_to_n,
        mended=up_to_d,
        check=accepts,
        cases=lambda: ({"n": n, "d": d} for n in range(1, 9) for d in range(1, 13)),
        recorded=Verdict.FAILS,
    ),
    derived(
        "Lemma-1",
        "Keles et al., Lemma 1",
        "OVP in dimension d becomes TVPP in dimension 2d with t = d by a' = (a, 1-a), b' = (1-b, 1).",
        "<a', b'> = |a| - a.b + d - |a| = d - a.b.",
        LEMMA_1,
        reduces(ORTHOGONAL, PRODUCT),
        vectors(thresholds=False),
    ),
    derived(
        "Lemma-2",
        "Keles et al., Lemma 2",
        "OVP in dimension d becomes BHFP in dimension 3d with t^2 = 2d by a' = (a, 1-a, 0), b' = (b, 0, 1-b).",
        "Both sides have weight d, and |a'-b'|^2 = 2d - 2 <a', b'> = 2d - 2 a.b.",
        LEMMA_2,
        reduces(ORTHOGONAL, FURTHEST),
        vectors(thresholds=False),
    ),
    derived(
        "Lemma-3",
        "Keles et al., Lemma 3",
        "BHFP in dimension D becomes BHCP by complementing the b side, with t'^2 = D - t^2 + 1.",
        "|a - (1-b)|^2 = D - |a-b|^2, and squared distances are integers.",
        LEMMA_3,
        reduces(FURTHEST, CLOSEST),
        vectors(thresholds=True),
    ),
)
