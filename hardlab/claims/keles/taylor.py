"""Keles et al., Lemmas 8 and 9, Theorem 10, Corollary 11 (polynomial attention in linear time), and K13.

alpha_p(v): all d^p ordered products of p entries of v. Then <q, k>^p = <alpha_p(q), alpha_p(k)>, so sums over keys are
taken once for all queries. T_p(x) = sum of x^z / z! for z <= p, how far it is off is `taylor_errors`. The paper is known from
our notes of it.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import factorial, prod

import numpy as np

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.keles.cases import fraction, whole
from hardlab.claims.numbers import dot
from hardlab.claims.stating import Checked, stated

Features = Callable[[Sequence[int], int], list[int]]
MOST_FEATURES = 5000  # features of a vector, and rows


def ordered_products(v: Sequence[int], p: int) -> list[int]:
    """alpha_p(v)"""
    return [prod(chosen) for chosen in product(v, repeat=p)]


def irregular(case: Case) -> str:
    """Why Q, K, V are not n queries, keys and values, of an order that can be checked; "" where they are."""
    Q, K, V, p = case["Q"], case["K"], case["V"], whole(case, "p")
    if any(type(x) is not int for row in (*Q, *K, V) for x in row):
        raise TypeError("an entry is not a whole number")
    if not Q or not Q[0] or not len(Q) == len(K) == len(V) or len({*map(len, [*Q, *K])}) != 1:
        return "not equally many queries, keys and values of one dimension"
    return (
        "" if 0 <= p <= 64 and max(len(Q), len(Q[0]) ** p) <= MOST_FEATURES else "a negative order, or too large to check here"
    )


def give_powers(features: Features, case: Case) -> Finding:
    """Qhat (Khat^T V) is S V for S_ij = <q_i, k_j>^p, with d^p features a vector; so for V = 1, the row sums."""
    if why := irregular(case):
        return outside(why)
    Q, K, p, d = case["Q"], case["K"], case["p"], len(case["Q"][0])
    hats, of_queries = ([features(x, p) for x in rows] for rows in (K, Q))
    for hat in (*hats, *of_queries):
        if len(hat) != d**p:
            return found(False, f"{len(hat)} features, not {d}^{p}")
    for V in (case["V"], [1] * len(K)):
        sums = [sum(hat[f] * v for hat, v in zip(hats, V, strict=True)) for f in range(d**p)]
        for q, hat in zip(Q, of_queries, strict=True):
            fast = sum(x * y for x, y in zip(hat, sums, strict=True))
            slow = sum(dot(q, k) ** p * v for k, v in zip(K, V, strict=True))
            if fast != slow:
                return found(False, f"q = {q}, V = {V}: {fast} from the features, {slow} from the definition")
    return found(True, f"{len(Q)} rows")


def average(features: Features, coefficients: list[Fraction], weight: Callable[[int], Fraction], case: Case) -> Finding:
    """From the features of all orders z <= p: sum_j weight(<q_i, k_j>) V_j / sum_j weight(<q_i, k_j>), exactly."""
    Q, K, V = case["Q"], case["K"], case["V"]
    rows = 0
    for q in Q:
        read = total = Fraction(0)
        for z, c in enumerate(coefficients):
            hats = [features(k, z) for k in K]
            mine = features(q, z)
            read += c * sum(x * sum(h[f] * v for h, v in zip(hats, V, strict=True)) for f, x in enumerate(mine))
            total += c * sum(x * sum(h[f] for h in hats) for f, x in enumerate(mine))
        weights = [weight(dot(q, k)) for k in K]
        if sum(weights) == 0:
            continue
        rows += 1
        exact = sum((w * v for w, v in zip(weights, V, strict=True)), Fraction(0)) / sum(weights)
        if total == 0 or read / total != exact:
            return found(False, f"q = {q}: {read} / {total} from the features, {exact} from the definition")
    return found(True, f"{rows} rows") if rows else outside("all denominators are 0")


def give_polynomials(features: Features, case: Case) -> Finding:
    """`average` for the polynomial whose coefficients c_0 .. c_p the case gives."""
    if why := irregular(case):
        return outside(why)
    c = [fraction(x) for x in case["c"]]
    if len(c) != case["p"] + 1:
        return outside("not p + 1 coefficients")
    return average(features, c, lambda x: sum((a * x**z for z, a in enumerate(c)), Fraction(0)), case)


def give_taylor(coefficients: Callable[[int], list[Fraction]], case: Case) -> Finding:
    """`average` for the Taylor polynomial of order p."""
    if why := irregular(case):
        return outside(why)
    return average(ordered_products, coefficients(case["p"]), lambda x: _taylor(Fraction(x), case["p"]), case)


def number_features(count: Callable[[int, int], int], case: Case) -> Finding:
    """The features of all orders z <= p are count(d, p)."""
    d, p = whole(case, "d"), whole(case, "p")
    if d < 1 or p < 0 or p > 64 or d**p > MOST_FEATURES:
        return outside("no coordinates, a negative order, or too large to check here")
    made = sum(len(ordered_products(range(d), z)) for z in range(p + 1))
    return found(made == count(d, p), f"{made} features, said are {count(d, p)}")


def denominators_are_positive(admitted: Callable[[int], bool], case: Case) -> Finding:
    """Where the order is admitted, every row of Taylor attention has a denominator > 0."""
    if why := irregular(case):
        return outside(why)
    if not admitted(case["p"]):
        return outside("the order is not admitted")
    least = min(sum(_taylor(Fraction(dot(q, k)), case["p"]) for k in case["K"]) for q in case["Q"])
    return found(least > 0, f"the least denominator is {least}")


def _taylor(x: Fraction, p: int) -> Fraction:
    return sum((x**z / factorial(z) for z in range(p + 1)), Fraction(0))


def vectors() -> Iterator[Case]:
    """Single keys in d = 1 at every order up to 5, then random integer vectors."""
    for p in range(6):
        for k in (0, 1, -1, 2, -2, 5, -5):
            yield {"Q": [[1]], "K": [[k]], "V": [1], "p": p}
    rng = np.random.default_rng(10)
    for _ in range(40):
        n, d = int(rng.integers(1, 6)), int(rng.integers(1, 5))
        Q, K = rng.integers(-2, 3, (2, n, d)).tolist()
        yield {"Q": Q, "K": K, "V": rng.integers(-9, 10, n).tolist(), "p": int(rng.integers(0, 5))}


def polynomials() -> Iterator[Case]:
    """The same with random coefficients."""
    rng = np.random.default_rng(11)
    for case in vectors():
        yield {
            **case,
            "c": [f"{a}/{b}" for a, b in zip(rng.integers(-9, 10, case["p"] + 1), rng.integers(1, 9, 9), strict=False)],
        }


def inverse_factorials(p: int) -> list[Fraction]:
    return [Fraction(1, factorial(z)) for z in range(p + 1)]


CLAIMS = stated(
    __file__,
    Checked("Lemma-8", give_powers, vectors, printed=ordered_products),
    Checked("Theorem-10", give_polynomials, polynomials, printed=ordered_products),
    Checked("Corollary-11", give_taylor, vectors, printed=inverse_factorials),
    Checked(
        "K13-count",
        number_features,
        lambda: ({"d": d, "p": p} for d in range(1, 5) for p in range(7)),
        printed=lambda d, p: (d ** (p + 1) - 1) // (d - 1) if d > 1 else p + 1,
    ),
    Checked(
        "K13-denominator",
        denominators_are_positive,
        vectors,
        printed=lambda p: True,
        mended=lambda p: p % 2 == 0,
        recorded=Verdict.FAILS,
    ),
)
