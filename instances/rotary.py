"""Rotary positions: rows of Q and K are turned before their inner product is taken, by angles that grow with their positions.

The first w columns (all, unless it is said) are taken as w/2 planes: columns (2l, 2l + 1), interleaved, or (l, l + w/2),
half-split. In plane l a row at position x turns by x theta_l, theta_l = base^(-2l/w):

    (u, v)  becomes  (u cos(x theta_l) - v sin(x theta_l), u sin(x theta_l) + v cos(x theta_l)).

Key j is at position j, row i at the key on its diagonal (module `visibility`): the score <R_i q_i, R_j k_j> depends on their
difference alone, so where the sequence starts does not matter. V is not turned. theta_l is the real number, not a float.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from sys import float_info
from typing import Literal, Self

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from instances.bits import Ints
from instances.brackets import fields_of
from instances.coded import Floats
from instances.faults import BadInput
from instances.kept import kept
from instances.precision import precision

ROUNDINGS = 7
"""A row that `turned` turns is within so many roundings 2^-53 of the row turned exactly, in each plane, times its length there.

A cosine and a sine are the product of two points of the circle, which are a rounding each off, as a complex number; turning
is another such product; and a product of complex numbers is sqrt 5 roundings off at most (Brent, Percival and Zimmermann,
Error bounds on complex floating-point multiplication, 2007): 2 + 2 sqrt 5 < 6.5 in all.
"""

TABLE_BITS = 128
"""The precision at which points of the circle are computed before they are rounded."""

WORDS = ("rotary", "pairs", "columns")
"""What may be said of it in the brackets of a mechanism."""


@dataclass(frozen=True)
class Rotary:
    """The angles, and the columns that they turn. Errors: `BadInput` unless 1 <= base < infinity, and for other values."""

    base: float = 10000.0
    pairs: Literal["interleaved", "half-split"] = "interleaved"
    columns: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.base, bool) or not isinstance(self.base, int | float) or not 1 <= self.base <= float_info.max:
            raise BadInput(f"base = {self.base!r}: the angles of rotary positions are powers of a finite base of at least 1")
        object.__setattr__(self, "base", float(self.base))
        if self.pairs not in ("interleaved", "half-split"):
            raise BadInput(f"pairs = {self.pairs!r}: planes are interleaved columns, or half-split ones")
        if self.columns is not None and (type(self.columns) is not int or self.columns < 2 or self.columns % 2):
            raise BadInput(f"columns = {self.columns!r}: an even number of columns is turned, at least 2")

    @classmethod
    def of(cls, name: str, word: str) -> Self:
        """The one that `word`, in the brackets of a mechanism `name`, spells. Errors: `BadInput`."""
        said = fields_of(_Word, name, word)
        if "rotary" not in said:
            raise BadInput(f"{name}[{word}]: give rotary=BASE as well")
        return cls(said.pop("rotary"), **said)

    @property
    def word(self) -> str:
        """What a mechanism has in its brackets, as in `rotary=10000,pairs=half-split,columns=64`."""
        base = f"{self.base:.0f}" if self.base.is_integer() and self.base < 1e15 else repr(self.base)
        said = [f"rotary={base}"]
        said += [f"pairs={self.pairs}"] if self.pairs != "interleaved" else []
        return ",".join(said + ([f"columns={self.columns}"] if self.columns is not None else []))

    def planes(self, d: int) -> tuple[slice, slice]:
        """The first and the second columns of the planes of rows with d columns. Errors: `BadInput` where they do not fit."""
        w = d if self.columns is None else self.columns
        if w > d or w % 2:
            raise BadInput(f"{self.word} turns {w} of d = {d} columns: an even number, not more than there are")
        return (slice(0, w, 2), slice(1, w, 2)) if self.pairs == "interleaved" else (slice(0, w // 2), slice(w // 2, w))

    def turned(self, rows: Floats, positions: Ints) -> Floats:
        """The rows turned to their positions, within ROUNDINGS; to minus their positions they are turned back."""
        first, second = self.planes(rows.shape[1])
        points = self._points(rows.shape[1], positions)
        found = rows.copy()
        with np.errstate(over="ignore", invalid="ignore"):
            found[:, first] = rows[:, first] * points.real - rows[:, second] * points.imag
            found[:, second] = rows[:, first] * points.imag + rows[:, second] * points.real
        return found

    def ball(self, row: Sequence[float], position: int) -> list[arb]:
        """The row turned to a position, in balls at flint's working precision."""
        first, second = (range(*columns.indices(len(row))) for columns in self.planes(len(row)))
        found = [arb(x) for x in row]
        for u, v, theta in zip(first, second, _angles(self.base, 2 * len(first), ctx.prec), strict=True):
            sine, cosine = (theta * position).sin_cos()
            found[u], found[v] = found[u] * cosine - found[v] * sine, found[u] * sine + found[v] * cosine
        return found

    def _points(self, d: int, positions: Ints) -> NDArray[np.complex128]:
        """(rows, w/2) points of the circle: the product of those of two tables, for the larger and the smaller part of x."""
        if not len(positions):
            return np.zeros((0, len(range(*self.planes(d)[0].indices(d)))), dtype=np.complex128)
        start = int(positions.min())
        step = isqrt(int(positions.max()) - start) + 1
        high, low = np.divmod(positions - start, step)
        w = 2 * len(range(*self.planes(d)[0].indices(d)))
        coarse = _table(self.base, w, start, step, int(high.max()) + 1)
        found: NDArray[np.complex128] = coarse[high] * _table(self.base, w, 0, 1, step)[low]
        return found


@dataclass(frozen=True)
class _Word:
    """What may stand in the brackets."""

    rotary: float | None = None
    pairs: str | None = None
    columns: int | None = None


@kept(64)
def _angles(base: float, w: int, bits: int) -> tuple[arb, ...]:
    """The w/2 angles theta_l; `bits` is flint's working precision."""
    logarithm = arb(base).log()
    return tuple((-logarithm * (2 * plane) / w).exp() for plane in range(w // 2))


@kept(64)
def _table(base: float, w: int, start: int, step: int, count: int) -> NDArray[np.complex128]:
    """The points e^(i x theta_l) for x = start, start + step, ..., `count` of them, each a rounding off."""
    with precision(TABLE_BITS):
        angles = _angles(base, w, TABLE_BITS)
        found = np.empty((count, w // 2), dtype=np.complex128)
        for row in range(count):
            for plane, theta in enumerate(angles):
                sine, cosine = (theta * (start + row * step)).sin_cos()
                found[row, plane] = complex(float(cosine), float(sine))
    found.setflags(write=False)
    return found
