"""What turns Alice's check for one coin into a Hamming distance.

Letters: u in F_q^T is Alice's vector (her weighted letters), v in F_q^T Bob's message, c = mu_r the letter of Merlin's.
She accepts iff u . v = c. As c is known in each instance, both sides may depend on it.
"""

from abc import ABC, abstractmethod
from itertools import product

import numpy as np

from instances.bits import Bools
from instances.law import LawBroken
from reductions.codes.field import Elements, Field


class CoinGadget(ABC):
    """Bit strings for u and v: at distance `accept` where u . v = c, and at least `reject` > `accept` where not."""

    field: Field
    T: int

    @property
    @abstractmethod
    def bits(self) -> int: ...

    @property
    @abstractmethod
    def accept(self) -> int: ...

    @property
    @abstractmethod
    def reject(self) -> int: ...

    @abstractmethod
    def left(self, u: Elements, c: int) -> Bools:
        """(n, bits): the strings of the vectors u, (n, T)."""

    @abstractmethod
    def right(self, v: Elements, c: int) -> Bools:
        """(n, bits): the strings of the vectors v, (n, T)."""


def checked(gadget: CoinGadget) -> int:
    """The number of triples (u, v, c), all with the stated distance. Raises `LawBroken` with the first that has not."""
    F = gadget.field
    vectors = np.array(list(product(range(F.q), repeat=gadget.T)), dtype=np.uint8)
    values = F.matmul(vectors, np.ascontiguousarray(vectors.T))
    for c in range(F.q):
        left, right = gadget.left(vectors, c).astype(np.int64), gadget.right(vectors, c).astype(np.int64)
        distances = left @ (1 - right).T + (1 - left) @ right.T
        wrong = np.where(values == c, distances != gadget.accept, distances < gadget.reject)
        if wrong.any():
            u, v = np.argwhere(wrong)[0]
            raise LawBroken(
                f"{type(gadget).__name__} over F_{F.q} with c = {c}: u = {vectors[u]} and v = {vectors[v]} "
                f"have the distance {distances[u, v]}, u . v = {values[u, v]}"
            )
    return int(F.q * values.size)
