"""3-partition, where no instance with a sum of each group and without a partition has fewer than six numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Self

from instances.faults import BadInput
from instances.problem import Problem, Size, Witness
from tests.support.rules.listing import rising


@dataclass(frozen=True)
class ThreePartition(Problem):
    """SP15 of Garey and Johnson: 3m numbers with the sum m b, each above b/4 and below b/2 (that is the promise): YES iff they
    fall into m groups with the sum b each. A witness is the group of each, 0..m-1. Errors: `BadInput` unless m >= 1.
    """

    numbers: tuple[int, ...]
    b: int

    def __post_init__(self) -> None:
        if not self.numbers or len(self.numbers) % 3 or min(self.numbers) < 1:
            raise BadInput(f"{self.numbers}: there must be 3m positive numbers, m >= 1")

    @property
    def m(self) -> int:
        return len(self.numbers) // 3

    @property
    def size(self) -> Size:
        return {"m": self.m}

    def promised(self) -> bool:
        return sum(self.numbers) == self.m * self.b and all(self.b < 4 * number < 2 * self.b for number in self.numbers)

    def accepts(self, witness: Witness) -> bool:
        sums = [0] * self.m
        if len(witness) != len(self.numbers) or any(not 0 <= group < self.m for group in witness):
            return False
        for number, group in zip(self.numbers, witness, strict=True):
            sums[group] += number
        return all(each == self.b for each in sums)

    def witnesses(self) -> Iterator[Witness]:
        """Groups of three, numbered as their first numbers stand."""
        return self._onwards((), [0] * self.m)

    def _onwards(self, groups: Witness, held: list[int]) -> Iterator[Witness]:
        if len(groups) == len(self.numbers):
            yield groups
            return
        for group in range(min(self.m, max(groups, default=-1) + 2)):
            if held[group] < 3:
                more = [count + (number == group) for number, count in enumerate(held)]
                yield from self._onwards((*groups, group), more)

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """All numbers in rising order, for b up to 2 limit, in one and in two groups."""
        for m in (1, 2):
            for b in range(2 * limit + 1):
                yield from (cls(chosen, b) for chosen in rising(m * b, b // 4 + 1, (b - 1) // 2, 3 * m))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self | None:
        """Up to three groups, with numbers exchanged for others of the same sum; None where the numbers cannot be."""
        random = Random(seed)
        m, b = random.randint(1, 2 + (limit > 9)), random.randint(3, 2 * limit + 4)
        low, high = b // 4 + 1, (b - 1) // 2
        triples = list(rising(b, low, high, 3))
        if not triples:
            return None
        numbers = [number for _ in range(m) for number in random.choice(triples)]
        for _ in range(random.randint(0, 6)):
            one, other = random.sample(range(3 * m), 2)
            if numbers[one] > low and numbers[other] < high:
                numbers[one], numbers[other] = numbers[one] - 1, numbers[other] + 1
        random.shuffle(numbers)
        return cls(tuple(numbers), b)
