"""Which rows and keys are long, by what it should cost. Nothing hangs on it but time."""

from dataclasses import dataclass
from functools import cached_property
from math import inf, lgamma, log
from typing import Any

import numpy as np

from attention.costs import Count, polynomial_seconds, softmax_seconds
from attention.polynomial.plan import MAX_RANGE
from attention.rounding import MANY, extremes
from instances.bits import Ints
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
        least, most = extremes(self.inputs.V)
        with np.errstate(over="ignore"):
            return float((most - least).max(initial=0.0))

    def degree(self, M: Floats) -> Ints:
        """About the least degree for exponents within +-M, by Chebyshev's remainder 2 (M/2)^(g+1)/(g+1)!; 0 without any."""
        found = np.zeros(M.shape, np.int64)
        room = log(self.error) - log(max(self.spread, 1e-300)) - M / 2
        half = np.log(np.maximum(M, 1e-300) / 2)
        for g in reversed(DEGREES):
            found[((g + 1) * half - lgamma(g + 2) <= room) & (M <= MAX_RANGE)] = g
        return found

    def least(self) -> tuple[int, int]:
        """How many rows and keys should be long, by predicted seconds; all of them where others are never short."""
        n, m = len(self.queries), len(self.keys)
        a, b, seconds = self._tried(n, m)
        best = int(seconds.argmin())
        return (int(a[best]), int(b[best])) if seconds[best] < inf else (n, m)

    def foreseen(self, n: int, m: int) -> float:
        """The least seconds for n rows and m keys of which these are a sample, but for the few long ones that it misses."""
        return float(self._tried(n, m)[2].min())

    def _tried(self, n: int, m: int) -> tuple[Ints, Ints, Floats]:
        """Numbers of long rows and keys here, and the seconds where n rows and m keys are long in the same part; infinite where
        others are not short.
        """
        d, v, rows, keys = self.inputs.d, self.inputs.V.shape[1], len(self.queries), len(self.keys)
        a, b = (x.ravel() for x in np.meshgrid(_levels(rows), _levels(keys), indexing="ij"))
        with np.errstate(over="ignore", invalid="ignore"):
            degrees = self.degree(abs(self.inputs.scale) * self.queries[a] * self.keys[b])
        long, heavy, seconds = a * n // rows, b * m // keys, np.full(len(a), inf)
        for g in set(degrees.tolist()) - {0}:
            at = degrees == g
            others, light = n - long[at], m - heavy[at]
            seconds[at] = polynomial_seconds(others, light, d, v, v + 1, g, 1)
            seconds[at] += sum(by_definition(long[at], others, heavy[at], light, d, v))
        return a, b, seconds


def by_definition(exact: Count, others: Count, heavy: Count, light: Count, d: int, v: int) -> tuple[Any, Any, Any]:
    """Of long rows, of long keys, and of sorting both."""
    n, m = exact + others, heavy + light
    by_rows, by_keys = softmax_seconds(exact, m, d, v, "float64"), softmax_seconds(others, heavy, d, v, "float64")
    return by_rows * (exact > 0), by_keys * (heavy > 0), sorting_seconds(n, m, d, v)


def sorting_seconds(n: Count, m: Count, d: int, v: int) -> Any:
    """Of finding the long rows and laying the others out: the least that a split takes."""
    return 1e-3 + (n + m) * (1e-7 + 2e-9 * (d + v))


def _levels(count: int) -> Ints:
    """Numbers of long rows that are tried, rising, from none to a part of all."""
    most = int(MOST * count)
    return np.array(sorted({0, *(int(x) for x in np.geomspace(1, most, LEVELS))} if most else {0}))


def norms(X: Floats) -> Floats:
    """(n,) Euclidean norms of rows; infinite where a square is."""
    found: Floats = np.sqrt(np.einsum("ic,ic->i", X, X))
    return found


def lengths(X: Floats, centre: Floats | None = None) -> Floats:
    """(n,) norms of the rows less the centre; infinite, or no number, where a square is beyond float64."""
    if X.size >= MANY:
        from attention.mixed.rows import lengths

        return lengths(X, np.zeros(X.shape[1]) if centre is None else centre)
    with np.errstate(over="ignore", invalid="ignore"):
        return norms(X if centre is None else X - centre)


def longest(norms: Floats, count: int) -> tuple[Ints, Ints]:
    """So many of the largest, and the others, both in order."""
    long = np.zeros(len(norms), np.bool_)
    if count:
        long[np.argpartition(norms, len(norms) - count)[len(norms) - count :]] = True
    return np.flatnonzero(long), np.flatnonzero(~long)
