"""Alice's check as a one-hot code of Bob's message: distance q^(T-1) if she accepts, q^(T-1) + 2 if not. Derived here.

q^T + 1 + q^(T-1) bits. v -> the unit vector e_v in q^T bits, then 1, then q^(T-1) zeros (pads).
u != 0 -> the indicator of {z : u . z = c}, which has q^(T-1) elements, then 0, then zeros.
u = 0, c = 0 (accepts all) -> zeros, then 1, then q^(T-1) - 1 ones. u = 0, c != 0 (accepts none) -> zeros, 0, q^(T-1) ones.
"""

from dataclasses import dataclass

import numpy as np

from instances.bits import Bools
from reductions.codes.coin_gadget import CoinGadget
from reductions.codes.field import Elements, Field

_CELLS = 2**20
"""Field elements that are worked on at a time."""


@dataclass(frozen=True, eq=False)
class OneHot(CoinGadget):
    """The gadget for T letters over F_q; a factor q better than padding the indicator to weight q^T."""

    field: Field
    T: int

    @property
    def bits(self) -> int:
        return one_hot_bits(self.field.q, self.T)

    @property
    def accept(self) -> int:
        return int(self.field.q ** (self.T - 1))

    @property
    def reject(self) -> int:
        return self.accept + 2

    def left(self, u: Elements, c: int) -> Bools:
        symbols = self.field.q**self.T
        strings = np.zeros((len(u), self.bits), dtype=np.bool_)
        step = max(1, _CELLS // symbols)
        for start in range(0, len(u), step):
            rows = slice(start, start + step)
            strings[rows, :symbols] = self._products(u[rows]) == c
        zero = ~u.any(axis=1)
        strings[zero] = False
        strings[zero, symbols] = c == 0
        strings[zero, symbols + 1 + (c == 0) :] = True
        return strings

    def right(self, v: Elements, c: int) -> Bools:
        symbols = self.field.q**self.T
        strings = np.zeros((len(v), self.bits), dtype=np.bool_)
        strings[np.arange(len(v)), v.astype(np.int64) @ self.field.q ** np.arange(self.T)] = True
        strings[:, symbols] = True
        return strings

    def _products(self, u: Elements) -> Elements:
        """u . z for every z, by the number sum_t z_t q^t."""
        total = np.zeros((len(u), 1), dtype=np.uint8)
        for t in range(self.T):
            terms = self.field.products[u[:, t]]
            total = self.field.plus(terms[:, :, None], total[:, None]).reshape(len(u), -1)
        return total


def one_hot_bits(q: int, T: int) -> int:
    """q^T + 1 + q^(T-1)."""
    return int(q**T + 1 + q ** (T - 1))
