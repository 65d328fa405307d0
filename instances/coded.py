"""Real matrices that are 0/1 matrices in disguise: every column takes two values.

The reductions emit their Q and K in this form, so that nothing n x d is held in floats and inner products
can be counted exactly.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from instances.arrays import array_from
from instances.bits import BitMatrix
from instances.faults import BadInput

Floats = NDArray[np.float64]

BLOCK = 4096
"""Rows that are turned into floats at a time."""
SUMMED = 1 << 13
"""Numbers that BLAS sums at a time."""


@dataclass(frozen=True, eq=False)
class Coded:
    """The (n, d) matrix whose entry (i, c) is one[c] where bit (i, c) is set and zero[c] elsewhere."""

    bits: BitMatrix
    zero: Floats
    one: Floats

    def __post_init__(self) -> None:
        for name in ("zero", "one"):
            values = finite(getattr(self, name), name)
            if values.shape != (self.bits.d,):
                raise BadInput(f"{name} has shape {values.shape}, the bits have d = {self.bits.d} columns")
            object.__setattr__(self, name, values)

    def __repr__(self) -> str:
        return f"Coded({self.bits.n} x {self.bits.d})"

    def dense(self, rows: slice) -> Floats:
        return np.where(self.bits.bools(rows), self.one, self.zero)


Rows = Floats | tuple[Coded, ...]
"""A real matrix: a plain float64 array, or coded blocks stacked one below the other."""


def row_count(matrix: Rows) -> int:
    return sum(block.bits.n for block in matrix) if isinstance(matrix, tuple) else int(matrix.shape[0])


def column_count(matrix: Rows) -> int:
    return matrix[0].bits.d if isinstance(matrix, tuple) else int(matrix.shape[1])


def dense(matrix: Rows, rows: slice) -> Floats:
    """The rows as a float64 array; `rows` is a slice without a step."""
    if not isinstance(matrix, tuple):
        return matrix[rows]
    start, stop, _ = rows.indices(row_count(matrix))
    parts = [block.dense(slice(*inner)) for block, inner in _overlaps(matrix, start, stop)]
    return np.concatenate(parts) if len(parts) != 1 else parts[0]


def between(matrix: tuple[Coded, ...], rows: slice) -> tuple[Coded, ...]:
    """These rows, of which there is at least one, as blocks that are views; `rows` is a slice without a step."""
    start, stop, _ = rows.indices(row_count(matrix))
    parts = _overlaps(matrix, start, stop)
    return tuple(Coded(block.bits.rows(slice(*inner)), block.zero, block.one) for block, inner in parts)


def column_of(matrix: Rows, c: int) -> Floats:
    """Column c, of at least one row."""
    starts = range(0, row_count(matrix), BLOCK)
    return np.concatenate([dense(matrix, slice(start, start + BLOCK))[:, c] for start in starts])


def chosen(matrix: Rows, rows: Sequence[int]) -> Rows:
    """These rows, in rising order, of the same kind. They are at least one."""
    if not isinstance(matrix, tuple):
        return matrix[list(rows)]
    parts, offset = [], 0
    for block in matrix:
        inner = [i - offset for i in rows if 0 <= i - offset < block.bits.n]
        if inner:
            parts.append(Coded(BitMatrix(block.bits.words[inner], block.bits.d), block.zero, block.one))
        offset += block.bits.n
    return tuple(parts)


def copied(matrix: Rows) -> Rows:
    """An equal matrix that shares no array with this one."""
    if not isinstance(matrix, tuple):
        return own(matrix)
    return tuple(Coded(BitMatrix(block.bits.words.copy(), block.bits.d), own(block.zero), own(block.one)) for block in matrix)


def own(values: Floats) -> Floats:
    """A read-only copy."""
    copy = values.copy()
    copy.setflags(write=False)
    return copy


WIDE = 64
"""Numbers that a pass over columns has beside one another, so that it works on whole vectors."""


def column_bounds(matrix: Rows) -> Floats:
    """max_i |X_ic| for each column c, a (d,) array."""
    if isinstance(matrix, tuple):
        largest: Floats = np.max([np.maximum(abs(block.zero), abs(block.one)) for block in matrix], axis=0)
    else:
        least, most = column_extremes(matrix)
        largest = np.maximum(0.0, np.maximum(-least, most))
    return largest


def largest_entry(X: Any) -> float:
    """The largest |entry|, 0 without any; NaN where there is one."""
    return float(np.abs(X).max(initial=0.0))


def column_extremes(matrix: Floats) -> tuple[Floats, Floats]:
    """(d,) each: the least and the largest entry of each column; infinite without rows.

    Of some rows beside one another, so that NumPy compares long vectors.
    """
    wide, rest = strips(matrix)
    least, most = wide.min(axis=0, initial=np.inf), wide.max(axis=0, initial=-np.inf)
    least, most = (x.reshape(wide_rows(*matrix.shape)[1], matrix.shape[1]) for x in (least, most))
    least, most = least.min(axis=0), most.max(axis=0)
    return np.minimum(least, rest.min(axis=0, initial=np.inf)), np.maximum(most, rest.max(axis=0, initial=-np.inf))


def strips(matrix: Floats) -> tuple[Floats, Floats]:
    """(n', L) some rows beside one another, and the rows that are left over."""
    whole, each = wide_rows(*matrix.shape)
    return matrix[:whole].reshape(whole // each, each * matrix.shape[1]), matrix[whole:]


def wide_rows(n: int, d: int) -> tuple[int, int]:
    """How many of n rows of d numbers can be laid beside one another, and how many at a time: WIDE numbers or a few more."""
    each = -(-WIDE // max(1, d))
    return n // each * each, each


def matrix_digest(matrix: Rows) -> bytes:
    """SHA-256 of the values, the same for a coded matrix and for its dense form."""
    n, d = row_count(matrix), column_count(matrix)
    digest = hashlib.sha256(f"real {n} {d} ".encode())
    for start in range(0, n, BLOCK):
        digest.update(np.ascontiguousarray(dense(matrix, slice(start, start + BLOCK)) + 0.0, dtype="<f8").tobytes())
    return digest.digest()


def array_digest(name: str, array: NDArray[Any]) -> bytes:
    """SHA-256 of a named array: its shape, and its values as little-endian float64, int64 or bytes of 0 and 1."""
    kind = {"f": "<f8", "i": "<i8", "b": "u1"}[array.dtype.kind]
    values = np.ascontiguousarray(array + 0.0 if array.dtype.kind == "f" else array, dtype=kind)
    return hashlib.sha256(f"{name} {kind[-2]} {array.shape} ".encode() + values.tobytes()).digest()


def finite(values: ArrayLike, name: str, copy: bool = True) -> Floats:
    """`values` as a read-only C-contiguous float64 array, a view of them where that can be and `copy` is False.

    Errors: `BadInput` for other types and for NaN or infinities.
    """
    array = array_from(values, name)
    if array.dtype.kind not in "fiu" or array.dtype.itemsize > 8:
        raise BadInput(f"{name} has the type {array.dtype}: give real numbers of at most 64 bits")
    if copy and (array.flags.writeable or not array.flags.owndata):
        array = np.array(array, dtype=np.float64, order="C")
    elif array.flags.writeable or array.dtype != np.float64 or not array.flags.c_contiguous:
        array = np.ascontiguousarray(array, dtype=np.float64).view()
    if not np.isfinite(_squares(array)) and not np.isfinite(array).all():
        raise BadInput(f"{name} holds NaN or an infinity: every entry must be finite")
    array.setflags(write=False)
    return array


def _squares(array: Floats) -> float:
    """The sum of all squares: no finite number where any entry is none; fast, and without another array.

    BLAS sums SUMMED at a time, so few that it does so in one thread: others of its own would be in the way of what follows.
    """
    flat = array.ravel()
    whole, rest = flat[: len(flat) // SUMMED * SUMMED].reshape(-1, SUMMED), flat[len(flat) // SUMMED * SUMMED :]
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.vecdot(whole, whole).sum() + rest @ rest)


def real_matrix(matrix: Rows, name: str, copy: bool = True) -> Rows:
    """`matrix`, checked: finite with two axes, or coded blocks of one width. Errors: `BadInput`."""
    if not isinstance(matrix, tuple):
        array = finite(matrix, name, copy)
        if array.ndim != 2:
            raise BadInput(f"{name} has shape {array.shape}: it must have two axes, rows and columns")
        return array
    if len({block.bits.d for block in matrix}) != 1:
        raise BadInput(f"{name} is stacked of blocks with {[block.bits.d for block in matrix]} columns: give one width")
    return matrix


def _overlaps(blocks: tuple[Coded, ...], start: int, stop: int) -> Iterator[tuple[Coded, tuple[int, int]]]:
    """Each block that meets rows start..stop, with the rows of the block that do; every block, with none, of no rows."""
    offset = 0
    for block in blocks:
        inner = max(start - offset, 0), min(stop - offset, block.bits.n)
        if inner[0] < inner[1] or start >= stop:
            yield block, (inner[0], max(inner))
        offset += block.bits.n
