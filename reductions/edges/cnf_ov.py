"""k-SAT to Orthogonal Vectors by split-and-list (Williams 2005; Alman and Song, the route to their Lemma 4.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from instances.cnf import CNF, literals
from instances.problem import Size, Witness
from instances.vectors import OrthogonalVectors
from reductions.parts.assignments import digits, false_rows, number
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class CnfOv(Reduction[CNF, OrthogonalVectors]):
    """A formula with N variables and M clauses becomes 2^floor(N/2) against 2^ceil(N/2) vectors of dimension max(1, M).

    a_i . b_j counts the clauses that assignment i of the first floor(N/2) variables and assignment j of the others
    both leave false, so it is 0 iff the two halves together are a model. Rows are assignments in binary order,
    the first variable most significant; coordinate c says that no literal of clause c on this side is true
    (one coordinate of zeros stands for an empty list of clauses).
    """

    key: ClassVar[str] = "cnf-ov"
    theorem: ClassVar[Theorem] = Theorem(
        "SAT with N variables and M clauses is OV with 2^ceil(N/2) vectors in dimension M",
        "split-and-list, Williams 2005",
        "A row of A is an assignment of the first half of the variables, a row of B one of the other half. Column c is 1 "
        "where the half makes no literal of clause c true. So two halves are a model if and only if no column is 1 in "
        "both.",
    )

    def size(self, of: Size) -> Size:
        return {"n": 2 ** (of["n"] // 2), "m": 2 ** (of["n"] - of["n"] // 2), "d": max(1, of["m"])}

    def apply(self, problem: CNF) -> OrthogonalVectors:
        left = problem.n // 2
        return OrthogonalVectors(false_rows(problem, 0, left), false_rows(problem, left, problem.n))

    def legend(self, problem: CNF) -> Sequence[Columns]:
        return tuple(Columns(1, f"clause {c + 1}", (c,)) for c in range(len(problem.clauses)))

    def forth(self, problem: CNF, witness: Witness) -> Witness:
        left = problem.n // 2
        return number(witness[:left]), number(witness[left:])

    def back(self, problem: CNF, witness: Witness) -> Witness:
        left = problem.n // 2
        return digits(witness[0], left) + digits(witness[1], problem.n - left)

    def assigns(self, problem: CNF, witness: Witness) -> tuple[tuple[int, ...], ...]:
        left, values = problem.n // 2, self.back(problem, witness)
        return literals(range(1, left + 1), values[:left]), literals(range(left + 1, problem.n + 1), values[left:])
