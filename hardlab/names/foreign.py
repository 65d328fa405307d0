"""Other people's algorithms and solvers, kept at arm's length: copies in, checked plain values out, errors by name.

They run in this process with the user's rights; this keeps accidents and careless lies away from the instance and from
the verdict, and is no protection against code that means harm.
"""

import copy
from collections.abc import Callable
from typing import Any, SupportsIndex, TypeVar

import numpy as np

from attention.algorithm import Algorithm, Promise, says
from instances.coded import Floats
from instances.faults import BadInput, Declined, PlugInFault, blamed, one_line
from instances.problem import Problem
from instances.task import Attention
from solvers.solver import Decision, Solver, Verdict

R = TypeVar("R")

Again = tuple[Callable[..., Any], tuple[Any, ...]]
"""The call by which another process finds the plug-in again: what it was loaded from may be importable by that alone."""


class ForeignAlgorithm:
    """A plug-in algorithm under the name that the user gave: it gets copies of the inputs and gives numbers or a fault.

    Errors: `PlugInFault` for whatever it raises; `Declined`, with its name, where it declines.
    """

    def __init__(self, algorithm: Algorithm, name: str, again: Again | None = None) -> None:
        self._algorithm = algorithm
        self.key = name
        self._again = again

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return self._again or super().__reduce_ex__(protocol)

    @property
    def logarithmic(self) -> bool:
        return bool(_guarded(lambda: self._algorithm.logarithmic, self.key))

    @property
    def mechanisms(self) -> bool:
        return _guarded(lambda: says(self._algorithm, "mechanisms"), self.key)

    @property
    def visibility(self) -> bool:
        return _guarded(lambda: says(self._algorithm, "visibility"), self.key)

    @property
    def intervals(self) -> bool:
        return _guarded(lambda: says(self._algorithm, "intervals"), self.key)

    @property
    def rotary(self) -> bool:
        return _guarded(lambda: says(self._algorithm, "rotary"), self.key)

    @property
    def gradients(self) -> bool:
        return _guarded(lambda: says(self._algorithm, "gradients"), self.key)

    @property
    def tensors(self) -> bool:
        return _guarded(lambda: says(self._algorithm, "tensors"), self.key)

    @property
    def networks(self) -> bool:
        return _guarded(lambda: says(self._algorithm, "networks"), self.key)

    def promise(self, inputs: Attention) -> Promise:
        return _guarded(lambda: _promise(self._algorithm.promise(inputs.copied())), self.key)

    def __call__(self, inputs: Attention) -> Floats:
        return _guarded(lambda: _numbers(self._algorithm(inputs.copied())), self.key)


class ForeignSolver:
    """A plug-in solver under the name that the user gave: it gets a copy of the problem and gives a plain `Decision`.

    Errors: `BadInput` at construction where `problems` is no tuple of problem types; `PlugInFault` for whatever it
    raises or gives that is no decision; `Declined`, with its name, where it declines.
    """

    def __init__(self, solver: Solver[Any], name: str, again: Again | None = None) -> None:
        self._solver = solver
        self.key = name
        self._again = again
        try:
            problems: Any = tuple(_guarded(lambda: tuple(solver.problems), name))
        except PlugInFault as fault:
            raise BadInput(f"{name} is no solver plug-in: {fault}") from None
        if not problems or not all(isinstance(kind, type) and issubclass(kind, Problem) for kind in problems):
            raise BadInput(f"{name} has problems = {problems!r:.80}: a solver plug-in names its problem types in a tuple")
        self.problems: tuple[type[Problem], ...] = problems

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return self._again or super().__reduce_ex__(protocol)

    def solve(self, problem: Problem) -> Decision:
        return _guarded(lambda: _decision(self._solver.solve(copy.deepcopy(problem))), self.key)


def _guarded(run: Callable[[], R], name: str) -> R:
    """The result of foreign code; Ctrl-C passes through, all else that it raises becomes a fault with its name."""

    def named() -> R:
        try:
            return run()
        except Declined as error:
            raise Declined(f"{name} declined: {one_line(error)}") from None
        except PlugInFault as fault:
            raise PlugInFault(str(fault) if str(fault).startswith(name) else f"{name} {fault}") from None

    return blamed(f"{name} raised", named)


def _numbers(given: Any) -> Floats:
    array = np.asarray(given)
    if array.dtype.kind not in "fiu":
        raise PlugInFault(f"gave an array of type {array.dtype}, expected real numbers")
    with np.errstate(over="ignore"):
        return np.array(array, dtype=np.float64)


def _promise(given: Any) -> Promise:
    """The promise in plain values. Errors: `PlugInFault` where it is none."""
    if not isinstance(given, Promise):
        raise PlugInFault(f"promised a {type(given).__name__}, expected a Promise")
    return Promise(float(given.absolute), float(given.relative), float(given.failure))


def _decision(given: Any) -> Decision:
    """The decision in plain values. Errors: `PlugInFault` where it is none."""
    if not isinstance(given, Decision) or not isinstance(given.verdict, Verdict):
        raise PlugInFault(f"gave a {type(given).__name__}, expected a Decision with a Verdict")
    witness = None if given.witness is None else tuple(int(value) for value in given.witness)
    if not 0 <= float(given.failure) <= 1:
        raise PlugInFault(f"gave a failure of {float(given.failure)}, expected a probability")
    return Decision(given.verdict, one_line(given.reason), witness, float(given.failure), bool(given.fault))
