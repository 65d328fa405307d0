"""Two lists of 0/1 vectors from a user's own .npz, and the question asked of them on the command line."""

from dataclasses import dataclass
from math import isfinite

from instances.faults import BadInput, unknown
from instances.files import seekable, shown
from instances.ours import PROBLEMS
from instances.problem import Problem
from instances.storage import KINDS, Unasked, Vectors, load, posed
from instances.vectors import GapHamming, OrthogonalVectors


@dataclass(frozen=True)
class Question:
    """The options --kind, --t, --t2 and --eps; None where the option was not given."""

    kind: str | None = None
    t: int | None = None
    t2: int | None = None
    eps: float | None = None

    @property
    def given(self) -> bool:
        return self != Question()

    @property
    def thresholds(self) -> bool:
        return (self.t, self.t2, self.eps) != (None, None, None)


def asked(file: str, question: Question, memory: int) -> Problem:
    """The instance in `file`, completed by a question that the file leaves open. Errors: `BadInput`, as `load`."""
    kind = _kind(question.kind)
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


def _kind(name: str | None) -> type[Problem] | None:
    """The problem by its short name (hamming) or by the name that files use (GapHamming)."""
    if name is None:
        return None
    known = {**{problem.called: problem for problem in PROBLEMS}, **KINDS}
    if name not in known:
        raise unknown("kind", name, known)
    return known[name]
