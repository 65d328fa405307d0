"""Alman and Song, Lemma 4.7, before Case 2a and Case 2b: t~, the goal, and the exponent of a far key.

Letters as in `lemma_4_7`. A pair a, b has weight d/2 each and is given as 0/1 strings. Exponents are rational multiples of
beta wherever they decide alone. tau = e^(beta/2), which is E19 corrected.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from operator import index

import numpy as np
from flint import arb

from hardlab.claims.alman_song.lemma_4_7.construction import (
    CORRECTED,
    balanced,
    bar_of,
    beyond,
    distance,
    inner,
    output,
    size,
    unbalanced,
    words,
)
from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.numbers import ball, shown
from hardlab.claims.stating import Checked, stated
from instances.exact import sign

Rate = Callable[[int, int], Fraction]
"""ln(6 n t~) / beta, from d and t."""


def threshold_rate(formula: Rate, case: Case) -> Finding:
    """t~ is a third of the weight of a key at distance t over 2n padding weights."""
    a, b = case["a"], case["b"]
    d, t = len(a), distance(a, b)
    if why := unbalanced([a], [b]) or ("a = b" if t == 0 else ""):
        return outside(why)
    exact = Fraction(inner(a, b), 2 * d) - Fraction(inner("1" * d, "1" * d), 2 * d)
    stated = formula(d, t)
    return found(stated == exact, f"ln(6 n t~) = {exact} beta, stated {stated} beta")


@dataclass(frozen=True)
class Exponent:
    """<a, b> / divisor(d) <= most(d, distance), the least distance of a NO row."""

    divisor: Callable[[int], int]
    most: Callable[[int, Fraction], Fraction]


def bounds_exponent(formulas: Exponent, case: Case) -> Finding:
    """The bound on the exponent of a key that is (1 + eps) t or more away."""
    a, b, d = case["a"], case["b"], len(case["a"])
    far = (1 + Fraction(str(case["eps"]))) * index(case["t"])
    if why := beyond({**case, "A": [a], "B": [b]}, 1) or ("nearer than (1 + eps) t" if distance(a, b) < far else ""):
        return outside(why)
    left, right = Fraction(inner(a, b), formulas.divisor(d)), formulas.most(d, far)
    return found(left <= right, f"<a, b> / {formulas.divisor(d)} = {left}, bound {right}")


Goal = Callable[[int, arb, arb], arb]
"""The least distance that a row of Case 2 may have, from t, eps and eps_a."""


def excludes_far_rows(formula: Goal, case: Case) -> Finding:
    """Every row whose distances are all at least the least distance of Case 2 has u_i < 2 t~."""
    n, d, t = size(case)
    eps = Fraction(str(case["eps"]))
    if why := beyond(case) or ("(1 + eps) t > d" if (1 + eps) * t > d else ""):
        return outside(why)

    def excess(least: int) -> arb:
        accuracy = (-(2 + 40 * d / (ball(eps) * t) * (1 + arb(t) / d)) * arb(n).log()).exp()
        return least - formula(t, ball(eps), accuracy)

    rows = 0
    for i, a in enumerate(case["A"]):
        least = min(distance(a, b) for b in case["B"])
        if _sign(excess, least) < 0:
            continue
        rows += 1
        if not _below(case, i):
            u, bar = shown(output(CORRECTED, case, i)), shown(bar_of(CORRECTED, case))
            return found(False, f"row {i}: least distance {least}, u = {u}, 2 t~ = {bar}")
    return found(True, f"{rows} rows of Case 2") if rows else outside("no row is in Case 2")


def _sign(excess: Callable[[int], arb], least: int) -> int:
    return sign(lambda: excess(least))


def _below(case: Case, i: int) -> bool:
    return sign(lambda: output(CORRECTED, case, i) - bar_of(CORRECTED, case)) < 0


def pairs() -> Iterator[Case]:
    """All pairs at distance > 0 of vectors of weight d/2 in d = 2 and 4, random ones in d <= 24."""
    for d in (2, 4):
        for a, b in product(words(d)[:1], words(d)):
            if a != b:
                yield {"a": a, "b": b}
    rng = np.random.default_rng(23)
    for _ in range(60):
        a, b = balanced(rng, 2, 2 * int(rng.integers(2, 13)))
        yield {"a": a, "b": b}


def far_pairs() -> Iterator[Case]:
    """Pairs with each t < d and a few eps."""
    for case in pairs():
        for t in range(1, len(case["a"])):
            for eps in ("1/4", "1/2", "1"):
                yield {**case, "t": t, "eps": eps}


def goal_cases() -> Iterator[Case]:
    """Sets of n = 2 vectors: all keys one above t = 5 in d = 10, then all in d = 2 and 4, then random ones."""
    yield {"A": ["1111100000", "1111000001"], "B": ["1100011100", "1100001110"], "t": 5, "eps": "1"}
    for d in (2, 4):
        for A in combinations(words(d), 2):
            for B in combinations(words(d), 2):
                if A[0] == words(d)[0]:
                    for t in range(1, d // 2 + 1):
                        yield {"A": [*A], "B": [*B], "t": t, "eps": "1"}
    rng = np.random.default_rng(26)
    for _ in range(60):
        n, d = int(rng.integers(2, 5)), 2 * int(rng.integers(2, 9))
        t = int(rng.integers(1, max(d // 4, 2)))
        case = {"A": balanced(rng, n, d), "B": balanced(rng, n, d)}
        yield {**case, "t": t, "eps": str(rng.choice(["1/4", "1/2", "1"]))}


CLAIMS = stated(
    __file__,
    Checked(
        "E23-threshold",
        threshold_rate,
        pairs,
        printed=lambda d, t: Fraction(-3, 4) - Fraction(t, 4 * d),
        mended=lambda d, t: Fraction(-1, 4) - Fraction(t, 4 * d),
        recorded=Verdict.FAILS,
    ),
    Checked(
        "E26-goal",
        excludes_far_rows,
        goal_cases,
        printed=lambda t, eps, accuracy: (1 + accuracy) * t,
        mended=lambda t, eps, accuracy: (1 + eps) * t,
        recorded=Verdict.FAILS,
    ),
    Checked(
        "E27-exponent",
        bounds_exponent,
        far_pairs,
        printed=Exponent(lambda d: d, lambda d, far: (1 - far / d) / 4),
        mended=Exponent(lambda d: 2 * d, lambda d, far: (1 - far / d) / 4),
        recorded=Verdict.FAILS,
    ),
)
