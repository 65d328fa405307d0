"""Rules, problems and solvers that misbehave, each in one way: what tries them must say so in a line, and never hang."""

import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from instances.problem import Problem, Size, Witness
from reductions.reduction import Reduction, Theorem
from solvers.solver import Decision, Verdict
from tests.support.rules.ways import SameWitness


@dataclass(frozen=True)
class Even(Problem):
    """Is n even? A witness is half of it."""

    n: int

    @property
    def size(self) -> Size:
        return {"n": self.n}

    def accepts(self, witness: Witness) -> bool:
        return len(witness) == 1 and 2 * witness[0] == self.n

    def witnesses(self) -> Iterator[Witness]:
        return ((half,) for half in range(self.n + 1))

    @classmethod
    def instances(cls, limit: int) -> Iterator["Even"]:
        return (cls(n) for n in range(3 * limit + 1))


@dataclass(frozen=True)
class Same(SameWitness, Reduction[Even, Even]):
    """The identity, which is right."""

    key: ClassVar[str] = "same"
    theorem: ClassVar[Theorem] = Theorem("an instance is itself", "definition")

    def size(self, of: Size) -> Size:
        return of

    def apply(self, problem: Any) -> Any:
        return Even(problem.n)


@dataclass(frozen=True)
class Labelled(Even):
    """With a label, which says nothing."""

    label: str = ""


class BySets(Same):
    """The label is in the order of a set, which each process has in its own."""

    target = Labelled

    def apply(self, problem: Any) -> Any:
        return Labelled(problem.n, "".join({f"{letter}{problem.n}" for letter in "abcdefgh"}))


class Sleeps(Same):
    def apply(self, problem: Any) -> Any:
        time.sleep(3600 if problem.n > 4 else 0)
        return Even(problem.n)


class Ends(Same):
    def back(self, problem: Even, witness: Witness) -> Witness:
        if problem.n == 6:
            os._exit(3)
        return witness


class Changes(Same):
    def apply(self, problem: Any) -> Any:
        object.__setattr__(problem, "n", problem.n + problem.n % 2)
        return Even(problem.n)


class Wavers(Same):
    def apply(self, problem: Any) -> Any:
        return Even(problem.n + 2 * (time.perf_counter_ns() // 1000 % 2))

    def size(self, of: Size) -> Size:
        return {"n": of["n"] + 2}


class Gives(Same):
    """No instance of a problem."""

    def apply(self, problem: Any) -> Any:
        return "an even number"


class Grows(Same):
    def apply(self, problem: Any) -> Any:
        return [Even(n) for n in itertools.count()]


class Words(Same):
    def back(self, problem: Even, witness: Witness) -> Any:
        return "half"


class Leaves(Same):
    def forth(self, problem: Even, witness: Witness) -> Witness:
        raise SystemExit(0)


@dataclass(frozen=True)
class Endless(Even):
    """Its instances never end, and are all the same."""

    @classmethod
    def instances(cls, limit: int) -> Iterator["Endless"]:
        return (cls(2) for _ in itertools.count())


@dataclass(frozen=True)
class Untold(Even):
    """It has no instances to give."""

    @classmethod
    def instances(cls, limit: int) -> Iterator["Untold"]:
        return iter(())


@dataclass(frozen=True)
class Raises(Even):
    def accepts(self, witness: Witness) -> bool:
        raise RuntimeError("never asked")


@dataclass(frozen=True)
class Boundless(Even):
    """Its candidates never end."""

    def witnesses(self) -> Iterator[Witness]:
        return ((half,) for half in itertools.count())


class OfEndless(Same):
    source = Endless


class OfUntold(Same):
    source = Untold


class OfRaises(Same):
    source = Raises


class OfBoundless(Same):
    source = Boundless


class Parity:
    """A solver, which is right."""

    key = "parity"
    problems = (Even,)

    def solve(self, problem: Even) -> Any:
        if problem.n % 2:
            return Decision(Verdict.NO, "it is odd")
        return Decision(Verdict.YES, "it is even", (problem.n // 2,))


class Denies(Parity):
    def solve(self, problem: Even) -> Any:
        return Decision(Verdict.NO, "never") if problem.n == 8 else super().solve(problem)


class Agrees(Parity):
    def solve(self, problem: Even) -> Any:
        return Decision(Verdict.YES, "always", (0,)) if problem.n == 7 else super().solve(problem)


class Halves(Parity):
    def solve(self, problem: Even) -> Any:
        found = super().solve(problem)
        return Decision(Verdict.YES, "half", (1,)) if problem.n == 6 else found


class Shrugs(Parity):
    def solve(self, problem: Even) -> Any:
        return Decision(Verdict.UNKNOWN, "who knows")


class Answers(Parity):
    def solve(self, problem: Even) -> Any:
        return "yes"


class Loops(Parity):
    def solve(self, problem: Even) -> Any:
        while problem.n > 3:
            pass
        return super().solve(problem)
