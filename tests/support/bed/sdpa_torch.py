"""Wrong kernels on torch tensors in the convention of torch's scaled_dot_product_attention."""

from functools import partial

import torch
from torch import Tensor

from tests.support.bed import entries
from tests.support.bed.torch_parts import (
    attend,
    averaged,
    below,
    hidden,
    keys_of,
    masked,
    repeated,
    scores,
    usual,
    wide,
)

wrong = partial(entries.wrong, convention="sdpa")


@wrong("scale", "Where no scale is given there is none.", "dense")
def sdpa_default_of_one(query: Tensor, key: Tensor, value: Tensor, scale: float | None = None) -> Tensor:
    return attend(query, key, value, 1.0 if scale is None else scale)


@wrong("scale", "Where no scale is given it is 1/d.", "dense")
def sdpa_default_of_d(query: Tensor, key: Tensor, value: Tensor, scale: float | None = None) -> Tensor:
    return attend(query, key, value, 1 / query.shape[3] if scale is None else scale)


@wrong("scale", "A scale that is given is not looked at.", "scale")
def sdpa_scale_ignored(query: Tensor, key: Tensor, value: Tensor, scale: float | None = None) -> Tensor:
    return attend(query, key, value, usual(None, query))


@wrong("scale", "A scale that is given is multiplied by 1/sqrt(d).", "scale")
def sdpa_scale_on_top(query: Tensor, key: Tensor, value: Tensor, scale: float | None = None) -> Tensor:
    return attend(query, key, value, usual(None, query) * (1.0 if scale is None else scale))


