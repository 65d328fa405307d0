"""Deciding a task of attention, or of its gradients, with a pluggable algorithm.

The rule. With e the promised error at low and at high, a row is YES if T >= high - e and NO if T <= low + e.
Bands that are not disjoint give UNKNOWN before anything runs. An output that is not finite, lies strictly between the
bands, or outside the range of V by more than e disproves a promise (the algorithm's, or the instance's: ball arithmetic
tells which): UNKNOWN. NO needs a promise and every counted row in the NO band. YES needs no promise: it needs a row
that is accepted in ball arithmetic; without a promise the 16 rows with the largest outputs are tried.

So a YES says nothing of the algorithm. What that answered by itself goes with every decision for which it ran (module
`own`), and plays no part in the rule, but that a NO does not stand against a row which that comparison found to be YES.
"""

from dataclasses import dataclass, replace
from math import inf
from time import perf_counter
from typing import ClassVar

import numpy as np

from attention.algorithm import Algorithm, Promise, answers, promised
from instances.coded import Floats
from instances.faults import BadInput, Declined, PlugInFault
from instances.gradients import GradientTask
from instances.network import TransformerTask
from instances.problem import Problem
from instances.task import AttentionTask
from instances.tensor import TensorTask
from instances.threshold import ThresholdTask
from solvers.bands import Bands, Sides, answered, bands_of, sides
from solvers.own import own_answers
from solvers.solver import MAX_FAILURE, Decision, Verdict

TRIES = 16


