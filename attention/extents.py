"""Extents of the columns of an (n, d) array, in one parallel pass each.

The rows are taken some at a time, as strips: the kernels work on all numbers of a strip at once, and what they find for each
place of it is folded into columns here.
"""

import numba
import numpy as np

from attention.aligned import aligned
from attention.lanes import larger, load, plus, smaller, splat, store, times
from instances.coded import Floats, column_extremes, strips
from instances.compiling import njit, thread_count

EACH = 8
"""Rows of a strip where its numbers are worked on by vectors, whatever their number of columns."""


def extents(X: Floats) -> Floats:
    """(3, d): the least, the largest and the mean entry of each column, n >= 1. A mean may overflow to an infinity."""
    wide, rest = strips(X)
    found = np.empty((thread_count(), 3, wide.shape[1]))
    _extents(wide, 1 / len(X), found)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.stack([*_ends(found, rest), _sums(found[:, 2], X.shape[1]) + (rest * (1 / len(X))).sum(axis=0)])


def largest_norm(X: Floats, centre: Floats, factor: Floats) -> float:
    """max_i ||factor (X_i - centre)||_2."""
    found = np.zeros(thread_count())
    _largest_norm(X, centre, factor, found)
    return float(np.sqrt(found.max()))


def deviations(X: Floats, centre: Floats, factor: Floats) -> Floats:
    """(4, d): the least and the largest entry of each column, and the sums of factor_c (X_ic - centre_c) and of its absolute
    value, n >= 1.
    """
    d = X.shape[1]
    whole = len(X) // EACH
    found = aligned((thread_count(), 4 * EACH * d), np.float64)
    flat, shift = np.ascontiguousarray(X).reshape(-1), (np.tile(x, EACH) for x in (-centre, factor))
    _deviations(flat, whole, *shift, found)
    found, rest = found.reshape(len(found), 4, EACH * d), X[whole * EACH :]
    total, size = (_sums(found[:, place], d) for place in (2, 3))
    y = (rest - centre) * factor
    return np.stack([*_ends(found, rest), total + y.sum(axis=0), size + np.abs(y).sum(axis=0)])


def _ends(found: Floats, rest: Floats) -> tuple[Floats, Floats]:
    """(d,) each: the least of (parts, 0, L) and the largest of (parts, 1, L), and of the rows that are left over."""
    d = rest.shape[1]
    low, high = (found[:, place].reshape(-1, d) if d else np.zeros((1, 0)) for place in (0, 1))
    least, most = column_extremes(rest)
    return np.minimum(low.min(axis=0), least), np.maximum(high.max(axis=0), most)


def _sums(found: Floats, d: int) -> Floats:
    """(d,) sums of (parts, L)."""
    return found.reshape(-1, d).sum(axis=0) if d else np.zeros(0)


@njit()
def _rows(n: int, part: int, parts: int) -> range:
    """The rows of one of the parts."""
    return range(n * part // parts, n * (part + 1) // parts)


@njit(parallel=True)
def _extents(X: Floats, weight: float, found: Floats) -> None:
    for part in numba.prange(len(found)):
        low, high, total = found[part]
        low[:], high[:], total[:] = np.inf, -np.inf, 0
        for i in _rows(len(X), part, len(found)):
            for c in range(X.shape[1]):
                x = X[i, c]
                low[c] = x if x < low[c] else low[c]
                high[c] = x if x > high[c] else high[c]
                total[c] += x * weight


@njit(parallel=True)
def _largest_norm(X: Floats, centre: Floats, factor: Floats, found: Floats) -> None:
    for part in numba.prange(len(found)):
        for i in _rows(len(X), part, len(found)):
            total = 0.0
            for c in range(X.shape[1]):
                total += ((X[i, c] - centre[c]) * factor[c]) ** 2
            found[part] = max(found[part], total)


@njit(parallel=True)
def _deviations(X: Floats, strips: int, centre: Floats, factor: Floats, found: Floats) -> None:
    wide = len(centre)
    for part in numba.prange(len(found)):
        of = found[part]
        of[:wide], of[wide : 2 * wide], of[2 * wide :] = np.inf, -np.inf, 0
        for i in _rows(strips, part, len(found)):
            for c in range(0, wide, EACH):
                x = load(X, i * wide + c)
                y = times(plus(x, load(centre, c)), load(factor, c))
                store(of, c, smaller(load(of, c), x))
                store(of, wide + c, larger(load(of, wide + c), x))
                store(of, 2 * wide + c, plus(load(of, 2 * wide + c), y))
                store(of, 3 * wide + c, plus(load(of, 3 * wide + c), larger(y, times(y, splat(-1.0)))))
