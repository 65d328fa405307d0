"""Extents of the columns of an (n, d) array, in one parallel pass each."""

import numba
import numpy as np

from instances.coded import Floats
from instances.compiling import njit, thread_count


def extents(X: Floats) -> Floats:
    """(3, d): the least, the largest and the mean entry of each column, n >= 1. A mean may overflow to an infinity."""
    found = np.empty((thread_count(), 3, X.shape[1]))
    _extents(X, found)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.stack([found[:, 0].min(axis=0), found[:, 1].max(axis=0), found[:, 2].sum(axis=0)])


def largest_norm(X: Floats, centre: Floats, factor: Floats) -> float:
    """max_i ||factor (X_i - centre)||_2."""
    found = np.zeros(thread_count())
    _largest_norm(X, centre, factor, found)
    return float(np.sqrt(found.max()))


def deviations(X: Floats, centre: Floats, factor: Floats) -> Floats:
    """(4, d): the least and the largest entry of each column, and the sums of factor_c (X_ic - centre_c) and of its absolute
    value, n >= 1.
    """
    found = np.zeros((thread_count(), 4, X.shape[1]))
    _deviations(X, centre, factor, found)
    low, high, total, size = found.transpose(1, 0, 2)
    return np.stack([low.min(axis=0), high.max(axis=0), total.sum(axis=0), size.sum(axis=0)])


@njit()
def _rows(n: int, part: int, parts: int) -> range:
    """The rows of one of the parts."""
    return range(n * part // parts, n * (part + 1) // parts)


@njit(parallel=True)
def _extents(X: Floats, found: Floats) -> None:
    for part in numba.prange(len(found)):
        found[part, 0], found[part, 1], found[part, 2] = np.inf, -np.inf, 0
        for i in _rows(len(X), part, len(found)):
            for c in range(X.shape[1]):
                found[part, 0, c] = min(found[part, 0, c], X[i, c])
                found[part, 1, c] = max(found[part, 1, c], X[i, c])
                found[part, 2, c] += X[i, c] / len(X)


@njit(parallel=True)
def _largest_norm(X: Floats, centre: Floats, factor: Floats, found: Floats) -> None:
    for part in numba.prange(len(found)):
        for i in _rows(len(X), part, len(found)):
            total = 0.0
            for c in range(X.shape[1]):
                total += ((X[i, c] - centre[c]) * factor[c]) ** 2
            found[part] = max(found[part], total)


@njit(parallel=True)
def _deviations(X: Floats, centre: Floats, factor: Floats, found: Floats) -> None:
    for part in numba.prange(len(found)):
        low, high, total, size = found[part]
        low[:], high[:] = np.inf, -np.inf
        for i in _rows(len(X), part, len(found)):
            for c in range(X.shape[1]):
                x = (X[i, c] - centre[c]) * factor[c]
                low[c], high[c] = min(low[c], X[i, c]), max(high[c], X[i, c])
                total[c] += x
                size[c] += abs(x)
