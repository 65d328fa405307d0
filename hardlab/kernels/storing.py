"""How an operand (b, h, n, d) lies in memory: views with the same values, and what a kernel sees that takes one for packed.

| word | the memory |
|---|---|
| packed | C order, nothing between |
| transposed | (b, n, h, d): heads beside each other in a row |
| columns | (b, h, d, n): a row is spread over the columns |
| padded | (b, h, n, d + 8): rows with something behind them |
| offset | packed, from the 13th number of a larger piece on |
| strided | every second row of (b, h, 2n, d) |
| reversed | the rows from the last to the first, with a negative stride |
| broadcast | one batch member for all, with stride 0 |
| shared | one head for all, with stride 0 |
| one | one number for all, with no stride at all, as the gradient of a sum is |

What lies between is filled with numbers of the operand itself in another order, not with zeros.
"""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardlab.kernels.call import Storage

Array = NDArray[Any]

OFFSET, PAD = 13, 8

ALIKE: Mapping[Storage, tuple[slice, ...]] = {
    "broadcast": (slice(1),),
    "shared": (slice(None), slice(1)),
    "one": (slice(1),) * 4,
}
"""The ways of lying in memory in which a part of X stands for all of it."""


def stored(X: Array, storage: Storage) -> Array:
    """A view with X's values, laid as the word says; it can be written to where it is not broadcast.

    Of X only the values of `alike` are taken.
    """
    if storage == "transposed":
        return _copy(X.swapaxes(1, 2)).swapaxes(1, 2)
    if storage == "columns":
        return _copy(X.swapaxes(2, 3)).swapaxes(2, 3)
    if storage == "padded":
        room = np.resize(X.reshape(-1)[::-1], (*X.shape[:3], X.shape[3] + PAD))
        room[..., : X.shape[3]] = X
        return room[..., : X.shape[3]]
    if storage == "offset":
        room = np.resize(X.reshape(-1)[::-1], X.size + OFFSET)
        room[OFFSET:] = X.reshape(-1)
        return room[OFFSET:].reshape(X.shape)
    if storage == "strided":
        room = np.repeat(X[:, :, ::-1], 2, axis=2)
        room[:, :, ::2] = X
        return room[:, :, ::2]
    if storage == "reversed":
        return _copy(X[:, :, ::-1])[:, :, ::-1]
    return np.broadcast_to(_copy(alike(X, storage)), X.shape) if storage in ALIKE else _copy(X)


def alike(X: Array, storage: Storage) -> Array:
    """The part that stands for all of X where that is so: batch member 0, head 0, the first number."""
    return X[ALIKE.get(storage, ())]


def memory(view: Array) -> tuple[Array, int]:
    """The whole piece of memory that a view lies in, and the place of its first number there."""
    root = view
    while isinstance(root.base, np.ndarray):
        root = root.base
    apart: int = view.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return root, apart // view.itemsize


def read_as_packed(view: Array, from_start: bool = False) -> Array:
    """What stands in the memory from the view's first number on, or from the `from_start` of the whole piece, in C order; the
    last numbers again where it ends.
    """
    root, first = memory(view)
    flat = root.reshape(-1)
    places = np.clip((0 if from_start else first) + np.arange(prod(view.shape)), 0, flat.size - 1)
    found: Array = flat[places].reshape(view.shape)
    return found


def _copy(X: Array) -> Array:
    return np.array(X, order="C")
