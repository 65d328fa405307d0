"""Capacities of links, that cost more and delay less as they grow."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from random import Random
from typing import ClassVar, Self

from instances.faults import BadInput
from instances.problem import Problem, Size, Witness
from reductions.reduction import Reduction, Theorem
from tests.support.rules.sums import SubsetSum
from tests.support.rules.ways import SameWitness

Link = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class CapacityAssignment(Problem):
    """SR7 of Garey and Johnson: a link has a (cost, delay) for each capacity; costs do not fall, delays do not rise. YES iff
    capacities cost at most `cost` and delay at most `delay` in all. A witness is the capacity of each link, counted from 0.
    Errors: `BadInput` for negative numbers, costs that fall and delays that rise.
    """

    links: tuple[Link, ...]
    cost: int
    delay: int

    def __post_init__(self) -> None:
        for link in self.links:
            if any(min(pair) < 0 for pair in link):
                raise BadInput(f"{link}: no cost and no delay is negative")
            if any(one[0] > other[0] or one[1] < other[1] for one, other in pairwise(link)):
                raise BadInput(f"{link}: costs must not fall, delays must not rise")

    @property
    def size(self) -> Size:
        return {"n": len(self.links), "m": max(map(len, self.links), default=0)}

    def accepts(self, witness: Witness) -> bool:
        if len(witness) != len(self.links):
            return False
        if any(not 0 <= capacity < len(link) for link, capacity in zip(self.links, witness, strict=True)):
            return False
        chosen = [link[capacity] for link, capacity in zip(self.links, witness, strict=True)]
        return sum(cost for cost, _ in chosen) <= self.cost and sum(delay for _, delay in chosen) <= self.delay

    def witnesses(self) -> Iterator[Witness]:
        return product(*(range(len(link)) for link in self.links))

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """At most limit / 3 links of two capacities, numbers of 0 to 2, with bounds of 0 to 3."""
        kinds = [((a, c), (b, d)) for a, b, c, d in product(range(3), repeat=4) if a <= b and c >= d]
        for n in range(limit // 3 + 1):
            for links in product(kinds, repeat=n):
                yield from (cls(links, *bounds) for bounds in product(range(4), repeat=2))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        random = Random(seed)
        links = []
        for _ in range(random.randint(0, max(1, limit // 2))):
            several = random.randint(1, 3)
            costs = sorted(random.randint(0, limit) for _ in range(several))
            delays = sorted((random.randint(0, limit) for _ in range(several)), reverse=True)
            links.append(tuple(zip(costs, delays, strict=True)))
        return cls(tuple(links), *(random.randint(0, limit * max(1, len(links))) for _ in range(2)))


@dataclass(frozen=True)
class SubsetCapacity(SameWitness, Reduction[SubsetSum, CapacityAssignment]):
    """A number is the cost of the second capacity above the first, and the delay of the first above the second; both are 1
    without it. The costs say at most, the delays at least the total.
    """

    key: ClassVar[str] = "subset-capacity"
    theorem: ClassVar[Theorem] = Theorem(
        "what is taken costs, what is left delays", "Van Sickle and Chandy, as in Garey and Johnson, SR7"
    )

    units: ClassVar[int] = 1

    def size(self, of: Size) -> Size:
        return {"n": of["n"], "m": 2 if of["n"] else 0}

    def apply(self, problem: SubsetSum) -> CapacityAssignment:
        n = len(problem.numbers)
        links = (((1, number + 1), (number + 1, 1)) for number in problem.numbers)
        left = sum(problem.numbers) - problem.total
        return CapacityAssignment(tuple(links), problem.total + n, left + self.units * n)


@dataclass(frozen=True)
class SubsetLooseCapacity(SubsetCapacity):
    key: ClassVar[str] = "subset-loose-capacity"
    says: ClassVar[str] = "the bound of the delays has two for each link, one for each of its capacities, where one is chosen"

    units: ClassVar[int] = 2
