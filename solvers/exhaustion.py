"""Any problem, by trying all that could be a witness."""

from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from instances.problem import Problem, yes
from solvers.solver import Decision, Verdict


@dataclass(frozen=True)
class Exhaustion:
    """Exact: YES where some witness reaches, NO where none is accepted, of at most `most` tuples that could be one; UNKNOWN
    where there are more, or where a gap problem breaks its promise.
    """

    key: ClassVar[str] = "exhaustion"
    problems: ClassVar[tuple[type[Problem], ...]] = (Problem,)

    most: int = 2**18

    def solve(self, problem: Problem) -> Decision:
        tried, between = 0, False
        for witness in islice(problem.witnesses(), self.most):
            tried += 1
            if yes(problem.accepts, witness):
                if yes(problem.reaches, witness):
                    return Decision(Verdict.YES, problem.says(witness), witness)
                between = True
        if tried == self.most and next(islice(problem.witnesses(), tried, None), None) is not None:
            return Decision(Verdict.UNKNOWN, f"more than {self.most:,} tuples could be witnesses: name a solver")
        if between:
            return Decision(Verdict.UNKNOWN, "some witness is accepted and none reaches: it keeps no promise")
        return Decision(Verdict.NO, f"none of {tried:,} tuples that could be witnesses is one")
