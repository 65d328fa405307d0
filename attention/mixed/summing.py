"""Sums over all pairs of two trees: planned by counting (`planned`), and carried out (`sums`)."""

from collections.abc import Callable
from dataclasses import dataclass
from math import comb
from typing import Any

import numba
import numpy as np

from attention.aligned import aligned
from attention.mixed.counting import count, shares
from attention.mixed.levels import coefficients
from attention.mixed.pairs import laid_out
from attention.mixed.tasks import items, tasks
from attention.mixed.trees import TILE, Tree
from attention.mixed.walk import Rule, Side, first_pairs
from attention.polynomial.monomials import monomials
from instances.bits import Ints
from instances.coded import Floats
from instances.compiling import njit, thread_count

DEPTH = 7
"""The level of the tree of queries whose nodes are tasks; keys of pairs above it are summed before, once for all tasks."""

ITEM = 1 << 14
"""Keys that are summed at a time, of a pair above the tasks."""

ABOVE = 1 << 23
"""The most numbers that sums of pairs above the tasks may take; what is more is left to the tasks."""

WIDTHS = (2, 3, 4, 9)
"""Columns that a kernel sums at once."""

AT_ONCE = 16
"""Tasks, spread over all rows, that are counted first: they foretell the others."""

FORETOLD = 1.5
"""Others are not counted where as many of the budgets are foretold."""


@dataclass(frozen=True)
class Work:
    """What is decided above the tasks, what the tasks begin with, and what all of it should take on one core.

    Task t has the queries of node nodes[t] and begins with the pairs firsts[starts[t]] to firsts[starts[t + 1] - 1].
    """

    rule: Rule
    queries: Tree
    keys: Tree
    above: Ints
    nodes: Ints
    firsts: Ints
    starts: Ints
    seconds: Floats
    p: Floats
    used: Any
    by_polynomial: int
    by_definition: int

    @property
    def total(self) -> float:
        return float(self.seconds.sum())

    def worst(self, off: Callable[[float, int, int, Floats], float]) -> float:
        """The largest of what sums by a polynomial that is used are off by, of its M, degree, rank and coefficients."""
        d, M = self.queries.d, self.rule.reaches
        used = np.argwhere(self.used).tolist()
        return max((off(float(M[level, g]), g, comb(d + g, d), self.p[level, g]) for level, g in used), default=0.0)


