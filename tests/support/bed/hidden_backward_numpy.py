"""Wrong backward passes on NumPy arrays, for the forward pass of `right_numpy:everything`: what is seen, and what is lost."""

from functools import partial
from typing import Any

import numpy as np

from tests.support.bed import entries
from tests.support.bed.backward_numpy import FORWARD
from tests.support.bed.numpy_gradients import Backward, Gradients
from tests.support.bed.numpy_parts import (
    Array,
    Corner,
    Lengths,
    Window,
    below,
    hidden,
    scores,
    sizes,
    tilted,
    visible,
)

wrong = partial(entries.wrong, backward=FORWARD)


def _again(Q: Array, K: Array, scale: float, sees: Any, others: Any = None, added: Any = None, without: Any = None) -> Array:
    """Weights as they are made again from the logarithms of sums of the forward pass, with what it saw and added, but for
    `others` seen and with `without` added.
    """
    S = hidden(scores(Q, K, scale, added), sees)
    most = S.max(axis=3, keepdims=True)
    logarithms = most + np.log(np.exp(S - most).sum(axis=3, keepdims=True))
    return np.asarray(np.exp(hidden(scores(Q, K, scale, without), others) - logarithms))


@wrong("hidden in gradients", "The backward pass does not look at the causal flag.", "causal")
def back_causal_ignored(Q: Array, K: Array, V: Array, dO: Array, scale: float, causal: Corner = None) -> Gradients:
    return Backward(Q, K, V, dO, scale, P=_again(Q, K, scale, below(*sizes(Q, K), causal))).all()


@wrong("hidden in gradients", "In the backward pass a row does not see its own key.", "causal")
def back_causal_strict(Q: Array, K: Array, V: Array, dO: Array, scale: float, causal: Corner = None) -> Gradients:
    sees, others = (below(*sizes(Q, K), causal, reach) for reach in (0, -1))
    return Backward(Q, K, V, dO, scale, P=_again(Q, K, scale, sees, others)).all()


@wrong("hidden in gradients", "In the backward pass a row sees one key too many.", "causal")
def back_causal_one_more(Q: Array, K: Array, V: Array, dO: Array, scale: float, causal: Corner = None) -> Gradients:
    sees, others = (below(*sizes(Q, K), causal, reach) for reach in (0, 1))
    return Backward(Q, K, V, dO, scale, P=_again(Q, K, scale, sees, others)).all()


@wrong("hidden in gradients", "In the backward pass the diagonal starts at the top-left corner.", "causal bottom-right")
def back_causal_top_left(Q: Array, K: Array, V: Array, dO: Array, scale: float, causal: Corner = None) -> Gradients:
    sees, others = (below(*sizes(Q, K), corner) for corner in (causal, causal and "top-left"))
    return Backward(Q, K, V, dO, scale, P=_again(Q, K, scale, sees, others)).all()


@wrong("hidden in gradients", "In the backward pass the mask of as many rows as keys is transposed.", "mask square")
def back_mask_transposed(Q: Array, K: Array, V: Array, dO: Array, scale: float, mask: Array | None = None) -> Gradients:
    square = mask is not None and mask.shape[-1] == mask.shape[-2]
    others = mask.swapaxes(-1, -2) if square and mask is not None else mask
    return Backward(Q, K, V, dO, scale, P=_again(Q, K, scale, mask, others)).all()


@wrong("hidden in gradients", "The backward pass does not look at the mask.", "mask")
def back_mask_ignored(Q: Array, K: Array, V: Array, dO: Array, scale: float, mask: Array | None = None) -> Gradients:
    return Backward(Q, K, V, dO, scale, P=_again(Q, K, scale, mask)).all()


@wrong("hidden in gradients", "The backward pass takes the mask of the first head for all.", "mask each")
def back_mask_of_the_first_head(Q: Array, K: Array, V: Array, dO: Array, scale: float, mask: Array | None = None) -> Gradients:
    others = mask[:, :1] if mask is not None and mask.ndim == 4 else mask
    return Backward(Q, K, V, dO, scale, P=_again(Q, K, scale, mask, others)).all()


@wrong("hidden in gradients", "The backward pass sees padding.", "keep")
def back_keep_ignored(Q: Array, K: Array, V: Array, dO: Array, scale: float, keep: Array | None = None) -> Gradients:
    return Backward(Q, K, V, dO, scale, P=_again(Q, K, scale, visible(*sizes(Q, K), keep=keep))).all()


@wrong("hidden in gradients", "In the backward pass the window is open, causal or not.", "window causal")
def back_window_ignored(
    Q: Array, K: Array, V: Array, dO: Array, scale: float, causal: Corner = None, window: Window = None
) -> Gradients:
    sees, others = visible(*sizes(Q, K), causal, window), visible(*sizes(Q, K), causal)
    return Backward(Q, K, V, dO, scale, P=_again(Q, K, scale, sees, others)).all()


