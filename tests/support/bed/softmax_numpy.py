"""Wrong kernels on NumPy arrays: the scale, softmax, and softmax in blocks."""

from math import log2, sqrt

import numpy as np

from tests.support.bed.entries import wrong
from tests.support.bed.numpy_parts import Array, attend, averaged, repeated, scores, softmax, wide

BLOCK = 16


@wrong("scale", "Scores are not scaled.", "dense")
def scale_missing(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, V, 1.0)


@wrong("scale", "1/sqrt(d) is taken, whatever is given.", "scale")
def scale_built_in(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, V, 1 / sqrt(Q.shape[3]))


@wrong("scale", "1/d is taken for 1/sqrt(d).", "dense")
def scale_of_d(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, V, 1 / Q.shape[3])


@wrong("scale", "Queries and keys are both multiplied by the scale.", "dense")
def scale_twice(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, V, scale * scale)


@wrong("scale", "Powers of 2 are taken of scores that were not multiplied by log2(e).", "dense")
def scale_in_base_two(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, V, scale / log2(np.e))


@wrong("scale", "Scores are multiplied by log2(e), and powers of e are taken.", "dense")
def scale_times_log2e(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, V, scale * log2(np.e))


@wrong("scale", "The scale is that of the width of V.", "wide values")
def scale_of_v(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, V, scale * sqrt(Q.shape[3] / V.shape[3]))


@wrong("scale", "The scale is that of d rounded up to a multiple of 16.", "twenty columns")
def scale_of_padded_d(Q: Array, K: Array, V: Array, scale: float) -> Array:
    d = Q.shape[3]
    return attend(Q, K, V, scale * sqrt(d / (d + -d % 16)))


@wrong("softmax", "No maximum is subtracted: large scores overflow.", "large scores")
def softmax_without_maximum(Q: Array, K: Array, V: Array, scale: float) -> Array:
    A = np.exp(scores(Q, K, scale))
    return averaged(A / A.sum(axis=3, keepdims=True), V, Q)


@wrong("softmax", "Scores above 80 are taken for 80.", "large scores")
def softmax_of_clipped_scores(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return averaged(softmax(np.minimum(scores(Q, K, scale), np.float32(80))), V, Q)


@wrong("softmax", "The weights of each key sum to one, not those of each row.", "dense")
def softmax_over_rows(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return averaged(softmax(scores(Q, K, scale).swapaxes(2, 3)).swapaxes(2, 3), V, Q)


@wrong("softmax", "Weights are not divided by their sum.", "dense")
def softmax_unnormalised(Q: Array, K: Array, V: Array, scale: float) -> Array:
    S = scores(Q, K, scale)
    return averaged(np.exp(S - S.max(axis=3, keepdims=True)), V, Q)


@wrong("softmax", "1 is added to the sum of weights.", "dense")
def softmax_with_a_one_more(Q: Array, K: Array, V: Array, scale: float) -> Array:
    S = scores(Q, K, scale)
    A = np.exp(S - S.max(axis=3, keepdims=True))
    return averaged(A / (1 + A.sum(axis=3, keepdims=True)), V, Q)


@wrong("softmax", "Keys are filled up to a multiple of 16 by zeros, which count in the sum.", "unequal lengths")
def softmax_counts_padding(Q: Array, K: Array, V: Array, scale: float) -> Array:
    k, v = (np.pad(X, ((0, 0), (0, 0), (0, -X.shape[2] % BLOCK), (0, 0))) for X in (K, V))
    return attend(Q, k, v, scale)


@wrong("softmax", "The maximum is that of a tile of 16 rows, so that rows far below it vanish.", "large scores")
def softmax_maximum_of_tiles(Q: Array, K: Array, V: Array, scale: float) -> Array:
    S = scores(Q, K, scale)
    most = np.repeat(np.maximum.reduceat(S, np.arange(0, S.shape[2], BLOCK), axis=2), BLOCK, axis=2)[:, :, : S.shape[2]]
    A = np.exp(S - most.max(axis=3, keepdims=True))
    return averaged(A / A.sum(axis=3, keepdims=True), V, Q)


@wrong("softmax", "A small number is added to the sum of unnormalised weights, below which they vanish.", "negative scores")
def softmax_with_an_epsilon(Q: Array, K: Array, V: Array, scale: float) -> Array:
    A = np.exp(scores(Q, K, scale))
    return averaged(A / (A.sum(axis=3, keepdims=True) + np.float32(1e-9)), V, Q)


def _blocks(Q: Array, K: Array, V: Array, scale: float, fault: str) -> Array:
    """Online softmax in blocks of 16 keys with a fault."""
    H = Q.shape[1]
    q, k, v = wide(Q), wide(repeated(K, H)), wide(repeated(V, H))
    most = np.full((*q.shape[:3], 1), 0.0 if fault == "zero" else -np.inf, q.dtype)
    total, sums = np.zeros_like(most), np.zeros((*q.shape[:3], v.shape[3]), q.dtype)
    for first in range(0, k.shape[2], BLOCK):
        S = scores(q, k[:, :, first : first + BLOCK], scale)
        peak = S.max(axis=3, keepdims=True)
        larger = most if fault == "first" and first else np.maximum(most, peak)
        A, again = np.exp(S - (peak if fault == "peak" else larger)), np.exp(most - larger)
        total = (1 if fault == "total" and first else again) * total + A.sum(axis=3, keepdims=True)
        sums = (1 if fault == "sums" and first else again) * sums + A @ v[:, :, first : first + BLOCK]
        most = larger
    return np.asarray((sums / total).astype(Q.dtype))


@wrong("online softmax", "The average so far is not scaled down at a new maximum.", "one head")
def online_average_not_scaled(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return _blocks(Q, K, V, scale, "sums")


@wrong("online softmax", "The sum so far is not scaled down at a new maximum.", "one head")
def online_sum_not_scaled(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return _blocks(Q, K, V, scale, "total")


@wrong("online softmax", "The maximum starts at 0 and not at minus infinity: rows of low scores vanish.", "negative scores")
def online_maximum_from_zero(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return _blocks(Q, K, V, scale, "zero")


@wrong("online softmax", "The maximum is that of the first block: later scores overflow.", "one large head")
def online_maximum_of_the_first_block(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return _blocks(Q, K, V, scale, "first")


@wrong("online softmax", "Weights of a block are relative to its own maximum, not to the one so far.", "one head")
def online_maximum_of_the_block(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return _blocks(Q, K, V, scale, "peak")


@wrong("online softmax", "Each block of 16 keys is normalised by itself, and the answers are averaged.", "dense")
def normalised_by_block(Q: Array, K: Array, V: Array, scale: float) -> Array:
    blocks = [slice(first, first + BLOCK) for first in range(0, K.shape[2], BLOCK)]
    sums: Array = np.sum([attend(Q, K[:, :, block], V[:, :, block], scale) for block in blocks], axis=0)
    return np.asarray((sums / len(blocks)).astype(Q.dtype))


@wrong("online softmax", "Four parts of the keys are joined by their sums, without their maxima.", "large scores")
def parts_joined_without_maxima(Q: Array, K: Array, V: Array, scale: float) -> Array:
    totals, sums = [], []
    for part in np.array_split(np.arange(K.shape[2]), min(4, K.shape[2])):
        S = scores(Q, K[:, :, part], scale)
        A = np.exp(S - S.max(axis=3, keepdims=True))
        totals.append(A.sum(axis=3, keepdims=True))
        sums.append(A @ wide(repeated(V[:, :, part], Q.shape[1])))
    return np.asarray((sum(sums) / sum(totals)).astype(Q.dtype))
