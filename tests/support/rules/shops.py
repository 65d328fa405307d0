"""Shops: jobs that go from machine to machine; 3-partition as a schedule without a gap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import ClassVar, Self

from instances.faults import BadInput
from instances.problem import Problem, Size, Witness
from reductions.reduction import Reduction, Theorem
from tests.support.rules.listing import is_order, sequences
from tests.support.rules.thirds import ThreePartition

Lengths = tuple[int, ...]
Steps = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class FlowShop(Problem):
    """SS15 of Garey and Johnson, with three machines: YES iff all jobs, which go through the machines in their order, can be
    done by the deadline. A witness is an order of the jobs, the same on each machine: with three, one such order is best.
    Errors: `BadInput` for jobs that are no three lengths, and negative ones.
    """

    jobs: tuple[Lengths, ...]
    deadline: int

    def __post_init__(self) -> None:
        if any(len(job) != 3 or min(job) < 0 for job in self.jobs):
            raise BadInput(f"{self.jobs}: each job has three lengths, none negative")

    @property
    def size(self) -> Size:
        return {"n": len(self.jobs)}

    def accepts(self, witness: Witness) -> bool:
        if not is_order(witness, len(self.jobs)):
            return False
        first = second = third = 0
        for one, two, three in (self.jobs[job] for job in witness):
            first += one
            second = max(first, second) + two
            third = max(second, third) + three
        return third <= self.deadline

    def witnesses(self) -> Iterator[Witness]:
        """Every order in which equal jobs keep theirs."""
        return sequences([1] * len(self.jobs), self.jobs)

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """At most limit / 3 jobs with lengths of 0, 1 and 2, with every deadline up to the sum of all lengths."""
        for n in range(limit // 3 + 1):
            for jobs in product(product(range(3), repeat=3), repeat=n):
                yield from (cls(jobs, deadline) for deadline in range(sum(map(sum, jobs)) + 1))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        random = Random(seed)
        jobs = [tuple(random.randint(0, 4) for _ in range(3)) for _ in range(random.randint(0, max(1, limit // 2)))]
        return cls(tuple(jobs), random.randint(0, sum(map(sum, jobs))))


@dataclass(frozen=True)
class JobShop(Problem):
    """SS18 of Garey and Johnson: YES iff all jobs can be done by the deadline, each step (machine, length) after the one before
    it. A witness is a sequence with each job as often as it has steps: the next step of the job starts as soon as it may.
    Errors: `BadInput` for negative lengths.
    """

    jobs: tuple[Steps, ...]
    deadline: int

    def __post_init__(self) -> None:
        if any(length < 0 for job in self.jobs for _, length in job):
            raise BadInput(f"{self.jobs}: a length must not be negative")

    @property
    def size(self) -> Size:
        return {"n": len(self.jobs), "steps": sum(map(len, self.jobs))}

    def accepts(self, witness: Witness) -> bool:
        if sorted(witness) != [job for job, steps in enumerate(self.jobs) for _ in steps]:
            return False
        waiting, ready, free = [iter(job) for job in self.jobs], [0] * len(self.jobs), dict[int, int]()
        for job in witness:
            machine, length = next(waiting[job])
            free[machine] = ready[job] = max(free.get(machine, 0), ready[job]) + length
        return max(ready, default=0) <= self.deadline

    def witnesses(self) -> Iterator[Witness]:
        """Every sequence in which equal jobs start in their order."""
        return sequences(list(map(len, self.jobs)), self.jobs)

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """At most limit / 3 jobs of one or two steps on two machines, lengths 1 and 2, and every deadline up to their sum."""
        steps = list(product((0, 1), (1, 2)))
        kinds = [(one,) for one in steps] + [(one, other) for one in steps for other in steps if one[0] != other[0]]
        for n in range(limit // 3 + 1):
            for jobs in product(kinds, repeat=n):
                whole = sum(length for job in jobs for _, length in job)
                yield from (cls(jobs, deadline) for deadline in range(whole + 1))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        random = Random(seed)
        jobs = []
        for _ in range(random.randint(0, max(1, limit // 3))):
            first, count = random.randint(0, 1), random.randint(1, 3)
            jobs.append(tuple(((first + step) % 2, random.randint(1, 4)) for step in range(count)))
        return cls(tuple(jobs), random.randint(0, sum(length for job in jobs for _, length in job)))


def grouped(m: int, marks: Sequence[int], witness: Witness, after: int, count: int) -> Witness:
    """Groups of the numbers, which are the jobs from `after` on, `count` of them: how many of the marks stand before each."""
    groups = [0] * count
    passed = 0
    for job in witness:
        if job in marks:
            passed += 1
        elif after <= job < after + count:
            groups[job - after] = min(passed, m - 1)
    return tuple(groups)


@dataclass(frozen=True)
class ThirdsFlow(Reduction[ThreePartition, FlowShop]):
    """Jobs 0..3m-1 are the numbers, on the second machine alone. Job 3m is (0, b, 2b), and m separators follow, (2b, b, 2b) and
    last (2b, b, 0): by (2m + 1) b all is done only where each machine has no gap, so that the second has gaps of b between
    separators for the numbers.
    """

    key: ClassVar[str] = "thirds-flow"
    theorem: ClassVar[Theorem] = Theorem("separators on all machines leave m gaps of b", "Garey, Johnson and Sethi, 1976")

    def size(self, of: Size) -> Size:
        return {"n": 4 * of["m"] + 1}

    def apply(self, problem: ThreePartition) -> FlowShop:
        m, b = problem.m, problem.b
        separators = ((2 * b * (i > 0), b, self.third(2 * b * (i < m))) for i in range(m + 1))
        return FlowShop((*((0, number, 0) for number in problem.numbers), *separators), (2 * m + 1) * b)

    def third(self, length: int) -> int:
        return length

    def forth(self, problem: ThreePartition, witness: Witness) -> Witness:
        order: list[int] = []
        for group in range(problem.m):
            order += [3 * problem.m + group, *(job for job, its in enumerate(witness) if its == group)]
        return (*order, 4 * problem.m)

    def back(self, problem: ThreePartition, witness: Witness) -> Witness:
        return grouped(problem.m, range(3 * problem.m + 1, 4 * problem.m + 1), witness, 0, 3 * problem.m)


@dataclass(frozen=True)
class ThirdsLooseFlow(ThirdsFlow):
    key: ClassVar[str] = "thirds-loose-flow"
    says: ClassVar[str] = "separators keep the first machine busy, and not the third: on the second they may come late"

    def third(self, length: int) -> int:
        return 0


@dataclass(frozen=True)
class ThirdsJob(Reduction[ThreePartition, JobShop]):
    """Job 0 goes to and fro between machines 1 and 0, b on each, 2m - 1 steps; the numbers are jobs on machine 0. By
    (2m - 1) b all is done only where job 0 never waits, and machine 0 has m gaps of b.
    """

    key: ClassVar[str] = "thirds-job"
    theorem: ClassVar[Theorem] = Theorem("a job that never waits leaves m gaps of b", "Garey, Johnson and Sethi, 1976")

    def size(self, of: Size) -> Size:
        return {"n": 3 * of["m"] + 1, "steps": 5 * of["m"] - 1}

    def apply(self, problem: ThreePartition) -> JobShop:
        m, b = problem.m, problem.b
        long = tuple(((step + 1) % 2, b) for step in range(2 * m - 1))
        return JobShop((long, *(((0, number),) for number in problem.numbers)), (2 * m - 1) * b)

    def forth(self, problem: ThreePartition, witness: Witness) -> Witness:
        order = [0]
        for group in range(problem.m):
            order += [job for job, its in enumerate(witness, 1) if its == group]
            order += [0, 0] * (group < problem.m - 1)
        return tuple(order)

    def back(self, problem: ThreePartition, witness: Witness) -> Witness:
        seen = 0
        groups = [0] * len(problem.numbers)
        for job in witness:
            if job:
                groups[job - 1] = min(seen // 2, problem.m - 1)
            else:
                seen += 1
        return tuple(groups)


@dataclass(frozen=True)
class ThirdsLooseJob(Reduction[ThreePartition, JobShop]):
    key: ClassVar[str] = "thirds-loose-job"
    theorem: ClassVar[Theorem] = Theorem("m - 1 jobs of length b between the groups", "a slip")
    says: ClassVar[str] = "separators are on one machine alone, where nothing keeps them in their places"

    def size(self, of: Size) -> Size:
        return {"n": 4 * of["m"] - 1, "steps": 4 * of["m"] - 1}

    def apply(self, problem: ThreePartition) -> JobShop:
        m, b = problem.m, problem.b
        return JobShop((*(((0, number),) for number in problem.numbers), *(((0, b),) for _ in range(m - 1))), (2 * m - 1) * b)

    def forth(self, problem: ThreePartition, witness: Witness) -> Witness:
        order: list[int] = []
        for group in range(problem.m):
            order += [job for job, its in enumerate(witness) if its == group]
            order += [3 * problem.m + group] * (group < problem.m - 1)
        return tuple(order)

    def back(self, problem: ThreePartition, witness: Witness) -> Witness:
        return grouped(problem.m, range(3 * problem.m, 4 * problem.m - 1), witness, 0, 3 * problem.m)
