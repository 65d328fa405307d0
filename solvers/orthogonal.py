"""Orthogonal Vectors by looking at every pair."""

from dataclasses import dataclass
from typing import ClassVar

from instances.problem import Problem
from instances.vectors import OrthogonalVectors
from solvers.solver import Decision, Verdict


@dataclass(frozen=True)
class ExhaustiveOrthogonal:
    """Exact: all n m pairs on packed words, O(n m d / 64) operations, memory for one more copy of B, early exit on YES."""

    key: ClassVar[str] = "exhaustive-ov"
    problems: ClassVar[tuple[type[Problem], ...]] = (OrthogonalVectors,)

    def solve(self, problem: OrthogonalVectors) -> Decision:
        from solvers.popcount import first_orthogonal

        pair = first_orthogonal(problem.A.words, problem.B.words)
        if pair is None:
            return Decision(Verdict.NO, f"none of the {problem.A.n * problem.B.n:,} pairs is orthogonal")
        return Decision(Verdict.YES, f"vectors {pair[0]} and {pair[1]} are orthogonal", pair)
