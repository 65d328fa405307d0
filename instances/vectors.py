"""Problems on two lists of 0/1 vectors.

Letters: A has n rows (left), B has m rows (right), both d columns; H(a, b) is the Hamming distance;
t is the distance of a YES row, t2 > t the smallest distance that a NO row may have (for far pairs t2 < t, the largest).
A witness is a pair (i, j) of row indices, counted from 0.
"""

from dataclasses import dataclass
from math import ceil, inf
from random import Random
from typing import ClassVar, Self

import numpy as np

from instances.bits import BitMatrix
from instances.faults import BadInput
from instances.pairs import Pairs
from instances.problem import Size, Witness


@dataclass(frozen=True)
class OrthogonalVectors(Pairs):
    """YES iff some a_i . b_j = 0 (over the integers)."""

    called: ClassVar[str] = "ov"

    def accepts(self, witness: Witness) -> bool:
        if not self._in_range(witness):
            return False
        i, j = witness
        return not (self.A.words[i] & self.B.words[j]).any()

    def says(self, witness: Witness) -> str:
        return f"row {witness[0]} of A and row {witness[1]} of B are orthogonal: no coordinate is 1 in both"


@dataclass(frozen=True)
class _Gap(Pairs):
    """Two lists with the distances of their rows: t of a YES row, t2 of a NO row."""

    t: int
    t2: int

    @property
    def size(self) -> Size:
        return {**super().size, "t": self.t, "t2": self.t2}


@dataclass(frozen=True)
class GapHamming(_Gap):
    """Bichromatic Hamming nearest neighbour with a gap (Alman and Song, Definition 4.5, a row at a time).

    Promise: for each i, some H(a_i, b_j) <= t, or all H(a_i, b_j) >= t2. YES iff some pair has H <= t.
    Errors: `BadInput` unless 0 <= t < t2 <= d.
    """

    called: ClassVar[str] = "hamming"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.t < self.t2 <= self.A.d:
            raise BadInput(f"t = {self.t} and t2 = {self.t2} with d = {self.A.d}: they must satisfy 0 <= t < t2 <= d")

    @classmethod
    def with_eps(cls, A: BitMatrix, B: BitMatrix, t: int, eps: float) -> Self:
        """The instance with t2 = `least_no(t, eps)`. Errors: `BadInput` for t = 0, eps <= 0 or infinite, and t2 > d."""
        if not 0 < eps < inf or t <= 0:
            raise BadInput(f"eps = {eps} and t = {t} give no gap: give a finite eps > 0 and t > 0, or t2 itself")
        return cls(A, B, t, least_no(t, eps))

    def accepts(self, witness: Witness) -> bool:
        return self._in_range(witness) and self.distance(*witness) < self.t2

    def reaches(self, witness: Witness) -> bool:
        return self._in_range(witness) and self.distance(*witness) <= self.t

    def says(self, witness: Witness) -> str:
        near = f"<= t = {self.t}" if self.reaches(witness) else f"< t2 = {self.t2}"
        return f"row {witness[0]} of A and row {witness[1]} of B are at distance {self.distance(*witness)} {near}"

    def promised(self) -> bool:
        return all(not self.t < int(self.B.distances(row).min()) < self.t2 for row in self.A.words)

    def promised_pair_by_pair(self) -> bool:
        """Whether no distance of two rows is strictly between t and t2, which is more than is promised."""
        return all(not ((self.t < of) & (of < self.t2)).any() for of in map(self.B.distances, self.A.words))


def least_no(t: int, eps: float) -> int:
    """The smallest integer distance >= (1 + eps) t, at least t + 1; eps is read to 9 digits (2/9 is not a float)."""
    return max(t + 1, ceil(min(t + eps * t - 1e-9 * t, 2.0**62)))


@dataclass(frozen=True)
class BalancedHamming(GapHamming):
    """`GapHamming` in which every row of A and of B has weight d/2. Errors: `BadInput` where a row has not."""

    called: ClassVar[str] = "balanced"

    @classmethod
    def rows(cls, d: int) -> list[str]:
        return [row for row in super().rows(d) if 2 * row.count("1") == d]

    @classmethod
    def row(cls, random: Random, d: int, density: float) -> str:
        return "".join(random.sample("01" * (d // 2) + "0" * (d % 2), d))

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, rows in (("A", self.A), ("B", self.B)):
            wrong = (2 * rows.weights != rows.d).nonzero()[0]
            if len(wrong):
                i = int(wrong[0])
                raise BadInput(f"row {i} of {name} has weight {rows.weights[i]}, balanced rows have d/2 = {rows.d}/2")


@dataclass(frozen=True)
class ThresholdProduct(Pairs):
    """YES iff some a_i . b_j >= t (Keles et al., Definition 2, with t in [d]). Errors: `BadInput` unless 1 <= t <= d."""

    called: ClassVar[str] = "product"

    t: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.t <= self.A.d:
            raise BadInput(f"t = {self.t} in dimension d = {self.A.d}: a threshold of inner products is in 1..d")

    @property
    def size(self) -> Size:
        return {**super().size, "t": self.t}

    def accepts(self, witness: Witness) -> bool:
        if not self._in_range(witness):
            return False
        return self.product(*witness) >= self.t

    def product(self, i: int, j: int) -> int:
        """a_i . b_j."""
        return int(np.bitwise_count(self.A.words[i] & self.B.words[j]).sum())

    def says(self, witness: Witness) -> str:
        return f"row {witness[0]} of A and row {witness[1]} of B have the product {self.product(*witness)} >= t = {self.t}"


@dataclass(frozen=True)
class FarHamming(_Gap):
    """Bichromatic Hamming farthest pair with a gap (Keles et al., Definition 3, where t2 = t - 1).

    Promise: for each i, some H(a_i, b_j) >= t, or all H(a_i, b_j) <= t2. YES iff some pair has H >= t.
    Errors: `BadInput` unless 0 <= t2 < t <= d.
    """

    called: ClassVar[str] = "far"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.t2 < self.t <= self.A.d:
            raise BadInput(f"t = {self.t}, t2 = {self.t2} in dimension d = {self.A.d}: far pairs need 0 <= t2 < t <= d")

    def accepts(self, witness: Witness) -> bool:
        return self._in_range(witness) and self.distance(*witness) > self.t2

    def reaches(self, witness: Witness) -> bool:
        return self._in_range(witness) and self.distance(*witness) >= self.t

    def says(self, witness: Witness) -> str:
        far = f">= t = {self.t}" if self.reaches(witness) else f"> t2 = {self.t2}"
        return f"row {witness[0]} of A and row {witness[1]} of B are at distance {self.distance(*witness)} {far}"

    def promised(self) -> bool:
        return all(not self.t2 < int(self.B.distances(row).max()) < self.t for row in self.A.words)
