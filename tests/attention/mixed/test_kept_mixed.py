"""What the room knows beforehand is what it was: bounds, reaches, thresholds, trees, tails, and costs."""

from math import inf
from typing import Any

import numpy as np
import pytest

import attention.mixed.below as below
import attention.mixed.loss as loss
import attention.mixed.merging as merging
import attention.mixed.projection as projection
from attention.mixed.below import best_scores, floors, node_sums, slack
from attention.mixed.directions import Directions, allowed_tail, place, rank_of, some_rows, with_rows
from attention.mixed.kernel_sums import kernel_plan, kernel_sums
from attention.mixed.levels import DEGREES, highest, reach, reaches, widest
from attention.mixed.loss import Loss, of_polynomial, of_sums
from attention.mixed.low_rank import projection_seconds
from attention.mixed.merging import Merging
from attention.mixed.projection import Axes, _beyond
from attention.mixed.projection import reach as reach_of
from attention.mixed.thresholds import Thresholds, by_definition, lengths, longest, sorting_seconds
from attention.mixed.trees import Tree
from attention.mixed.walk import Rule, Side, _cost, _larger, degree, first_pairs, of_definition, seen
from attention.mixed.walk import of_polynomial as by_polynomial
from attention.polynomial.rounding import Off
from instances.coded import Floats
from instances.task import Attention
from tests.support.coarse import coarse
from tests.support.dyadic import dyadic
from tests.support.kept import NumbersKeeper

ALL = slice(None)


