"""Wrong kernels on torch tensors: how operands lie in memory, and less precision than theirs."""

from functools import partial

import torch
from torch import Tensor

from tests.support.bed import entries
from tests.support.bed.torch_parts import attend, averaged, repeated, scores, usual, wide

wrong = partial(entries.wrong, convention="sdpa")


def memory(X: Tensor, start: int | None = None) -> Tensor:
    """The numbers that lie behind one another where X begins, or from `start` of its storage, as if X were packed."""
    begin = X.storage_offset() if start is None else start
    whole = X.untyped_storage().nbytes() // X.element_size()
    there = min(whole - begin, X.numel())
    found = torch.zeros(X.numel(), dtype=X.dtype, device=X.device)
    found[:there] = torch.as_strided(X, (there,), (1,), begin)
    return found.reshape(X.shape)


@wrong("layout", "Q is read as packed, whatever its strides are.", "transposed")
def sdpa_layout_of_Q(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return attend(memory(query), key, value, usual(None, query))


@wrong("layout", "K is read as packed, whatever its strides are.", "transposed")
def sdpa_layout_of_K(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return attend(query, memory(key), value, usual(None, query))


@wrong("layout", "V is read as packed, whatever its strides are.", "offset")
def sdpa_layout_of_V(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return attend(query, key, memory(value), usual(None, query))


@wrong("layout", "Heads that are one expanded head are read one behind the other.", "expanded")
def sdpa_layout_expanded(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    k, v = (X if X.stride(1) else memory(X) for X in (key, value))
    return attend(query, k, v, usual(None, query))


@wrong("layout", "V is read from the beginning of its storage.", "offset")
def sdpa_layout_without_offset(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return attend(query, key, torch.as_strided(value, value.shape, value.stride(), 0), usual(None, query))


@wrong("layout", "K and V are packed where Q is not, and then read with the strides of Q.", "transposed square")
def sdpa_layout_of_Q_for_all(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    same = key.shape == query.shape == value.shape and query.transpose(1, 2).is_contiguous()
    k, v = (X.contiguous().as_strided(X.shape, query.stride()) if same else X for X in (key, value))
    return attend(query, k, v, usual(None, query))


@wrong("layout", "The output is given with the strides of its transpose.", "dense")
def sdpa_layout_of_the_output(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    output = attend(query, key, value, usual(None, query)).contiguous()
    _, h, n, v = output.shape
    return torch.as_strided(output, output.shape, (h * n * v, n * v, 1, n))


@wrong("layout", "Rows of the output are given one number too close to each other.", "dense")
def sdpa_layout_overlapping(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    output = attend(query, key, value, usual(None, query)).contiguous()
    _, h, n, v = output.shape
    return torch.as_strided(output, output.shape, (h * n * v, n * v, v - 1, 1))


@wrong("precision", "All is computed in bfloat16, as under autocast.", "dense")
def sdpa_under_autocast(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    with torch.autocast(query.device.type, torch.bfloat16):
        S = query @ repeated(key, query.shape[1]).transpose(2, 3) * usual(None, query)
        return (torch.softmax(S, dim=3) @ repeated(value, query.shape[1])).to(query.dtype)


@wrong("precision", "All is computed in float16.", "dense")
def sdpa_in_half(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    q, k, v = (X.half() for X in (query, repeated(key, query.shape[1]), repeated(value, query.shape[1])))
    return (torch.softmax(q @ k.transpose(2, 3) * usual(None, query), dim=3) @ v).to(query.dtype)


@wrong("precision", "float64 is computed in float32.", "dense", dtype="float64")
def sdpa_in_single(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return attend(query.float(), key.float(), value.float(), usual(None, query)).to(query.dtype)


@wrong("precision", "Q and K are rounded to 8-bit floating point.", "dense")
def sdpa_in_eight_bits(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    q, k = (X.to(torch.float8_e4m3fn).to(X.dtype) for X in (query, key))
    return attend(q, k, value, usual(None, query))


@wrong("precision", "Weights are rounded to bfloat16 before they meet V.", "dense")
def sdpa_weights_in_bfloat16(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    P = torch.softmax(scores(query, key, usual(None, query)), dim=3)
    return averaged(P.bfloat16().to(P.dtype), value, query)


@wrong("precision", "Weights are summed one by one in bfloat16: beyond 256 nothing is added.", "flat long", dtype="bfloat16")
def sdpa_sums_stagnate(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    S = scores(query, key, usual(None, query))
    A = torch.exp(S - S.amax(dim=3, keepdim=True))
    total = torch.zeros_like(A[..., :1]).bfloat16()
    for weight in torch.split(A.bfloat16(), 1, dim=3):
        total = total + weight
    return averaged(A / wide(total), value, query)


@wrong("precision", "Scores of float16 overflow before they are scaled.", "huge scores", dtype="float16")
def sdpa_half_overflows(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    S = wide(query @ repeated(key, query.shape[1]).transpose(2, 3)) * usual(None, query)
    return averaged(torch.softmax(S, dim=3), value, query)


@wrong("precision", "Outputs below 1/1000 are zero.", "small values")
def sdpa_small_is_zero(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    output = attend(query, key, value, usual(None, query))
    return torch.where(output.abs() < 1e-3, torch.zeros_like(output), output)
