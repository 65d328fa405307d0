"""Passes over the rows of a split, each in one go, in parallel: some rows put together, sums merged."""

from math import log
from typing import Any

import numba
import numpy as np

from attention.aligned import aligned
from attention.exact.partial import Partial
from attention.polynomial.plan import Plan
from instances.coded import Floats
from instances.compiling import njit

CHUNK = 1024
"""Rows that a thread takes at a time."""


def taken(X: Floats, rows: Any) -> Floats:
    """X[rows], as `np.take` gives it."""
    found: Floats = aligned((len(rows), X.shape[1]))
    _take(X, rows, found)
    return found


def lengths(X: Floats, centre: Floats) -> Floats:
    """(n,) norms of the rows less the centre."""
    found = np.empty(len(X))
    _lengths(X, centre, found)
    return found


def merge(
    of: Plan, count: int, scale: float, Q: Floats, sums: Floats, heavy: Partial | None, rows: Any, T: Floats
) -> tuple[Floats, Floats]:  # fmt: skip
    """Write to T[rows] the attention of the rows Q: `sums` are what `polynomial.running.sums` gives for `count` keys by the
    plan `of`, V about its mean; the sums over the other keys, if there are any, are `heavy`.

    The peak of the first is scale <q, c>/ln 2, c the plan's centre; then both are merged as `exact.partial.merged` does. Peaks
    and masses of these rows are given back.
    """
    columns, v = of.columns, len(of.columns.mean)
    constants = of.P.coefficients[0] * of.constants
    none: Partial = (np.empty(0), np.empty(0), np.empty((0, v)))
    centre, unit = of.scores.centre * (scale / log(2)), columns.unit
    most, mass = np.empty((2, len(Q)))
    given = none if heavy is None else heavy
    _merge(Q, centre, float(count), sums, constants, unit, columns.mean, *given, rows, T, most, mass)
    return most, mass


@njit(parallel=True)
def _take(X: Floats, rows: Any, found: Floats) -> None:
    for chunk in numba.prange((len(rows) + CHUNK - 1) // CHUNK):
        for i in range(chunk * CHUNK, min(len(rows), (chunk + 1) * CHUNK)):
            for c in range(X.shape[1]):
                found[i, c] = X[rows[i], c]


@njit(parallel=True)
def _lengths(X: Floats, centre: Floats, found: Floats) -> None:
    for chunk in numba.prange((len(X) + CHUNK - 1) // CHUNK):
        for i in range(chunk * CHUNK, min(len(X), (chunk + 1) * CHUNK)):
            total = 0.0
            for c in range(X.shape[1]):
                total += (X[i, c] - centre[c]) ** 2
            found[i] = np.sqrt(total)


@njit(parallel=True)
def _merge(
    Q: Floats, centre: Floats, count: float, sums: Floats, constants: Floats, unit: Floats, mean: Floats,
    peaks: Floats, masses: Floats, weighted: Floats, rows: Any, T: Floats, tops: Floats, found: Floats,
) -> None:  # fmt: skip
    v = len(mean)
    for chunk in numba.prange((len(rows) + CHUNK - 1) // CHUNK):
        for i in range(chunk * CHUNK, min(len(rows), (chunk + 1) * CHUNK)):
            light, heavy, most = 1.0, 0.0, 0.0
            for a in range(len(centre)):
                most += Q[i, a] * centre[a]
            if len(peaks):
                peak, most = most, max(most, peaks[i])
                light, heavy = np.exp2(peak - most), np.exp2(peaks[i] - most)
            D = count * (sums[i, v] + constants[v]) * light
            if len(peaks):
                D += masses[i] * heavy
            tops[i], found[i] = most, D
            for c in range(v):
                N = count * ((sums[i, c] + constants[c]) * unit[c]) * light
                if len(peaks):
                    N += weighted[i, c] * heavy
                T[rows[i], c] = N / D + mean[c]
