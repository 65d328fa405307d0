"""Boxes by hand: what was decided of pairs of boxes, checked against true weights, and summed by NumPy."""

from math import comb, log
from typing import Any

import numpy as np

from attention.mixed.boxes import BoxPlan
from attention.mixed.kernel_sums import KernelPlan
from attention.mixed.summing import Work
from attention.mixed.trees import TILE, Tree
from attention.mixed.walk import STACK, Rule, Side, traverse
from attention.polynomial.monomials import monomials
from instances.coded import Floats
from instances.task import Attention

Decision = tuple[int, int, int, int]


def box_rule(e_0: float, floors: Floats, reaches: Floats, factor: float = log(2), curve: float = 0.0) -> Rule:
    """With costs at which polynomials are always taken."""
    ranks = np.array([float(comb(2 + g, g)) for g in range(reaches.shape[1])])
    return Rule(e_0, floors, reaches, ranks, factor, curve, np.inf, 0.0, 1.0, 0.0)


def decided(plan: BoxPlan | KernelPlan) -> list[Decision]:
    """(A, B, level, g) of every pair that is summed, g = -1 by the definition."""
    work = plan.work
    assert work is not None
    found = [tuple(row) for row in work.above.tolist()]
    stack, room = np.empty((STACK, 2), np.int64), np.empty((7, 4), np.int64)
    for first in work.firsts:
        stack[0], top = first, 1
        while top:
            top, count = traverse(work.rule, Side.of(work.queries), Side.of(work.keys), stack, top, np.zeros(0, bool), room)
            found += [tuple(row) for row in room[:count].tolist()]
    return found


def placed(tree: Tree) -> Floats:
    """(n, d): the points in the order of the tree."""
    points: Floats = tree.tiles.reshape(-1, tree.d, TILE).transpose(0, 2, 1).reshape(-1, tree.d)[: tree.n]
    return points


def spans(work: Work, A: int, B: int) -> tuple[slice, slice]:
    of, to = work.queries, work.keys
    return slice(of.start[A], min(of.stop[A], of.n)), slice(to.start[B], min(to.stop[B], to.n))


def largest_excess(plan: BoxPlan, inputs: Attention, found: list[Decision]) -> float:
    """The largest sum_j |w'_ij - w_ij|/(eta D_i) over the rows, |w' - w| the worst that what was decided allows: above 1 the
    proof does not hold. Infinite where a pair is met twice, or a polynomial is used further out than it is certified.
    """
    work = plan.work
    assert work is not None
    x = placed(work.queries) @ placed(work.keys).T * log(2)
    w = np.exp(x - x.max(axis=1, keepdims=True))
    off = w.copy()
    met = np.zeros_like(w)
    Q, K = placed(work.queries), placed(work.keys)
    for A, B, level, g in found:
        rows, keys = spans(work, A, B)
        met[rows, keys] += 1
        off[rows, keys] = 0.0 if g < 0 else 2.0**-level * w[rows, keys]
        if g >= 0:
            a, b = work.queries.centre[A], work.keys.centre[B]
            far = log(2) * (np.abs(Q[rows] - a).max(axis=0) * np.abs(K[keys] - b).max(axis=0)).sum()
            if far > work.rule.reaches[level, g] * (1 + 1e-12):
                return np.inf
    if met.max() > 1:
        return np.inf
    return float((off.sum(axis=1) / w.sum(axis=1)).max() / plan.eta)


