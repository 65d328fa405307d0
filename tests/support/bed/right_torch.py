"""Right kernels on torch tensors; gradients are torch's own where none are written."""

import torch
from torch import Tensor

from tests.support.bed.entries import right
from tests.support.bed.torch_parts import (
    Corner,
    attend,
    below,
    by_heads,
    hidden,
    masked,
    repeated,
    scores,
    tilted,
    usual,
    wide,
    within,
)

ALL = ("float64", "float32", "float16", "bfloat16")
WIDE = ("float64", "float32")
INFINITE = float("inf")


@right(
    "The definition as torch's documentation has it, in the type of the inputs.", ALL, convention="sdpa", backward="autograd"
)
def sdpa_documented(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    n, m = query.shape[-2], key.shape[-2]
    bias = torch.zeros(n, m, dtype=query.dtype, device=query.device)
    if is_causal:
        bias = bias.masked_fill(torch.ones(n, m, dtype=torch.bool, device=query.device).tril().logical_not(), -INFINITE)
    if attn_mask is not None:
        bias = bias.masked_fill(~attn_mask, -INFINITE) if attn_mask.dtype == torch.bool else bias + attn_mask
    if enable_gqa:
        key, value = (X.repeat_interleave(query.shape[-3] // X.shape[-3], -3) for X in (key, value))
    weight = query @ key.transpose(-2, -1) * usual(scale, query) + bias
    return torch.softmax(weight, dim=-1) @ value


@right("Sums and softmax are in float32, the output in the type of the inputs.", ALL, convention="sdpa", backward="autograd")
def sdpa_wide(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, is_causal: bool = False,
    scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    sees, added = masked(attn_mask)
    return attend(query, key, value, usual(scale, query), below(query, key, "top-left") if is_causal else sees, added)


@right("Online softmax in blocks of 16 keys.", ALL, convention="sdpa", backward="autograd")
def sdpa_online(
    query: Tensor, key: Tensor, value: Tensor, is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False
) -> Tensor:
    sees = below(query, key, "top-left" if is_causal else None)
    q, k, v = wide(query), wide(repeated(key, query.shape[1])), wide(repeated(value, query.shape[1]))
    most = q.new_full((*q.shape[:3], 1), -INFINITE)
    total, sums = torch.zeros_like(most), q.new_zeros((*q.shape[:3], v.shape[3]))
    for block in torch.split(torch.arange(k.shape[2], device=q.device), 16):
        S = hidden(scores(q, k[:, :, block], usual(scale, query)), None if sees is None else sees[:, block])
        larger = torch.maximum(most, S.amax(dim=3, keepdim=True))
        A, again = torch.exp(S - larger), torch.exp(most - larger)
        total, sums, most = again * total + A.sum(dim=3, keepdim=True), again * sums + A @ v[:, :, block], larger
    return (sums / total).to(query.dtype)


@right("Weights by the logarithms of their sums.", ALL, convention="sdpa", backward="autograd")
def sdpa_by_logarithms(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, scale: float | None = None
) -> Tensor:
    sees, added = masked(attn_mask)
    S = hidden(scores(query, key, usual(scale, query), added), sees)
    return (torch.exp(S - torch.logsumexp(S, dim=3, keepdim=True)) @ wide(value)).to(query.dtype)


@right(
    "Causal from the top-left corner, always: there is no flag.", ALL, convention="sdpa", backward="autograd", always="top-left"
)
def sdpa_always_causal(query: Tensor, key: Tensor, value: Tensor, scale: float | None = None) -> Tensor:
    return attend(query, key, value, usual(scale, query), below(query, key, "top-left"))


@right(
    "Heads of keys are an axis of their own, expanded over the heads of queries.", ALL, convention="sdpa", backward="autograd"
)
def sdpa_expanded_heads(
    query: Tensor, key: Tensor, value: Tensor, is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False
) -> Tensor:
    (b, H, n, d), (G, m) = query.shape, key.shape[1:3]
    q = wide(query).reshape(b, G, H // G, n, d)
    S = (q @ wide(key)[:, :, None].transpose(3, 4) * usual(scale, query)).reshape(b, H, n, m)
    P = torch.softmax(hidden(S, below(query, key, "top-left" if is_causal else None)), dim=3).reshape(b, G, H // G, n, m)
    return (P @ wide(value)[:, :, None]).reshape(b, H, n, -1).to(query.dtype)


@right("Batched products, the scale in the first of them.", WIDE, convention="plain", backward="autograd", layout="bhnd")
def batched_products(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    (b, h, n, _), m = Q.shape, K.shape[2]
    q, k, v = (X.reshape(b * h, X.shape[2], X.shape[3]) for X in (Q, K, V))
    S = torch.baddbmm(q.new_zeros(b * h, n, m), q, k.transpose(1, 2), beta=0, alpha=scale)
    return torch.bmm(S.softmax(dim=2), v).reshape(b, h, n, -1)


@right("The definition for matrices.", ALL, convention="plain", backward="autograd")
def tensor_matrices(Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
    return torch.softmax(wide(Q) @ wide(K).T * scale, dim=1).to(Q.dtype) @ V


@right("All features of its convention, by a matrix of what is seen.", ALL, convention="flash-attn", backward="autograd")
def flash_reference(
    q: Tensor, k: Tensor, v: Tensor, dropout_p: float = 0.0, softmax_scale: float | None = None, causal: bool = False,
    window_size: tuple[int, int] = (-1, -1), alibi_slopes: Tensor | None = None,
) -> Tensor:  # fmt: skip
    left, right_ = window_size

    def attention(Q: Tensor, K: Tensor, V: Tensor) -> Tensor:
        sees = within(Q, K, left, 0 if causal else right_, "bottom-right")
        added = None if alibi_slopes is None else tilted(alibi_slopes, Q, K, "bottom-right")
        return attend(Q, K, V, usual(softmax_scale, q), sees, added)

    return by_heads(attention, q, k, v)


@right("Packed sequences, one after the other.", ALL, convention="flash-attn-varlen", backward="autograd")
def varlen_one_by_one(
    q: Tensor, k: Tensor, v: Tensor, cu_seqlens_q: Tensor, cu_seqlens_k: Tensor, max_seqlen_q: int, max_seqlen_k: int,
    dropout_p: float = 0.0, softmax_scale: float | None = None, causal: bool = False,
    window_size: tuple[int, int] = (-1, -1), alibi_slopes: Tensor | None = None,
) -> Tensor:  # fmt: skip
    rows, keys, parts = cu_seqlens_q.tolist(), cu_seqlens_k.tolist(), []
    for s in range(len(rows) - 1):
        these, those = slice(rows[s], rows[s + 1]), slice(keys[s], keys[s + 1])
        Q, K, V = (X[None] for X in (q[these], k[those], v[those]))
        parts.append(flash_reference(Q, K, V, dropout_p, softmax_scale, causal, window_size, alibi_slopes)[0])
    return torch.cat(parts)


@right("All features but packed sequences, by a matrix of what is seen.", ALL, backward="autograd")
def tensor_everything(
    Q: Tensor, K: Tensor, V: Tensor, scale: float, causal: Corner = None, window: tuple[int | None, int | None] | None = None,
    keep: Tensor | None = None, mask: Tensor | None = None, bias: Tensor | None = None, alibi: Tensor | None = None,
) -> Tensor:  # fmt: skip
    left, right_ = (-1 if side is None else side for side in window or (None, None))
    sees = within(Q, K, left, 0 if causal else right_, causal)
    for more in (mask, None if keep is None else keep[:, None, None]):
        sees = sees if more is None else sees & more
    added = torch.zeros((), device=Q.device) if bias is None else bias
    return attend(Q, K, V, scale, sees, added if alibi is None else added + tilted(alibi, Q, K, causal))


@right("Takes contiguous tensors only.", ALL, convention="sdpa", backward="autograd", declines=True)
def sdpa_contiguous_only(
    query: Tensor, key: Tensor, value: Tensor, is_causal: bool = False, scale: float | None = None
) -> Tensor:
    if not all(X.is_contiguous() for X in (query, key, value)):
        raise ValueError("query, key and value must be contiguous")
    return attend(query, key, value, usual(scale, query), below(query, key, "top-left" if is_causal else None))


@right("Takes head dimensions that are multiples of 8 only.", ALL, convention="flash-attn", backward="autograd", declines=True)
def flash_multiples_of_8_only(
    q: Tensor, k: Tensor, v: Tensor, softmax_scale: float | None = None, causal: bool = False
) -> Tensor:
    if q.shape[3] % 8 or v.shape[3] != q.shape[3]:
        raise NotImplementedError(f"head dimensions {q.shape[3]} and {v.shape[3]}: one multiple of 8 for all is needed")
    return flash_reference(q, k, v, 0.0, softmax_scale, causal)


@right("Causal for as many keys as queries only.", ALL, backward="autograd", declines=True)
def tensor_causal_square_only(Q: Tensor, K: Tensor, V: Tensor, scale: float, causal: Corner = None) -> Tensor:
    if causal and Q.shape[2] != K.shape[2]:
        raise ValueError(f"causal attention of {Q.shape[2]} queries and {K.shape[2]} keys is not supported")
    return attend(Q, K, V, scale, below(Q, K, causal))
