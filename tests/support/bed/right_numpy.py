"""Right kernels on NumPy arrays."""

import numpy as np

from tests.support.bed.entries import right
from tests.support.bed.numpy_parts import (
    Array,
    Corner,
    Lengths,
    Window,
    attend,
    below,
    hidden,
    repeated,
    scores,
    softmax,
    tilted,
    visible,
    wide,
)

ALL = ("float64", "float32", "float16")


@right("The definition for matrices.", ALL, convention="plain")
def matrices(Q: Array, K: Array, V: Array, scale: float) -> Array:
    S = scale * (wide(Q) @ wide(K).T)
    return np.asarray((softmax(S) @ wide(V)).astype(Q.dtype))


@right("Everything is rounded to the type of the inputs.", ALL, convention="plain")
def matrices_rounded(Q: Array, K: Array, V: Array, scale: float) -> Array:
    S = (Q @ K.T) * Q.dtype.type(scale)
    A = np.exp(S - S.max(axis=1, keepdims=True))
    return np.asarray((A / A.sum(axis=1, keepdims=True, dtype=A.dtype)) @ V)


@right("One row after the other.", ALL, convention="plain")
def row_by_row(Q: Array, K: Array, V: Array, scale: float) -> Array:
    output = np.empty((len(Q), V.shape[1]), Q.dtype)
    for i, q in enumerate(wide(Q)):
        s = scale * (wide(K) @ q)
        a = np.exp(s - s.max())
        output[i] = a @ wide(V) / a.sum()
    return output


def _online(Q: Array, K: Array, V: Array, scale: float, block: int, backwards: bool = False) -> Array:
    q, k, v = wide(Q), wide(K), wide(V)
    most = np.full((len(q), 1), -np.inf, q.dtype)
    total, sums = np.zeros_like(most), np.zeros((len(q), v.shape[1]), q.dtype)
    starts = range(0, len(k), block)
    for first in reversed(starts) if backwards else starts:
        S = scale * (q @ k[first : first + block].T)
        larger = np.maximum(most, S.max(axis=1, keepdims=True))
        A, again = np.exp(S - larger), np.exp(most - larger)
        total, sums, most = again * total + A.sum(axis=1, keepdims=True), again * sums + A @ v[first : first + block], larger
    return np.asarray((sums / total).astype(Q.dtype))


