"""Attention and its gradients by the definition, in float64, sharing nothing with the kernels."""

import numpy as np

from tests.support.bed.cases import Array, Call

ROUNDOFF = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}

SMALLEST = {"float64": 2.0**-1022, "float32": 2.0**-126, "float16": 2.0**-14, "bfloat16": 2.0**-126}
"""Normal numbers, below which roundings do not shrink."""


def outputs(call: Call) -> Array:
    """O (b, H, n, v)."""
    return np.asarray(weights(call) @ _shared(call, call.V))


def gradients(call: Call) -> tuple[Array, Array, Array]:
    """dQ, dK, dV for dO."""
    P, K, V = weights(call), _shared(call, call.K), _shared(call, call.V)
    dP = call.dO @ V.swapaxes(2, 3)
    dS = call.scale * P * (dP - (P * dP).sum(axis=3, keepdims=True))
    b, G = call.K.shape[:2]
    dK, dV = ((X.swapaxes(2, 3) @ Y) for X, Y in ((dS, call.Q), (P, call.dO)))
    return dS @ K, *(X.reshape(b, G, -1, *X.shape[2:]).sum(axis=2) for X in (dK, dV))


def weights(call: Call) -> Array:
    """P (b, H, n, m), of a call in which every row sees a key."""
    S = np.where(seen(call), scores(call), -np.inf)
    A = np.exp(S - S.max(axis=3, keepdims=True))
    return np.asarray(A / A.sum(axis=3, keepdims=True))


def scores(call: Call) -> Array:
    """All of them, those of hidden keys too."""
    S = call.scale * call.Q @ _shared(call, call.K).swapaxes(2, 3)
    if "bias" in call.features:
        S = S + call.features["bias"]
    if "alibi" in call.features:
        diagonal, place = _places(call)[:2]
        S = S - call.features["alibi"][:, None, None] * np.abs(place[None, :] - diagonal[:, None])
    return np.asarray(S)


def seen(call: Call) -> Array:
    """Booleans (b, H, n, m)."""
    diagonal, place, rows, keys = _places(call)
    left, right = call.features.get("window") or (None, None)
    if call.features.get("causal"):
        right = 0
    sees = rows[:, None] == keys[None, :]
    if left is not None:
        sees &= place[None, :] >= diagonal[:, None] - left
    if right is not None:
        sees &= place[None, :] <= diagonal[:, None] + right
    sees = np.broadcast_to(sees, (*call.Q.shape[:3], call.K.shape[2]))
    if "keep" in call.features:
        sees = sees & call.features["keep"][:, None, None, :]
    return np.asarray(sees & call.features["mask"] if "mask" in call.features else sees)


def _places(call: Call) -> tuple[Array, Array, Array, Array]:
    """Where the diagonal meets each row, and each key's place, in their sequences; and the sequences of rows and of keys."""
    n, m = call.Q.shape[2], call.K.shape[2]
    of_rows, of_keys = call.features.get("cu_seqlens") or (np.array([0, n]), np.array([0, m]))
    diagonal, place, rows, keys = (np.zeros(count, np.int64) for count in (n, m, n, m))
    for s in range(len(of_rows) - 1):
        these, those = slice(of_rows[s], of_rows[s + 1]), slice(of_keys[s], of_keys[s + 1])
        count, others = of_rows[s + 1] - of_rows[s], of_keys[s + 1] - of_keys[s]
        diagonal[these] = np.arange(count) + (others - count if call.features.get("causal") == "bottom-right" else 0)
        place[those], rows[these], keys[those] = np.arange(others), s, s
    return diagonal, place, rows, keys


def _shared(call: Call, X: Array) -> Array:
    """The heads of K or V that each head of queries reads."""
    H, G = call.Q.shape[1], X.shape[1]
    return X[:, [h // (H // G) for h in range(H)]]
