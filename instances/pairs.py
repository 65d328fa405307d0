"""What problems on two lists of 0/1 vectors have in common; their letters are those of module `vectors`."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import combinations_with_replacement, product
from random import Random
from typing import ClassVar, Self

import numpy as np

from instances.bits import BitMatrix, packed_bytes
from instances.faults import BadInput
from instances.problem import Problem, Size, Witness


@dataclass(frozen=True)
class Pairs(Problem):
    """Two lists of 0/1 vectors of one dimension; at least one row each."""

    all_are_instances: ClassVar[bool] = True

    A: BitMatrix
    B: BitMatrix

    def __post_init__(self) -> None:
        if self.A.d != self.B.d:
            raise BadInput(f"A has d = {self.A.d} columns and B has {self.B.d}: both lists need the same dimension")
        if self.A.d == 0:
            raise BadInput("A and B have d = 0 columns: vectors need at least one")
        if self.A.n == 0 or self.B.n == 0:
            raise BadInput(f"A has {self.A.n} rows and B has {self.B.n}: each list needs at least one")

    @property
    def size(self) -> Size:
        return {"n": self.A.n, "m": self.B.n, "d": self.A.d}

    @classmethod
    def posed(cls, A: BitMatrix, B: BitMatrix) -> Iterator[Self]:
        """The instances on these two lists, with every threshold there is."""
        thresholds = [each.name for each in fields(cls) if each.name not in ("A", "B")]
        for values in product(range(A.d + 1), repeat=len(thresholds)):
            with suppress(BadInput):
                if (found := cls(A, B, **dict(zip(thresholds, values, strict=True)))).promised():
                    yield found

    @classmethod
    def rows(cls, d: int) -> list[str]:
        """All rows of d columns that such an instance may have."""
        return ["".join(bits) for bits in product("01", repeat=d)]

    @classmethod
    def row(cls, random: Random, d: int, density: float) -> str:
        """One of them, drawn."""
        return "".join("01"[random.random() < density] for _ in range(d))

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """All multisets of rows with n + m + d <= limit + 3, and all thresholds."""
        for d, n, m in product(range(1, limit + 2), repeat=3):
            if n + m + d <= limit + 3:
                rows = cls.rows(d)
                for A, B in product(combinations_with_replacement(rows, n), combinations_with_replacement(rows, m)):
                    yield from cls.posed(BitMatrix.of(list(A)), BitMatrix.of(list(B)))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self | None:
        """Rows of one density; of the thresholds that keep the promise, some."""
        random = Random(seed)
        n, m, d, density = *(random.randint(1, max(1, limit)) for _ in range(3)), random.choice((0.2, 0.5, 0.5, 0.8))
        A, B = (BitMatrix.of([cls.row(random, d, density) for _ in range(count)]) for count in (n, m))
        found = list(cls.posed(A, B))
        return random.choice(found) if found else None

    def distance(self, i: int, j: int) -> int:
        """H(a_i, b_j)."""
        return int(np.bitwise_count(self.A.words[i] ^ self.B.words[j]).sum())

    def _in_range(self, witness: Witness) -> bool:
        return len(witness) == 2 and 0 <= witness[0] < self.A.n and 0 <= witness[1] < self.B.n

    def witnesses(self) -> Iterator[Witness]:
        return product(range(self.A.n), range(self.B.n))

    @classmethod
    def memory(cls, size: Size) -> int:
        return packed_bytes(size["n"], size["d"]) + packed_bytes(size["m"], size["d"])

    @cached_property
    def identity(self) -> str:
        letters = " ".join(f"{letter}={value}" for letter, value in self.size.items())
        text = f"{type(self).__name__} {letters}".encode()
        return hashlib.sha256(text + self.A.digest() + self.B.digest()).hexdigest()
