"""A chain of reductions with a solver of its target is a solver of its source."""

from dataclasses import dataclass
from typing import Any

from instances.anyof import AnyOf
from instances.problem import MEMORY_BUDGET, Problem
from reductions.chain import BrokenHop, Chain, Trace
from solvers.solver import MAX_FAILURE, Decision, Solver, Verdict, verified


@dataclass(frozen=True)
class Through:
    """Decides the chain's source by `solver` on its target. YES carries a witness that was accepted at every hop.

    NO is as good as the solver's NO: the reductions keep the answer. Where the last instance is a disjunction, the
    first YES decides, NO needs every member's NO (failures add), anything else is UNKNOWN.
    Errors: as `Chain.trace` (`Declined` where an instance does not fit `memory` bytes) and the solver's.
    """

    chain: Chain
    solver: Solver[Any]
    memory: int = MEMORY_BUDGET

    def solve(self, problem: Problem) -> Decision:
        return self.conclude(self.chain.trace(problem, self.memory))

    def conclude(self, trace: Trace) -> Decision:
        """The decision from a trace that is already there."""
        decision = decide(self.solver, trace[-1].problem)
        if decision.witness is None:
            return decision
        witness = self.chain.back(trace, decision.witness)
        if isinstance(witness, BrokenHop):
            return Decision(Verdict.UNKNOWN, _lost(trace, witness), fault=True)
        return Decision(Verdict.YES, decision.reason, witness, decision.failure)


def decide(solver: Solver[Any], problem: Problem) -> Decision:
    """`solver` on the problem, or on the members of a disjunction one after the other."""
    if not isinstance(problem, AnyOf):
        return verified(solver, problem)
    failure, unknown = 0.0, None
    for i in range(problem.count):
        decision = decide(solver, problem.member(i))
        if decision.witness is not None:
            return Decision(Verdict.YES, f"member {i}: {decision.reason}", (i, *decision.witness))
        failure += decision.failure
        if decision.verdict is Verdict.UNKNOWN and (unknown is None or decision.fault):
            unknown = Decision(Verdict.UNKNOWN, f"member {i}: {decision.reason}", fault=decision.fault)
    if unknown is not None:
        return unknown
    if failure > MAX_FAILURE:
        return Decision(Verdict.UNKNOWN, f"all {problem.count} members say NO, but one may fail with {failure:.3g}")
    return Decision(Verdict.NO, f"all {problem.count} members of the disjunction are NO", failure=failure)


def _lost(trace: Trace, hop: BrokenHop) -> str:
    here, there = trace[hop.hop].problem, trace[hop.hop + 1].problem
    return (
        f"the witness was lost on the way back through {hop.key}: {_name(there)} accepted it, "
        f"but {hop.witness} is no witness of {_name(here)}"
    )


def _name(problem: Problem) -> str:
    return f"{type(problem).__name__} {problem.identity[:12]}"
