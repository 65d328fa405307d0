"""Fewer columns for Q and K, and a bound on what that does to exponents (derived here).

Letters: c a stored centre, y_j = k_j - c as it is computed, s = |scale|, u = 2^-53; A and W stored d x d matrices, *any*, of
which W is meant to be near A^-1. Of rank r, A_1 are the first r columns of A and W_1 the first r rows of W, A_2 and W_2 the
others. |A| has the absolute values of the entries; q and y without an index are the largest |q_c| and |y_c| of each column.

Queries become q'_i = A_1^T q_i, keys z_j = W_1 y_j, as they are computed. Then for all i and j

    |scale <q_i, k_j - c> - scale <q'_i, z_j>| <= T,
    T = s (max_i |A_2^T q_i| max_j |W_2 y_j| + q^T G y) + 2^-100,      G = |I - A W| + gamma(4d + 10, u) (I + |A| |W|).

*Proof.* k - c = y + e_1 with |e_1| <= 2u |y|, and y = A W y + (I - A W) y: <q, k - c> is the sum of <A_1^T q, W_1 y>, of
<A_2^T q, W_2 y> and of <q, (I - A W) y + e_1>. With q' = A_1^T q + e_2 and z = W_1 y + e_3, |e_2| <= gamma(d, u) |A_1|^T |q|
and |e_3| <= gamma(d, u) |W_1| |y|, <q', z> is off from the first by at most gamma(2d + 1, u) |q|^T |A_1| |W_1| |y|. The second
is bounded by Cauchy and Schwarz, where the vectors that are computed are off by gamma(d, u) |A_2|^T q and gamma(d, u) |W_2| y,
whose norms are added. The computed I - A W is off by at most gamma(d + 1, u) (I + |A| |W|). Entries and sums are below 2^200
(or T is infinite), and norms lose d 2^-537 at most to what underflows: less than 2^-100 in all. Where a row of A is 0, q_c
enters <q, y> alone, and counts as 0 if y_c is; so does y_c where a column of W and q_c are 0. []

Nothing is asked of A: how near W is to its inverse, and how A is conditioned, is in G.

**Which A.** Columns are first scaled by powers of two, so that the largest entries of Q and of y agree. For the second moments
C_q and C_k of both sides there are three: the eigenvectors of C_q, those of C_k (where Q, or K, has rank r nothing is beyond
them, whatever the other side is), and *balanced* coordinates, in which both moments are one and the same diagonal matrix, its
squares the eigenvalues of C_q C_k, so that what is left out, the mean of <A_2^T q, W_2 y>^2, is the least. Moments are those of
some rows: nothing hangs on them but T.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from attention.rounding import U64, WIDEN, gamma
from instances.bits import Ints
from instances.coded import Floats, column_bounds, column_extremes
from instances.task import Attention

BLOCK = 8192
"""Rows that are turned at a time."""

LARGEST, SMALLEST = 2.0**200, 2.0**-100

LIFT = 1e-12
"""What is added to moments of trace 1 before they are balanced, so that no direction is without width."""


@dataclass(frozen=True)
class Axes:
    """A, W and c of the module's text."""

    A: Floats
    W: Floats
    centre: Floats

    def tails(self, inputs: Attention) -> Floats:
        """(d,): T for the ranks 1, ..., d. O((n + m) d^2)."""
        Q, K, s = inputs.queries(slice(None)), inputs.keys(slice(None)), abs(inputs.scale)
        with np.errstate(over="ignore", invalid="ignore"):
            q, y = reach(Q, K, self.centre)
            if not np.isfinite(y).all():
                return np.full(inputs.d, inf)
            idle = (self.A == 0).all(axis=1) & (y == 0), (self.W == 0).all(axis=0) & (q == 0)
            q, y = np.where(idle[0], 0.0, q), np.where(idle[1], 0.0, y)
            of_Q, of_K, rest = np.abs(self.A).T @ q, np.abs(self.W) @ y, float(q @ self._off() @ y)
            if not max(of_Q.max(), of_K.max(), q.max(), y.max(), s, rest) < LARGEST:
                return np.full(inputs.d, inf)
        beyond = _beyond(Q, np.zeros(inputs.d), self.A, of_Q) * _beyond(K, self.centre, self.W.T, of_K)
        found: Floats = (s * (beyond + rest) + SMALLEST) * WIDEN
        return found

    def first(self, rank: int, inputs: Attention) -> Attention:
        """Attention of q' and z of that rank, which have as many columns. O((n + m) d rank)."""
        Q, K = np.empty((inputs.n, rank)), np.empty((inputs.m, rank))
        for rows in _blocks(inputs.n):
            np.matmul(inputs.queries(rows), self.A[:, :rank], out=Q[rows])
        for rows in _blocks(inputs.m):
            np.matmul(inputs.keys(rows) - self.centre, self.W[:rank].T, out=K[rows])
        return Attention(Q, K, inputs.V, inputs.scale, inputs.mechanism, copy=False)

    def farthest(self, rank: int, inputs: Attention) -> tuple[Ints, Ints]:
        """Of each block of rows of Q, and of K, the one that is the farthest from the first directions."""
        of_Q = _farthest(inputs.queries(slice(None)), np.zeros(inputs.d), self.A[:, rank:])
        return of_Q, _farthest(inputs.keys(slice(None)), self.centre, self.W[rank:].T)

    def _off(self) -> Floats:
        """G."""
        one = np.eye(len(self.A))
        found: Floats = np.abs(one - self.A @ self.W) + gamma(4 * len(one) + 10, U64) * (one + np.abs(self.A) @ np.abs(self.W))
        return found


