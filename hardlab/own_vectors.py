"""Two lists of 0/1 vectors from a user's own .npz, and the question asked of them on the command line."""

from dataclasses import dataclass
from math import isfinite

from hardlab.naming import PROBLEMS
from hardlab.plugins import unknown
from instances.files import seekable, shown
from instances.problem import BadInput, Problem
from instances.storage import KINDS, load
from instances.vectors import BalancedHamming, FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct


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
    if kind not in (None, GapHamming, BalancedHamming, FarHamming, ThresholdProduct):
        raise BadInput(f"--kind {question.kind} has no thresholds: leave out --t, --t2 and --eps")
    if kind is ThresholdProduct and (question.t is None or question.t2 is not None or question.eps is not None):
        raise BadInput("--kind product takes the threshold --t T, and neither --t2 nor --eps")
    if kind is FarHamming and (question.t is None or question.t2 is None or question.eps is not None):
        raise BadInput("--kind far takes the thresholds --t T and --t2 T2, and no --eps")
    if kind is not ThresholdProduct and (question.t is None or (question.t2 is None) == (question.eps is None)):
        raise BadInput("thresholds are --t T with --t2 T2, or --t T with --eps E")
    lists = pairs(file, memory)
    if isinstance(lists, GapHamming):
        raise BadInput(f"{shown(file)} has t = {lists.t} and t2 = {lists.t2} of its own: leave out --t, --t2, --eps and --kind")
    assert question.t is not None
    if kind is ThresholdProduct:
        return ThresholdProduct(lists.A, lists.B, question.t)
    made = BalancedHamming if kind is BalancedHamming else GapHamming
    if question.t2 is not None:
        return (FarHamming if kind is FarHamming else made)(lists.A, lists.B, question.t, question.t2)
    if question.eps is None or not isfinite(question.eps):
        raise BadInput(f"--eps {question.eps}: it must be a finite number above 0")
    return made.with_eps(lists.A, lists.B, question.t, question.eps)


def pairs(file: str, memory: int) -> OrthogonalVectors | GapHamming:
    """The lists A and B of a file, whatever it asks of them, or nothing. Errors: `BadInput`, as `load`."""
    with seekable(file, memory) as copy:
        try:
            problem = load(copy, memory=memory)
        except BadInput as error:
            try:
                problem = load(copy, kind=OrthogonalVectors.__name__, memory=memory)
            except BadInput:
                raise BadInput(str(error).replace(copy, shown(file))) from None
    return as_pairs(problem)


def as_pairs(problem: Problem) -> OrthogonalVectors | GapHamming:
    """The problem, if it is one on two lists of vectors. Errors: `BadInput`."""
    if not isinstance(problem, OrthogonalVectors | GapHamming):
        raise BadInput(f"this is an instance of {type(problem).__name__}: give two lists of 0/1 vectors, A and B")
    return problem


def _kind(name: str | None) -> type[Problem] | None:
    """The problem by its short name (hamming) or by the name that files use (GapHamming)."""
    if name is None:
        return None
    known = {**PROBLEMS, **KINDS}
    if name not in known:
        raise unknown("kind", name, known)
    return known[name]