def by_hand(plan: BoxPlan, inputs: Attention, forgotten: str = "") -> Floats:
    """T by NumPy, from what was decided; with a fault if one is named."""
    work: Any = plan.work
    Q, K, y = placed(work.queries), placed(work.keys), inputs.V[work.keys.order] - plan.middle
    values = np.hstack([y, np.ones((len(y), 1))])
    m, sums = monomials(work.queries.d, work.p.shape[1] - 1), np.zeros((len(Q), values.shape[1]))
    shift = plan.shifts[: len(Q)]
    found = decided(plan)
    if forgotten == "a dropped box":
        found.remove(max(found, key=lambda one: _mass(work, Q, K, shift, *one[:2])))
    for A, B, level, g in found:
        rows, keys = spans(work, A, B)
        if g < 0:
            sums[rows] += np.exp2(Q[rows] @ K[keys].T - shift[rows, None]) @ values[keys]
            continue
        a, b = work.queries.centre[A].copy(), work.keys.centre[B].copy()
        if forgotten == "the parent's centre":
            a, b = 1.5 * a, 1.5 * b
        dq, dk = (Q[rows] - a) * log(2), K[keys] - b
        weight = np.zeros(len(dk)) if forgotten == "the key's weight" else dk @ a
        factor = (a @ b if forgotten == "the row's factor" else Q[rows] @ b) - shift[rows]
        p = work.p[level, g, : g + 1][m.degree[: m.starts[g + 1]]]
        if forgotten != "a multiplicity":
            p = p * m.multiplicity[: len(p)]
        U = (_features(dk, m, len(p)) * np.exp2(weight)[:, None]).T @ values[keys]
        sums[rows] += np.exp2(factor)[:, None] * (_features(dq, m, len(p)) @ (p[:, None] * U))
    T = np.empty((len(Q), y.shape[1]))
    T[work.queries.order] = sums[:, :-1] / sums[:, -1:] + plan.middle
    return T


def _mass(work: Work, Q: Floats, K: Floats, shift: Floats, A: int, B: int) -> float:
    rows, keys = spans(work, A, B)
    return float(np.exp2(Q[rows] @ K[keys].T - shift[rows, None]).sum())


def _features(X: Floats, m: Any, r: int) -> Floats:
    """(rows, r): the monomials, each a parent's times one variable, in graded order."""
    found, index = np.ones((len(X), r)), 1
    for q in range(r):
        for v in range(m.last[q], X.shape[1]):
            if index < r:
                found[:, index] = found[:, q] * X[:, v]
                index += 1
    return found


def kernels_by_hand(plan: KernelPlan, w: Floats, forgotten: str = "") -> Floats:
    """Sums of gaussian kernels by NumPy, from what was decided; with a fault if one is named."""
    work: Any = plan.work
    X, Y, c, w = placed(work.queries), placed(work.keys), work.rule.curve, w[work.keys.order]
    m, sums, found = monomials(work.queries.d, work.p.shape[1] - 1), np.zeros(len(X)), decided(plan)
    if forgotten == "a dropped box":
        found.remove(max(found, key=lambda one: _between(work, X, Y, *one[:2]).sum()))
    for A, B, level, g in found:
        rows, keys = spans(work, A, B)
        if g < 0:
            sums[rows] += _between(work, X, Y, A, B) @ w[keys]
            continue
        a, b = work.queries.centre[A].copy(), work.keys.centre[B].copy()
        if forgotten == "the parent's centre":
            a, b = a + 0.5, b - 0.5
        dx, dy = (X[rows] - a) * work.rule.factor / (2 if forgotten == "the 2" else 1), Y[keys] - b
        weight = 2 * c * dy @ (a - b) - (0 if forgotten == "the key's weight" else c * (dy**2).sum(axis=1))
        p = work.p[level, g, : g + 1][m.degree[: m.starts[g + 1]]]
        if forgotten != "a multiplicity":
            p = p * m.multiplicity[: len(p)]
        U = (_features(dy, m, len(p)) * np.exp2(weight)[:, None]).T @ w[keys]
        sums[rows] += np.exp2(-c * ((X[rows] - b) ** 2).sum(axis=1)) * (_features(dx, m, len(p)) @ (p * U))
    result = np.empty(len(X))
    result[work.queries.order] = sums
    return result


def _between(work: Work, X: Floats, Y: Floats, A: int, B: int) -> Floats:
    rows, keys = spans(work, A, B)
    found: Floats = np.exp2(-work.rule.curve * ((X[rows][:, None] - Y[keys][None]) ** 2).sum(axis=2))
    return found
