"""What the certificate by moments knows of each query, and what its errors are made of (module `moments`)."""

from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

import numpy as np

from attention.rounding import U64, WIDEN, gamma

LARGEST = 50.0
"""Exponents beyond this are of no use here."""


class Size(NamedTuple):
    """Of each query, or at least of all of them: s |q|, |u| with its rounding, and s sum_c |q_c| max_j |y_jc|."""

    norm: Any
    whitened: Any
    columns: Any


@dataclass(frozen=True)
class Deviation:
    """What dev_i is made of: the spread, the largest e_c and the largest d_c of the module's text."""

    spread: float
    extent: float
    sd: float

    def of(self, mu_2: Any, M: Any, b: float) -> Any:
        grown = np.expm1(M) / np.maximum(M, 1e-300)
        return np.minimum(self.spread, self.extent + np.exp(b) * self.sd * np.sqrt(mu_2) * np.maximum(grown, 1.0)) * WIDEN


def remainder(M: Any, g: int) -> Any:
    """At least R = sum_k M^k (g+1)!/(g+1+k)! for M >= 0; infinite for all where one M is beyond LARGEST."""
    total, term, k = np.zeros_like(M), np.ones_like(M), 0
    largest = float(np.max(M, initial=0.0))
    if not largest <= LARGEST:
        return np.full_like(M, inf)
    while k < 8 or largest > (g + 2 + k) / 2:  # what follows is less than twice its first term then
        total = total + term
        k += 1
        term = term * M / (g + 1 + k)
    return (total + 2 * term) * WIDEN


def lost(p: int, d: int, m: int) -> float:
    """What sums of m products of 2p coordinates lose to rounding, of their trace."""
    return gamma(m + 2 * p * (d + 4), U64)