@pytest.mark.parametrize("how", ["as it is", "coarse"])
def test_bounds(kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    if how == "coarse":
        coarse(monkeypatch, below, loss, merging)
    found: dict[str, Any] = {"slack": [slack(d, S) for d in (1, 3, 1000) for S in (0.0, 1.0, 1e6)]}
    P = np.array([1.0, 1.0, -0.5, 0.25])
    found["pairs"] = [
        of_polynomial(a, m, M, g, r, p)
        for a in (0.0, 0.5, 1.0, 1.5)
        for m, M, g, r, p in ((100, 0.5, 3, 20, None), (100, 4.0, 3, 20, P), (10**6, 1.0, 0, 1, P))
    ]  # fmt: skip
    found["sums"] = [
        of_sums(a, m, leaves, x) for a in (0.0, 0.25, 1.0, 1.5) for m, leaves, x in ((10, 3, 0.0), (10**5, 999, 0.1))
    ]
    for number, S in enumerate((0.0, 5.0, 1e9, 1e15)):
        one = Loss(3, 1000, 70, S, 2.0, 7.0)
        found[f"loss {number}"] = one.a, [one.polynomial(M, 4, 35) for M in (0.5, 4.0)]
        for eta, x in ((0.0, 0.0), (0.25, 1e-9), (0.25, 0.3), (0.5, 0.25), (0.5, 0.26), (1.0, 0.0)):
            if eta < 1:
                found[f"loss {number} {eta} {x}"] = one.relative(eta, x), one.rounding(eta, x)
            found[f"masses {number} {eta} {x}"] = [
                one.of_masses(eta, rho, S_c) for rho, S_c in ((0.0, 0.0), (0.5, 1e9), (1.0, 1.0))
            ]
    light = [None, Off(0.0, 0.0, 1.0), Off(1e-9, 3e-9, 0.5), Off(4e-9, 3e-9, 0.5), Off(0.2, 0.1, 1.0)]
    for number, change in enumerate(
        ({}, {"Y": 0.0}, {"mean": 1e9}, {"largest": 1e130}, {"S": 1e9}, {"common": 0.1}, {"heavy": 0.3})
    ):
        given = {"Y": 2.0, "mean": 0.5, "largest": 3.0, "m": 100, "S": 4.0, "common": 1e-14, "heavy": 1e-13, **change}
        merged = Merging(**given)  # type: ignore[arg-type]
        found[f"merging {number}"] = [(merged.relative(one), merged.rounding(one)) for one in light]
    kept_numbers(found)


def test_levels(kept_numbers: NumbersKeeper) -> None:
    kept_numbers({
        "degrees": DEGREES, "highest": [highest(d) for d in range(1, 40)],
        "reach": [reach(level, g) for level in (1, 2, 9, 30, 45, 46, 47) for g in (0, 1, 4, 16)],
        "reaches": reaches(5, 3, 0.75), "widest": [widest(lambda M: M * M, wanted) for wanted in (20.0, 16.0, 1.0, 0.5, 0.0)],
    })  # fmt: skip


def test_directions(kept_numbers: NumbersKeeper) -> None:
    tails = np.array([3.0, 1.0, 0.25])
    inputs = Attention(dyadic(1, (9, 3)), dyadic(2, (7, 3)), dyadic(3, (7, 2)), 0.5)
    many = Attention(dyadic(1, (3 * 2**13 + 5, 1)), dyadic(2, (2**12 + 1, 1)), dyadic(3, (2**12 + 1, 1)), 0.5)
    more = with_rows(some_rows(inputs), inputs, np.array([1, 0]), np.array([4]))
    kept_numbers({
        "allowed": [allowed_tail(lost, spread) for lost in (1e-9, 0.5, 1.0, 2.0, 1.5e-300) for spread in (0.0, 1.0, 3.0)],
        "ranks": [(rank_of(tails, x), *place(tails, x)) for x in (4.0, 3.0, 1.0, 0.3, 0.0)],
        "rows": (more.queries(ALL), more.keys(ALL), more.V), "some": (some_rows(many).n, some_rows(many).keys(ALL)),
        "seconds": [projection_seconds(rows, d) for rows in (0, 1000) for d in (1, 64)],
    })  # fmt: skip


def axes(d: int) -> Axes:
    """Far from inverse to each other, with a column that is idle on either side."""
    A, W = np.eye(d) + 0.125 * dyadic(4, (d, d)), np.eye(d) + 0.125 * dyadic(5, (d, d))
    A[1], W[:, 2] = 0, 0
    return Axes(A, W, 0.5 * dyadic(6, (d,)))


@pytest.mark.parametrize("how", ["as it is", "coarse"])
def test_tails(kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    if how == "coarse":
        coarse(monkeypatch, projection)
    found: dict[str, Any] = {}
    for size in (0.0, 1e-60, 1.0, 1e12, 1e59, 1e62, 8e307):
        for K in (1.0, size):
            inputs = Attention(size * dyadic(1, (5, 4)), K * dyadic(2, (6, 4)), np.ones((6, 1)), -3.0)
            found[f"{size} {K}"] = axes(4).tails(inputs)
    idle = dyadic(2, (6, 4)), dyadic(1, (5, 4))
    idle[0][:, 1], idle[1][:, 2] = axes(4).centre[1], 0
    inputs = Attention(idle[1], idle[0], np.ones((6, 1)), 3.0)
    exact = Axes(np.eye(3), np.eye(3), np.zeros(3))
    many = Attention(dyadic(7, (8200, 3)), dyadic(8, (8193, 3)), np.ones((8193, 1)), 0.5)
    found["idle"] = axes(4).tails(inputs), axes(4)._off(), reach_of(inputs.queries(ALL), inputs.keys(ALL), axes(4).centre)
    found["many"] = exact.tails(many), exact.farthest(1, many), exact.first(2, many).K[8190:], exact.first(2, many).Q[8190:]
    found["beyond"] = _beyond(dyadic(1, (4, 3)), np.array([1.0, 0.5, 0.0]), np.eye(3), np.array([2.0**40, 2.0**45, 2.0**50]))
    kept_numbers(found)


def test_looked_for_directions(kept_numbers: NumbersKeeper) -> None:
    """Those of rows that lie on the axes, but for little: eigenvectors are as good as any there, and well apart."""
    sizes = np.array([4.0, 1.0, 2.0**-20, 2.0**-40])
    Q, K = (sizes * dyadic(k, (8, 4)) for k in (1, 2))
    inputs = Attention(Q, K + np.eye(4)[0], dyadic(3, (8, 1)), 0.5)
    found: dict[str, Any] = {}
    for allowed in (1e-3, 1e-9, 1e-15):
        one = Directions.among(inputs, 2.0, allowed)
        found[f"{allowed}"] = one.rank, one.spread, one.allowed, one.axes.centre
    kept_numbers(found)


def test_thresholds(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {
        "sorting": [sorting_seconds(n, m, d, 2) for n, m, d in ((1, 1, 1), (1000, 50, 8))],
        "definition": [by_definition(a, 100 - a, b, 1000 - b, 8, 2) for a, b in ((0, 0), (3, 0), (0, 5), (3, 5))],
    }
    for n, far in ((1, 1.0), (60, 1.0), (60, 50.0), (60, 1e5), (400, 30.0)):
        X, Y = np.abs(dyadic(1, (n,))), np.abs(dyadic(2, (n + 20,)))
        X[: n // 20], Y[: n // 10] = far, far
        V = dyadic(3, (n + 20, 2)) * [1, 3]
        for error in (1e-3, 1e-9):
            one = Thresholds(Attention(dyadic(4, (n, 3)), dyadic(5, (n + 20, 3)), V, -0.5), error, -np.sort(-X), -np.sort(-Y))
            found[f"{n} {far} {error}"] = one.spread, one.least(), one.foreseen(10 * n, 30 * n)
            found[f"degrees {n} {far} {error}"] = one.degree(np.array([0.0, 1e-5, 0.5, 1.0, 2.0, 4.0, 8.0, 9.0, 12.0, 13.0]))
    nothing = Thresholds(Attention(dyadic(4, (5, 3)), dyadic(5, (6, 3)), dyadic(3, (6, 2)) / 8, 1e3), 1e-300, *np.ones((2, 5)))
    found["nothing"] = nothing.spread, nothing.least(), nothing.foreseen(50, 60)
    norms = dyadic(1, (12,))
    found["longest"] = [longest(norms, count) for count in (0, 1, 5, 12)]
    found["lengths"] = [
        lengths(dyadic(1, (n, 2)), centre)[:3] for n in (4, 2**15 + 5) for centre in (None, np.array([1.0, -8.0]))
    ]
    kept_numbers(found)


def points(seed: int, n: int, d: int) -> Floats:
    """With some that are equal, and far ones."""
    found = dyadic(seed, (n, d)) * np.arange(1, d + 1)
    found[: n // 5], found[-1] = found[0], 50
    return found


RULE = Rule(
    e_0=1e-4, floors=np.zeros(0), reaches=reaches(14, 6, 2.0), ranks=np.array([1.0, 3.0, 6.0, 10.0, 15.0, 21.0, 28.0]),
    factor=0.7, curve=0.0, far=300.0, feature=0.06e-9, pair=0.4e-9, fixed=2e-9,
)  # fmt: skip


def test_trees_and_what_is_decided(kept_numbers: NumbersKeeper) -> None:
    """By products and by distances, where boxes are far and near, by polynomials, by the definition and not at all."""
    queries, keys = Tree.of(points(1, 300, 2)), Tree.of(points(2, 500, 2), 48)
    best = best_scores(queries, keys, inf)
    assert best is not None
    found: dict[str, Any] = {
        "queries": queries, "keys": (keys.start, keys.stop, keys.left, keys.level, keys.centre, keys.half, keys.order),
        "counts": (queries.counts, queries.places, queries.d), "few": best_scores(queries, keys, 16.0), "best": best,
        "floors": floors(queries, keys, best), "sums": node_sums(keys, keys.tiles, 2),
    }  # fmt: skip
    Q, K = Side.of(queries), Side.of(keys)
    nodes = [(A, B) for A in range(0, len(Q.start), 3) for B in range(0, len(K.start), 3)]
    for curve, far in ((0.0, 300.0), (0.5, 300.0), (0.5, 20.0), (40.0, 1e5)):
        for e_0, floor in ((1e-4, 0.0), (1e-2, -10.0), (0.2, -60.0)):
            rule: Any = RULE._replace(curve=curve, far=far, e_0=e_0, floors=np.full(len(Q.start), floor))
            of = [seen(rule, Q, K, A, B) for A, B in nodes]
            name = f"{curve} {far} {e_0}"
            found[f"degree {name}"] = np.array([degree(rule, A, one) for (A, _), one in zip(nodes, of, strict=True)])
            found[f"cost {name}"] = np.array([_cost(rule, Q, K, A, B) for A, B in nodes])
            if e_0 == 1e-4:
                found[f"seen {name}"] = list(np.array(of).T)
                found[f"larger {name}"] = np.array(
                    [
                        _larger(rule, Q, K, A, B, more, known)
                        for A, B in nodes
                        for more, known in ((False, False), (False, True), (True, True))
                    ]
                )
            held = queries.level == 2
            found[f"pairs {name}"] = first_pairs(rule, Q, K, held)
    found["costs"] = [(by_polynomial(RULE, a, b, g), of_definition(RULE, a, b)) for a, b, g in ((16, 32, 0), (160, 48, 5))]
    kept_numbers(found)


def test_kernel_sums(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {}
    for number, (d, h, rtol, atol) in enumerate(
        ((1, 0.5, 1e-6, 0.0), (2, 8.0, 1e-6, 0.0), (2, 0.01, 1e-9, 1e-3), (3, 1.0, 0.0, 1e-7))
    ):
        X, Y, w = points(1, 200, d), points(2, 400, d), dyadic(3, (400,))
        plan = kernel_plan(X, Y, h, w, rtol, atol, 32)
        assert plan.work is not None
        work, rule = plan.work, plan.work.rule
        found[f"{number}"] = plan.rtol, plan.atol, work.by_polynomial, work.by_definition, work.total, work.used, rule
        found[f"{number} tasks"] = work.nodes, work.firsts, work.starts, work.seconds, work.above
        exact = (w * np.exp(-((X[:, None] - Y) ** 2).sum(axis=2) / h / h)).sum(axis=1)
        size = (np.abs(w) * np.exp(-((X[:, None] - Y) ** 2).sum(axis=2) / h / h)).sum(axis=1)
        assert (np.abs(kernel_sums(plan, 200, w) - exact) <= plan.rtol * size + plan.atol).all()
    kept_numbers(found)
