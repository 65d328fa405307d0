"""Wrong kernels on torch tensors in the convention of flash-attn: (b, n, h, d), causal from the bottom-right corner."""

from functools import partial

import torch
from torch import Tensor

from tests.support.bed import entries
from tests.support.bed.torch_parts import (
    attend,
    below,
    by_heads,
    diagonal,
    keys_of,
    tilted,
    usual,
    within,
)

wrong = partial(entries.wrong, convention="flash-attn")
Window = tuple[int, int]
OPEN = (-1, -1)


def _seen(q: Tensor, k: Tensor, causal: bool, window: Window, corner: str = "bottom-right") -> Tensor:
    return within(q.transpose(1, 2), k.transpose(1, 2), window[0], 0 if causal else window[1], corner)


def _attend(q: Tensor, k: Tensor, v: Tensor, sees: Tensor | None = None, added: Tensor | None = None) -> Tensor:
    return by_heads(lambda Q, K, V: attend(Q, K, V, usual(None, q), sees, added), q, k, v)


@wrong("causal", "The diagonal starts at the top-left corner.", "causal bottom-right")
def flash_causal_top_left(q: Tensor, k: Tensor, v: Tensor, causal: bool = False) -> Tensor:
    return _attend(q, k, v, _seen(q, k, causal, OPEN, "top-left"))


@wrong("causal", "Nothing is hidden where there are more keys than queries.", "causal bottom-right")
def flash_causal_square_only(q: Tensor, k: Tensor, v: Tensor, causal: bool = False) -> Tensor:
    return _attend(q, k, v, _seen(q, k, causal and q.shape[1] == k.shape[1], OPEN))


@wrong("causal", "A row sees one key too many.", "causal bottom-right")
def flash_causal_one_more(q: Tensor, k: Tensor, v: Tensor, causal: bool = False) -> Tensor:
    return _attend(q, k, v, below(q.transpose(1, 2), k.transpose(1, 2), "bottom-right" if causal else None, 1))


