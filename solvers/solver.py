"""Verdicts, and what it takes to give one."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol, TypeVar

from instances.faults import PlugInFault, blamed
from instances.problem import Problem, Witness
from instances.showing import Shown

MAX_FAILURE = 2.0**-20
"""A NO that may be wrong with more than this probability is UNKNOWN."""


class Verdict(Enum):
    """What a decision says: YES comes with a witness, NO with what it rests on, UNKNOWN with the reason."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Mistake:
    """A row that an algorithm answered wrongly: its place (the members of disjunctions, then the row), whether it is YES, and
    what was answered and what is exact (NaN where that would take long), both in the algorithm's terms (logarithms or not).
    """

    place: Witness
    yes: bool
    given: float
    exact: float

    @property
    def row(self) -> int:
        return self.place[-1]


@dataclass(frozen=True)
class Own:
    """What an algorithm answered by itself, against `low` and `high` as they stand, whatever was found without it.

    `verdict` is by its answers alone: YES where one is >= high, NO where all are <= low, else UNKNOWN. Of the `of` rows that it
    answered, all or a sample were looked at, and those that have a side by the task's promise, `rows`, compared with that:
    `right` are on it; `wrong` are YES rows answered NO (`missed`), NO rows answered YES, and answers that are `no_number`; the
    rest lies between. `truth` is what the exact sides say of the instance, UNKNOWN where a sample does not tell. `tried` rows
    were evaluated exactly to find the witness of a YES to which the answers do not point: 0 where they do, and where there is
    none.
    """

    verdict: Verdict
    truth: Verdict
    low: float
    high: float
    of: int
    rows: int
    right: int
    wrong: int
    missed: int
    no_number: int = 0
    sampled: bool = False
    tried: int = 0
    reached: Witness | None = None
    """The first row that is YES by its exact side, after the members that it is of."""
    mistakes: tuple[Mistake, ...] = ()
    """The first of each kind: YES rows answered NO, NO rows answered YES, answers that are no number."""
    seconds: float = field(default=0.0, compare=False)
    """What the comparison took, which is no part of deciding."""

    @property
    def between(self) -> int:
        return self.rows - self.right - self.wrong


@dataclass(frozen=True)
class Decision(Shown):
    """A verdict with its reason. A witness accompanies YES and only YES (`ValueError` otherwise).

    `failure` bounds the probability that a NO is wrong. `fault` marks an UNKNOWN that comes from a broken promise,
    a witness that did not survive, or a plug-in's error, as opposed to a promise too weak. `own` is what an attention
    algorithm answered by itself, None where none did. `route` is the way back of a YES that came through a chain: the
    witnesses of all its instances, that of the source (`witness`) first.
    """

    verdict: Verdict
    reason: str
    witness: Witness | None = None
    failure: float = 0.0
    fault: bool = False
    own: Own | None = None
    route: tuple[Witness, ...] = field(default=())

    def __post_init__(self) -> None:
        if (self.witness is not None) != (self.verdict is Verdict.YES):
            raise ValueError(f"verdict {self.verdict.value} with witness {self.witness}: a witness goes with YES only")
        if self.fault and self.verdict is not Verdict.UNKNOWN:
            raise ValueError(f"a fault leaves the verdict UNKNOWN, not {self.verdict.value}")

    def __repr__(self) -> str:
        words = [self.verdict.name, repr(self.reason)]
        if self.witness is not None:
            shown = ", ".join(map(str, self.witness[:20])) + ("," if len(self.witness) == 1 else "")
            words.append(f"witness=({shown}{f', ... {len(self.witness)} in all' if len(self.witness) > 20 else ''})")
        words += [f"failure={self.failure:.3g}"] if self.failure else []
        words += ["fault=True"] if self.fault else []
        words += [f"own={self.own.verdict.name}"] if self.own is not None else []
        return f"Decision({', '.join(words)})"


P_contra = TypeVar("P_contra", bound=Problem, contravariant=True)


class Solver(Protocol[P_contra]):
    """Decides instances of the problems that it names."""

    @property
    def key(self) -> str: ...

    @property
    def problems(self) -> tuple[type[Problem], ...]: ...

    def solve(self, problem: P_contra) -> Decision: ...


def takes(solver: Solver[Any], kind: type[Problem]) -> bool:
    """Whether the solver decides instances of that problem: it names it, or takes any."""
    return kind in solver.problems or Problem in solver.problems


def verified(solver: Solver[Any], problem: Problem) -> Decision:
    """The solver's decision, with its YES checked: UNKNOWN (a fault) where it raises, gives no `Decision`, or gives a
    witness that `problem` does not accept, or a NO that may fail with more than MAX_FAILURE. `Declined` passes through.
    """
    try:
        decision, witness = blamed(f"{solver.key} raised", lambda: _decided(solver, problem))
    except PlugInFault as fault:
        return Decision(Verdict.UNKNOWN, str(fault), fault=True)
    if witness is not None:
        return Decision(Verdict.YES, decision.reason, witness, decision.failure, own=decision.own)
    if decision.verdict is Verdict.NO and not 0 <= decision.failure <= MAX_FAILURE:
        said = f"{decision.reason}; but this may fail with {decision.failure:.3g}"
        return Decision(Verdict.UNKNOWN, said, own=decision.own)
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


def is_solver(found: Any) -> bool:
    """Whether it has what solvers have."""
    return callable(getattr(found, "solve", None)) and hasattr(found, "problems")
