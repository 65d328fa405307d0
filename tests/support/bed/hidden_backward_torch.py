"""Wrong kernels on torch tensors whose outputs are right: gradients by a backward pass that sees other keys, or loses some."""

from functools import partial
from typing import Any

import torch
from torch import Tensor

from tests.support.bed import entries
from tests.support.bed.torch_parts import Backward, Corner, below, differentiable, masked, tilted, usual, within

wrong = partial(entries.wrong, backward="autograd")
Gradients = tuple[Any, Any, Any]
Window = tuple[int | None, int | None] | None


@wrong("hidden in gradients", "The backward pass does not look at the causal flag.", "causal")
def tensor_causal_forward_only(Q: Tensor, K: Tensor, V: Tensor, scale: float, causal: Corner = None) -> Tensor:
    call = Backward(Q, K, V, scale, below(Q, K, causal))
    return differentiable(Q, K, V, call, lambda dO: call.all(dO, P=call.again()))


@wrong("hidden in gradients", "In the backward pass the diagonal starts at the top-left corner.", "causal bottom-right")
def tensor_corner_of_backward(Q: Tensor, K: Tensor, V: Tensor, scale: float, causal: Corner = None) -> Tensor:
    call = Backward(Q, K, V, scale, below(Q, K, causal))
    return differentiable(Q, K, V, call, lambda dO: call.all(dO, P=call.again(below(Q, K, causal and "top-left"))))


@wrong("hidden in gradients", "In the backward pass rows see whole tiles of 16 keys.", "causal")
def tensor_tiles_of_backward(Q: Tensor, K: Tensor, V: Tensor, scale: float, causal: Corner = None) -> Tensor:
    sees = below(Q, K, causal)
    call = Backward(Q, K, V, scale, sees)
    tiles = (
        None
        if sees is None
        else torch.cat([X.any(dim=1, keepdim=True).expand_as(X) for X in torch.split(sees, 16, dim=1)], dim=1)
    )
    return differentiable(Q, K, V, call, lambda dO: call.all(dO, P=call.again(tiles)))


@wrong("hidden in gradients", "In the backward pass the mask of as many rows as keys is transposed.", "mask square")
def tensor_mask_of_backward(Q: Tensor, K: Tensor, V: Tensor, scale: float, mask: Tensor | None = None) -> Tensor:
    call = Backward(Q, K, V, scale, mask)
    others = mask.transpose(-1, -2) if mask is not None and mask.shape[-1] == mask.shape[-2] else mask
    return differentiable(Q, K, V, call, lambda dO: call.all(dO, P=call.again(others)))


@wrong("hidden in gradients", "In the backward pass the window is open.", "window causal")
def tensor_window_of_backward(
    Q: Tensor, K: Tensor, V: Tensor, scale: float, causal: Corner = None, window: Window = None
) -> Tensor:
    left, right = (-1 if side is None else side for side in window or (None, None))
    call = Backward(Q, K, V, scale, within(Q, K, left, 0 if causal else right, causal))
    return differentiable(Q, K, V, call, lambda dO: call.all(dO, P=call.again(below(Q, K, causal))))


@wrong("hidden in gradients", "The backward pass does not look at attn_mask.", "mask", convention="sdpa")
def sdpa_mask_forward_only(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None) -> Tensor:
    call = Backward(query, key, value, usual(None, query), *masked(attn_mask))
    return differentiable(query, key, value, call, lambda dO: call.all(dO, P=call.again()))


@wrong("hidden in gradients", "The backward pass does not add the bias.", "bias")
def tensor_bias_of_backward(Q: Tensor, K: Tensor, V: Tensor, scale: float, bias: Tensor | None = None) -> Tensor:
    call, without = Backward(Q, K, V, scale, None, bias), Backward(Q, K, V, scale)
    return differentiable(Q, K, V, call, lambda dO: call.all(dO, P=without.P))


@wrong("hidden in gradients", "In the backward pass each head takes the slope of the next.", "alibi")
def tensor_slopes_of_backward(Q: Tensor, K: Tensor, V: Tensor, scale: float, alibi: Tensor | None = None) -> Tensor:
    added, other = (None if alibi is None else tilted(alibi.roll(-shift), Q, K, None) for shift in (0, 1))
    call, another = Backward(Q, K, V, scale, None, added), Backward(Q, K, V, scale, None, other)
    return differentiable(Q, K, V, call, lambda dO: call.all(dO, P=another.P))


def _cleared(X: Tensor, *where: Any) -> Tensor:
    """A copy with zeros there."""
    found = X.clone()
    found[where] = 0
    return found


@wrong("lost in gradients", "Keys beyond the last full block of 16 get no dK and no dV.", "unequal lengths")
def tensor_last_block_of_backward(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call, late = Backward(Q, K, V, scale), slice(K.shape[2] // 16 * 16, None)

    def backward(dO: Tensor) -> Gradients:
        dQ, dK, dV = call.all(dO)
        return dQ, _cleared(dK, ..., late, slice(None)), _cleared(dV, ..., late, slice(None))

    return differentiable(Q, K, V, call, backward)


@wrong("lost in gradients", "Rows from 512 on do not enter dK and dV.", "long")
def tensor_late_rows_of_backward(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call, late = Backward(Q, K, V, scale), slice(512, None)

    def backward(dO: Tensor) -> Gradients:
        dS, P = (_cleared(X, ..., late, slice(None)) for X in (call.dS(dO), call.P))
        return call.dQ(call.dS(dO)), call.shared(call.each_dK(dS)), call.shared(call.each_dV(P, dO))

    return differentiable(Q, K, V, call, backward)


@wrong("lost in gradients", "dV of the last head of the last member of the batch is zero.", "dense")
def tensor_last_head_of_backward(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call = Backward(Q, K, V, scale)

    def backward(dO: Tensor) -> Gradients:
        dQ, dK, dV = call.all(dO)
        return dQ, dK, _cleared(dV, -1, -1) if len(Q) > 1 else dV

    return differentiable(Q, K, V, call, backward)


@wrong("lost in gradients", "The last column of dQ is zero.", "dense")
def tensor_last_column_of_backward(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call = Backward(Q, K, V, scale)

    def backward(dO: Tensor) -> Gradients:
        dQ, dK, dV = call.all(dO)
        return _cleared(dQ, ..., -1), dK, dV

    return differentiable(Q, K, V, call, backward)


@wrong("lost in gradients", "The first key, which all rows look at, gets dK of the first row only.", "causal")
def tensor_first_key_of_backward(Q: Tensor, K: Tensor, V: Tensor, scale: float, causal: Corner = None) -> Tensor:
    call = Backward(Q, K, V, scale, below(Q, K, causal))

    def backward(dO: Tensor) -> Gradients:
        dS = call.dS(dO)
        return (
            call.dQ(dS),
            call.shared(call.each_dK(_cleared(dS, ..., slice(1, None), 0))),
            call.shared(call.each_dV(call.P, dO)),
        )

    return differentiable(Q, K, V, call, backward)