@wrong("scale", "The scale is that of a head dimension of 64.", "dense")
def sdpa_scale_of_64(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return attend(query, key, value, 64**-0.5)


@wrong("causal", "The diagonal ends at the bottom-right corner.", "causal, more keys")
def sdpa_causal_bottom_right(query: Tensor, key: Tensor, value: Tensor, is_causal: bool = False) -> Tensor:
    return attend(query, key, value, usual(None, query), below(query, key, "bottom-right" if is_causal else None))


@wrong("causal", "The diagonal is hidden too.", "causal")
def sdpa_causal_strict(query: Tensor, key: Tensor, value: Tensor, is_causal: bool = False) -> Tensor:
    return attend(query, key, value, usual(None, query), below(query, key, "top-left" if is_causal else None, -1))


@wrong("causal", "One diagonal too many is seen.", "causal")
def sdpa_causal_one_more(query: Tensor, key: Tensor, value: Tensor, is_causal: bool = False) -> Tensor:
    return attend(query, key, value, usual(None, query), below(query, key, "top-left" if is_causal else None, 1))


@wrong("causal", "The upper triangle is seen and not the lower one.", "causal")
def sdpa_causal_upper(query: Tensor, key: Tensor, value: Tensor, is_causal: bool = False) -> Tensor:
    triangle = torch.ones(query.shape[2], key.shape[2], dtype=torch.bool, device=query.device).triu()
    return attend(query, key, value, usual(None, query), triangle if is_causal else None)


@wrong("causal", "The triangle is one of 32 rows and keys; what is beyond is seen.", "causal")
def sdpa_causal_of_32(query: Tensor, key: Tensor, value: Tensor, is_causal: bool = False) -> Tensor:
    sees = torch.ones(query.shape[2], key.shape[2], dtype=torch.bool, device=query.device)
    sees[:32, :32] = sees[:32, :32].tril()
    return attend(query, key, value, usual(None, query), sees if is_causal else None)


@wrong("causal", "Scores are multiplied by the triangle, so that hidden ones are zero.", "causal")
def sdpa_causal_product(query: Tensor, key: Tensor, value: Tensor, is_causal: bool = False) -> Tensor:
    S = scores(query, key, usual(None, query))
    return averaged(torch.softmax(S.tril() if is_causal else S, dim=3), value, query)


@wrong("causal", "The kernel is causal though nobody asks.", "dense")
def sdpa_causal_unasked(query: Tensor, key: Tensor, value: Tensor, is_causal: bool = False) -> Tensor:
    return attend(query, key, value, usual(None, query), below(query, key, "top-left"))


@wrong("causal", "10,000 is taken from hidden scores, which large scores outweigh.", "causal huge")
def sdpa_causal_by_a_number(query: Tensor, key: Tensor, value: Tensor, is_causal: bool = False) -> Tensor:
    sees = below(query, key, "top-left" if is_causal else None)
    return attend(query, key, value, usual(None, query), None, None if sees is None else -1e4 * (~sees).float())


@wrong("mask", "True is taken for hidden, as in torch's MultiheadAttention.", "mask")
def sdpa_mask_inverted(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None) -> Tensor:
    sees, added = masked(attn_mask)
    return attend(query, key, value, usual(None, query), None if sees is None else ~sees, added)


@wrong("mask", "Booleans are converted to numbers and added.", "mask")
def sdpa_mask_added(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None) -> Tensor:
    return attend(query, key, value, usual(None, query), None, attn_mask)


@wrong("mask", "Numbers are converted to booleans, and what is not 0 is seen.", "bias")
def sdpa_bias_as_booleans(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None) -> Tensor:
    return attend(query, key, value, usual(None, query), None if attn_mask is None else attn_mask.bool())


@wrong("mask", "The mask of the first head of the first member of the batch is used for all.", "mask each")
def sdpa_mask_of_the_first(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None) -> Tensor:
    one = attn_mask if attn_mask is None or attn_mask.dim() == 2 else attn_mask[:1, :1]
    return attend(query, key, value, usual(None, query), *masked(one))


@wrong("mask", "The mask of the first head is used for all.", "mask each")
def sdpa_mask_of_the_first_head(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None) -> Tensor:
    one = attn_mask if attn_mask is None or attn_mask.dim() == 2 else attn_mask[:, :1]
    return attend(query, key, value, usual(None, query), *masked(one))


@wrong("mask", "The mask is read as one of keys: its last row holds for all.", "mask")
def sdpa_mask_of_keys(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None) -> Tensor:
    return attend(query, key, value, usual(None, query), *masked(None if attn_mask is None else attn_mask[..., -1:, :]))


@wrong("mask", "A mask that is the same for all rows is read as packed although its rows are one.", "keep")
def sdpa_mask_expanded(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None) -> Tensor:
    if attn_mask is not None and attn_mask.shape[-2] == 1 < query.shape[2]:
        n, m = query.shape[2], key.shape[2]
        attn_mask = attn_mask.flatten().repeat(n)[: n * m].reshape(n, m)
    return attend(query, key, value, usual(None, query), *masked(attn_mask))


@wrong("bias", "The bias is scaled with the scores.", "bias")
def sdpa_bias_scaled(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None) -> Tensor:
    sees, added = masked(attn_mask)
    return attend(query, key, value, usual(None, query), sees, None if added is None else added * usual(None, query))


@wrong("precision", "The bias is added in bfloat16.", "bias each")
def sdpa_bias_rounded(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None) -> Tensor:
    sees, added = masked(attn_mask)
    return attend(query, key, value, usual(None, query), sees, None if added is None else added.bfloat16())


@wrong("heads", "Heads of keys are repeated as a whole: repeat and not repeat_interleave.", "grouped")
def sdpa_heads_repeated(query: Tensor, key: Tensor, value: Tensor, enable_gqa: bool = False) -> Tensor:
    share = query.shape[1] // key.shape[1]
    return attend(query, key.repeat(1, share, 1, 1), value.repeat(1, share, 1, 1), usual(None, query))


@wrong("heads", "Heads of V are repeated as a whole, those of K each for its group.", "grouped")
def sdpa_values_repeated(query: Tensor, key: Tensor, value: Tensor, enable_gqa: bool = False) -> Tensor:
    return attend(query, key, value.repeat(1, query.shape[1] // key.shape[1], 1, 1), usual(None, query))


@wrong("heads", "All heads of queries read the first head of keys.", "grouped")
def sdpa_heads_of_the_first(query: Tensor, key: Tensor, value: Tensor, enable_gqa: bool = False) -> Tensor:
    alone = slice(0, 1 if enable_gqa else None)
    return attend(query, key[:, alone], value[:, alone], usual(None, query))


@wrong("softmax", "The weights of each key sum to one.", "dense")
def sdpa_softmax_of_keys(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return averaged(torch.softmax(scores(query, key, usual(None, query)), dim=2), value, query)


@wrong("softmax", "Weights sum to one over the heads.", "dense")
def sdpa_softmax_of_heads(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return averaged(torch.softmax(scores(query, key, usual(None, query)), dim=1), value, query)


@wrong("softmax", "No maximum is subtracted.", "large scores")
def sdpa_without_maximum(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    A = torch.exp(scores(query, key, usual(None, query)))
    return averaged(A / A.sum(dim=3, keepdim=True), value, query)


@wrong("softmax", "A tenth of the weights is dropped at random, though no dropout is asked for.", "dense", note="random")
def sdpa_dropout_on(query: Tensor, key: Tensor, value: Tensor, dropout_p: float = 0.0) -> Tensor:
    P = torch.softmax(scores(query, key, usual(None, query)), dim=3)
    return averaged(torch.nn.functional.dropout(P, 0.1, training=True), value, query)


@wrong("layout", "K is given other axes by its shape alone and not transposed.", "dense")
def sdpa_keys_reshaped(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    S = wide(query) @ wide(repeated(key, query.shape[1])).reshape(*query.shape[:2], key.shape[3], key.shape[2])
    return averaged(torch.softmax(S * usual(None, query), dim=3), value, query)


@wrong("columns", "V is cut or filled up to the width of Q.", "wide values")
def sdpa_values_cut(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    output = attend(query, key, value, usual(None, query))
    return torch.where(torch.arange(value.shape[3], device=value.device) < query.shape[3], output, torch.zeros_like(output))


@wrong("lost keys", "Keys beyond the last full block of 8 are hidden.", "unequal lengths")
def sdpa_lost_remainder(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    m = key.shape[2]
    sees = keys_of(key) < (m // 8 * 8 or m)
    return averaged(torch.softmax(hidden(scores(query, key, usual(None, query)), sees), dim=3), value, query)