@wrong("hidden in gradients", "In the backward pass the window reaches one key too little to the left.", "window")
def back_window_narrow(Q: Array, K: Array, V: Array, dO: Array, scale: float, window: Window = None) -> Gradients:
    sees, (left, right) = visible(*sizes(Q, K), None, window), window or (None, None)
    others = visible(*sizes(Q, K), None, (None if left is None else left - 1, right))
    return Backward(Q, K, V, dO, scale, P=_again(Q, K, scale, sees, others)).all()


@wrong("hidden in gradients", "In the backward pass rows see the keys of all sequences.", "packed")
def back_packed_as_one(Q: Array, K: Array, V: Array, dO: Array, scale: float, cu_seqlens: Lengths = None) -> Gradients:
    return Backward(Q, K, V, dO, scale, P=_again(Q, K, scale, visible(*sizes(Q, K), cu_seqlens=cu_seqlens))).all()


@wrong("hidden in gradients", "The backward pass does not add the bias.", "bias")
def back_bias_ignored(Q: Array, K: Array, V: Array, dO: Array, scale: float, bias: Array | None = None) -> Gradients:
    return Backward(Q, K, V, dO, scale, P=_again(Q, K, scale, None, None, bias)).all()


@wrong("hidden in gradients", "In the backward pass slopes have the wrong sign.", "alibi")
def back_alibi_sign(Q: Array, K: Array, V: Array, dO: Array, scale: float, alibi: Array | None = None) -> Gradients:
    added: Any = 0.0 if alibi is None else tilted(alibi, *sizes(Q, K))
    return Backward(Q, K, V, dO, scale, P=_again(Q, K, scale, None, None, added, -added)).all()


@wrong("lost in gradients", "Keys beyond the last full block of 16 get no dK and no dV.", "unequal lengths")
def back_last_block(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    dQ, dK, dV = Backward(Q, K, V, dO, scale).all()
    for X in (dK, dV):
        X[:, :, K.shape[2] // 16 * 16 :] = 0
    return dQ, dK, dV


@wrong("lost in gradients", "Rows beyond the last full block of 16 do not enter dK and dV.", "unequal lengths")
def back_last_rows(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back, n = Backward(Q, K, V, dO, scale), Q.shape[2]
    rows = (np.arange(n) < n // 16 * 16)[:, None].astype(Q.dtype)
    return back.all()[0], back.shared(back.each_dK(back.dS * rows)), back.shared(back.each_dV(back.P * rows))


@wrong("lost in gradients", "Rows from 512 on do not enter dK.", "long")
def back_late_rows(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back, rows = Backward(Q, K, V, dO, scale), (np.arange(Q.shape[2]) < 512)[:, None]
    dQ, _, dV = back.all()
    return dQ, back.shared(back.each_dK(back.dS * rows.astype(Q.dtype))), dV


@wrong("lost in gradients", "dQ of the last row does not count key 700.", "long")
def back_one_pair(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back = Backward(Q, K, V, dO, scale)
    dS = back.dS
    dS[:, :, -1, 700:701] = 0
    return back.dQ(dS), *back.all()[1:]


@wrong("lost in gradients", "dQ of the second head is that of the first.", "dense")
def back_one_head(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    dQ, dK, dV = Backward(Q, K, V, dO, scale).all()
    dQ[:, 1:2] = dQ[:, :1]
    return dQ, dK, dV


@wrong("lost in gradients", "dV of the last member of the batch is zero.", "dense")
def back_one_member(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    dQ, dK, dV = Backward(Q, K, V, dO, scale).all()
    dV[-1] *= len(Q) == 1
    return dQ, dK, dV


@wrong("lost in gradients", "The last column of dK is zero.", "dense")
def back_one_column(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    dQ, dK, dV = Backward(Q, K, V, dO, scale).all()
    dK[..., -1] = 0
    return dQ, dK, dV


@wrong("lost in gradients", "Columns of V beyond the width of Q do not enter dP.", "wide values")
def back_wide_values(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    back, d = Backward(Q, K, V, dO, scale), Q.shape[3]
    back.dP = back.do[..., :d] @ back.v[..., :d].swapaxes(2, 3)
    back.delta = (back.P * back.dP).sum(axis=3, keepdims=True)
    return back.all()


@wrong("lost in gradients", "Gradients that are smaller than 1/10,000 are zero.", "small values")
def back_small_is_zero(Q: Array, K: Array, V: Array, dO: Array, scale: float) -> Gradients:
    dQ, dK, dV = (np.where(np.abs(X) < 1e-4, X.dtype.type(0), X) for X in Backward(Q, K, V, dO, scale).all())
    return dQ, dK, dV
