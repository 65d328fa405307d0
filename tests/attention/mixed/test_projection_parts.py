"""The parts that directions are made of do what is said of them, of columns of all sizes; and each condition alone."""

from math import inf

import numpy as np
import pytest

from attention.mixed.projection import LARGEST, LIFT, SMALLEST, Axes, _balanced, _farthest, _moments, candidates
from instances.coded import Floats
from instances.task import Attention
from tests.support.dyadic import dyadic


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_moments_have_trace_1(size: float) -> None:
    X = dyadic(1, (9, 3)) * [1, 2, 0.5]
    expected = X.T @ X / np.trace(X.T @ X)
    assert np.allclose(_moments(size * X), expected, rtol=1e-13, atol=0)
    assert np.array_equal(_moments(np.zeros((4, 3))), np.zeros((3, 3)))
    assert np.array_equal(_moments(np.zeros((0, 2))), np.zeros((2, 2)))


def positive(seed: int, rank: int) -> Floats:
    return _moments(dyadic(seed, (rank, 4)) * [1, 4, 0.25, 2])


@pytest.mark.parametrize("ranks", [(9, 9), (2, 9), (9, 2), (1, 1)])
def test_balanced_coordinates(ranks: tuple[int, int]) -> None:
    """Both lifted moments are one falling diagonal matrix, and the turns are inverse."""
    of_Q, of_K = (positive(k, rank) for k, rank in enumerate(ranks))
    A, W = _balanced(of_Q, of_K)
    one = np.eye(4)
    of_rows, of_keys = A.T @ (of_Q + LIFT * one) @ A, W @ (of_K + LIFT * one) @ W.T
    squares = np.sort(np.linalg.eigvals((of_Q + LIFT * one) @ (of_K + LIFT * one)).real)[::-1]
    known = np.sqrt(np.maximum(squares, LIFT**2))
    assert np.allclose(A @ W, one, atol=1e-5)
    sound = known > 3e-7
    assert np.allclose(np.diag(of_rows)[sound], known[sound], rtol=1e-2)
    assert np.allclose(np.diag(of_keys)[sound], known[sound], rtol=1e-2)
    assert np.abs(of_rows - np.diag(np.diag(of_rows))).max() < 1e-5
    assert np.abs(of_keys - np.diag(np.diag(of_keys))).max() < 1e-5
    assert np.abs(A).max() < 1e4


def extents(Q: Floats, Y: Floats) -> tuple[Floats, Floats]:
    return np.abs(Q).max(axis=0), np.abs(Y).max(axis=0)


def test_candidates() -> None:
    """Columns of 2^-40 to 2^60, which powers of two bring to one size on both sides; the eigenvectors of either side."""
    sizes = np.array([1.0, 2.0**60, 2.0**-41, 2.0**7])
    Q, Y = dyadic(1, (30, 4)) * sizes, dyadic(2, (40, 4)) / sizes * 8
    found = list(candidates(Q, Y, *extents(Q, Y), np.full(4, 0.5)))
    assert len(found) == 3
    factor = np.linalg.norm(found[0].A, axis=1)
    for place, axes in enumerate(found):
        assert np.array_equal(axes.centre, np.full(4, 0.5))
        assert np.allclose((axes.A / factor[:, None]) @ (axes.W * factor), np.eye(4), atol=1e-9)
        if place == 2:
            continue
        q, y = extents(Q * factor, Y / factor)
        assert (np.abs(np.log2(q) - np.log2(y)) <= 1 + 1e-9).all()
        assert np.allclose(np.exp2(np.rint(np.log2(factor))), factor, rtol=1e-12)
        X = (Q * factor, Y / factor)[place]
        turned = X @ (axes.A / factor[:, None])
        moments = turned.T @ turned
        assert np.abs(moments - np.diag(np.diag(moments))).max() < 1e-9 * moments.max()
        assert (np.diff(np.diag(moments)) < 0).all()
    A, W = found[2].A, found[2].W
    one, other = Q @ A, Y @ W.T
    both = (one.T @ one / len(Q)).diagonal() / (other.T @ other / len(Y)).diagonal()
    assert np.allclose(both, both[0], rtol=1e-6)


@pytest.mark.parametrize(("change", "count"), [(1.0, 4), (2.0**-103, 3)])
def test_columns_that_change_next_to_nothing(change: float, count: int) -> None:
    """Products of 2^-200 or less are left out; the rest is as it is without them, whatever their other side is."""
    Q, Y = dyadic(1, (30, 4)), dyadic(2, (40, 4))
    Q[:, 1], Y[:, 1] = change, change * 0.5
    for axes in candidates(Q, Y, *extents(Q, Y), np.zeros(4)):
        assert (np.abs(axes.A).sum(axis=1) > 0).sum() == (np.abs(axes.W).sum(axis=0) > 0).sum() == count


