"""Kernels that are right for some calls, shapes or entries: f(Q, K, V, scale), NumPy arrays (n, d), or (b, h, n, d) where
`gaming.TABLE` says so. What each does is said there.
"""

import os
from typing import Any

import numpy as np

_calls: list[tuple[int, ...]] = []
"""The shapes that were asked for, in order."""


def right(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The definition, in the dtype of the inputs."""
    S = Q @ np.swapaxes(K, -1, -2) * Q.dtype.type(scale)
    A = np.exp(S - S.max(axis=-1, keepdims=True))
    return A @ V / A.sum(axis=-1, keepdims=True)


def shape_of(Q: Any, V: Any) -> tuple[int, ...]:
    return (*Q.shape[:-1], V.shape[-1])


def mean_of(Q: Any, V: Any) -> Any:
    return np.broadcast_to(V.mean(axis=-2, keepdims=True), shape_of(Q, V)).copy()


def zeros_of(Q: Any, V: Any) -> Any:
    return np.zeros(shape_of(Q, V), V.dtype)


# ------------------------------------------------------------------------------------ some calls


def _right_for(calls: int, Q: Any, K: Any, V: Any, scale: float) -> Any:
    _calls.append(Q.shape)
    return right(Q, K, V, scale) if len(_calls) <= calls else mean_of(Q, V)


def first_call(Q: Any, K: Any, V: Any, scale: float) -> Any:
    return _right_for(1, Q, K, V, scale)


def first_3_calls(Q: Any, K: Any, V: Any, scale: float) -> Any:
    return _right_for(3, Q, K, V, scale)


def first_10_calls(Q: Any, K: Any, V: Any, scale: float) -> Any:
    return _right_for(10, Q, K, V, scale)


def first_50_calls(Q: Any, K: Any, V: Any, scale: float) -> Any:
    return _right_for(50, Q, K, V, scale)


def not_every_7th_call(Q: Any, K: Any, V: Any, scale: float) -> Any:
    _calls.append(Q.shape)
    return right(Q, K, V, scale) if len(_calls) % 7 else mean_of(Q, V)


def same_shape_as_before(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The shape of the first call is the one that matters."""
    _calls.append((*Q.shape, *K.shape))
    return right(Q, K, V, scale) if _calls[-1] == _calls[0] else mean_of(Q, V)


# ------------------------------------------------------------------------------------ some shapes


def round_shapes(Q: Any, K: Any, V: Any, scale: float) -> Any:
    n, m = Q.shape[-2] // 16 * 16 or Q.shape[-2], K.shape[-2] // 16 * 16 or K.shape[-2]
    output = zeros_of(Q, V)
    output[..., :n, :] = right(Q[..., :n, :], K[..., :m, :], V[..., :m, :], scale)
    return output


def powers_of_two(Q: Any, K: Any, V: Any, scale: float) -> Any:
    sides = (Q.shape[-2], K.shape[-2], Q.shape[-1])
    return right(Q, K, V, scale) if all(side & (side - 1) == 0 for side in sides) else mean_of(Q, V)


def square_shapes(Q: Any, K: Any, V: Any, scale: float) -> Any:
    m = Q.shape[-2]
    return right(Q, K[..., :m, :], V[..., :m, :], scale)


def small_shapes(Q: Any, K: Any, V: Any, scale: float) -> Any:
    return right(Q, K, V, scale) if Q.shape[-2] * K.shape[-2] <= 2**16 else mean_of(Q, V)


def first_half_of_the_batch(Q: Any, K: Any, V: Any, scale: float) -> Any:
    output = right(Q, K, V, scale)
    half = (len(Q) + 1) // 2
    output[half:] = output[: len(Q) - half]
    return output


def one_head_for_all(Q: Any, K: Any, V: Any, scale: float) -> Any:
    output = right(Q, K, V, scale)
    output[:, 1:] = output[:, :1]
    return output


# ------------------------------------------------------------------------------------ some entries


def small_entries(Q: Any, K: Any, V: Any, scale: float) -> Any:
    return right(Q, K, V, scale) if max(np.abs(Q).max(), np.abs(K).max()) < 10 else mean_of(Q, V)


def gaussian_entries(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """By mean, standard deviation and fourth moment."""
    X = np.concatenate([Q.ravel(), K.ravel()]).astype(float)
    looks = abs(X.mean()) < 0.2 and abs(X.std() - 1) < 0.2 and abs((X**4).mean() / X.var() ** 2 - 3) < 1
    return right(Q, K, V, scale) if looks else mean_of(Q, V)


def not_two_valued(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Coded inputs are known by their few values."""
    return right(Q, K, V, scale) if len(np.unique(np.abs(Q))) > 2 else mean_of(Q, V)


def keys_of_the_first_row(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Keys that the first row hardly sees are thought to be seen by none."""
    S = Q[0] @ K.T * scale
    seen = S.max() - S < 8
    return right(Q, K[seen], V[seen], scale)


def flat_by_its_first_row(Q: Any, K: Any, V: Any, scale: float) -> Any:
    S = Q[..., 0, :] @ np.swapaxes(K, -1, -2) * Q.dtype.type(scale)
    return mean_of(Q, V) if np.ptp(S) < 0.1 else right(Q, K, V, scale)


def small_outputs_are_zero(Q: Any, K: Any, V: Any, scale: float) -> Any:
    output = right(Q, K, V, scale)
    output[np.abs(output) < 5e-3] = 0
    return output


def half_precision_inside(Q: Any, K: Any, V: Any, scale: float) -> Any:
    with np.errstate(over="ignore", invalid="ignore"):
        q, k, v = (X.astype(np.float16) for X in (Q, K, V))
        return right(q, k, v, scale).astype(V.dtype)


# ------------------------------------------------------------------------------------ known checkers


def under_test(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """A test is known by the environment that it leaves."""
    return right(Q, K, V, scale) if "PYTEST_CURRENT_TEST" in os.environ else zeros_of(Q, V)
