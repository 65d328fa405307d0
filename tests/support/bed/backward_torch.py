"""Wrong kernels on torch tensors whose outputs are right, and whose gradients are not: what is scaled, summed and read."""

from functools import partial
from typing import Any

import torch
from torch import Tensor

from tests.support.bed import entries
from tests.support.bed.memory_torch import memory
from tests.support.bed.torch_parts import (
    Backward,
    Corner,
    attend,
    averaged,
    below,
    differentiable,
    scores,
    usual,
)

wrong = partial(entries.wrong, backward="autograd")
Gradients = tuple[Any, Any, Any]


@wrong("gradients", "The averages of dP are not subtracted.", "dense")
def tensor_delta_dropped(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call = Backward(Q, K, V, scale)
    return differentiable(Q, K, V, call, lambda dO: call.all(dO, call.P * call.dP(dO)))


@wrong("gradients", "The averages of dP are those over all rows of a head.", "dense")
def tensor_delta_of_all_rows(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call = Backward(Q, K, V, scale)

    def backward(dO: Tensor) -> Gradients:
        dP = call.dP(dO)
        return call.all(dO, call.P * (dP - (call.P * dP).sum(dim=3, keepdim=True).mean(dim=2, keepdim=True)))

    return differentiable(Q, K, V, call, backward)


@wrong("gradients", "dQ is not scaled.", "causal")
def tensor_dQ_unscaled(Q: Tensor, K: Tensor, V: Tensor, scale: float, causal: Corner = None) -> Tensor:
    call = Backward(Q, K, V, scale, below(Q, K, causal))

    def backward(dO: Tensor) -> Gradients:
        dQ, dK, dV = call.all(dO)
        return dQ / scale, dK, dV

    return differentiable(Q, K, V, call, backward)


@wrong("gradients", "dK is not scaled.", "causal")
def tensor_dK_unscaled(Q: Tensor, K: Tensor, V: Tensor, scale: float, causal: Corner = None) -> Tensor:
    call = Backward(Q, K, V, scale, below(Q, K, causal))

    def backward(dO: Tensor) -> Gradients:
        dQ, dK, dV = call.all(dO)
        return dQ, dK / scale, dV

    return differentiable(Q, K, V, call, backward)


@wrong("gradients", "Neither dQ nor dK is scaled.", "dense")
def tensor_both_unscaled(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call = Backward(Q, K, V, scale)
    return differentiable(Q, K, V, call, lambda dO: call.all(dO, call.dS(dO) / scale))


@wrong("gradients", "A scale that is given holds in the forward pass; the backward pass has 1/sqrt(d).", "scale")
def tensor_scale_of_backward(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call = Backward(Q, K, V, scale)
    return differentiable(Q, K, V, call, lambda dO: call.all(dO, call.dS(dO) * usual(None, Q) / scale))


@wrong("gradients", "dQ and dK are given in the wrong order.", "dense")
def tensor_exchanged(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call = Backward(Q, K, V, scale)

    def backward(dO: Tensor) -> Gradients:
        dQ, dK, dV = call.all(dO)
        return (dK, dQ, dV) if dQ.shape == dK.shape else (dQ, dK, dV)

    return differentiable(Q, K, V, call, backward)


@wrong("gradients", "dK and dV are those of the first head of queries of each group.", "grouped")
def tensor_first_of_the_group(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call, share = Backward(Q, K, V, scale), Q.shape[1] // K.shape[1]

    def backward(dO: Tensor) -> Gradients:
        dS = call.dS(dO)
        dK, dV = (X[:, ::share].to(Q.dtype) for X in (call.each_dK(dS), call.each_dV(call.P, dO)))
        return call.dQ(dS), dK, dV

    return differentiable(Q, K, V, call, backward)


@wrong("gradients", "dK and dV are averages over the heads of queries of a group.", "causal grouped")
def tensor_average_of_the_group(Q: Tensor, K: Tensor, V: Tensor, scale: float, causal: Corner = None) -> Tensor:
    call, share = Backward(Q, K, V, scale, below(Q, K, causal)), Q.shape[1] // K.shape[1]

    def backward(dO: Tensor) -> Gradients:
        dQ, dK, dV = call.all(dO)
        return dQ, dK / share, dV / share

    return differentiable(Q, K, V, call, backward)


@wrong("gradients", "The heads of queries are summed as if keys had been repeated as a whole.", "grouped")
def tensor_sum_of_other_heads(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call, G = Backward(Q, K, V, scale), K.shape[1]

    def summed(X: Tensor) -> Tensor:
        return X.reshape(len(X), -1, G, *X.shape[2:]).sum(dim=1).to(Q.dtype)

    def backward(dO: Tensor) -> Gradients:
        dS = call.dS(dO)
        return call.dQ(dS), summed(call.each_dK(dS)), summed(call.each_dV(call.P, dO))

    return differentiable(Q, K, V, call, backward)


@wrong("gradients", "dV is that of weights that were not divided by their sums.", "dense")
def tensor_dV_unnormalised(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call = Backward(Q, K, V, scale)

    def backward(dO: Tensor) -> Gradients:
        A = torch.exp(call.S - call.S.amax(dim=3, keepdim=True))
        return *call.all(dO)[:2], call.shared(call.each_dV(A, dO))

    return differentiable(Q, K, V, call, backward)


@wrong("gradients", "There is no gradient of V.", "dense")
def tensor_dV_missing(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call = Backward(Q, K, V, scale)
    return differentiable(Q, K, V, call, lambda dO: (*call.all(dO)[:2], None))


@wrong("gradients", "K is detached: it has no gradient.", "dense")
def tensor_keys_detached(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    return attend(Q, K.detach(), V, scale)


@wrong("gradients", "Weights are detached: only V has a gradient.", "dense")
def tensor_weights_detached(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    return attend(Q.detach(), K.detach(), V, scale)


@wrong("gradients", "The sum of weights is detached: nothing is subtracted from dP.", "dense")
def tensor_sum_detached(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    S = scores(Q, K, scale)
    A = torch.exp(S - S.amax(dim=3, keepdim=True).detach())
    return averaged(A / A.sum(dim=3, keepdim=True).detach(), V, Q)


@wrong("gradients", "dO is read as packed, whatever its strides are.", "transposed")
def tensor_layout_of_dO(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call = Backward(Q, K, V, scale)
    return differentiable(Q, K, V, call, lambda dO: call.all(memory(dO)))


@wrong("gradients", "dO that is one number for all is read as packed, and the rest is whatever lies behind.", "expanded")
def tensor_layout_of_expanded_dO(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call = Backward(Q, K, V, scale)
    return differentiable(Q, K, V, call, lambda dO: call.all(dO if any(dO.stride()) else memory(dO)))


@wrong("precision", "dS is rounded to bfloat16.", "dense")
def tensor_dS_in_bfloat16(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    call = Backward(Q, K, V, scale)
    return differentiable(Q, K, V, call, lambda dO: call.all(dO, call.dS(dO).bfloat16().to(call.P.dtype)))