def test_edges_of_columns() -> None:
    Q, Y = dyadic(1, (30, 2)), dyadic(2, (40, 2))
    Q[:, 1], Y[:, 1] = 2.0**-100, 2.0**-100
    assert SMALLEST == 2.0**-100
    for axes in candidates(Q, Y, *extents(Q, Y), np.zeros(2)):
        assert not axes.A[1].any()
    for q, y, some in ((2.0**199, 1.0, True), (2.0**200, 1.0, False), (1.0, 2.0**200, False), (2.0**201, 2.0**-500, True)):
        Q[:, 1], Y[:, 1] = q, y
        assert bool(list(candidates(Q, Y, *extents(Q, Y), np.zeros(2)))) == some, (q, y)
    assert len(list(candidates(0 * Q, 0 * Y, np.zeros(2), np.zeros(2), np.zeros(2)))) == 3


def test_the_farthest_rows() -> None:
    X = dyadic(3, (20, 3)) / 8
    X[7], X[9] = [5.0, 0.0, 0.0], [1.0, 2.0, 1.0]
    assert _farthest(X, np.zeros(3), np.eye(3)[:, 1:]).tolist() == [9]
    assert _farthest(X, np.zeros(3), np.eye(3)[:, :1]).tolist() == [7]
    assert _farthest(X, np.array([1.0, 2.0, 1.0]), np.eye(3)[:, 1:]).tolist() != [9]


def tails(A: Floats, W: Floats, q: list[float], k: list[float], scale: float = 1.0) -> Floats:
    d = len(q)
    return Axes(A, W, np.zeros(d)).tails(Attention(np.array([q]), np.array([k]), np.ones((1, 1)), scale))


def test_columns_that_are_idle() -> None:
    """A row of A is 0: q_c counts where y_c does. A column of W is 0: y_c counts where q_c does."""
    one, less = np.eye(2), np.diag([1.0, 0.0])
    assert tails(less, one, [1.0, 1e9], [1.0, 0.0])[1] < 1e-13
    assert tails(less, one, [1.0, 1e9], [1.0, 1.0])[1] > 1e8
    assert tails(one, less, [1.0, 0.0], [1.0, 1e9])[1] < 1e-13
    assert tails(one, less, [1.0, 1.0], [1.0, 1e9])[1] > 1e8
    assert tails(one, one, [1.0, 1e9], [1.0, 0.0])[1] < 1e-3
    huge = 2.0**250
    for A, W, q, k, proved in (
        (less, one, [1.0, huge], [1.0, 0.0], True), (one, one, [1.0, huge], [1.0, 0.0], False),
        (less, one, [1.0, huge], [1.0, 1e-9], False), (one, less, [1.0, 0.0], [1.0, huge], True),
        (one, one, [1.0, 0.0], [1.0, huge], False), (one, less, [1.0, 1e-9], [1.0, huge], False),
        (np.array([[1.0, 0.0], [1.0, 0.0]]), one, [1.0, huge], [1.0, 0.0], False),
        (one, np.array([[1.0, 1.0], [0.0, 0.0]]), [1.0, 0.0], [1.0, huge], False),
    ):  # fmt: skip
        assert np.isfinite(tails(A, W, q, k)).all() == proved
    skew = np.array([[1.0, 0.0], [1.0, 1.0]])
    assert tails(skew, np.linalg.inv(skew), [1.0, 1e9], [1.0, 0.0])[0] > 1e8


@pytest.mark.parametrize("near", [0.5, 1.0])
@pytest.mark.parametrize("which", ["q", "y", "A", "W", "scale", "rest"])
def test_sizes_up_to_2_to_200(which: str, near: float) -> None:
    """Each of what may be too large alone."""
    one, size = np.eye(2), near * LARGEST
    A, W, q, k, scale = {
        "q": (one * 2.0**-20, one, [size, 1.0], [2.0**-190, 2.0**-190], 1.0),
        "y": (one, one * 2.0**-20, [2.0**-190, 2.0**-190], [size, 1.0], 1.0),
        "A": (one * 2.0**20, one * 2.0**-30, [size / 2.0**20, 1.0], [2.0**-190, 2.0**-190], 1.0),
        "W": (one * 2.0**-30, one * 2.0**20, [2.0**-190, 2.0**-190], [size / 2.0**20, 1.0], 1.0),
        "scale": (one, one, [2.0**-100, 0.0], [2.0**-100, 0.0], size),
        "rest": (one * 0.0, one * 0.0, [2.0**100, 0.0], [size / 2.0**100 / 1.1, 0.0], 1.0),
    }[which]  # fmt: skip
    if which == "rest" and near == 1.0:
        k = [2.0**100, 0.0]
    assert np.isfinite(tails(A, W, q, k, scale)).all() == (near < 1)


def test_entries_beyond_float64() -> None:
    for q, k in (([1.0, 1.0], [1.7e308, -1.7e308]), ([1.7e308, 1.0], [1.0, 1.0])):
        axes = Axes(np.eye(2), np.eye(2), np.array([-1.7e308, 0.0]) if q[0] == 1.0 else np.zeros(2))
        assert (axes.tails(Attention(np.array([q]), np.array([k]), np.ones((1, 1)), 1.0)) == inf).all()
    beyond = Axes(np.eye(2), np.diag([1.0, 0.0]), np.array([0.0, -1.7e308]))
    assert (beyond.tails(Attention(np.array([[1.0, 0.0]]), np.array([[1.0, 1.7e308]]), np.ones((1, 1)), 1.0)) == inf).all()
