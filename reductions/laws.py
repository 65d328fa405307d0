"""What every reduction must satisfy; for the tests, and for authors of plug-ins.

Each law takes a reduction and a family of source instances and returns counts, or raises `LawBroken` with the instance.
The searches are exhaustive (`witnesses`), so the instances must be tiny.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from instances.anyof import AnyOf
from instances.law import Counts, LawBroken, not_vacuous
from instances.memory import MEMORY_BUDGET
from instances.problem import Problem, Size
from reductions.reduction import Reduction


def size_is_exact(reduction: Reduction[Any, Any], problems: Iterable[Problem]) -> Counts:
    """size(of) is the size of the instance that apply builds, in every letter; for edges without `bound`."""
    checked = 0
    for problem in problems:
        actual, stated = reduction.apply(problem).size, reduction.size(problem.size)
        if not _equal(actual, stated):
            raise LawBroken(f"{reduction.key} states the size {dict(stated)}, built {dict(actual)} from {problem!r:.300}")
        _counts_its_own(reduction, problem)
        checked += 1
    return not_vacuous(f"size_is_exact of {reduction.key}", checked=checked)


def size_is_bounded(reduction: Reduction[Any, Any], problems: Iterable[Problem]) -> Counts:
    """actual size <= size(of) in every letter, and actual_size is exact. "attained" counts instances with equality in
    every letter; a bound that is attained nowhere in the family is not believed.
    """
    checked = attained = 0
    for problem in problems:
        actual, stated = reduction.apply(problem).size, reduction.size(problem.size)
        if any(actual[letter] > stated[letter] for letter in actual):
            raise LawBroken(f"{reduction.key} bounds the size by {dict(stated)}, built {dict(actual)} from {problem!r:.300}")
        counted = reduction.actual_size(problem, MEMORY_BUDGET)
        if not _equal(actual, counted):
            raise LawBroken(f"{reduction.key} counted {dict(counted)}, built {dict(actual)} from {problem!r:.300}")
        _counts_its_own(reduction, problem)
        checked += 1
        attained += _equal(actual, stated)
    return not_vacuous(f"size_is_bounded of {reduction.key}", checked=checked, attained=attained)


def promise_is_kept(reduction: Reduction[Any, Any], problems: Iterable[Problem]) -> Counts:
    """The instance that apply builds keeps the promise of its problem (for attention: the stored floats, in balls), and
    has the thresholds that `constants` states.

    "accepted" and "rejected" count the target's witnesses that reach and that are not accepted; both must occur.
    """
    checked = accepted = rejected = 0
    for problem in problems:
        target = reduction.apply(problem)
        constants = reduction.constants(problem.size)
        for name in ("low", "high"):
            stated = constants.get(f"ln_{name}" if getattr(target, "logarithmic", False) else name)
            if stated is not None and stated != getattr(target, name):
                raise LawBroken(
                    f"{reduction.key} states {name} = {stated}, built {getattr(target, name)}, from {problem!r:.300}"
                )
        if not target.promised():
            raise LawBroken(f"{reduction.key} broke the promise of {type(target).__name__}, from {problem!r:.300}")
        for witness in target.witnesses():
            accepted += target.reaches(witness)
            rejected += not target.accepts(witness)
        checked += 1
    return not_vacuous(f"promise_is_kept of {reduction.key}", checked=checked, accepted=accepted, rejected=rejected)


def complete(reduction: Reduction[Any, Any], problems: Iterable[Problem]) -> Counts:
    """forth takes every witness that reaches in the source to one that reaches in the target: YES goes to YES."""
    accepted = 0
    for problem in problems:
        target = reduction.apply(problem)
        for witness in filter(problem.reaches, problem.witnesses()):
            image = reduction.forth(problem, witness)
            if not target.reaches(image):
                raise LawBroken(f"{reduction.key} took {witness} to {image}, which does not reach, from {problem!r:.300}")
            accepted += 1
    return not_vacuous(f"complete of {reduction.key}", accepted=accepted)


def sound(reduction: Reduction[Any, Any], problems: Iterable[Problem]) -> Counts:
    """back takes every witness that the target accepts to one that the source accepts: a NO never becomes a YES.

    "rejected" counts target witnesses that are not accepted, on instances whose source has no witness at all.
    """
    accepted = rejected = 0
    for problem in problems:
        target = reduction.apply(problem)
        no = not any(map(problem.accepts, problem.witnesses()))
        for witness in target.witnesses():
            if not target.accepts(witness):
                rejected += no
                continue
            image = reduction.back(problem, witness)
            if not problem.accepts(image):
                raise LawBroken(f"{reduction.key} took {witness} back to {image}, which is no witness of {problem!r:.300}")
            accepted += 1
    return not_vacuous(f"sound of {reduction.key}", accepted=accepted, rejected=rejected)


def laws(reduction: Reduction[Any, Any], problems: Iterable[Problem]) -> Counts:
    """All laws of one reduction on one family; the sum of their counts. Raises `LawBroken`."""
    family = list(problems)
    remembering: Any = _Remembering(reduction)
    total: Counts = {}
    for law in (promise_is_kept, complete, sound, size_is_bounded if reduction.bound else size_is_exact):
        for name, count in law(remembering, family).items():
            total[name] = total.get(name, 0) + count
    return total


class _Remembering:
    """A reduction that builds each instance of a family, and each member of it, once for all laws."""

    def __init__(self, reduction: Reduction[Any, Any]) -> None:
        self._reduction = reduction
        self._built: dict[int, Problem] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reduction, name)

    def apply(self, problem: Problem) -> Problem:
        if id(problem) not in self._built:
            target = self._reduction.apply(problem)
            if isinstance(target, AnyOf):
                target = AnyOf(target.of, target.count, cache(target.member))
            self._built[id(problem)] = target
        return self._built[id(problem)]


def _counts_its_own(reduction: Reduction[Any, Any], problem: Problem) -> None:
    """A size says how many members there are iff the edge makes a disjunction, whatever disjunction its source is one of."""
    stated = reduction.size({**problem.size, "count": 2})
    if ("count" in stated) != reduction.disjunction:
        said = "states no count of members" if reduction.disjunction else "hands on the count of an earlier disjunction"
        raise LawBroken(f"{reduction.key} {said}: {dict(stated)}")


def _equal(actual: Size, stated: Size) -> bool:
    return all(actual[letter] == stated[letter] for letter in actual)
