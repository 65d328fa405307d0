"""Attention and its gradients in float64 by their definition, a line of NumPy for each sign of the formula."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from instances.coded import Floats

Bools = NDArray[np.bool_]


class Asked(NamedTuple):
    """Q (b, H, n, d), K (b, G, m, d), V (b, G, m, v), the scale, dO (b, H, n, v), what is seen and what is added to scores."""

    Q: Floats
    K: Floats
    V: Floats
    scale: float
    dO: Floats
    seen: Bools
    added: Floats


def values(of: Asked) -> tuple[Floats, Floats, Floats, Floats]:
    """The output, dQ, dK and dV; zeros for rows that see no key."""
    b, G, m, _ = of.K.shape
    share = of.Q.shape[1] // G
    K, V = (np.repeat(X, share, axis=1) for X in (of.K, of.V))
    scores = np.where(of.seen, of.scale * of.Q @ K.swapaxes(-1, -2) + of.added, -np.inf)
    largest = scores.max(axis=-1, keepdims=True)
    weights = np.exp(scores - np.where(np.isfinite(largest), largest, 0))
    sums = weights.sum(axis=-1, keepdims=True)
    weights /= np.where(sums > 0, sums, 1)
    output = weights @ V
    of_weights = of.dO @ V.swapaxes(-1, -2)
    of_scores = weights * (of_weights - (of.dO * output).sum(axis=-1, keepdims=True))
    dK, dV = of.scale * of_scores.swapaxes(-1, -2) @ of.Q, weights.swapaxes(-1, -2) @ of.dO
    summed = (X.reshape(b, G, share, m, -1).sum(axis=2) for X in (dK, dV))
    return output, of.scale * of_scores @ K, *summed


def visible(
    n: int, m: int, causal: str | None = None, window: tuple[int | None, int | None] | None = None, cu: Any = None
) -> tuple[Bools, NDArray[np.int_]]:
    """The pairs (n, m) that are seen, and how far each key stands behind its row's diagonal: both pair by pair."""
    (queries, keys), (left, right) = cu or ((0, n), (0, m)), window or (None, None)
    seen, distance = np.zeros((n, m), bool), np.zeros((n, m), int)
    for q0, q1, k0, k1 in zip(queries, queries[1:], keys, keys[1:], strict=False):
        shift = (k1 - k0) - (q1 - q0) if causal == "bottom-right" else 0
        for i in range(q1 - q0):
            for j in range(k1 - k0):
                behind = j - i - shift
                distance[q0 + i, k0 + j] = behind
                seen[q0 + i, k0 + j] = (
                    (causal is None or behind <= 0) and (left is None or behind >= -left) and (right is None or behind <= right)
                )
    return seen, distance
