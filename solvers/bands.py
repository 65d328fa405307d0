"""The bands of a task: from which answer on it is YES, and up to which NO, when an algorithm promises an error."""

from dataclasses import dataclass
from math import exp, inf, log, log1p

import numpy as np
from numpy.typing import NDArray

from attention.algorithm import Promise
from instances.bits import Bools
from instances.coded import Floats
from instances.threshold import ThresholdTask

Sides = NDArray[np.int8]
"""+1 (YES), -1 (NO) or 0 (neither) for each row."""


@dataclass(frozen=True)
class Bands:
    """An answer >= yes is YES, one <= no is NO; both in the algorithm's own terms (logarithms or not).

    An answer outside [least, most] disproves the promise.
    """

    no: float
    yes: float
    least: float
    most: float

    @property
    def disjoint(self) -> bool:
        return self.no < self.yes < inf


def bands_of(problem: ThresholdTask, promise: Promise, logarithmic: bool) -> Bands:
    """The bands of a task under a promise, in logarithms or not as the algorithm answers (derived from the promise).

    |T - Att| <= absolute + relative mean|V|, where mean|V| = |Att| for V of one sign and <= max|V| otherwise (unbounded where
    rows are not normalised); for logarithms |ln T - ln Att| <= ln(1 + relative). For V of one sign and relative > 1 a larger
    Att may give a smaller T: the bands overlap then. The bands are widened by 2^-50 of their terms against their own
    rounding. For gradients |T - x| <= absolute + relative |x|, and no answer is out of range.
    """
    if not problem.inputs.averages:
        errors = (promise.absolute + (promise.relative * abs(x) if x else 0.0) for x in (problem.low, problem.high))
        no, yes = _up(problem.low, next(errors)), _down(problem.high, next(errors))
        return Bands(no, yes if promise.relative <= 1 and not logarithmic else -inf, -inf, inf)
    least, most = problem.inputs.value_range
    sign = 1 if least >= 0 else -1 if most <= 0 else 0
    widest = max(abs(least), abs(most))
    if not problem.inputs.mechanism.normalised:
        least, most, widest = -inf if least < 0 else 0.0, inf if most > 0 else 0.0, inf
    low, high = as_they_stand(problem, logarithmic)
    if logarithmic:
        delta = log1p(promise.relative) if promise.absolute == 0 else inf
        return Bands(_up(low, delta), _down(high, delta), _down(_ln(least), delta), _up(_ln(most), delta))

    def error(mean: float) -> float:
        return promise.absolute + (promise.relative * mean if promise.relative else 0.0)

    def error_at(output: float) -> float:
        return error(max(sign * output, 0.0) if sign else widest)

    yes = -inf if sign and promise.relative > 1 else _down(high, error_at(high))
    return Bands(_up(low, error_at(low)), yes, _down(least, error(widest)), _up(most, error(widest)))


def as_they_stand(problem: ThresholdTask, logarithmic: bool) -> tuple[float, float]:
    """low and high in the algorithm's own terms; both may be 0 where thresholds that are logarithms lie below all floats."""
    if logarithmic == problem.logarithmic:
        return problem.low, problem.high
    return (_ln(problem.low), _ln(problem.high)) if logarithmic else (_exp(problem.low), _exp(problem.high))


def sides(outputs: Floats, no: float, yes: float) -> Sides:
    """+1 where an output is >= yes, -1 where it is <= no, 0 elsewhere."""
    return (outputs >= yes).astype(np.int8) - (outputs <= no).astype(np.int8)


def answered(outputs: Floats, logarithmic: bool) -> Bools:
    """Where there is a finite number, or a logarithm of 0."""
    found: Bools = np.isfinite(outputs) | (logarithmic & (outputs == -inf))
    return found


def _up(bound: float, error: float) -> float:
    """bound + error, rounded away from the bound."""
    if error == inf:
        return inf
    return bound + error + 2.0**-50 * (abs(bound) + error) if abs(bound) < inf else bound


def _down(bound: float, error: float) -> float:
    return -_up(-bound, error)


def _ln(value: float) -> float:
    return log(value) if value > 0 else -inf


def _exp(value: float) -> float:
    return exp(value) if value < 709 else inf