@dataclass(frozen=True)
class Threshold:
    """Decides tasks of attention, of its gradients, of tensor attention and of networks by comparing the outputs of
    `algorithm` with the task's thresholds; see the module's rule. An algorithm that does not compute what is asked for
    declines.

    Errors: `BadInput` for what is no `Algorithm`.
    """

    algorithm: Algorithm

    problems: ClassVar[tuple[type[Problem], ...]] = (AttentionTask, GradientTask, TensorTask, TransformerTask)

    def __post_init__(self) -> None:
        if isinstance(self.algorithm, type) or not hasattr(self.algorithm, "promise"):
            given = f"a {type(self.algorithm).__name__}"
            raise BadInput(f"Threshold takes an Algorithm, this is {given}: PlainFunction(f, name) makes one of a function")

    @property
    def key(self) -> str:
        return self.algorithm.key

    def solve(self, problem: ThresholdTask) -> Decision:
        try:
            promise = promised(self.algorithm, problem.inputs)
            bands = bands_of(problem, promise, self.algorithm.logarithmic)
            if promise.made and not bands.disjoint:
                return Decision(Verdict.UNKNOWN, _too_weak(problem, promise, bands))
            outputs = self._outputs(problem)
        except PlugInFault as fault:
            return Decision(Verdict.UNKNOWN, str(fault), fault=True)
        suspect, tried = self._suspect(outputs, bands, promise), 0
        if suspect is not None:
            decision = self._explained(problem, outputs, bands, promise, suspect)
        elif promise.made:
            decision = self._with_promise(problem, outputs, bands, promise)
        else:
            decision, tried = self._without(problem, outputs)
        won = None if decision.witness is None else problem.counted.index(decision.witness[0])
        start = perf_counter()
        own = own_answers(problem, self.key, outputs, self.algorithm.logarithmic, won, tried)
        own = replace(own, seconds=perf_counter() - start)
        if decision.verdict is Verdict.NO and own.reached is not None and problem.reaches(own.reached):
            return Decision(Verdict.UNKNOWN, self._disproved(problem, outputs, own.reached[0]), fault=True, own=own)
        return replace(decision, own=own)

    def answers(self, problem: ThresholdTask) -> Sides:
        """+1 (YES), -1 (NO) or 0 (strictly between the bands) for each counted row in order: Gap-ANN is a question per row.

        Rows that are neither YES nor NO by the task's promise may get any of the three. Errors: `Declined` where the
        promise is too weak to tell; `PlugInFault`, also for an output that is not finite.
        """
        promise = promised(self.algorithm, problem.inputs)
        bands = bands_of(problem, promise, self.algorithm.logarithmic)
        if not promise.made:
            raise Declined(f"{self.key} makes no promise, so its answers decide no row")
        if not bands.disjoint:
            raise Declined(_too_weak(problem, promise, bands))
        if promise.failure > MAX_FAILURE:
            raise Declined(f"the promise of {self.key} may fail with {promise.failure:.3g}: that decides no row")
        outputs = self._outputs(problem)
        if np.isnan(outputs).any():
            raise PlugInFault(f"{self.algorithm.key} answered NaN at row {problem.counted[int(np.isnan(outputs).argmax())]}")
        return sides(outputs, bands.no, bands.yes)

    def _outputs(self, problem: ThresholdTask) -> Floats:
        return answers(self.algorithm, problem.inputs)[problem.counted, 0]

    def _suspect(self, outputs: Floats, bands: Bands, promise: Promise) -> int | None:
        """The first place among the counted rows whose answer no kept promise allows: not finite, or between the bands, or
        outside the range of V.
        """
        wrong = ~answered(outputs, self.algorithm.logarithmic)
        if promise.made and not wrong.any():
            wrong = ((outputs > bands.no) & (outputs < bands.yes)) | (outputs < bands.least) | (outputs > bands.most)
        return int(wrong.argmax()) if wrong.any() else None

    def _explained(self, problem: ThresholdTask, outputs: Floats, bands: Bands, promise: Promise, place: int) -> Decision:
        """Whose promise the answer at this place among the counted rows disproves. Where it is the instance's, a row that
        is YES still decides.
        """
        given, row = float(outputs[place]), problem.counted[place]
        if not np.isfinite(given):
            said = f"row {row}: {self.key} answered {given}, which is not finite"
            return Decision(Verdict.UNKNOWN, f"promise broken at {said}" if promise.made else said, fault=True)
        exact = problem.output(row).str(10, radius=False)
        if not (problem.accepts((row,)) and not problem.reaches((row,))):
            ranges = f"NO <= {float(bands.no)!r}, YES >= {float(bands.yes)!r}"
            said = f"{self.key} answered {given!r}, which its promise rules out ({ranges})"
            return Decision(Verdict.UNKNOWN, f"promise broken at row {row}: {said}; the exact output is {exact}", fault=True)
        said = f"the instance breaks its own promise at row {row}: its exact output {exact} lies strictly between " + (
            f"low = {problem.low} and high = {problem.high}"
        )
        best = problem.counted[int(outputs.argmax())]
        if problem.reaches((best,)):
            return Decision(Verdict.YES, f"row {best} answers {float(outputs.max()):.6g} and is YES; but {said}", (best,))
        return Decision(Verdict.UNKNOWN, said, fault=True)

    def _disproved(self, problem: ThresholdTask, outputs: Floats, row: int) -> str:
        """That a NO cannot be: a row that the rule put into the NO band is YES."""
        given, exact = float(outputs[problem.counted.index(row)]), problem.output(row).str(10, radius=False)
        return f"promise broken at row {row}: {self.key} answered {given!r}, the exact output {exact} is YES"

    def _with_promise(self, problem: ThresholdTask, outputs: Floats, bands: Bands, promise: Promise) -> Decision:
        row, largest = problem.counted[int(outputs.argmax())], float(outputs.max())
        if largest >= bands.yes:
            if problem.accepts((row,)):
                return Decision(Verdict.YES, f"row {row} answers {largest:.6g}, YES is >= {bands.yes:.6g}", (row,))
            exact = problem.output(row).str(10, radius=False)
            said = f"{self.algorithm.key} answered {largest!r}, the exact output {exact} is NO"
            return Decision(Verdict.UNKNOWN, f"promise broken at row {row}: {said}", fault=True)
        if promise.failure > MAX_FAILURE:
            return Decision(Verdict.UNKNOWN, f"every row answers NO, but the promise may fail with {promise.failure:.3g}")
        said = f"the largest of {len(problem.counted)} answers is {largest:.8g}, NO is <= {bands.no:.8g}"
        return Decision(Verdict.NO, said, failure=promise.failure)

    def _without(self, problem: ThresholdTask, outputs: Floats) -> tuple[Decision, int]:
        """The decision, and how many rows were tried."""
        order = np.argsort(-outputs, kind="stable")[:TRIES].tolist()
        for tried, place in enumerate(order, 1):
            row = problem.counted[place]
            if problem.accepts((row,)):
                said = f"row {row} answers {float(outputs[place]):.6g} and is accepted in ball arithmetic"
                return Decision(Verdict.YES, said, (row,)), tried
        said = f"makes no promise, so it cannot say NO, and {_largest(len(order))}"
        return Decision(Verdict.UNKNOWN, f"{self.key} {said}"), len(order)


def _largest(count: int) -> str:
    return "its largest row is no witness" if count == 1 else f"its {count} largest rows are no witnesses"


def _too_weak(problem: ThresholdTask, promise: Promise, bands: Bands) -> str:
    additive = problem.additive
    figure = f"{additive.value:.3g}" if abs(additive.log10) < 300 else f"10^{additive.log10:.2f}"
    demanded = f"below {figure} absolute" + (f" or {problem.relative:.3g} relative" if problem.relative < inf else "")
    return (
        f"the promise is too weak: absolute {promise.absolute:.3g} and relative {promise.relative:.3g} are promised, "
        f"{demanded} is demanded (NO <= {bands.no:.6g} and YES >= {bands.yes:.6g} overlap)"
    )
