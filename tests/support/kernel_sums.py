"""Kernel sums in the convention `kde`: right ones, and ones with planted faults."""

import itertools
import time
from typing import Any

import numpy as np

CALLS = itertools.count()


def _z(X: Any, Y: Any, h: float) -> Any:
    with np.errstate(over="ignore"):
        return (((X[:, None, :] - Y[None]) / h) ** 2).sum(axis=2)


def _w(Y: Any, weights: Any) -> Any:
    return np.ones(len(Y)) if weights is None else weights


def right(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    return np.exp(-_z(X, Y, bandwidth)) @ _w(Y, weights)


def without_weights(X: Any, Y: Any, bandwidth: float) -> Any:
    return right(X, Y, bandwidth)


def pruned(X: Any, Y: Any, bandwidth: float, weights: Any = None, rtol: float = 1e-3, atol: float = 0.0) -> Any:
    """Kernels are left out that may come to no more than what is asked for, all together."""
    w, k = _w(Y, weights), np.exp(-_z(X, Y, bandwidth))
    size = k * np.abs(w)
    order = np.argsort(size, axis=1)
    small = np.cumsum(np.take_along_axis(size, order, axis=1), axis=1) <= 0.9 * (rtol * size.sum(axis=1) + atol)[:, None]
    np.put_along_axis(k, order, np.where(small, 0.0, np.take_along_axis(k, order, axis=1)), axis=1)
    return k @ w


def declining(X: Any, Y: Any, bandwidth: float, weights: Any = None, rtol: float = 1e-3, atol: float = 0.0) -> Any:
    """Positive weights alone, and no error below 1e-7."""
    if rtol < 1e-7 or (weights is not None and (weights <= 0).any()):
        raise NotImplementedError("no")
    return pruned(X, Y, bandwidth, weights, rtol, atol)


# ------------------------------------------------------------------------------------------------------------------- faults


def drops_far_points(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    z = _z(X, Y, bandwidth)
    return np.where(z < 9, np.exp(-z), 0.0) @ _w(Y, weights)


def in_float32(X: Any, Y: Any, bandwidth: float, weights: Any = None, rtol: float = 0.0, atol: float = 0.0) -> Any:
    X, Y = X.astype(np.float32), Y.astype(np.float32)
    return right(X, Y, bandwidth, _w(Y, weights).astype(np.float32)).astype(np.float64)


def ignores_atol(X: Any, Y: Any, bandwidth: float, weights: Any = None, rtol: float = 0.0, atol: float = 0.0) -> Any:
    return pruned(X, Y, bandwidth, weights, rtol or 1e-2)


def ignores_rtol(X: Any, Y: Any, bandwidth: float, weights: Any = None, rtol: float = 0.0, atol: float = 0.0) -> Any:
    return pruned(X, Y, bandwidth, weights, 0.0, atol or 1e-5)


def atol_of_the_mean(X: Any, Y: Any, bandwidth: float, weights: Any = None, rtol: float = 0.0, atol: float = 0.0) -> Any:
    """It takes atol as that of a mean, not of a sum."""
    return pruned(X, Y, bandwidth, weights, rtol, atol * len(Y))


def rtol_of_the_sum(X: Any, Y: Any, bandwidth: float, weights: Any = None, rtol: float = 0.0, atol: float = 0.0) -> Any:
    """It takes rtol as part of sum |w|, without the kernels."""
    return pruned(X, Y, bandwidth, weights, 0.0, atol + rtol * np.abs(_w(Y, weights)).sum())


def absolute_weights(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    return right(X, Y, bandwidth, np.abs(_w(Y, weights)))


def ignores_weights(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    return right(X, Y, bandwidth)


def normalised_weights(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    return right(X, Y, bandwidth, _w(Y, weights) / np.abs(_w(Y, weights)).sum() * len(Y))


def right_around_1(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    return right(X, Y, min(max(bandwidth, 0.2), 5.0), weights)


def of_sklearn(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    return right(X, Y, np.sqrt(2) * bandwidth, weights)


def a_mean(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    return right(X, Y, bandwidth, weights) / len(Y)


def floored(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    return np.maximum(np.exp(-_z(X, Y, bandwidth)), 1e-12) @ _w(Y, weights)


def the_last_point_left_out(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    return right(X, Y[: max(1, len(Y) - 1)], bandwidth, _w(Y, weights)[: max(1, len(Y) - 1)])


def first_column_alone(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    return right(X[:, :1], Y[:, :1], bandwidth, weights)


def expanded(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    """|x|^2 - 2 <x, y> + |y|^2, which loses everything far from the origin."""
    z = ((X**2).sum(axis=1)[:, None] - 2 * X @ Y.T + (Y**2).sum(axis=1)) / bandwidth**2
    return np.exp(-np.maximum(z, 0.0)) @ _w(Y, weights)


def a_column(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    return right(X, Y, bandwidth, weights)[:, None]


def not_a_number(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    """By the logarithm of a sum in which all kernels are 0."""
    found = right(X, Y, bandwidth, weights)
    return np.where(found < 1e-100, np.nan, found) if weights is None else found


def not_deterministic(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    return right(X, Y, bandwidth, weights) * (1 + 2.0**-52 * (next(CALLS) % 2))


def changes_its_input(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    X /= bandwidth
    return right(X, Y / bandwidth, 1.0, weights)


def raises(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    raise ValueError("not today")


def hangs(X: Any, Y: Any, bandwidth: float, weights: Any = None) -> Any:
    while len(X) > 5:
        time.sleep(0.1)
    return right(X, Y, bandwidth, weights)


def positional(X: Any, Y: Any, h: float) -> Any:
    return right(X, Y, h)
