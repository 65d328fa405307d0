"""What every reduction must satisfy; for the tests, for `hardlab check`, and for authors of plug-ins.

Each law takes a reduction and a family of source instances and returns counts, or raises `LawBroken` with the instance.
The searches are exhaustive (`witnesses`), so the instances must be tiny. `EACH` has the laws of one instance at a time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from instances.anyof import AnyOf
from instances.faults import PlugInFault
from instances.law import Counts, LawBroken, not_vacuous
from instances.memory import MEMORY_BUDGET
from instances.problem import Problem, Size, Witness
from reductions.built import Built, differs
from reductions.reduction import AnyReduction


def size_is_exact(reduction: AnyReduction, problems: Iterable[Problem]) -> Counts:
    """size(of) is the size of the instance that apply builds, in every letter; for edges without `bound`."""
    return _over("size_is_exact", reduction, problems, "checked")


def size_is_bounded(reduction: AnyReduction, problems: Iterable[Problem]) -> Counts:
    """actual size <= size(of) in every letter, and actual_size is exact, or the same formula. "attained" counts instances with
    equality in every letter; a bound that is attained nowhere in the family is not believed.
    """
    return _over("size_is_bounded", reduction, problems, "checked", "attained")


def promise_is_kept(reduction: AnyReduction, problems: Iterable[Problem]) -> Counts:
    """The instance that apply builds keeps the promise of its problem (for attention: the stored floats, in balls), and
    has the thresholds that `constants` states.

    "accepted" and "rejected" count the target's witnesses that reach and that are not accepted; both must occur.
    """
    return _over("promise_is_kept", reduction, problems, "checked", "accepted", "rejected")


def complete(reduction: AnyReduction, problems: Iterable[Problem]) -> Counts:
    """forth takes every witness that reaches in the source to one that reaches in the target: YES goes to YES."""
    return _over("complete", reduction, problems, "accepted")


def sound(reduction: AnyReduction, problems: Iterable[Problem]) -> Counts:
    """back takes every witness that the target accepts to one that the source accepts: a NO never becomes a YES.

    "rejected" counts target witnesses that are not accepted, on instances whose source has no witness at all.
    """
    return _over("sound", reduction, problems, "accepted", "rejected")


def pure(reduction: AnyReduction, problems: Iterable[Problem]) -> Counts:
    """apply gives an equal instance each time, and leaves its source as it was."""
    return _over("pure", reduction, problems, "checked")


def laws(reduction: AnyReduction, problems: Iterable[Problem]) -> Counts:
    """Those of promise, ways and size, of one reduction on one family; the sum of their counts. Raises `LawBroken`."""
    family = [Built(reduction, problem) for problem in problems]
    size = ("size_is_bounded", "checked", "attained") if reduction.bound else ("size_is_exact", "checked")
    total: Counts = {}
    for name, *needed in (
        ("promise_is_kept", "checked", "accepted", "rejected"),
        ("complete", "accepted"),
        ("sound", "accepted", "rejected"),
        size,
    ):
        for word, count in _summed(name, EACH[name], reduction, family, needed).items():
            total[word] = total.get(word, 0) + count
    return total


def moved(built: Built, name: str, by: int) -> bool | None:
    """Whether the target with its threshold `name` moved would answer another way than the source; None where there is no such
    target, or not all that could be witnesses are looked at.
    """
    try:
        other = replace(built.target, **{name: getattr(built.target, name) + by})
    except ValueError:
        return None
    if not (built.whole(built.problem) and built.whole(other)):
        return None
    if next(built.reaching, None) is not None:
        return not any(map(other.reaches, other.witnesses()))
    return built.is_no and any(map(other.accepts, other.witnesses()))


def _size_is_exact(built: Built) -> Counts:
    reduction, problem = built.reduction, built.problem
    actual, stated = built.target.size, reduction.size(problem.size)
    if not _equal(actual, stated):
        said = f"{reduction.key} states the size {dict(stated)}, built {dict(actual)} from {problem!r:.300}"
        raise LawBroken(said, "wrong size", should=dict(stated), found=dict(actual))
    return {"checked": 1}


def _size_is_bounded(built: Built) -> Counts:
    reduction, problem = built.reduction, built.problem
    actual, stated = built.target.size, reduction.size(problem.size)
    if any(actual[letter] > stated[letter] for letter in actual):
        said = f"{reduction.key} bounds the size by {dict(stated)}, built {dict(actual)} from {problem!r:.300}"
        raise LawBroken(said, "wrong size", should=dict(stated), found=dict(actual))
    counted = reduction.actual_size(problem, MEMORY_BUDGET)
    if not _equal(actual, counted) and not _equal(stated, counted):  # the formula again, where nobody counts
        said = f"{reduction.key} counted {dict(counted)}, built {dict(actual)} from {problem!r:.300}"
        raise LawBroken(said, "wrong size", should=dict(counted), found=dict(actual))
    return {"checked": 1, "attained": int(_equal(actual, stated))}


def _promise_is_kept(built: Built) -> Counts:
    reduction, problem, target = built.reduction, built.problem, built.target
    constants = reduction.constants(problem.size)
    for name in ("low", "high"):
        for one in map(target.member, range(target.count)) if isinstance(target, AnyOf) else (target,):
            stated = constants.get(f"ln_{name}" if getattr(one, "logarithmic", False) else name)
            if stated is not None and stated != getattr(one, name):
                said = f"{reduction.key} states {name} = {stated}, built {getattr(one, name)}, from {problem!r:.300}"
                raise LawBroken(said, "broken promise", should=stated, found=getattr(one, name))
    if not target.promised():
        said = f"{reduction.key} broke the promise of {type(target).__name__}, from {problem!r:.300}"
        raise LawBroken(said, "broken promise")
    reaching = sum(1 for _ in built.those(target.reaches, built.accepted))
    return {"checked": 1, "accepted": reaching, "rejected": len(built.candidates) - len(built.accepted)}


def _complete(built: Built) -> Counts:
    reduction, problem, target = built.reduction, built.problem, built.target
    accepted = 0
    for witness in built.reaching:
        image = _witness(reduction.forth(problem, witness), "forth")
        if not target.reaches(image):
            said = f"{reduction.key} took {witness} to {image}, which does not reach, from {problem!r:.300}"
            raise LawBroken(said, "incomplete" if built.none_reaches else "wrong way forth", witness=witness, image=image)
        accepted += 1
    return {"accepted": accepted}


def _sound(built: Built) -> Counts:
    reduction, problem = built.reduction, built.problem
    accepted = 0
    for witness in built.one_by_one(built.accepted):
        if built.is_no:
            if _comes_back(built, witness):
                raise PlugInFault(f"the referee of {problem.called} says NO, and back gives a witness of {problem!r:.300}")
            said = f"{reduction.key} makes {witness} acceptable, and there is no witness of {problem!r:.300}"
            raise LawBroken(said, "unsound", witness=witness)
        image = _witness(reduction.back(problem, witness), "back")
        if not problem.accepts(image):
            said = f"{reduction.key} took {witness} back to {image}, which is no witness of {problem!r:.300}"
            raise LawBroken(said, "wrong way back", witness=witness, image=image)
        accepted += 1
    rejected = max(len(built.candidates), int(built.decided)) if built.is_no else 0
    return {"accepted": accepted, "rejected": rejected}


def _comes_back(built: Built, witness: Witness) -> bool:
    """Whether the source accepts what `back` makes of it; a way back may not know what to do where there is no witness."""
    try:
        return built.problem.accepts(built.reduction.back(built.problem, witness))
    except Exception:
        return False


def _pure(built: Built) -> Counts:
    reduction, problem, target = built.reduction, built.problem, built.target
    if differs(problem, built.before):
        raise LawBroken(
            f"{reduction.key} changed its source, which was {built.before!r:.300}", "changed its input", before=built.before
        )
    if target.identity != reduction.apply(built.before).identity:
        raise LawBroken(f"{reduction.key} gave another instance the second time, from {problem!r:.300}", "not deterministic")
    return {"checked": 1}


EACH: Mapping[str, Callable[[Built], Counts]] = {
    "pure": _pure,
    "promise_is_kept": _promise_is_kept,
    "complete": _complete,
    "sound": _sound,
    "size_is_exact": _size_is_exact,
    "size_is_bounded": _size_is_bounded,
}
"""The laws of one instance."""


def _over(name: str, reduction: AnyReduction, problems: Iterable[Problem], *needed: str) -> Counts:
    return _summed(name, EACH[name], reduction, (Built(reduction, problem) for problem in problems), needed)


def _summed(
    name: str, law: Callable[[Built], Counts], reduction: AnyReduction, family: Iterable[Built], needed: Iterable[str]
) -> Counts:
    total = dict.fromkeys(needed, 0)
    for built in family:
        for word, count in law(built).items():
            total[word] += count
        if name.startswith("size"):
            _counts_its_own(reduction, built.problem)
    return not_vacuous(f"{name} of {reduction.key}", **total)


def _counts_its_own(reduction: AnyReduction, problem: Problem) -> None:
    """A size says how many members there are iff the edge makes a disjunction, whatever disjunction its source is one of."""
    stated = reduction.size({**problem.size, "count": 2})
    if ("count" in stated) != reduction.disjunction:
        said = "states no count of members" if reduction.disjunction else "hands on the count of an earlier disjunction"
        raise LawBroken(f"{reduction.key} {said}: {dict(stated)}", "wrong size", found=dict(stated))


def _witness(given: Any, way: str) -> Witness:
    """It, if it can be a witness. Errors: `TypeError`."""
    if not isinstance(given, tuple) or not all(hasattr(part, "__index__") for part in given):
        raise TypeError(f"{way} gave {given!r:.80}, and a witness is a tuple of whole numbers")
    return given


def _equal(actual: Size, stated: Size) -> bool:
    return all(actual[letter] == stated[letter] for letter in actual)
