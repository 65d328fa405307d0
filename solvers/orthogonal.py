"""Orthogonal vectors of two lists, and of three, by looking at every pair and every triple."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from instances.problem import Problem
from instances.triples import ThreeOrthogonalVectors
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


PAIRS = 1 << 14
"""Pairs of rows of A and of B that are held at a time."""


@dataclass(frozen=True)
class ExhaustiveTriples:
    """Exact: all n m l triples on packed words, O(n m l d / 64) operations, one more copy of C, early exit on YES."""

    key: ClassVar[str] = "exhaustive-3ov"
    problems: ClassVar[tuple[type[Problem], ...]] = (ThreeOrthogonalVectors,)

    def solve(self, problem: ThreeOrthogonalVectors) -> Decision:
        from solvers.popcount import first_orthogonal

        A, B, C = problem.A.words, problem.B.words, problem.C.words
        pairs = len(A) * len(B)
        for start in range(0, pairs, PAIRS):
            i, j = np.divmod(np.arange(start, min(start + PAIRS, pairs)), len(B))
            found = first_orthogonal(A[i] & B[j], C)
            if found is not None:
                triple = int(i[found[0]]), int(j[found[0]]), found[1]
                said = f"vectors {triple[0]}, {triple[1]} and {triple[2]} are orthogonal"
                return Decision(Verdict.YES, said, triple)
        return Decision(Verdict.NO, f"none of the {pairs * len(C):,} triples is orthogonal")
