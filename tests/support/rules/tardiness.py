"""Jobs on one machine that are late."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import ClassVar, Self

from instances.faults import BadInput
from instances.problem import Problem, Size, Witness
from reductions.reduction import Reduction, Theorem
from tests.support.rules.listing import is_order, sequences
from tests.support.rules.shops import grouped
from tests.support.rules.thirds import ThreePartition


@dataclass(frozen=True)
class WeightedTardiness(Problem):
    """Minimum weighted tardiness, SS5 of Garey and Johnson: YES iff the jobs (length, weight, deadline) can be done one after
    the other so that weight times lateness is at most `bound` in all. A witness is the order. Errors: `BadInput` for a length
    below 1 and a negative weight.
    """

    jobs: tuple[tuple[int, int, int], ...]
    bound: int

    def __post_init__(self) -> None:
        if any(length < 1 or weight < 0 for length, weight, _ in self.jobs):
            raise BadInput(f"{self.jobs}: a length must be positive, and a weight must not be negative")

    @property
    def size(self) -> Size:
        return {"n": len(self.jobs)}

    def accepts(self, witness: Witness) -> bool:
        if not is_order(witness, len(self.jobs)):
            return False
        time = late = 0
        for length, weight, deadline in (self.jobs[job] for job in witness):
            time += length
            late += weight * max(0, time - deadline)
        return late <= self.bound

    def witnesses(self) -> Iterator[Witness]:
        """Every order in which equal jobs keep theirs."""
        return sequences([1] * len(self.jobs), self.jobs)

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """At most limit / 3 jobs of lengths and weights 1 and 2 with deadlines of 1 to 3, and bounds of 0 to 3."""
        kinds = list(product((1, 2), (1, 2), (1, 2, 3)))
        for n in range(limit // 3 + 1):
            yield from (cls(jobs, bound) for jobs in product(kinds, repeat=n) for bound in range(4))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        random = Random(seed)
        n = random.randint(0, max(1, limit // 2))
        jobs = tuple((random.randint(1, 4), random.randint(0, 3), random.randint(1, 3 * n)) for _ in range(n))
        return cls(jobs, random.randint(0, 3 * n))


@dataclass(frozen=True)
class ThirdsTardiness(Reduction[ThreePartition, WeightedTardiness]):
    key: ClassVar[str] = "thirds-tardiness"
    theorem: ClassVar[Theorem] = Theorem(
        "m - 1 separators of length 1, each b after the one before, and nothing late", "a slip"
    )
    says: ClassVar[str] = "the deadlines of the numbers are when all ends: nothing keeps separators from coming early"

    def size(self, of: Size) -> Size:
        return {"n": 4 * of["m"] - 1}

    def apply(self, problem: ThreePartition) -> WeightedTardiness:
        m, b = problem.m, problem.b
        end = m * b + m - 1
        separators = ((1, 1, (i + 1) * (b + 1)) for i in range(m - 1))
        return WeightedTardiness((*separators, *((number, 1, end) for number in problem.numbers)), 0)

    def forth(self, problem: ThreePartition, witness: Witness) -> Witness:
        order: list[int] = []
        for group in range(problem.m):
            order += [job for job, its in enumerate(witness, problem.m - 1) if its == group]
            order += [group] * (group < problem.m - 1)
        return tuple(order)

    def back(self, problem: ThreePartition, witness: Witness) -> Witness:
        return grouped(problem.m, range(problem.m - 1), witness, problem.m - 1, 3 * problem.m)
