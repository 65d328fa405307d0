"""Keles et al., Lemmas 8 and 9, Theorem 10, Corollary 11 (polynomial attention in linear time), K13, and error bounds.

alpha_p(v): all d^p ordered products of p entries of v. Then <q, k>^p = <alpha_p(q), alpha_p(k)>, so sums over keys are
taken once for all queries. T_p(x) = sum of x^z / z! for z <= p; |<q, k>| <= M. Vectors of a case are integers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import factorial, prod
from typing import Any

import numpy as np
from flint import arb

from hardlab.claims.claim import Case, Claim, Finding, Verdict, found, outside
from hardlab.claims.keles_gadget import number, shown
from hardlab.claims.keles_problems import derived
from instances.exact import sign

Features = Callable[[Sequence[int], int], list[int]]


def ordered_products(v: Sequence[int], p: int) -> list[int]:
    """alpha_p(v)"""
    return [prod(chosen) for chosen in product(v, repeat=p)]


def powers(features: Features, case: Case) -> Finding:
    """Qhat (Khat^T V) is S V for S_ij = <q_i, k_j>^p, with d^p features a vector."""
    Q, K, V, p, d = case["Q"], case["K"], case["V"], int(case["p"]), len(case["Q"][0])
    hats = [features(k, p) for k in K]
    if any(len(hat) != d**p for hat in hats):
        return found(False, f"{len(hats[0])} features, not {d}^{p}")
    sums = [sum(hat[f] * v for hat, v in zip(hats, V, strict=True)) for f in range(d**p)]
    for q in Q:
        fast = sum(x * y for x, y in zip(features(q, p), sums, strict=True))
        slow = sum(_dot(q, k) ** p * v for k, v in zip(K, V, strict=True))
        if fast != slow:
            return found(False, f"q = {q}: {fast} from the features, {slow} from the definition")
    return found(True, f"{len(Q)} rows")


def row_sums(features: Features, case: Case) -> Finding:
    """The row sums of S are <alpha_p(q_i), sum_j alpha_p(k_j)>."""
    return powers(features, {**case, "V": [1] * len(case["K"])})


@dataclass(frozen=True)
class Polynomial:
    """The features, and the coefficients of the weight sum_z c_z <q, k>^z."""

    features: Features
    coefficients: Callable[[int], list[Fraction]]


def weighted(weight: Callable[[int, int], Fraction]) -> Callable[[Polynomial, Case], Finding]:
    """From the features of all orders z <= p: sum_j weight(<q_i, k_j>, p) V_j / sum_j weight(<q_i, k_j>, p), exactly."""

    def check(formulas: Polynomial, case: Case) -> Finding:
        Q, K, V, p = case["Q"], case["K"], case["V"], int(case["p"])
        coefficients = formulas.coefficients(p)
        rows = 0
        for q in Q:
            read = total = Fraction(0)
            for z, c in enumerate(coefficients):
                hats = [formulas.features(k, z) for k in K]
                mine = formulas.features(q, z)
                read += c * sum(x * sum(h[f] * v for h, v in zip(hats, V, strict=True)) for f, x in enumerate(mine))
                total += c * sum(x * sum(h[f] for h in hats) for f, x in enumerate(mine))
            weights = [weight(_dot(q, k), p) for k in K]
            if sum(weights) == 0:
                continue
            rows += 1
            exact = Fraction(sum(w * v for w, v in zip(weights, V, strict=True))) / sum(weights)
            if total == 0 or read / total != exact:
                return found(False, f"q = {q}: {read} / {total} from the features, {exact} from the definition")
        return found(True, f"{rows} rows") if rows else outside("all denominators are 0")

    return check


def counted(count: Callable[[int, int], int], case: Case) -> Finding:
    """The features of all orders z <= p are count(d, p)."""
    d, p = int(case["d"]), int(case["p"])
    features = sum(len(ordered_products(range(d), z)) for z in range(p + 1))
    return found(features == count(d, p), f"{features} features, said are {count(d, p)}")


def positive(admitted: Callable[[int], bool], case: Case) -> Finding:
    """Where the order is admitted, every row of Taylor attention has a denominator > 0."""
    p = int(case["p"])
    if not admitted(p):
        return outside("the order is not admitted")
    least = min(sum(_taylor(Fraction(_dot(q, k)), p) for k in case["K"]) for q in case["Q"])
    return found(least > 0, f"the least denominator is {least}")


def error_at_0(bound: Callable[[arb, int], arb], case: Case) -> Finding:
    """|T_p(x) - e^x| / e^x for |x| <= M is largest at x = -M and at most bound(M, p); checked at 33 points."""
    p = int(case["p"])

    def error(share: Fraction) -> arb:
        x = number(case["M"]) * number(str(share))
        return abs(1 - sum((x**z / factorial(z) for z in range(p + 1)), arb(0)) / x.exp())

    worst = Fraction(-1)
    for share in (Fraction(i, 16) for i in range(-15, 17)):
        if sign(_difference(lambda: error(worst), error, share)) < 0:
            return found(False, f"the error at {share} M is above that at -M")
    over = sign(lambda: error(worst) - bound(number(case["M"]), p)) > 0
    return found(not over, f"error {shown(error(worst))} at -M, bound {shown(bound(number(case['M']), p))}")


@dataclass(frozen=True)
class Shifted:
    """The Taylor polynomial of e^x at -M: the coefficient of x^i, and its largest relative error, from (M, p)."""

    coefficient: Callable[[arb, int, int], arb]
    error: Callable[[arb, int], arb]


def error_at_minus_m(formulas: Shifted, case: Case) -> Finding:
    """All coefficients are positive; the relative error on [-M, M] is at most as said, and that at x = M; 33 points."""
    p = int(case["p"])
    for i in range(p + 1):
        if formulas.coefficient(number(case["M"]), p, i) <= 0:
            return found(False, f"the coefficient of x^{i} is not positive")

    def error(share: Fraction) -> arb:
        M = number(case["M"])
        x = M * number(str(share))
        return abs(1 - sum((formulas.coefficient(M, p, i) * x**i for i in range(p + 1)), arb(0)) / x.exp())

    def said() -> arb:
        return formulas.error(number(case["M"]), p)

    for share in (Fraction(i, 16) for i in range(-16, 16)):
        if sign(_difference(said, error, share)) < 0:
            return found(False, f"the error at {share} M is above {shown(said())}")
    exact = sign(lambda: abs(error(Fraction(1)) / said() - 1) - arb(2) ** -40) < 0
    return found(exact, f"error {shown(error(Fraction(1)))} at M, said is {shown(said())}")


def _difference(left: Callable[[], arb], right: Callable[[Fraction], arb], share: Fraction) -> Callable[[], arb]:
    return lambda: left() - right(share)


def _dot(q: Sequence[int], k: Sequence[int]) -> int:
    return sum(x * y for x, y in zip(q, k, strict=True))


def _taylor(x: Fraction, p: int) -> Fraction:
    return sum((x**z / factorial(z) for z in range(p + 1)), Fraction(0))


def _power_sum(M: arb, q: int) -> arb:
    return sum((M**z / factorial(z) for z in range(q + 1)), arb(0))


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


def orders() -> Iterator[Case]:
    for p in range(13):
        for M in ("1/10", "1", "5/2", "8"):
            yield {"M": M, "p": p}


TAYLOR = Polynomial(ordered_products, lambda p: [Fraction(1, factorial(z)) for z in range(p + 1)])
POLYNOMIAL = replace(TAYLOR, coefficients=lambda p: [Fraction(z + 1) for z in range(p + 1)])
SHIFTED = Shifted(
    coefficient=lambda M, p, i: (-M).exp() * _power_sum(M, p - i) / factorial(i),
    error=lambda M, p: 1 - (-2 * M).exp() * _power_sum(2 * M, p),
)

CLAIMS: tuple[Claim[Any], ...] = (
    derived(
        "Lemma-8",
        "Keles et al., Lemma 8",
        "S V for S_ij = <q_i, k_j>^p is Qhat (Khat^T V) with the d^p features alpha_p, so it takes O(n d^p) for one"
        " column of V.",
        "<q, k>^p multiplied out is the sum over ordered p-tuples of coordinates; the product is associative.",
        ordered_products,
        powers,
        vectors,
    ),
    derived(
        "Lemma-9",
        "Keles et al., Lemma 9",
        "The row sums of S_ij = <q_i, k_j>^p are <alpha_p(q_i), sum_j alpha_p(k_j)>.",
        "Lemma 8 with V = 1.",
        ordered_products,
        row_sums,
        vectors,
    ),
    derived(
        "Theorem-10",
        "Keles et al., Theorem 10",
        "Attention with the weight sum_z c_z <q, k>^z, z <= p, divided by its row sums, is computed exactly from the features"
        " of the orders 0..p (checked for c_z = z + 1; rows whose sum is 0 excepted).",
        "Lemmas 8 and 9 for each z, added up.",
        POLYNOMIAL,
        weighted(lambda x, p: sum((Fraction((z + 1) * x**z) for z in range(p + 1)), Fraction(0))),
        vectors,
    ),
    derived(
        "Corollary-11",
        "Keles et al., Corollary 11",
        "Softmax with e^x replaced by its Taylor polynomial of order p is computed exactly from the features of the orders"
        " 0..p, with c_z = 1/z! (rows whose sum is 0 excepted).",
        "Theorem 10.",
        TAYLOR,
        weighted(lambda x, p: _taylor(Fraction(x), p)),
        vectors,
    ),
    derived(
        "K13-count",
        "derived here, for Theorem 10",
        "The features of the orders 0..p are (d^(p+1) - 1) / (d - 1), p + 1 for d = 1: less than 2 d^p for d >= 2, so that the"
        " proof's O(n p d^p) and the statement's O(n d^p) are both right there.",
        "d^0 + d^1 + ... + d^p.",
        lambda d, p: (d ** (p + 1) - 1) // (d - 1) if d > 1 else p + 1,
        counted,
        lambda: ({"d": d, "p": p} for d in range(1, 5) for p in range(7)),
    ),
    Claim(
        id="K13-denominator",
        source="Keles et al., Corollary 11",
        statement="Taylor attention is defined for every order p: its row sums are positive.",
        wrong="Taylor polynomials of odd order have a real zero and are negative below it.",
        correction="Even p.",
        proof="T_p' = T_(p-1): at a least point of T_p, p even, T_p(x) = T_(p-1)(x) + x^p/p! = x^p/p! > 0, as x = 0 is none.",
        printed=lambda p: True,
        mended=lambda p: p % 2 == 0,
        check=positive,
        cases=vectors,
        recorded=Verdict.FAILS,
    ),
    derived(
        "Taylor-at-0",
        "derived here, for Corollary 11 (the paper bounds no error)",
        "For |x| <= M the relative error of T_p is largest at -M, and at most M^(p+1) e^M / (p+1)!.",
        "The relative error is the integral of e^(-u) u^p / p! from 0 to x.",
        lambda M, p: M ** (p + 1) * M.exp() / factorial(p + 1),
        error_at_0,
        orders,
    ),
    derived(
        "Taylor-at-minus-M",
        "derived here, for Corollary 11",
        "The Taylor polynomial of e^x at -M has the positive coefficients e^(-M) T_(p-i)(M) / i!, and on [-M, M] its largest"
        " relative error is exactly P[Poisson(2M) >= p+1], at x = M, for every p.",
        "e^(-x) e^(-M) T_p(x+M) = P[Poisson(x+M) <= p], which decreases in x.",
        SHIFTED,
        error_at_minus_m,
        orders,
    ),
)
