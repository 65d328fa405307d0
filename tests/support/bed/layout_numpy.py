"""Wrong kernels on NumPy arrays: how operands and outputs lie in memory."""

import numpy as np

from tests.support.bed.entries import wrong
from tests.support.bed.numpy_parts import Array, attend


def _whole(X: Array) -> tuple[Array, int]:
    """The memory that X is a view of, as numbers one behind the other, and where X begins there."""
    root = X
    while isinstance(root.base, np.ndarray):
        root = root.base
    begin = X.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return root.reshape(-1, order="A").view(X.dtype), begin // X.itemsize


def memory(X: Array) -> Array:
    """The numbers that lie behind one another where X begins, as if X were packed; zeros beyond the end."""
    whole, begin = _whole(X)
    found = np.zeros(X.size, X.dtype)
    there = whole[begin : begin + X.size]
    found[: len(there)] = there
    return found.reshape(X.shape)


@wrong("layout", "Q is read as packed, whatever its strides are.", "transposed")
def layout_of_Q(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(memory(Q), K, V, scale)


@wrong("layout", "K is read as packed, whatever its strides are.", "transposed")
def layout_of_K(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, memory(K), V, scale)


@wrong("layout", "V is read as packed, whatever its strides are.", "transposed")
def layout_of_V(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, memory(V), scale)


@wrong("layout", "Heads of K that are one expanded head are read one behind the other.", "expanded")
def layout_of_expanded_K(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K if K.strides[1] else memory(K), V, scale)


@wrong("layout", "V is read as packed where its rows are columns of a wider array.", "offset")
def layout_of_rows(Q: Array, K: Array, V: Array, scale: float) -> Array:
    step = V.strides[2] // V.itemsize
    return attend(Q, K, V if V.strides[1] < V.strides[2] or step == V.shape[3] else memory(V), scale)


@wrong("layout", "K is read from the beginning of the array that it is a part of.", "offset")
def layout_without_the_offset(Q: Array, K: Array, V: Array, scale: float) -> Array:
    reach = sum((count - 1) * step for count, step in zip(K.shape, K.strides, strict=True)) // K.itemsize + 1
    whole = np.concatenate([_whole(K)[0], np.zeros(reach, K.dtype)])
    return attend(Q, np.lib.stride_tricks.as_strided(whole, K.shape, K.strides), V, scale)


@wrong("layout", "The output is written column by column into memory that is read row by row.", "dense")
def layout_of_the_output(Q: Array, K: Array, V: Array, scale: float) -> Array:
    output = attend(Q, K, V, scale)
    return np.ascontiguousarray(output.swapaxes(2, 3)).reshape(output.shape)


@wrong("layout", "Heads and rows of the output are exchanged by its shape alone.", "dense")
def layout_of_heads(Q: Array, K: Array, V: Array, scale: float) -> Array:
    output = attend(Q, K, V, scale)
    return np.ascontiguousarray(output.swapaxes(1, 2)).reshape(output.shape)


@wrong("layout", "The output is given as (b, n, h, v).", "dense")
def layout_given_transposed(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, V, scale).swapaxes(1, 2)
