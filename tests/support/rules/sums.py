"""Partition and subset sum, one as the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import ClassVar, Self

from instances.faults import BadInput
from instances.problem import Problem, Size, Witness
from reductions.reduction import Reduction, Theorem
from tests.support.rules import listing
from tests.support.rules.ways import SameWitness


@dataclass(frozen=True)
class Partition(Problem):
    """YES iff some of the positive numbers have half their sum. A witness is the half of each, 0 or 1."""

    numbers: tuple[int, ...]

    def __post_init__(self) -> None:
        if any(number < 1 for number in self.numbers):
            raise BadInput(f"{self.numbers}: the numbers must be positive")

    @property
    def size(self) -> Size:
        return {"n": len(self.numbers)}

    def accepts(self, witness: Witness) -> bool:
        if len(witness) != len(self.numbers) or any(half not in (0, 1) for half in witness):
            return False
        return 2 * sum(number for number, half in zip(self.numbers, witness, strict=True) if half) == sum(self.numbers)

    def witnesses(self) -> Iterator[Witness]:
        return product((0, 1), repeat=len(self.numbers))

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """All numbers with a sum of at most 2 limit, in rising order."""
        return (cls(numbers) for total in range(2 * limit + 1) for numbers in listing.rising(total))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        return cls(listing.numbers(Random(seed), limit))


@dataclass(frozen=True)
class SubsetSum(Problem):
    """YES iff some of the positive numbers have the sum `total`. A witness has a 1 for each of those, 0 for the others."""

    numbers: tuple[int, ...]
    total: int

    def __post_init__(self) -> None:
        if any(number < 1 for number in self.numbers) or self.total < 0:
            raise BadInput(f"{self.numbers}, {self.total}: the numbers must be positive, the sum not negative")

    @property
    def size(self) -> Size:
        bits = max(number.bit_length() for number in (*self.numbers, self.total))
        return {"n": len(self.numbers), "bits": bits}

    def accepts(self, witness: Witness) -> bool:
        if len(witness) != len(self.numbers) or any(bit not in (0, 1) for bit in witness):
            return False
        return sum(number for number, bit in zip(self.numbers, witness, strict=True) if bit) == self.total

    def witnesses(self) -> Iterator[Witness]:
        return product((0, 1), repeat=len(self.numbers))

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """All numbers in rising order, with every `total`, where both sums are at most 2 limit together."""
        for both in range(2 * limit + 1):
            yield from (cls(numbers, both - one) for one in range(both + 1) for numbers in listing.rising(one))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        random = Random(seed)
        numbers = listing.numbers(random, limit)
        return cls(numbers, random.randint(0, sum(numbers) + 1))


@dataclass(frozen=True)
class SubsetPartition(Reduction[SubsetSum, Partition]):
    """With the sum S of all numbers and the total B, two numbers come first, 2S - B and S + B: they are in different halves of
    4S, and B fills the half of the first. Where B > S, or nothing is given, a fixed instance has the answer.
    """

    key: ClassVar[str] = "subset-partition"
    theorem: ClassVar[Theorem] = Theorem("two more numbers make the halves what is asked for and the rest", "textbook")

    def size(self, of: Size) -> Size:
        return {"n": of["n"] + 2}

    def apply(self, problem: SubsetSum) -> Partition:
        whole = sum(problem.numbers)
        if problem.total > whole:
            return Partition((*(1,) * (len(problem.numbers) + 1), len(problem.numbers) + 2))
        return Partition((2 * whole - problem.total, whole + problem.total, *problem.numbers) if whole else (1, 1))

    def forth(self, problem: SubsetSum, witness: Witness) -> Witness:
        return (0, 1, *(1 - bit for bit in witness))

    def back(self, problem: SubsetSum, witness: Witness) -> Witness:
        return tuple(int(half == witness[0]) for half in witness[2:])


@dataclass(frozen=True)
class SubsetFromHalfZero(SubsetPartition):
    key: ClassVar[str] = "subset-from-half-zero"
    says: ClassVar[str] = "back takes the half 0 for that of the first number, as it is in the first witness of a search"

    def back(self, problem: SubsetSum, witness: Witness) -> Witness:
        return tuple(1 - half for half in witness[2:])


@dataclass(frozen=True)
class PartitionSubset(SameWitness, Reduction[Partition, SubsetSum]):
    """The total is half the sum; where that is no integer, one more than the sum."""

    key: ClassVar[str] = "partition-subset"
    bound: ClassVar[bool] = False
    theorem: ClassVar[Theorem] = Theorem("a half is a subset with half the sum", "textbook")

    def size(self, of: Size) -> Size:
        return {"n": of["n"]}

    def apply(self, problem: Partition) -> SubsetSum:
        whole = sum(problem.numbers)
        return Counted(problem.numbers, whole + 1 if whole % 2 else whole // 2)


class Counted(SubsetSum):
    """A subset sum whose size is the number of its numbers alone, where how long they are is no matter."""

    @property
    def size(self) -> Size:
        return {"n": len(self.numbers)}
