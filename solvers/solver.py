"""Verdicts, and what it takes to give one."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, TypeVar

from instances.faults import PlugInFault, blamed
from instances.problem import Problem, Witness

MAX_FAILURE = 2.0**-20
"""A NO that may be wrong with more than this probability is UNKNOWN."""


class Verdict(Enum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Decision:
    """A verdict with its reason. A witness accompanies YES and only YES (`ValueError` otherwise).

    `failure` bounds the probability that a NO is wrong. `fault` marks an UNKNOWN that comes from a broken promise,
    a witness that did not survive, or a plug-in's error, as opposed to a promise too weak.
    """

    verdict: Verdict
    reason: str
    witness: Witness | None = None
    failure: float = 0.0
    fault: bool = False

    def __post_init__(self) -> None:
        if (self.witness is not None) != (self.verdict is Verdict.YES):
            raise ValueError(f"verdict {self.verdict.value} with witness {self.witness}: a witness goes with YES only")
        if self.fault and self.verdict is not Verdict.UNKNOWN:
            raise ValueError(f"a fault leaves the verdict UNKNOWN, not {self.verdict.value}")


P_contra = TypeVar("P_contra", bound=Problem, contravariant=True)


class Solver(Protocol[P_contra]):
    """Decides instances of the problems that it names."""

    @property
    def key(self) -> str: ...

    @property
    def problems(self) -> tuple[type[Problem], ...]: ...

    def solve(self, problem: P_contra) -> Decision: ...


def verified(solver: Solver[Any], problem: Problem) -> Decision:
    """The solver's decision, with its YES checked: UNKNOWN (a fault) where it raises, gives no `Decision`, or gives a
    witness that `problem` does not accept, or a NO that may fail with more than MAX_FAILURE. `Declined` passes through.
    """
    try:
        decision, witness = blamed(f"{solver.key} raised", lambda: _decided(solver, problem))
    except PlugInFault as fault:
        return Decision(Verdict.UNKNOWN, str(fault), fault=True)
    if witness is not None:
        return Decision(Verdict.YES, decision.reason, witness, decision.failure)
    if decision.verdict is Verdict.NO and not 0 <= decision.failure <= MAX_FAILURE:
        return Decision(Verdict.UNKNOWN, f"{decision.reason}; but this may fail with {decision.failure:.3g}")
    return decision


def _decided(solver: Solver[Any], problem: Problem) -> tuple[Decision, Witness | None]:
    """The solver's decision, and its witness in plain ints, accepted. Errors: `PlugInFault`."""
    decision: Any = solver.solve(problem)
    if not isinstance(decision, Decision):
        raise PlugInFault(f"{solver.key} gave a {type(decision).__name__}, not a Decision")
    if decision.witness is None:
        return decision, None
    witness = tuple(int(value) for value in decision.witness)
    if not problem.accepts(witness):
        raise PlugInFault(f"{solver.key} gave {witness}, which is no witness of {type(problem).__name__}")
    return decision, witness
