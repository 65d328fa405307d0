"""What decides the last problem of a chain, by its name: an attention algorithm or a solver."""

from pathlib import Path
from typing import Any, Literal

from attention import Algorithm, PlainFunction
from attention.ours import ALGORITHMS
from hardlab.names.foreign import ForeignAlgorithm, ForeignSolver
from hardlab.names.installed import OURS, installed
from hardlab.names.loading import loaded
from instances.brackets import fields_of, taken_apart
from instances.faults import BadInput
from instances.memory import MEMORY_BUDGET
from instances.problem import Problem
from instances.task import AttentionTask
from reductions.chain import Chain
from solvers import Solver
from solvers.ours import SOLVERS

PRECISIONS: tuple[Literal["float64", "float32"], ...] = ("float64", "float32")
"""What a plain function may be given."""


def algorithm_named(name: str, path: Path | None = None, precision: str = "float64", memory: int = MEMORY_BUDGET) -> Algorithm:
    """Ours (parameters in brackets), an entry point, `module:object` or `FILE.py[:object]`, others' at arm's
    length (`foreign`). Errors: `BadInput`, also for an unknown precision.
    """
    dtype = next((known for known in PRECISIONS if known == precision), None)
    if dtype is None:
        raise BadInput(f"--dtype {precision!r}: a plain function gets float64 or float32")
    for algorithm in ALGORITHMS:
        if algorithm.key == name:
            return algorithm
        if name.startswith(f"{algorithm.key}[") and name.endswith("]"):
            ((key, parameters),) = taken_apart(name, "algorithm")
            return type(algorithm)(**fields_of(type(algorithm), key, parameters))
    found = loaded(name, "algorithm", installed("hardlab.attention"), OURS["hardlab.attention"], path)
    again = (algorithm_named, (name, path, precision, memory))
    if _has(found, "promise") and callable(found):
        return ForeignAlgorithm(found, name, again)
    if callable(found):
        return ForeignAlgorithm(PlainFunction(found, name, dtype, memory), name, again)
    raise BadInput(f"{name} is a {type(found).__name__}: an attention plug-in is a function f(Q, K, V, scale) or an Algorithm")


def solver_named(name: str, path: Path | None = None) -> Solver[Any]:
    """Ours, an entry point, `module:object` or `FILE.py[:object]`, others' at arm's length. Errors: `BadInput`."""
    for solver in SOLVERS:
        if solver.key == name:
            return solver
    found = loaded(name, "solver", installed("hardlab.solvers"), OURS["hardlab.solvers"], path)
    if _has(found, "solve"):
        return ForeignSolver(found, name, (solver_named, (name, path)))
    raise BadInput(f"{name} is a {type(found).__name__}: a solver plug-in has problems and solve(problem)")


def decider(
    steps: Chain, source: type[Problem], algorithm: str, solver: str | None, precision: str, path: Path | None, memory: int
) -> Algorithm | Solver[Any]:
    """The attention algorithm, or the solver, that decides the last problem of a chain. Errors: `BadInput`."""
    last = steps.target(source)
    if solver is None and last is AttentionTask:
        return algorithm_named(algorithm, path, precision, memory)
    if solver is None:
        known = [candidate.key for candidate in SOLVERS if last in candidate.problems]
        raise BadInput(f"the chain ends in {last.name}, before attention: name a --solver ({', '.join(known)})")
    found = solver_named(solver, path)
    if last not in found.problems:
        takes = " and ".join(problem.name for problem in found.problems)
        raise BadInput(f"--solver {solver} decides {takes}, the chain ends in {last.name}: give a --chain that ends there")
    return found


def _has(found: Any, method: str) -> bool:
    """Whether a foreign object has a method of that name, whatever it does when asked."""
    try:
        return callable(getattr(found, method, None))
    except Exception:
        return False
