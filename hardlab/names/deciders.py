"""What decides the last problem of a chain, by its name: an attention algorithm or a solver."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from attention import Algorithm, PlainFunction
from attention.function import OF_ATTENTION, OF_GRADIENTS, OF_NETWORKS, OF_TENSORS, Form
from attention.gradient_function import GradientFunction
from attention.network_function import NetworkFunction
from attention.ours import KNOWN
from attention.tensor_function import TensorFunction
from hardlab.names.chains import chain_from
from hardlab.names.foreign import ForeignAlgorithm, ForeignSolver
from hardlab.names.installed import OURS, installed
from hardlab.names.loading import FILE, from_here, guarded, loaded
from instances.brackets import fields_of, one, spelled
from instances.faults import BadInput
from instances.gradients import GradientTask
from instances.memory import MEMORY_BUDGET
from instances.network import TransformerTask
from instances.ours import PROBLEMS
from instances.problem import Problem
from instances.task import AttentionTask
from instances.tensor import TensorTask
from reductions.chain import Chain
from solvers import Exhaustion, Solver
from solvers.ours import SOLVERS
from solvers.solver import takes

Precision = Literal["float64", "float32"]

ASKING: Mapping[type[Problem], str] = {
    AttentionTask: "",
    GradientTask: "gradients",
    TensorTask: "tensors",
    TransformerTask: "networks",
}
"""What tasks ask of an algorithm."""

PLAIN: Mapping[str, Callable[..., Algorithm]] = {
    "": PlainFunction,
    "gradients": GradientFunction,
    "tensors": TensorFunction,
    "networks": NetworkFunction,
}
"""What is made of a plain function that computes it."""

FORMS: Mapping[str, Form] = {"": OF_ATTENTION, "gradients": OF_GRADIENTS, "tensors": OF_TENSORS, "networks": OF_NETWORKS}
"""What such a function gets and gives."""

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
"""What a plain function may be given."""


def algorithm_named(
    name: str, path: Path | None = None, precision: str = "float64", memory: int = MEMORY_BUDGET, asks: str = ""
) -> Algorithm:
    """Ours (parameters in brackets), an entry point, `module:object` or `FILE.py[:object]`, others' at arm's length
    (`foreign`). `asks` says what a plain function computes then, one of PLAIN. Errors: `BadInput`, also for an unknown
    precision.
    """
    if name in OURS["hardlab.solvers"]:
        raise BadInput(f"{name} is a solver, not an attention algorithm: use --solver {name}")
    dtype = _checked(precision)
    return our_algorithm(name) or _foreign_algorithm(name, name, path, dtype, memory, asks)


def _checked(precision: str) -> Precision:
    """Errors: `BadInput` for what no plain function is given."""
    for known in PRECISIONS:
        if known == precision:
            return known
    raise BadInput(f"--dtype {precision!r}: a plain function gets float64 or float32")


def our_algorithm(name: str) -> Algorithm | None:
    """The one of ours that is spelled so, parameters in brackets; None where it is none. Errors: `BadInput`."""
    known = {algorithm.key: algorithm for algorithm in KNOWN}
    if name.partition("[")[0] not in known or ("[" in name and not name.endswith("]")):
        return None
    key, parameters = one(name, "algorithm")
    fields = fields_of(type(known[key]), key, parameters, without=("where",))  # of parts, which --backend says
    changed: Any = replace(known[key], **fields)  # type: ignore[type-var]
    return changed if parameters else known[key]


def decider_word(name: str) -> str:
    """The word for an algorithm or a solver in one way: parameters of ours in their order and where they are not the usual
    ones, and a file by `from_here`. Errors: `BadInput`.
    """
    found = our_algorithm(name)
    if found is None:
        return from_here(name) if FILE.fullmatch(name) else name
    usual = next(known for known in KNOWN if known.key == found.key)
    return spelled(found.key, found, usual=usual)


def solver_named(name: str, path: Path | None = None) -> Solver[Any]:
    """Ours, an entry point, `module:object` or `FILE.py[:object]`, others' at arm's length. Errors: `BadInput`."""
    if name in OURS["hardlab.attention"]:
        raise BadInput(f"{name} is an attention algorithm, not a solver: use --algorithm {name}")
    return next((solver for solver in SOLVERS if solver.key == name), None) or _foreign_solver(name, name, path)


def referee_of(kind: type[Problem], path: Path | None = None) -> Solver[Any]:
    """Who decides instances of a problem where nobody is named: the solver that the problem names, else exhaustion.

    Errors: `BadInput` where what it names is none.
    """
    named = kind.referee
    if named is None:
        return Exhaustion()
    if isinstance(named, str):
        return solver_named(named, path)
    found = guarded(named, f"{kind.called}: its referee") if inspect.isclass(named) else named
    if not _has(found, "solve"):
        raise BadInput(f"{kind.called} has referee = {named!r:.80}: name a solver, or give one with solve(problem)")
    return ForeignSolver(found, str(getattr(found, "key", f"the referee of {kind.called}")))


def _foreign_algorithm(name: str, word: str, path: Path | None, precision: Precision, memory: int, asks: str) -> Algorithm:
    """Somebody's algorithm that is found by `word` and goes by `name`."""
    found = loaded(word, "algorithm", installed("hardlab.attention"), OURS["hardlab.attention"], path)
    again = (_algorithm_again, (name, *_anywhere(word, path), precision, memory, asks))
    if _has(found, "promise") and callable(found):
        return ForeignAlgorithm(found, name, again)
    if callable(found):
        return ForeignAlgorithm(PLAIN[asks](found, name, precision, memory), name, again)
    wanted = FORMS[asks].signature.partition(" -> ")[0]
    raise BadInput(f"{name} is a {type(found).__name__}: an attention plug-in is a function {wanted} or an Algorithm")


