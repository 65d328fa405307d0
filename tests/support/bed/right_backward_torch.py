"""Right kernels on torch tensors with backward passes of their own."""

from typing import Any

import torch
from torch import Tensor

from tests.support.bed.entries import right
from tests.support.bed.torch_parts import (
    Backward,
    Corner,
    attend,
    below,
    differentiable,
    hidden,
    masked,
    repeated,
    scores,
    tilted,
    usual,
    wide,
)

BLOCK = 16


@right(
    "Gradients written by hand, weights kept.",
    ("float64", "float32", "float16", "bfloat16"),
    convention="sdpa",
    backward="autograd",
)
def sdpa_own_backward(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, is_causal: bool = False,
    scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    sees, added = masked(attn_mask)
    call = Backward(query, key, value, usual(scale, query), below(query, key, "top-left") if is_causal else sees, added)
    return differentiable(query, key, value, call, call.all)


@right("Gradients written by hand, of masks, biases and slopes.", ("float64", "float32", "bfloat16"), backward="autograd")
def tensor_own_backward(
    Q: Tensor, K: Tensor, V: Tensor, scale: float, causal: Corner = None, mask: Tensor | None = None,
    bias: Tensor | None = None, alibi: Tensor | None = None,
) -> Tensor:  # fmt: skip
    line = below(Q, K, causal)
    sees = mask if line is None else line if mask is None else mask & line
    added = torch.zeros((), device=Q.device) if bias is None else bias
    call = Backward(Q, K, V, scale, sees, added if alibi is None else added + tilted(alibi, Q, K, causal))
    return differentiable(Q, K, V, call, call.all)


def _forward(ctx: Any, Q: Tensor, K: Tensor, V: Tensor, scale: float, causal: Corner) -> Tensor:
    S = hidden(scores(Q, K, scale), below(Q, K, causal))
    logarithms = torch.logsumexp(S, dim=3, keepdim=True)
    output = attend(Q, K, V, scale, below(Q, K, causal))
    ctx.save_for_backward(Q, K, V, output, logarithms)
    ctx.scale, ctx.causal = scale, causal
    return output


def _backward(ctx: Any, dO: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
    Q, K, V, output, logarithms = ctx.saved_tensors
    H, G, m, dtype = Q.shape[1], K.shape[1], K.shape[2], Q.dtype
    q, k, v, do = wide(Q), wide(repeated(K, H)), wide(repeated(V, H)), wide(dO)
    delta = (do * wide(output)).sum(dim=3, keepdim=True)
    dQ, dK, dV, sees = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v), below(Q, K, ctx.causal)
    for block in torch.split(torch.arange(m, device=q.device), BLOCK):
        S = hidden(scores(q, k[:, :, block], ctx.scale), None if sees is None else sees[:, block])
        P = torch.exp(S - logarithms)
        dS = ctx.scale * P * (do @ v[:, :, block].transpose(2, 3) - delta)
        dQ += dS @ k[:, :, block]
        dK[:, :, block], dV[:, :, block] = dS.transpose(2, 3) @ q, P.transpose(2, 3) @ do
    dK, dV = (X.reshape(len(Q), G, H // G, m, -1).sum(dim=2).to(dtype) for X in (dK, dV))
    return dQ.to(dtype), dK, dV, None, None


_made: Any = type(
    "Recomputing", (torch.autograd.Function,), {"forward": staticmethod(_forward), "backward": staticmethod(_backward)}
)


@right(
    "Gradients by blocks of 16 keys, weights made again.", ("float64", "float32", "float16", "bfloat16"), backward="autograd"
)
def tensor_recomputing_backward(Q: Tensor, K: Tensor, V: Tensor, scale: float, causal: Corner = None) -> Tensor:
    output: Tensor = _made.apply(Q, K, V, scale, causal)
    return output
