"""Wrong kernels on NumPy arrays: less precision than that of the inputs."""

import numpy as np

from tests.support.bed.entries import wrong
from tests.support.bed.numpy_parts import Array, attend, averaged, repeated, scores, softmax, wide


def _cut(X: Array, bits: int) -> Array:
    """float32 numbers without the last so many bits of their fractions."""
    kept = np.uint32(0xFFFFFFFF >> bits << bits)
    return (X.astype(np.float32).view(np.uint32) & kept).view(np.float32)


@wrong("precision", "All is computed in float16.", "dense")
def half_inside(Q: Array, K: Array, V: Array, scale: float) -> Array:
    q, k, v = (X.astype(np.float16) for X in (Q, K, V))
    S = (q @ repeated(k, Q.shape[1]).swapaxes(2, 3)) * np.float16(scale)
    return np.asarray((softmax(S) @ repeated(v, Q.shape[1])).astype(Q.dtype))


@wrong("precision", "float64 is computed in float32.", "dense", dtype="float64")
def single_inside(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q.astype(np.float32), K.astype(np.float32), V.astype(np.float32), scale).astype(Q.dtype)


@wrong("precision", "Q and K are cut to the 11 bits of TF32 before they are multiplied.", "dense")
def scores_in_tf32(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(_cut(Q, 13), _cut(K, 13), V, scale).astype(Q.dtype)


@wrong("precision", "Weights are cut to the 8 bits of bfloat16.", "dense")
def weights_in_bfloat16(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return averaged(_cut(softmax(scores(Q, K, scale)), 16), V, Q)


@wrong("precision", "The sum of weights is kept in float16.", "long")
def sums_in_half(Q: Array, K: Array, V: Array, scale: float) -> Array:
    S = scores(Q, K, scale)
    A = np.exp(S - S.max(axis=3, keepdims=True))
    total = np.cumsum(A.astype(np.float16), axis=3, dtype=np.float16)[..., -1:]
    return averaged(A / total.astype(A.dtype), V, Q)


@wrong("precision", "The sum of weights is divided by with 9 bits.", "dense")
def quotients_of_9_bits(Q: Array, K: Array, V: Array, scale: float) -> Array:
    S = scores(Q, K, scale)
    A = np.exp(S - S.max(axis=3, keepdims=True))
    return averaged(A * _cut(1 / A.sum(axis=3, keepdims=True), 15).astype(A.dtype), V, Q)


def _powers(x: Array, coefficients: tuple[float, ...]) -> Array:
    """2^x by a polynomial on the fraction of x."""
    whole = np.floor(x)
    return np.asarray(np.ldexp(np.polyval(np.array(coefficients, x.dtype), x - whole), np.maximum(whole, -1000).astype(int)))


@wrong("precision", "The exponential is a polynomial of degree 2.", "dense")
def exponential_of_degree_2(Q: Array, K: Array, V: Array, scale: float) -> Array:
    S = scores(Q, K, scale * float(np.log2(np.e)))
    A = _powers(S - S.max(axis=3, keepdims=True), (0.3371894346, 0.657636276, 1.0017247596))
    return averaged(A / A.sum(axis=3, keepdims=True), V, Q)


@wrong("precision", "The exponential is a polynomial of degree 3.", "dense")
def exponential_of_degree_3(Q: Array, K: Array, V: Array, scale: float) -> Array:
    S = scores(Q, K, scale * float(np.log2(np.e)))
    A = _powers(S - S.max(axis=3, keepdims=True), (0.0790199, 0.2241298, 0.6968386, 0.9998119))
    return averaged(A / A.sum(axis=3, keepdims=True), V, Q)


@wrong("precision", "The exponential is its series up to the second power, near 0 of scores without a maximum.", "dense")
def exponential_by_series(Q: Array, K: Array, V: Array, scale: float) -> Array:
    S = scores(Q, K, scale)
    A = 1 + S + S * S / 2
    return averaged(A / A.sum(axis=3, keepdims=True), V, Q)


@wrong("precision", "Outputs below 1/1000 are zero.", "small values")
def small_outputs_are_zero(Q: Array, K: Array, V: Array, scale: float) -> Array:
    output = attend(Q, K, V, scale)
    return np.where(np.abs(output) < 1e-3, output.dtype.type(0), output)


@wrong("precision", "Weights below 1/1000 are zero.", "long")
def small_weights_are_zero(Q: Array, K: Array, V: Array, scale: float) -> Array:
    P = softmax(scores(Q, K, scale))
    return averaged(np.where(P < 1e-3, P.dtype.type(0), P), V, Q)


@wrong("precision", "Only the four largest weights are kept.", "dense")
def four_largest_weights(Q: Array, K: Array, V: Array, scale: float) -> Array:
    S = scores(Q, K, scale)
    least = np.sort(S, axis=3)[..., -min(4, S.shape[3]), None]
    return averaged(softmax(np.where(np.less(S, least), S.dtype.type(-np.inf), S)), V, Q)


@wrong(
    "precision",
    "Scores of float16 are computed in float16 and overflow before they are scaled.",
    "huge scores",
    dtype="float16",
)
def half_overflows_unscaled(Q: Array, K: Array, V: Array, scale: float) -> Array:
    S = wide(Q @ repeated(K, Q.shape[1]).swapaxes(2, 3))
    return averaged(softmax(scale * S), V, Q)


@wrong("precision", "Q and K are quantised to 8 bits a head.", "dense")
def eight_bits(Q: Array, K: Array, V: Array, scale: float) -> Array:
    units = [np.abs(X).max(axis=(2, 3), keepdims=True) / 127 + 1e-30 for X in (wide(Q), wide(K))]
    q, k = (np.rint(X / unit) * unit for X, unit in zip((wide(Q), wide(K)), units, strict=True))
    return attend(q, k, V, scale).astype(Q.dtype)
