"""A stored instance and what is asked of it: two lists of 0/1 vectors from a user's own .npz, or a problem of a user's own."""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from hardlab.names.chains import is_code
from hardlab.names.installed import installed
from hardlab.names.problems import problem_named
from instances.faults import BadInput, unknown
from instances.files import seekable, shown
from instances.ours import PROBLEMS
from instances.problem import Problem
from instances.storage import KINDS, Named, Unasked, Vectors, load, posed
from instances.vectors import GapHamming, OrthogonalVectors


@dataclass(frozen=True)
class Question:
    """The options --kind, --t, --t2 and --eps; None where the option was not given. `path` is where a problem is looked for."""

    kind: str | None = None
    t: int | None = None
    t2: int | None = None
    eps: float | None = None
    path: Path | None = None

    @property
    def given(self) -> bool:
        return self.kind is not None or self.thresholds

    @property
    def thresholds(self) -> bool:
        return (self.t, self.t2, self.eps) != (None, None, None)


def asked(file: str, question: Question, memory: int, named: Named) -> Problem:
    """The instance in `file`, completed by a question that the file leaves open; `named` are the problems of others.

    Errors: `BadInput`, as `load`.
    """
    kind = _kind(question.kind, question.path)
    if kind is not None and kind not in PROBLEMS:
        return _own(file, kind, question, memory, named)
    if not question.thresholds:
        return load(file, kind=kind.__name__ if kind else None, memory=memory)
    lists = pairs(file, memory)
    if "t" in lists.size:
        raise BadInput(
            f"{shown(file)} has the threshold t = {lists.size['t']} of its own: leave out --t, --t2, --eps and --kind"
        )
    if question.eps is not None and not isfinite(question.eps):
        raise BadInput(f"--eps {question.eps}: it must be a finite number above 0")
    given = {"t": question.t, "t2": question.t2, "eps": question.eps}
    thresholds = {name: value for name, value in given.items() if value is not None}
    try:
        return posed((kind or GapHamming).__name__, lists.A, lists.B, thresholds)
    except BadInput as error:
        raise BadInput(
            f"{shown(file)} with {' '.join(f'--{name} {value}' for name, value in thresholds.items())}: {error}"
        ) from None


def pairs(file: str, memory: int) -> Vectors:
    """The lists A and B of a file, whatever it asks of them, or nothing. Errors: `BadInput`, as `load`."""
    with seekable(file, memory) as copy:
        try:
            try:
                problem = load(copy, memory=memory)
            except Unasked:
                problem = load(copy, kind=OrthogonalVectors.__name__, memory=memory)
        except BadInput as error:
            raise BadInput(str(error).replace(copy, shown(file))) from None
    return as_pairs(problem)


def as_pairs(problem: Problem) -> Vectors:
    """The problem, if it is one on two lists of vectors. Errors: `BadInput`."""
    if not isinstance(problem, Vectors):
        raise BadInput(f"this is an instance of {type(problem).__name__}: give two lists of 0/1 vectors, A and B")
    return problem


def _own(file: str, kind: type[Problem], question: Question, memory: int, named: Named) -> Problem:
    """An instance of somebody's problem."""
    if question.thresholds:
        raise BadInput(f"--t, --t2 and --eps are asked of two lists of vectors, not of {kind.called}: leave them out")
    problem = load(file, memory=memory, named=lambda name: kind if name == kind.called else named(name))
    if type(problem) is not kind:
        raise BadInput(f"{shown(file)} holds an instance of {type(problem).called}, not of {kind.called}")
    return problem


def _kind(name: str | None, path: Path | None) -> type[Problem] | None:
    """The problem by its short name (hamming), by the name that files use (GapHamming), or somebody's."""
    if name is None:
        return None
    known = {**{problem.called: problem for problem in PROBLEMS}, **KINDS}
    others = installed("hardlab.problems")
    if name not in known and name not in others and not is_code(name):
        raise unknown("kind", name, [*known, *others])
    return known.get(name) or problem_named(name, path)
