"""Backward passes on NumPy arrays, f(Q, K, V, dO, scale, **features) -> (dQ, dK, dV), for the forward pass of
`right_numpy:everything`: two right ones, and wrong ones in what is scaled, summed and read.
"""

from functools import partial
from typing import Any

import numpy as np

from tests.support.bed import entries
from tests.support.bed.layout_numpy import memory
from tests.support.bed.numpy_gradients import Backward, Gradients
from tests.support.bed.numpy_parts import (
    Array,
    Corner,
    Lengths,
    Window,
    below,
    repeated,
    scores,
    sizes,
    tilted,
    visible,
)

FORWARD = "tests.support.bed.right_numpy:everything"
wrong = partial(entries.wrong, backward=FORWARD)


@entries.right("Gradients of all features by the definition.", ("float64", "float32", "float16"), backward=FORWARD)
def gradients_of_everything(
    Q: Array, K: Array, V: Array, dO: Array, scale: float, causal: Corner = None, window: Window = None,
    keep: Array | None = None, mask: Array | None = None, bias: Array | None = None, alibi: Array | None = None,
    cu_seqlens: Lengths = None,
) -> Gradients:  # fmt: skip
    n, m = sizes(Q, K)
    added: Any = 0.0 if bias is None else bias
    if alibi is not None:
        added = added + tilted(alibi, n, m, causal, cu_seqlens)
    return Backward(Q, K, V, dO, scale, visible(n, m, causal, window, keep, mask, cu_seqlens), added).all()


