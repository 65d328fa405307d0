"""What is put on trial, by the word that names it: a reduction or a solver, ours or somebody's."""

import inspect
from pathlib import Path
from typing import Any

from hardlab.names.chains import chain
from hardlab.names.installed import OURS, installed, reduction_class
from hardlab.names.loading import guarded, loaded
from instances.brackets import taken_apart
from instances.faults import BadInput
from instances.problem import Problem
from reductions.reduction import AnyReduction, Reduction
from solvers.ours import SOLVERS
from solvers.solver import Solver, is_solver

Subject = AnyReduction | Solver[Any]


def is_rule(target: str) -> bool:
    """Whether it is the name of a reduction or a solver that is installed, parameters in brackets."""
    return is_our_rule(target) or _key(target) in {*installed("hardlab.reductions"), *installed("hardlab.solvers")}


def is_our_rule(target: str) -> bool:
    """Whether it is that of one which comes with the lab."""
    return _key(target) in {*OURS["hardlab.reductions"], *OURS["hardlab.solvers"]}


def subject_named(target: str, path: Path | None = None) -> Subject:
    """The reduction or the solver of that name; a class is called without arguments. Errors: `BadInput`."""
    key = _key(target)
    if key in OURS["hardlab.reductions"] or key in installed("hardlab.reductions"):
        (step,) = chain(target).steps
        return step
    for solver in SOLVERS:
        if solver.key == target:
            return solver
    points = installed("hardlab.solvers")
    return subject(
        loaded(target, "reduction or solver", points, OURS["hardlab.solvers"], path, said=target, alone=True), target
    )


def subject(found: Any, target: str) -> Subject:
    """It as a reduction or a solver. Errors: `BadInput` for what is neither, or lacks what one has."""
    if isinstance(found, Reduction):
        reduction_class(type(found), target)
        return found
    if not is_solver(found):
        said = "a Reduction, or a Solver with problems and solve"
        raise BadInput(f"{target} is a {type(found).__name__}: what can be put on trial is {said}")
    problems = guarded(lambda: tuple(found.problems), f"{target}: problems")
    if not problems or not all(inspect.isclass(kind) and issubclass(kind, Problem) for kind in problems):
        raise BadInput(f"{target} has problems = {problems!r:.80}: a solver names its problems in a tuple")
    return found  # type: ignore[no-any-return]


def _key(target: str) -> str:
    try:
        steps = taken_apart(target, "chain")
    except BadInput:
        return ""
    return steps[0][0] if len(steps) == 1 else ""
