"""Alice's check over F_3 with T = 2 in 15 bits: distance 3 if she accepts, at least 7 if not, so a gap of 4/3.

Derived here by linear programming over the cut cone, in which 4/3 is the best gap for c != 0 (and 2 for c = 0).

c = 0, for any field, distances 1 and 3 in q + 2 bits, repeated 3 times: u -> the unit vector of its line through 0 (none
for u = 0) and the bit [u = 0]; v -> the unit vector of the line orthogonal to v (none for v = 0) and the bit [v != 0].
c = 1, distances 3 and >= 7 in 13 bits, the fewest for an optimal gap: an integral optimum of the linear programme, below.
c = 2 is c = 1 with 2u for u.
"""

from functools import cache
from itertools import product

import numpy as np

from instances.bits import Bools
from reductions.codes.coin_gadget import CoinGadget, checked
from reductions.codes.field import Elements, field

_ONE = """
00          | 00
00          | 00
01 10 11 12 | 01 10 11 21
00 01 10 11 21 | 01 10 11 12
01 02 12 21 | 01 02 12 21
00 10 12 20 21 | 00 10 12 20 21
00 01 10 12 22 | 02 10 11 21
02 10 12 22 | 00 02 10 11 12
00 01 12 20 22 | 02 11 20 21
01 10 21 22 | 00 01 11 12 20
00 02 10 21 22 | 02 11 12 20
11 12 21 22 | 00 01 02 10 20
01 20 21 22 | 01 11 20 21
"""
"""For c = 1, a line for each bit: the u that have it | the v that have it."""

_VECTORS = np.array(list(product(range(3), repeat=2)), dtype=np.uint8)


class BlockGadget(CoinGadget):
    """The gadget; its table is verified on all 243 triples (u, v, c) when it is made, by `block_gadget`."""

    field = field(3)
    T = 2
    bits = 15
    accept = 3
    reject = 7

    def __init__(self) -> None:
        self._tables = [tuple(np.pad(side, ((0, 0), (0, self.bits - side.shape[1]))) for side in _strings(c)) for c in range(3)]

    def left(self, u: Elements, c: int) -> Bools:
        return self._side(0, u, c)

    def right(self, v: Elements, c: int) -> Bools:
        return self._side(1, v, c)

    def _side(self, side: int, vectors: Elements, c: int) -> Bools:
        strings: Bools = self._tables[c][side][3 * vectors[:, 0] + vectors[:, 1]]
        return strings


@cache
def block_gadget() -> BlockGadget:
    """The one `BlockGadget`. Raises `LawBroken` if its table were wrong."""
    gadget = BlockGadget()
    checked(gadget)
    return gadget


def _strings(c: int) -> tuple[Bools, Bools]:
    """The strings of all u and all v in the order 00, 01, ..., 22."""
    if c == 0:
        zero: Bools = np.logical_not(_VECTORS.any(axis=1))
        lines = np.array([(0, 1), (1, 0), (1, 1), (1, 2)])
        on = (_VECTORS.astype(np.int64) @ np.array([[0, -1], [1, 0]]) @ lines.T) % 3 == 0
        orthogonal = (_VECTORS.astype(np.int64) @ lines.T) % 3 == 0
        left = np.column_stack([on & ~zero[:, None], zero])
        right = np.column_stack([orthogonal & ~zero[:, None], ~zero])
        return np.tile(left, 3), np.tile(right, 3)
    sets = [[side.split() for side in line.split("|")] for line in _ONE.split("\n") if line]
    names = [f"{a}{b}" for a, b in _VECTORS.tolist()]
    left, right = (np.array([[name in bit[side] for bit in sets] for name in names]) for side in (0, 1))
    doubled = 2 * _VECTORS % 3
    return (left if c == 1 else left[3 * doubled[:, 0] + doubled[:, 1]]), right
