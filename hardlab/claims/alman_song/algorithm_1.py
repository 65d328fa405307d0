"""Alman and Song, Theorem 3.7 (E11) and Algorithm 1: attention with a polynomial in place of exp.

Numbers in cases are fractions as text, or floats for coefficients; sums of powers are exact, and e^x is a ball.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import pairwise
from math import factorial, prod
from typing import Any

import numpy as np
from flint import arb, fmpq_mat

from attention.exp_polynomial import MAX_DEGREE, certified, minimax
from hardlab.claims.alman_song.definitions_1 import beyond, inputs_of, random_inputs
from hardlab.claims.alman_song.lemma_3_2 import exponents
from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.numbers import Rows, ball, dot, largest, power, rational
from hardlab.claims.stating import Checked, stated
from instances.exact import sign

MOST_COEFFICIENTS = 20
"""Coefficients of the longest P."""

Accuracy = Callable[[Fraction, Fraction], Fraction]
"""The relative error of P on [-B^2, B^2], from eps and B."""

Algorithm = Callable[[Rows, Rows, Rows, Sequence[float]], Rows]
"""T from Q, K, V and the coefficients of P."""


def as_printed(eps: Fraction, B: Fraction) -> Fraction:
    """The accuracy that Theorem 3.7 and Algorithm 1 ask of P."""
    return eps


def halved(eps: Fraction, B: Fraction) -> Fraction:
    """The accuracy that Lemma 3.6 needs."""
    return eps / (2 * B)


def algorithm_1(Q: Rows, K: Rows, V: Rows, coefficients: Sequence[float]) -> Rows:
    """Lines 6 to 12, with the monomial features of E4-rank and all sums exact."""
    d, g = len(Q[0]), len(coefficients) - 1
    indices = [alpha for weight in range(g + 1) for alpha in exponents(d, weight)]
    weights = [Fraction(coefficients[sum(a)]) * _multinomial(a) / d ** sum(a) for a in indices]
    U1 = _matrix([[w * power(q, a) for w, a in zip(weights, indices, strict=True)] for q in Q])
    U2 = _matrix([[power(k, a) for a in indices] for k in K])
    mass = U1 * (U2.transpose() * _matrix([[Fraction(1)]] * len(K)))
    sums = U1 * (U2.transpose() * _matrix(V))
    return [[Fraction(str(sums[i, j] / mass[i, 0])) for j in range(sums.ncols())] for i in range(sums.nrows())]


def output_within(formulas: Accuracy, case: Case) -> Finding:
    """|T - Att| <= eps for T = diag(A~ 1)^-1 A~ V, A~ = P(Q K^T / d), P as accurate as formulas(eps, B) asks."""
    (Q, K, V), B, eps, P = inputs_of(case), Fraction(case["B"]), Fraction(case["eps"]), [float(p) for p in case["P"]]
    if why := beyond(Q, K, V) or _beyond(B, eps, len(P)):
        return outside(why)
    if largest([*Q, *K, *V]) > B:
        return outside("an entry above B")
    eta, asked = certified(float(B**2), P).eta, formulas(eps, B)
    if not (eta <= asked and asked < Fraction(1, 10)):
        return outside(f"P has relative error {eta:.6g}, asked is {float(asked):.6g}")
    error = _error(Q, K, V, algorithm_1(Q, K, V, P), eps)
    return found(error is None, f"P within {eta:.6g}; " + (error or f"all entries within {eps}"))


def promise(formulas: Algorithm, case: Case) -> Finding:
    """|T - Att| <= eps, with P of the least degree found for relative error eps/(2B) on [-B^2, B^2]."""
    (Q, K, V), B, eps = inputs_of(case), Fraction(case["B"]), Fraction(case["eps"])
    if why := beyond(Q, K, V) or _beyond(B, eps, 0):
        return outside(why)
    if not (eps / (2 * B) < Fraction(1, 10) and largest([*Q, *K, *V]) <= B):
        return outside("an entry above B, or eps too large")
    P = next(P for g in range(MAX_DEGREE + 1) if (P := minimax(float(B**2), g)).eta <= eps / (2 * B))
    error = _error(Q, K, V, formulas(Q, K, V, P.coefficients), eps)
    return found(error is None, f"degree {P.g}: " + (error or f"all entries within {eps}"))


def _beyond(B: Fraction, eps: Fraction, coefficients: int) -> str:
    """Why a case is outside, or nothing."""
    if not (B > 1 and eps > 0):
        return "B <= 1 or eps <= 0"
    return "too large to check here" if B > 3 or eps < Fraction(1, 10**4) or coefficients > MOST_COEFFICIENTS else ""


def _error(Q: Rows, K: Rows, V: Rows, T: Rows, eps: Fraction) -> str | None:
    """The first entry of T that is not within eps of attention, from its definition."""

    def distance(i: int, c: int) -> arb:
        weights = [ball(dot(Q[i], k) / len(Q[0])).exp() for k in K]
        exact = sum((w * ball(v[c]) for w, v in zip(weights, V, strict=True)), arb(0)) / sum(weights, arb(0))
        return abs(exact - ball(T[i][c]))

    def slack(i: int, c: int) -> arb:
        return ball(eps) - distance(i, c)

    for i in range(len(T)):
        for c in range(len(T[0])):
            if sign(partial(slack, i, c)) < 0:
                return f"|T - Att| = {distance(i, c).str(6, radius=False)} at ({i}, {c}), eps = {eps}"
    return None


def _multinomial(alpha: Sequence[int]) -> int:
    """|alpha|! / alpha!."""
    return factorial(sum(alpha)) // prod(map(factorial, alpha))


def _matrix(rows: Rows) -> fmpq_mat:
    return fmpq_mat([[rational(x) for x in row] for row in rows])


def alternating_inputs() -> Iterator[Case]:
    """n keys at two exponents where P e^-x - 1 has opposite signs: eps is the error eta of P, then 0.95 eta B, then 2 eta B."""
    for level in ("1", "0.95 B", "2 B"):
        for B, degrees in (("3/2", (4, 5)), ("2", (6, 7, 8)), ("3", (12, 14))):
            for g in degrees:
                yield _alternating(Fraction(B), g, Fraction(level.split()[0]) * (Fraction(B) if "B" in level else 1))


def _alternating(B: Fraction, g: int, factor: Fraction) -> dict[str, Any]:
    """P of degree g with rounded coefficients and error eta, and eps just above factor eta."""
    P = [round(p, g + 1 if g < 6 else g + 6) for p in minimax(float(B**2), g).coefficients]
    eps = Fraction(certified(float(B**2), P).eta) * factor
    unit = Fraction(1, 10 ** (g - 1))
    x = np.linspace(-float(B), float(B), 401)
    h = np.polyval(P[::-1], x * float(B)) * np.exp(-x * float(B)) - 1
    peaks = [i for i in range(401) if abs(h[i]) >= max(abs(h[max(i - 1, 0)]), abs(h[min(i + 1, 400)]))]
    i, j = min(pairwise(peaks), key=lambda pair: x[pair[1]] - x[pair[0]])
    copies = max(1, round(float(np.exp(float(B) * (x[j] - x[i])))))  # of the lower key, so that the masses are about equal
    low, high = ([str(Fraction(round(float(x[k]) * 100), 100))] for k in (i, j))
    keys, values = [low] * copies + [high], [[str(-B)]] * copies + [[str(B)]]
    return {"Q": [[str(B)]] * len(keys), "K": keys, "V": values, "B": str(B), "eps": str((eps // unit + 1) * unit), "P": P}


CLAIMS = stated(
    __file__,
    Checked("E11-accuracy", output_within, alternating_inputs, printed=as_printed, mended=halved, recorded=Verdict.FAILS),
    Checked("Algorithm-1", promise, random_inputs, printed=algorithm_1),
)
