"""A chain of reductions with a solver of its target is a solver of its source."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace
from math import fsum
from typing import Any

from instances.anyof import AnyOf
from instances.faults import BadInput
from instances.mapping import IN_TURN
from instances.memory import MEMORY_BUDGET
from instances.problem import Problem
from reductions.chain import BrokenHop, Chain, Trace
from solvers.own import Visited
from solvers.solver import MAX_FAILURE, Decision, Solver, Verdict, verified

Decisions = Generator[tuple[int, Decision], None, None]

Members = Callable[[Solver[Any], AnyOf], Decisions]
"""(i, `decide(solver, problem.member(i))`) for every member of a disjunction, in any order, until it is closed."""


def in_order(solver: Solver[Any], problem: AnyOf) -> Decisions:
    """One member after the other, in this thread."""
    return IN_TURN.unordered(lambda i: decide(solver, problem.member(i)), range(problem.count))


@dataclass(frozen=True)
class Through:
    """Decides the chain's source by `solver` on its target. YES carries a witness that was accepted at every hop.

    NO is as good as the solver's NO: the reductions keep the answer. Where the last instance is a disjunction, `members`
    says where its members are decided, and `decide` what follows.
    Errors: as `Chain.trace` (`Declined` where an instance does not fit `memory` bytes) and the solver's.
    """

    chain: Chain
    solver: Solver[Any]
    memory: int = MEMORY_BUDGET
    members: Members = in_order

    def __post_init__(self) -> None:
        if not callable(getattr(self.solver, "solve", None)):
            given = f"a {type(self.solver).__name__}"
            raise BadInput(f"Through takes a Solver, this is {given}: Threshold(algorithm) makes one of an attention algorithm")

    def solve(self, problem: Problem) -> Decision:
        return self.conclude(self.chain.trace(problem, self.memory))

    def conclude(self, trace: Trace) -> Decision:
        """The decision from a trace that is already there."""
        decision = decide(self.solver, trace[-1].problem, self.members)
        if decision.witness is None:
            return self._of_what_is_not_covered(trace) or decision if decision.fault else decision
        route = self.chain.route(trace, decision.witness)
        if isinstance(route, BrokenHop):
            return self._of_what_is_not_covered(trace) or Decision(
                Verdict.UNKNOWN, _lost(trace, route), fault=True, own=decision.own
            )
        return replace(decision, witness=route[0], route=route)

    def _of_what_is_not_covered(self, trace: Trace) -> Decision | None:
        """UNKNOWN, where a statement is not about the instance that it is applied to: then nobody is at fault."""
        for step, stage in zip(self.chain.steps, trace, strict=False):
            if not isinstance(stage.problem, AnyOf) and not step.covers(stage.problem):
                why = "which does not keep what it asks for: leave out a parameter that claims too much, or take another chain"
                return Decision(Verdict.UNKNOWN, f"{step.spelled} says nothing of {_name(stage.problem)}, {why}")
        return None


def decide(solver: Solver[Any], problem: Problem, members: Members = in_order) -> Decision:
    """`solver` on the problem, or on the members of a disjunction (those of a disjunction in it are taken in order).

    The first YES to come decides and the rest is given up; NO needs every member's NO (failures add), anything else is
    UNKNOWN, for the reason of the first member with a fault, else of the first that is UNKNOWN. So verdict, and reason
    unless it is YES, do not depend on the order in which decisions come (while no member is `Declined`: that passes through,
    unless a YES came before); which of several YES is met does. `own` is that of all members that were visited.
    """
    if not isinstance(problem, AnyOf):
        return verified(solver, problem)
    visited = Visited(problem.count)
    decision = _of_members(solver, problem, members, visited)
    return replace(decision, own=visited.own)


def _of_members(solver: Solver[Any], problem: AnyOf, members: Members, visited: Visited) -> Decision:
    unknown: dict[int, Decision] = {}
    failures: dict[int, float] = {}
    with closing(members(solver, problem)) as decisions:
        for i, decision in decisions:
            visited.add(i, decision.own)
            if decision.witness is not None:
                return Decision(Verdict.YES, f"member {i}: {decision.reason}", (i, *decision.witness))
            failures[i] = decision.failure
            if decision.verdict is Verdict.UNKNOWN:
                unknown[i] = decision
    if len(failures) < problem.count:
        missing = next(i for i in range(problem.count) if i not in failures)
        return Decision(Verdict.UNKNOWN, f"member {missing} of {problem.count} was never decided", fault=True)
    if unknown:
        i = min(unknown, key=lambda i: (not unknown[i].fault, i))
        return Decision(Verdict.UNKNOWN, f"member {i}: {unknown[i].reason}", fault=unknown[i].fault)
    failure = fsum(failures.values())
    if failure > MAX_FAILURE:
        return Decision(Verdict.UNKNOWN, f"all {problem.count} members say NO, but one may fail with {failure:.3g}")
    none = "the one member of the disjunction is NO"
    several = f"all {problem.count} members of the disjunction are NO"
    return Decision(Verdict.NO, none if problem.count == 1 else several, failure=failure)


def _lost(trace: Trace, hop: BrokenHop) -> str:
    here, there = trace[hop.hop].problem, trace[hop.hop + 1].problem
    return (
        f"the witness was lost on the way back through {hop.key}: {_name(there)} accepted it, "
        f"but {hop.witness} is no witness of {_name(here)}"
    )


def _name(problem: Problem) -> str:
    return f"{type(problem).__name__} {problem.identity[:12]}"
