"""Disjunctions of instances: YES iff one of them is."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from instances.faults import BadInput
from instances.problem import Problem, Size, Witness


@dataclass(frozen=True, eq=False)
class AnyOf(Problem):
    """YES iff some `member(i)`, 0 <= i < count, is YES. Members are of type `of`, built when asked for, never stored.

    A witness is (i, *witness of member i). `member` must be pure: the same i gives an equal instance.
    Errors: `BadInput` for a negative count.
    """

    of: type[Problem]
    count: int
    member: Callable[[int], Problem]

    def __post_init__(self) -> None:
        if self.count < 0:
            raise BadInput(f"a disjunction of {self.count} instances: the count must not be negative")

    @property
    def size(self) -> Size:
        """Only `count`: the sizes of the members are theirs."""
        return {"count": self.count}

    @property
    def short(self) -> str:
        return f"AnyOf({self.count} of {self.of.__name__})"

    def __repr__(self) -> str:
        return self.short

    def accepts(self, witness: Witness) -> bool:
        return self._in_range(witness) and self.member(witness[0]).accepts(witness[1:])

    def reaches(self, witness: Witness) -> bool:
        return self._in_range(witness) and self.member(witness[0]).reaches(witness[1:])

    def says(self, witness: Witness) -> str:
        return f"member {witness[0]} of {self.count} is YES: {self.member(witness[0]).says(witness[1:])}"

    def promised(self) -> bool:
        return all(self.member(i).promised() for i in range(self.count))

    def witnesses(self) -> Iterator[Witness]:
        return ((i, *inner) for i in range(self.count) for inner in self.member(i).witnesses())

    def _in_range(self, witness: Witness) -> bool:
        return len(witness) >= 1 and 0 <= witness[0] < self.count

    @classmethod
    def memory(cls, size: Size) -> int:
        return 64

    @property
    def identity(self) -> str:
        """SHA-256 over the members' identities: builds every member."""
        text = f"any of {self.count} {self.of.__name__} "
        return hashlib.sha256((text + " ".join(self.member(i).identity for i in range(self.count))).encode()).hexdigest()
