"""k-SAT to 2^f smaller k-SAT instances: f variables take every value (case distinction; the cubes of cube and conquer).

Member i has the bits of i for the fixed variables, the lowest of them most significant; satisfied clauses go, false literals
go, the free variables keep their order. So a list of 2^((n-f)/2) assignments is made from i when it is needed, and never are
the 2^(n/2) of the whole formula there at once; the pairs are as many, 2^f 2^(n-f) = 2^n, less where members are trivial.

The fixed variables are those in most clauses: a clause goes from half of the members for each of its fixed literals, so the
members are the shortest that a choice without lookahead gives, and clauses without a free literal make the most members
trivial. The halves of `cnf-ov` need no care: it splits whatever variables are left in the middle.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from instances.anyof import AnyOf
from instances.cnf import CNF, literals
from instances.faults import BadInput
from instances.problem import Problem, Size, Witness
from reductions.parts.assignments import digits, number
from reductions.reduction import Reduction, Theorem

MAX_FIXED = 20


@dataclass(frozen=True)
class CnfCubes(Reduction[CNF, AnyOf]):
    """A formula is satisfiable iff one of its 2^min(fix, n) restrictions is, in which the most frequent variables are fixed.

    A restriction in which a clause is false is the formula of no variable with the empty clause, which costs nothing.
    `size` bounds m and k by the formula's; `actual_size` has the largest n, m and k of a member, in O(m 2^fix) steps.
    Errors: `BadInput` unless 0 <= fix <= 20.
    """

    fix: int = 4

    key: ClassVar[str] = "cnf-cubes"
    target: ClassVar[type[Problem]] = CNF
    disjunction: ClassVar[bool] = True
    bound: ClassVar[bool] = True
    theorem: ClassVar[Theorem] = Theorem(
        "SAT with N variables is the disjunction of 2^f instances with N - f variables, for every f <= N",
        "case distinction; cube and conquer, Heule, Kullmann, Wieringa and Biere 2011",
        "A few variables take every combination of values, and each leaves a smaller formula over the others. The formula "
        "has a model if and only if one of these has.",
    )

    def __post_init__(self) -> None:
        if not 0 <= self.fix <= MAX_FIXED:
            raise BadInput(f"cnf-cubes[fix={self.fix}]: it makes 2^fix instances, fix must be from 0 to {MAX_FIXED}")

    def size(self, of: Size) -> Size:
        fixed = min(self.fix, of["n"])
        return {"n": of["n"] - fixed, "m": of["m"], "k": of["k"], "count": 2**fixed}

    def actual_size(self, problem: CNF, most: int) -> Size:
        fixed = self.fixed(problem)
        place = {variable: i for i, variable in enumerate(fixed)}
        clauses = np.zeros((2,) * len(fixed), dtype=np.int32)  # of each member
        false = np.zeros((2,) * len(fixed), dtype=np.bool_)
        kept = []
        for clause in problem.clauses:
            literals = {literal for literal in clause if abs(literal) in place}
            if any(-literal in literals for literal in literals):
                continue
            where: list[int | slice] = [slice(None)] * len(fixed)
            for literal in literals:
                where[place[abs(literal)]] = int(literal < 0)
            free = sum(abs(literal) not in place for literal in clause)
            clauses[tuple(where)] += 1
            false[tuple(where)] |= free == 0
            kept.append((free, tuple(where)))
        width = max((free for free, where in kept if not np.all(false[where])), default=0)
        largest = int(np.where(false, 1, clauses).max())
        n = 0 if false.all() else problem.n - len(fixed)
        return {"n": n, "m": largest, "k": width, "count": false.size}

    def apply(self, problem: CNF) -> AnyOf:
        fixed, free = self.fixed(problem), self.free(problem)
        names = {variable: new for new, variable in enumerate(free, 1)}

        def member(index: int) -> CNF:
            return _restricted(problem, dict(zip(fixed, digits(index, len(fixed)), strict=True)), names)

        return AnyOf(CNF, 2 ** len(fixed), member)

    def forth(self, problem: CNF, witness: Witness) -> Witness:
        index = number(tuple(witness[variable - 1] for variable in self.fixed(problem)))
        return (index, *(witness[variable - 1] for variable in self.free(problem)))

    def back(self, problem: CNF, witness: Witness) -> Witness:
        fixed, free = self.fixed(problem), self.free(problem)
        values = dict(zip((*fixed, *free), (*digits(witness[0], len(fixed)), *witness[1:]), strict=True))
        return tuple(values[variable] for variable in sorted(values))

    def assigns(self, problem: CNF, witness: Witness) -> tuple[tuple[int, ...], ...]:
        fixed = self.fixed(problem)
        return (literals(fixed, digits(witness[0], len(fixed))),)

    def renamed(self, problem: CNF) -> tuple[int, ...]:
        return self.free(problem)

    def fixed(self, problem: CNF) -> tuple[int, ...]:
        """The `fix` variables that stand in most clauses (the lowest of equals), in increasing order."""
        clauses = Counter(variable for clause in problem.clauses for variable in {abs(literal) for literal in clause})
        return tuple(sorted(sorted(range(1, problem.n + 1), key=lambda variable: -clauses[variable])[: self.fix]))

    def free(self, problem: CNF) -> tuple[int, ...]:
        """All other variables, in increasing order."""
        return tuple(sorted(set(range(1, problem.n + 1)) - set(self.fixed(problem))))


def _restricted(formula: CNF, values: Mapping[int, int], names: Mapping[int, int]) -> CNF:
    """The formula under the values of some variables, the others by their new names."""
    clauses = []
    for clause in formula.clauses:
        if any(values.get(abs(literal)) == (literal > 0) for literal in clause):
            continue
        rest = tuple(names[abs(literal)] * (1 if literal > 0 else -1) for literal in clause if abs(literal) in names)
        if not rest:
            return CNF(0, ((),))
        clauses.append(rest)
    return CNF(len(names), tuple(clauses))
