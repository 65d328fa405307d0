"""A solver on trial: against exhaustion, on every problem that it says it takes.

| law | what it demands |
|---|---|
| decides | YES where some witness reaches, NO where none is accepted; UNKNOWN is counted |
| witnesses | what it gives with a YES is accepted |
| pure | the instance is as it was |
"""

import copy
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from math import log
from time import perf_counter
from typing import Any

from hardlab.conformance.laws.stream import Kind
from hardlab.conformance.laws.trial import Trial
from instances.law import LawBroken
from instances.problem import Problem
from reductions.built import differs
from solvers.exhaustion import Exhaustion
from solvers.solver import Decision, Solver, Verdict

MOST = 2**16
"""Candidates for witnesses that exhaustion goes through, at most."""


class OfSolver(Trial):
    """What it decides of each instance, as many with a witness as without one where there are enough."""

    def __init__(
        self, solver: Solver[Any], seconds: float, seed: int, timeout: float, tell: Callable[[str], None] = lambda now: None
    ) -> None:
        super().__init__(seconds, seed, timeout, tell)
        self.solver = solver
        self._seconds: dict[int, list[float]] = defaultdict(list)

    @property
    def problems(self) -> tuple[Kind, ...]:
        return tuple(self.solver.problems)

    @property
    def laws(self) -> tuple[str, ...]:
        return ("decides", "witnesses", "pure")

    @property
    def about(self) -> dict[str, Any]:
        return {"kind": "solver", "problems": [problem.called for problem in self.problems], "laws": list(self.laws)}

    def one(self, problem: Problem) -> None:
        found: list[bool | None] = []
        if not self.tried("accepts", problem, lambda given: found.append(_truth(given))):
            return
        truth = found[0]
        if truth is None:
            self.tally.undecided += 1
            return
        if truth and self.tally.yes > 2 * self.tally.no + 100:
            return  # of those there are enough
        self.tally.instances += 1
        self.tally.yes += truth
        self.tally.no += not truth
        self.tried("decides", problem, partial(self._decides, problem))

    def _decides(self, first: Problem, problem: Problem) -> None:
        """On that instance, or, where it is made smaller, on another, which is not counted."""
        truth, counts = _truth(problem), problem is first
        given = copy.deepcopy(problem)
        start = perf_counter()
        decision = self.solver.solve(given)
        if counts:
            self._seconds[sum(problem.size.values())].append(perf_counter() - start)
        if differs(given, problem):
            raise LawBroken(f"{_name(self.solver)} changed its input, which was {problem!r:.300}", "changed its input")
        if not isinstance(decision, Decision):
            raise TypeError(f"solve gave a {type(decision).__name__}, expected a Decision")
        if decision.verdict is Verdict.UNKNOWN:
            self.tally.unknown += counts
        elif (decision.verdict is Verdict.YES) is not truth:
            word, should = ("NO", "YES: exhaustion finds a witness") if truth else ("YES", "NO: exhaustion finds no witness")
            said = f"{_name(self.solver)} says {word} of {problem!r:.300}"
            raise LawBroken(said, f"wrong {word}", witness=decision.witness, should=should, found=word)
        elif decision.witness is not None and not problem.accepts(decision.witness):
            said = f"{_name(self.solver)} gave {decision.witness}, which is no witness of {problem!r:.300}"
            raise LawBroken(said, "wrong witness", witness=decision.witness, should="a witness", found="it is not accepted")
        elif counts:
            self.tally.add(f"decides {'YES' if truth else 'NO'}", 1)

    def ends(self) -> None:
        if self.tally.instances and self.tally.unknown == self.tally.instances:
            self.tally.remarks["decides"] = "it says UNKNOWN of all of them"
        sizes = {size: sorted(times)[len(times) // 2] for size, times in self._seconds.items() if len(times) >= 5 and size > 0}
        if len(sizes) >= 3:
            low, high = sorted(sizes)[len(sizes) // 2 - 1], max(sizes)
            slope = log(sizes[high] / sizes[low]) / log(high / low)
            self.tally.remarks["growth"] = f"median time grows as size^{slope:.2g} between sizes {low} and {high}"
        if self.tally.no:
            rare = round(1 / (1 - 0.01 ** (1 / self.tally.instances)))
            said = f"an error on one in {rare:,} such instances would have shown with 99 %; of larger ones nothing is said"
            self.tally.remarks["limits"] = said


def _name(solver: Any) -> str:
    return str(getattr(solver, "key", type(solver).__name__))


def _truth(problem: Problem) -> bool | None:
    """Whether some witness reaches; None where there are too many to try, or some are accepted and none reaches."""
    return {Verdict.YES: True, Verdict.NO: False}.get(Exhaustion(MOST).solve(problem).verdict)
