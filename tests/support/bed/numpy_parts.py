"""What kernels on NumPy arrays are put together from; all of it right.

Q (b, H, n, d), K (b, G, m, d), V (b, G, m, v). `sees` and `added` are whatever NumPy broadcasts to (b, H, n, m).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Corner = str | None
Window = tuple[int | None, int | None] | None
Lengths = tuple[Array, Array] | None


def wide(X: Array) -> Array:
    """float16 as float32, others as they are."""
    return X.astype(np.float32) if X.dtype == np.float16 else X


def repeated(X: Array, H: int) -> Array:
    return np.repeat(X, H // X.shape[1], axis=1)


def diagonal(n: int, m: int, corner: Corner) -> Array:
    """The key on the diagonal of each row, (n, 1)."""
    return np.arange(n)[:, None] + (m - n if corner == "bottom-right" else 0)


def below(n: int, m: int, corner: Corner, reach: int = 0) -> Array:
    """Keys up to so many beyond the diagonal; all where there is no corner."""
    last = diagonal(n, m, corner) + reach if corner else np.full((n, 1), m)
    return np.asarray(np.arange(m) <= last)


def placed(n: int, m: int, corner: Corner, lengths: Lengths) -> tuple[Array, Array, Array]:
    """The diagonal of each row (n, 1) and the keys (1, m), both counted in their sequences, and which pairs share one."""
    if lengths is None:
        return diagonal(n, m, corner), np.arange(m)[None], np.ones((1, 1), np.bool_)
    (rows, keys), i, j = lengths, np.arange(n), np.arange(m)
    of_row, of_key = np.searchsorted(rows, i, "right") - 1, np.searchsorted(keys, j, "right") - 1
    shift = (np.diff(keys) - np.diff(rows))[of_row] if corner == "bottom-right" else 0
    return (i - rows[of_row] + shift)[:, None], (j - keys[of_key])[None], of_row[:, None] == of_key


def visible(
    n: int,
    m: int,
    causal: Corner = None,
    window: Window = None,
    keep: Array | None = None,
    mask: Array | None = None,
    cu_seqlens: Lengths = None,
) -> Array:
    line, j, sees = placed(n, m, causal, cu_seqlens)
    left, right = window or (None, None)
    right = 0 if causal else right
    if left is not None:
        sees = sees & (j >= line - left)
    if right is not None:
        sees = sees & (j <= line + right)
    if keep is not None:
        sees = sees & keep[:, None, None]
    return sees if mask is None else sees & mask


def tilted(alibi: Array, n: int, m: int, corner: Corner = None, lengths: Lengths = None) -> Array:
    """What slopes (H,) add to the scores."""
    line, j, _ = placed(n, m, corner, lengths)
    return np.asarray(-alibi[:, None, None] * np.abs(j - line))


def scores(Q: Array, K: Array, scale: float, added: Any = None) -> Array:
    q, k = wide(Q), wide(repeated(K, Q.shape[1]))
    S: Array = scale * (q @ k.swapaxes(2, 3))
    return S if added is None else S + np.asarray(added, S.dtype)


def hidden(S: Array, sees: Any) -> Array:
    """Scores with those of unseen keys at minus infinity."""
    return S if sees is None else np.where(sees, S, S.dtype.type(-np.inf))


def softmax(S: Array) -> Array:
    A = np.exp(S - S.max(axis=-1, keepdims=True))
    return np.asarray(A / A.sum(axis=-1, keepdims=True))


def averaged(P: Array, V: Array, like: Array) -> Array:
    """P V, in the type of `like`."""
    return np.asarray((P @ wide(repeated(V, P.shape[1]))).astype(like.dtype))


def attend(Q: Array, K: Array, V: Array, scale: float, sees: Any = None, added: Any = None) -> Array:
    return averaged(softmax(hidden(scores(Q, K, scale, added), sees)), V, Q)


def sizes(Q: Array, K: Array) -> tuple[int, int]:
    """n and m."""
    return Q.shape[2], K.shape[2]