def _foreign_solver(name: str, word: str, path: Path | None) -> Solver[Any]:
    """Somebody's solver that is found by `word` and goes by `name`."""
    found = loaded(word, "solver", installed("hardlab.solvers"), OURS["hardlab.solvers"], path)
    if _has(found, "solve"):
        return ForeignSolver(found, name, (_solver_again, (name, *_anywhere(word, path))))
    raise BadInput(f"{name} is a {type(found).__name__}: a solver plug-in has problems and solve(problem)")


@cache
def _algorithm_again(name: str, word: str, path: Path | None, precision: Precision, memory: int, asks: str) -> Algorithm:
    """How other processes find a plug-in by the word for it: once, so that what it keeps it keeps from call to call."""
    return _foreign_algorithm(name, word, path, precision, memory, asks)


@cache
def _solver_again(name: str, word: str, path: Path | None) -> Solver[Any]:
    """The same of a solver."""
    return _foreign_solver(name, word, path)


def _anywhere(word: str, path: Path | None) -> tuple[str, Path | None]:
    """The same for processes in other folders."""
    return str(Path(word).absolute()) if FILE.fullmatch(word) else word, None if path is None else path.absolute()


def chain_and_decider(
    names: str | None,
    source: type[Problem],
    algorithm: str | None,
    solver: str | None,
    precision: str,
    path: Path | None,
    memory: int,
) -> tuple[Chain, Algorithm | Solver[Any] | None]:
    """The chain from `source` that `names` spells, and what decides its last problem, None for what serves a task.

    Without names the chain is `auto`, or none where the solver takes the source itself. Errors: `BadInput`.
    """
    if names is None:
        names = "" if solver is not None and takes(solver_named(solver, path), source) else "auto"
    steps = chain_from(names, source, path)
    return steps, decider(steps, source, algorithm, solver, precision, path, memory)


def decider(
    steps: Chain,
    source: type[Problem],
    algorithm: str | None,
    solver: str | None,
    precision: str,
    path: Path | None,
    memory: int,
) -> Algorithm | Solver[Any] | None:
    """The attention algorithm, or the solver, that decides the last problem of a chain. Errors: `BadInput`."""
    last = steps.target(source)
    _checked(precision)
    if solver is not None and algorithm:
        raise BadInput(f"--solver {solver} and --algorithm {algorithm}: one of the two decides, leave out the other")
    if solver is None and last in ASKING:
        return None if algorithm is None else algorithm_named(algorithm, path, precision, memory, ASKING[last])
    if solver is None and last not in PROBLEMS:
        return referee_of(last, path)
    if solver is None:
        known = [candidate.key for candidate in SOLVERS if takes(candidate, last)]
        raise BadInput(f"the chain ends in {last.called}, before attention: name a --solver ({', '.join(known)})")
    found = solver_named(solver, path)
    if not takes(found, last):
        decides = " and ".join(problem.called for problem in found.problems)
        raise BadInput(f"--solver {solver} decides {decides}, the chain ends in {last.called}: give a --chain that ends there")
    return found


def _has(found: Any, method: str) -> bool:
    """Whether a foreign object has a method of that name, whatever it does when asked."""
    try:
        return callable(getattr(found, method, None))
    except Exception:
        return False
