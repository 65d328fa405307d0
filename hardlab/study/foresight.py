"""What `polynomial` needs and how long it should take, whether or not it runs: degree, rank, predicted crossover.

Letters: |exponents| <= M, d columns, `error` the additive error wanted for V in [-1, 1], g the degree, r = binom(d + g, g).
"""

from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from math import nan, sqrt

import numpy as np

from attention.columns import Columns
from attention.costs import polynomial_seconds, softmax_seconds
from attention.exp_polynomial import ExpPolynomial
from attention.polynomial.known import Scores, Values
from attention.polynomial.monomials import rank
from attention.polynomial.plan import MAX_RANGE, Plan
from attention.polynomial.polynomial import Polynomial, approximation
from attention.polynomial.rounding import Ranges
from instances.faults import Declined

SPREAD = 2.0
"""max V - min V for V in [-1, 1]."""

GRID = tuple(2.0 ** (i / 32) for i in range(-6 * 32, 4 * 32 + 1) if 2.0 ** (i / 32) <= MAX_RANGE)
"""The M, up to MAX_RANGE, among which a boundary is looked for: 1.1% apart in B."""


def least_polynomial(algorithm: Polynomial, M: float, spread: float = SPREAD) -> ExpPolynomial | None:
    """The P of least degree whose certified error is small enough on [-M, M]; None beyond +-MAX_RANGE, or where none is."""
    if not M <= MAX_RANGE:
        return None
    found = (algorithm.expansion(M, g) for g in algorithm.degrees)
    return next((P for P in found if approximation(P, spread) <= algorithm.error), None)


def foreseen(algorithm: Polynomial, scores: Scores, values: Values, ranges: Ranges) -> Plan | None:
    """The plan that the algorithm would make if no rank were too large for it; None where float64 cannot hold the promise."""
    if not scores.M <= MAX_RANGE:
        return None
    try:
        return algorithm.least(scores, values, ranges)
    except Declined:
        return None


@lru_cache(maxsize=4096)
def rank_needed(d: int, M: float, error: float) -> int | None:
    """r for the least degree that is enough; None where none is."""
    P = least_polynomial(Polynomial(error), M)
    return None if P is None else rank(d, P.g)


def rank_boundary(n: float, d: int, error: float) -> float:
    """The largest M (of GRID) whose rank r is at most n: the contour r = n. NaN where there is none."""

    def within(M: float) -> bool:
        r = rank_needed(d, M, error)
        return r is not None and r <= n

    return _last(within)


def time_boundary(n: int, d: int, error: float) -> float:
    """The largest M (of GRID) at which polynomial should take no longer than softmax, n = m and v = d. NaN where none."""
    by_definition = softmax_seconds(n, n, d, d, "float64")

    def faster(M: float) -> bool:
        plan = _typical(n, d, M, error)
        return plan is not None and polynomial_seconds(n, n, d, d, plan.columns.count, plan.g, plan.h) <= by_definition

    return _last(faster)


def _typical(n: int, d: int, M: float, error: float) -> Plan | None:
    """The plan for uniform entries with exponents up to M, their mean as far from 0 as it typically is."""
    columns = Columns(np.zeros((1, d)), np.zeros(d), np.ones(d))
    scores = Scores(M, M / sqrt(n), np.zeros(d), np.ones(d), np.ones(d))
    values = Values(columns, np.zeros(columns.count), SPREAD, np.ones(d), np.full(d, 0.5))
    ranges = Ranges(d=d, m=n, b=scores.b, mu=0.5, Y=1.0, mean=0.0, sigma=1.0, residue=0.0)
    return foreseen(Polynomial(error), scores, values, ranges)


def _last(holds: Callable[[float], bool]) -> float:
    """The last M of GRID at which `holds`, which does below some M and does not above."""
    place = bisect_right(GRID, False, key=lambda M: not holds(M))
    return GRID[place - 1] if place else nan
