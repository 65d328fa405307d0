"""Who says whether an instance has a witness, where not all that could be one are tried."""

from pathlib import Path
from typing import Any

from hardlab.names.deciders import referee_of
from instances.faults import PlugInFault
from instances.problem import Problem, Witness
from solvers.solver import Solver, Verdict, verified


class Referees:
    """The solvers that problems name; nobody for a problem that names none. Called with an instance.

    Errors: `PlugInFault` where the solver of a problem fails.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known: dict[type[Problem], Solver[Any]] = {}

    def __call__(self, problem: Problem) -> tuple[bool | None, Witness | None]:
        kind = type(problem)
        if kind.referee is None:
            return None, None
        if kind not in self._known:
            self._known[kind] = referee_of(kind, self._path)
        decision = verified(self._known[kind], problem)
        if decision.fault:
            raise PlugInFault(f"the referee of {kind.called}: {decision.reason}")
        return {Verdict.YES: True, Verdict.NO: False}.get(decision.verdict), decision.witness
