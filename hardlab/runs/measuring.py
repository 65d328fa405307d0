"""An attention algorithm as a solver that keeps its promise and its output, and measures the one against the other."""

from dataclasses import dataclass, field
from math import expm1, inf, log, log10
from typing import ClassVar

import numpy as np

from attention.algorithm import Algorithm, Promise, Wrapped, answers, promised
from attention.exact.certified import certified_row
from attention.laws import BITS, allowed_in_row
from hardlab.names.installed import is_ours
from hardlab.runs.record import AccuracyRecord, AnswersRecord, DeliveredRecord
from instances.coded import Floats
from instances.exact import precision
from instances.problem import Problem
from instances.task import Attention
from instances.threshold import ThresholdTask
from solvers import Decision, Threshold, Verdict
from solvers.bands import answered, as_they_stand, bands_of, sides
from solvers.own import telling


@dataclass
class Recorded(Wrapped):
    """An algorithm that keeps its promise and its last output, so that the one can be measured against the other."""

    output: Floats | None = field(default=None, init=False)
    first: Promise | None = field(default=None, init=False)

    def promise(self, inputs: Attention) -> Promise:
        """The promise as it was made first: what is said later does not weaken it."""
        if self.first is None:
            self.first = promised(self.algorithm, inputs)
        return self.first

    def __call__(self, inputs: Attention) -> Floats:
        self.output = answers(self.algorithm, inputs)
        return self.output


@dataclass
class Measuring:
    """`Threshold`, with a recording for each task: every member of a disjunction is judged by the promise made for it.

    Where a NO rests on a claim, some of the rows are measured and it does not stand against one that disproves the claim.
    """

    algorithm: Algorithm
    measure: int
    claimed: bool
    trusted: bool
    keep: int = 0
    """About so many answers are kept for a picture."""
    recorded: Recorded | None = field(default=None, init=False)
    task: ThresholdTask | None = field(default=None, init=False)
    decision: Decision | None = field(default=None, init=False)
    """The task that was decided last, the recording of that, and what was decided."""

    problems: ClassVar[tuple[type[Problem], ...]] = Threshold.problems

    @property
    def key(self) -> str:
        return self.algorithm.key

    def solve(self, problem: ThresholdTask) -> Decision:
        self.recorded, self.task = Recorded(self.algorithm), problem
        self.decision = Threshold(self.recorded).solve(problem)
        if self.claimed and self.decision.verdict is Verdict.NO:
            self.decision = _still_believed(self.decision, self.recorded, problem, self._measured())
        return self.decision

    def fresh(self) -> "Measuring":
        """One that has decided nothing yet."""
        return Measuring(self.algorithm, self.measure, self.claimed, self.trusted, self.keep)

    def accuracy(self) -> AccuracyRecord | None:
        """Of the task decided last, None where there is none."""
        if self.recorded is None or self.task is None:
            return None
        source = "user" if self.trusted else "proved" if is_ours(self.recorded.algorithm) else "plug-in"
        promise = self.recorded.first or Promise(inf, inf)
        return {
            "promise": {
                "absolute": promise.absolute if promise.made else None,
                "relative": promise.relative if promise.made else None,
                "failure": promise.failure,
                "source": source if promise.made else None,
            },
            "demanded": {
                "value": self.task.additive.value,
                "log10": self.task.additive.log10,
                "relative": self.task.relative,
            },
            "delivered": _delivered(self.recorded, self.task, self._measured()),
            "answers": self._answers(self.recorded, self.task, promise) if self.keep else None,
        }

    def _measured(self) -> list[int]:
        return self._rows(self.measure)

    def _rows(self, most: int) -> list[int]:
        """About `most` counted rows, those of the witness, of mistakes, and of the largest and smallest output among them.

        None where there is no output.
        """
        if self.recorded is None or self.recorded.output is None or self.task is None or most == 0:
            return []
        counted, witness = self.task.counted, self.decision.witness if self.decision is not None else None
        own = self.decision.own if self.decision is not None else None
        also = [] if witness is None else [witness[0]]
        also += [] if own is None else [mistake.row for mistake in own.mistakes]
        return [counted[k] for k in telling(self.recorded.output[counted, 0], most, *map(counted.index, also))]

    def _answers(self, recorded: Recorded, task: ThresholdTask, promise: Promise) -> AnswersRecord | None:
        if recorded.output is None:
            return None
        rows, (low, high) = self._rows(self.keep), as_they_stand(task, recorded.logarithmic)
        given = recorded.output[rows, 0]
        numbers = answered(given, recorded.logarithmic)
        bands = bands_of(task, promise, recorded.logarithmic) if promise.made else None
        return {
            "of": len(task.counted),
            "rows": rows,
            "given": given.tolist(),
            "low": low,
            "high": high,
            "no": None if bands is None else bands.no,
            "yes": None if bands is None else bands.yes,
            "logarithmic": recorded.logarithmic,
            "sides": [
                {1: "yes", -1: "no", 0: "between"}[side] if number else "none"
                for side, number in zip(sides(given, low, high).tolist(), numbers.tolist(), strict=True)
            ],
        }


def _still_believed(decision: Decision, recorded: Recorded, task: ThresholdTask, measured: list[int]) -> Decision:
    """The NO, unless a measured row disproves the claim that it rests on."""
    promise = recorded.promise(task.inputs)
    with precision(BITS):
        for i in measured:
            allowed = allowed_in_row(task.inputs, i, promise, recorded.logarithmic)[0]
            given = float(np.asarray(recorded.output)[i, 0])
            if allowed.excludes(given):
                exact = allowed.exact.str(10, radius=False)
                said = f"promise broken at row {i}: {recorded.key} answered {given!r}, the exact output is {exact}"
                return Decision(Verdict.UNKNOWN, f"{said}, and {promise} was promised", fault=True, own=decision.own)
    return decision


def _delivered(recorded: Recorded, task: ThresholdTask, measured: list[int]) -> DeliveredRecord | None:
    """The largest additive error of column 0 over the measured rows."""
    if not measured:
        return None
    column = np.asarray(recorded.output, dtype=np.float64)[:, 0]
    worst = -inf
    for i in measured:
        worst = max(worst, _log_error(recorded.logarithmic, float(column[i]), task.inputs, i))
    if worst == inf:
        return {"value": None, "log10": None, "rows": len(measured)}
    return {"value": 10.0**worst if worst < 300 else None, "log10": worst if worst > -inf else None, "rows": len(measured)}


def _log_error(logarithmic: bool, given: float, inputs: Attention, row: int) -> float:
    """log10 |T - Att| of one row; infinite where T is not finite."""
    exact = certified_row(inputs, row, logarithmic)[0]
    if given == exact:
        return -inf
    if not np.isfinite(given):
        return inf
    if not logarithmic:
        return log10(abs(given - exact))
    return (max(given, exact) + log(-expm1(-abs(given - exact)))) / log(10)
