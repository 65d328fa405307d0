"""Wrong kernels on NumPy arrays: what is added to the scores."""

import numpy as np

from tests.support.bed.entries import wrong
from tests.support.bed.numpy_parts import (
    Array,
    Corner,
    attend,
    averaged,
    below,
    diagonal,
    scores,
    sizes,
    softmax,
    tilted,
    wide,
)


@wrong("bias", "The bias is not looked at.", "bias")
def bias_ignored(Q: Array, K: Array, V: Array, scale: float, bias: Array | None = None) -> Array:
    return attend(Q, K, V, scale)


@wrong("bias", "The bias is multiplied by the scale, as the scores are.", "bias")
def bias_scaled(Q: Array, K: Array, V: Array, scale: float, bias: Array | None = None) -> Array:
    return attend(Q, K, V, scale, None, None if bias is None else scale * wide(bias))


@wrong("bias", "The bias of as many rows as keys is transposed.", "bias square")
def bias_transposed(Q: Array, K: Array, V: Array, scale: float, bias: Array | None = None) -> Array:
    square = bias is not None and bias.shape[-1] == bias.shape[-2]
    return attend(Q, K, V, scale, None, bias.swapaxes(-1, -2) if square and bias is not None else bias)


@wrong("bias", "The bias of the first head is added in all.", "bias each")
def bias_of_the_first_head(Q: Array, K: Array, V: Array, scale: float, bias: Array | None = None) -> Array:
    return attend(Q, K, V, scale, None, bias[:, :1] if bias is not None and bias.ndim == 4 else bias)


@wrong("bias", "The bias of the first member of the batch is added in all.", "bias each")
def bias_of_the_first_member(Q: Array, K: Array, V: Array, scale: float, bias: Array | None = None) -> Array:
    return attend(Q, K, V, scale, None, bias[:1] if bias is not None and bias.ndim == 4 else bias)


@wrong("bias", "The bias is added to the weights after softmax.", "bias")
def bias_after_softmax(Q: Array, K: Array, V: Array, scale: float, bias: Array | None = None) -> Array:
    P = softmax(scores(Q, K, scale))
    return averaged(P if bias is None else P + wide(bias), V, Q)


@wrong("bias", "The bias is subtracted.", "bias")
def bias_subtracted(Q: Array, K: Array, V: Array, scale: float, bias: Array | None = None) -> Array:
    return attend(Q, K, V, scale, None, None if bias is None else -bias)


@wrong("bias", "The bias of the first row is added in all.", "bias")
def bias_of_the_first_row(Q: Array, K: Array, V: Array, scale: float, bias: Array | None = None) -> Array:
    return attend(Q, K, V, scale, None, None if bias is None else bias[..., :1, :])


@wrong(
    "bias", "The bias is added in units of log 2: the exponential is a power of 2 of scores that alone were converted.", "bias"
)
def bias_in_base_two(Q: Array, K: Array, V: Array, scale: float, bias: Array | None = None) -> Array:
    return attend(Q, K, V, scale, None, None if bias is None else wide(bias) * np.float32(np.log(2)))


@wrong("bias", "The bias is read as an integer.", "bias")
def bias_truncated(Q: Array, K: Array, V: Array, scale: float, bias: Array | None = None) -> Array:
    return attend(Q, K, V, scale, None, None if bias is None else np.trunc(bias))


@wrong("bias", "Beyond the last full 8 keys the bias is not added.", "bias")
def bias_cut_to_eights(Q: Array, K: Array, V: Array, scale: float, bias: Array | None = None) -> Array:
    m = K.shape[2]
    return attend(Q, K, V, scale, None, None if bias is None else bias * (np.arange(m) < m // 8 * 8))


def _tilt(Q: Array, K: Array, alibi: Array | None, causal: Corner) -> Array | float:
    return 0.0 if alibi is None else tilted(alibi, *sizes(Q, K), causal)


@wrong("alibi", "Slopes are not looked at.", "alibi")
def alibi_ignored(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, alibi: Array | None = None) -> Array:
    return attend(Q, K, V, scale, below(*sizes(Q, K), causal))


@wrong("alibi", "Keys that are far away get more weight and not less.", "alibi")
def alibi_of_the_wrong_sign(
    Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, alibi: Array | None = None
) -> Array:
    return attend(Q, K, V, scale, below(*sizes(Q, K), causal), -_tilt(Q, K, alibi, causal))


@wrong("alibi", "Slopes are multiplied by the scale.", "alibi")
def alibi_scaled(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, alibi: Array | None = None) -> Array:
    return attend(Q, K, V, scale, below(*sizes(Q, K), causal), scale * _tilt(Q, K, alibi, causal))


@wrong("alibi", "Each head takes the slope of the next.", "alibi")
def alibi_of_the_next_head(
    Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, alibi: Array | None = None
) -> Array:
    alibi = None if alibi is None else np.roll(alibi, -1)
    return attend(Q, K, V, scale, below(*sizes(Q, K), causal), _tilt(Q, K, alibi, causal))


@wrong("alibi", "All heads of queries that share a head of keys take the slope of its index.", "alibi grouped")
def alibi_of_the_keys(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, alibi: Array | None = None) -> Array:
    if alibi is not None:
        alibi = alibi[np.arange(Q.shape[1]) // (Q.shape[1] // K.shape[1])]
    return attend(Q, K, V, scale, below(*sizes(Q, K), causal), _tilt(Q, K, alibi, causal))


@wrong("alibi", "Slopes are the powers of 2 of the paper, whatever is given.", "alibi")
def alibi_by_formula(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, alibi: Array | None = None) -> Array:
    H = Q.shape[1]
    alibi = None if alibi is None else 2.0 ** (-8 * np.arange(1, H + 1) / H)
    return attend(Q, K, V, scale, below(*sizes(Q, K), causal), _tilt(Q, K, alibi, causal))


@wrong("alibi", "Distances have a sign: keys to the right of the diagonal get more weight.", "alibi")
def alibi_with_signs(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, alibi: Array | None = None) -> Array:
    n, m = sizes(Q, K)
    added = 0.0 if alibi is None else -alibi[:, None, None] * (diagonal(n, m, causal) - np.arange(m))
    return attend(Q, K, V, scale, below(n, m, causal), added)


@wrong(
    "alibi",
    "Distances are from the diagonal that ends at the bottom-right, also where it starts at the top-left.",
    "alibi, more keys",
)
def alibi_bottom_right_always(
    Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, alibi: Array | None = None
) -> Array:
    return attend(Q, K, V, scale, below(*sizes(Q, K), causal), _tilt(Q, K, alibi, "bottom-right"))


@wrong("alibi", "Slopes tilt the scores of the first head only.", "alibi causal")
def alibi_in_one_head(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, alibi: Array | None = None) -> Array:
    alibi = None if alibi is None else alibi * (np.arange(len(alibi)) == 0)
    return attend(Q, K, V, scale, below(*sizes(Q, K), causal), _tilt(Q, K, alibi, causal))
