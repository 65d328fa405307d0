"""Small reductions that only the tests need."""

from dataclasses import dataclass
from typing import ClassVar

from instances.anyof import AnyOf
from instances.cnf import CNF
from instances.problem import Problem, Size, Witness
from reductions.reduction import Reduction, Theorem


@dataclass(frozen=True)
class CnfCases(Reduction[CNF, AnyOf]):
    """A formula is satisfiable iff it is with x1 = 0 or with x1 = 1; a case adds a unit clause (none without variables)."""

    key: ClassVar[str] = "cnf-cases"
    source: ClassVar[type[CNF]] = CNF
    target: ClassVar[type[Problem]] = CNF
    theorem: ClassVar[Theorem] = Theorem("a formula is the disjunction of its two cases", "case distinction")
    disjunction: ClassVar[bool] = True

    def size(self, of: Size) -> Size:
        return {"n": of["n"], "m": of["m"] + min(1, of["n"]), "k": max(of["k"], min(1, of["n"])), "count": 2}

    def apply(self, problem: CNF) -> AnyOf:
        units = [((-1,),), ((1,),)] if problem.n else [(), ()]
        return AnyOf(CNF, 2, lambda i: CNF(problem.n, (*units[i], *problem.clauses)))

    def forth(self, problem: CNF, witness: Witness) -> Witness:
        return (witness[0] if witness else 0, *witness)

    def back(self, problem: CNF, witness: Witness) -> Witness:
        return witness[1:]
