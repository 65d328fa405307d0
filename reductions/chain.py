"""Reductions one after the other: forwards instances, backwards witnesses."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from instances.anyof import AnyOf
from instances.memory import MEMORY_BUDGET, within
from instances.problem import Problem, Size, Witness, size_of
from instances.showing import Shown
from reductions.reduction import AnyReduction


@dataclass(frozen=True, eq=False)
class Stage(Shown):
    """An instance of a trace, the constants it was built with, and the seconds that took."""

    problem: Problem
    constants: Mapping[str, float]
    seconds: float

    @property
    def size(self) -> Size:
        return size_of(self.problem)

    def __repr__(self) -> str:
        constants = "".join(f", {name} = {value:.4g}" for name, value in self.constants.items())
        return f"Stage({self.problem.short}{constants})"


class Trace(tuple[Stage, ...], Shown):
    """The source and the instance after each step: one stage more than the chain has steps. Its repr is a line a stage."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(["Trace", *(f"  {i}: {stage.problem.short}" for i, stage in enumerate(self))])


@dataclass(frozen=True)
class BrokenHop:
    """Where a witness was lost: the way back through step `key` made `witness`, which stage `hop` does not accept."""

    hop: int
    key: str
    witness: Witness


@dataclass(frozen=True)
class Chain:
    """The composition of `steps`. Errors: `TypeError` at construction where a step's target is not the next's source.

    A step with `disjunction` makes every later step work on the members, one at a time, when they are asked for.
    """

    steps: tuple[AnyReduction, ...]

    def __post_init__(self) -> None:
        for step, following in zip(self.steps, self.steps[1:], strict=False):
            if step.target is not following.source:
                raise TypeError(
                    f"{step.key} ends in {step.target.__name__} but {following.key} starts "
                    f"from {following.source.__name__}: the steps of a chain must meet"
                )

    @property
    def keys(self) -> str:
        return ",".join(step.key for step in self.steps)

    @property
    def spelled(self) -> str:
        """The chain as one would type it, a comma list of its steps with their parameters; empty without steps."""
        return ",".join(step.spelled for step in self.steps)

    @property
    def problems(self) -> tuple[type[Problem], ...]:
        """The problems that it visits, from the source of its first step to the target of its last; none without steps."""
        return (self.steps[0].source, *(step.target for step in self.steps)) if self.steps else ()

    def target(self, source: type[Problem]) -> type[Problem]:
        """The problem in which a chain from `source` ends: `source` itself without steps."""
        return self.steps[-1].target if self.steps else source

    def sizes(self, of: Size) -> list[Size]:
        """The size after each step from the source's size alone: exact, or a bound where a step filters."""
        sizes = [of]
        for step in self.steps:
            sizes.append(step.size(sizes[-1]))
        return sizes

    def trace(self, problem: Problem, memory: int = MEMORY_BUDGET) -> Trace:
        """Every instance along the chain. Prices each hop from the actual size of the one before.

        Errors: `Declined`, before anything is allocated, where the next instance needs more than `memory` bytes.
        `TypeError` where `problem` is not of the first step's source.
        """
        if self.steps and type(problem) is not self.steps[0].source:
            raise TypeError(f"{self.steps[0].key} reduces {self.steps[0].source.__name__}, not {type(problem).__name__}")
        stages = [Stage(problem, {}, 0.0)]
        for step in self.steps:
            stages.append(_staged(step, stages[-1].problem, memory))
        return Trace(stages)

    def back(self, trace: Trace, witness: Witness) -> Witness | BrokenHop:
        """The source's witness from one that the last instance accepts, checked at every stage; or the hop that fails."""
        route = self.route(trace, witness)
        return route if isinstance(route, BrokenHop) else route[0]

    def route(self, trace: Trace, witness: Witness) -> tuple[Witness, ...] | BrokenHop:
        """The same with the witness of every stage, that of the source first."""
        route = [witness]
        for hop in reversed(range(len(self.steps))):
            route.append(_back(self.steps[hop], trace[hop].problem, route[-1]))
            if not trace[hop].problem.accepts(route[-1]):
                return BrokenHop(hop, self.steps[hop].key, route[-1])
        return tuple(reversed(route))

    def forth(self, trace: Trace, witness: Witness) -> Witness:
        """A witness of the last instance from one of the source."""
        for step, stage in zip(self.steps, trace, strict=False):
            witness = _forth(step, stage.problem, witness)
        return witness


def _staged(step: AnyReduction, problem: Problem, memory: int) -> Stage:
    start = perf_counter()
    if isinstance(problem, AnyOf):
        target = step.target
        lifted = AnyOf(target, problem.count, lambda i: _staged(step, problem.member(i), memory).problem)
        return Stage(lifted, {}, perf_counter() - start)
    size = step.actual_size(problem, memory)
    within(step.target.memory(size), memory, f"{step.target.__name__} by {step.key}", size)
    built = step.apply(problem)
    return Stage(built, step.constants(problem.size), perf_counter() - start)


def _back(step: AnyReduction, problem: Problem, witness: Witness) -> Witness:
    if isinstance(problem, AnyOf):
        return (witness[0], *_back(step, problem.member(witness[0]), witness[1:]))
    return step.back(problem, witness)


def _forth(step: AnyReduction, problem: Problem, witness: Witness) -> Witness:
    if isinstance(problem, AnyOf):
        return (witness[0], *_forth(step, problem.member(witness[0]), witness[1:]))
    return step.forth(problem, witness)
