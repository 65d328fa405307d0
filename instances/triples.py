"""Three lists of 0/1 vectors.

Letters: A has n rows, B has m rows, C has l rows, all d columns. A witness is a triple (i, j, k) of row indices from 0 on.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement, product
from random import Random
from typing import Any, ClassVar, Self

from instances.bits import BitMatrix, Ints, Words, ones_of, packed_bytes
from instances.faults import BadInput
from instances.problem import Problem, Size, Witness


@dataclass(frozen=True)
class ThreeOrthogonalVectors(Problem):
    """YES iff some sum_c a_ic b_jc c_kc = 0 (over the integers): no coordinate is 1 in all three.

    Errors: `BadInput` for lists of different dimensions, without columns, or without rows.
    """

    called: ClassVar[str] = "3ov"
    all_are_instances: ClassVar[bool] = True
    referee: ClassVar[Any] = "exhaustive-3ov"

    A: BitMatrix
    B: BitMatrix
    C: BitMatrix

    def __post_init__(self) -> None:
        lists = {"A": self.A, "B": self.B, "C": self.C}
        widths = [rows.d for rows in lists.values()]
        if len(set(widths)) != 1 or not widths[0]:
            raise BadInput(f"A, B and C have {widths[0]}, {widths[1]} and {widths[2]} columns: give as many, at least one")
        for name, rows in lists.items():
            if not rows.n:
                raise BadInput(f"{name} has no rows: each list needs at least one")

    @property
    def size(self) -> Size:
        return {"n": self.A.n, "m": self.B.n, "l": self.C.n, "d": self.A.d}

    def accepts(self, witness: Witness) -> bool:
        if len(witness) != 3 or not all(0 <= x < rows.n for x, rows in zip(witness, (self.A, self.B, self.C), strict=True)):
            return False
        i, j, k = witness
        return not (self.A.words[i] & self.B.words[j] & self.C.words[k]).any()

    def says(self, witness: Witness) -> str:
        i, j, k = witness
        return f"rows {i} of A, {j} of B and {k} of C are orthogonal: no coordinate is 1 in all three"

    def products(self, both: Words) -> Ints:
        """The product with every row of C of what two rows of A and of B have in common, as packed words."""
        return ones_of(self.C.words & both)

    def witnesses(self) -> Iterator[Witness]:
        return product(range(self.A.n), range(self.B.n), range(self.C.n))

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """All multisets of rows with n + m + l + d <= limit + 4."""
        for d, *counts in product(range(1, limit + 2), repeat=4):
            if d + sum(counts) <= limit + 4:
                rows = ["".join(bits) for bits in product("01", repeat=d)]
                for lists in product(*(combinations_with_replacement(rows, count) for count in counts)):
                    yield cls(*(BitMatrix.of(list(some)) for some in lists))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self | None:
        """Rows of one density."""
        random = Random(seed)
        *counts, d = (random.randint(1, max(1, limit)) for _ in range(4))
        density = random.choice((0.3, 0.6, 0.6, 0.9))
        lists = ([["01"[random.random() < density] for _ in range(d)] for _ in range(count)] for count in counts)
        return cls(*(BitMatrix.of(["".join(row) for row in rows]) for rows in lists))

    @classmethod
    def memory(cls, size: Size) -> int:
        return sum(packed_bytes(size[letter], size["d"]) for letter in "nml")

    @cached_property
    def identity(self) -> str:
        text = f"{type(self).__name__} " + " ".join(f"{letter}={value}" for letter, value in self.size.items())
        return hashlib.sha256(text.encode() + self.A.digest() + self.B.digest() + self.C.digest()).hexdigest()

    def as_json(self) -> Any:
        """The rows of each list as strings of 0 and 1."""
        return {
            name: ["".join("01"[bit] for bit in row) for row in rows.bools().astype(int).tolist()]
            for name, rows in (("A", self.A), ("B", self.B), ("C", self.C))
        }

    @classmethod
    def from_json(cls, given: Any) -> Self:
        if not isinstance(given, dict) or set(given) != {"A", "B", "C"}:
            raise BadInput("an instance of 3ov has three lists of strings of 0 and 1, A, B and C")
        return cls(*(BitMatrix.of(given[name]) for name in ("A", "B", "C")))
