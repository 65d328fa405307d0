"""Which rows and keys are long, by what it should cost. Nothing hangs on it but time."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import inf, lgamma, log

import numpy as np

from attention.costs import polynomial_seconds, softmax_seconds
from attention.polynomial.plan import MAX_RANGE
from instances.coded import Floats
from instances.task import Attention

LEVELS = 24
"""Thresholds that are tried on either side."""

MOST = 0.25
"""The part of the queries, and of the keys, that may be long."""

DEGREES = range(1, 25)


@dataclass(frozen=True)
class Thresholds:
    """Norms of queries and of keys about a centre, both falling: which of them are long."""

    inputs: Attention
    error: float
    queries: Floats
    keys: Floats

    @cached_property
    def spread(self) -> float:
        """The largest max V_c - min V_c."""
        V = self.inputs.V
        with np.errstate(over="ignore"):
            return float((V.max(axis=0) - V.min(axis=0)).max(initial=0.0))

    def degree(self, M: float) -> int:
        """About the least degree for exponents within +-M, by Chebyshev's remainder 2 (M/2)^(g+1)/(g+1)!; 0 without any."""
        room = log(self.error) - log(max(self.spread, 1e-300)) - M / 2
        half = log(max(M, 1e-300) / 2)
        return next((g for g in DEGREES if (g + 1) * half - lgamma(g + 2) <= room), 0)

    def rest(self, n: int, m: int) -> float:
        """The seconds that all but a quarter of n rows and m keys should take, where these are a sample of them; infinite where
        they are not short either.
        """
        d, v = self.inputs.d, self.inputs.V.shape[1]
        with np.errstate(over="ignore", invalid="ignore"):
            q, k = self.queries[int(MOST * len(self.queries))], self.keys[int(MOST * len(self.keys))]
            M = float(abs(self.inputs.scale) * q * k)
        g = self.degree(M) if M <= MAX_RANGE else 0
        return by_definition(0, n, 0, m, d, v)[2] + polynomial_seconds(n, m, d, v, v + 1, g, 1) if g else inf

    def least(self) -> tuple[int, int]:
        """How many rows and keys should be long, by predicted seconds; all of them where others are never short."""
        n, m, d, v = len(self.queries), len(self.keys), self.inputs.d, self.inputs.V.shape[1]
        found = (inf, n, m)
        for a, b in product(_levels(n), _levels(m)):
            M = float(abs(self.inputs.scale) * self.queries[a] * self.keys[b])
            g = self.degree(M) if M <= MAX_RANGE else 0
            if g:
                exactly = sum(by_definition(a, n - a, b, m - b, d, v))
                found = min(found, (exactly + polynomial_seconds(n - a, m - b, d, v, v + 1, g, 1), a, b))
        return found[1:]


def by_definition(exact: int, others: int, heavy: int, light: int, d: int, v: int) -> tuple[float, float, float]:
    """Of long rows, of long keys, and of sorting both."""
    n, m = exact + others, heavy + light
    sorting = 1e-3 + (n + m) * (1e-7 + 2e-9 * (d + v))
    by_rows, by_keys = softmax_seconds(exact, m, d, v, "float64"), softmax_seconds(others, heavy, d, v, "float64")
    return by_rows if exact else 0.0, by_keys if heavy else 0.0, sorting


def _levels(count: int) -> list[int]:
    """Numbers of long rows that are tried, from none to a part of all."""
    most = int(MOST * count)
    return sorted({0, *(int(x) for x in np.geomspace(1, most, LEVELS))} if most else {0})
