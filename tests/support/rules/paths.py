"""Paths that are short and light."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, combinations_with_replacement, product
from random import Random
from typing import ClassVar, Self

from instances.faults import BadInput
from instances.problem import Problem, Size, Witness
from reductions.reduction import Reduction, Theorem
from tests.support.rules.sums import Partition

Edge = tuple[int, int, int, int]


@dataclass(frozen=True)
class ShortLightPath(Problem):
    """Shortest weight-constrained path, ND30 of Garey and Johnson: YES iff a path from vertex 0 to vertex n - 1 without a
    vertex twice has length at most `length` and weight at most `weight`. Edges are (a, b, length, weight), and may be parallel.
    A witness is the numbers of the edges as they are walked. Errors: `BadInput` for no vertex, other ends, negative numbers.
    """

    n: int
    edges: tuple[Edge, ...]
    length: int
    weight: int

    def __post_init__(self) -> None:
        if self.n < 1 or any(not 0 <= a < b < self.n or min(length, weight) < 0 for a, b, length, weight in self.edges):
            raise BadInput(f"{self.edges} are no edges (a, b, length, weight) with a < b < n = {self.n}, 0 <= length, weight")

    @property
    def size(self) -> Size:
        return {"n": self.n, "m": len(self.edges)}

    def accepts(self, witness: Witness) -> bool:
        seen = [0]
        for number in witness:
            if not 0 <= number < len(self.edges) or seen[-1] not in self.edges[number][:2]:
                return False
            seen.append(sum(self.edges[number][:2]) - seen[-1])
        walked = [self.edges[number] for number in witness]
        return (
            seen[-1] == self.n - 1
            and len(set(seen)) == len(seen)
            and sum(edge[2] for edge in walked) <= self.length
            and sum(edge[3] for edge in walked) <= self.weight
        )

    @cached_property
    def around(self) -> list[list[tuple[int, int]]]:
        """The edges at each vertex, as the number of the edge and its other end."""
        found: list[list[tuple[int, int]]] = [[] for _ in range(self.n)]
        for number, (a, b, *_) in enumerate(self.edges):
            found[a].append((number, b))
            found[b].append((number, a))
        return found

    def witnesses(self) -> Iterator[Witness]:
        """Every path from vertex 0 to vertex n - 1."""
        return self._onwards((), (0,))

    def _onwards(self, walked: Witness, seen: tuple[int, ...]) -> Iterator[Witness]:
        if seen[-1] == self.n - 1:
            yield walked
            return
        for number, other in self.around[seen[-1]]:
            if other not in seen:
                yield from self._onwards((*walked, number), (*seen, other))

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """Every graph with n + m <= limit whose edges have lengths and weights of 0 and 1, with bounds of 0 to 2."""
        for both in range(limit + 1):
            for n in range(1, both + 1):
                edges = [(a, b, x, y) for a, b in combinations(range(n), 2) for x in (0, 1) for y in (0, 1)]
                for chosen in combinations_with_replacement(edges, both - n):
                    yield from (cls(n, chosen, *bounds) for bounds in product(range(3), repeat=2))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        random = Random(seed)
        n = random.randint(1, max(1, min(limit, 6)))
        pairs = [sorted(random.sample(range(n), 2)) for _ in range(random.randint(0, limit))] if n > 1 else []
        edges = ((a, b, random.randint(0, 5), random.randint(0, 5)) for a, b in pairs)
        return cls(n, tuple(edges), random.randint(0, 3 * n), random.randint(0, 3 * n))


@dataclass(frozen=True)
class PartitionPath(Reduction[Partition, ShortLightPath]):
    """From vertex to vertex one of two edges, for each number: it is added to the length of one and to the weight of the
    other, which are 1 without it. Both bounds are half the sum, and one for each number.
    """

    key: ClassVar[str] = "partition-path"
    theorem: ClassVar[Theorem] = Theorem(
        "the length of a path is one half, its weight the other", "Megiddo, as in Garey and Johnson, ND30"
    )

    unit: ClassVar[int] = 1

    def size(self, of: Size) -> Size:
        return {"n": of["n"] + 1, "m": 2 * of["n"]}

    def apply(self, problem: Partition) -> ShortLightPath:
        edges: list[Edge] = []
        for at, number in enumerate(problem.numbers):
            edges += [(at, at + 1, self.unit, number + self.unit), (at, at + 1, number + self.unit, self.unit)]
        bound = sum(problem.numbers) // 2 + len(problem.numbers)
        return ShortLightPath(len(problem.numbers) + 1, tuple(edges), bound, bound)

    def forth(self, problem: Partition, witness: Witness) -> Witness:
        return tuple(2 * at + half for at, half in enumerate(witness))

    def back(self, problem: Partition, witness: Witness) -> Witness:
        return tuple(number % 2 for number in witness)


@dataclass(frozen=True)
class PartitionLoosePath(PartitionPath):
    key: ClassVar[str] = "partition-loose-path"
    says: ClassVar[str] = (
        "the bounds have one for each number, but edges without the number are 0: the halves need not be equal"
    )

    unit: ClassVar[int] = 0