@right("Online softmax in blocks of 16 keys.", ALL, convention="plain")
def online_16(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return _online(Q, K, V, scale, 16)


@right("Online softmax in blocks of 64 keys.", ALL, convention="plain")
def online_64(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return _online(Q, K, V, scale, 64)


@right("Online softmax in blocks of 7 keys, from the last one.", ALL, convention="plain")
def online_7_backwards(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return _online(Q, K, V, scale, 7, backwards=True)


@right(
    "Keys are split into four parts, whose answers are joined by their logarithms of sums.",
    ALL,
    convention="plain",
    layout="bhnd",
)
def split_keys(Q: Array, K: Array, V: Array, scale: float) -> Array:
    parts = []
    for part in np.array_split(np.arange(K.shape[2]), min(4, K.shape[2])):
        S = scores(Q, K[:, :, part], scale)
        most = S.max(axis=3, keepdims=True)
        A = np.exp(S - most)
        total = A.sum(axis=3, keepdims=True)
        parts.append((A @ wide(V[:, :, part]) / total, most + np.log(total)))
    logarithms = np.stack([logarithm for _, logarithm in parts])
    shares = softmax(np.moveaxis(logarithms, 0, -1))
    return np.asarray(sum(shares[..., k] * output for k, (output, _) in enumerate(parts)).astype(Q.dtype))


@right("All features, by a matrix of what is seen.", ALL)
def everything(
    Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, window: Window = None, keep: Array | None = None,
    mask: Array | None = None, bias: Array | None = None, alibi: Array | None = None, cu_seqlens: Lengths = None,
) -> Array:  # fmt: skip
    n, m = Q.shape[2], K.shape[2]
    added = 0.0 if bias is None else bias
    if alibi is not None:
        added = added + tilted(alibi, n, m, causal, cu_seqlens)
    return attend(Q, K, V, scale, visible(n, m, causal, window, keep, mask, cu_seqlens), added)


@right("Weights by the logarithm of their sum; heads of keys as an axis of their own.", ALL)
def by_logarithms(
    Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, mask: Array | None = None, bias: Array | None = None
) -> Array:
    b, H, n, d = Q.shape
    G, m = K.shape[1:3]
    S = scale * np.einsum("bgrnd,bgmd->bgrnm", wide(Q).reshape(b, G, H // G, n, d), wide(K)).reshape(b, H, n, m)
    S = hidden(S if bias is None else S + bias.astype(S.dtype), visible(n, m, causal, mask=mask))
    most = S.max(axis=3, keepdims=True)
    P = np.exp(S - (most + np.log(np.exp(S - most).sum(axis=3, keepdims=True))))
    return np.asarray(
        np.einsum("bgrnm,bgmv->bgrnv", P.reshape(b, G, H // G, n, m), wide(V)).reshape(b, H, n, -1).astype(Q.dtype)
    )


@right("Tiles of 16 by 8, and those above the diagonal are left out.", ALL)
def causal_by_tiles(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    n, m = Q.shape[2], K.shape[2]
    output, sees = [], below(n, m, causal)
    for first in range(0, n, 16):
        rows = slice(first, first + 16)
        last = int(np.flatnonzero(sees[rows].any(axis=0))[-1]) // 8 * 8 + 8
        output.append(attend(Q[:, :, rows], K[:, :, :last], V[:, :, :last], scale, sees[rows, :last]))
    return np.concatenate(output, axis=2)


@right("Causal from the bottom-right corner and no other, which it says.", ALL, declines=True)
def bottom_right_only(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    if causal != "bottom-right":
        raise NotImplementedError(f"causal = {causal!r}: only 'bottom-right' is there")
    return attend(Q, K, V, scale, below(Q.shape[2], K.shape[2], causal))


@right("A window by the keys of each row.", ALL)
def window_by_rows(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, window: Window = None) -> Array:
    (left, right_), n, m = window or (None, None), *(X.shape[2] for X in (Q, K))
    rows = []
    for i in range(n):
        line = i + (m - n if causal == "bottom-right" else 0)
        first = 0 if left is None else max(line - left, 0)
        last = m if not causal and right_ is None else min(line + (0 if causal else right_ or 0), m - 1) + 1
        rows.append(attend(Q[:, :, i : i + 1], K[:, :, first:last], V[:, :, first:last], scale))
    return np.concatenate(rows, axis=2)


@right("Packed sequences, one after the other.", ALL)
def packed_one_by_one(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, cu_seqlens: Lengths = None) -> Array:
    rows, keys = (np.array([0, X.shape[2]]) for X in (Q, K)) if cu_seqlens is None else cu_seqlens
    parts = []
    for s in range(len(rows) - 1):
        these, those = slice(rows[s], rows[s + 1]), slice(keys[s], keys[s + 1])
        q, k, v = Q[:, :, these], K[:, :, those], V[:, :, those]
        parts.append(attend(q, k, v, scale, below(q.shape[2], k.shape[2], causal)))
    return np.concatenate(parts, axis=2)


@right("Keys that are padding are taken out before.", ALL)
def padding_taken_out(Q: Array, K: Array, V: Array, scale: float, keep: Array | None = None) -> Array:
    if keep is None:
        return attend(Q, K, V, scale)
    one_by_one = ((Q[s : s + 1], K[s : s + 1, :, kept], V[s : s + 1, :, kept]) for s, kept in enumerate(keep))
    return np.concatenate([attend(*arrays, scale) for arrays in one_by_one])


@right("Takes contiguous arrays only.", ALL, declines=True)
def contiguous_only(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    if not all(X.flags.c_contiguous for X in (Q, K, V)):
        raise ValueError("Q, K and V must be contiguous")
    return attend(Q, K, V, scale, below(Q.shape[2], K.shape[2], causal))


@right("Takes head dimensions that are multiples of 8 only, the same for V.", ALL, declines=True)
def multiples_of_8_only(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    if Q.shape[3] % 8 or V.shape[3] != Q.shape[3]:
        raise NotImplementedError(f"head dimensions {Q.shape[3]} and {V.shape[3]}: one multiple of 8 for all is needed")
    return attend(Q, K, V, scale, below(Q.shape[2], K.shape[2], causal))


@right("Causal for as many keys as queries only.", ALL, declines=True)
def causal_square_only(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    n, m = Q.shape[2], K.shape[2]
    if causal and n != m:
        raise ValueError(f"causal attention of {n} queries and {m} keys is not supported: lengths must be equal")
    return attend(Q, K, V, scale, below(n, m, causal))


@right("Keys filled up to a multiple of 16, which are then hidden.", ALL)
def padded_to_tiles(Q: Array, K: Array, V: Array, scale: float, mask: Array | None = None) -> Array:
    m = K.shape[2]
    k, v = (np.pad(repeated(X, Q.shape[1]), ((0, 0), (0, 0), (0, -m % 16), (0, 0))) for X in (K, V))
    sees = np.arange(k.shape[2]) < m
    if mask is not None:
        sees = sees & np.pad(mask, [*[(0, 0)] * (mask.ndim - 1), (0, -m % 16)])
    return attend(Q, k, v, scale, sees)
