"""The work of boxes: what is counted, foretold and given up is what it was; sums are the same however they are dealt out."""

from math import comb, inf, log
from typing import Any

import numpy as np
import pytest

import attention.mixed.below as below
import attention.mixed.summing as module
from attention.mixed.below import best_scores
from attention.mixed.levels import reaches
from attention.mixed.summing import Work, outputs, placed, planned, sums
from attention.mixed.trees import Tree
from attention.mixed.walk import Rule
from instances.coded import Floats
from tests.support.dyadic import dyadic
from tests.support.kept import NumbersKeeper

N, M = 400, 700


def points(seed: int, n: int, d: int) -> Floats:
    return dyadic(seed, (n, d)) * np.arange(1, d + 1) * 3


def trees(d: int = 2) -> tuple[Tree, Tree]:
    return Tree.of(points(1, N, d)), Tree.of(points(2, M, d))


def rule(queries: Tree, pair: float = 0.3e-9, e_0: float = 1e-6) -> Rule:
    ranks = np.array([float(comb(2 + g, g)) for g in range(9)])
    return Rule(e_0, np.full(len(queries.start), -30.0), reaches(22, 8, 2.0), ranks, log(2), 0.0, inf, 0.06e-9, pair, 2e-9)


def test_what_is_counted(kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    queries, keys = trees()
    found: dict[str, Any] = {}
    for depth in (1, 3, 7):
        monkeypatch.setattr(module, "DEPTH", depth)
        for at_once in (2, 16):
            monkeypatch.setattr(module, "AT_ONCE", at_once)
            whole = planned(rule(queries), queries, keys, 2, inf)
            assert isinstance(whole, Work)
            found[f"{depth} {at_once}"] = whole.above, whole.nodes, whole.firsts, whole.starts, whole.seconds, whole.used
            found[f"{depth} {at_once} pairs"] = whole.by_polynomial, whole.by_definition, whole.total
            for part in (0.001, 0.1, 0.3, 0.6, 0.9, 0.999):
                less = planned(rule(queries), queries, keys, 2, part * whole.total)
                found[f"{depth} {at_once} {part}"] = less if isinstance(less, float) else -1.0
            exact = planned(rule(queries), queries, keys, 2, whole.total * (1 + 1e-9))
            assert isinstance(exact, Work)
    for above in (0, 50, 200, 1000):
        monkeypatch.setattr(module, "ABOVE", above)
        less = planned(rule(queries), queries, keys, 2, inf)
        assert isinstance(less, Work)
        found[f"above {above}"] = less.above, less.firsts, less.by_polynomial, less.by_definition, less.total
    kept_numbers(found)


@pytest.mark.parametrize("settings", [
    {}, {"DEPTH": 1}, {"DEPTH": 2, "ITEM": 64}, {"DEPTH": 4, "ITEM": 16, "ABOVE": 150}, {"ABOVE": 0}, {"DEPTH": 0},
    {"DEPTH": 30},
], ids=str)  # fmt: skip
def test_sums_are_the_same_however_they_are_dealt_out(settings: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings.items():
        monkeypatch.setattr(module, name, value)
    queries, keys = trees()
    work = planned(rule(queries), queries, keys, 2, inf)
    assert isinstance(work, Work)
    X, Y, V = points(1, N, 2), points(2, M, 2), np.stack([dyadic(3, (M,)), np.ones(M)], axis=1)
    shifts = np.full(queries.places, 20.0)
    found = sums(work, shifts, placed(keys, V), 2).reshape(-1, 2, 16).transpose(0, 2, 1).reshape(-1, 2)[:N]
    exact = np.exp2(X @ Y.T - 20) @ V
    size = np.exp2(X @ Y.T - 20) @ np.abs(V)
    assert (np.abs(found - exact[queries.order]) <= 1e-4 * size[queries.order] + 2.0**-45 * M).all()


@pytest.mark.parametrize("v", [1, 2, 3, 5])
def test_columns(v: int) -> None:
    """Few at a time, the weights with the last of them."""
    queries, keys = trees()
    work = planned(rule(queries, e_0=1e-7), queries, keys, v + 1, inf)
    assert isinstance(work, Work)
    X, Y, V, middle, unit = points(1, N, 2), points(2, M, 2), dyadic(4, (M, v)), dyadic(5, (v,)), np.exp2(np.arange(v) - 2)
    T, D = outputs(work, np.full(queries.places, 25.0), V, middle, unit)
    weights = np.exp2(X @ Y.T - 25)
    near = weights.sum(axis=1) > 2.0**-20
    assert np.abs(T - weights @ V / weights.sum(axis=1, keepdims=True))[near].max() < 1e-5
    assert np.allclose(D[near[queries.order]], weights.sum(axis=1)[queries.order][near[queries.order]], rtol=1e-6)
    assert near.sum() > N / 2


def test_how_many_scores_tell_the_best(kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """The least number that is enough, for one thread."""
    monkeypatch.setattr(below, "thread_count", lambda: 1)
    found: dict[str, Any] = {}
    for d in (1, 2, 5):
        queries, keys = trees(d)
        low, high = 1.0, 1e9
        while high - low > 0.5:
            middle = (low + high) / 2
            low, high = (low, middle) if best_scores(queries, keys, middle) is not None else (middle, high)
        best = best_scores(queries, keys, high)
        assert best is not None
        exact = (points(1, N, d) @ points(2, M, d).T).max(axis=1)[queries.order]
        assert np.allclose(best[:N], exact, rtol=1e-12)
        found[f"{d}"] = round(high)
    kept_numbers(found)
