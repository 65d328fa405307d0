"""Rows turned into columns by vectors, shifted and scaled on the way."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from attention.lanes import INT, LANES, LONG, Typed, element_at, intrinsic, load_at, splatted, store_at
from instances.compiling import njit

TILE = 8
"""Rows and columns that are turned at once."""


def padded(x: Any) -> Any:
    """With zeros after it, for `turn`."""
    return np.append(x, np.zeros(TILE))


@njit(nogil=True)
def turn(
    flat: Any, d: int, start: int, count: int, first: int, width: int, centre: Any, factor: Any, x: Any, apart: int
) -> None:  # fmt: skip
    """x[c apart + j] = (X_ic - centre_c) factor_c, i = start + j and the column first + c, for j < count and c < width; X is
    `flat`, in rows of d. x needs room for whole TILEs of columns, which are written, too; centre and factor are `padded`.
    """
    for c in range(0, width, TILE):
        j = 0
        while j + TILE <= count and (start + j + TILE - 1) * d + first + c + TILE <= len(flat):
            turn_tile(x, c * apart + j, apart, flat, (start + j) * d + first + c, d, centre, factor, first + c)
            j += TILE
        for i in range(j, count):
            for k in range(c, min(c + TILE, width)):
                x[k * apart + i] = (flat[(start + i) * d + first + k] - centre[first + k]) * factor[first + k]


@intrinsic
def turn_tile(
    typing: Any, x: Any, at: Any, apart: Any, flat: Any, i: Any, d: Any, centre: Any, factor: Any, c: Any
) -> Typed:  # fmt: skip
    """Write the vectors of flat[i + r d + k], r < TILE, less centre[c + k] and times factor[c + k], to x[at + k apart] for
    k < TILE, in its type. Rows are swapped two by two, in pairs, and in fours.
    """

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        wide = LANES[flat.dtype]
        rows = [load_at(b, wide, element_at(context, b, flat, a[3], b.add(a[4], b.mul(a[5], LONG(r))))) for r in range(TILE)]
        for size in (1, 2, 4):
            low = [k // size % 2 * TILE + k // (2 * size) * 2 * size + k % size for k in range(TILE)]
            for r in (r for r in range(TILE) if not r & size):
                one, other = rows[r], rows[r + size]
                rows[r], rows[r + size] = (
                    b.shuffle_vector(one, other, ir.Constant(ir.VectorType(INT, TILE), [k + half for k in low]))
                    for half in (0, size)
                )
        for k, row in enumerate(rows):
            mean, by = (
                splatted(b, wide, b.load(element_at(context, b, kind, of, b.add(a[8], LONG(k)))))
                for kind, of in ((centre, a[6]), (factor, a[7]))
            )
            place = element_at(context, b, x, a[0], b.add(a[1], b.mul(a[2], LONG(k))))
            store_at(b, x, place, wide, b.fmul(b.fsub(row, mean), by))
        return context.get_dummy_value()

    each = types.intp
    return types.void(x, each, each, flat, each, each, centre, factor, each), code