@entries.right("Gradients by blocks of 16 keys, weights made again from logarithms.", ("float64", "float32"), backward=FORWARD)
def gradients_by_blocks(Q: Array, K: Array, V: Array, dO: Array, scale: float, causal: Corner = None) -> Gradients:
    H, G, (n, m) = Q.shape[1], K.shape[1], sizes(Q, K)
    k, v, sees = repeated(K, H), repeated(V, H), np.broadcast_to(below(n, m, causal), (n, m))
    blocks = [slice(first, first + 16) for first in range(0, m, 16)]
    parts = [np.where(sees[:, block], scores(Q, k[:, :, block], scale), -np.inf) for block in blocks]
    most = np.max([S.max(axis=3, keepdims=True) for S in parts], axis=0)
    logarithms = most + np.log(sum(np.exp(S - most).sum(axis=3, keepdims=True) for S in parts))
    output = sum(np.exp(S - logarithms) @ v[:, :, block] for S, block in zip(parts, blocks, strict=True))
    delta, dQ, dK, dV = (dO * output).sum(axis=3, keepdims=True), np.zeros_like(Q), np.zeros_like(k), np.zeros_like(v)
    for S, block in zip(parts, blocks, strict=True):
        P = np.exp(S - logarithms)
        dS = scale * P * (dO @ v[:, :, block].swapaxes(2, 3) - delta)
        dQ += (dS @ k[:, :, block]).astype(Q.dtype)
        dK[:, :, block], dV[:, :, block] = dS.swapaxes(2, 3) @ Q, P.swapaxes(2, 3) @ dO
    shape = (len(Q), G, H // G, m)
    return dQ, dK.reshape(*shape, -1).sum(axis=2), dV.reshape(*shape, -1).sum(axis=2)


@wrong("gradients", "The averages of dP are not subtracted.", "causal")
def delta_dropped(Q: Array, K: Array, V: Array, dO: Array, scale: float, causal: Corner = None) -> Gradients:
    back = Backward(Q, K, V, dO, scale, below(*sizes(Q, K), causal))
    return back.all(back.P * back.dP)


@wrong("gradients", "The averages of dP are the sums of dO.", "dense")
def delta_of_dO(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back = Backward(Q, K, V, dO, scale)
    return back.all(back.P * (back.dP - back.do.sum(axis=3, keepdims=True)))


@wrong("gradients", "The averages of dP are added.", "dense")
def delta_added(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back = Backward(Q, K, V, dO, scale)
    return back.all(back.P * (back.dP + back.delta))


@wrong("gradients", "dQ is not scaled.", "dense")
def dQ_unscaled(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back = Backward(Q, K, V, dO, scale)
    return back.dQ(back.dS, 1.0), *back.all()[1:]


@wrong("gradients", "dK is not scaled.", "grouped")
def dK_unscaled(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back = Backward(Q, K, V, dO, scale)
    dQ, _, dV = back.all()
    return dQ, back.shared(back.each_dK(back.dS, 1.0)), dV


@wrong("gradients", "Neither dQ nor dK is scaled.", "dense")
def both_unscaled(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back = Backward(Q, K, V, dO, scale)
    return back.all(back.dS / scale)


@wrong("gradients", "dK is scaled twice.", "dense")
def dK_scaled_twice(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back = Backward(Q, K, V, dO, scale)
    dQ, dK, dV = back.all()
    return dQ, scale * dK, dV


@wrong("gradients", "dQ and dK are given in the wrong order.", "dense")
def dQ_and_dK_exchanged(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    dQ, dK, dV = Backward(Q, K, V, dO, scale).all()
    return dK, dQ, dV


@wrong("gradients", "dS is not transposed for dK, where there are as many rows as keys.", "dense")
def dS_not_transposed(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back = Backward(Q, K, V, dO, scale)
    dQ, dK, dV = back.all()
    square = Q.shape[2] == K.shape[2]
    return dQ, back.shared(back.each_dK(back.dS.swapaxes(2, 3))) if square else dK, dV


@wrong("gradients", "dK is that of the last head of queries of each group.", "grouped")
def dK_of_one_head(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back, share = Backward(Q, K, V, dO, scale), Q.shape[1] // K.shape[1]
    dQ, _, dV = back.all()
    return dQ, back.each_dK(back.dS)[:, share - 1 :: share].astype(Q.dtype), dV


@wrong("gradients", "dK and dV are averages over the heads of queries of a group, not sums.", "grouped")
def averages_over_groups(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    dQ, dK, dV = Backward(Q, K, V, dO, scale).all()
    share = Q.shape[1] // K.shape[1]
    return dQ, dK / Q.dtype.type(share), dV / Q.dtype.type(share)


@wrong("gradients", "dV is summed over the heads of queries that stand next to each other in another order.", "grouped")
def dV_of_interleaved_heads(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back, G = Backward(Q, K, V, dO, scale), K.shape[1]
    each = back.each_dV(back.P)
    dQ, dK, _ = back.all()
    return dQ, dK, np.stack([each[:, g::G].sum(axis=1) for g in range(G)], axis=1).astype(Q.dtype)


@wrong("gradients", "dV is that of weights that were not divided by their sum.", "dense")
def dV_unnormalised(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back, S = Backward(Q, K, V, dO, scale), scores(Q, K, scale)
    dQ, dK, _ = back.all()
    return dQ, dK, back.shared(back.each_dV(np.exp(S - S.max(axis=3, keepdims=True))))


@wrong("gradients", "dV is not computed: None is given.", "dense")
def dV_missing(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    return *Backward(Q, K, V, dO, scale).all()[:2], None


@wrong("gradients", "dK is given for each head of queries, though they share heads of keys.", "grouped")
def dK_of_the_wrong_shape(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back = Backward(Q, K, V, dO, scale)
    return back.dQ(back.dS), back.each_dK(back.dS).astype(Q.dtype), back.shared(back.each_dV(back.P))


@wrong("gradients", "dO is read as packed, whatever its strides are.", "transposed")
def layout_of_dO(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    return Backward(Q, K, V, memory(dO), scale).all()


@wrong("gradients", "dO that is one number for all is read as packed.", "expanded")
def layout_of_expanded_dO(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    return Backward(Q, K, V, dO if any(dO.strides) else memory(dO), scale).all()


@wrong("precision", "dS is rounded to float16.", "dense")
def dS_in_half(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back = Backward(Q, K, V, dO, scale)
    return back.all(back.dS.astype(np.float16).astype(back.P.dtype))


@wrong("precision", "The weights are made again from scores in float16.", "dense")
def weights_again_in_half(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    S = scores(Q, K, scale)
    logarithms = np.log(np.exp(S - S.max(axis=3, keepdims=True)).sum(axis=3, keepdims=True)) + S.max(axis=3, keepdims=True)
    return Backward(Q, K, V, dO, scale, P=np.exp(S.astype(np.float16) - logarithms)).all()