@wrong("causal", "Rows see whole tiles of 8 keys.", "causal bottom-right")
def flash_causal_of_tiles(q: Tensor, k: Tensor, v: Tensor, causal: bool = False) -> Tensor:
    Q, K = q.transpose(1, 2), k.transpose(1, 2)
    return _attend(q, k, v, keys_of(K) // 8 <= diagonal(Q, K, "bottom-right") // 8 if causal else None)


@wrong("window", "-1, which is no border, is taken for 0.", "window open to the left")
def flash_window_minus_one(q: Tensor, k: Tensor, v: Tensor, causal: bool = False, window_size: Window = OPEN) -> Tensor:
    left, right = window_size
    return _attend(q, k, v, _seen(q, k, causal, window_size if window_size == OPEN else (max(left, 0), max(right, 0))))


@wrong("window", "The left side is taken for how many keys are seen, so that one is missing.", "window causal")
def flash_window_as_count(q: Tensor, k: Tensor, v: Tensor, causal: bool = False, window_size: Window = OPEN) -> Tensor:
    left, right = window_size
    return _attend(q, k, v, _seen(q, k, causal, (left - 1 if left > 0 else left, right)))


@wrong("window", "One key too many is seen to the left.", "window causal")
def flash_window_wide(q: Tensor, k: Tensor, v: Tensor, causal: bool = False, window_size: Window = OPEN) -> Tensor:
    left, right = window_size
    return _attend(q, k, v, _seen(q, k, causal, (left + 1 if left >= 0 else left, right)))


@wrong("window", "A window without causal is not looked at.", "window")
def flash_window_needs_causal(q: Tensor, k: Tensor, v: Tensor, causal: bool = False, window_size: Window = OPEN) -> Tensor:
    return _attend(q, k, v, _seen(q, k, causal, window_size if causal else OPEN))


@wrong("window", "With a window the causal flag is lost, and the window reaches as far to the right.", "window causal")
def flash_window_to_both_sides(q: Tensor, k: Tensor, v: Tensor, causal: bool = False, window_size: Window = OPEN) -> Tensor:
    left, _ = window_size
    return _attend(q, k, v, _seen(q, k, False, (left, left)) if causal and left >= 0 else _seen(q, k, causal, window_size))


@wrong("window", "The window follows the top-left diagonal, causal the bottom-right one.", "window bottom-right")
def flash_window_top_left(q: Tensor, k: Tensor, v: Tensor, causal: bool = False, window_size: Window = OPEN) -> Tensor:
    left, right = window_size
    return _attend(q, k, v, _seen(q, k, causal, OPEN) & _seen(q, k, False, (left, -1 if causal else right), "top-left"))


@wrong("window", "Right of the diagonal one key too few is seen.", "window")
def flash_window_right_narrow(q: Tensor, k: Tensor, v: Tensor, causal: bool = False, window_size: Window = OPEN) -> Tensor:
    left, right = window_size
    return _attend(q, k, v, _seen(q, k, causal, (left, right - 1 if right > 0 else right)))


@wrong("scale", "Where no scale is given there is none.", "dense")
def flash_default_of_one(q: Tensor, k: Tensor, v: Tensor, softmax_scale: float | None = None) -> Tensor:
    scale = 1.0 if softmax_scale is None else softmax_scale
    return by_heads(lambda Q, K, V: attend(Q, K, V, scale), q, k, v)


@wrong("scale", "A scale that is given is not looked at.", "scale")
def flash_scale_ignored(q: Tensor, k: Tensor, v: Tensor, softmax_scale: float | None = None) -> Tensor:
    return _attend(q, k, v)


def _slopes(q: Tensor, k: Tensor, slopes: Tensor | None, corner: str = "bottom-right") -> Tensor | None:
    return None if slopes is None else tilted(slopes, q.transpose(1, 2), k.transpose(1, 2), corner)


@wrong("alibi", "Slopes are not looked at.", "alibi bottom-right")
def flash_alibi_ignored(q: Tensor, k: Tensor, v: Tensor, causal: bool = False, alibi_slopes: Tensor | None = None) -> Tensor:
    return _attend(q, k, v, _seen(q, k, causal, OPEN))


@wrong("alibi", "Slopes have the wrong sign.", "alibi bottom-right")
def flash_alibi_sign(q: Tensor, k: Tensor, v: Tensor, causal: bool = False, alibi_slopes: Tensor | None = None) -> Tensor:
    added = None if alibi_slopes is None else _slopes(q, k, -alibi_slopes)
    return _attend(q, k, v, _seen(q, k, causal, OPEN), added)


@wrong("alibi", "Distances are from the top-left diagonal, and keys on both sides of it lose.", "alibi bottom-right")
def flash_alibi_top_left(q: Tensor, k: Tensor, v: Tensor, causal: bool = False, alibi_slopes: Tensor | None = None) -> Tensor:
    return _attend(q, k, v, _seen(q, k, causal, OPEN), _slopes(q, k, alibi_slopes, "top-left"))


@wrong("alibi", "Slopes are divided by the square root of d, as the scores are.", "alibi bottom-right")
def flash_alibi_scaled(q: Tensor, k: Tensor, v: Tensor, causal: bool = False, alibi_slopes: Tensor | None = None) -> Tensor:
    added = None if alibi_slopes is None else _slopes(q, k, alibi_slopes * usual(None, q))
    return _attend(q, k, v, _seen(q, k, causal, OPEN), added)


@wrong("heads", "Heads of keys are repeated as a whole.", "grouped")
def flash_heads_repeated(q: Tensor, k: Tensor, v: Tensor, causal: bool = False) -> Tensor:
    share = q.shape[2] // k.shape[2]
    return _attend(q, k.repeat(1, 1, share, 1), v.repeat(1, 1, share, 1), _seen(q, k, causal, OPEN))


@wrong("layout", "Rows and heads are exchanged by shapes alone.", "dense")
def flash_axes_by_shape(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    Q, K, V = (X.reshape(X.shape[0], X.shape[2], X.shape[1], X.shape[3]) for X in (q, k, v))
    return attend(Q, K, V, usual(None, q)).transpose(1, 2)


@wrong("layout", "The output is given as (b, h, n, v).", "dense")
def flash_output_by_heads(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return _attend(q, k, v).transpose(1, 2)


@wrong("heads", "Attention is over the heads of each row.", "dense")
def flash_over_heads(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    share = q.shape[2] // k.shape[2]
    P = torch.softmax(q @ k.repeat_interleave(share, dim=2).transpose(2, 3) * usual(None, q), dim=3)
    return P @ v.repeat_interleave(share, dim=2)