def planned(rule: Rule, queries: Tree, keys: Tree, columns: int, budget: float) -> Work | float:
    """The work, or its seconds where they are more than `budget`: those counted until then, or foretold by some of the tasks.
    Errors: those of `coefficients`.
    """
    Q, K = Side.of(queries), Side.of(keys)
    depth = min(DEPTH, int(queries.level.max()))
    held = (queries.level == depth) | ((queries.left < 0) & (queries.level < depth))
    above, firsts = first_pairs(rule, Q, K, held)
    most = ABOVE // (len(monomials(queries.d, rule.reaches.shape[1] - 1).last) * columns)
    nodes = np.flatnonzero(held)
    if len(above) > most:
        late = [
            (t, B)
            for A, B, _, _ in above[most:].tolist()
            for t in nodes[(Q.start[A] <= Q.start[nodes]) & (Q.stop[nodes] <= Q.stop[A])]
        ]
        firsts, above = np.concatenate([firsts, np.array(late, np.int64)]), above[:most]
    firsts = firsts[np.argsort(firsts[:, 0], kind="stable")]
    starts = np.append(np.searchsorted(firsts[:, 0], nodes), len(firsts))
    seconds, pairs = np.zeros(len(nodes)), np.zeros((len(nodes), 2), np.int64)
    used = np.zeros((thread_count(), *rule.reaches.shape), np.bool_)
    rows = Q.stop[nodes] - Q.start[nodes]
    shares(rule, Q, K, above, nodes, seconds, used[0])
    allowed, before = 8 * budget * rows / rows.sum(), float(seconds.sum())
    some = np.argsort(Q.start[nodes], kind="stable")[:: max(1, len(nodes) // AT_ONCE)]
    for these in (some, np.setdiff1d(np.arange(len(nodes)), some)):
        count(rule, Q, K, firsts, starts, these, allowed, seconds, used, pairs)
        counted = float(seconds.sum())
        if counted > budget:
            return counted
        foretold = before + (counted - before) * float(rows.sum() / rows[some].sum())
        if these is some and foretold > FORETOLD * budget:
            return foretold
    marked: Any = used.any(axis=0)
    by_polynomial, by_definition = (int(x) for x in pairs.sum(axis=0))
    return Work(
        rule, queries, keys, above, nodes, firsts, starts, seconds, coefficients(rule.reaches, marked), marked,
        by_polynomial + len(above), by_definition,
    )  # fmt: skip


def sums(work: Work, shifts: Floats, values: Floats, columns: int) -> Floats:
    """In tiles as `values` are, the sums over all keys of 2^(x_ij - shift_i) and the columns of values of key j."""
    rule, queries, keys = work.rule, work.queries, work.keys
    Q, K = Side.of(queries), Side.of(keys)
    m, threads = monomials(queries.d, work.p.shape[1] - 1), thread_count()
    order = np.argsort(-work.seconds, kind="stable")
    dealt = np.full((threads, -(-len(order) // threads)), -1)
    for place, task in enumerate(order.tolist()):
        dealt[place % threads, place // threads] = task
    result = np.zeros(queries.places * columns)
    tasks(
        rule, Q, K, work.above, _summed(work, Q, K, values, columns), work.nodes, work.firsts, work.starts, dealt,
        queries.tiles, shifts, keys.tiles, values, laid_out(K, keys.tiles, values, rule.curve, columns), work.p, m.last,
        m.degree, m.multiplicity, m.starts, result, (0.0,) * columns,
    )  # fmt: skip
    return result


def _summed(work: Work, Q: Side, K: Side, values: Floats, columns: int) -> Floats:
    """(pairs above the tasks, r columns): the sums over their keys, times the coefficients."""
    above, m = work.above, monomials(work.queries.d, work.p.shape[1] - 1)
    r = len(m.last)
    found = np.zeros((len(above), r * columns))
    some = max(1, ABOVE // (r * columns))
    cut = [
        (n, k, min(k + ITEM, K.stop[B])) for n, B in enumerate(above[:, 1].tolist()) for k in range(K.start[B], K.stop[B], ITEM)
    ]
    for first in range(0, len(cut), some):
        these = np.array(cut[first : first + some])
        parts = np.zeros((len(these), r * columns))
        items(work.rule, Q, K, above, these, work.keys.tiles, values, m.last, m.starts, parts, (0.0,) * columns)
        np.add.at(found, these[:, 0], parts)
    weights = work.p[above[:, 2], above[:, 3]][:, m.degree] * m.multiplicity
    found *= np.repeat(weights, columns, axis=1)
    return found


def outputs(work: Work, shifts: Floats, V: Floats, middle: Floats, unit: Floats) -> tuple[Floats, Floats]:
    """(n, v): the quotients of the sums of V about its middle and of the weights, WIDTHS columns at a time; (n,) the sums of
    the weights, in the order of places.
    """
    v, queries, keys = V.shape[1], work.queries, work.keys
    width = min(WIDTHS, key=lambda w: (-(-(v + 1) // w) * (w + 2), w))
    T, D = aligned((queries.n, v)), np.empty(queries.n)
    for first in range(v // width * width, -1, -width):  # the last columns first, with the weights
        values = np.zeros((keys.places // TILE, width, TILE))
        _values(V, middle, 1 / unit, keys.order, first, values)
        found = sums(work, shifts, values.reshape(-1), width)
        _quotients(found.reshape(-1, width, TILE), queries.order, first, middle, unit, D, T)
    return T, D


def placed(keys: Tree, rows: Floats) -> Floats:
    """Rows that go with the points of a tree, in tiles as they are; 0 in the places that are filled up."""
    columns = rows.shape[1]
    values = np.zeros((keys.places // TILE, columns, TILE))
    flat = np.zeros((keys.places, columns))
    flat[: keys.n] = rows[keys.order]
    values[:] = flat.reshape(-1, TILE, columns).transpose(0, 2, 1)
    return values.reshape(-1)


@njit(parallel=True)
def _values(V: Floats, middle: Floats, inverse: Floats, order: Ints, first: int, values: Floats) -> None:
    """Columns first, first + 1, ... of (V - middle) inverse and a column of ones, in places; 0 beyond and where none is."""
    m, v = V.shape
    for t in numba.prange(len(values)):
        for j in range(min(TILE, m - TILE * t)):
            i = order[TILE * t + j]
            for c in range(first, min(first + values.shape[1], v + 1)):
                values[t, c - first, j] = (V[i, c] - middle[c]) * inverse[c] if c < v else 1.0


@njit(parallel=True)
def _quotients(sums: Floats, order: Ints, first: int, middle: Floats, unit: Floats, D: Floats, T: Floats) -> None:
    n, v = T.shape
    for t in numba.prange(len(sums)):
        for j in range(min(TILE, n - TILE * t)):
            place = TILE * t + j
            if first <= v < first + sums.shape[1]:
                D[place] = sums[t, v - first, j]
            for c in range(first, min(first + sums.shape[1], v)):
                T[order[place], c] = middle[c] + unit[c] * (sums[t, c - first, j] / D[place])
