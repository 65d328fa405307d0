"""Wrong kernels on torch tensors in the convention of flash-attn for packed sequences: (total, h, d)."""

from functools import partial

import torch
from torch import Tensor

from tests.support.bed import entries
from tests.support.bed.torch_parts import attend, below, usual

wrong = partial(entries.wrong, convention="flash-attn-varlen")


def _sequence(cumulative: Tensor, total: int) -> Tensor:
    """The sequence of each row or key."""
    return torch.bucketize(torch.arange(total, device=cumulative.device), cumulative[1:].contiguous(), right=True)


def _one(q: Tensor, k: Tensor, v: Tensor, sees: Tensor | None) -> Tensor:
    """Of all sequences as one."""
    Q, K, V = (X.transpose(0, 1)[None] for X in (q, k, v))
    return attend(Q, K, V, usual(None, q), sees)[0].transpose(0, 1)


def _each(q: Tensor, k: Tensor, v: Tensor, rows: Tensor, keys: Tensor, corner: str | None = None) -> list[Tensor]:
    """Of each sequence."""
    found = []
    for s in range(len(rows) - 1):
        these, those = slice(int(rows[s]), int(rows[s + 1])), slice(int(keys[s]), int(keys[s + 1]))
        Q, K, V = (X.transpose(0, 1)[None] for X in (q[these], k[those], v[those]))
        found.append(attend(Q, K, V, usual(None, q), below(Q, K, corner))[0].transpose(0, 1))
    return found


@wrong("packed", "All sequences are one.", "packed")
def varlen_as_one(
    q: Tensor, k: Tensor, v: Tensor, cu_seqlens_q: Tensor, cu_seqlens_k: Tensor, max_seqlen_q: int, max_seqlen_k: int
) -> Tensor:
    return _one(q, k, v, None)


@wrong("packed", "Borders of keys are those of queries.", "packed unequal")
def varlen_by_queries(
    q: Tensor, k: Tensor, v: Tensor, cu_seqlens_q: Tensor, cu_seqlens_k: Tensor, max_seqlen_q: int, max_seqlen_k: int
) -> Tensor:
    return torch.cat(_each(q, k, v, cu_seqlens_q, cu_seqlens_q))


@wrong("packed", "The last key of each sequence is left out.", "packed")
def varlen_one_less(
    q: Tensor, k: Tensor, v: Tensor, cu_seqlens_q: Tensor, cu_seqlens_k: Tensor, max_seqlen_q: int, max_seqlen_k: int
) -> Tensor:
    of_key = _sequence(cu_seqlens_k, len(k))
    last = torch.zeros(len(k), dtype=torch.bool, device=k.device)
    last[cu_seqlens_k[1:].long() - 1] = True
    return _one(q, k, v, (_sequence(cu_seqlens_q, len(q))[:, None] == of_key) & ~last)


@wrong("packed", "The first key of the next sequence is seen too.", "packed unequal")
def varlen_one_more(
    q: Tensor, k: Tensor, v: Tensor, cu_seqlens_q: Tensor, cu_seqlens_k: Tensor, max_seqlen_q: int, max_seqlen_k: int
) -> Tensor:
    of_row, of_key = _sequence(cu_seqlens_q, len(q))[:, None], _sequence(cu_seqlens_k, len(k))
    first = torch.diff(of_key, prepend=of_key[:1]) > 0
    return _one(q, k, v, (of_row == of_key) | ((of_row + 1 == of_key) & first))


@wrong("packed", "Of each sequence no more keys are read than the longest has queries.", "packed unequal")
def varlen_cut_to_queries(
    q: Tensor, k: Tensor, v: Tensor, cu_seqlens_q: Tensor, cu_seqlens_k: Tensor, max_seqlen_q: int, max_seqlen_k: int
) -> Tensor:
    of_key = _sequence(cu_seqlens_k, len(k))
    place = torch.arange(len(k), device=k.device) - cu_seqlens_k[of_key]
    shortest = min(max_seqlen_q, int(torch.diff(cu_seqlens_q).min()))
    return _one(q, k, v, (_sequence(cu_seqlens_q, len(q))[:, None] == of_key) & (place < shortest))


