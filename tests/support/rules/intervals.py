"""Tasks on one machine, with times between which they are done."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import ClassVar, Self

from instances.faults import BadInput
from instances.problem import Problem, Size, Witness
from reductions.reduction import Reduction, Theorem
from tests.support.rules.listing import is_order, sequences
from tests.support.rules.sums import Partition

Task = tuple[int, int, int]


@dataclass(frozen=True)
class WithinIntervals(Problem):
    """Sequencing within intervals, SS1 of Garey and Johnson: YES iff one machine can do every task (release, deadline, length)
    between its release and its deadline, one after the other. A witness is an order, in which each task starts as soon as it
    may. Errors: `BadInput` for a negative release and a length below 1.
    """

    tasks: tuple[Task, ...]

    def __post_init__(self) -> None:
        if any(release < 0 or length < 1 for release, _, length in self.tasks):
            raise BadInput(f"{self.tasks}: a release must not be negative, and a length must be positive")

    @property
    def size(self) -> Size:
        return {"n": len(self.tasks)}

    def accepts(self, witness: Witness) -> bool:
        if not is_order(witness, len(self.tasks)):
            return False
        time = 0
        for release, deadline, length in (self.tasks[task] for task in witness):
            time = max(time, release) + length
            if time > deadline:
                return False
        return True

    def witnesses(self) -> Iterator[Witness]:
        """Every order in which equal tasks keep theirs."""
        return sequences([1] * len(self.tasks), self.tasks)

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """At most limit / 2 tasks, of lengths 1 and 2, that end at 4 at the latest."""
        tasks = [(r, d, length) for length in (1, 2) for r in range(4) for d in range(r + length, 5)]
        return (cls(chosen) for n in range(limit // 2 + 1) for chosen in product(tasks, repeat=n))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        random = Random(seed)
        tasks = []
        for _ in range(random.randint(0, max(1, limit // 2))):
            release, length = random.randint(0, limit), random.randint(1, 3)
            tasks.append((release, release + length + random.randint(0, limit), length))
        return cls(tuple(tasks))


@dataclass(frozen=True)
class PartitionIntervals(Reduction[Partition, WithinIntervals]):
    """A task for each number, and one of length 1 that stands just in the middle; it has no room where the sum is odd."""

    key: ClassVar[str] = "partition-intervals"
    theorem: ClassVar[Theorem] = Theorem(
        "a task in the middle leaves room for one half on each side", "Garey and Johnson, section 3.2"
    )

    def size(self, of: Size) -> Size:
        return {"n": of["n"] + 1}

    def apply(self, problem: Partition) -> WithinIntervals:
        whole = sum(problem.numbers)
        tasks = ((0, whole + 1, number) for number in problem.numbers)
        return WithinIntervals((*tasks, (self.middle(whole), whole // 2 + 1, 1)))

    def middle(self, whole: int) -> int:
        return -(-whole // 2)

    def forth(self, problem: Partition, witness: Witness) -> Witness:
        halves = ([task for task, half in enumerate(witness) if half == side] for side in (0, 1))
        return (*next(halves), len(witness), *next(halves))

    def back(self, problem: Partition, witness: Witness) -> Witness:
        middle = witness.index(len(problem.numbers))
        return tuple(int(witness.index(task) > middle) for task in range(len(problem.numbers)))


@dataclass(frozen=True)
class PartitionRoundedIntervals(PartitionIntervals):
    key: ClassVar[str] = "partition-rounded-intervals"
    says: ClassVar[str] = "half the sum is rounded down: where it is odd, the middle task leaves one more on its right"

    def middle(self, whole: int) -> int:
        return whole // 2


@dataclass(frozen=True)
class PartitionEarlyIntervals(PartitionIntervals):
    key: ClassVar[str] = "partition-early-intervals"
    says: ClassVar[str] = "the middle task may also come one earlier: the halves may differ by two"

    def middle(self, whole: int) -> int:
        return max(0, super().middle(whole) - 1)
