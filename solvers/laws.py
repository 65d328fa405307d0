"""What every solver must satisfy; for the tests, and for authors of plug-ins."""

from collections.abc import Iterable
from typing import Any

from attention.algorithm import Algorithm, answers
from instances.law import Counts, LawBroken, not_vacuous
from instances.problem import Problem
from instances.threshold import ThresholdTask
from solvers.own import own_answers
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


def answers_every_row(algorithm: Algorithm, tasks: Iterable[ThresholdTask]) -> Counts:
    """By itself the algorithm answers every row on its exact side: YES rows >= high, NO rows <= low, none between.

    What was promised plays no part. Tasks should be small: beyond a sample of rows nothing is compared. "accepted" counts
    YES tasks and "rejected" NO tasks; both must occur. Raises `LawBroken` with the first row.
    """
    accepted = rejected = 0
    for task in tasks:
        outputs = answers(algorithm, task.inputs)[task.counted, 0]
        own = own_answers(task, algorithm.key, outputs, algorithm.logarithmic)
        if own.right < own.rows:
            what = f"answered {own.wrong} of {own.rows} rows wrongly and {own.between} between {own.low} and {own.high}"
            rows = "".join(f"; row {wrong.row}: {wrong.given!r}, exactly {wrong.exact!r}" for wrong in own.mistakes)
            raise LawBroken(f"{algorithm.key} {what}{rows}: {task!r:.300}")
        accepted += own.truth is Verdict.YES
        rejected += own.truth is Verdict.NO
    return not_vacuous(f"answers_every_row of {algorithm.key}", accepted=accepted, rejected=rejected)