@wrong("packed", "Sequences are filled up with zeros to the longest, and these count in the sums.", "packed unequal")
def varlen_counts_padding(
    q: Tensor, k: Tensor, v: Tensor, cu_seqlens_q: Tensor, cu_seqlens_k: Tensor, max_seqlen_q: int, max_seqlen_k: int
) -> Tensor:
    parts = []
    for s in range(len(cu_seqlens_q) - 1):
        these, those = (slice(int(X[s]), int(X[s + 1])) for X in (cu_seqlens_q, cu_seqlens_k))
        missing = max_seqlen_k - (those.stop - those.start)
        K, V = (torch.cat([X[those], X.new_zeros(missing, *X.shape[1:])]) for X in (k, v))
        parts.append(_one(q[these], K, V, None))
    return torch.cat(parts)


@wrong("packed", "The last sequence is not computed.", "packed")
def varlen_last_is_zero(
    q: Tensor, k: Tensor, v: Tensor, cu_seqlens_q: Tensor, cu_seqlens_k: Tensor, max_seqlen_q: int, max_seqlen_k: int
) -> Tensor:
    parts = _each(q, k, v, cu_seqlens_q, cu_seqlens_k)
    return torch.cat([*parts[:-1], torch.zeros_like(parts[-1])])


@wrong("packed", "All sequences read the keys of the first.", "packed unequal")
def varlen_keys_of_the_first(
    q: Tensor, k: Tensor, v: Tensor, cu_seqlens_q: Tensor, cu_seqlens_k: Tensor, max_seqlen_q: int, max_seqlen_k: int
) -> Tensor:
    first = slice(0, int(cu_seqlens_k[1]))
    return _one(q, k[first], v[first], None)


@wrong("packed", "The diagonal of each sequence starts at its top-left corner.", "packed bottom-right")
def varlen_causal_top_left(
    q: Tensor, k: Tensor, v: Tensor, cu_seqlens_q: Tensor, cu_seqlens_k: Tensor, max_seqlen_q: int, max_seqlen_k: int,
    causal: bool = False,
) -> Tensor:  # fmt: skip
    return torch.cat(_each(q, k, v, cu_seqlens_q, cu_seqlens_k, "top-left" if causal else None))


@wrong("packed", "The diagonals of all sequences are shifted as that of the longest.", "packed bottom-right")
def varlen_causal_of_the_longest(
    q: Tensor, k: Tensor, v: Tensor, cu_seqlens_q: Tensor, cu_seqlens_k: Tensor, max_seqlen_q: int, max_seqlen_k: int,
    causal: bool = False,
) -> Tensor:  # fmt: skip
    of_row, of_key = _sequence(cu_seqlens_q, len(q)), _sequence(cu_seqlens_k, len(k))
    i = torch.arange(len(q), device=q.device) - cu_seqlens_q[of_row] + max_seqlen_k - max_seqlen_q
    j = torch.arange(len(k), device=k.device) - cu_seqlens_k[of_key]
    sees = of_row[:, None] == of_key
    return _one(q, k, v, sees & (j <= i[:, None]) if causal else sees)


@wrong("packed", "Causal is not looked at.", "packed causal")
def varlen_causal_ignored(
    q: Tensor, k: Tensor, v: Tensor, cu_seqlens_q: Tensor, cu_seqlens_k: Tensor, max_seqlen_q: int, max_seqlen_k: int,
    causal: bool = False,
) -> Tensor:  # fmt: skip
    return torch.cat(_each(q, k, v, cu_seqlens_q, cu_seqlens_k))


@wrong("packed", "Sequences are not masked from those before where all is causal.", "packed causal")
def varlen_causal_as_one(
    q: Tensor, k: Tensor, v: Tensor, cu_seqlens_q: Tensor, cu_seqlens_k: Tensor, max_seqlen_q: int, max_seqlen_k: int,
    causal: bool = False,
) -> Tensor:  # fmt: skip
    if not causal:
        return torch.cat(_each(q, k, v, cu_seqlens_q, cu_seqlens_k))
    return _one(q, k, v, below(q.transpose(0, 1)[None], k.transpose(0, 1)[None], "bottom-right"))


@wrong("heads", "Heads of keys are repeated as a whole.", "packed bottom-right")
def varlen_heads_repeated(
    q: Tensor, k: Tensor, v: Tensor, cu_seqlens_q: Tensor, cu_seqlens_k: Tensor, max_seqlen_q: int, max_seqlen_k: int,
    causal: bool = False,
) -> Tensor:  # fmt: skip
    share = q.shape[1] // k.shape[1]
    k, v = k.repeat(1, share, 1), v.repeat(1, share, 1)
    return torch.cat(_each(q, k, v, cu_seqlens_q, cu_seqlens_k, "bottom-right" if causal else None))
