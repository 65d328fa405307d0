"""Everything installed, by name: ours from the tuple literals, others' from entry points; the only place that joins them.

Entry-point groups: `hardlab.attention` (an `Algorithm`, its class, or a plain function f(Q, K, V, scale)),
`hardlab.solvers` (a `Solver` or its class) and `hardlab.reductions` (a `Reduction` class). A name may also be
`module:object`, found on PYTHONPATH or in a directory the user names. An attention or solver plug-in is imported only
when it is asked for by name; reductions are imported to draw the graph.
"""

import difflib
import importlib
import inspect
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Literal

from attention import ALGORITHMS, Algorithm, PlainFunction
from hardlab.names.foreign import ForeignAlgorithm, ForeignSolver
from instances.problem import MEMORY_BUDGET, BadInput, one_line
from reductions.chain import AnyReduction, Chain
from reductions.graph import REDUCTIONS
from reductions.reduction import Reduction
from solvers import SOLVERS, Solver

Group = Literal["hardlab.attention", "hardlab.solvers", "hardlab.reductions"]

OURS: dict[Group, list[str]] = {
    "hardlab.attention": [algorithm.key for algorithm in ALGORITHMS],
    "hardlab.solvers": [solver.key for solver in SOLVERS],
    "hardlab.reductions": [reduction.key for reduction in REDUCTIONS],
}
"""The names that come with the lab."""


def installed(group: Group) -> dict[str, EntryPoint]:
    """The entry points of a group by name. Errors: `BadInput` for a name that stands twice or is one of ours."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        if point.name in found or point.name in OURS[group]:
            raise BadInput(f"the entry point {point.name} of {group} ({point.value}) repeats a name: uninstall one of the two")
        found[point.name] = point
    return found


def algorithm_named(
    name: str,
    path: Path | None = None,
    precision: Literal["float64", "float32"] = "float64",
    memory: int = MEMORY_BUDGET,
) -> Algorithm:
    """Ours, an entry point or `module:object`, the last two at arm's length (`foreign`). Errors: `BadInput`."""
    for algorithm in ALGORITHMS:
        if algorithm.key == name:
            return algorithm
    found = _found(name, "hardlab.attention", "algorithm", [algorithm.key for algorithm in ALGORITHMS], path)
    if _has(found, "promise") and callable(found):
        return ForeignAlgorithm(found, name)
    if callable(found):
        return ForeignAlgorithm(PlainFunction(found, name, precision, memory), name)
    raise BadInput(f"{name} is a {type(found).__name__}: an attention plug-in is a function f(Q, K, V, scale) or an Algorithm")


def is_ours(solver: Algorithm | Solver[Any]) -> bool:
    """Whether this comes with the lab, so that its promises and its NO are proved and not claimed."""
    return type(solver) in {type(known) for known in (*ALGORITHMS, *SOLVERS)}


def claimants(decider: Algorithm | Solver[Any], chain: Chain) -> list[str]:
    """The names of all that is not ours in a decision, its reductions included: a NO rests on their claims."""
    steps = [step.key for step in chain.steps if type(step) not in REDUCTIONS]
    return [*steps, *([] if is_ours(decider) else [decider.key])]


def solver_named(name: str, path: Path | None = None) -> Solver[Any]:
    """Ours, an entry point, or `module:object`. Errors: `BadInput`."""
    for solver in SOLVERS:
        if solver.key == name:
            return solver
    found = _found(name, "hardlab.solvers", "solver", [solver.key for solver in SOLVERS], path)
    if _has(found, "solve"):
        return ForeignSolver(found, name)
    raise BadInput(f"{name} is a {type(found).__name__}: a solver plug-in has problems and solve(problem)")


def _has(found: Any, method: str) -> bool:
    """Whether a foreign object has a method of that name, whatever it does when asked."""
    try:
        return callable(getattr(found, method, None))
    except Exception:
        return False


def reductions() -> Sequence[type[AnyReduction]]:
    """Our reductions and the installed ones. Errors: `BadInput` for an entry point that is not a `Reduction` class."""
    found: list[type[AnyReduction]] = list(REDUCTIONS)
    for point in installed("hardlab.reductions").values():
        loaded = _loaded(point.load, f"the reduction {point.name}")
        if not (inspect.isclass(loaded) and issubclass(loaded, Reduction)):
            raise BadInput(f"the entry point {point.name} ({point.value}) is not a Reduction class")
        found.append(loaded)
    return found


def unknown(kind: str, name: str, known: Iterable[str]) -> BadInput:
    """The error for a name that is not known, with the nearest known one."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(names)}"
    return BadInput(f"unknown {kind} {name!r}: {hint}")


def _found(name: str, group: Group, kind: str, ours: Sequence[str], path: Path | None) -> Any:
    """The object behind a plug-in's name; classes are called without arguments."""
    points = installed(group)
    if name in points:
        found = _loaded(points[name].load, f"the {kind} {name}")
    elif ":" in name:
        found = _loaded(lambda: _imported(name, path), f"the {kind} {name}")
    else:
        raise unknown(kind, name, [*ours, *points])
    return _loaded(found, f"the {kind} {name}") if inspect.isclass(found) else found


def _imported(name: str, path: Path | None) -> Any:
    module, _, attribute = name.partition(":")
    if path is not None and str(path) not in sys.path:
        sys.path.insert(0, str(path))
    found: Any = importlib.import_module(module)
    for part in attribute.split("."):
        found = getattr(found, part)
    return found


def _loaded(load: Any, what: str) -> Any:
    try:
        return load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise BadInput(f"{what} cannot be loaded: {type(error).__name__}: {one_line(error)}") from error
