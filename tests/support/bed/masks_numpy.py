"""Wrong kernels on NumPy arrays: causal attention, masks and padding."""

import numpy as np

from tests.support.bed.entries import wrong
from tests.support.bed.numpy_parts import (
    Array,
    Corner,
    attend,
    averaged,
    below,
    diagonal,
    hidden,
    scores,
    sizes,
    softmax,
    wide,
)


@wrong("causal", "The flag is not looked at.", "causal")
def causal_ignored(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    return attend(Q, K, V, scale)


@wrong("causal", "A row does not see its own key, only those before.", "causal")
def causal_strict(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    return attend(Q, K, V, scale, below(*sizes(Q, K), causal, -1))


@wrong("causal", "A row sees one key too many.", "causal")
def causal_one_more(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    return attend(Q, K, V, scale, below(*sizes(Q, K), causal, 1))


@wrong("causal", "The diagonal starts at the top-left corner, whatever is asked.", "causal bottom-right")
def causal_top_left_always(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    return attend(Q, K, V, scale, below(*sizes(Q, K), causal and "top-left"))


@wrong("causal", "The diagonal ends at the bottom-right corner, whatever is asked.", "causal, more keys")
def causal_bottom_right_always(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    return attend(Q, K, V, scale, below(*sizes(Q, K), causal and "bottom-right"))


@wrong("causal", "A row sees the keys from its own on.", "causal")
def causal_transposed(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    n, m = sizes(Q, K)
    return attend(Q, K, V, scale, np.arange(m) >= diagonal(n, m, causal) if causal else None)


@wrong("causal", "A row sees its whole tile of 16 keys.", "causal")
def causal_of_tiles(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    n, m = sizes(Q, K)
    return attend(Q, K, V, scale, np.arange(m) // 16 <= diagonal(n, m, causal) // 16 if causal else None)


@wrong("causal", "Tiles of 16 keys stop at the one before the diagonal's where a row begins a tile.", "causal")
def causal_tile_too_few(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    n, m = sizes(Q, K)
    line = diagonal(n, m, causal)
    short = (line % 16 == 0) & (line >= 16) & (np.arange(m) >= line)
    return attend(Q, K, V, scale, below(n, m, causal) & ~(short if causal else False))


@wrong("causal", "In the last tile of rows, if it is not full, the diagonal is not masked.", "causal")
def causal_open_at_the_end(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    n, m = sizes(Q, K)
    return attend(Q, K, V, scale, below(n, m, causal) | (np.arange(n)[:, None] >= n // 16 * 16))


@wrong("causal", "Only the first head is masked.", "causal")
def causal_in_one_head(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    others = np.arange(Q.shape[1])[:, None, None] > 0
    return attend(Q, K, V, scale, below(*sizes(Q, K), causal) | others)


@wrong("causal", "Only the first member of the batch is masked.", "causal")
def causal_in_one_member(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    others = np.arange(Q.shape[0])[:, None, None, None] > 0
    return attend(Q, K, V, scale, below(*sizes(Q, K), causal) | others)


@wrong("causal", "Scores of hidden keys are zero and not minus infinity.", "causal")
def causal_by_zero(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    return averaged(softmax(np.where(below(*sizes(Q, K), causal), scores(Q, K, scale), Q.dtype.type(0))), V, Q)


@wrong("causal", "10,000 is taken from scores of hidden keys, which is not enough for large scores.", "causal huge")
def causal_by_ten_thousand(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    return attend(Q, K, V, scale, None, np.where(below(*sizes(Q, K), causal), 0.0, -1e4))


@wrong("causal", "The largest score is taken over hidden keys too, so that all weights may vanish.", "causal large")
def causal_maximum_of_all(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    S = scores(Q, K, scale)
    A = np.where(below(*sizes(Q, K), causal), np.exp(S - S.max(axis=3, keepdims=True)), S.dtype.type(0))
    return averaged(A / A.sum(axis=3, keepdims=True), V, Q)


@wrong("causal", "Weights of hidden keys are dropped after they were counted in the sum.", "causal")
def causal_after_softmax(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    return averaged(softmax(scores(Q, K, scale)) * below(*sizes(Q, K), causal), V, Q)


@wrong("causal", "A single row, as in decoding, sees all keys, though the corner is the top-left one.", "causal one row")
def causal_ignored_for_one_row(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None) -> Array:
    return attend(Q, K, V, scale, below(*sizes(Q, K), causal) if Q.shape[2] > 1 else None)


@wrong("mask", "The mask is not looked at.", "mask")
def mask_ignored(Q: Array, K: Array, V: Array, scale: float, mask: Array | None = None) -> Array:
    return attend(Q, K, V, scale)


@wrong("mask", "True is taken for hidden.", "mask")
def mask_inverted(Q: Array, K: Array, V: Array, scale: float, mask: Array | None = None) -> Array:
    return attend(Q, K, V, scale, None if mask is None else ~mask)


@wrong("mask", "The mask of as many rows as keys is transposed.", "mask square")
def mask_transposed(Q: Array, K: Array, V: Array, scale: float, mask: Array | None = None) -> Array:
    square = mask is not None and mask.shape[-1] == mask.shape[-2]
    return attend(Q, K, V, scale, mask.swapaxes(-1, -2) if square and mask is not None else mask)


@wrong("mask", "Each row takes the mask of the row before.", "mask")
def mask_of_the_row_before(Q: Array, K: Array, V: Array, scale: float, mask: Array | None = None) -> Array:
    return attend(Q, K, V, scale, None if mask is None else np.roll(mask, 1, axis=-2))


@wrong("mask", "The mask of the first head is used for all.", "mask each")
def mask_of_the_first_head(Q: Array, K: Array, V: Array, scale: float, mask: Array | None = None) -> Array:
    return attend(Q, K, V, scale, mask[:, :1] if mask is not None and mask.ndim == 4 else mask)


@wrong("mask", "The mask of the first member of the batch is used for all.", "mask each")
def mask_of_the_first_member(Q: Array, K: Array, V: Array, scale: float, mask: Array | None = None) -> Array:
    return attend(Q, K, V, scale, mask[:1] if mask is not None and mask.ndim == 4 else mask)


@wrong("mask", "The mask of the first row is used for all.", "mask")
def mask_of_the_first_row(Q: Array, K: Array, V: Array, scale: float, mask: Array | None = None) -> Array:
    return attend(Q, K, V, scale, None if mask is None else mask[..., :1, :])


@wrong("mask", "The mask's memory is read as (H, b, n, m).", "mask each")
def mask_axes_exchanged(Q: Array, K: Array, V: Array, scale: float, mask: Array | None = None) -> Array:
    if mask is not None and mask.ndim == 4:
        b, H, n, m = mask.shape
        mask = mask.reshape(H, b, n, m).swapaxes(0, 1)
    return attend(Q, K, V, scale, mask)


@wrong("mask", "Booleans are added to the scores as numbers.", "mask")
def mask_added_as_numbers(Q: Array, K: Array, V: Array, scale: float, mask: Array | None = None) -> Array:
    return attend(Q, K, V, scale, None, None if mask is None else mask.astype(Q.dtype))


@wrong("mask", "Scores are multiplied by the mask.", "mask")
def mask_multiplied(Q: Array, K: Array, V: Array, scale: float, mask: Array | None = None) -> Array:
    S = scores(Q, K, scale)
    return averaged(softmax(S if mask is None else S * mask), V, Q)


@wrong("mask", "A tile of 8 keys is seen by a row that sees one of them.", "mask")
def mask_of_tiles(Q: Array, K: Array, V: Array, scale: float, mask: Array | None = None) -> Array:
    if mask is not None:
        mask = np.repeat(np.logical_or.reduceat(mask, np.arange(0, mask.shape[-1], 8), axis=-1), 8, axis=-1)[..., : K.shape[2]]
    return attend(Q, K, V, scale, mask)


@wrong("mask", "Beyond the last full 8 keys the mask is not looked at.", "mask")
def mask_cut_to_eights(Q: Array, K: Array, V: Array, scale: float, mask: Array | None = None) -> Array:
    m = K.shape[2]
    return attend(Q, K, V, scale, None if mask is None else mask | (np.arange(m) >= m // 8 * 8))


@wrong("mask", "Hidden keys are taken out of the weights but not out of their sum.", "mask")
def mask_after_softmax(Q: Array, K: Array, V: Array, scale: float, mask: Array | None = None) -> Array:
    P = softmax(scores(Q, K, scale))
    return averaged(P if mask is None else P * mask, V, Q)


@wrong("mask", "100 is taken from hidden scores, which is not enough for large scores.", "mask large")
def mask_by_a_hundred(Q: Array, K: Array, V: Array, scale: float, mask: Array | None = None) -> Array:
    return attend(Q, K, V, scale, None, None if mask is None else np.where(mask, 0.0, -100.0))


@wrong("padding", "Padding is seen.", "keep")
def keep_ignored(Q: Array, K: Array, V: Array, scale: float, keep: Array | None = None) -> Array:
    return attend(Q, K, V, scale)


@wrong("padding", "Only padding is seen.", "keep")
def keep_inverted(Q: Array, K: Array, V: Array, scale: float, keep: Array | None = None) -> Array:
    return attend(Q, K, V, scale, None if keep is None else ~keep[:, None, None])


@wrong("padding", "What is kept in the first member of the batch is kept in all.", "keep")
def keep_of_the_first_member(Q: Array, K: Array, V: Array, scale: float, keep: Array | None = None) -> Array:
    return attend(Q, K, V, scale, None if keep is None else keep[:1, None, None])


@wrong("padding", "Only the number of kept keys is looked at, as if they stood in front.", "keep left")
def keep_as_lengths(Q: Array, K: Array, V: Array, scale: float, keep: Array | None = None) -> Array:
    sees = None if keep is None else np.arange(K.shape[2]) < keep.sum(axis=1)[:, None, None, None]
    return attend(Q, K, V, scale, sees)


@wrong("padding", "The first key of the padding is seen.", "keep")
def keep_one_more(Q: Array, K: Array, V: Array, scale: float, keep: Array | None = None) -> Array:
    sees = None if keep is None else (keep | np.pad(keep, ((0, 0), (1, 0)))[:, :-1])[:, None, None]
    return attend(Q, K, V, scale, sees)


@wrong("padding", "Values of padding are zero, but its weights count in the sum.", "keep holes")
def keep_empties_values(Q: Array, K: Array, V: Array, scale: float, keep: Array | None = None) -> Array:
    return attend(Q, K, V if keep is None else V * keep[:, None, :, None].astype(V.dtype), scale)


@wrong("padding", "Scores of padding are minus infinity only in the first head.", "keep")
def keep_in_one_head(Q: Array, K: Array, V: Array, scale: float, keep: Array | None = None) -> Array:
    S = scores(Q, K, scale)
    if keep is not None:
        S[:, :1] = hidden(S[:, :1], keep[:, None, None])
    return averaged(softmax(S), V, wide(Q)).astype(Q.dtype)
