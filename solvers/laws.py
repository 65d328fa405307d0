"""What every solver must satisfy; for the tests, and for authors of plug-ins."""

from collections.abc import Iterable
from typing import Any

from instances.law import Counts, LawBroken, not_vacuous
from instances.problem import Problem
from solvers.solver import Solver, Verdict


def agrees_with_exhaustion(solver: Solver[Any], problems: Iterable[Problem]) -> Counts:
    """On tiny instances: YES, with a witness that is accepted, iff some witness reaches; NO otherwise; never UNKNOWN.

    "accepted" counts YES instances and "rejected" NO instances; both must occur.
    Raises `LawBroken` with the instance, also for one that does not keep its own promise.
    """
    accepted = rejected = 0
    for problem in problems:
        if not problem.promised():
            raise LawBroken(f"an instance that breaks its own promise tells nothing of {solver.key}: {problem!r:.300}")
        decision = solver.solve(problem)
        yes = any(map(problem.reaches, problem.witnesses()))
        if decision.verdict is not (Verdict.YES if yes else Verdict.NO):
            raise LawBroken(
                f"{solver.key} says {decision.verdict.value} ({decision.reason}), exhaustion {yes}: {problem!r:.300}"
            )
        if decision.witness is not None and not problem.accepts(decision.witness):
            raise LawBroken(f"{solver.key} gave {decision.witness}, which is no witness of {problem!r:.300}")
        accepted += yes
        rejected += not yes
    return not_vacuous(f"agrees_with_exhaustion of {solver.key}", accepted=accepted, rejected=rejected)
