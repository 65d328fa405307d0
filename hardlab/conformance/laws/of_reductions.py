"""A reduction on trial.

| law | what it demands |
|---|---|
| pure | `apply` gives an equal instance each time, and leaves its source as it was |
| promise_is_kept | what it builds keeps the promise of its problem |
| size_is_exact, size_is_bounded | `size` is what is built, or bounds it and is attained somewhere |
| complete | `forth` gives a witness that reaches, of every witness that does: YES goes to YES |
| sound | `back` gives a witness, of every one that the target accepts: NO goes to NO |
| tight | a threshold that it declares cannot be moved by one, either way, without an instance that notices |

Of the target's numbers that are not declared `tight` it is told which can be moved.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import partial
from time import monotonic
from typing import Any

from hardlab.conformance.laws.found import form_of, shown
from hardlab.conformance.laws.growth import Growth
from hardlab.conformance.laws.guard import in_time
from hardlab.conformance.laws.stream import Kind, made
from hardlab.conformance.laws.trial import Trial
from instances.anyof import AnyOf
from instances.faults import Late
from instances.law import LawBroken
from instances.problem import Problem
from reductions.built import Built, Referee, nobody
from reductions.laws import EACH, moved
from reductions.reduction import AnyReduction

MOST = 4096
"""Candidates for witnesses that are looked at, on either side."""

SAMPLE, EVERY = 40, 10
"""Instances that another process builds too, one of so many."""

MOVING = 1.0
"""Seconds for the answer of a target of which a number was moved."""

UNDECLARED = 300
"""Instances on which a number that is not declared tight is moved."""


class OfReduction(Trial):
    """Every law on each instance of the source's problem."""

    def __init__(
        self,
        reduction: AnyReduction,
        seconds: float,
        seed: int,
        timeout: float,
        tell: Callable[[str], None] = lambda now: None,
        referee: Referee = nobody,
    ) -> None:
        super().__init__(seconds, seed, timeout, tell)
        self.reduction, self.referee, self.growth = reduction, referee, Growth()
        self._size = "size_is_bounded" if reduction.bound else "size_is_exact"
        self._moves = {(name, by): 0 for name in reduction.tight for by in (1, -1)}
        self._noticed: set[tuple[str, int]] = set()
        self._sample: list[Any] = []
        self._last: Built | None = None

    @property
    def problems(self) -> tuple[Kind, ...]:
        return (self.reduction.source,)

    @property
    def laws(self) -> tuple[str, ...]:
        return ("pure", "promise_is_kept", self._size, "complete", "sound")

    @property
    def about(self) -> dict[str, Any]:
        ends = {"source": self.reduction.source.called, "target": self.reduction.target.called}
        laws = [*self.laws, "tight"]
        problems = [self.reduction.source.called]
        return {"kind": "reduction", "problems": problems, "laws": laws, "tight": list(self.reduction.tight), **ends}

    def one(self, problem: Problem) -> None:
        self._last = None
        kept: list[Built] = []
        covered: list[bool] = []
        if not self.tried("covers", problem, lambda given: covered.append(self.reduction.covers(given))):
            return
        if not covered[0]:
            self.tally.declined += 1
            return
        if not self.tried("apply", problem, lambda given: kept.append(self._built(given))):
            return
        self.tally.instances += 1
        self.tried("accepts", problem, partial(self._counted, kept))
        for law in self.laws:
            if not self._long:
                self.tried(law, problem, partial(self._law, law, kept))
        if self.faults or self._long or self._kept is self.beyond:
            return
        if len(self._sample) < SAMPLE and self.tally.instances % EVERY == 0:
            self._sample.append([form_of(problem), kept[0].target.identity])
        self.growth.saw(problem.size, self.reduction.size(problem.size), kept[0].target.size)
        self._move(kept[0])

    @property
    def searching(self) -> bool:
        return self._last is not None and (self._last.asking or monotonic() - self._last.last < self.timeout / 2)

    @property
    def sample(self) -> list[Any]:
        return [] if self.faults else self._sample

    def otherwise(self, sample: list[Any]) -> Any:
        for form, identity in sample:
            problem = made(self.reduction.source, form)
            try:
                differs = problem is not None and self.reduction.apply(problem).identity != identity
            except Exception:  # of an instance that its form does not give back as it was
                continue
            if differs:
                return form
        return None

    def _built(self, problem: Problem) -> Built:
        self._last = built = Built(self.reduction, problem, MOST, self.referee)
        if not isinstance(built.target, Problem):
            raise TypeError(f"apply gave a {type(built.target).__name__}, which is no Problem")
        of = built.target.of if isinstance(built.target, AnyOf) else type(built.target)
        if not issubclass(of, self.reduction.target):
            raise TypeError(f"apply gave a {of.__name__}, and its target is {self.reduction.target.__name__}")
        for name in self.reduction.tight:
            if not hasattr(built.target, name):
                raise TypeError(f"tight names {name!r}, and {of.__name__} has no such field")
        return built

    def _law(self, law: str, kept: list[Built], problem: Problem) -> None:
        """On the instance that was built last, or, where it is made smaller, on that."""
        first = kept[0].problem is problem
        built = kept[0] if first else self._built(problem)
        try:
            counts = EACH[law](built)
        except LawBroken as broken:
            facts = {"target": shown(built.target), "should": _should(broken), "found": _found(broken)}
            raise LawBroken(str(broken), broken.fault, **{**broken.facts, **facts}) from None
        for word, count in counts.items() if first else ():
            self.tally.add(f"{law} {word}", count)

    def _counted(self, kept: list[Built], problem: Problem) -> None:
        """Of the instance that was built last; what it is made smaller to is not counted."""
        first = kept[0].problem is problem
        built = kept[0] if first else self._built(problem)
        yes, no, decided = bool(built.witnesses), built.is_no, built.decided
        if first:
            self.tally.yes += yes
            self.tally.no += no
            self.tally.undecided += not decided

    def _move(self, built: Built) -> None:
        if not self._moves:
            self._moves = {(name, by): 0 for name in _numbers(built.target) for by in (1, -1)}
        for name, by in self._moves.keys() - self._noticed:
            if name not in self.reduction.tight and self._moves[name, by] == UNDECLARED:
                continue
            try:
                changes = in_time(partial(moved, built, name, by), min(self.timeout, MOVING))
            except Late:
                return
            except Exception:
                continue
            self._moves[name, by] += changes is not None
            if changes:
                self._noticed.add((name, by))

    def ends(self) -> None:
        loose = [] if self.faults else [move for move, asked in self._moves.items() if asked and move not in self._noticed]
        said = [f"{name} {'+' if by > 0 else '-'} 1 answers as {name} does, on all of {self._moves[name, by]:,} instances"
                for name, by in loose]  # fmt: skip
        for (name, _), words in zip(loose, said, strict=True):
            if name in self.reduction.tight:
                self.failed("tight", f"slack in {name}", words)
        if self.reduction.tight:
            self.tally.remarks["tight"] = f"{' and '.join(self.reduction.tight)} cannot be moved by one, either way"
        elif self._moves and not self.faults:
            self.tally.remarks["tight"] = "; ".join(said) or "every number of the target has an instance that needs it as it is"
        bound = "size_is_bounded"
        if bound in self.laws and self.tally.of_laws.get(f"{bound} checked") and not self.tally.of_laws[f"{bound} attained"]:
            self.tally.remarks[bound] = "the bound is attained on none of these instances"
        if not self.faults:
            self.tally.remarks["growth"] = self.growth.said()


def _numbers(target: Problem) -> list[str]:
    """The fields of it that are whole numbers."""
    names: list[str] = [each.name for each in fields(target)] if is_dataclass(target) else []
    return [name for name in names if type(getattr(target, name)) is int]


def _should(broken: LawBroken) -> str:
    return {
        "unsound": "NO: the source has no witness, so the target may accept none",
        "incomplete": "YES: the source has a witness, so the target needs one that reaches",
        "wrong way forth": "a witness of the target",
        "wrong way back": "a witness of the source",
    }.get(broken.fault, str(broken.facts.get("should", "")))


def _found(broken: LawBroken) -> str:
    witness, image = broken.facts.get("witness"), broken.facts.get("image")
    return {
        "unsound": f"the target accepts {witness}",
        "incomplete": f"the source has {witness}, and nothing reaches in the target",
        "wrong way forth": f"forth took {witness} to {image}, which does not reach",
        "wrong way back": f"back took {witness} to {image}, which is none",
    }.get(broken.fault, str(broken.facts.get("found", "")))
