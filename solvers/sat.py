"""Satisfiability by CaDiCaL through PySAT, with a checked proof of every NO."""

from dataclasses import dataclass
from typing import ClassVar

from instances.cnf import CNF
from instances.problem import Problem
from solvers.solver import Decision, Verdict


@dataclass(frozen=True)
class Sat:
    """YES with a model that satisfies the formula; NO with a DRUP proof that dratify's forward checker accepts.

    A NO whose proof is not accepted is UNKNOWN (a fault). `ImportError` where python-sat is absent.
    """

    key: ClassVar[str] = "cadical"
    problems: ClassVar[tuple[type[Problem], ...]] = (CNF,)

    def solve(self, problem: CNF) -> Decision:
        if () in problem.clauses:
            return Decision(Verdict.NO, f"clause {problem.clauses.index(()) + 1} is empty")
        from pysat.solvers import Cadical195

        with Cadical195(bootstrap_with=[list(clause) for clause in problem.clauses], with_proof=True) as solver:
            if not solver.solve():
                return _checked(problem, solver.get_proof())
            model = {abs(literal): int(literal > 0) for literal in solver.get_model()}
        witness = tuple(model.get(variable, 0) for variable in range(1, problem.n + 1))
        if not problem.accepts(witness):
            return Decision(Verdict.UNKNOWN, "CaDiCaL's model does not satisfy the formula", fault=True)
        return Decision(Verdict.YES, "CaDiCaL's model satisfies every clause", witness)


def _checked(problem: CNF, proof: list[str]) -> Decision:
    from dratify import CNF as Formula
    from dratify import check_proof

    formula = Formula(problem.n)
    for clause in problem.clauses:
        formula.add_dimacs(clause)
    result = check_proof(formula, "\n".join(proof), check_rat=False, engine="python")
    if not (result.ok and result.reached_empty):
        return Decision(Verdict.UNKNOWN, f"CaDiCaL's proof of NO was not accepted: {result.reason}", fault=True)
    return Decision(Verdict.NO, f"CaDiCaL's DRUP proof of {result.steps} steps was checked")