def reach(Q: Floats, K: Floats, centre: Floats) -> tuple[Floats, Floats]:
    """(d,) each: q and y of the module's text."""
    least, most = column_extremes(K)
    return column_bounds(Q), np.maximum(most - centre, centre - least)


def candidates(Q: Floats, Y: Floats, q: Floats, y: Floats, centre: Floats) -> Iterator[Axes]:
    """Axes that suit these rows of Q and of K - centre, whose columns are scaled by the largest entries q and y, but for those
    that change next to nothing; none where entries are too large.
    """
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        used = q * y > SMALLEST**2
        if not np.maximum(q, y)[used].max(initial=0.0) < LARGEST:
            return
        factor = np.where(used, np.exp2(np.rint((np.log2(y) - np.log2(q)) / 2)), 0.0)
        back = np.where(used, 1 / factor, 0.0)
    of_Q, of_K = _moments(Q * factor), _moments(np.where(used, Y, 0.0) * back)
    for moments in (of_Q, of_K):
        U = np.linalg.eigh(moments)[1][:, ::-1]
        yield Axes(factor[:, None] * U, U.T * back, centre)
    A, W = _balanced(of_Q, of_K)
    yield Axes(factor[:, None] * A, W * back, centre)


def _moments(X: Floats) -> Floats:
    """Second moments, of trace 1 unless all are 0."""
    largest = float(np.abs(X).max(initial=0.0))
    X = X / largest if largest else X
    found = X.T @ X
    trace = float(np.trace(found))
    return found / trace if trace else found


def _balanced(of_Q: Floats, of_K: Floats) -> tuple[Floats, Floats]:
    """A and A^-1 for which A^T C_q A and A^-1 C_k A^-T are the same falling diagonal matrix, C the lifted moments."""
    one = np.eye(len(of_Q))
    L: Any = np.linalg.cholesky(of_Q + LIFT * one)
    squares, turn = np.linalg.eigh(L.T @ (of_K + LIFT * one) @ L)
    root = np.maximum(squares[::-1], LIFT**2) ** 0.25
    turn = turn[:, ::-1]
    return np.linalg.solve(L.T, turn) * root, (L @ turn).T / root[:, None]


def _blocks(n: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK) for start in range(0, n, BLOCK))


def _farthest(X: Floats, centre: Floats, turn: Floats) -> Ints:
    found = []
    with np.errstate(over="ignore", invalid="ignore"):
        for rows in _blocks(len(X)):
            turned = (X[rows] - centre) @ turn
            found.append(rows.start + int((turned**2).sum(axis=1).argmax()))
    return np.array(found, np.int64)


def _beyond(X: Floats, centre: Floats, turn: Floats, largest: Floats) -> Floats:
    """(d,): at least the largest norm of rows of (X - centre) turn without their first r entries, r = 1, ..., d.

    No entry of |X - centre| |turn| is above `largest`.
    """
    d = X.shape[1]
    found, later = np.zeros(d), np.tril(np.ones((d, d)), -1)
    for rows in _blocks(len(X)):
        turned = (X[rows] - centre) @ turn
        np.multiply(turned, turned, out=turned)
        np.maximum(found, (turned @ later).max(axis=0), out=found)
    lost: Floats = np.sqrt(found) + gamma(d, U64) * np.sqrt(largest**2 @ later)
    return lost * WIDEN
