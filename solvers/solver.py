"""Verdicts, and what it takes to give one."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, TypeVar

from attention.algorithm import PlugInFault
from instances.problem import Declined, Problem, Witness, one_line

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
        decision: Any = solver.solve(problem)
        if not isinstance(decision, Decision):
            return _fault(f"{solver.key} gave a {type(decision).__name__}, not a Decision")
        witness = None if decision.witness is None else tuple(int(value) for value in decision.witness)
        accepted = witness is not None and problem.accepts(witness)
    except (Declined, KeyboardInterrupt):
        raise
    except PlugInFault as fault:
        return _fault(str(fault))
    except BaseException as error:
        return _fault(f"{solver.key} raised {type(error).__name__}: {one_line(error)}")
    if witness is not None:
        if not accepted:
            return _fault(f"{solver.key} gave {witness}, which is no witness of {type(problem).__name__}")
        return Decision(Verdict.YES, decision.reason, witness, decision.failure)
    if decision.verdict is Verdict.NO and not 0 <= decision.failure <= MAX_FAILURE:
        return Decision(Verdict.UNKNOWN, f"{decision.reason}; but this may fail with {decision.failure:.3g}")
    return decision


def _fault(reason: str) -> Decision:
    return Decision(Verdict.UNKNOWN, reason, fault=True)
