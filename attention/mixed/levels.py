"""Polynomials for relative errors 2^-level of e^x, level = 1, 2, ...: how far from 0 one of degree g may go.

`reach` says it by a formula that errs on the short side, and nothing hangs on it but time: what is used is certified
(`coefficients`, module `exp_polynomial`). The formula is Chebyshev's remainder with a correction, for the largest M with

    2 (M/2)^(g+1)/(g+1)! e^(M^2/(4(g+2))) <= .999 2^-level - 2^-47,

the last for the rounding of coefficients, and the factor for those that are not the very best.
"""

from collections.abc import Callable
from math import comb, lgamma, log, sqrt

import numpy as np
from numpy.typing import NDArray

from attention.exp_polynomial import minimax
from instances.coded import Floats
from instances.faults import Declined
from instances.kept import kept

DEGREES = (16, 14, 12, 8, 6, 4)
"""The highest degrees that are tried in 1, 2, ... dimensions; the last in more."""

RANK = 5000
"""The most features of a polynomial: threads hold the sums of all of them."""


def highest(d: int) -> int:
    """The highest degree that is tried in d dimensions."""
    most = DEGREES[min(d, len(DEGREES)) - 1]
    return max(g for g in range(most + 1) if comb(d + g, g) <= RANK)


def reach(level: int, g: int) -> float:
    """M such that a polynomial of degree g should be within 2^-level of e^x, relatively, on [-M, M]."""
    room = 0.999 * 2.0**-level - 2.0**-47
    if room <= 0:
        return 0.0
    low, high = 1e-30, 64.0
    for _ in range(100):
        M = sqrt(low * high)
        if log(2) + (g + 1) * log(M / 2) - lgamma(g + 2) + M * M / (4 * (g + 2)) <= log(room):
            low = M
        else:
            high = M
    return low


@kept(64)
def reaches(levels: int, g: int, most: float) -> Floats:
    """(levels + 1, g + 1): `reach` of every level, from 1 on, and degree up to g, `most` at most."""
    found = np.zeros((levels + 1, g + 1))
    for level in range(1, levels + 1):
        found[level] = [min(most, reach(level, k)) for k in range(g + 1)]
    return found


def widest(off: Callable[[float], float], wanted: float) -> tuple[float, float]:
    """The largest range M of 4, 2, ..., 1/4 for which sums are `off` by no more than is wanted, or the last; and by what."""
    M = 4.0
    while M > 0.25 and off(M) > wanted:
        M /= 2
    return M, off(M)


def coefficients(M: Floats, used: NDArray[np.bool_]) -> Floats:
    """(levels, degrees, degrees): of the polynomials that are used, p_0 to p_g, certified on [-M, M] for their level.

    Errors: `Declined` where one of them is not near enough.
    """
    found = np.zeros((*M.shape, M.shape[1]))
    for level, g in np.argwhere(used).tolist():
        P = minimax(float(M[level, g]), g)
        if not P.eta <= 2.0**-level:
            raise Declined(f"no polynomial of degree {g} is within 2^-{level} of the exponential up to {M[level, g]:.4g}")
        found[level, g, : len(P.coefficients)] = P.coefficients
    return found
