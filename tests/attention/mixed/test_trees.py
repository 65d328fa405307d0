"""Trees of boxes: every point in its boxes, nodes halved at whole tiles; and lower bounds of the mass."""

from typing import Any

import numpy as np
import pytest

from attention.mixed.below import best_scores, floors, slack
from attention.mixed.trees import TILE, Tree
from instances.coded import Floats
from tests.support.boxes import placed


def points(kind: str, n: int, d: int) -> Floats:
    rng = np.random.default_rng(n + d)
    kinds: dict[str, Any] = {
        "uniform": lambda: rng.uniform(-1, 1, (n, d)),
        "equal": lambda: np.full((n, d), 0.3),
        "sorted": lambda: np.sort(rng.normal(size=(n, d)), axis=0),
        "few values": lambda: rng.integers(0, 3, (n, d)).astype(float),
        "huge": lambda: rng.normal(size=(n, d)) * 1e299,
    }
    found: Floats = kinds[kind]()
    return found


@pytest.mark.parametrize("kind", ["uniform", "equal", "sorted", "few values", "huge"])
@pytest.mark.parametrize(("n", "d"), [(1, 1), (16, 2), (17, 1), (33, 3), (1000, 2)])
def test_every_point_is_in_its_boxes(kind: str, n: int, d: int) -> None:
    X = points(kind, n, d)
    tree = Tree.of(X.copy(), 16)
    assert sorted(tree.order.tolist()) == list(range(n))
    assert np.array_equal(placed(tree), X[tree.order])
    assert (tree.start % TILE == 0).all()
    assert (tree.stop % TILE == 0).all()
    assert (tree.start[0], tree.counts[0], tree.places) == (0, n, -(-n // TILE) * TILE)
    for t in range(len(tree.start)):
        inside = placed(tree)[tree.start[t] : tree.start[t] + tree.counts[t]]
        assert (np.abs(inside - tree.centre[t]) <= tree.half[t]).all()
        assert np.allclose(tree.half[t], np.ptp(inside, axis=0) / 2)
        left = tree.left[t]
        if left >= 0:
            assert left > t
            assert (tree.start[left], tree.stop[left + 1]) == (tree.start[t], tree.stop[t])
            assert tree.stop[left] == tree.start[left + 1]
            assert tree.level[left] == tree.level[left + 1] == tree.level[t] + 1
        else:
            assert tree.counts[t] <= 16 or np.ptp(inside, axis=0).max() == 0


def test_boxes_are_halved_at_the_widest_side() -> None:
    X = points("uniform", 500, 2) * [1.0, 10.0]
    tree = Tree.of(X.copy(), 32)
    first, second = (placed(tree)[tree.start[t] : tree.stop[t], 1] for t in (1, 2))
    assert first.max() <= second.min()


@pytest.mark.parametrize("s", [0.01, 3.0, 100.0, 1e5])
@pytest.mark.parametrize("d", [1, 3])
def test_masses_are_bounded_from_below(s: float, d: int) -> None:
    """The best score to rounding, and no node above the least mass of its rows; at high temperature near it."""
    Q, K = points("uniform", 150, d) * s, points("sorted", 400, d)
    queries, keys = Tree.of(Q.copy(), 16), Tree.of(K.copy(), 16)
    x = placed(queries) @ placed(keys).T
    best = best_scores(queries, keys, np.inf)
    assert best is not None
    S = float((np.abs(Q).max(axis=0) * np.abs(K).max(axis=0)).sum())
    assert np.abs(best[:150] - x.max(axis=1)).max() <= 1e-14 * S
    mass = x.max(axis=1) + np.log2(np.exp2(x - x.max(axis=1, keepdims=True)).sum(axis=1))
    found = floors(queries, keys, best)
    for t in range(len(queries.start)):
        least = mass[queries.start[t] : queries.start[t] + queries.counts[t]].min()
        assert found[t] <= least + slack(d, S)
        assert found[t] >= x.max(axis=1)[queries.start[t] : queries.start[t] + queries.counts[t]].min() - slack(d, S)
        if s < 1:
            assert found[t] >= least - 0.1


def test_branch_and_bound_gives_up() -> None:
    queries, keys = Tree.of(points("uniform", 100, 3), 16), Tree.of(points("uniform", 2000, 3), 16)
    assert best_scores(queries, keys, 100.0) is None
